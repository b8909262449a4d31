"""Calibration: takes get as many notes as the music that a network learns.

A network that only reads music without mistakes takes its own mistakes for music, so that in its takes fewer notes
begin than in the music, and they last longer (exposure bias: Bengio et al. 2015, arXiv:1506.03099). Numbers that are
added to the log-odds of notes, of strikes and of the end when they are sampled correct that:
`StackedLSTM.sampling_bias`. They are found while the network learns, by stochastic approximation (Robbins and Monro
1951).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.music.cells import HELD
from lstmmusic.music.roll import Tune
from lstmmusic.music.tunes import lengths_of
from lstmmusic.network.devices import blas_threads
from lstmmusic.network.free_running import Numbers, Samplers, default_threshold, run_freely
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.stepper import Stepper, StepWeights
from lstmmusic.training.batches import Crop, Rolls
from lstmmusic.training.evaluation import count_strikes, count_transitions

LogOdds = NDArray[np.float64]

EVERY = 100  # updates: a round takes about as long as three of them
TAKES, STEPS, OPENING = 32, 64, 16  # of a round; the opening of each take is from a tune

# How far rounds move the bias, as a fraction of how far the takes are off: in the first round, and at least. Takes are
# few, and read what they add: a tenth more, and at times a quarter more notes begin.
FIRST_GAIN, GAIN = 0.5, 0.1
LIMIT = 2.0  # of the bias: a factor of about 7


def gain_after(update: int) -> float:
    """Return how far the round after an update moves the bias."""
    return max(FIRST_GAIN * EVERY / update, GAIN)


def log_odds_of(tunes: Sequence[Tune]) -> LogOdds:
    """Return the log-odds of what `StackedLSTM.sampling_bias` corrects, in some music.

    Parameters
    ----------
    tunes : sequence of Tune

    Returns
    -------
    ndarray of float64, (4,)
        That a note begins, where it was silent in the step before; that it goes on; that it is struck again if it
        does; and that a tune ends after a step.
    """
    counts, (struck, held) = count_transitions(tunes).sum(1), count_strikes(tunes)
    steps = int(lengths_of(tunes).sum())
    return np.concatenate((_log_odds(counts), _log_odds(np.array([[held, struck], [steps - len(tunes), len(tunes)]]))))


def _log_odds(counts: NDArray[np.float64]) -> LogOdds:
    """Return the log-odds of counts, (kinds, 2), with one added to each (Laplace)."""
    return np.asarray(np.log((counts[:, 1] + 1) / (counts[:, 0] + 1)), np.float64)


@torch.inference_mode()
def calibrate(network: StackedLSTM, wanted: LogOdds, rolls: Rolls, random: np.random.Generator, gain: float) -> None:
    """Correct the sampling bias of a network by a round of takes, in place.

    Parameters
    ----------
    network : StackedLSTM
    wanted : ndarray of float64, (4,)
        Those of the music, as `log_odds_of` returns them.
    rolls : Rolls
        The music, of which the openings of the takes are parts.
    random : numpy.random.Generator
    gain : float
        See `gain_after`.
    """
    crops = draw_openings(rolls, random)
    opening, places = rolls.batch(crops).targets, rolls.places(crops, OPENING + STEPS + 1)
    numbers = Numbers.draw(random, STEPS, TAKES, rolls.pitches)
    of_opening, of_takes = (None, None) if places is None else (places[: OPENING + 1], places[OPENING:].cpu().numpy())
    _, state = network(torch.cat((torch.zeros_like(opening[:1]), opening)), places=of_opening)
    samplers = Samplers.of(network, 1.0, default_threshold(network))
    bias, last = network.sampling_bias, opening[-1].cpu().numpy()
    transitions, strikes, ends = np.zeros((2, 2)), np.zeros(2), 0.0
    with blas_threads(torch.get_num_threads()):
        stepper = Stepper(StepWeights(network), state, TAKES)
        for cells, _, chances in run_freely(stepper, samplers, numbers, last, of_takes):
            kinds = 2 * (last > 0) + (cells > 0)
            transitions += np.bincount(kinds.ravel(), minlength=4).reshape(2, 2)
            strikes += np.bincount((cells > HELD)[kinds == 3], minlength=2)
            ends += float(chances.sum())
            last = cells
    # Ends are rare: their probabilities are summed up instead of counting them.
    found = _log_odds(np.stack((*transitions, strikes, (STEPS * TAKES - ends, ends))))
    has = np.array([True, True, network.articulation is not None, network.ending is not None])
    change = torch.from_numpy(gain * (wanted - found) * has).to(bias)
    bias.copy_((bias + change).clamp(-LIMIT, LIMIT))


def draw_openings(rolls: Rolls, random: np.random.Generator) -> list[Crop]:
    """Draw openings of takes from tunes: half of them anywhere, and half at the beginning, as takes are mostly opened.

    A tune is drawn as often as it has steps. Of a tune with fewer steps than an opening, all but the last one follow
    silence.

    Returns
    -------
    list of Crop
        `TAKES` crops of `OPENING` steps; some may start before their tune, where there is silence.
    """
    lengths = rolls.lengths
    ends = np.maximum(lengths - 1, 0).cumsum()
    at = random.integers(ends[-1], size=TAKES)
    tunes = np.searchsorted(ends, at, side="right")
    first = np.minimum(lengths[tunes] - 1, OPENING)
    stops = np.maximum(at - ends[tunes] + lengths[tunes], first)
    stops[::2] = first[::2]
    return [Crop(*crop) for crop in zip(tunes.tolist(), (stops - OPENING).tolist(), stops.tolist(), strict=True)]
