from __future__ import annotations

import numpy as np

from lstmmusic.config import RollConfig
from lstmmusic.music.cells import as_cells, cells_of, split_cells
from lstmmusic.music.roll import Tune

CONFIG = RollConfig(lowest=60, highest=62)
ROLL = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0], [1, 1, 0]])
ONSETS = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 0]])


def test_cells_are_silent_held_or_struck_with_a_velocity() -> None:
    velocities = ONSETS * np.arange(20, 25)[:, None]
    cells = cells_of(Tune(ROLL, config=CONFIG, onsets=ONSETS, velocities=velocities))
    assert cells.tolist() == [[21, 0, 0], [1, 22, 0], [23, 1, 0], [0, 1, 0], [25, 25, 0]]
    assert cells.dtype == np.uint8
    loudest = cells_of(Tune(ROLL, config=CONFIG, onsets=ONSETS, velocities=ONSETS * 127))
    assert loudest.max() == 128


def test_cells_are_split_into_what_a_tune_takes() -> None:
    velocities = ONSETS * np.arange(20, 25)[:, None]
    cells = cells_of(Tune(ROLL, config=CONFIG, onsets=ONSETS, velocities=velocities))
    for part, own in zip(split_cells(cells, strikes=True, velocities=True), (ROLL, ONSETS, velocities), strict=True):
        assert part is not None
        assert part.dtype == np.uint8
        np.testing.assert_array_equal(part, own)
    assert split_cells(cells, strikes=False, velocities=False)[1:] == (None, None)


def test_runs_of_a_roll_are_struck_once_at_the_default_velocity() -> None:
    expected = [[81, 0, 0], [1, 81, 0], [1, 1, 0], [0, 1, 0], [81, 1, 0]]
    assert as_cells(ROLL).tolist() == expected
    assert as_cells(ROLL == 1).tolist() == expected
    assert as_cells(Tune(ROLL, config=CONFIG)).tolist() == expected
    assert as_cells(np.zeros((0, 3))).shape == (0, 3)
