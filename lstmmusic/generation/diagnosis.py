"""What is wrong with a take, in words for a musician: measured by the music that was learned.

What can be done about it is for `lstmmusic.generation.diagnosis`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, get_args

import numpy as np

from lstmmusic.errors import CorpusError
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.pitches import note_name
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.statistics import WINDOW, collapse_bounds, find_longest

Ailment = Literal["silence", "one chord held", "a drone", "too thin", "too dense", "too still", "too restless"]

# How far beyond nine tenths of the known tunes is far.
FAR = 1.5


@dataclass(frozen=True)
class Span:
    """What is usual: nine tenths of the known tunes lie from `low` to `high`, and none beyond `least` and `most`.

    Both bounds are also at least `FAR` away from what is usual.
    """

    low: float
    high: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Span:
        """Find the span of the values that known tunes have."""
        low, high = np.quantile(values, (0.05, 0.95)).tolist()
        return cls(low, high, min(*values, low / FAR), max(*values, high * FAR))


@dataclass(frozen=True)
class Reference:
    """What takes are measured by; it is computed once, in a moment, and each take in a millisecond.

    Parameters
    ----------
    longest : tuple of int
        Steps of the longest silence, chord and note that are not yet a collapse; see `find_collapses`.
    sounding, begun : Span
        Notes that sound, and that begin, in a step, on average over a tune.
    """

    longest: tuple[int, ...]
    sounding: Span
    begun: Span

    @classmethod
    def of(cls, known: Sequence[Tune]) -> Reference:
        """Measure the music that was learned.

        Raises
        ------
        CorpusError
            If there is none.
        """
        if not known:
            raise CorpusError("there is no music to measure takes by; add some")
        sounding, begun = np.transpose([_densities(tune) for tune in known]).tolist()
        return cls(collapse_bounds(known), Span.of(sounding), Span.of(begun))


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
        How many times as far as the music that was learned ever goes; more than 1.
    """

    ailment: Ailment
    words: str
    excess: float


def diagnose(take: Take, reference: Reference) -> Diagnosis | None:
    """Say what is wrong with what a network made, if anything is.

    Parameters
    ----------
    take : Take
        Its primer is not looked at. Fewer steps than `lstmmusic.music.statistics.WINDOW` are too few to tell.
    reference : Reference
        Of the music that the network learned: `Reference.of(training.tunes)`.

    Returns
    -------
    Diagnosis or None
        The first that holds: silence, one chord held, a drone; then too few or too many notes that sound, or that
        begin. None: it is like the music that was learned.
    """
    tune = take.generated
    if len(tune) < WINDOW:
        return None
    return _find_collapse(tune, take.primer_steps, reference) or _find_odd_density(tune, reference)


def _find_collapse(tune: Tune, first: int, reference: Reference) -> Diagnosis | None:
    for ailment, stretch, bound in zip(get_args(Ailment), find_longest(tune), reference.longest, strict=False):
        if stretch.length <= bound:
            continue
        what = {
            "silence": "nothing sounds",
            "one chord held": "one chord is held",
            "a drone": f"{note_name(tune.config.lowest + stretch.column)} goes on",
        }[ailment]
        steps = f"{stretch.length} steps, where up to {bound} would pass"
        words = f"From step {first + stretch.start} on, {what} for {steps}"
        return Diagnosis(ailment, words, stretch.length / bound)
    return None


def _find_odd_density(tune: Tune, reference: Reference) -> Diagnosis | None:
    sounding, begun = _densities(tune)
    thin_or_dense: tuple[Ailment, Ailment] = ("too thin", "too dense")
    still_or_restless: tuple[Ailment, Ailment] = ("too still", "too restless")
    for value, usual, (less, more), what in (
        (sounding, reference.sounding, thin_or_dense, "notes sound at once"),
        (begun, reference.begun, still_or_restless, "notes begin in a step"),
    ):
        if usual.least <= value <= usual.most:
            continue
        ailment, excess = (less, usual.least / max(value, 1e-3)) if value < usual.least else (more, value / usual.most)
        words = f"It is {ailment}: {value:.1f} {what}, where {usual.low:.1f} to {usual.high:.1f} are usual"
        return Diagnosis(ailment, words, excess)
    return None


def _densities(tune: Tune) -> tuple[float, float]:
    """Count the notes that sound, and that begin, in a step, on average."""
    return float(np.unpackbits(tune.packed).sum() / len(tune)), len(find_notes(tune)) / len(tune)


