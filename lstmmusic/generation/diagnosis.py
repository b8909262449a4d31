"""What is wrong with a take, compared with the music that its network learned, and which settings help.

Messages are for musicians. Nothing here knows about widgets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

import numpy as np

from lstmmusic.errors import CorpusError
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.pitches import note_name
from lstmmusic.music.roll import Tune, find_starts
from lstmmusic.music.statistics import WINDOW, collapse_bounds, find_longest
from lstmmusic.settings import checked

Ailment = Literal["silence", "one chord held", "a drone", "too thin", "too dense", "too still", "too restless"]
TOO_FEW: tuple[Ailment, ...] = ("silence", "too thin")
TOO_MANY: tuple[Ailment, ...] = ("too dense", "too restless")

# A take is unusual if it lies beyond every known tune, and beyond nine tenths of them by at least this factor.
MARGIN = 1.5

# What to try on either side of a take's settings, from near to far.
COOLER = (1.25, 1.0, 0.9, 0.8, 0.7, 0.5)
WARMER = (0.8, 1.0, 1.1, 1.25, 1.5)
LOWER = (0.3, 0.1, 0.05, 0.02, 0.01, 0.0)
HIGHER = (0.05, 0.1, 0.2, 0.3, 0.4)
OTHER_SEEDS = 3
NOTHING_HELPS = "No other setting fixes this"


@dataclass(frozen=True)
class Span:
    """The usual range of a value: nine tenths of the known tunes lie from `low` to `high`.

    All of them lie from `least` to `most`, which are at least a factor `MARGIN` beyond `low` and `high`.
    """

    low: float
    high: float
    least: float
    most: float

    def __str__(self) -> str:
        """Return the usual range in words, with the digits that it needs."""
        low, high = _figure(self.low), _figure(self.high)
        return f"about {low}" if low == high else f"{low} to {high}"

    @classmethod
    def of(cls, values: Sequence[float]) -> Span:
        """Return the span of the values of the known tunes."""
        low, high = np.quantile(values, (0.05, 0.95)).tolist()
        return cls(low, high, min(*values, low / MARGIN), max(*values, high * MARGIN))


@dataclass(frozen=True)
class Reference:
    """Statistics of the learned music, with which takes are compared.

    Parameters
    ----------
    longest : tuple of int
        Steps of the longest silence, chord and note that are not yet a collapse; see `find_collapses`.
    sounding, onsets, strikes : Span
        Notes that sound; notes that begin, those that are struck again not counted; and notes that begin, all counted:
        in a step, on average over a tune.
    """

    longest: tuple[int, ...]
    sounding: Span
    onsets: Span
    strikes: Span

    @classmethod
    @checked
    def of(cls, known: Sequence[Tune]) -> Reference:
        """Measure the music that was learned.

        Raises
        ------
        CorpusError
            If there is none.
        """
        if not known:
            raise CorpusError("there is no music to compare takes with; add some")
        densities = np.transpose([_densities(tune) for tune in known]).tolist()
        return cls(collapse_bounds(known), *map(Span.of, densities))


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a take.

    Parameters
    ----------
    ailment : str
        'silence', 'one chord held', 'a drone', 'too thin', 'too dense', 'too still' or 'too restless'.
    words : str
        The same in a sentence, with numbers.
    excess : float
        The factor by which the take exceeds the extremes of the learned music; more than 1.
    """

    ailment: Ailment
    words: str
    excess: float


@checked
def diagnose(take: Take, reference: Reference) -> Diagnosis | None:
    """Find what is wrong with a take.

    Parameters
    ----------
    take : Take
        Its primer is left out. With fewer than `lstmmusic.music.statistics.WINDOW` generated steps, nothing is found.
    reference : Reference
        Statistics of the music that the network learned: `Reference.of(training.tunes)`.

    Returns
    -------
    Diagnosis or None
        The first that applies: silence, one chord held, a drone; then too few or too many notes that sound, or that
        begin. None: the take is like the learned music.
    """
    tune = take.generated
    if len(tune) < WINDOW:
        return None
    return _find_collapse(tune, take.primer_steps, reference) or _find_odd_density(tune, reference)


