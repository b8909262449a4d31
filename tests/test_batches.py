from __future__ import annotations

import pytest
import torch

from lstmmusic.batches import Crop, epoch_crops, make_batch
from tests.conftest import SMALL, make_scales


@pytest.mark.parametrize("length", [2, 7, 10, 100])
def test_an_epoch_predicts_every_frame(length: int) -> None:
    lengths = [1, 2, 7, 8, 9, 50, 101]
    offsets = set()
    for seed in range(30):
        crops = epoch_crops(lengths, length, torch.Generator().manual_seed(seed))
        for tune, frames in enumerate(lengths):
            own = [crop for crop in crops if crop.tune == tune]
            predicted = {frame for crop in own for frame in range(crop.start, crop.stop)}
            assert predicted >= set(range(1, frames))
            assert max(predicted) == frames - 1
            assert all(0 < crop.stop - crop.start <= max(length, 1) for crop in own)
        offsets.add(tuple(sorted(crop.start for crop in crops if crop.tune == 5)))
    assert len(offsets) > (1 if length < 100 else 0)


def test_batch_shifts_targets_by_one_and_pads_with_silence() -> None:
    rolls = [torch.from_numpy(tune.roll) for tune in make_scales(2, 6).tunes]
    inputs, targets, mask = make_batch(rolls, [Crop(0, 0, 6), Crop(1, 2, 5), Crop(1, 1, 7)])
    assert inputs.shape == targets.shape == (3, 6, SMALL.pitches)
    assert inputs[0, 0].sum() == 0  # before a tune, there is silence
    torch.testing.assert_close(targets[0], rolls[0].float())
    torch.testing.assert_close(inputs[0, 1:], rolls[0][:-1].float())
    torch.testing.assert_close(inputs[1, :3], rolls[1][1:4].float())
    torch.testing.assert_close(targets[1, :3], rolls[1][2:5].float())
    torch.testing.assert_close(inputs[2], rolls[1][:6].float())
    assert mask.tolist() == [[1] * 6, [1] * 3 + [0] * 3, [1] * 6]
    assert targets[1, 3:].sum() == 0
