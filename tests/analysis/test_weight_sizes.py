from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

import lstmmusic as lm
from lstmmusic.analysis import weights
from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.network.model import StackedLSTM
from tests.analysis.reference import CONFIGS, make_network
from tests.conftest import make_scales


def test_histograms_are_those_of_numpy() -> None:
    network = make_network(CONFIGS[0])
    edges, found = lm.histogram_edges(), lm.weight_histograms(network)
    assert edges.shape == (122,)
    assert found.shape == (4, 121)
    assert found.dtype == np.float32
    for group, fractions in zip(network.parameter_groups(), found, strict=True):
        values = torch.cat([parameter.detach().flatten() for parameter in group]).numpy()
        counts, _ = np.histogram(values.astype(np.float64), edges.astype(np.float64))
        np.testing.assert_allclose(fractions, counts / len(values), atol=1.5 / len(values))
        assert fractions.sum() == pytest.approx(1)


def test_zero_tiny_huge_and_broken_values_have_a_bin() -> None:
    network = make_network(CONFIGS[3])
    values = [0.0, 1e-9, -1e-9, 1e9, -1e9, 1.1, -1.1, float("nan"), float("inf")]
    with torch.no_grad():
        for parameter in network.layers[1].parameters():
            parameter.copy_(torch.tensor(values).repeat(parameter.numel())[: parameter.numel()].view(parameter.shape))
    found, edges = lm.weight_histograms(network)[1], lm.histogram_edges()
    assert found.sum() == pytest.approx(1)
    used = np.flatnonzero(found)
    up = np.searchsorted(edges, 1.1) - 1
    assert used.tolist() == [0, 120 - up, 60, up, 120]
    assert found[60] == pytest.approx(3 / 7, abs=0.02)


def test_of_many_weights_some_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    network = StackedLSTM(NetworkConfig(hidden=(48, 48, 48)), initial_weight_std=0.3)
    with torch.no_grad():  # the first ones are not like the others
        for parameter in network.parameters():
            parameter.copy_(parameter.flatten().sort().values.view(parameter.shape))
    whole = lm.weight_histograms(network)
    monkeypatch.setattr(weights, "COUNTED", 2000)
    some = lm.weight_histograms(network)
    assert np.abs(some - whole).max() > 0
    np.testing.assert_allclose(some, whole, atol=0.03)


def test_gradients_are_those_of_the_last_mini_batch() -> None:
    corpus = make_scales(4, 20)
    trainer = lm.Trainer(
        corpus, None, NetworkConfig(pitches=8, hidden=(5, 5, 5)), TrainingConfig(length=20), device="cpu"
    )
    assert lm.gradient_histograms(trainer.network) is None
    next(trainer.steps())
    found = lm.gradient_histograms(trainer.network)
    edges = lm.histogram_edges().astype(np.float64)
    for layer, fractions in zip(trainer.network.layers, found, strict=False):
        values = torch.cat([parameter.grad.flatten() for parameter in layer.parameters()]).double().numpy()
        counts, _ = np.histogram(values, edges)
        np.testing.assert_allclose(fractions, counts / len(values), atol=1.5 / len(values))


def test_connections_are_as_strong_as_their_weights() -> None:
    network = StackedLSTM(CONFIGS[2])
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        network.layers[0].input_weights.fill_(0.1)
        network.layers[1].input_weights[:, :10] = 0.2
        network.layers[1].input_weights[:, 10:] = -0.3
        network.layers[2].recurrent_weights.fill_(0.4)
        network.output.pitch_biases.weight[:, 4:9] = 0.5
        network.output.hidden_biases.weight[:, 4:9] = 0.5
        network.articulation.of_layers.weight[:, 4:9] = -0.5
    found = {(each.source, each.target): each.strength for each in lm.connection_strengths(network)}
    strong = {("input", "layer 1"): 0.1, ("input", "layer 2"): 0.2, ("layer 1", "layer 2"): 0.3}
    strong |= {("layer 3", "layer 3"): 0.4, ("layer 2", "output"): 0.5}
    weak = [("input", "layer 3"), ("layer 1", "layer 1"), ("layer 1", "output"), ("layer 2", "layer 2")]
    weak += [("layer 2", "layer 3"), ("layer 3", "output")]
    assert found == pytest.approx(strong | dict.fromkeys(weak, 0.0))


def test_networks_without_skips_have_fewer_connections() -> None:
    found = {(each.source, each.target) for each in lm.connection_strengths(make_network(CONFIGS[1]))}
    layers = ["layer 1", "layer 2", "layer 3"]
    chain = ["input", *layers, "output"]
    assert found == {*itertools.pairwise(chain), *zip(layers, layers, strict=True)}
