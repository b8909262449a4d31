"""A blind test between two takes in the page's player: X is one of them, and the listener says which."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from lstmmusic.errors import ConfigError
from lstmmusic.generation.sampler import Take
from lstmmusic.studio.controls import Act, button, row, text
from lstmmusic.studio.sound import Sound
from lstmmusic.views import TimedTune

NAMES = "ABX"


class BlindListening:
    """Buttons that begin and end a test, take votes, and tell how they went.

    Parameters
    ----------
    sound : Sound
    takes : callable
        Returns the two takes, or fewer if there are none to compare.
    hide : callable
        Hides the pictures of the takes, or shows them again: a picture tells what is heard.
    act : callable
        Runs what a control asks for.
    """

    def __init__(
        self, sound: Sound, takes: Callable[[], tuple[Take, ...]], hide: Callable[[bool], None], act: Act
    ) -> None:
        self._sound, self._takes, self._hide = sound, takes, hide
        self._test: BlindTest | None = None
        self._tunes: tuple[TimedTune, ...] = ()
        self.start_button = button(
            "Listen blind",
            "X is one of the two, hidden: tell which (ABX). Switch with the keys A, B and X",
            act,
            self.start,
        )
        self.vote_buttons = [
            button(f"X is {name}", f"X sounds like {name}", act, partial(self.vote, answer))
            for answer, name in enumerate("AB")
        ]
        self.end_button = button("End the test", "Show again what is heard", act, self.end)
        self.words = text()
        self.box = row(self.start_button, *self.vote_buttons, self.end_button, self.words)
        self.refresh()

    @property
    def running(self) -> bool:
        """Whether a test is under way."""
        return self._test is not None

    def start(self) -> None:
        """Begin a test, and play the first X.

        Raises
        ------
        ConfigError
            If the two are the same, or there are no two.
        PlaybackError
            If it cannot be played.
        """
        takes = self._takes()
        if len(takes) < 2:
            raise ConfigError("there is nothing to tell apart; choose a run to compare with that can play, too")
        tunes = [self._sound.time(take.tune, take.primer_steps) for take in takes]
        # All of one length: the row tells the length, too.
        duration = min(tune.duration for tune in tunes)
        pair = [replace(tune, duration=duration, name=name) for tune, name in zip(tunes, "AB", strict=True)]
        if np.array_equal(pair[0].table, pair[1].table):
            raise ConfigError("the two runs play the same notes, so there is nothing to tell apart; try another seed")
        test = BlindTest(np.random.default_rng())
        self._play(pair, test)
        self._test = test
        self._hide(True)
        self.words.value = "Which one is X? Listen to A, B and X as often as you like."

    def vote(self, answer: int) -> None:
        """Say that X is A (0) or B (1); then the next X plays from the start."""
        if self._test is None:
            return
        right = self._test.vote(answer)
        first = "Right" if right else "Wrong"
        was = "AB"[answer if right else 1 - answer]
        self.words.value = f"{first}: X was {was}. {self._test.words} Now X is drawn afresh."
        self._play(list(self._tunes[:2]), self._test)

    def end(self) -> None:
        """End the test; what the votes tell stays to be read."""
        if self._test is None:
            return
        self.words.value = self._test.words
        self._test, held = None, self._sound.holds(self._tunes)
        if held:
            self._sound.stop()
        self._hide(False)

    def forget(self) -> None:
        """End the test, and what was told of it: other takes are there."""
        self.end()
        self.words.value = ""

    def refresh(self) -> None:
        """Show what can be pressed; where something else is played, the test is over."""
        if self.running and not self._sound.holds(self._tunes):
            self.end()
        self.start_button.disabled = len(self._takes()) < 2
        self.start_button.layout.display = "none" if self.running else None
        for each in (*self.vote_buttons, self.end_button):
            each.layout.display = None if self.running else "none"

    def _play(self, pair: list[TimedTune], test: BlindTest) -> None:
        named = [*pair, replace(pair[test.hidden], name="X")]
        # From the start, so that nobody hears whether X has changed.
        self._tunes = tuple(replace(tune, label=name) for tune, name in zip(named, NAMES, strict=True))
        self._sound.play_blind(self._tunes, NAMES.index("X"))


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