# Where to go on either side of what a take was made with, from near to far.
COOLER = (1.25, 1.0, 0.9, 0.8, 0.7, 0.5)
WARMER = (0.8, 1.0, 1.1, 1.25, 1.5)
LOWER = (0.3, 0.1, 0.05, 0.02, 0.01, 0.0)
HIGHER = (0.1, 0.2, 0.3, 0.4)

# With these, a network that has learned enough makes music like that which it learned. A threshold of 0.1, as in 2016,
# keeps notes that are drawn together in a silence now and then: none of them is that likely by itself.
TEMPERATURE, THRESHOLD = 1.0, 0.05
OTHER_SEEDS = 3

TOO_FEW: tuple[Ailment, ...] = ("silence", "too thin")
TOO_MANY: tuple[Ailment, ...] = ("too dense", "too restless")


@dataclass(frozen=True)
class Settings:
    """What a take is drawn with: `sampler.take(steps, **asdict(settings))`."""

    temperature: float
    threshold: float
    seed: int


@dataclass(frozen=True, eq=False)
class Remedy:
    """What to change, and what comes of it.

    Parameters
    ----------
    settings : Settings
        All three, of which one or two are new.
    words : str
        What to do, for a button; where `works` is false, what would be better, and what comes nearest.
    works : bool
        Whether nothing is wrong any more.
    take : Take
        What was made with the settings.
    """

    settings: Settings
    words: str
    works: bool
    take: Take


def find_remedy(sampler: Sampler, take: Take, reference: Reference) -> Remedy | None:
    """Try other settings, the gentlest change first, until nothing is wrong with the take that they make.

    Parameters
    ----------
    sampler : Sampler
        Of the network and the primer that the take came from. It makes at most some 20 takes.
    take : Take
    reference : Reference
        See `lstmmusic.generation.diagnosis.diagnose`.

    Returns
    -------
    Remedy or None
        The first that works, or the one that comes nearest. None: nothing is wrong with the take.
    """
    diagnosis = diagnose(take, reference)
    if diagnosis is None:
        return None
    before = Settings(take.temperature, take.threshold, take.seed)
    nearest, least = before, diagnosis.excess
    of_nearest = take
    for settings in list_candidates(before, diagnosis.ailment):
        tried = sampler.take(len(take.generated), **asdict(settings), quiet=True)
        found = diagnose(tried, reference)
        if found is None:
            return Remedy(settings, _tell(before, settings), True, tried)
        if found.excess < least:
            nearest, of_nearest, least = settings, tried, found.excess
    words = "Train the network longer: nothing that was tried helps"
    if nearest != before:
        words += f"; what comes nearest: {_tell(before, nearest)}"
    return Remedy(nearest, words, False, of_nearest)


def list_candidates(before: Settings, ailment: Ailment) -> list[Settings]:
    """List what to try: one setting, further and further; the usual ones; other seeds, first if all are usual."""
    temperature, threshold, seed = before.temperature, before.threshold, before.seed
    usual = Settings(TEMPERATURE, THRESHOLD, seed)
    seeds = [replace(usual, seed=seed + more) for more in range(1, OTHER_SEEDS + 1)]
    if ailment in TOO_MANY:
        temperatures = [replace(before, temperature=value) for value in COOLER if value < temperature]
        thresholds = [replace(before, threshold=value) for value in HIGHER if value > threshold]
    else:
        temperatures = [replace(before, temperature=value) for value in WARMER if value > temperature]
        thresholds = [replace(before, threshold=value) for value in LOWER if value < threshold]
    first, second = (thresholds, temperatures) if ailment in TOO_FEW else (temperatures, thresholds)
    if before == usual:
        return [*seeds, *first, *second]
    return list(dict.fromkeys([*first, usual, *second, *seeds]))  # the usual ones may be among the first


def _tell(before: Settings, settings: Settings) -> str:
    """Say what to change, such as "Lower the threshold to 0.02"."""
    changes = []
    for name, value in asdict(settings).items():
        old = getattr(before, name)
        if name == "seed" and value != old:
            changes.append(f"take seed {value}")
        elif value != old:
            changes.append(f"{'lower' if value < old else 'raise'} the {name} to {value:g}")
    return " and ".join(changes).capitalize()
