"""How well frames are predicted, and what needs no network to reach: the floors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.errors import CorpusError
from lstmmusic.music.roll import Roll, Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.training.batches import Crop, Rolls

BLOCK = 512  # steps


@dataclass(frozen=True, eq=False)
class Score:
    """How well a network predicts tunes; arrays have an entry for each tune of two steps or more, in their order.

    Parameters
    ----------
    nats, frames : ndarray of float64, shape (tunes,)
        Negative log-likelihood of all frames that were predicted, and their number.
    """

    nats: NDArray[np.float64]
    frames: NDArray[np.float64]

    @property
    def per_frame(self) -> float:
        """All nats over all frames."""
        return float(self.nats.sum() / self.frames.sum())

    @property
    def per_tune(self) -> float:
        """Mean over tunes of their nats per frame."""
        return float((self.nats / self.frames).mean())


@torch.inference_mode()
def score(network: StackedLSTM, tunes: Sequence[Tune], batch_size: int = 16) -> Score:
    """Score a network by the protocol of Boulanger-Lewandowski et al. (2012).

    Each tune whole, from a zero state, frames 2 to T predicted from frames 1 to T - 1; nats are summed over
    the notes of a frame.

    Parameters
    ----------
    network : StackedLSTM
    tunes : sequence of Tune
    batch_size : int
        Tunes that are read at once, of like length.

    Raises
    ------
    CorpusError
        If no tune has two steps.
    """
    crops = sorted((Crop(i, 1, len(tune)) for i, tune in enumerate(tunes) if len(tune) > 1), key=lambda crop: crop.stop)
    if not crops:
        raise CorpusError("no tune has two steps or more; a smaller step gives longer tunes")
    rolls = Rolls(tunes, network.device)
    nats, frames = [], []
    for at in range(0, len(crops), batch_size):
        batch = rolls.batch(crops[at : at + batch_size])
        state = None
        of_tunes = torch.zeros(batch[2].shape[1], dtype=torch.float64)
        # A block at a time, its state carried on: a tune may have hundreds of thousands of steps.
        for inputs, targets, mask in zip(*(torch.split(part, BLOCK) for part in batch), strict=True):
            features, state = network(inputs, state)
            of_tunes += (network.output.loss(features, targets) * mask).cpu().double().sum(0)
        nats.append(of_tunes)
        frames.append(batch[2].cpu().double().sum(0))
    order = np.argsort([crop.tune for crop in crops])
    return Score(torch.cat(nats).numpy()[order], torch.cat(frames).numpy()[order])


def expected_accuracy(network: StackedLSTM, tunes: Sequence[Tune], draws: int = 16) -> float:
    """Frame accuracy to be expected, were each frame drawn anew (Bay, Ehmann and Downie 2009).

    Notes that sound and are drawn, over notes that sound or are drawn, from frame 2 of each tune on.

    Parameters
    ----------
    network : StackedLSTM
    tunes : sequence of Tune
    draws : int
        See `StackedLSTM.probabilities`.
    """
    hits = either = 0.0
    for tune in tunes:
        if len(tune) > 1:
            roll = tune.roll
            drawn, targets = network.probabilities(roll[:-1], draws=draws), roll[1:]
            hits += float((drawn * targets).sum())
            either += float((drawn + targets - drawn * targets).sum())
    return hits / either


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
    if not tunes:
        raise CorpusError("there are no tunes to count in")
    counts = np.zeros((2, tunes[0].config.pitches, 2))
    for tune in tunes:
        roll: Roll = tune.roll
        for before in (0, 1):
            for after in (0, 1):
                counts[before, :, after] += ((roll[:-1] == before) & (roll[1:] == after)).sum(0)
    return counts
