from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from lstmmusic.config import PARTS, NetworkConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.parts import PEEPHOLES
from lstmmusic.presets import PRESETS
from lstmmusic.training.learner import RECENT_UPDATES, Clipper, watch_gates
from lstmmusic.training.trainer import Trainer
from tests.conftest import make_scales

ROLL = (np.arange(30)[:, None] % 8 == np.arange(8)).astype(np.uint8)
OF_TORCH = {"adam": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop}


def make_groups(stds=(1.0, 0.01)) -> list[list[nn.Parameter]]:
    random = torch.Generator().manual_seed(0)
    groups = []
    for std in stds:
        group = [nn.Parameter(torch.zeros(3, 4)), nn.Parameter(torch.zeros(5))]
        for parameter in group:
            parameter.grad = torch.randn(parameter.shape, generator=random) * std
        groups.append(group)
    return groups


def gradients(groups: list[list[nn.Parameter]]) -> list[torch.Tensor]:
    return [parameter.grad for group in groups for parameter in group]


@pytest.mark.parametrize("bound", [0.5, 100.0])
@pytest.mark.parametrize("kind", ["norm", "element"])
def test_gradients_are_clipped_as_torch_clips_them(kind, bound: float) -> None:
    ours, theirs = make_groups(), make_groups()
    norm = Clipper().clip(ours, bound, kind)
    parameters = [parameter for group in theirs for parameter in group]
    expected = nn.utils.clip_grad_norm_(parameters, bound if kind == "norm" else math.inf)
    if kind == "element":
        nn.utils.clip_grad_value_(parameters, bound)
    assert norm.item() == expected.item()
    for mine, other in zip(gradients(ours), gradients(theirs), strict=True):
        assert torch.equal(mine, other)


def test_norm_of_each_group_is_measured_before_clipping() -> None:
    groups = make_groups()
    expected = [torch.cat([p.grad.flatten() for p in group]).norm() for group in groups]
    clipper = Clipper()
    assert clipper.norms is clipper.clipped is None
    clipper.clip(groups, 0.1, "norm")
    torch.testing.assert_close(clipper.norms, torch.stack(expected))


def test_bound_on_elements_counts_clipped_elements_in_each_group() -> None:
    clipper, groups = Clipper(), make_groups()
    beyond = sum(int((p.grad.abs() > 0.5).sum()) for p in groups[0])
    clipper.clip(groups, 0.5, "element")
    assert 0 < beyond < 17
    assert clipper.clipped.tolist() == pytest.approx([beyond / 17, 0])


def test_bound_on_the_norm_counts_clipped_updates() -> None:
    clipper = Clipper()
    for bound in (0.1, 100.0, 100.0, 0.1):
        clipper.clip(make_groups(), bound, "norm")
    assert clipper.clipped.tolist() == pytest.approx([0.5, 0.5])
    for _ in range(5 * RECENT_UPDATES):
        clipper.clip(make_groups(), 0.1, "norm")
    assert clipper.clipped.tolist() == pytest.approx([1, 1], abs=0.01)  # old updates are forgotten


@pytest.mark.parametrize("peephole", [None, "cell", "candidate"])
def test_gates_match_the_equations(peephole) -> None:
    layer = LSTMLayer(4, 3, peephole)
    random = torch.Generator().manual_seed(0)
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter, generator=random)
    inputs, h, c = (torch.randn(shape, generator=random) for shape in ((7, 2, 4), (2, 3), (2, 3)))
    with torch.no_grad():
        gates = layer.gates(inputs, (h, c), layer(inputs, (h, c))[0])
        peepholes = layer.peepholes if layer.peepholes is not None else torch.zeros(3, 3)
        for step, seen in enumerate(inputs):
            sums = seen @ layer.input_weights.t() + h @ layer.recurrent_weights.t() + layer.biases
            i, f, candidate, o = sums.chunk(4, dim=1)
            i, f = torch.sigmoid(i + peepholes[0] * c), torch.sigmoid(f + peepholes[1] * c)
            c = f * c + i * torch.tanh(candidate)
            o = torch.sigmoid(o + peepholes[2] * (candidate if peephole == "candidate" else c))
            h = o * torch.tanh(c)
            torch.testing.assert_close(gates[step], torch.cat((i, f, o), dim=1))


@pytest.mark.parametrize("cell", PEEPHOLES)
def test_gates_are_measured_only_within_the_context(cell) -> None:
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


def test_snapshot_has_the_health_of_each_layer_after_the_first_update(scales: tuple[Corpus, Corpus]) -> None:
    config = replace(PRESETS["recommended"].training, length=20, batch_size=2)
    trainer = Trainer(*scales, NetworkConfig(8, (5, 6, 7)), config, device="cpu")
    assert trainer.snapshot().health == ()
    (update,) = itertools.islice(trainer.steps(), 1)
    health = trainer.snapshot().health
    assert [layer.name for layer in health] == [*PARTS]
    assert np.hypot.reduce([layer.gradient_norm for layer in health]) == pytest.approx(update.gradient_norm)
    assert {layer.clipped for layer in health} == {float(update.gradient_norm > config.clip)}
    assert [layer.saturated for layer in health] == [0, 0, 0, None]


@pytest.mark.parametrize("preset", PRESETS)
def test_optimisers_match_those_of_torch(preset: str) -> None:
    """To the last bit; each loads the state of the other."""
    config = PRESETS[preset].training
    ours, plain = (
        Trainer(make_scales(6, 30), None, NetworkConfig(8, (6, 7, 8)), config, device="cpu") for _ in range(2)
    )
    kind = OF_TORCH[config.optimizer]
    own = ours.learner.optimizer
    assert isinstance(own, kind)
    assert type(own) is not kind
    settings = {name: value for name, value in own.defaults.items() if name in ("alpha", "eps", "fused")}
    theirs = kind([{**group} for group in plain.learner.optimizer.param_groups], **settings)
    plain.learner.optimizer = theirs
    for updates in (1, 4):
        for trainer in (ours, plain):
            list(itertools.islice(trainer.steps(), updates))
        for one, other in zip(ours.network.parameters(), plain.network.parameters(), strict=True):
            assert one.grad is not None
            assert torch.equal(one, other)
        memories = own.state_dict(), theirs.state_dict()
        assert memories[0]["param_groups"] == memories[1]["param_groups"]
        own.load_state_dict(memories[1])
        theirs.load_state_dict(memories[0])
