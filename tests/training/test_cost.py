from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from lstmmusic.base.jobs import Job
from lstmmusic.config import NetworkConfig
from lstmmusic.errors import ConfigError, CorpusError, TrainingError
from lstmmusic.network.model import StackedLSTM
from lstmmusic.presets import PRESETS
from lstmmusic.training import cost
from lstmmusic.training.cost import Cost, estimate_cost, estimating_cost
from lstmmusic.training.trainer import Trainer
from tests.conftest import make_scales

NETWORK = NetworkConfig(8, (5, 6, 7))
MUSIC = make_scales(12, 30)
CONFIG = replace(PRESETS["recommended"].training, length=20, batch_size=4, updates_per_batch=2)


@pytest.fixture(autouse=True)
def short_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "SECONDS", 0.05)


def estimate(network: NetworkConfig = NETWORK, **settings) -> Cost:
    return estimate_cost(MUSIC, network, replace(CONFIG, **settings), device="cpu", quiet=True)


def test_estimated_updates_of_an_epoch_match_training() -> None:
    found = estimate()
    trainer = Trainer(MUSIC, None, NETWORK, replace(CONFIG, epochs=1), device="cpu")
    assert found.updates_per_epoch == pytest.approx(len(list(trainer.steps())), abs=2)  # with other offsets
    assert found.parameters == trainer.network.config.parameters < NETWORK.parameters  # which this music lacks parts of
    assert found.seconds_per_epoch > 0


def test_large_corpus_is_estimated_from_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = estimate(batch_size=1)
    monkeypatch.setattr(cost, "SOME_TUNES", 4)
    assert estimate(batch_size=1).updates_per_epoch == pytest.approx(whole.updates_per_epoch, rel=0.15)


def test_memory_of_weights_counts_gradients_moments_and_copies() -> None:
    weights = sum(p.numel() * p.element_size() for p in StackedLSTM(NETWORK).parameters())
    plain = replace(PRESETS["seed-2016"].training, length=20, batch_size=4)
    assert cost.weights_memory(NETWORK, plain) == 4 * weights  # weights, gradients, RMSprop's, best
    assert cost.weights_memory(NETWORK, CONFIG) == 6 * weights  # Adam has two moments, and there is an EMA


@pytest.mark.parametrize("cell", ["standard", "peephole", "2016"])
def test_memory_grows_with_batch_and_length_by_what_gradients_need(cell) -> None:
    network = NetworkConfig(8, (32, 48, 64), cell=cell, output="independent")
    plain = {"dropout": (0, 0, 0), "drop_connect": 0.0}
    small, wide, long = (
        estimate(network, **plain, **sizes).memory for sizes in ({}, {"batch_size": 8}, {"batch_size": 8, "length": 28})
    )
    # For each step and crop, the layers keep at least gates, cells and outputs, and at most a few times as much.
    least = 4 * 6 * sum(network.hidden)
    assert least < (wide - small) / (4 * 20) < 4 * least
    assert least < (long - wide) / (8 * 8) < 4 * least


def test_memory_shared_by_all_crops_is_counted_once() -> None:
    network = NetworkConfig(8, (64, 64, 64))
    added = [
        estimate(network, drop_connect=share, batch_size=8).memory
        - estimate(network, drop_connect=share, batch_size=4).memory
        for share in (0.0, 0.3)
    ]
    assert added[1] == pytest.approx(added[0], rel=0.01)  # recurrent weights are dropped once for a batch


def test_estimate_runs_and_stops_as_a_job() -> None:
    job = Job(estimating_cost(MUSIC, NETWORK, CONFIG, device="cpu"))
    job.start()
    assert job.wait(20)
    assert isinstance(job.result, Cost)
    assert (job.latest.total, job.error) == (1000, None)
    work = estimating_cost(MUSIC, NETWORK, CONFIG, device="cpu")
    next(work)
    work.close()


def test_global_random_generator_is_not_used() -> None:
    before = torch.get_rng_state()
    estimate()
    assert torch.equal(torch.get_rng_state(), before)


def test_network_that_cannot_fit_is_refused_at_once() -> None:
    with pytest.raises(TrainingError, match=r"needs about \d+ GB of memory, and cpu has \d+ GB; use smaller layers"):
        estimate(NetworkConfig(8, (8192, 8192, 8192)), batch_size=4096)


def test_batch_of_one_crop_needs_no_memory_for_two(monkeypatch: pytest.MonkeyPatch) -> None:
    forward = StackedLSTM.forward

    def fail_on_two(self: StackedLSTM, inputs: torch.Tensor, *more: Any) -> Any:
        if inputs.shape[1] > 1:
            torch.empty(1 << 55)
        return forward(self, inputs, *more)

    monkeypatch.setattr(StackedLSTM, "forward", fail_on_two)
    assert estimate(batch_size=1).memory > 0
    with pytest.raises(TrainingError, match="not enough memory on cpu; use smaller layers"):
        estimate(batch_size=2)


def test_unsuitable_music_or_device_is_refused() -> None:
    with pytest.raises(ConfigError, match="one grid"):
        estimate(NetworkConfig(88))
    with pytest.raises(CorpusError, match="two steps"):
        estimate_cost(replace(MUSIC, tunes=()), NETWORK, CONFIG, device="cpu")
    with pytest.raises(ConfigError, match="this machine has"):
        estimate_cost(MUSIC, NETWORK, CONFIG, device="tpu")
