from __future__ import annotations

import pytest
import torch
from torch.func import functional_call

from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.peepholes import Peephole, peephole_lstm_reference


def make_layer(peephole: Peephole | None) -> LSTMLayer:
    layer = LSTMLayer(5, 4, peephole).double()
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_(0, 0.7, generator=random)
    return layer


def plain(layer: LSTMLayer, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """Compute a layer step by step from the equations of 2016; autograd gives its gradients."""
    outputs = []
    w_i, w_f, w_o = layer.peepholes if layer.peepholes is not None else torch.zeros(3, 4, dtype=torch.double)
    for step in x:
        gates = step @ layer.input_weights.T + h @ layer.recurrent_weights.T + layer.biases
        i, f, candidate, o = gates.chunk(4, 1)
        i, f = torch.sigmoid(i + w_i * c), torch.sigmoid(f + w_f * c)
        c = f * c + i * torch.tanh(candidate)
        o = torch.sigmoid(o + w_o * (candidate if layer.peephole == "candidate" else c))
        h = o * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs)


@pytest.mark.parametrize("peephole", [None, "cell", "candidate"])
def test_outputs_and_gradients_match_the_equations(peephole: Peephole | None) -> None:
    layer = make_layer(peephole)
    random = torch.Generator().manual_seed(0)
    x = torch.randn(6, 3, 5, generator=random, dtype=torch.double)
    h, c = torch.randn(2, 3, 4, generator=random, dtype=torch.double)
    outputs, (h_last, _) = layer(x, (h, c))
    expected = plain(layer, x, h, c)
    torch.testing.assert_close(outputs, expected)
    torch.testing.assert_close(h_last, expected[-1])
    weights = torch.randn(expected.shape, generator=random, dtype=torch.double)
    ours = torch.autograd.grad((outputs * weights).sum(), list(layer.parameters()))
    theirs = torch.autograd.grad((expected * weights).sum(), list(layer.parameters()))
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("peephole", [None, "cell", "candidate"])
def test_gradients_against_finite_differences(peephole: Peephole | None) -> None:
    layer = make_layer(peephole)
    names = [name for name, _ in layer.named_parameters()]
    random = torch.Generator().manual_seed(0)

    def run(x, h, c, *parameters):
        outputs, state = functional_call(layer, dict(zip(names, parameters, strict=True)), (x, (h, c)))
        return outputs, *state

    inputs = [
        torch.randn(4, 2, 5, generator=random),
        torch.randn(2, 4, generator=random),
        torch.randn(2, 4, generator=random),
    ]
    inputs = [value.double().requires_grad_() for value in inputs]
    assert torch.autograd.gradcheck(run, (*inputs, *layer.parameters()))


def test_recurrent_weights_can_be_replaced() -> None:
    layer = make_layer(None)
    x = torch.randn(6, 3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    zero = torch.zeros(3, 4, dtype=torch.double)
    dropped, _ = layer(x, (zero, zero), torch.zeros_like(layer.recurrent_weights))
    with torch.no_grad():
        layer.recurrent_weights.zero_()
    torch.testing.assert_close(dropped, plain(layer, x, zero, zero))


@pytest.mark.parametrize("peephole", ["cell", "candidate"])
def test_peephole_lstm_matches_its_reference(peephole: Peephole) -> None:
    # The reference is what runs on a GPU; it runs on the CPU too.
    layer = make_layer(peephole)
    random = torch.Generator().manual_seed(0)
    x = torch.randn(6, 3, 5, generator=random, dtype=torch.double, requires_grad=True)
    state = tuple(torch.randn(2, 3, 4, generator=random, dtype=torch.double))
    weights = (layer.input_weights, layer.recurrent_weights, layer.biases, layer.peepholes)
    found = []
    for outputs, (h, c) in (layer(x, state), peephole_lstm_reference(x, state, weights, peephole)):
        grads = torch.autograd.grad((outputs**2).sum() + h.sum() + (c**3).sum(), (x, *layer.parameters()))
        found.append((outputs, h, c, *grads))
    torch.testing.assert_close(*found)
