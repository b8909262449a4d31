"""Networks that read and predict strikes, velocities, the place in the bar and the end."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from lstmmusic.config import PLACES, NetworkConfig, RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.music.cells import HELD, cells_of
from lstmmusic.music.metre import parse_metre, places
from lstmmusic.music.roll import Tune
from lstmmusic.network.free_running import Numbers, Samplers, run_freely
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.stepper import Stepper, StepWeights
from tests.network.cells import make_cells

SHAPES = [
    NetworkConfig(pitches=6, hidden=(5, 6, 7), output=output, skip=skip, velocities=velocities, metre=metre)
    for output, (skip, velocities, metre) in itertools.product(
        ("joint", "independent", "relative"), ((True, True, True), (False, False, True), (True, True, False))
    )
]


@pytest.mark.parametrize("config", SHAPES)
def test_parameters_are_counted(config: NetworkConfig) -> None:
    network = StackedLSTM(config)
    assert config.parameters == sum(parameter.numel() for parameter in network.parameters())
    trained = [parameter for group in network.parameter_groups() for parameter in group]
    assert len(trained) == len(list(network.parameters()))


@pytest.mark.parametrize("config", SHAPES)
@pytest.mark.parametrize("takes", [1, 3])
def test_features_of_cells_match_the_network_step_by_step(config: NetworkConfig, takes: int) -> None:
    network = StackedLSTM(config, initial_weight_std=0.7)
    cells = torch.from_numpy(make_cells(11, takes, 6))
    where = torch.rand(11, 1, PLACES, generator=torch.Generator().manual_seed(0)).expand(-1, takes, -1)
    with torch.inference_mode():
        whole, _ = network(cells, places=where)
        opening, state = network(cells[:4], places=where[:4])
        torch.testing.assert_close(opening, whole[:4])
        stepper = Stepper(StepWeights(network), state, takes)
        if config.metre:
            stepper.place[:] = where[3].numpy()
    np.testing.assert_allclose(stepper.features, whole[3], atol=1e-5)
    for step in range(4, 11):
        stepper.step(cells[step].numpy(), where[step, 0].numpy())
        np.testing.assert_allclose(stepper.features, whole[step], atol=1e-5)


def test_unknown_places_are_zero_and_known_ones_matter() -> None:
    network = StackedLSTM(SHAPES[0], initial_weight_std=0.7)
    cells = torch.from_numpy(make_cells(5, 1, 6))
    unknown, _ = network(cells)
    assert torch.equal(unknown, network(cells, places=torch.zeros(5, 1, PLACES))[0])
    assert not torch.equal(unknown, network(cells, places=torch.ones(5, 1, PLACES))[0])


def test_a_tune_is_read_with_its_strikes_and_its_metre() -> None:
    network = StackedLSTM(NetworkConfig(pitches=6, hidden=(5, 6, 7)), initial_weight_std=0.7)
    grid = RollConfig(step=0.5, unit="beats", lowest=60, highest=65)
    cells = make_cells(9, 1, 6)[:, 0].astype(np.uint8)
    played = np.where(cells > HELD, cells - HELD, 0)
    tune = Tune(cells > 0, config=grid, onsets=cells > HELD, velocities=played, metre=parse_metre("3/4"))
    np.testing.assert_array_equal(cells_of(tune), cells)
    inputs = torch.from_numpy(np.pad(cells, ((1, 0), (0, 0))).astype(np.float32))[:, None]
    where = torch.from_numpy(places(tune.metre, grid, 0, 10))[:, None]
    with torch.inference_mode():
        features, state = network(inputs, places=where)
        logits = network.output.logits(features[:-1], (inputs[1:] > 0).float())[:, 0]
    expectations, after = network.read(tune)
    np.testing.assert_allclose(expectations, torch.sigmoid(logits), atol=1e-5)
    torch.testing.assert_close(after, state)
    lowest = network.marginals(tune, samples=8)[:, 0]  # nothing lies below it
    np.testing.assert_allclose(lowest, expectations[:, 0], atol=1e-5)


def test_losses_of_the_end_are_those_of_its_probability() -> None:
    network = StackedLSTM(SHAPES[0], initial_weight_std=0.7)
    cells = torch.from_numpy(make_cells(6, 2, 6))
    mask, ends = torch.ones(6, 2), torch.zeros(6, 2)
    mask[4:, 1], ends[4, 1] = 0, 1
    features, _ = network(cells)
    losses = network.losses(features, cells, mask=mask, ends=ends)
    assert network.ending is not None
    chance = torch.sigmoid(network.ending(features))
    expected = -torch.log(torch.where(ends == 1, chance, 1 - chance))
    expected[5, 1] = 0
    torch.testing.assert_close(losses.ends, expected)
    assert losses.strikes.sum() > 0
    assert losses.velocities.sum() > 0


@pytest.mark.parametrize("strikes", [True, False])
def test_tunes_end_as_often_as_the_network_says(strikes: bool) -> None:
    config = NetworkConfig(pitches=6, hidden=(5, 6, 7), metre=False, strikes=strikes, velocities=strikes)
    network = StackedLSTM(config, initial_weight_std=0.3)
    takes = 4000
    numbers = Numbers.draw(np.random.default_rng(0), 1, takes, 6)
    with torch.inference_mode():
        features, state = network(torch.from_numpy(make_cells(5, 1, 6)))
        assert network.ending is not None
        chance = torch.sigmoid(network.ending(features[-1, 0])).item()
        stepper = Stepper(StepWeights(network), state, takes)
        (sampled,) = run_freely(stepper, Samplers.of(network, 1.0, 0.0), numbers, np.zeros((1, 6), np.float32))
    assert 0.1 < chance < 0.9
    np.testing.assert_allclose(sampled.ends, chance, rtol=1e-5)
    assert (numbers.ends[0] < sampled.ends).mean() == pytest.approx(chance, abs=0.03)


def test_velocities_need_strikes() -> None:
    with pytest.raises(ConfigError, match="velocities need strikes"):
        NetworkConfig(strikes=False)


def test_networks_of_earlier_files_have_none_of_these_parts() -> None:
    old = {"pitches": 8, "hidden": [6, 6, 6], "skip": True, "output": "joint"}
    assert NetworkConfig.from_dict(old) == NetworkConfig(8, (6, 6, 6), output="joint").rolls_only()
