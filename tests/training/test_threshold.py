"""The default threshold of independent notes, set from the music."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig
from lstmmusic.generation.sampler import generate, generate_takes
from lstmmusic.network.free_running import default_threshold
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.checkpoint import load_network, load_run, save_run
from lstmmusic.training.batches import Rolls
from lstmmusic.training.threshold import THRESHOLDS, find_threshold
from lstmmusic.training.trainer import Trainer
from tests.conftest import SMALL, make_scales
from tests.training.test_calibration import make_chains
from tests.training.test_trainer import CONFIG, NETWORK

INDEPENDENT = replace(NETWORK, output="independent")


def network_of(probability: float, bias: float = 0.0) -> StackedLSTM:
    """Make a network that gives each note this probability, whatever came before."""
    network = StackedLSTM(NetworkConfig(8, (2, 2, 2), output="independent").rolls_only(), initial_weight_std=0.0)
    network.output.init_bias(np.full(8, probability))
    network.sampling_bias[0] = bias
    return network


@pytest.mark.parametrize(
    ("probability", "bias", "threshold"),
    [(0.3, 0.0, 0.1), (0.06, 0.0, 0.05), (0.06, -1.0, 0.02), (0.025, 1.0, 0.05), (0.0005, 0.0, 0.0)],
)
def test_threshold_lets_notes_begin_as_often_as_in_the_music(probability: float, bias: float, threshold: float) -> None:
    odds = probability / (1 - probability) * np.exp(bias)
    rolls = Rolls(make_chains(odds / (1 + odds), 0.5), torch.device("cpu"))
    assert find_threshold(network_of(probability, bias), rolls, 0) == threshold


def test_no_threshold_is_set_where_even_without_one_too_few_notes_begin() -> None:
    rolls = Rolls(make_chains(0.2, 0.5), torch.device("cpu"))
    assert find_threshold(network_of(0.1), rolls, 0) == 0


def test_training_sets_the_threshold_of_independent_notes_and_runs_keep_it(tmp_path: Path) -> None:
    music = replace(make_scales(1, 2), tunes=tuple(make_chains(0.03, 0.4, 6, 100))).split(0.3)
    trainer = Trainer(*music, INDEPENDENT, replace(CONFIG, epochs=1), device="cpu")
    assert default_threshold(trainer.network) == 0.1
    assert THRESHOLDS[0] == 0.1
    list(trainer.steps())
    found = default_threshold(trainer.network)
    assert found in THRESHOLDS[1:]
    save_run(trainer, tmp_path / "run.safetensors")
    resumed = load_run(tmp_path / "run.safetensors", *music, device="cpu")
    for network in (trainer.best_network(), load_network(tmp_path / "run.safetensors")[0], resumed.ema_network):
        assert default_threshold(network) == found
    take = generate(trainer.best_network(), None, 20, config=SMALL)
    assert take.threshold == found
    assert generate(trainer.best_network(), None, 20, threshold=0.3, config=SMALL).threshold == 0.3
    joint = Trainer(*music, replace(NETWORK, output="joint"), replace(CONFIG, epochs=1), device="cpu")
    list(joint.steps())
    assert default_threshold(joint.network) == 0


def test_music_of_many_rare_notes_is_not_silent_by_default() -> None:
    chains = make_chains(0.04, 0.3, 6, 300)
    music = replace(make_scales(1, 2), tunes=tuple(chains)).split(0.3)
    trainer = Trainer(*music, INDEPENDENT, replace(CONFIG, epochs=3), device="cpu")
    list(trainer.steps())
    takes = generate_takes(trainer.best_network(), None, 100, takes=10, config=SMALL)
    assert all(take.tune.roll.any() for take in takes)
    fixed = generate_takes(trainer.best_network(), None, 100, takes=10, threshold=0.1, config=SMALL)
    assert not any(take.tune.roll.any() for take in fixed)


def test_weights_of_earlier_versions_have_the_threshold_of_2016() -> None:
    network = network_of(0.5)
    assert network.independent_threshold is not None
    weights = {name: weight.clone() for name, weight in network.state_dict().items()}
    network.independent_threshold.fill_(0.02)
    assert default_threshold(StackedLSTM.from_weights(network.config, network.state_dict())) == 0.02
    assert default_threshold(StackedLSTM.from_weights(network.config, weights)) == 0.1
    del weights["independent_threshold"]
    assert default_threshold(StackedLSTM.from_weights(network.config, weights)) == 0.1
