"""The units that a relative output has for each pitch, with the same weights for all, and a backward pass of their own.

They take most of the time of an update. What notes add is summed up note by note, since few of them sound. The rest is
done in chunks whose values stay in the cache of a processor, and with two intermediates kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from lstmmusic.network.intervals import add_pieces

# Rows of inputs, each a step of a tune, that are computed at once. Fewer would fit into smaller caches, but threads
# would wait for each other more often.
CHUNK = 96

# Whether matrix products are computed as convolutions. Those are oneDNN's, which uses AVX-512 on all processors that
# have it; torch's products are MKL's, which uses it on Intel's only, and takes twice as long on AMD's.
BY_CONVOLUTION: bool = (
    torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    and torch.backends.cpu.get_cpu_capability() == "AVX512"
)


def shared_units(
    strip: Tensor,
    pieces: tuple[Tensor, Tensor],
    inputs: Tensor,
    pasts: Tensor,
    mask: Tensor | None,
    of_inputs: Tensor,
    middle: Tensor,
    middle_bias: Tensor,
    last: Tensor,
) -> Tensor:
    """Compute the units of all pitches, and what they add to the log-odds, on a CPU; see `RelativeOutput`.

    Parameters
    ----------
    strip : Tensor, (places, hidden)
    pieces : places, offsets
        The pieces of the strip that are summed up; see `lstmmusic.network.intervals.find_pieces`.
    inputs : Tensor, (rows, pitches, inputs)
        What else is around each pitch. It gets no gradients, nor does `mask`.
    pasts : Tensor, (rows, classes, hidden)
        Added to the pitches of each row in turn: the same for all, or for all of a pitch class.
    mask : Tensor, (rows, hidden), or None
        For the first units.
    of_inputs : Tensor, (inputs, hidden)
    middle, middle_bias : Tensor, (hidden, hidden) and (hidden,)
    last : Tensor, (hidden,)

    Returns
    -------
    Tensor, (rows, pitches)
    """
    parts = inputs, pasts, mask, of_inputs, middle, middle_bias, last
    values: Tensor = _SharedUnits.apply(strip, *pieces, *parts)  # type: ignore[no-untyped-call]
    return values


def plain_units(
    sums: Tensor,
    inputs: Tensor,
    pasts: Tensor,
    mask: Tensor | None,
    of_inputs: Tensor,
    middle: Tensor,
    middle_bias: Tensor,
    last: Tensor,
) -> Tensor:
    """Compute the same as `shared_units` from sums of pieces, (rows, pitches, hidden), on any device."""
    units = functional.silu(sums + inputs @ of_inputs + _spread(pasts, sums.shape[1]))
    if mask is not None:
        units = units * mask[:, None]
    return (units + functional.silu(functional.linear(units, middle, middle_bias))) @ last


class _SharedUnits(torch.autograd.Function):
    """See `shared_units`."""

    @staticmethod
    def forward(
        ctx: Any,
        strip: Tensor,
        places: Tensor,
        offsets: Tensor,
        inputs: Tensor,
        pasts: Tensor,
        mask: Tensor | None,
        of_inputs: Tensor,
        middle: Tensor,
        middle_bias: Tensor,
        last: Tensor,
    ) -> Tensor:
        """Keep the sums before both activations for the backward pass."""
        rows, pitches = inputs.shape[:2]
        hidden, width = len(last), pitches * rows // (len(offsets) - 1)
        first = add_pieces(strip, width, places, offsets).view(rows, pitches, hidden)
        second, outputs = [], first.new_empty(rows, pitches)
        for part in _chunks(rows):
            sums = first[part]
            sums.view(-1, hidden).addmm_(inputs[part].flatten(0, 1), of_inputs)
            octaves, above = _by_class(sums, pasts.shape[1])
            octaves += pasts[part, None]
            above += pasts[part, : above.shape[1]]
            units = _drop(functional.silu(sums), mask, part)
            second.append(_multiply(units, middle, middle_bias))
            units += functional.silu(second[-1])
            torch.mv(units.view(-1, hidden), last, out=outputs[part].view(-1))
        ctx.save_for_backward(places, offsets, inputs, mask, middle, last, first, *second)
        ctx.places, ctx.classes = len(strip), pasts.shape[1]
        return outputs

    @staticmethod
    def backward(ctx: Any, gradients: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of everything but the pieces, the inputs and the mask."""
        places, offsets, inputs, mask, middle, last, first, *second = ctx.saved_tensors
        rows, _, hidden = first.shape
        of_first, of_pasts = torch.empty_like(first), first.new_empty(rows, ctx.classes, hidden)
        by_input, of_middle = first.new_zeros(inputs.shape[2], hidden), torch.zeros_like(middle)
        of_bias, of_last = torch.zeros_like(last), torch.zeros_like(last)
        for part, sums_above in zip(_chunks(rows), second, strict=True):
            gradient = gradients[part, :, None]
            units = _drop(functional.silu(first[part]), mask, part)
            both = units + functional.silu(sums_above)
            of_last.addmv_(both.view(-1, hidden).t(), gradient.reshape(-1))
            of_units = gradient * last
            of_sums_above = torch.ops.aten.silu_backward(of_units, sums_above)
            of_bias += of_sums_above.sum((0, 1))
            through_middle, of_weights = _multiply_backward(of_sums_above, units, middle)
            of_units += through_middle
            of_middle += of_weights
            of_sums = of_first[part]
            torch.ops.aten.silu_backward.grad_input(_drop(of_units, mask, part), first[part], grad_input=of_sums)
            by_input.addmm_(inputs[part].flatten(0, 1).t(), of_sums.view(-1, hidden))
            octaves, above = _by_class(of_sums, ctx.classes)
            torch.sum(octaves, 1, out=of_pasts[part])
            of_pasts[part, : above.shape[1]] += above
        of_strip = _sum_by_place(places, offsets, of_first.view(len(offsets) - 1, -1, hidden), ctx.places)
        return of_strip, None, None, None, of_pasts, None, by_input, of_middle, of_bias, of_last


