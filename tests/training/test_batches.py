from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.music.cells import HELD
from lstmmusic.music.metre import Metre, places
from lstmmusic.music.roll import Tune
from lstmmusic.music.score import VELOCITY
from lstmmusic.training.batches import Crop, Rolls, epoch_crops
from tests.conftest import SMALL, make_scales
from tests.network.cells import make_cells

CPU = torch.device("cpu")


def make_rolls(lengths: list[int]) -> Rolls:
    """Make rolls of 12 pitches with notes at 4 to 6."""
    config = RollConfig(lowest=60, highest=71)
    rolls = [np.zeros((length, 12), np.uint8) for length in lengths]
    for roll in rolls:
        roll[:, 4:7] = 1
    return Rolls([Tune(roll, config=config) for roll in rolls], CPU)


@pytest.mark.parametrize("length", [2, 7, 10, 100])
def test_epoch_predicts_every_step(length: int) -> None:
    lengths = [1, 2, 7, 8, 9, 50, 101]
    rolls = make_rolls(lengths)
    offsets = set()
    for seed in range(30):
        crops = epoch_crops(rolls, length, 0, torch.Generator().manual_seed(seed))
        for tune, steps in enumerate(lengths):
            own = [crop for crop in crops if crop.tune == tune]
            predicted = {step for crop in own for step in range(crop.start, crop.stop)}
            assert predicted >= set(range(1, steps))
            assert max(predicted) == steps - 1
            assert all(0 < crop.stop - crop.start <= max(length, 1) for crop in own)
            assert all(crop.transposition == 0 for crop in own)
        offsets.add(tuple(sorted(crop.start for crop in crops if crop.tune == 5)))
    assert len(offsets) > (1 if length < 100 else 0)


def test_half_of_the_tunes_are_transposed_within_the_range_of_pitches() -> None:
    rolls = make_rolls([30] * 400)
    assert rolls.rooms[0].tolist() == [4, 5]
    for transpose, keys in ((2, range(-2, 3)), (6, range(-4, 6))):
        crops = epoch_crops(rolls, 10, transpose, torch.Generator().manual_seed(0))
        of_tunes = {crop.tune: crop.transposition for crop in crops}
        assert len({(crop.tune, crop.transposition) for crop in crops}) == 400  # a tune has one key in an epoch
        assert set(of_tunes.values()) == set(keys)
        staying = sum(key == 0 for key in of_tunes.values()) / 400
        assert staying == pytest.approx(0.5 + 0.5 / len(keys), abs=0.06)


def test_batch_shifts_targets_by_one_and_pads_with_silence() -> None:
    tunes = make_scales(2, 6).tunes
    rolls = [torch.from_numpy(tune.roll) for tune in tunes]
    inputs, targets, mask, *_ = Rolls(tunes, CPU).batch([Crop(0, 0, 6), Crop(1, 2, 5), Crop(1, 1, 7)])
    assert inputs.shape == targets.shape == (6, 3, SMALL.pitches)
    assert inputs[0, 0].sum() == 0  # before a tune, there is silence
    torch.testing.assert_close(targets[:, 0], rolls[0].float())
    torch.testing.assert_close(inputs[1:, 0], rolls[0][:-1].float())
    torch.testing.assert_close(inputs[:3, 1], rolls[1][1:4].float())
    torch.testing.assert_close(targets[:3, 1], rolls[1][2:5].float())
    torch.testing.assert_close(inputs[:, 2], rolls[1][:6].float())
    assert mask.T.tolist() == [[1] * 6, [1] * 3 + [0] * 3, [1] * 6]
    assert targets[3:, 1].sum() == 0


@pytest.mark.parametrize("pitches", [7, 8, 12, 88])
def test_batch_unpacks_and_transposes_any_number_of_pitches(pitches: int) -> None:
    config = RollConfig(lowest=21, highest=20 + pitches)
    roll = np.zeros((20, pitches), np.uint8)
    roll[:, 2 : pitches - 3] = np.random.default_rng(0).random((20, pitches - 5)) < 0.4
    inputs, targets, *_ = Rolls([Tune(roll, config=config)], CPU).batch(
        [Crop(0, 1, 20), Crop(0, 1, 20, -2), Crop(0, 1, 20, 3)]
    )
    np.testing.assert_array_equal(inputs[:, 0], roll[:-1])
    np.testing.assert_array_equal(targets[:, 0], roll[1:])
    np.testing.assert_array_equal(targets[:, 1, :-2], roll[1:, 2:])
    np.testing.assert_array_equal(targets[:, 2, 3:], roll[1:, :-3])
    assert targets[:, 1, -2:].sum() == targets[:, 2, :3].sum() == 0


def test_batch_has_cells_places_and_ends_for_a_network_that_reads_them() -> None:
    config = RollConfig(step=0.5, unit="beats", lowest=60, highest=67)
    cells = make_cells(12, 1, 8)[:, 0].astype(np.uint8)
    played = np.where(cells > HELD, cells - HELD, 0)
    tunes = [
        Tune(cells > 0, config=config, onsets=cells > HELD, velocities=played, metre=(Metre(-1.0, 3, 4),)),
        Tune(cells > 0, config=config, onsets=cells > HELD),
    ]
    crops = [Crop(0, 0, 6), Crop(0, 4, 12), Crop(1, 5, 9), Crop(1, 9, 12)]
    batch = Rolls(tunes, CPU, NetworkConfig(pitches=8)).batch(crops)
    assert batch.inputs.shape == (9, 4, 8)  # the longest crop has 8 steps, and ends its tune
    np.testing.assert_array_equal(batch.targets[:6, 0], cells[:6])
    np.testing.assert_array_equal(batch.inputs[:9, 1], cells[3:])
    usual = np.where(cells > HELD, HELD + VELOCITY, cells)
    np.testing.assert_array_equal(batch.targets[:4, 2], usual[5:9])
    assert batch.mask.sum(0).tolist() == [6, 8, 4, 3]
    assert batch.ends.nonzero().tolist() == [[3, 3], [8, 1]]
    assert batch.places is not None
    np.testing.assert_array_equal(batch.places[:, 1], places(tunes[0].metre, config, 4, 13))
    assert not batch.places[:, 2:].any()
    # A network without these parts reads zeros and ones.
    plain = Rolls(tunes, CPU, NetworkConfig(pitches=8).rolls_only()).batch(crops)
    assert plain.places is None
    assert not plain.ends.any()
    np.testing.assert_array_equal(plain.inputs[:8, 1], cells[3:11] > 0)


def test_cells_are_transposed_with_their_velocities() -> None:
    config = RollConfig(lowest=60, highest=67)
    cells = make_cells(12, 1, 8)[:, 0].astype(np.uint8)
    cells[:, 5:] = 0
    tune = Tune(cells > 0, config=config, onsets=cells > HELD, velocities=np.where(cells > HELD, cells - HELD, 0))
    batch = Rolls([tune], CPU, NetworkConfig(pitches=8)).batch([Crop(0, 1, 12, 3), Crop(0, 1, 12)])
    np.testing.assert_array_equal(batch.targets[:11, 0, 3:], cells[1:, :5])
    np.testing.assert_array_equal(batch.targets[:11, 1], cells[1:])
