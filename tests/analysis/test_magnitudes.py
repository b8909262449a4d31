"""Histograms of weights and gradients, and the strengths of connections, against plain counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from lstmmusic.analysis.magnitudes import BINS, BINS_PER_POWER, LOWEST, measure_magnitudes, measure_strengths
from lstmmusic.config import NetworkConfig
from lstmmusic.network.model import StackedLSTM


def bin_of(value: float) -> int:
    power = LOWEST if value == 0 else math.log10(abs(value))
    return min(max(math.floor((power - LOWEST) * BINS_PER_POWER), 0), BINS - 1)


def test_each_weight_and_gradient_is_counted_once_by_its_magnitude() -> None:
    network = StackedLSTM(NetworkConfig(hidden=(3, 4, 5)))
    random = torch.Generator().manual_seed(1)
    for parameter in network.parameters():
        parameter.grad = 10 ** (8 * torch.rand(parameter.shape, generator=random) - 12)
    found = measure_magnitudes(network)
    for index, group in enumerate(network.parameter_groups()):
        for counts, tensors in (
            (found.weights[index], [parameter.detach() for parameter in group]),
            (found.gradients[index], [parameter.grad for parameter in group]),
        ):
            expected = np.zeros(BINS, np.int64)
            for value in torch.cat([tensor.flatten() for tensor in tensors]).tolist():
                expected[bin_of(value)] += 1
            assert np.abs(counts - expected).sum() <= 2  # where rounding moves one across an edge
            assert counts.sum() == expected.sum()


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_counted_as_large(value: float) -> None:
    network = StackedLSTM(NetworkConfig(hidden=(3, 4, 5)))
    with torch.no_grad():
        network.lstms[1].biases.fill_(value)
    before = measure_magnitudes(StackedLSTM(NetworkConfig(hidden=(3, 4, 5))))
    assert measure_magnitudes(network).weights[1, -1] - before.weights[1, -1] == network.lstms[1].biases.numel()


def test_a_network_that_has_not_learned_has_no_gradients() -> None:
    assert not measure_magnitudes(StackedLSTM(NetworkConfig(hidden=(3, 4, 5)))).gradients.any()


@pytest.mark.parametrize("output", ["independent", "joint", "relative"])
@pytest.mark.parametrize("skip", [True, False])
def test_strengths_are_those_of_the_weights(output: str, skip: bool) -> None:
    network = StackedLSTM(NetworkConfig(hidden=(3, 4, 5), output=output, skip=skip))
    with torch.no_grad():
        for layer, lstm in enumerate(network.lstms):
            lstm.recurrent_weights.fill_(layer + 1)
            lstm.input_weights.fill_(10 * (layer + 1))
    found = measure_strengths(network)
    assert found.to_itself == (1, 2, 3)
    assert found.from_input == ((10, 20, 30) if skip else (10, 0, 0))
    assert found.to_next == (20, 30)
    reached = [strength > 0 for strength in found.to_output]
    assert reached == ([True] * 3 if skip else [False, False, True])
