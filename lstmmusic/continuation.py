"""Music that goes on for as long as it is asked to, a bar at a time, each by the network as it is by then."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.generation import Sampler, Take
from lstmmusic.model import StackedLSTM
from lstmmusic.pianoroll import Tune, find_notes

# What a network hears of the music before a bar. Its state belongs to its weights, so other weights hear it anew.
CONTEXT_STEPS = 64
BEATS = 4  # of a bar
STEPS_WITHOUT_BEATS = 16


def bar_steps(config: RollConfig) -> int:
    """Return the steps of a bar: four beats, or 16 steps on a grid of seconds."""
    return max(1, round(BEATS / config.step)) if config.unit == "beats" else STEPS_WITHOUT_BEATS


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

    Attributes
    ----------
    take : Take or None
        All that there is by now: the primer, and the bars; None before the first.
    ready : int
        Steps of it whose notes have been given out.
    """

    def __init__(self, primer: Tune | None, config: RollConfig, seed: int = 0) -> None:
        self.take: Take | None = None
        self.ready = 0
        self._primer, self._config, self._seed = primer, config, seed

    def go_on(self, network: StackedLSTM, *, temperature: float = 1.0, threshold: float = 0.1) -> NDArray[np.int64]:
        """Add a bar, and give out the notes that begin before it.

        The notes of a bar are given out when the next one is there, since only then is known how long those last that
        sound at its end. What sounds even longer ends with the next bar.

        Parameters
        ----------
        network : StackedLSTM
            It must not change meanwhile.
        temperature, threshold : float
            See `lstmmusic.generation.generate`.

        Returns
        -------
        ndarray of int64, shape (notes, 3)
            As `find_notes` lists them; `ready` is then the step up to which they are complete.

        Raises
        ------
        ConfigError
            If the network has another number of pitches, or a setting is out of range.
        """
        before = self.take
        heard = before.tune.part(max(0, len(before.tune) - CONTEXT_STEPS), len(before.tune)) if before else self._primer
        bar = Sampler(network, heard, self._config).take(
            bar_steps(self._config), temperature=temperature, threshold=threshold, seed=self._seed, quiet=True
        )
        self.take = before.followed_by(bar) if before else bar
        self._seed += 1
        length = len(self.take.tune) - bar_steps(self._config)  # before the bar
        notes = find_notes(self.take.tune)
        given = notes[(notes[:, 0] >= self.ready) & (notes[:, 0] < length)]
        self.ready = length
        return given
