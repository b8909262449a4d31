"""Snapshots of the weights along a run."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import NetworkConfig
from lstmmusic.errors import ConfigError
from lstmmusic.generation.sampler import generate
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.checkpoint import load_run, save_run
from lstmmusic.training.trainer import Trainer
from lstmmusic.training.weights import (
    MOST_SNAPSHOTS,
    SNAPSHOT_BYTES,
    WeightSnapshot,
    most_snapshots,
    nearest_snapshot,
    pack,
    plan_snapshots,
    spread,
)
from tests.conftest import SMALL, make_scales, same_weights
from tests.training.test_trainer import CONFIG, NETWORK


def test_updates_are_spaced_by_the_logarithm_and_thinned() -> None:
    assert plan_snapshots(0, 24) == [0]
    assert plan_snapshots(976, 24) == [0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500]
    assert plan_snapshots(999, 7) == [0, 1, 3, 10, 30, 100, 300]
    assert plan_snapshots(1000, 7) == [0, 1, 10, 30, 100, 300, 1000]
    assert plan_snapshots(976, 4) == [0, 1, 10, 100]
    assert plan_snapshots(2000, 4) == [0, 1, 100, 1000]
    later = [digit * 10**decade for decade in range(5, 8) for digit in (1, 2, 3, 5)]
    assert plan_snapshots(2**26, 24)[-12:] == later
    assert plan_snapshots(10, 1) == plan_snapshots(10, 0) == []


@pytest.mark.parametrize("most", [2, 3, 8, 24])
def test_what_is_kept_later_was_kept_before(most: int) -> None:
    points = sorted({*range(300), *plan_snapshots(2**26, 10**9)})
    for before, after in itertools.pairwise(points):
        planned = plan_snapshots(after, most)
        assert len(planned) == min(most, len(plan_snapshots(after, 10**9)))
        assert set(planned) - {after} <= set(plan_snapshots(before, most))


@pytest.mark.parametrize(("units", "most"), [(20, 24), (120, 24), (256, 24), (300, 24), (512, 15), (1024, 4)])
def test_number_is_bounded_in_memory(units: int, most: int) -> None:
    network = StackedLSTM(NetworkConfig(hidden=(units,) * 3))
    kept = pack(WeightSnapshot(0, network.config, network.state_dict())).weights
    assert most_snapshots(network.config) == most <= MOST_SNAPSHOTS
    assert most * sum(weight.nbytes for weight in kept.values()) < 1.001 * SNAPSHOT_BYTES


def test_snapshot_gives_the_tune_that_its_network_gave() -> None:
    trainer = Trainer(*make_scales(6, 30).split(0.3), NETWORK, replace(CONFIG, ema_decay=0.9), device="cpu")
    before = trainer.newest_network()
    heard = {0: generate(before, None, 30, config=SMALL)}
    for update in itertools.islice(trainer.steps(), 12):
        heard[update.number] = generate(trainer.newest_network(), None, 30, config=SMALL)
    assert [snapshot.update for snapshot in trainer.weight_snapshots] == [0, 1, 2, 3, 5, 10]
    for snapshot in trainer.weight_snapshots:
        take = generate(snapshot.network(), None, 30, config=SMALL)
        np.testing.assert_array_equal(take.probabilities, heard[snapshot.update].probabilities)
    assert same_weights(trainer.newest_snapshot().weights, trainer.ema_network.state_dict())
    assert trainer.newest_snapshot().update == 12


def test_large_networks_are_kept_in_16_bits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    music = make_scales(6, 30).split(0.3)
    exact = Trainer(*music, NETWORK, CONFIG, device="cpu")
    list(itertools.islice(exact.steps(), 12))
    save_run(exact, tmp_path / "earlier.safetensors")  # with all snapshots in 32 bits, as earlier versions did
    monkeypatch.setattr("lstmmusic.training.weights.SNAPSHOT_BYTES", 48 * NETWORK.parameters)
    trainer = Trainer(*music, NETWORK, CONFIG, device="cpu")
    list(itertools.islice(trainer.steps(), 12))
    save_run(trainer, tmp_path / "run.safetensors")
    loaded = load_run(tmp_path / "run.safetensors", *music, device="cpu")
    of_earlier = load_run(tmp_path / "earlier.safetensors", *music, device="cpu")
    assert len(trainer.weight_snapshots) == 6
    for kept, *others in zip(*(each.weight_snapshots for each in (trainer, loaded, of_earlier, exact)), strict=True):
        assert sum(weight.nbytes for weight in kept.weights.values()) < 2.4 * NETWORK.parameters
        take, again, of_other, before = (generate(each.network(), None, 30, config=SMALL) for each in (kept, *others))
        np.testing.assert_array_equal(take.probabilities, again.probabilities)
        np.testing.assert_array_equal(take.probabilities, of_other.probabilities)
        np.testing.assert_allclose(take.probabilities[0], before.probabilities[0], atol=2e-3)
    assert same_weights(loaded.newest_snapshot().weights, trainer.network.state_dict())  # to the last bit


def test_weights_beyond_16_bits_stay_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmmusic.training.weights.SNAPSHOT_BYTES", 48 * NETWORK.parameters)
    weights = {name: weight * 1e7 for name, weight in StackedLSTM(NETWORK).state_dict().items()}
    kept = pack(WeightSnapshot(0, NETWORK, weights)).network()
    assert all(weight.isfinite().all() for weight in kept.parameters())


def test_large_networks_have_no_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmmusic.training.weights.SNAPSHOT_BYTES", 100)
    trainer = Trainer(*make_scales(6, 30).split(0.3), NETWORK, CONFIG, device="cpu")
    list(itertools.islice(trainer.steps(), 3))
    assert trainer.weight_snapshots == ()


def test_snapshots_are_chosen_at_even_distances() -> None:
    assert spread(range(14), 6) == [0, 3, 5, 8, 10, 13]
    assert spread(range(6), 6) == [0, 1, 2, 3, 4, 5]
    assert spread(range(3), 6) == [0, 1, 2]
    assert spread(range(1), 6) == [0]
    assert spread(range(0), 6) == []


def test_nearest_snapshot_is_found_by_the_logarithm() -> None:
    snapshots = [WeightSnapshot(update, NETWORK, {}) for update in (0, 1, 10, 100, 300)]
    found = [nearest_snapshot(snapshots, update) for update in (0, 1, 3, 4, 30, 40, 170, 180, 10**6)]
    assert [snapshot.update for snapshot in found if snapshot] == [0, 1, 1, 10, 10, 100, 100, 300, 300]
    assert nearest_snapshot([], 3) is None
    with pytest.raises(ConfigError, match="update"):
        nearest_snapshot(snapshots, -1)
