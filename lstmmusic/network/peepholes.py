"""The recurrence of an LSTM layer with peepholes, whose gates see the cell too; torch has none.

On the CPU it is written in numpy, gradients included: with small batches torch spends more time between operations
than in them, and numpy a third of that. Everything that does not depend on the step before is computed for all steps
at once: what the inputs add to the gates, the slopes of the gates, the gradients of all weights. On other devices the
equations are evaluated step by step, with autograd's gradients.

References
----------
Gers, Schraudolph and Schmidhuber (2002), Learning precise timing with LSTM recurrent networks.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

LayerState = tuple[Tensor, Tensor]
Weights = tuple[Tensor, Tensor, Tensor, Tensor]
Array = NDArray[Any]

HALF = np.array(0.5, np.float32)  # numpy takes twice as long with a Python float

# What the peephole of the output gate sees: the new cell, or, as in the first layer of 2016, its candidate before the
# tanh.
Peephole = Literal["cell", "candidate"]


def peephole_lstm(inputs: Tensor, state: LayerState, weights: Weights, peephole: Peephole) -> tuple[Tensor, LayerState]:
    """Run a layer over a sequence.

    Parameters
    ----------
    inputs : Tensor, (time, batch, inputs)
    state : (h, c), each (batch, hidden)
    weights : four Tensors
        Input weights, (4 * hidden, inputs); recurrent weights, (4 * hidden, hidden); biases, (4 * hidden,); and the
        peepholes of the input, forget and output gate, (3, hidden).
    peephole : {'cell', 'candidate'}

    Returns
    -------
    outputs : Tensor, (time, batch, hidden)
    state : (h, c)
    """
    if inputs.device.type != "cpu":
        return peephole_lstm_reference(inputs, state, weights, peephole)
    outputs, h, c = _Recurrence.apply(inputs, *state, *weights, peephole)  # type: ignore[no-untyped-call]
    return outputs, (h, c)


def peephole_lstm_reference(
    inputs: Tensor, state: LayerState, weights: Weights, peephole: Peephole
) -> tuple[Tensor, LayerState]:
    """`peephole_lstm` in torch, an equation at a time, on any device."""
    input_weights, recurrent_weights, biases, peepholes = weights
    h, c = state
    outputs = []
    for of_input in (inputs @ input_weights.t() + biases).unbind():
        (_, _, o), c = peephole_step(of_input + h @ recurrent_weights.t(), c, peepholes, peephole)
        h = o * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs), (h, c)


def peephole_step(
    sums: Tensor, c: Tensor, peepholes: Tensor, peephole: Peephole
) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
    """Compute one step from the summed inputs of the gates.

    Parameters
    ----------
    sums : Tensor, (batch, 4 * hidden)
        The sum of weighted inputs, weighted outputs of the step before, and biases, in the order of the gates.
    c : Tensor, (batch, hidden)
        The cells of the step before.
    peepholes : Tensor, (3, hidden)
    peephole : {'cell', 'candidate'}

    Returns
    -------
    gates : three Tensors, each (batch, hidden)
        Input, forget and output gate, 0 to 1.
    c : Tensor, (batch, hidden)
    """
    i, f, candidate, o = sums.chunk(4, dim=1)
    i = torch.sigmoid(i + peepholes[0] * c)
    f = torch.sigmoid(f + peepholes[1] * c)
    c = f * c + i * torch.tanh(candidate)
    o = torch.sigmoid(o + peepholes[2] * (c if peephole == "cell" else candidate))
    return (i, f, o), c


class _Recurrence(torch.autograd.Function):
    """`peephole_lstm` with gradients by hand: matrix products in torch, everything between them in numpy."""

    @staticmethod
    def forward(ctx: Any, *values: Any) -> tuple[Tensor, Tensor, Tensor]:
        *tensors, peephole = values
        inputs, h0, c0, input_weights, recurrent_weights, biases, peepholes = tensors
        time, batch, _ = inputs.shape
        size = recurrent_weights.shape[1]
        # numpy has a fast tanh and no sigmoid, which is (1 + tanh(x / 2)) / 2: these are the halves of x.
        half = inputs.new_tensor([0.5, 0.5, 1, 0.5]).repeat_interleave(size)
        recurrent = recurrent_weights.t() * half
        # Repeated over the batch, since numpy takes twice as long to broadcast.
        spread = (peepholes[:, None] * 0.5).repeat(1, batch, 1).numpy()
        of_inputs = torch.addmm(biases * half, inputs.reshape(time * batch, -1), input_weights.t() * half)
        # One gate after the other, so that all units of a gate are contiguous in memory.
        gates = np.ascontiguousarray(of_inputs.view(time, batch, 4, size).transpose(1, 2).numpy())
        states = inputs.new_empty(2, time + 1, batch, size)
        states[:, 0] = torch.stack((h0, c0))
        h, c = states.numpy()
        cell_tanh = np.empty_like(h[1:])
        candidate = np.empty_like(cell_tanh) if peephole == "candidate" else None
        product = inputs.new_empty(batch, 4 * size)
        from_hidden = product.view(batch, 4, size).transpose(0, 1).numpy()
        add, multiply, tanh = np.add, np.multiply, np.tanh  # results are given by position, which is fastest
        part, two_parts = np.empty((batch, size), gates.dtype), np.empty((2, batch, size), gates.dtype)
        for step, before in enumerate(states[0, :-1].unbind()):
            gate, cell, new_cell = gates[step], c[step], c[step + 1]
            torch.mm(before, recurrent, out=product)
            add(gate, from_hidden, gate)
            i, f, g, o = gate
            i_and_f = gate[:2]
            add(i_and_f, multiply(cell, spread[:2], two_parts), i_and_f)
            if candidate is not None:
                candidate[step] = g
                add(o, multiply(g, spread[2], part), o)
            tanh(gate[:3], gate[:3])
            finish_sigmoids(i_and_f)
            multiply(f, cell, new_cell)
            add(new_cell, multiply(i, g, part), new_cell)
            if candidate is None:
                add(o, multiply(new_cell, spread[2], part), o)
            tanh(o, o)
            finish_sigmoids(o)
            multiply(o, tanh(new_cell, cell_tanh[step]), h[step + 1])
        # As tensors, so that torch frees them after use, and hooks on saved tensors see them.
        kept = cell_tanh, gates, *([] if candidate is None else [candidate])
        ctx.save_for_backward(*tensors, states, *map(torch.from_numpy, kept))
        return states[0, 1:], states[0, -1].clone(), states[1, -1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads_of_results: Tensor) -> tuple[Tensor | None, ...]:
        inputs, _, _, input_weights, recurrent_weights, _, peepholes, states, *kept = ctx.saved_tensors
        h, c = states.numpy()
        cell_tanh, gates, *candidates = (tensor.numpy() for tensor in kept)
        candidate = candidates[0] if candidates else None
        outputs_grad, (h_now, c_now) = grads_of_results[0].numpy(), (grad.clone() for grad in grads_of_results[1:])
        time, batch, size = cell_tanh.shape
        h_grad, c_grad, spread = h_now.numpy(), c_now.numpy(), peepholes[:, None].repeat(1, batch, 1).numpy()
        i, f, g, o = gates.swapaxes(0, 1)
        # Factors of a gate's gradient: through the cell for i, f and g, through the output for o.
        slopes = np.stack((g * i * (1 - i), c[:-1] * f * (1 - f), i * (1 - g * g)), axis=1)
        o_slopes = cell_tanh * o * (1 - o)
        through_output = o * (1 - cell_tanh * cell_tanh)  # from an output to its cell
        grads = np.empty_like(gates)
        flat = inputs.new_empty(time, batch, 4 * size)
        rows = flat.view(time, batch, 4, size).transpose(1, 2).numpy()
        add, multiply, part = np.add, np.multiply, np.empty((batch, size), gates.dtype)
        for step, row in reversed(list(enumerate(flat.unbind()))):
            grad = grads[step]
            i_grad, f_grad, g_grad, o_grad = grad
            add(h_grad, outputs_grad[step], h_grad)
            multiply(h_grad, o_slopes[step], o_grad)
            add(c_grad, multiply(h_grad, through_output[step], part), c_grad)
            if candidate is None:
                add(c_grad, multiply(o_grad, spread[2], part), c_grad)
            multiply(c_grad, slopes[step], grad[:3])
            if candidate is not None:
                add(g_grad, multiply(o_grad, spread[2], part), g_grad)
            multiply(c_grad, f[step], c_grad)
            add(c_grad, multiply(i_grad, spread[0], part), c_grad)
            add(c_grad, multiply(f_grad, spread[1], part), c_grad)
            rows[step] = grad
            torch.mm(row, recurrent_weights, out=h_now)
        flat = flat.view(time * batch, 4 * size)
        peephole_inputs = (c[:-1], c[:-1], c[1:] if candidate is None else candidate)
        of_peepholes = [
            np.einsum("tbh,tbh->h", grads[:, gate], seen) for gate, seen in zip((0, 1, 3), peephole_inputs, strict=True)
        ]
        return (
            (flat @ input_weights).view_as(inputs) if ctx.needs_input_grad[0] else None,
            h_now,
            c_now,
            flat.t() @ inputs.reshape(time * batch, -1),
            flat.t() @ torch.from_numpy(h[:-1]).reshape(time * batch, size),
            flat.sum(0),
            torch.from_numpy(np.stack(of_peepholes)),
            None,
        )


def finish_sigmoids(tanhs: Array, half: Array = HALF, add: Any = np.add, multiply: Any = np.multiply) -> None:
    """Make sigmoids in place of the tanh of x / 2: numpy has a fast tanh and no sigmoid."""
    multiply(tanhs, half, tanhs)
    add(tanhs, half, tanhs)
