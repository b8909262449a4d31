from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.model import PEEPHOLES, StackedLSTM
from lstmmusic.presets import PRESETS
from lstmmusic.training.learner import watch_gates
from lstmmusic.training.trainer import Trainer

ROLL = (np.arange(30)[:, None] % 8 == np.arange(8)).astype(np.uint8)


@pytest.mark.parametrize("peephole", [None, "cell", "candidate"])
def test_gates_are_those_of_the_equations(peephole) -> None:
    layer = LSTMLayer(4, 3, peephole)
    random = torch.Generator().manual_seed(0)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, generator=random)
    inputs, h, c = (torch.randn(shape, generator=random) for shape in ((7, 2, 4), (2, 3), (2, 3)))
    with torch.no_grad():
        gates = layer.gates(inputs, (h, c), layer(inputs, (h, c))[0])
        looking = layer.peepholes if layer.peepholes is not None else torch.zeros(3, 3)
        for step, seen in enumerate(inputs):
            sums = seen @ layer.input_weights.t() + h @ layer.recurrent_weights.t() + layer.biases
            i, f, candidate, o = sums.chunk(4, dim=1)
            i, f = torch.sigmoid(i + looking[0] * c), torch.sigmoid(f + looking[1] * c)
            c = f * c + i * torch.tanh(candidate)
            o = torch.sigmoid(o + looking[2] * (candidate if peephole == "candidate" else c))
            h = o * torch.tanh(c)
            torch.testing.assert_close(gates[step], torch.cat((i, f, o), dim=1))


@pytest.mark.parametrize("cell", PEEPHOLES)
def test_gates_are_seen_while_a_network_reads_and_not_after(cell) -> None:
    network = StackedLSTM(NetworkConfig(8, (5, 6, 7), cell=cell))
    with watch_gates(network) as soft:
        before = network.expectations(ROLL)
    assert soft == [0, 0, 0]
    with torch.no_grad():
        network.lstms[1].biases.fill_(9)
    with watch_gates(network) as hard:
        network.probabilities(ROLL, samples=2)
    assert hard[0] == 0
    assert hard[1] == 1
    after = network.expectations(ROLL)
    assert (len(soft), len(hard)) == (3, 3)
    assert before.shape == after.shape


def test_snapshot_tells_the_health_of_each_layer_once_there_were_updates(scales: tuple[Corpus, Corpus]) -> None:
    config = replace(PRESETS["recommended"].training, length=20, batch_size=2)
    trainer = Trainer(*scales, NetworkConfig(8, (5, 6, 7)), config, device="cpu")
    assert trainer.snapshot().health == ()
    (update,) = itertools.islice(trainer.steps(), 1)
    health = trainer.snapshot().health
    assert [layer.name for layer in health] == ["layer 1", "layer 2", "layer 3", "output"]
    assert np.hypot.reduce([layer.gradient_norm for layer in health]) == pytest.approx(update.gradient_norm)
    assert {layer.clipped for layer in health} == {float(update.gradient_norm > config.clip)}
    assert [layer.saturated for layer in health] == [0, 0, 0, None]
