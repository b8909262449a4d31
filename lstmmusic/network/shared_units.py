"""The units that a relative output has for each pitch, with the same weights for all, and a backward pass of their own.

They take most of the time of an update. Done in chunks whose values stay in the cache of a processor, and with two
intermediates kept, it is a third of what torch needs for the same operations one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from lstmmusic.config import OCTAVE

# Rows of inputs, each a step of a tune, that are computed at once on a CPU: their values fit into its cache.
CHUNK = 48


def shared_units(
    inputs: Tensor,
    counts: Tensor,
    mask: Tensor | None,
    weights: Tensor,
    of_counts: Tensor,
    own: Tensor,
    pasts: Tensor,
    middle: Tensor,
    middle_bias: Tensor,
    last: Tensor,
) -> Tensor:
    """Compute the units of all pitches, and what they add to the log-odds; see `RelativeOutput`.

    Parameters
    ----------
    inputs : Tensor, (rows, octaves, inputs)
        What is in and around each octave. It gets no gradients, nor do `counts` and `mask`.
    counts : Tensor of zeros and ones, (rows, octaves * OCTAVE, COUNTS)
        Whether at least one note lies below each pitch, at least two, ...
    mask : Tensor, (1, batch, 1, hidden), or None
        For the first units; rows are (time, batch).
    weights : Tensor, (inputs, OCTAVE * hidden)
    of_counts : Tensor, (hidden, COUNTS)
    own : Tensor, (octaves * OCTAVE, hidden)
        For each pitch.
    pasts : Tensor, (rows, hidden)
        For each row.
    middle, middle_bias : Tensor, (hidden, hidden) and (hidden,)
    last : Tensor, (hidden,)

    Returns
    -------
    Tensor, (rows, octaves * OCTAVE)
    """
    parts = weights, of_counts, own, pasts, middle, middle_bias, last
    values: Tensor = _SharedUnits.apply(inputs, counts, mask, *parts)  # type: ignore[no-untyped-call]
    return values


class _SharedUnits(torch.autograd.Function):
    """See `shared_units`."""

    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        counts: Tensor,
        mask: Tensor | None,
        weights: Tensor,
        of_counts: Tensor,
        own: Tensor,
        pasts: Tensor,
        middle: Tensor,
        middle_bias: Tensor,
        last: Tensor,
    ) -> Tensor:
        """Keep the sums before both activations for the backward pass."""
        rows, pitches, hidden = len(inputs), counts.shape[1], len(last)
        first, second = (inputs.new_empty(rows, pitches, hidden) for _ in range(2))
        outputs = inputs.new_empty(rows, pitches)
        for part in _chunks(inputs, mask):
            sums, sums_above = first[part], second[part]
            torch.mm(inputs[part].flatten(0, 1), weights, out=sums.view(-1, weights.shape[1]))
            sums.view(-1, hidden).addmm_(counts[part].flatten(0, 1), of_counts.t())
            sums.add_(own).add_(pasts[part, None])
            units = _drop(functional.silu(sums), mask)
            torch.addmm(middle_bias, units.view(-1, hidden), middle.t(), out=sums_above.view(-1, hidden))
            units += functional.silu(sums_above)
            torch.mv(units.view(-1, hidden), last, out=outputs[part].view(-1))
        ctx.save_for_backward(inputs, counts, mask, of_counts, middle, last, first, second)
        return outputs

    @staticmethod
    def backward(ctx: Any, gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of everything but the inputs, the counts and the mask."""
        inputs, counts, mask, of_counts, middle, last, first, second = ctx.saved_tensors
        rows, pitches, hidden = first.shape
        of_weights = first.new_zeros(inputs.shape[2], OCTAVE * hidden)
        by_count, of_middle = torch.zeros_like(of_counts.t()), torch.zeros_like(middle)
        of_bias, of_last = torch.zeros_like(last), torch.zeros_like(last)
        of_own, of_pasts = first.new_zeros(pitches, hidden), first.new_empty(rows, hidden)
        for part in _chunks(inputs, mask):
            gradient = gradients[part].reshape(-1, 1)
            units = _drop(functional.silu(first[part]), mask).view(-1, hidden)
            of_last.addmv_((units + functional.silu(second[part]).view(-1, hidden)).t(), gradient[:, 0])
            of_units = gradient * last
            of_sums_above = torch.ops.aten.silu_backward(of_units, second[part].view(-1, hidden))
            of_bias += of_sums_above.sum(0)
            of_middle.addmm_(of_sums_above.t(), units)
            of_units.addmm_(of_sums_above, middle)
            of_units = _drop(of_units.view(-1, pitches, hidden), mask)
            of_sums = torch.ops.aten.silu_backward(of_units, first[part])
            of_weights.addmm_(inputs[part].flatten(0, 1).t(), of_sums.view(-1, OCTAVE * hidden))
            by_count.addmm_(counts[part].flatten(0, 1).t(), of_sums.view(-1, hidden))
            of_own += of_sums.sum(0)
            of_pasts[part] = of_sums.sum(1)
        return None, None, None, of_weights, by_count.t(), of_own, of_pasts, of_middle, of_bias, of_last


def _chunks(inputs: Tensor, mask: Tensor | None) -> Iterator[slice]:
    """Return chunks of whole steps of a batch; a GPU takes all rows at once."""
    batch = 1 if mask is None else mask.shape[1]
    size = max(1, CHUNK // batch) * batch if inputs.device.type == "cpu" else max(1, len(inputs))
    return (slice(at, at + size) for at in range(0, len(inputs), size))


def _drop(values: Tensor, mask: Tensor | None) -> Tensor:
    """Multiply values, (rows, pitches, hidden), by a mask, (1, batch, 1, hidden), in place."""
    if mask is not None:
        values.view(-1, mask.shape[1], *values.shape[1:]).mul_(mask)
    return values
