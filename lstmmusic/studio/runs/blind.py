"""A blind test (ABX) of two takes: X is one of them at random, and votes are counted."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from lstmmusic.errors import ConfigError
from lstmmusic.generation.sampler import Take
from lstmmusic.sound.timeline import TimedTune
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, choice, quietly, row, text, widen_label
from lstmmusic.studio.looks import arrange, show


class Lettered(NamedTuple):
    """A take and the letter that it is called by."""

    letter: str
    take: Take


class BlindListening:
    """Buttons that start and end a blind test and take votes, and a line with the result.

    Parameters
    ----------
    context : Context
    takes : callable
        Returns those of which two can be compared.
    show_rolls : callable
        Shows the piano rolls of the takes, which would give X away, or hides them.
    """

    def __init__(
        self, context: Context, takes: Callable[[], Sequence[Lettered]], show_rolls: Callable[[bool], None]
    ) -> None:
        self._sound, self._takes, self._show_rolls = context.sound, takes, show_rolls
        self._test: BlindTest | None = None
        self._tunes: tuple[TimedTune, ...] = ()
        self._letters = ("A", "B")  # of the two
        self.start_button = button(
            "Blind test",
            "X is one of two takes: find out which (ABX). The keys of their letters, and X, switch between them",
            context.act,
            self.start,
        )
        self.pair = choice("Of", "The two takes of the blind test. Default: A and B", {"A and B": ("A", "B")})
        arrange(self.pair, width="160px")
        widen_label(self.pair, "36px")
        self.vote_buttons = [button("", "", context.act, partial(self.vote, which)) for which in (0, 1)]
        self.end_button = button("End test", "End the test, and show the piano rolls again", context.act, self.end)
        self.words = text()
        self.box = row(self.start_button, self.pair, *self.vote_buttons, self.end_button, self.words)
        self.refresh()

    @property
    def running(self) -> bool:
        """Whether a test is running."""
        return self._test is not None

    def start(self) -> None:
        """Start a test, and play the first X.

        Raises
        ------
        ConfigError
            If there are no two takes, or they are the same.
        PlaybackError
            If they cannot be played.
        """
        takes = dict(self._takes())
        if len(takes) < 2:
            raise ConfigError("a blind test needs two takes; tick another run, or choose another temperature")
        letters: tuple[str, str] = self.pair.value
        tunes = [self._sound.time(takes[letter].ringing, takes[letter].primer_steps) for letter in letters]
        # Of equal length, since the player shows the length.
        duration = min(tune.duration for tune in tunes)
        pair = [replace(tune, duration=duration, name=name) for tune, name in zip(tunes, letters, strict=True)]
        if np.array_equal(pair[0].table, pair[1].table):
            raise ConfigError("both takes have the same notes, so a blind test is pointless; try another seed")
        test = BlindTest(np.random.default_rng())
        self._letters = letters
        for made, letter in zip(self.vote_buttons, letters, strict=True):
            made.description = f"X is {letter}"
            made.tooltip = f"Vote that X is {letter}; then the next X plays"
        self._play(pair, test)
        self._test = test
        self._show_rolls(False)
        first, second = letters
        self.words.value = f"Which one is X? Listen to {first}, {second} and X as often as you like."

    def vote(self, answer: int) -> None:
        """Count the vote that X is the first (0) or the second (1), and play the next X from the start."""
        if self._test is None:
            return
        right = self._test.vote(answer)
        was, result = (
            self._letters[answer if right else 1 - answer],
            describe_votes(self._test.right, self._test.trials),
        )
        self.words.value = f"{'Right' if right else 'Wrong'}: X was {was}. {result} Here is the next X."
        self._play(list(self._tunes[:2]), self._test)

    def end(self) -> None:
        """End the test; its result stays."""
        if self._test is None:
            return
        self.words.value = describe_votes(self._test.right, self._test.trials)
        self._test, held = None, self._sound.holds(self._tunes)
        if held:
            self._sound.unload()
        self._show_rolls(True)

    def leave(self) -> None:
        """End the test, as its tunes would be what Play plays where others are shown."""
        if self._test:
            self.end()
            self.words.value = f"The test ended when you left this place. {self.words.value}"

    def forget(self) -> None:
        """End the test, and remove its result, which is about other takes."""
        self.end()
        self.words.value = ""

    def offer(self) -> None:
        """Offer any two of the takes; those that are chosen stay so, if they are still there."""
        letters = [each.letter for each in self._takes()]
        pairs = list(itertools.combinations(letters, 2)) or [("A", "B")]
        before = self.pair.value
        with quietly(self.pair):
            self.pair.options = [(f"{first} and {second}", (first, second)) for first, second in pairs]
            self.pair.value = before if before in pairs else pairs[0]

    def refresh(self) -> None:
        """Show the buttons that can be pressed; the test ends if something else is played."""
        if self.running and not self._sound.holds(self._tunes):
            self.end()
        count = len(self._takes())
        self.start_button.disabled = count < 2
        show(self.start_button, not self.running)
        show(self.pair, not self.running and count >= 3)
        for each in (*self.vote_buttons, self.end_button):
            show(each, self.running)

    def _play(self, pair: list[TimedTune], test: BlindTest) -> None:
        named = [*pair, replace(pair[test.hidden], name="X")]
        # From the start, so that the place does not give away whether X has changed.
        labels = (*self._letters, "X")
        self._tunes = tuple(replace(tune, label=name) for tune, name in zip(named, labels, strict=True))
        self._sound.play_blind(self._tunes, labels.index("X"))


class BlindTest:
    """Trials in each of which X is A or B at random, and the votes.

    Parameters
    ----------
    generator : numpy.random.Generator
        Chooses what X is.

    Attributes
    ----------
    hidden : int
        Which of the two X is now, 0 or 1; secret until the vote.
    right, trials : int
        Number of right votes, and of all votes.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self.right = self.trials = 0
        self.hidden = int(self._generator.integers(2))

    def vote(self, answer: int) -> bool:
        """Count a vote for A (0) or B (1), choose the next X, and return whether the vote was right.

        Raises
        ------
        ValueError
            If the answer is neither.
        """
        if answer not in (0, 1):
            raise ValueError(f"answer is {answer}; it must be 0 for A or 1 for B")
        right = answer == self.hidden
        self.right, self.trials = self.right + right, self.trials + 1
        self.hidden = int(self._generator.integers(2))
        return right


def chance_of_guessing(right: int, trials: int) -> float:
    """Return the probability that guessing has at least this many of these votes right.

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
    """Return in words how many votes were right, and how often guessing does as well."""
    if trials == 0:
        return "No votes yet."
    chance = 100 * chance_of_guessing(right, trials)
    rounded = "less than 0.1" if chance < 0.1 else f"{chance:.2g}" if chance < 1 else f"{chance:.0f}"
    return f"{right} of {trials} right; guessing does as well in {rounded}% of such tests."
