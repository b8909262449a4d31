"""How well a network predicts tunes, and the baselines that need no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.errors import CorpusError
from lstmmusic.music.roll import Tune
from lstmmusic.music.tunes import lengths_of, tally_of
from lstmmusic.network.model import BLOCK, StackedLSTM, State
from lstmmusic.settings import checked
from lstmmusic.training.batches import Crop, Rolls


class Parts(NamedTuple):
    """Nats per step: of notes, of which are struck again, of how loud they are, and of where tunes end."""

    notes: float
    strikes: float
    velocities: float
    ends: float

    def __str__(self) -> str:
        """Return the sum in words, without what the network does not predict."""
        named = zip(("notes", "strikes", "loudness", "ends"), self, strict=True)
        return " + ".join(f"{name} {nats:.2f}" for name, nats in named if nats or name == "notes")


@dataclass(frozen=True, eq=False)
class Likelihood:
    """How well a network predicts tunes: an entry for each tune of two steps or more, in their order.

    Parameters
    ----------
    nats : ndarray of float64, shape (tunes,)
        Negative log-likelihood of all steps that were predicted.
    steps : ndarray of float64, shape (tunes,)
        Their number.
    strikes, velocities, ends : ndarray of float64, shape (tunes,)
        Negative log-likelihood of which notes are struck again, of how loud notes are, and of where the tune ends; zero
        for a network that does not predict it.
    """

    nats: NDArray[np.float64]
    steps: NDArray[np.float64]
    strikes: NDArray[np.float64]
    velocities: NDArray[np.float64]
    ends: NDArray[np.float64]

    @property
    def per_step(self) -> float:
        """All nats of notes, divided by the number of all steps."""
        return float(self.nats.sum() / self.steps.sum())

    @property
    def parts(self) -> Parts:
        """Nats of everything, divided by the number of all steps."""
        each = self.nats, self.strikes, self.velocities, self.ends
        return Parts(*(float(nats.sum() / self.steps.sum()) for nats in each))

    @property
    def per_tune(self) -> float:
        """Mean over tunes of their nats per step."""
        return float((self.nats / self.steps).mean())


@checked
@torch.inference_mode()
def evaluate(network: StackedLSTM, tunes: Sequence[Tune], batch_size: int = 16) -> Likelihood:
    """Measure the likelihood of tunes by the protocol of Boulanger-Lewandowski et al. (2012), arXiv:1206.6392.

    Each tune is read whole, from a zero state; steps 2 to T are predicted from steps 1 to T - 1, and nats are summed
    over the notes of a step.

    Parameters
    ----------
    network : StackedLSTM
    tunes : sequence of Tune
    batch_size : int
        Tunes of similar length that are read together.

    Returns
    -------
    Likelihood

    Raises
    ------
    CorpusError
        If no tune has two steps.
    """
    lengths = lengths_of(tunes).tolist()
    crops = sorted((Crop(i, 1, steps) for i, steps in enumerate(lengths) if steps > 1), key=lambda crop: crop.stop)
    if not crops:
        raise CorpusError("no tune has two steps or more; a shorter time step gives longer tunes")
    rolls = Rolls(tunes, network.device, network.config)
    parts, steps = [], []
    for at in range(0, len(crops), batch_size):
        batch = rolls.batch(crops[at : at + batch_size])
        state = None
        of_tunes = torch.zeros(4, batch.mask.shape[1], dtype=torch.float64)
        # A block at a time, its state carried on: a tune may have hundreds of thousands of steps.
        for block in (slice(at, at + BLOCK) for at in range(0, len(batch.mask), BLOCK)):
            places = None if batch.places is None else batch.places[block]
            features, state = network(batch.inputs[block], state, places=places)
            losses = network.losses(features, batch.targets[block], mask=batch.mask[block], ends=batch.ends[block])
            of_tunes += torch.stack([part.sum(0).cpu().double() for part in losses])
        parts.append(of_tunes)
        steps.append(batch.mask.cpu().double().sum(0))
    order = np.argsort([crop.tune for crop in crops])
    notes, *others = torch.cat(parts, dim=1).numpy()[:, order]
    return Likelihood(notes, torch.cat(steps).numpy()[order], *others)


@dataclass(frozen=True, eq=False)
class Begun:
    """A long tune that is measured in several pieces.

    Parameters
    ----------
    rolls : Rolls
        Of the tune alone.
    step : int
        The next that is to be predicted.
    state : list of pairs of Tensors, or None
        Of the network before it.
    nats : float
        Of the notes of the steps before.
    """

    rolls: Rolls
    step: int
    state: State | None
    nats: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The likelihood of the notes of tunes, as far as it is measured: a piece at a time, so that nothing waits long.

    Parameters
    ----------
    network : StackedLSTM
    left : tuple of Tune
        Those that are still to be measured, of two steps or more each.
    measured : tuple of (Tune, float)
        The others, with their nats; see `Likelihood.nats`.
    begun : Begun, optional
        The first of those that are left, where a part of it is measured.
    """

    network: StackedLSTM
    left: tuple[Tune, ...]
    measured: tuple[tuple[Tune, float], ...] = ()
    begun: Begun | None = None

    @property
    def per_step(self) -> float:
        """Nats per step of the tunes that are measured, of which there is at least one."""
        return sum(nats for _, nats in self.measured) / sum(len(tune) - 1 for tune, _ in self.measured)

    def measure_more(self, steps: int) -> Evaluation:
        """Measure as many of the tunes that are left as have so many steps together, or so many steps of the first."""
        tunes, total = list[Tune](), 0
        for tune in self.left:
            total += len(tune)
            if total > steps:
                break
            tunes.append(tune)
        if not tunes:
            return self._read_on(steps)
        found = evaluate(self.network, tunes).nats.tolist()
        measured = (*self.measured, *zip(tunes, found, strict=True))
        return Evaluation(self.network, self.left[len(tunes) :], measured)

    @torch.inference_mode()
    def _read_on(self, steps: int) -> Evaluation:
        network, tune = self.network, self.left[0]
        begun = self.begun or Begun(Rolls([tune], network.device, network.config), 1, None, 0.0)
        stop = min(begun.step + steps, len(tune))
        batch = begun.rolls.batch([Crop(0, begun.step, stop)])
        features, state = network(batch.inputs, begun.state, places=batch.places)
        losses = network.losses(features, batch.targets, mask=batch.mask, ends=batch.ends)
        nats = begun.nats + float(losses.notes.double().sum())
        if stop < len(tune):
            return replace(self, begun=Begun(begun.rolls, stop, state, nats))
        return Evaluation(network, self.left[1:], (*self.measured, (tune, nats)))


