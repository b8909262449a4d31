"""Grids that suit the notes of a corpus: the best few of the common steps, and steps in seconds and beats converted.

Everything is counted on a `NoteTable`; nothing is quantised.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from lstmmusic.config import RollConfig, StepUnit
from lstmmusic.music.note_table import LostNotes, NoteTable, count_lost_notes
from lstmmusic.settings import check_number, checked

# From coarse to fine; with finer ones, a tune has so many steps that a network hardly learns its form.
COMMON_STEPS: dict[StepUnit, tuple[float, ...]] = {
    "beats": (4, 2, 1, 1 / 2, 1 / 3, 1 / 4, 1 / 6, 1 / 8),
    "seconds": (1, 0.8, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05),
}

# Fraction of the notes that a coarser step may move, and merge, in addition to what the best step does.
TOLERATED = 0.05

# Fraction of the notes that a step in beats moves only if they follow no beat: on any grid, half of such notes move.
_WITHOUT_BEAT = 0.25

_FRACTIONS = {2: "½", 3: "⅓", 4: "¼", 6: "⅙", 8: "⅛"}


@dataclass(frozen=True)
class GridSuggestion:
    """A grid, and what it does to the notes.

    Parameters
    ----------
    config : RollConfig
    lost : LostNotes
    """

    config: RollConfig
    lost: LostNotes

    @classmethod
    @checked
    def of(cls, notes: NoteTable, config: RollConfig) -> GridSuggestion:
        """Count what a grid does to the notes."""
        return cls(config, count_lost_notes(notes, config))

    @property
    def moved(self) -> float:
        """See `LostNotes.moved`."""
        return self.lost.moved


@checked
def suggest_grids(notes: NoteTable, lowest: int = 21, highest: int = 108) -> list[GridSuggestion]:
    """Suggest grids for a corpus.

    In each unit, the best of the common steps is the one that moves the fewest notes, in whole per cent. Suggested are
    the coarsest step that merges and moves at most 5 % more of the notes, and the best step, if it is finer.

    Parameters
    ----------
    notes : NoteTable
        For instance `Corpus.notes`.
    lowest, highest : int
        MIDI pitches of the grids.

    Returns
    -------
    list of GridSuggestion
        Two to four: the coarse steps in both units, then the finer ones. Beats come first, unless these move over a
        quarter of the notes, and at most 5 % fewer than seconds do, as in recordings that follow no beat.
    """
    best, finer = [], []
    for unit, steps in COMMON_STEPS.items():
        grids = [GridSuggestion.of(notes, RollConfig(step, unit, lowest, highest)) for step in steps]
        fewest = min(grids, key=lambda grid: round(grid.moved, 2))  # the first, and so the coarsest
        most = fewest.lost.merged + TOLERATED * fewest.lost.inside, fewest.moved + TOLERATED
        coarsest = next(grid for grid in grids if grid.lost.merged <= most[0] and grid.moved <= most[1])
        best.append(coarsest)
        finer += [fewest] if fewest.config.step < coarsest.config.step else []
    beats, seconds = best
    follows_beats = beats.moved <= _WITHOUT_BEAT or beats.moved < seconds.moved - TOLERATED
    return [*(best if follows_beats else best[::-1]), *sorted(finer, key=lambda grid: grid.moved)]


@checked
def describe_step(config: RollConfig) -> str:
    """Return the step of a grid in words, such as "¼ beat", "2 beats" or "0.3 s"."""
    if config.unit == "seconds":
        return f"{config.step:g} s"
    parts = round(1 / config.step)
    is_fraction = parts > 1 and math.isclose(parts * config.step, 1, rel_tol=1e-3)
    step = _FRACTIONS.get(parts, f"1/{parts}") if is_fraction else f"{config.step:g}"
    return f"{step} beat{'s' * (config.step > 1)}"


@checked
def describe_grids(grids: Sequence[GridSuggestion]) -> str:
    """Compare grids in a line, such as "A step of ¼ beat moves 11% of the notes, 0.3 s moves 45%."."""
    parts = [f"{describe_step(grid.config)} moves {_percentage(grid.moved)}" for grid in grids]
    return f"A step of {', '.join([f'{parts[0]} of the notes', *parts[1:]])}." if parts else ""


def _percentage(fraction: float) -> str:
    return "under 1%" if 0 < fraction < 0.005 else f"{fraction:.0%}"


@checked
def convert_grid(config: RollConfig, unit: StepUnit, tempo: float) -> RollConfig:
    """Convert a grid from seconds to beats or back.

    Parameters
    ----------
    config : RollConfig
    unit : {'seconds', 'beats'}
    tempo : float
        Quarter notes per minute, for instance `NoteTable.tempo`.

    Returns
    -------
    RollConfig
        With the same pitches, and a step of a note value (a beat, or that halved or doubled several times), or of a
        multiple of 0.05 s.
    """
    check_number("tempo", tempo, 0.1, 100_000)
    if unit == config.unit:
        return config
    if unit == "beats":
        step = 2.0 ** min(5, max(-6, round(math.log2(config.step * tempo / 60))))
    else:
        step = min(60.0, max(1, round(config.step * 60 / tempo / 0.05)) * 5 / 100)
    return replace(config, step=step, unit=unit)
