"""How a network runs freely: the steps that it samples are its next inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Self

import numpy as np

from lstmmusic.network.articulation import Articulate
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.outputs import Array, Sample
from lstmmusic.network.stepper import Stepper


def default_threshold(network: StackedLSTM) -> float:
    """Return the threshold that a network generates with by default.

    With an independent output it is what training has set from the music, or that of 2016. A joint output spreads a
    chord's probability over many notes, each given the ones below it, so that any threshold would silence some of what
    it samples: there it is 0.
    """
    threshold = network.independent_threshold
    return 0.0 if threshold is None else round(float(threshold), 4)


class Numbers(NamedTuple):
    """Random numbers in [0, 1), of float32.

    Parameters
    ----------
    notes : ndarray, (steps, takes, pitches)
    played : ndarray, (steps, takes, 2, pitches)
        For strikes and velocities.
    ends : ndarray, (steps, takes)
        For whether the tune ends before each step.
    """

    notes: Array
    played: Array
    ends: Array

    @classmethod
    def draw(cls, random: np.random.Generator, steps: int, takes: int, pitches: int) -> Self:
        """Draw numbers for some steps of some takes."""
        shapes = (steps, takes, pitches), (steps, takes, 2, pitches), (steps, takes)
        return cls(*(random.random(shape, np.float32) for shape in shapes))


class Samplers(NamedTuple):
    """The parts of a network that sample a step.

    Parameters
    ----------
    notes : Sample
        As `lstmmusic.network.outputs.Output.sampler` returns it.
    articulate : Articulate or None
        As `lstmmusic.network.articulation.Articulation.sampler` returns it, if the network has strikes.
    ending : callable or None
        As `lstmmusic.network.ending.Ending.sampler` returns it, if the network has one, and it is of use.
    bias : ndarray of float32, (2,)
        The first numbers of the network's `sampling_bias`; the others are in the parts that they belong to.
    """

    notes: Sample
    articulate: Articulate | None
    ending: Callable[[Array], Array] | None
    bias: Array

    @classmethod
    def of(cls, network: StackedLSTM, temperature: float, threshold: float, *, may_end: bool = True) -> Self:
        """Make the samplers of a network; temperature and threshold do not act on the end."""
        bias = network.sampling_bias.cpu().numpy().copy()
        articulate = ending = None
        if network.articulation is not None:
            articulate = network.articulation.sampler(temperature, bias[2])
        if network.ending is not None and may_end:
            ending = network.ending.sampler(float(bias[3]))
        return cls(network.output.sampler(temperature, threshold), articulate, ending, bias[:2])


class Sampled(NamedTuple):
    """A step of each take.

    Parameters
    ----------
    cells : ndarray of float32, (takes, pitches)
        Zeros and ones if the network has no strikes.
    probabilities : ndarray of float32, (takes, pitches)
        See `lstmmusic.network.outputs.Sample`.
    ends : ndarray of float32, (takes,)
        The probability that the tune ends before this step: it does where that is above the random number.
    """

    cells: Array
    probabilities: Array
    ends: Array


def run_freely(
    stepper: Stepper,
    samplers: Samplers,
    numbers: Numbers,
    last: Array,
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
    places : ndarray of float32, (steps + 1, takes or 1, PLACES), optional
        Where in the bar each step lies, and the one after them; by default that is not known.

    Yields
    ------
    Sampled
    """
    bias, biased = samplers.bias, samplers.bias.any()
    ends = np.zeros(numbers.notes.shape[1], np.float32)
    if places is not None:
        stepper.place[:] = places[0]
    for step, uniforms in enumerate(numbers.notes):
        if samplers.ending is not None:
            ends = samplers.ending(stepper.features)
        added = np.broadcast_to(np.where(last > 0, bias[1], bias[0]), uniforms.shape) if biased else None
        last, probabilities = samplers.notes(stepper.features, uniforms, added)
        if samplers.articulate is not None:
            last = samplers.articulate(stepper.features, last, numbers.played[step])
        yield Sampled(last, probabilities, ends)
        stepper.step(last, None if places is None else places[step + 1])
