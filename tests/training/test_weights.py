"""Snapshots of the weights along a run."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from lstmmusic.config import NetworkConfig
from lstmmusic.errors import ConfigError
from lstmmusic.generation.sampler import generate
from lstmmusic.network.model import StackedLSTM
from lstmmusic.training.trainer import Trainer
from lstmmusic.training.weights import (
    MOST_SNAPSHOTS,
    SNAPSHOT_BYTES,
    WeightSnapshot,
    most_snapshots,
    nearest_snapshot,
    plan_snapshots,
)
from tests.conftest import SMALL, make_scales, same_weights
from tests.training.test_trainer import CONFIG, NETWORK


def test_updates_are_spaced_by_the_logarithm_and_thinned() -> None:
    assert plan_snapshots(0, 24) == [0]
    assert plan_snapshots(976, 24) == [0, 1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 300, 500]
    assert plan_snapshots(1000, 7) == [0, 1, 10, 100, 1000]
    assert plan_snapshots(999, 7) == [0, 1, 3, 10, 30, 100, 300]
    assert plan_snapshots(2**26, 24) == [0, *(digit * 10**decade for decade in range(8) for digit in (1, 3))]
    assert plan_snapshots(10, 1) == plan_snapshots(10, 0) == []


@pytest.mark.parametrize("most", [2, 3, 8, 24])
def test_what_is_kept_later_was_kept_before(most: int) -> None:
    points = sorted({*range(300), *plan_snapshots(2**26, 10**9)})
    for before, after in itertools.pairwise(points):
        planned = plan_snapshots(after, most)
        assert len(planned) <= most
        assert set(planned) - {after} <= set(plan_snapshots(before, most))


def test_number_is_bounded_in_memory() -> None:
    for units in (20, 120, 300, 1024):
        config = NetworkConfig(hidden=(units,) * 3)
        network = StackedLSTM(config)
        size = sum(weight.nbytes for weight in network.parameters())
        most = most_snapshots(config)
        assert most * size <= SNAPSHOT_BYTES
        assert most == MOST_SNAPSHOTS or (most + 1) * size > SNAPSHOT_BYTES
    assert most_snapshots(NetworkConfig()) == MOST_SNAPSHOTS


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


def test_large_networks_have_no_snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmmusic.training.weights.SNAPSHOT_BYTES", 100)
    trainer = Trainer(*make_scales(6, 30).split(0.3), NETWORK, CONFIG, device="cpu")
    list(itertools.islice(trainer.steps(), 3))
    assert trainer.weight_snapshots == ()


def test_nearest_snapshot_is_found_by_the_logarithm() -> None:
    snapshots = [WeightSnapshot(update, NETWORK, {}) for update in (0, 1, 10, 100, 300)]
    found = [nearest_snapshot(snapshots, update) for update in (0, 1, 3, 4, 30, 40, 170, 180, 10**6)]
    assert [snapshot.update for snapshot in found if snapshot] == [0, 1, 1, 10, 10, 100, 100, 300, 300]
    assert nearest_snapshot([], 3) is None
    with pytest.raises(ConfigError, match="update"):
        nearest_snapshot(snapshots, -1)
