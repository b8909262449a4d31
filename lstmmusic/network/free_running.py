"""How a network runs freely: the steps that it samples are its next inputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import NetworkConfig
from lstmmusic.network.articulation import Articulate
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.outputs import Array, Sample, to_numpy
from lstmmusic.network.stepper import Stepper


def default_threshold(config: NetworkConfig) -> float:
    """Return the threshold that a network generates with by default.

    With an independent output it is 0.1, as in 2016. A joint output spreads a chord's probability over many notes, each
    given the ones below it, so that any threshold would silence some of what it samples: there it is 0.
    """
    return 0.1 if config.output == "independent" else 0.0


class Numbers(NamedTuple):
    """Random numbers in [0, 1), of float32.

    Parameters
    ----------
    notes : ndarray, (steps, takes, pitches)
    played : ndarray, (steps, takes, 2, pitches)
        For strikes and velocities.
    ends : ndarray, (steps, takes), or None
        Whether the tune ends before each step; None: never.
    """

    notes: Array
    played: Array
    ends: Array | None = None


class Samplers(NamedTuple):
    """The parts of a network that sample a step.

    Parameters
    ----------
    notes : Sample
        As `lstmmusic.network.outputs.Output.sampler` returns it.
    articulate : Articulate or None
        As `lstmmusic.network.articulation.Articulation.sampler` returns it, if the network has strikes.
    ending : tuple of ndarray and float, or None
        Weights, (features,), and constant of the log-odds of the end, if the network has one.
    """

    notes: Sample
    articulate: Articulate | None = None
    ending: tuple[Array, float] | None = None

    @classmethod
    def of(cls, network: StackedLSTM, temperature: float, threshold: float) -> Self:
        """Make the samplers of a network; temperature and threshold do not act on the end."""
        notes = network.output.sampler(temperature, threshold)
        articulate = network.articulation.sampler(temperature) if network.articulation else None
        if network.ending is None:
            return cls(notes, articulate)
        return cls(notes, articulate, (to_numpy(network.ending.weight[0]), network.ending.bias.item()))


class Sampled(NamedTuple):
    """A step of each take.

    Parameters
    ----------
    cells : ndarray of float32, (takes, pitches)
        Zeros and ones if the network has no strikes.
    probabilities : ndarray of float32, (takes, pitches)
        See `lstmmusic.network.outputs.Sample`.
    ended : ndarray of bool, (takes,)
        Whether the tune ends before this step.
    """

    cells: Array
    probabilities: Array
    ended: NDArray[np.bool_]


def run_freely(
    stepper: Stepper,
    samplers: Samplers,
    numbers: Numbers,
    last: Array,
    bias: Array,
    places: Array | None = None,
) -> Iterator[Sampled]:
    """Sample a step of each take, let it be the next input, and so on.

    Parameters
    ----------
    stepper : Stepper
        After the step `last`; it changes.
    samplers : Samplers
    numbers : Numbers
    last : ndarray, (takes or 1, pitches)
        The step before the first that is sampled: cells, or zeros and ones.
    bias : ndarray of float32, (2,)
        See `lstmmusic.network.model.StackedLSTM`.
    places : ndarray of float32, (steps + 1, takes or 1, PLACES), optional
        Where in the bar each step lies, and the one after them; by default that is not known.

    Yields
    ------
    Sampled
    """
    ended, biased = np.zeros(numbers.notes.shape[1], np.bool_), bias.any()
    if places is not None:
        stepper.place[:] = places[0]
    for step, uniforms in enumerate(numbers.notes):
        if numbers.ends is not None and samplers.ending is not None:
            weights, constant = samplers.ending
            log_odds = stepper.features[:, : len(weights)] @ weights + constant
            ended = numbers.ends[step] < 0.5 + 0.5 * np.tanh(0.5 * log_odds)
        added = np.broadcast_to(np.where(last > 0, bias[1], bias[0]), uniforms.shape) if biased else None
        last, probabilities = samplers.notes(stepper.features, uniforms, added)
        if samplers.articulate is not None:
            last = samplers.articulate(stepper.features, last, numbers.played[step])
        yield Sampled(last, probabilities, ended)
        stepper.step(last, None if places is None else places[step + 1])
