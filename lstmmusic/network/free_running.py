"""How a network runs freely: the steps that it samples are its next inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmmusic.config import NetworkConfig
from lstmmusic.network.outputs import Array, Sample
from lstmmusic.network.stepper import Stepper


def default_threshold(config: NetworkConfig) -> float:
    """Return the threshold that a network generates with by default.

    With an independent output it is 0.1, as in 2016. A joint output spreads a chord's probability over many notes, each
    given the ones below it, so that any threshold would silence some of what it samples: there it is 0.
    """
    return 0.1 if config.output == "independent" else 0.0


def run_freely(
    stepper: Stepper, sample: Sample, uniforms: Array, last: Array, bias: Array
) -> Iterator[tuple[Array, Array]]:
    """Sample a step of each take, let it be the next input, and so on.

    Parameters
    ----------
    stepper : Stepper
        After the step `last`; it changes.
    sample : Sample
        As `lstmmusic.network.outputs.Output.sampler` returns it.
    uniforms : ndarray of float32, (steps, takes, pitches)
        Random numbers in [0, 1).
    last : ndarray of zeros and ones, (takes or 1, pitches)
        The step before the first that is sampled.
    bias : ndarray of float32, (2,)
        See `lstmmusic.network.model.StackedLSTM`.

    Yields
    ------
    notes, probabilities : ndarray of float32, (takes, pitches)
        See `lstmmusic.network.outputs.Sample`.
    """
    biased = bias.any()
    for numbers in uniforms:
        added = np.broadcast_to(np.where(last > 0, bias[1], bias[0]), numbers.shape) if biased else None
        last, probabilities = sample(stepper.features, numbers, added)
        stepper.step(last)
        yield last, probabilities
