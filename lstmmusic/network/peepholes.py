"""The recurrence of a layer whose gates look at the cell too, which torch does not have.

On the CPU it is written out in numpy, gradients and all: with small batches torch spends more time between
operations than in them, and numpy a third of that. Whatever does not depend on the step before is done for all
steps at once: the inputs' share of the gates, the slopes of the gates, the gradients of all weights. Elsewhere
it is the equations as they stand, with autograd's gradients.

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

HALF = np.array(0.5, np.float32)  # numpy takes twice as long with Python's numbers

# What the output gate's peephole looks at: the new cell, or, as in the first layer of 2016, its candidate
# before the tanh.
Peephole = Literal["cell", "candidate"]


def read(inputs: Tensor, state: LayerState, weights: Weights, peephole: Peephole) -> tuple[Tensor, LayerState]:
    """Read a sequence.

    Parameters
    ----------
    inputs : Tensor, (time, batch, inputs)
    state : (h, c), each (batch, hidden)
    weights : four Tensors
        Of the inputs, (4 * hidden, inputs); recurrent, (4 * hidden, hidden); biases, (4 * hidden,); and the peepholes
        of the input, forget and output gate, (3, hidden).
    peephole : {'cell', 'candidate'}

    Returns
    -------
    outputs : Tensor, (time, batch, hidden)
    state : (h, c)
    """
    if inputs.device.type != "cpu":
        return read_plainly(inputs, state, weights, peephole)
    outputs, h, c = _Recurrence.apply(inputs, *state, *weights, peephole)  # type: ignore[no-untyped-call]
    return outputs, (h, c)


def read_plainly(inputs: Tensor, state: LayerState, weights: Weights, peephole: Peephole) -> tuple[Tensor, LayerState]:
    """`read` in torch, an equation at a time, on any device."""
    input_weights, recurrent_weights, biases, peepholes = weights
    h, c = state
    outputs = []
    for of_input in (inputs @ input_weights.t() + biases).unbind():
        (_, _, o), c = open_gates(of_input + h @ recurrent_weights.t(), c, peepholes, peephole)
        h = o * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs), (h, c)


def open_gates(
    sums: Tensor, c: Tensor, peepholes: Tensor, peephole: Peephole
) -> tuple[tuple[Tensor, Tensor, Tensor], Tensor]:
    """Go on by a step, from what inputs and outputs add up to.

    Parameters
    ----------
    sums : Tensor, (batch, 4 * hidden)
        In the order of the gates, biases and all.
    c : Tensor, (batch, hidden)
        The cells before.
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
    """`read` with its gradients by hand: products of matrices in torch, everything between them in numpy."""

    @staticmethod
    def forward(ctx: Any, *values: Any) -> tuple[Tensor, Tensor, Tensor]:
        *tensors, peephole = values
        inputs, h0, c0, input_weights, recurrent_weights, biases, peepholes = tensors
        time, batch, _ = inputs.shape
        size = recurrent_weights.shape[1]
        # numpy has a fast tanh and no sigmoid, which is (1 + tanh(x / 2)) / 2: here are the halves.
        half = inputs.new_tensor([0.5, 0.5, 1, 0.5]).repeat_interleave(size)
        recurrent = recurrent_weights.t() * half
        # Spread over the batch, since numpy takes twice as long where it has to do that.
        looking = (peepholes[:, None] * 0.5).repeat(1, batch, 1).numpy()
        of_inputs = torch.addmm(biases * half, inputs.reshape(time * batch, -1), input_weights.t() * half)
        # One gate after the other, so that what is done to all units of a gate runs through memory.
        gates = np.ascontiguousarray(of_inputs.view(time, batch, 4, size).transpose(1, 2).numpy())
        states = inputs.new_empty(2, time + 1, batch, size)
        states[:, 0] = torch.stack((h0, c0))
        h, c = states.numpy()
        squashed = np.empty_like(h[1:])  # tanh of the new cell
        candidate = np.empty_like(squashed) if peephole == "candidate" else None
        product = inputs.new_empty(batch, 4 * size)
        remembered = product.view(batch, 4, size).transpose(0, 1).numpy()
        add, multiply, tanh = np.add, np.multiply, np.tanh  # with results by position, the quickest way to call them
        part, two_parts = np.empty((batch, size), gates.dtype), np.empty((2, batch, size), gates.dtype)
        for step, before in enumerate(states[0, :-1].unbind()):
            gate, cell, new_cell = gates[step], c[step], c[step + 1]
            torch.mm(before, recurrent, out=product)
            add(gate, remembered, gate)
            i, f, g, o = gate
            i_and_f = gate[:2]
            add(i_and_f, multiply(cell, looking[:2], two_parts), i_and_f)
            if candidate is not None:
                candidate[step] = g
                add(o, multiply(g, looking[2], part), o)
            tanh(gate[:3], gate[:3])
            finish_sigmoids(i_and_f)
            multiply(f, cell, new_cell)
            add(new_cell, multiply(i, g, part), new_cell)
            if candidate is None:
                add(o, multiply(new_cell, looking[2], part), o)
            tanh(o, o)
            finish_sigmoids(o)
            multiply(o, tanh(new_cell, squashed[step]), h[step + 1])
        # As tensors, so that torch frees them after use, and whoever measures memory sees them.
        kept = squashed, gates, *([] if candidate is None else [candidate])
        ctx.save_for_backward(*tensors, states, *map(torch.from_numpy, kept))
        return states[0, 1:], states[0, -1].clone(), states[1, -1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads_of_results: Tensor) -> tuple[Tensor | None, ...]:
        inputs, _, _, input_weights, recurrent_weights, _, peepholes, states, *kept = ctx.saved_tensors
        h, c = states.numpy()
        squashed, gates, *candidates = (tensor.numpy() for tensor in kept)
        candidate = candidates[0] if candidates else None
        outputs_grad, h_now, c_now = (
            grads_of_results[0].numpy(),
            grads_of_results[1].clone(),
            grads_of_results[2].clone(),
        )
        time, batch, size = squashed.shape
        h_grad, c_grad, looking = h_now.numpy(), c_now.numpy(), peepholes[:, None].repeat(1, batch, 1).numpy()
        i, f, g, o = gates.swapaxes(0, 1)
        # What a gate's gradient is multiplied with: through the cell for i, f and g, through the output for o.
        slopes = np.stack((g * i * (1 - i), c[:-1] * f * (1 - f), i * (1 - g * g)), axis=1)
        o_slopes = squashed * o * (1 - o)
        through_output = o * (1 - squashed * squashed)  # from an output to its cell
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
                add(c_grad, multiply(o_grad, looking[2], part), c_grad)
            multiply(c_grad, slopes[step], grad[:3])
            if candidate is not None:
                add(g_grad, multiply(o_grad, looking[2], part), g_grad)
            multiply(c_grad, f[step], c_grad)
            add(c_grad, multiply(i_grad, looking[0], part), c_grad)
            add(c_grad, multiply(f_grad, looking[1], part), c_grad)
            rows[step] = grad
            torch.mm(row, recurrent_weights, out=h_now)
        flat = flat.view(time * batch, 4 * size)
        looked_at = (c[:-1], c[:-1], c[1:] if candidate is None else candidate)
        of_peepholes = [
            np.einsum("tbh,tbh->h", grads[:, gate], seen) for gate, seen in zip((0, 1, 3), looked_at, strict=True)
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
