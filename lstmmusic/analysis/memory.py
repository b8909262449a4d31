"""How far back a network remembers: how its predictions change where it reads only the last steps."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lstmmusic.analysis.inputs import Inputs
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import BLOCK, StackedLSTM
from lstmmusic.network.outputs import stratify, to_numpy
from lstmmusic.settings import check_number, checked

# The longest past that is compared with the whole.
LONGEST = 1024

# Steps of windows that are read at once: their features take some tens of megabytes.
AT_ONCE = 8192


@checked
@torch.inference_mode()
def divergence_by_past(
    network: StackedLSTM, tune: Tune, lengths: Sequence[int], *, steps: int = 64, samples: int = 8
) -> NDArray[np.float64]:
    """Measure how much a network's predictions change where it has read only the last steps, from a zero state.

    It is the Kullback-Leibler divergence D(whole past || last n steps) of the notes of a step, in nats: 0 where it
    predicts the same. That of a joint output is the sum over its notes of their divergences given the lower notes,
    which is exact on average over steps that are sampled with the whole past; it is estimated from a few of them.

    Parameters
    ----------
    network : StackedLSTM
    tune : Tune
    lengths : sequence of int
        How many steps n, 1 to 1024, for which it is measured.
    steps : int
        How many steps at the end of the tune are predicted, 1 to 512. The first of a tune is not.
    samples : int
        Samples of each step, 1 to 100, with the same random numbers each time; an independent output needs one.

    Returns
    -------
    ndarray of float64, (lengths,)
        Nats per step: the mean over the predicted steps. Those before which there are no more than n are among them,
        with 0.

    Raises
    ------
    ConfigError
        If a setting is out of range, or the tune has one step only.
    """
    check_number("the number of steps of the tune", len(tune), 2, math.inf, whole=True)
    check_number("steps", steps, 1, BLOCK, whole=True)
    check_number("samples", samples, 1, 100, whole=True)
    for length in lengths:
        check_number("a length", length, 1, LONGEST, whole=True)
    ends = np.arange(max(0, len(tune) - 1 - steps), len(tune) - 1)  # the last step before each that is predicted
    features = _read_whole(network, tune)[-1 - len(ends) : -1]
    notes = _sample_notes(network, features, samples)
    whole = _logits(network, features, notes)
    divergences = []
    for length in lengths:
        some = ends >= length  # before the others is no more than that
        total = 0.0
        if some.any():
            limited = _logits(network, _read_windows(network, tune, ends[some], length), notes[:, some])
            total = float(_divergence(whole[:, some], limited).sum()) / samples
        divergences.append(total / len(ends))
    return np.array(divergences)


def _read_whole(network: StackedLSTM, tune: Tune) -> Tensor:
    """Return the features after each of the last steps of a tune, `BLOCK` and one at least, with the whole past."""
    state, parts = None, list[Tensor]()
    for inputs, where in Inputs(network, [tune]).blocks():
        features, state = network(inputs, state, places=where)
        parts = [*parts[-1:], features[:, 0]]
    return torch.cat(parts)


def _read_windows(network: StackedLSTM, tune: Tune, ends: NDArray[np.intp], length: int) -> Tensor:
    """Return the features after some steps of a tune, (ends, features), with a past of `length` steps each."""
    first = int(ends[0]) - length + 1
    cells, where = Inputs(network, [tune]).part(first, len(tune))
    read = []
    size = max(1, AT_ONCE // length)
    for some in (ends[at : at + size] - first for at in range(0, len(ends), size)):
        steps = torch.from_numpy(some - np.arange(length - 1, -1, -1)[:, None]).to(cells.device)  # (length, windows)
        inputs, of_steps = (None if part is None else part[steps, 0] for part in (cells, where))
        read.append(network(inputs, places=of_steps)[0][-1])
    return torch.cat(read)


def _sample_notes(network: StackedLSTM, features: Tensor, samples: int) -> Tensor:
    """Sample the notes of steps, (samples, steps, pitches); those of an independent output do not matter."""
    shape = samples, len(features), network.config.pitches
    if network.config.output == "independent":
        return features.new_zeros(shape)
    uniforms = stratify(np.random.default_rng(0), samples, math.prod(shape[1:])).reshape(-1, shape[2])
    notes, _ = network.output.sampler(1, 0)(to_numpy(features), uniforms)
    return torch.from_numpy(notes).to(features).view(shape)


def _logits(network: StackedLSTM, features: Tensor, notes: Tensor) -> Tensor:
    """Return the log-odds of each note given the lower ones of samples, (samples, steps, pitches)."""
    return torch.stack([network.output.logits(features, of_sample) for of_sample in notes]).double()


def _divergence(logits: Tensor, others: Tensor) -> Tensor:
    """Return the divergence of each note whose log-odds are `others`, from what `logits` say."""
    chances = torch.sigmoid(logits)
    return chances * (logits - others) + functional.softplus(others) - functional.softplus(logits)
