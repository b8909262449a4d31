"""How large the weights of a network and their gradients are, and how strongly its layers are connected."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.analysis.surgery import find_readers
from lstmmusic.network.model import StackedLSTM

# The range of the histograms in powers of ten, and bins for each power; what is smaller or larger is in the outer bins.
LOWEST, HIGHEST, BINS_PER_POWER = -8, 2, 6
BINS = (HIGHEST - LOWEST) * BINS_PER_POWER


class Magnitudes(NamedTuple):
    """How many weights, and how many of their gradients, have which magnitude.

    Parameters
    ----------
    weights, gradients : ndarray of int64, (parts, BINS)
        Of layers 1, 2, 3 and of the output. Bin n holds magnitudes from 10 ** (LOWEST + n / BINS_PER_POWER) on, the
        first one also smaller ones, and the last one larger ones. All gradients are 0 before the first update.
    """

    weights: NDArray[np.int64]
    gradients: NDArray[np.int64]


@torch.inference_mode()
def measure_magnitudes(network: StackedLSTM) -> Magnitudes:
    """Count the weights of a network by their magnitude, and the gradients of its last mini-batch, as far as there are.

    Parameters
    ----------
    network : StackedLSTM
        Gradients are those that its parameters have: after an update, as they were clipped.

    Returns
    -------
    Magnitudes
    """
    groups = network.parameter_groups()
    weights = [_count([parameter.detach() for parameter in group]) for group in groups]
    gradients = [_count([parameter.grad for parameter in group if parameter.grad is not None]) for group in groups]
    counts = torch.stack((torch.stack(weights), torch.stack(gradients))).cpu().numpy().astype(np.int64)
    return Magnitudes(*counts)


def _count(tensors: list[Tensor]) -> Tensor:
    """Return a histogram of magnitudes, (BINS,)."""
    if not tensors:
        return torch.zeros(BINS)
    values = torch.cat([tensor.flatten() for tensor in tensors]).abs_()
    powers = values.log10_().nan_to_num_(HIGHEST).clamp_(LOWEST, HIGHEST)
    return torch.histc(powers.float(), BINS, LOWEST, HIGHEST).cpu()


class Strengths(NamedTuple):
    """The root mean square of the weights of each connection of a network; 0 where there is none.

    Parameters
    ----------
    from_input : tuple of float
        From the input to layers 1, 2 and 3.
    to_itself : tuple of float
        From the units of each layer to those units in the next step.
    to_next : tuple of float
        From layer 1 to layer 2, and from layer 2 to layer 3.
    to_output : tuple of float
        From layers 1, 2 and 3 to the output.
    """

    from_input: tuple[float, ...]
    to_itself: tuple[float, ...]
    to_next: tuple[float, ...]
    to_output: tuple[float, ...]


@torch.inference_mode()
def measure_strengths(network: StackedLSTM) -> Strengths:
    """Measure how strongly the input, the layers and the output of a network are connected.

    Parameters
    ----------
    network : StackedLSTM

    Returns
    -------
    Strengths
    """
    weights, sizes = network.state_dict(), network.config.hidden
    below = [0, *sizes]
    from_input, to_output = [], []
    within: dict[str, list[float]] = {"recurrent_weights": [], "input_weights": []}
    for layer, size in enumerate(sizes):
        read = weights[f"layers.{layer}.input_weights"]
        from_input.append(_strength([read[:, : read.shape[1] - below[layer]]]))
        of_output = []
        for reads in find_readers(network, layer):
            columns = weights[reads.weights][:, reads.start : reads.start + size]
            if reads.is_output:
                of_output.append(columns)
            else:
                within[reads.weights.rpartition(".")[2]].append(_strength([columns]))
        to_output.append(_strength(of_output))
    to_itself, to_next = (tuple(strengths) for strengths in within.values())
    return Strengths(tuple(from_input), to_itself, to_next, tuple(to_output))


def _strength(parts: list[Tensor]) -> float:
    """Return the root mean square of all elements, or 0 if there are none."""
    squares = [part.square().sum() for part in parts]
    count = sum(part.numel() for part in parts)
    return float((torch.stack(squares).sum() / count).sqrt()) if count else 0.0
