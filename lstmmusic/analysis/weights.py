"""How large the weights and gradients of a network are: as histograms, and for each connection of its layers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.analysis.surgery import find_readers
from lstmmusic.config import LAYERS
from lstmmusic.network.model import StackedLSTM
from lstmmusic.settings import checked

Fractions = NDArray[np.float32]

# The bins of magnitudes, two to an octave: smaller ones count as zero, and larger ones as the largest.
SMALLEST, LARGEST, PER_OCTAVE = -24, 6, 2

_BINS = (LARGEST - SMALLEST) * PER_OCTAVE

# Values of a part that are counted at most: their shape is that of all, and training hardly waits for them.
COUNTED = 16_384


def histogram_edges() -> Fractions:
    """Return the edges of the bins of `weight_histograms`: those of negative values, of zero, and of positive ones."""
    magnitudes = 2 ** np.linspace(SMALLEST, LARGEST, _BINS + 1)
    return np.concatenate((-magnitudes[::-1], magnitudes)).astype(np.float32)


@checked
def weight_histograms(network: StackedLSTM) -> Fractions:
    """Return how the weights of each part of a network are distributed.

    Parameters
    ----------
    network : StackedLSTM

    Returns
    -------
    ndarray of float32, (parts, bins)
        Which fraction of the weights and biases of layers 1, 2, 3 and of the output lies in each bin, between two of
        `histogram_edges`; of many of them, that of some, evenly spread.
    """
    return np.stack([_count(group) for group in network.parameter_groups()])


@checked
def gradient_histograms(network: StackedLSTM) -> Fractions | None:
    """Return how the gradients of each part of a network are distributed.

    Parameters
    ----------
    network : StackedLSTM
        That of a trainer, between two updates: it has the gradients of the last mini-batch, after clipping.

    Returns
    -------
    ndarray of float32, (parts, bins), or None
        See `weight_histograms`; None for a network without gradients.
    """
    groups = [[part.grad for part in group if part.grad is not None] for group in network.parameter_groups()]
    return np.stack([_count(group) for group in groups]) if all(groups) else None


def _count(tensors: Iterable[Tensor]) -> Fractions:
    """Return which fraction of the finite values lies in each bin."""
    flat = [tensor.detach().flatten() for tensor in tensors]
    every = max(1, sum(map(len, flat)) // COUNTED)
    values = torch.cat([part[::every] for part in flat]).cpu().numpy()
    values = values[np.isfinite(values)]
    with np.errstate(divide="ignore"):
        levels = np.floor(np.log2(np.abs(values)) * PER_OCTAVE) - SMALLEST * PER_OCTAVE
    places = _BINS + np.sign(values) * (np.clip(levels, -1, _BINS - 1) + 1)
    counts = np.bincount(places.astype(np.intp), minlength=2 * _BINS + 1)
    return (counts / max(1, len(values))).astype(np.float32)


class Connection(NamedTuple):
    """The weights between two parts of a network.

    Parameters
    ----------
    source, target : str
        "input", "layer 1" and so on, or "output"; the weights from a layer to itself are those of its recurrence.
    strength : float
        The root of the mean of their squares.
    """

    source: str
    target: str
    strength: float


@checked
@torch.no_grad()
def connection_strengths(network: StackedLSTM) -> tuple[Connection, ...]:
    """Return how large the weights between the input, the layers and the outputs of a network are.

    Parameters
    ----------
    network : StackedLSTM

    Returns
    -------
    tuple of Connection
        Those of the input first, then of each layer, in the order of what they reach.
    """
    shape, weights = network.config, network.state_dict()
    parts: dict[tuple[str, str], list[Tensor]] = {}
    for layer, name in enumerate(LAYERS):
        if layer == 0 or shape.skip:
            read = weights[f"layers.{layer}.input_weights"]
            parts["input", name] = [read if layer == 0 else read[:, : shape.pitches]]
    for layer, name in enumerate(LAYERS):
        for reads in find_readers(network, layer):
            own = reads.weights.startswith(f"layers.{layer}.")
            target = "output" if reads.is_output else name if own else LAYERS[layer + 1]
            columns = weights[reads.weights][:, reads.start : reads.start + shape.hidden[layer]]
            parts.setdefault((name, target), []).append(columns)
    return tuple(
        Connection(*ends, float(torch.cat([part.flatten() for part in read]).square().mean().sqrt()))
        for ends, read in parts.items()
    )