def _find_collapse(tune: Tune, first: int, reference: Reference) -> Diagnosis | None:
    for ailment, stretch, bound in zip(get_args(Ailment), find_longest(tune), reference.longest, strict=False):
        if stretch.length <= bound:
            continue
        starts = np.unpackbits(find_starts(tune)[stretch.start + 1 : stretch.start + stretch.length], axis=1)
        again = starts[:, stretch.column] if ailment == "a drone" else starts
        how = "repeated" if again.any() else "held"
        what = {
            "silence": "nothing sounds",
            "one chord held": f"one chord is {how}",
            "a drone": f"{note_name(tune.config.lowest + stretch.column)} is {how}",
        }[ailment]
        words = f"From step {first + stretch.start}, {what} for {stretch.length} steps (up to {bound} is normal)"
        return Diagnosis(ailment, words, stretch.length / bound)
    return None


def _find_odd_density(tune: Tune, reference: Reference) -> Diagnosis | None:
    sounding, onsets, strikes = _densities(tune)
    at_once, begin = "notes sound at once", "notes begin in a step"
    tests: tuple[tuple[Ailment, float, Span, str], ...] = (
        ("too thin", sounding, reference.sounding, at_once),
        ("too dense", sounding, reference.sounding, at_once),
        # A network that has not learned strikes strikes no note again, whatever the music does.
        ("too still", onsets, reference.onsets, begin),
        ("too restless", strikes, reference.strikes, begin),
    )
    for ailment, value, usual, what in tests:
        too_few = ailment in ("too thin", "too still")
        if value >= usual.least if too_few else value <= usual.most:
            continue
        excess = usual.least / max(value, 1e-3) if too_few else value / usual.most
        words = f"It is {ailment}: {_figure(value)} {what} ({usual} is normal)"
        return Diagnosis(ailment, words, excess)
    return None


def _figure(value: float) -> str:
    """Write a density: many steps of a fine grid have few notes."""
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def _densities(tune: Tune) -> tuple[float, float, float]:
    """Count the notes that sound, that begin after a pause, and that begin, in a step, on average."""
    starts = find_starts(tune)
    again = starts[1:] & tune.packed[:-1]
    sounding, strikes, repeats = (
        int(np.bitwise_count(bits).sum()) / len(tune) for bits in (tune.packed, starts, again)
    )
    return sounding, strikes - repeats, strikes


@dataclass(frozen=True)
class Settings:
    """The settings of a take: `sampler.take(steps, **asdict(settings))`."""

    temperature: float
    threshold: float
    seed: int


@dataclass(frozen=True, eq=False)
class Remedy:
    """A change of settings, and its result.

    Parameters
    ----------
    settings : Settings
        All three, of which one or two are new.
    words : str
        What to do, for a button; where `works` is false, that nothing helps, and which change comes closest.
    done : str
        What was done, once the settings are changed.
    works : bool
        Whether nothing is wrong any more.
    take : Take
        The result of the settings.
    """

    settings: Settings
    words: str
    done: str
    works: bool
    take: Take