def _multiply(units: Tensor, weights: Tensor, bias: Tensor) -> Tensor:
    """Multiply units, (rows, pitches, hidden), by weights, (outputs, hidden), and add a bias, (outputs,)."""
    if not BY_CONVOLUTION:
        return functional.linear(units, weights, bias)
    return _from_images(functional.conv2d(_as_images(units), weights[:, :, None, None], bias))


def _multiply_backward(gradients: Tensor, units: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the gradients of units and weights from those of what `_multiply` returned."""
    if not BY_CONVOLUTION:
        return gradients @ weights, gradients.flatten(0, 1).t() @ units.flatten(0, 1)
    images = _as_images(gradients), _as_images(units), weights[:, :, None, None]
    of_units, of_weights, _ = torch.ops.aten.convolution_backward(
        *images, [len(weights)], (1, 1), (0, 0), (1, 1), False, (0, 0), 1, (True, True, False)
    )
    return _from_images(of_units), of_weights[:, :, 0, 0]


def _as_images(values: Tensor) -> Tensor:
    """View (rows, pitches, hidden) as images of one line whose channels come last in memory."""
    return values[:, None].permute(0, 3, 1, 2)


def _from_images(images: Tensor) -> Tensor:
    """Undo `_as_images`."""
    return images.permute(0, 2, 3, 1)[:, 0]


def _by_class(values: Tensor, classes: int) -> tuple[Tensor, Tensor]:
    """View values of pitches, (rows, pitches, hidden), as whole octaves, (rows, octaves, classes, hidden), and a rest.

    Where all pitches have one class, each of them is an octave.
    """
    rows, pitches, hidden = values.shape
    whole, above = torch.split(values, [pitches - pitches % classes, pitches % classes], dim=1)
    return whole.view(rows, pitches // classes, classes, hidden), above


def _sum_by_place(places: Tensor, offsets: Tensor, gradients: Tensor, length: int) -> Tensor:
    """Return the gradient of the strip from that of its pieces, (rows * blocks, width, hidden)."""
    width, hidden = gradients.shape[1:]
    windows = length - width + 1
    order = places.short().argsort(stable=True)  # a third of the time that it takes with int64
    blocks = torch.repeat_interleave(offsets.diff())[order]
    ends = places.bincount(minlength=windows).cumsum(0)
    # The first windows are zeros that never change.
    sums = functional.embedding_bag(
        blocks[ends[0] :], gradients.flatten(1), ends - ends[0], mode="sum", include_last_offset=True
    ).view(windows - 1, width, hidden)
    of_strip = gradients.new_zeros(length, hidden)
    for offset in range(width):
        of_strip[1 + offset : windows + offset] += sums[:, offset]
    return of_strip


def _spread(pasts: Tensor, pitches: int) -> Tensor:
    """Spread what is added to the pitches of each class, (rows, classes, hidden), over all: (rows, pitches, hidden)."""
    classes = pasts.shape[1]
    return pasts if classes == 1 else pasts.repeat(1, -(-pitches // classes), 1)[:, :pitches]


def _chunks(rows: int) -> Iterator[slice]:
    return (slice(at, at + CHUNK) for at in range(0, rows, CHUNK))


def _drop(values: Tensor, mask: Tensor | None, part: slice) -> Tensor:
    """Multiply values, (rows, pitches, hidden), by a part of a mask, (all rows, hidden), in place."""
    return values if mask is None else values.mul_(mask[part, None])
