"""Music that goes on for as long as it is asked to, a bar at a time, each by the network as it is by then."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.network.model import StackedLSTM

# What a network hears of the music before a bar. Its state belongs to its weights, so other weights hear it anew.
CONTEXT_STEPS = 64
BEATS = 4  # of a bar
STEPS_WITHOUT_BEATS = 16


def bar_steps(config: RollConfig) -> int:
    """Return the steps of a bar: four beats, or 16 steps on a grid of seconds."""
    return max(1, round(BEATS / config.step)) if config.unit == "beats" else STEPS_WITHOUT_BEATS


class Bar(NamedTuple):
    """What a continuation gives out.

    Parameters
    ----------
    notes : ndarray of int64, shape (notes, 3)
        As `find_notes` lists them: those that begin in it.
    start, stop : int
        The steps of the music between which they begin.
    take : Take
        All that there is of the music: to `stop`, and the bar after that.
    """

    notes: NDArray[np.int64]
    start: int
    stop: int
    take: Take


class Continuation:
    """A primer, and the bars after it.

    Parameters
    ----------
    primer : Tune or None
        None begins out of silence.
    config : RollConfig
        The grid, which is that of the primer too.
    seed : int
        The same seed, networks and settings give the same music.
    """

    def __init__(self, primer: Tune | None, config: RollConfig, seed: int = 0) -> None:
        self.config = config
        self._primer, self._seed = primer, seed
        self._take: Take | None = None
        self._given = 0

    def go_on(self, network: StackedLSTM, *, temperature: float = 1.0, threshold: float = 0.1) -> Bar:
        """Make a bar, and give out what comes before it: the primer at first, then one bar after the other.

        The notes of a bar are given out when the next one is there, since only then is known how long those last that
        sound at its end. What sounds even longer ends with the next bar.

        Parameters
        ----------
        network : StackedLSTM
            It must not change meanwhile.
        temperature, threshold : float
            See `lstmmusic.generation.sampler.generate`.

        Returns
        -------
        Bar
            Of no steps, if there was no primer and this is the first.

        Raises
        ------
        ConfigError
            If the network has another number of pitches, or a setting is out of range.
        """
        before = self._take
        heard = before.tune.part(max(0, len(before.tune) - CONTEXT_STEPS), len(before.tune)) if before else self._primer
        bar = Sampler(network, heard, self.config).take(
            bar_steps(self.config), temperature=temperature, threshold=threshold, seed=self._seed, quiet=True
        )
        take = before.followed_by(bar) if before else bar
        start, stop = self._given, len(take.tune) - bar_steps(self.config)
        self._take, self._given, self._seed = take, stop, self._seed + 1
        notes = find_notes(take.tune)
        return Bar(notes[(notes[:, 0] >= start) & (notes[:, 0] < stop)], start, stop, take)
