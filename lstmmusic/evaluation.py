"""How well frames are predicted, and what needs no network to reach: the floors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.batches import Crop, make_batch
from lstmmusic.errors import CorpusError
from lstmmusic.model import StackedLSTM
from lstmmusic.pianoroll import Roll, Tune


@torch.inference_mode()
def mean_loss(network: StackedLSTM, rolls: Sequence[torch.Tensor], batch_size: int = 16) -> float:
    """Negative log-likelihood in nats per frame, summed over the notes of a frame.

    The protocol of Boulanger-Lewandowski et al. (2012): each tune whole, from a zero state, frames 2 to T
    predicted from frames 1 to T - 1; all nats over all frames.

    Parameters
    ----------
    network : StackedLSTM
    rolls : sequence of Tensor of uint8, each (steps, pitches)
    batch_size : int
        Tunes that are read at once, sorted by length.
    """
    nats = torch.zeros((), dtype=torch.float64)
    frames = 0
    crops = sorted((Crop(i, 1, len(roll)) for i, roll in enumerate(rolls) if len(roll) > 1), key=lambda crop: crop.stop)
    if not crops:
        raise CorpusError("no tune has two steps or more; a smaller step gives longer tunes")
    for at in range(0, len(crops), batch_size):
        inputs, targets, mask = (t.to(network.device) for t in make_batch(list(rolls), crops[at : at + batch_size]))
        features, _ = network(inputs)
        nats += (network.output.loss(features, targets) * mask).sum().double().cpu()
        frames += int(mask.sum())
    return float(nats) / frames


def _binary_nats(counts: NDArray[np.float64], probabilities: NDArray[np.float64]) -> float:
    """Cross-entropy of (zeros, ones) counted along the last axis, under the probability of a one."""
    return float(-(counts[..., 1] * np.log(probabilities) + counts[..., 0] * np.log1p(-probabilities)).sum())


def note_frequencies(tunes: Sequence[Tune]) -> NDArray[np.float64]:
    """Share of the frames in which each note sounds, (pitches,), with one frame of each kind added (Laplace)."""
    sounding = np.sum([tune.roll.sum(0, dtype=np.int64) for tune in tunes], axis=0)
    return np.asarray((sounding + 1) / (sum(len(tune) for tune in tunes) + 2), np.float64)


def marginal_loss(training: Sequence[Tune], validation: Sequence[Tune]) -> float:
    """Nats per frame when each note has its own constant probability, counted in training."""
    seen, asked = (_count(tunes).sum(0) for tunes in (training, validation))  # (pitches, 2)
    probabilities = (seen[:, 1] + 1) / (seen.sum(1) + 2)
    return _binary_nats(asked, probabilities) / float(asked[0].sum())


def markov_loss(training: Sequence[Tune], validation: Sequence[Tune]) -> float:
    """Nats per frame when each note looks at nothing but itself one frame before: the floor to get below.

    A first-order Markov chain for each note, its transitions counted in training with one added to each
    (Laplace).
    """
    seen, asked = _count(training), _count(validation)  # (before, pitches, after)
    probabilities = (seen[..., 1] + 1) / (seen.sum(-1) + 2)
    return _binary_nats(asked, probabilities) / float(asked[:, 0].sum())


def _count(tunes: Sequence[Tune]) -> NDArray[np.float64]:
    """Count transitions of each note: (before, pitches, after), over frames 2 to T of each tune."""
    counts = np.zeros((2, tunes[0].config.pitches, 2))
    for tune in tunes:
        roll: Roll = tune.roll
        for before in (0, 1):
            for after in (0, 1):
                counts[before, :, after] += ((roll[:-1] == before) & (roll[1:] == after)).sum(0)
    return counts
