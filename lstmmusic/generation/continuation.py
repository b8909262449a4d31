"""Endless music, generated bar by bar; each bar may come from a newer network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.generation.diagnosis import Remedy, Settings, find_sound
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.network.model import StackedLSTM
from lstmmusic.settings import checked

# Steps of the music so far that are the primer of the next bar, since a newer network cannot use the state of an older
# one: as many as a relative output looks back for passages by default.
CONTEXT_STEPS = 256
BEATS_PER_BAR = 4
STEPS_PER_BAR = 16  # on a grid of seconds


def bar_steps(config: RollConfig) -> int:
    """Return the steps of a bar: four beats, or 16 steps on a grid of seconds."""
    return max(1, round(BEATS_PER_BAR / config.step)) if config.unit == "beats" else STEPS_PER_BAR


class Bar(NamedTuple):
    """A bar whose notes are final.

    Parameters
    ----------
    notes : ndarray of int64, shape (notes, 3)
        The notes that begin in it, as `find_notes` lists them.
    velocities : ndarray of uint8, shape (notes,), or None
        Theirs, if the tune has velocities.
    start, stop : int
        First step of the bar, and the step after its last.
    take : Take
        All of the music so far: up to `stop`, and the bar after that.
    """

    notes: NDArray[np.int64]
    velocities: NDArray[np.uint8] | None
    start: int
    stop: int
    take: Take


class Continuation:
    """A primer, and the bars that are generated after it.

    Parameters
    ----------
    primer : Tune or None
        None starts from silence.
    config : RollConfig
        The grid, also of the primer.
    seed : int
        The same seed, networks and settings give the same music.
    metre : str, optional
        See `lstmmusic.generation.sampler.generate`.
    """

    @checked
    def __init__(self, primer: Tune | None, config: RollConfig, seed: int = 0, *, metre: str | None = None) -> None:
        self.config = config
        self._primer, self._seed, self._metre = primer, seed, metre
        self._take: Take | None = None
        self._returned = 0

    @checked
    def next_bar(self, network: StackedLSTM, *, temperature: float = 1.0, threshold: float | None = None) -> Bar:
        """Generate a bar, and return the one before it: first the primer, then bar after bar.

        A bar is returned one bar late, because only then is it known how long the notes at its end last. A note that
        would last even longer ends with the next bar.

        Parameters
        ----------
        network : StackedLSTM
            It must not change in the meantime.
        temperature, threshold
            See `lstmmusic.generation.sampler.generate`.

        Returns
        -------
        Bar
            Empty at the first call, if there is no primer.

        Raises
        ------
        ConfigError
            If the network has another number of pitches, or a setting is out of range.
        """
        before = self._take
        bar = self._make_sampler(network).take(
            bar_steps(self.config),
            temperature=temperature,
            threshold=threshold,
            seed=self._seed,
            metre=self._metre,
            quiet=True,
        )
        take = before.followed_by(bar) if before else bar
        start, stop = self._returned, len(take.tune) - bar_steps(self.config)
        self._take, self._returned, self._seed = take, stop, self._seed + 1
        notes = find_notes(take.tune)
        inside = (notes[:, 0] >= start) & (notes[:, 0] < stop)
        velocities = take.tune.packed_velocities
        return Bar(notes[inside], None if velocities is None else velocities[inside], start, stop, take)

    @property
    def silent_bars(self) -> int:
        """How many bars at the end of what was generated are silent; less than one does not count."""
        if self._take is None:
            return 0
        sounds = np.flatnonzero(self._take.generated.packed.any(axis=1))
        silent = len(self._take.generated) - int(sounds[-1] + 1 if len(sounds) else 0)
        return silent // bar_steps(self.config)

    @checked
    def find_sound(self, network: StackedLSTM, *, temperature: float, threshold: float) -> Remedy | None:
        """Find settings with which the next bar sounds, after silence with these; see `find_sound`."""
        before = Settings(temperature, threshold, self._seed)
        return find_sound(self._make_sampler(network), before, bar_steps(self.config))

    def _make_sampler(self, network: StackedLSTM) -> Sampler:
        """Read the end of the music so far, or the primer at first, with a network."""
        primer, before = self._primer, self._take
        if before:
            primer = before.tune.part(max(0, len(before.tune) - CONTEXT_STEPS), len(before.tune))
        return Sampler(network, primer, self.config)
