from __future__ import annotations

import numpy as np
import torch

from lstmmusic.music.cells import HELD
from lstmmusic.network.played import CHANNELS, DECAYS, LOUDEST, Played
from lstmmusic.network.recent import LONGEST, SOUNDING
from tests.network.cells import make_cells

CPU = torch.device("cpu")


def by_hand(cells: np.ndarray) -> np.ndarray:
    """Read the cells of one sequence, (time, pitches), a note at a time."""
    time, pitches = cells.shape
    values = np.zeros((time, CHANNELS * pitches + len(DECAYS)))
    for pitch in range(pitches):
        since, velocity = 0, 0.0
        for step, cell in enumerate(cells[:, pitch]):
            if cell > HELD:
                since, velocity = 0, (cell - HELD) / LOUDEST
            elif cell == 0:
                since, velocity = -1, 0.0
            since += 1
            values[step, pitch] = SOUNDING * np.log1p(min(since, LONGEST))
            values[step, pitches + pitch] = velocity
    for number, decay in enumerate(DECAYS):
        for step in range(time):
            before = cells[: step + 1]
            weights = (decay ** np.arange(step, -1, -1))[:, None] * (before > HELD)
            velocities = np.where(before > HELD, (before - HELD) / LOUDEST, 0.0)
            values[step, CHANNELS * pitches + number] = (weights * velocities).sum() / max(weights.sum(), 1e-3)
    return values


def test_values_match_a_loop_over_notes_at_once_in_parts_and_step_by_step() -> None:
    cells = make_cells(40, 2, 5)
    cells[10:] *= np.arange(5) != 0  # silent from there on
    cells[5:, :, 4] = HELD  # for long
    expected = np.stack([by_hand(cells[:, sequence]) for sequence in range(2)], axis=1)
    reader = Played(5)
    values, state = reader.read(torch.from_numpy(cells), reader.zero_state(2, CPU))
    np.testing.assert_allclose(values, expected, atol=1e-5)
    first, between = reader.read(torch.from_numpy(cells[:17]), reader.zero_state(2, CPU))
    second, after = reader.read(torch.from_numpy(cells[17:]), between)
    torch.testing.assert_close(torch.cat((first, second)), values)
    torch.testing.assert_close(after, state)
    sampled = np.zeros((2, reader.size), np.float32)
    step = reader.make_step(sampled, tuple(part.numpy() for part in between))
    np.testing.assert_allclose(sampled, expected[16], atol=1e-5)
    for number in range(17, 40):
        step(cells[number])
        np.testing.assert_allclose(sampled, expected[number], atol=1e-5)
