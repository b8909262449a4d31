"""What is wrong with a take, in words for a musician: measured by the music that was learned.

What can be done about it is for `lstmmusic.remedies`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from lstmmusic.errors import CorpusError
from lstmmusic.generation import Take
from lstmmusic.measures import WINDOW, collapse_bounds, find_longest
from lstmmusic.pianoroll import Tune, find_notes
from lstmmusic.pitches import note_name

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
        Its primer is not looked at. Fewer steps than `lstmmusic.measures.WINDOW` are too few to tell.
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
