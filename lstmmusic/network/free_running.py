"""How a network runs freely: the steps that it samples are its next inputs."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.base.progress import Progress
from lstmmusic.music.cells import Cells
from lstmmusic.network.articulation import Articulate
from lstmmusic.network.devices import blas_threads
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.outputs import Array, Sample
from lstmmusic.network.stepper import TakeReader

# Steps that are sampled without a pause.
PART = 32


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

    def added(self, last: Array, takes: int) -> Array | None:
        """Return what is added to the log-odds of notes after the step `last`, (takes or 1, pitches)."""
        if not self.bias.any():
            return None
        return np.broadcast_to(np.where(last > 0, self.bias[1], self.bias[0]), (takes, last.shape[1]))


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
    stepper: TakeReader,
    samplers: Samplers,
    numbers: Numbers,
    last: Array,
    places: Array | None = None,
) -> Iterator[Sampled]:
    """Sample a step of each take, let it be the next input, and so on.

    Parameters
    ----------
    stepper : TakeReader
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
    ends = np.zeros(numbers.notes.shape[1], np.float32)
    if places is not None:
        stepper.place[:] = places[0]
    for step, uniforms in enumerate(numbers.notes):
        if samplers.ending is not None:
            ends = samplers.ending(stepper.features)
        last, probabilities = samplers.notes(stepper.features, uniforms, samplers.added(last, len(uniforms)))
        if samplers.articulate is not None:
            last = samplers.articulate(stepper.features, last, numbers.played[step])
        yield Sampled(last, probabilities, ends)
        stepper.step(last, None if places is None else places[step + 1])


def read_steps(
    stepper: TakeReader, cells: Array, last: Array, places: Array | None = None, samplers: Samplers | None = None
) -> tuple[Array, Array]:
    """Read given steps of a take, with the arithmetic of `run_freely`: what follows is the same to the last bit.

    Parameters
    ----------
    stepper, last, places
        See `run_freely`.
    cells : ndarray of float32, (steps, pitches)
    samplers : Samplers, optional
        With threshold 0. Without, the notes have no probabilities.

    Returns
    -------
    last : ndarray, (1, pitches)
        The last step that was read.
    probabilities : ndarray of float32, (steps or 0, pitches)
        Of each note given those below it in `cells`.
    """
    probabilities = [np.empty((0, cells.shape[1]), np.float32)]
    if places is not None:
        stepper.place[:] = places[0]
    for step, given in enumerate(cells[:, None]):
        if samplers is not None:
            numbers = np.where(given > 0, np.float32(-1), np.float32(2))  # with which it is sampled for certain
            probabilities.append(samplers.notes(stepper.features, numbers, samplers.added(last, 1))[1])
        last = given
        stepper.step(last, None if places is None else places[step + 1])
    return last, np.concatenate(probabilities)


class Steps(NamedTuple):
    """The steps of some takes that were sampled.

    Parameters
    ----------
    cells : ndarray of uint8, (steps, takes, pitches)
    probabilities : ndarray of float32, (steps, takes, pitches)
        See `lstmmusic.network.outputs.Sample`.
    lengths : ndarray of int64, (takes,)
        The steps of each take; what follows them is undefined.
    """

    cells: Cells
    probabilities: Array
    lengths: NDArray[np.int64]

    def before(self, stop: int) -> Steps:
        """Return the steps before another."""
        return Steps(self.cells[:stop], self.probabilities[:stop], np.minimum(self.lengths, stop))


@dataclass(frozen=True, eq=False)
class StepsSoFar(Progress):
    """How many steps are sampled, and these: what follows them is still to come."""

    steps: Steps


def sample_steps(
    stepper: TakeReader,
    samplers: Samplers,
    numbers: Numbers,
    last: Array,
    places: Array | None = None,
    *,
    until_end: bool = False,
    least: int = 1,
) -> Generator[StepsSoFar, None, Steps]:
    """Sample the steps of takes, and yield those so far.

    Parameters
    ----------
    stepper, samplers, numbers, last, places
        See `run_freely`.
    until_end : bool
        Whether a take has no more steps where the network ends it.
    least : int
        The steps before which no take ends.
    """
    steps, takes, pitches = numbers.notes.shape
    cells = np.empty((steps, takes, pitches), np.uint8)
    probabilities = np.empty((steps, takes, pitches), np.float32)
    sampled = Steps(cells, probabilities, np.full(takes, steps))
    # As many threads as torch has; one is fastest for a vector, and several wait for each other on a busy machine.
    threads = 1 if takes == 1 else torch.get_num_threads()
    running = run_freely(stepper, samplers, numbers, last, places)
    for start in range(0, steps, PART):
        part = range(start, min(start + PART, steps))
        with blas_threads(threads):  # and not while others work
            for step, now in zip(part, running, strict=False):
                if until_end and step >= least:
                    sampled.lengths[(numbers.ends[step] < now.ends) & (sampled.lengths == steps)] = step
                    if (sampled.lengths < steps).all():
                        return sampled
                cells[step], probabilities[step] = now.cells, now.probabilities
        yield StepsSoFar(part.stop, steps, sampled.before(part.stop))
    return sampled
