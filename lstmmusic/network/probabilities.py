"""The probability of each note of a roll, and what it is conditioned on: a joint output has several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM

# The meaning of a probability, in words that can follow the number.
GIVEN_TRUE = "given the true lower notes"
BY_ITSELF = "by itself"
AS_SAMPLED = "as sampled"  # given the lower notes of the sample
PLAIN = "probability"  # of an independent output, where all of the above are equal

# Few, since training is observed five times a second; as exact as 20 that are independent.
MARGINAL_SAMPLES = 12


@dataclass(frozen=True, eq=False)
class NoteProbabilities:
    """The probability of each note, and its meaning.

    Parameters
    ----------
    values : ndarray of float32, (steps, pitches)
    meaning : str
        `GIVEN_TRUE`, `BY_ITSELF`, `AS_SAMPLED` or `PLAIN`.
    samples : int
        How many samples each was averaged over; 0 if it is exact.
    """

    values: NDArray[np.float32]
    meaning: str
    samples: int = 0

    @property
    def words(self) -> str:
        """The meaning, with the number of samples."""
        return f"{self.meaning} ({self.samples} samples)" if self.samples else self.meaning


def note_probabilities(network: StackedLSTM, tune: Tune, *, marginal: bool = False) -> NoteProbabilities:
    """Return the probability of each note of a tune, given the steps before it, at temperature 1.

    Parameters
    ----------
    network : StackedLSTM
    tune : Tune
        The first step follows silence.
    marginal : bool
        Return the probability of each note by itself, regardless of what else sounds, averaged over `MARGINAL_SAMPLES`
        samples; by default it is given the lower notes of the tune. For an independent output both are the same.

    Returns
    -------
    NoteProbabilities
    """
    if network.config.output == "independent":
        return NoteProbabilities(network.expectations(tune), PLAIN)
    if not marginal:
        return NoteProbabilities(network.expectations(tune), GIVEN_TRUE)
    return NoteProbabilities(network.marginals(tune, samples=MARGINAL_SAMPLES), BY_ITSELF, MARGINAL_SAMPLES)
