"""What happens to each pitch in each step, as one number: it is silent, it is held, or it is struck, soft or loud.

Networks read and predict tunes as cells: arrays of uint8, (steps, pitches). A cell is `SILENT`, `HELD`, or `HELD` and a
velocity of 1 to 127, if a note begins there. So a roll of zeros and ones is an array of cells in which no note is
struck.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.music.roll import Roll, Tune, find_starts
from lstmmusic.music.score import VELOCITY

SILENT, HELD = 0, 1

Cells = NDArray[np.uint8]


def cells_of(tune: Tune) -> Cells:
    """Return the cells of a tune; notes of a tune without velocities have the default one."""
    cells = tune.roll
    starts = np.unpackbits(find_starts(tune), axis=1, count=tune.config.pitches) == 1
    cells[starts] += VELOCITY if tune.packed_velocities is None else tune.packed_velocities
    return cells


def split_cells(cells: Cells, *, strikes: bool, velocities: bool) -> tuple[Roll, Roll | None, NDArray[np.uint8] | None]:
    """Return the roll of cells, and their onsets and velocities if they are wanted: what `Tune` takes."""
    struck = cells > HELD
    onsets = struck.astype(np.uint8) if strikes else None
    return (cells > SILENT).astype(np.uint8), onsets, np.where(struck, cells - HELD, 0) if velocities else None


def as_cells(tune: Tune | ArrayLike) -> Cells:
    """Return the cells of a tune, or of a roll, whose notes are struck where a run of ones begins."""
    if isinstance(tune, Tune):
        return cells_of(tune)
    roll = np.asarray(tune)
    cells = (roll > 0).astype(np.uint8)
    cells[1:] += VELOCITY * (cells[1:] & ~cells[:-1] & 1)
    cells[:1] *= HELD + VELOCITY
    return cells
