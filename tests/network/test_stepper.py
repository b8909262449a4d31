from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.stepper import Stepper, StepWeights

CONFIGS = [
    NetworkConfig(pitches=6, hidden=hidden, skip=skip, cell=cell)
    for hidden, skip, cell in itertools.product(
        ((5, 5, 5), (3, 7, 4), (6, 6, 6)), (True, False), ("standard", "peephole", "2016")
    )
]
CONFIGS.append(NetworkConfig(pitches=6, hidden=(5, 5, 5), relative_passages=3, relative_steps=3))


@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("takes", [1, 3])
def test_features_match_the_network_for_each_take(config: NetworkConfig, takes: int) -> None:
    network = StackedLSTM(config, initial_weight_std=0.7)
    random = torch.Generator().manual_seed(0)
    primer = (torch.rand(4, 1, 6, generator=random) < 0.3).float()
    roll = (torch.rand(7, takes, 6, generator=random) < 0.3).float()
    with torch.inference_mode():
        features, state = network(primer)
        expected = network(torch.cat((primer.expand(4, takes, 6), roll)))[0][4:]
        stepper = Stepper(StepWeights(network), state, takes)
    np.testing.assert_allclose(stepper.features, features[-1].expand(takes, -1), atol=1e-6)
    for notes, after in zip(roll.numpy(), expected, strict=True):
        stepper.step(notes)
        np.testing.assert_allclose(stepper.features, after, atol=1e-6)


@pytest.mark.parametrize("config", CONFIGS)
def test_each_take_may_continue_from_a_state_of_its_own(config: NetworkConfig) -> None:
    network = StackedLSTM(config, initial_weight_std=0.7)
    random = torch.Generator().manual_seed(0)
    roll = (torch.rand(9, 3, 6, generator=random) < 0.3).float()
    with torch.inference_mode():
        expected = network(roll)[0][3:]
        stepper = Stepper(StepWeights(network), network(roll[:4])[1], 3)
    for notes, after in zip(roll[4:].numpy(), expected[1:], strict=True):
        stepper.step(notes)
        np.testing.assert_allclose(stepper.features, after, atol=1e-6)
