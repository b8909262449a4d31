"""A blind test: is X the same as A, or as B? It counts, and knows neither music nor widgets."""

from __future__ import annotations

import math

import numpy as np


class BlindTest:
    """Trials in which X is A or B, drawn afresh for each, and what was voted.

    Parameters
    ----------
    generator : numpy.random.Generator
        Draws which of the two X is.

    Attributes
    ----------
    hidden : int
        Which of the two X is now, 0 or 1: not to be shown before the vote.
    right, trials : int
        How many votes were right, of how many.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self.right = self.trials = 0
        self.hidden = self._draw()

    def vote(self, answer: int) -> bool:
        """Count a vote for A (0) or B (1), and draw X afresh; return whether it was right.

        Raises
        ------
        ValueError
            If the answer is neither.
        """
        if answer not in (0, 1):
            raise ValueError(f"answer is {answer}; it must be 0 for A or 1 for B")
        right = answer == self.hidden
        self.right, self.trials = self.right + right, self.trials + 1
        self.hidden = self._draw()
        return right

    @property
    def words(self) -> str:
        """What the votes tell so far, in words."""
        return describe_votes(self.right, self.trials)

    def _draw(self) -> int:
        return int(self._generator.integers(2))


def chance_of_guessing(right: int, trials: int) -> float:
    """Return the probability that somebody who guesses has at least so many of so many votes right.

    Raises
    ------
    ValueError
        If `right` is not from 0 to `trials`.
    """
    if not 0 <= right <= trials:
        raise ValueError(f"right is {right}; it must be from 0 to {trials}, the number of trials")
    outcomes: int = sum(math.comb(trials, each) for each in range(right, trials + 1))
    return outcomes / (1 << trials)


def describe_votes(right: int, trials: int) -> str:
    """Tell in words how many votes were right, and how well guessing does."""
    if trials == 0:
        return "No votes yet."
    chance = 100 * chance_of_guessing(right, trials)
    rounded = "less than 0.1" if chance < 0.1 else f"{chance:.2g}" if chance < 1 else f"{chance:.0f}"
    return f"{right} of {trials} right; who only guesses does as well in {rounded} % of such tests."
