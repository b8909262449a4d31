"""How likely a network finds each note of a roll, and which of its probabilities that is.

A joint output can be asked in several ways, and a number alone does not tell in which. The module knows nothing about
how takes are drawn, or about pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmmusic.music.roll import Roll
from lstmmusic.network.model import StackedLSTM

# What a probability means, in words that may follow the number.
GIVEN_TRUE = "given the true notes below"
BY_ITSELF = "by itself"
AS_DRAWN = "as drawn, given the notes below"
PLAIN = "probability"  # of an independent output, for which the others are one

# Few, since a picture of training is made five times a second.
MARGINAL_DRAWS = 16


@dataclass(frozen=True, eq=False)
class NoteProbabilities:
    """The probability of each note, and what it means.

    Parameters
    ----------
    values : ndarray of float32, (steps, pitches)
    meaning : str
        One of those above.
    draws : int
        How many draws each was averaged over; 0 where it was computed.
    """

    values: NDArray[np.float32]
    meaning: str
    draws: int = 0

    @property
    def words(self) -> str:
        """The meaning, with the number of draws."""
        return f"{self.meaning} ({self.draws} draws)" if self.draws else self.meaning


def note_probabilities(network: StackedLSTM, roll: Roll, *, marginal: bool = False) -> NoteProbabilities:
    """Probability of each note of a roll, given the steps before it, at temperature 1.

    Parameters
    ----------
    network : StackedLSTM
    roll : ndarray of zeros and ones, (steps, pitches)
        The first step follows silence.
    marginal : bool
        Of each note by itself, whatever else sounds with it, from `MARGINAL_DRAWS` draws; by default given the notes
        of the roll below it. For an independent output that is the same.

    Returns
    -------
    NoteProbabilities
    """
    if network.config.output == "independent":
        return NoteProbabilities(network.expectations(roll), PLAIN)
    if not marginal:
        return NoteProbabilities(network.expectations(roll), GIVEN_TRUE)
    before = np.concatenate((np.zeros_like(roll[:1]), roll[:-1]))
    return NoteProbabilities(network.probabilities(before, draws=MARGINAL_DRAWS), BY_ITSELF, MARGINAL_DRAWS)
