"""How a network runs freely: the steps that it samples are its next inputs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lstmmusic.network.outputs import Array, Sample
from lstmmusic.network.stepper import Stepper


def run_freely(
    stepper: Stepper, sample: Sample, uniforms: Array, last: Array, bias: Array | None = None
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
    bias : ndarray of float32, (2,), optional
        What is added to the log-odds of each note: of those that were silent in the step before, and that sounded.

    Yields
    ------
    notes, probabilities : ndarray of float32, (takes, pitches)
        See `lstmmusic.network.outputs.Sample`.
    """
    for numbers in uniforms:
        added = None if bias is None else np.broadcast_to(np.where(last > 0, bias[1], bias[0]), numbers.shape)
        last, probabilities = sample(stepper.features, numbers, added)
        stepper.step(last)
        yield last, probabilities
