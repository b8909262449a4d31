"""What to change when a take went wrong: the gentlest change of its settings that was seen to help."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from lstmmusic.diagnosis import Ailment, Reference, diagnose
from lstmmusic.generation import Sampler, Take

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
        See `lstmmusic.diagnosis.diagnose`.

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
