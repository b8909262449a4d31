from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.network import reader as readers
from lstmmusic.network.tonality import DECAYS, Tonality

PITCHES, TIME = 30, 40


@pytest.fixture
def rolls() -> torch.Tensor:
    return (torch.rand(TIME, 2, PITCHES, generator=torch.Generator().manual_seed(0)) < 0.1).float()


@pytest.mark.parametrize("block", [readers.BLOCK, 7, 1])
def test_values_are_weighted_means_of_the_steps_that_were_read(
    monkeypatch: pytest.MonkeyPatch, rolls: torch.Tensor, block: int
) -> None:
    monkeypatch.setattr(readers, "BLOCK", block)
    reader = Tonality(PITCHES)
    values, _ = reader.read(rolls, reader.zero_state(2, rolls.device))
    classes = np.stack([rolls[..., pitch::12].numpy().max(2) for pitch in range(12)], axis=2)
    for time in range(TIME):
        for average, decay in enumerate(DECAYS):
            expected = np.average(classes[: time + 1], axis=0, weights=decay ** np.arange(time, -1, -1))
            np.testing.assert_allclose(values[time].view(2, 2, 12)[:, average], expected, atol=1e-5)


@pytest.mark.parametrize("parts", [[1] * TIME, [7, 1, 12, 20]])
def test_parts_and_single_steps_match_the_whole(rolls: torch.Tensor, parts: list[int]) -> None:
    reader = Tonality(PITCHES)
    whole, _ = reader.read(rolls, reader.zero_state(2, rolls.device))
    state, begun = reader.zero_state(2, rolls.device), 0
    values = np.empty((2, reader.size), np.float32)
    step = reader.make_step(values, (state[0].numpy(), state[1].numpy()))
    assert not values.any()
    for size in parts:
        part, state = reader.read(rolls[begun : begun + size], state)
        torch.testing.assert_close(part, whole[begun : begun + size])
        begun += size
        for time in range(begun - size, begun):
            step(rolls[time].numpy())
            np.testing.assert_allclose(values, whole[time], atol=1e-5)
        again = np.empty_like(values)
        reader.make_step(again, (state[0].numpy(), state[1].numpy()))
        np.testing.assert_allclose(again, values, atol=1e-5)