def note_frequencies(tunes: Sequence[Tune]) -> NDArray[np.float64]:
    """Return the fraction of the steps in which each note sounds, with one step of each kind added (Laplace).

    Parameters
    ----------
    tunes : sequence of Tune

    Returns
    -------
    ndarray of float64, (pitches,)
    """
    tally = tally_of(tunes)
    return np.asarray((tally.sounding + 1) / (tally.steps + 2), np.float64)


def count_strikes(tunes: Sequence[Tune]) -> tuple[int, int]:
    """Count the notes that sounded in the step before: those that are struck again, and those that are held."""
    tally = tally_of(tunes)
    return tally.struck, int(tally.kept.sum()) - tally.struck


def level_frequencies(tunes: Sequence[Tune]) -> NDArray[np.float64]:
    """Return which fraction of the notes has each level of velocity, with one note of each level added (Laplace).

    Parameters
    ----------
    tunes : sequence of Tune

    Returns
    -------
    ndarray of float64, (LEVELS,)
    """
    levels = tally_of(tunes).levels + 1.0
    return np.asarray(levels / levels.sum(), np.float64)


@checked
def marginal_baseline(training: Sequence[Tune], validation: Sequence[Tune]) -> float:
    """Return the loss of a model in which each pitch sounds with a constant probability.

    Parameters
    ----------
    training : sequence of Tune
        In which the steps with and without each note are counted, with one added to each (Laplace).
    validation : sequence of Tune

    Returns
    -------
    float
        On `validation`, in nats per step.

    Raises
    ------
    CorpusError
        If there are no tunes.
    """
    seen, asked = (count_transitions(tunes).sum(0) for tunes in (training, validation))  # (pitches, 2)
    return _binary_nats(asked, (seen[:, 1] + 1) / (seen.sum(1) + 2))


@checked
def markov_baseline(training: Sequence[Tune], validation: Sequence[Tune]) -> float:
    """Return the loss of a model in which each pitch depends on itself one step before: what a network should beat.

    Parameters
    ----------
    training : sequence of Tune
        In which the transitions of each pitch's first-order Markov chain are counted, with one added to each (Laplace).
    validation : sequence of Tune

    Returns
    -------
    float
        On `validation`, in nats per step.

    Raises
    ------
    CorpusError
        If there are no tunes.
    """
    seen, asked = count_transitions(training), count_transitions(validation)  # (before, pitches, after)
    return _binary_nats(asked, (seen[..., 1] + 1) / (seen.sum(-1) + 2))


def _binary_nats(counts: NDArray[np.float64], probabilities: NDArray[np.float64]) -> float:
    """Cross-entropy per step of (zeros, ones) counted along the last axis, under the probability of a one."""
    nats = -(counts[..., 1] * np.log(probabilities) + counts[..., 0] * np.log1p(-probabilities)).sum()
    return float(nats / (counts.sum() / counts.shape[-2]))


def count_transitions(tunes: Sequence[Tune]) -> NDArray[np.float64]:
    """Count the transitions of each pitch, over steps 2 to T of each tune.

    Parameters
    ----------
    tunes : sequence of Tune

    Returns
    -------
    ndarray of float64, (2, pitches, 2)
        How often each pitch is silent (0) or sounds (1) in a step, and then in the next one.

    Raises
    ------
    CorpusError
        If there are no tunes.
    """
    if not tunes:
        raise CorpusError("there are no tunes to count in")
    return tally_of(tunes).transitions
