"""An LSTM layer, with or without peepholes.

Without, it is torch's own. With, the recurrence and its gradients are written out by hand, since autograd would
spend more time between operations than in them: whatever does not depend on the step before is done for all
steps at once (the inputs' share of the gates, the slopes of the gates, the gradients of all weights), and what
is left for each step is a product with the recurrent weights and a few operations in place.

References
----------
Hochreiter and Schmidhuber (1997), Long short-term memory.
Gers, Schraudolph and Schmidhuber (2002), Learning precise timing with LSTM recurrent networks: peepholes.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

LayerState = tuple[Tensor, Tensor]

# What the output gate's peephole looks at: the new cell, or, as in the first layer of 2016, its candidate
# before the tanh.
Peephole = Literal["cell", "candidate"]


class LSTMLayer(nn.Module):
    """A layer of LSTM cells; its gates stand in torch's order: input, forget, candidate, output.

    Parameters
    ----------
    inputs, hidden : int
    peephole : {'cell', 'candidate'}, optional
        None: no peepholes.
    """

    def __init__(self, inputs: int, hidden: int, peephole: Peephole | None = None) -> None:
        super().__init__()
        self.peephole = peephole
        self.input_weights = nn.Parameter(torch.empty(4 * hidden, inputs))
        self.recurrent_weights = nn.Parameter(torch.empty(4 * hidden, hidden))
        self.biases = nn.Parameter(torch.empty(4 * hidden))
        # Of the input, forget and output gate; diagonal.
        self.peepholes = nn.Parameter(torch.empty(3, hidden)) if peephole else None

    def forward(
        self, inputs: Tensor, state: LayerState, recurrent_weights: Tensor | None = None
    ) -> tuple[Tensor, LayerState]:
        """Read a sequence.

        Parameters
        ----------
        inputs : Tensor, (time, batch, inputs)
        state : (h, c), each (batch, hidden)
        recurrent_weights : Tensor, (4 * hidden, hidden), optional
            In place of its own, for instance with some of them dropped.

        Returns
        -------
        outputs : Tensor, (time, batch, hidden)
        state : (h, c)
        """
        weights = self.recurrent_weights if recurrent_weights is None else recurrent_weights
        if self.peepholes is None:
            # torch has two biases for each gate, of which the sum counts.
            parameters = [self.input_weights, weights, self.biases, torch.zeros_like(self.biases)]
            outputs, h, c = torch.lstm(
                inputs, [part[None] for part in state], parameters, True, 1, 0.0, self.training, False, False
            )
            return outputs, (h[0], c[0])
        outputs, h, c = _Recurrence.apply(  # type: ignore[no-untyped-call]
            inputs, *state, self.input_weights, weights, self.biases, self.peepholes, self.peephole == "candidate"
        )
        return outputs, (h, c)


class _Recurrence(torch.autograd.Function):
    """The recurrence of a layer with peepholes, forwards and, by hand, backwards."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        h0: Tensor,
        c0: Tensor,
        input_weights: Tensor,
        recurrent_weights: Tensor,
        biases: Tensor,
        peepholes: Tensor,
        of_candidate: bool,
    ) -> tuple[Tensor, Tensor, Tensor]:
        time, batch, _ = inputs.shape
        size = recurrent_weights.shape[1]
        gates = torch.addmm(biases, inputs.reshape(time * batch, -1), input_weights.t()).view(time, batch, 4, size)
        h, c = inputs.new_empty(time + 1, batch, size), inputs.new_empty(time + 1, batch, size)
        h[0], c[0] = h0, c0
        squashed = inputs.new_empty(time, batch, size)  # tanh of the new cell
        candidate = gates[:, :, 2].clone() if of_candidate else gates[:, :, 2]
        transposed = recurrent_weights.t()
        # Views are made once for all steps: in a loop, making one costs as much as an operation on it.
        at = zip(
            gates.view(time, batch, 4 * size).unbind(),
            gates[:, :, :2].unbind(),
            *(gates[:, :, gate].unbind() for gate in range(4)),
            squashed.unbind(),
            candidate.unbind(),
            h[:-1].unbind(),
            h[1:].unbind(),
            c[:-1].unbind(),
            c[1:].unbind(),
            strict=True,
        )
        for all_gates, i_and_f, i, f, g, o, squash, before_tanh, h_before, h_now, c_before, c_now in at:
            all_gates.addmm_(h_before, transposed)
            i_and_f.addcmul_(c_before[:, None], peepholes[:2])
            i_and_f.sigmoid_()
            if of_candidate:
                before_tanh.copy_(g)
            g.tanh_()
            torch.mul(f, c_before, out=c_now).addcmul_(i, g)
            o.addcmul_(before_tanh if of_candidate else c_now, peepholes[2])
            o.sigmoid_()
            torch.mul(o, torch.tanh(c_now, out=squash), out=h_now)
        ctx.of_candidate = of_candidate
        ctx.save_for_backward(inputs, h, c, squashed, gates, candidate, input_weights, recurrent_weights, peepholes)
        return h[1:], h[-1].clone(), c[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, outputs_grad: Tensor, h_grad: Tensor, c_grad: Tensor) -> tuple[Tensor | None, ...]:
        inputs, h, c, squashed, gates, candidate, input_weights, recurrent_weights, peepholes = ctx.saved_tensors
        time, batch, size = squashed.shape
        i, f, g, o = gates.unbind(2)
        # What a gate's gradient is multiplied with: through the cell for i, f and g, through the output for o.
        slopes = torch.empty_like(gates)
        torch.mul(g * i, 1 - i, out=slopes[:, :, 0])
        torch.mul(c[:-1] * f, 1 - f, out=slopes[:, :, 1])
        torch.mul(i, 1 - g * g, out=slopes[:, :, 2])
        torch.mul(squashed * o, 1 - o, out=slopes[:, :, 3])
        through_output = o * (1 - squashed * squashed)  # from an output to its cell
        grads = torch.empty_like(gates)
        h_now, c_now = h_grad + outputs_grad[-1], c_grad.clone()
        below = (None, *outputs_grad[:-1].unbind())
        at = zip(
            below,
            grads.view(time, batch, 4 * size).unbind(),
            grads[:, :, :3].unbind(),
            grads[:, :, 2].unbind(),
            grads[:, :, 3].unbind(),
            slopes[:, :, :3].unbind(),
            slopes[:, :, 3].unbind(),
            through_output.unbind(),
            f.unbind(),
            grads[:, :, :2].unbind(),
            strict=True,
        )
        for (
            output_below,
            all_grads,
            cell_grads,
            g_grad,
            o_grad,
            cell_slopes,
            o_slope,
            through,
            forget,
            if_grads,
        ) in reversed(list(at)):
            torch.mul(h_now, o_slope, out=o_grad)
            c_now.addcmul_(h_now, through)
            if not ctx.of_candidate:
                c_now.addcmul_(o_grad, peepholes[2])
            torch.mul(c_now[:, None], cell_slopes, out=cell_grads)
            c_now.mul_(forget)
            c_now.add_((if_grads * peepholes[:2]).sum(1))
            if ctx.of_candidate:
                g_grad.addcmul_(o_grad, peepholes[2])
            if output_below is None:
                h_now = all_grads @ recurrent_weights
            else:
                h_now = torch.addmm(output_below, all_grads, recurrent_weights)
        flat = grads.view(time * batch, 4 * size)
        inputs_grad = (flat @ input_weights).view_as(inputs) if ctx.needs_input_grad[0] else None
        looked_at = (c[:-1], c[:-1], candidate if ctx.of_candidate else c[1:])
        looking = (grads[:, :, 0], grads[:, :, 1], grads[:, :, 3])
        peepholes_grad = torch.stack([(one * two).sum((0, 1)) for one, two in zip(looking, looked_at, strict=True)])
        return (
            inputs_grad,
            h_now,
            c_now,
            flat.t() @ inputs.reshape(time * batch, -1),
            flat.t() @ h[:-1].reshape(time * batch, size),
            flat.sum(0),
            peepholes_grad,
            None,
        )
