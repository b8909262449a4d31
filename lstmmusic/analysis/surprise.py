"""How little a network expected the notes of a tune: which surprised it, and which tunes did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lstmmusic.errors import ConfigError
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import BLOCK, StackedLSTM
from lstmmusic.settings import check_number, checked
from lstmmusic.training.batches import Crop, Rolls
from lstmmusic.training.evaluation import Parts, evaluate


@dataclass(frozen=True, eq=False)
class Surprise:
    """The negative log-likelihood of each step and note of a tune, given the steps before, in nats.

    As `evaluate` reads tunes, nothing predicts the first step: it is not a number. Those of the other steps add up to
    the `Likelihood` of the tune, part by part.

    Parameters
    ----------
    tune : Tune
    of_notes : ndarray of float32, (steps, pitches)
        Of each note that sounds, and of each that is silent; with a joint output, given the lower notes of the step.
    notes, strikes, velocities : ndarray of float32, (steps,)
        Of which notes sound (the sum of `of_notes`), which are struck again, and how loud they are. Zero where the
        network does not predict it.
    ends : ndarray of float32, (steps,)
        Of that the tune does not end before each step, and, in the last step, of that it ends after it.
    """

    tune: Tune
    of_notes: NDArray[np.float32]
    notes: NDArray[np.float32]
    strikes: NDArray[np.float32]
    velocities: NDArray[np.float32]
    ends: NDArray[np.float32]

    @property
    def steps(self) -> NDArray[np.float32]:
        """All nats of each step: float32, (steps,)."""
        return self.notes + self.strikes + self.velocities + self.ends

    @property
    def per_step(self) -> Parts:
        """The average of the steps that were predicted, in parts; not a number if there are none."""
        each = self.notes, self.strikes, self.velocities, self.ends
        return Parts(*(float(nats[1:].mean(dtype=np.float64)) if len(nats) > 1 else np.nan for nats in each))


class SurprisingNote(NamedTuple):
    """A note that a network did not expect, or the silence of one that it expected.

    Parameters
    ----------
    step : int
    pitch : int
        MIDI number.
    nats : float
    sounds : bool
        Whether it sounds.
    """

    step: int
    pitch: int
    nats: float
    sounds: bool


class RankedTune(NamedTuple):
    """A tune, and how well a network predicts it.

    Parameters
    ----------
    tune : int
        Its index.
    nats : float
        Negative log-likelihood of its notes, per step; see `Likelihood`.
    """

    tune: int
    nats: float


@checked
@torch.inference_mode()
def surprise(network: StackedLSTM, tune: Tune, *, ended: bool = True) -> Surprise:
    """Measure how little a network expected each step and note of a tune.

    Parameters
    ----------
    network : StackedLSTM
    tune : Tune
        Of any length.
    ended : bool
        Whether the tune ends after its last step, as `evaluate` assumes. A take goes on where the number of steps, and
        not the network, ended it: see `Take.ended`.

    Returns
    -------
    Surprise

    Raises
    ------
    ConfigError
        If the network has another number of pitches.
    """
    if tune.config.pitches != network.config.pitches:
        raise ConfigError(
            f"the tune has {tune.config.pitches} pitches, and the network {network.config.pitches}; "
            f"choose a tune on its grid"
        )
    steps = len(tune)
    of_notes = np.full((steps, tune.config.pitches), np.nan, np.float32)
    parts = np.full((len(Parts._fields), steps), np.nan, np.float32)
    rolls, state = Rolls([tune], network.device, network.config), None
    for start in range(1, steps, BLOCK):
        stop = min(start + BLOCK, steps)
        batch = rolls.batch([Crop(0, start, stop)])
        features, state = network(batch.inputs, state, places=batch.places)
        losses = network.losses(features, batch.targets, mask=batch.mask, ends=batch.ends)
        nats = torch.stack(losses)[..., 0].cpu().numpy()
        parts[:, start:stop] = nats[:, : stop - start]
        if ended:  # what follows the last step is its end
            parts[:, stop - 1] += nats[:, stop - start :].sum(1)
        of_notes[start:stop] = _nats_of_notes(network, features, batch.targets)[: stop - start]
    return Surprise(tune, of_notes, *parts)


def _nats_of_notes(network: StackedLSTM, features: Tensor, targets: Tensor) -> NDArray[np.float32]:
    notes = (targets > 0).float()
    nats = functional.binary_cross_entropy_with_logits(network.output.logits(features, notes), notes, reduction="none")
    return nats[:, 0].cpu().numpy()


@checked
def most_surprising(surprise: Surprise, count: int = 10) -> list[SurprisingNote]:
    """List the notes that a network expected least, and the silences where it expected a note, the most nats first.

    Parameters
    ----------
    surprise : Surprise
    count : int
        How many at most.
    """
    check_number("count", count, 0, 1_000_000, whole=True)
    nats = surprise.of_notes[1:].ravel()
    count = min(count, len(nats))
    found = np.argpartition(-nats, count - 1)[:count] if 0 < count < len(nats) else np.arange(count)
    found = found[np.lexsort((found, -nats[found]))]
    steps, columns = np.divmod(found, surprise.tune.config.pitches)
    sounds = surprise.tune.roll[steps + 1, columns] == 1
    pitches = columns + surprise.tune.config.lowest
    rows = zip(steps + 1, pitches, nats[found], sounds, strict=True)
    return [SurprisingNote(int(step), int(pitch), float(each), bool(sound)) for step, pitch, each, sound in rows]


@checked
def rank(network: StackedLSTM, tunes: Sequence[Tune]) -> list[RankedTune]:
    """Sort tunes by how little a network expects their notes, the most nats per step first.

    Parameters
    ----------
    network : StackedLSTM
    tunes : sequence of Tune
        Those of fewer than two steps are left out, as by `evaluate`.

    Raises
    ------
    CorpusError
        If no tune has two steps.
    """
    found = evaluate(network, tunes)
    indices = [index for index, tune in enumerate(tunes) if len(tune) > 1]
    ranked = [RankedTune(*row) for row in zip(indices, (found.nats / found.steps).tolist(), strict=True)]
    return sorted(ranked, key=lambda each: (-each.nats, each.tune))