@checked
def find_remedy(
    sampler: Sampler,
    take: Take,
    reference: Reference,
    *,
    steps: int | None = None,
    until_end: bool = False,
    metre: str | None = None,
) -> Remedy | None:
    """Try other settings, the smallest change first, until nothing is wrong with the take.

    Parameters
    ----------
    sampler : Sampler
        With the network and the primer of the take. It generates up to about 20 takes.
    take : Take
    reference : Reference
        See `diagnose`.
    steps, until_end, metre
        How long takes are, and their metre, as the take was generated; by default as many steps as it has.

    Returns
    -------
    Remedy or None
        The first that works, or the one that comes closest. None: nothing is wrong with the take.
    """
    diagnosis = diagnose(take, reference)
    if diagnosis is None:
        return None
    steps = len(take.generated) if steps is None else steps
    before = Settings(take.temperature, take.threshold, take.seed)
    closest, closest_take, least = before, take, diagnosis.excess
    for settings in list_candidates(before, diagnosis.ailment, sampler.threshold):
        tried = sampler.take(steps, until_end=until_end, metre=metre, **asdict(settings), quiet=True)
        if len(tried.generated) < WINDOW:  # too short to judge
            continue
        found = diagnose(tried, reference)
        if found is None:
            change, done = (_describe_change(before, settings, done=done) for done in (False, True))
            return Remedy(settings, change, done, True, tried)
        if found.excess < least:
            closest, closest_take, least = settings, tried, found.excess
    words = NOTHING_HELPS
    if closest != before:
        words += f"; closest: {_describe_change(before, closest)}"
    return Remedy(closest, words, _describe_change(before, closest, done=True), False, closest_take)


@checked
def find_sound(sampler: Sampler, before: Settings, steps: int) -> Remedy:
    """Try other settings for music that has fallen silent, the smallest change first, until it sounds again.

    Parameters
    ----------
    sampler : Sampler
        With the music before the silence as its primer. It generates up to about 12 takes.
    before : Settings
        Those of the silence. The seed stays; the defaults are tried too.
    steps : int
        How many are generated with each setting.

    Returns
    -------
    Remedy
        The first with which something sounds in half of the steps, or the one that comes closest. It works if anything
        sounds.
    """
    closest = Remedy(before, NOTHING_HELPS, "", False, sampler.take(steps, **asdict(before), quiet=True))
    most = 0
    candidates = list_candidates(before, "silence", sampler.threshold)
    for settings in dict.fromkeys(replace(one, seed=before.seed) for one in candidates):
        tried = sampler.take(steps, **asdict(settings), quiet=True)
        sounding = int(np.count_nonzero(tried.generated.packed.any(axis=1)))
        if sounding > most:
            change, done = (_describe_change(before, settings, done=done) for done in (False, True))
            if settings == before:
                change, done = "Continue from before the silence", "Continued from before the silence"
            closest, most = Remedy(settings, change, done, True, tried), sounding
        if sounding >= steps / 2:
            break
    return closest


def list_candidates(before: Settings, ailment: Ailment, default_threshold: float) -> list[Settings]:
    """List what to try: one setting further and further; the defaults; other seeds, first if all are defaults."""
    temperature, threshold, seed = before.temperature, before.threshold, before.seed
    default = Settings(1.0, default_threshold, seed)
    seeds = [replace(default, seed=seed + more) for more in range(1, OTHER_SEEDS + 1)]
    if ailment in TOO_MANY:
        temperatures = [replace(before, temperature=value) for value in COOLER if value < temperature]
        thresholds = [replace(before, threshold=value) for value in HIGHER if value > threshold]
    else:
        temperatures = [replace(before, temperature=value) for value in WARMER if value > temperature]
        thresholds = [replace(before, threshold=value) for value in LOWER if value < threshold]
    first, second = (thresholds, temperatures) if ailment in TOO_FEW else (temperatures, thresholds)
    if before == default:
        return [*seeds, *first, *second]
    return list(dict.fromkeys([*first, default, *second, *seeds]))  # the defaults may be among the first


def _describe_change(before: Settings, settings: Settings, *, done: bool = False) -> str:
    """Describe what to change, such as "Lower the threshold to 0.02", or what was: "Threshold lowered to 0.02"."""
    changes = []
    for name, value in asdict(settings).items():
        old = getattr(before, name)
        if value == old:
            continue
        if name == "seed":
            changes.append(f"seed {value} used" if done else f"use seed {value}")
        elif done:
            changes.append(f"{name} {'lowered' if value < old else 'raised'} to {value:g}")
        else:
            changes.append(f"{'lower' if value < old else 'raise'} the {name} to {value:g}")
    return " and ".join(changes).capitalize()
