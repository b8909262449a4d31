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
SILENT_BARS = 2  # that are left out there, since networks that have read so much silence seldom leave it
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
        return self._silent_steps // bar_steps(self.config)

    @checked
    def find_sound(self, network: StackedLSTM, *, temperature: float, threshold: float) -> Remedy:
        """Find settings with which the next bar sounds, after silence with these; see `find_sound`."""
        before = Settings(temperature, threshold, self._seed)
        return find_sound(self._make_sampler(network), before, bar_steps(self.config))

    def _make_sampler(self, network: StackedLSTM) -> Sampler:
        """Read the end of the music so far with a network; the primer at first, and where that did not end silence."""
        if self._take is None or self.silent_bars > SILENT_BARS:
            context = self._primer
        else:
            end = len(self._take.tune) - self._left_out
            context = self._take.tune.part(max(0, end - CONTEXT_STEPS), end) if end else None
        return Sampler(network, _end_silent(context) if self._left_out else context, self.config)

    @property
    def _left_out(self) -> int:
        """How many silent steps at the end are no context: whole bars, so that the next step lies where it did."""
        if self.silent_bars < SILENT_BARS or self._take is None:
            return 0
        metre = self._take.tune.metre
        bar = round(metre[-1].bar / self.config.step) if metre else bar_steps(self.config)
        return self._silent_steps // bar * bar

    @property
    def _silent_steps(self) -> int:
        """How many steps at the end of what was generated are silent."""
        if self._take is None:
            return 0
        generated = self._take.generated
        sounding = np.flatnonzero(generated.packed.any(axis=1))
        return len(generated) - (int(sounding[-1]) + 1 if len(sounding) else 0)


def _end_silent(tune: Tune | None) -> Tune | None:
    """Silence the last step, so that what is generated after it begins there, as it does after a silence."""
    if tune is None or len(tune) == 1:
        return None
    return tune.part(0, len(tune) - 1).followed_by(np.zeros((1, tune.config.pitches)), tune.name)
