"""A tune that is watched: who plays it, what its units do, and what surgery changes. Knows nothing about widgets."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmmusic.analysis.surgery import Operation, operate
from lstmmusic.analysis.units import LayerUnits, order_by_firing, order_by_likeness, reading_units
from lstmmusic.base.progress import Work
from lstmmusic.config import NetworkConfig
from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.editing import continuing_edited
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.network.free_running import default_threshold
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.probabilities import AS_SAMPLED, PLAIN, NoteProbabilities, note_probabilities
from lstmmusic.studio.expression import Piece
from lstmmusic.studio.listening.originals import Original
from lstmmusic.studio.listening.takes import Made, NetworkOrigin, Request, load_network
from lstmmusic.training.weights import WeightSnapshot

# Steps of a tune that are watched at most: a message about a layer of 200 units then has 400 KB.
LONGEST = 2048

STORED, FIRING, LIKENESS = "as stored", "when they fire", "likeness"
ORDERS = {FIRING: order_by_firing, LIKENESS: order_by_likeness}


@dataclass(frozen=True, eq=False)
class OfTake:
    """A take that was generated, with the network that did.

    Parameters
    ----------
    made : Made
    index : int
    """

    made: Made
    index: int

    @property
    def tune(self) -> object:
        """What is watched, whatever the weights."""
        return self.made.takes[self.index]

    @property
    def origin(self) -> NetworkOrigin:
        """Whose network that is."""
        return self.made.origin

    def let_go(self) -> OfTake:
        """Return the same; takes hold no run."""
        return self

    @property
    def key(self) -> tuple[object, ...]:
        """What it depends on."""
        return (self.tune,)


@dataclass(frozen=True, eq=False)
class OfMusic:
    """A tune of the music, read by the network that Listening has chosen.

    Parameters
    ----------
    original : Original
    request : Request or None
        With that network; None once it was read, so that an earlier run does not stay in memory.
    origin : weakref or str
        Whose network that is.
    weights : tuple
        Which weights of it: newer ones of a run count once they were validated.
    """

    original: Original
    request: Request | None
    origin: NetworkOrigin
    weights: tuple[object, ...]

    @classmethod
    def now(cls, original: Original, request: Request) -> OfMusic:
        """Return a tune with the weights of this moment."""
        trainer = request.trainer
        version = (len(trainer.validations), request.newest) if trainer and not request.snapshot else ()
        origin = weakref.ref(trainer) if trainer else request.bundled
        return cls(original, request, origin, (request.snapshot, *version))

    def let_go(self) -> OfMusic:
        """Return the same without what it was read with."""
        return replace(self, request=None)

    @property
    def tune(self) -> object:
        """What is watched, whatever the weights."""
        return self.original

    @property
    def key(self) -> tuple[object, ...]:
        """What it depends on."""
        return (self.original, self.origin, *self.weights)


@dataclass(frozen=True, eq=False)
class Question:
    """What is to be shown.

    Parameters
    ----------
    subject : OfTake or OfMusic
    layer : int
    order : str
        `STORED`, `FIRING` or `LIKENESS`.
    operations : tuple of Operation
        What the network does not have is left out.
    past : int or None
        How many steps are remembered while a take is sampled; None for all.
    resets : bool
        See `lstmmusic.generate`.
    """

    subject: OfTake | OfMusic
    layer: int
    order: str
    operations: tuple[Operation, ...] = ()
    past: int | None = None
    resets: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """What the answer depends on."""
        return (self.subject.key, *self.rest)

    def let_go(self) -> Question:
        """Return the same without the run that it is asked of."""
        return replace(self, subject=self.subject.let_go())

    @property
    def rest(self) -> tuple[object, ...]:
        """What it depends on apart from the tune and the weights."""
        return (self.layer, self.order, *self.change)

    @property
    def change(self) -> tuple[object, ...]:
        """How the network differs from what it was."""
        return (self.operations, self.past, self.resets)


@dataclass(frozen=True, eq=False)
class Source:
    """A tune, and the network that reads it, before surgery.

    Parameters
    ----------
    take : Take
        Music that was not generated is a take without a primer and without random numbers.
    network : StackedLSTM
    weights : WeightSnapshot or None
        Those of the network; None for a bundled one.
    name : str
    piece : Piece or None
        What the tune begins with.
    probabilities : NoteProbabilities
    manner : dict or None
        How the take is continued; None for music.
    """

    take: Take
    network: StackedLSTM
    weights: WeightSnapshot | None
    name: str
    piece: Piece | None
    probabilities: NoteProbabilities
    manner: dict[str, Any] | None


@dataclass(frozen=True, eq=False)
class Reading:
    """What is shown.

    Parameters
    ----------
    question : Question
    source : Source
        Without the operations.
    network : StackedLSTM
        With them.
    takes : tuple of Take
        The tune alone, sampled again with the same random numbers if it is a take.
    probabilities : NoteProbabilities
    layers : tuple of LayerUnits
    order : ndarray of int, (units,)
        Of the layer that was asked for.
    seconds : float
        How long it took.
    """

    question: Question
    source: Source
    network: StackedLSTM
    takes: tuple[Take]
    probabilities: NoteProbabilities
    layers: tuple[LayerUnits, ...]
    order: NDArray[np.intp]
    seconds: float

    @property
    def take(self) -> Take:
        """The tune."""
        return self.takes[0]

    def has_notes_of(self, other: Reading) -> bool:
        """Return whether the notes are those of another reading, as where newer weights read the same music."""
        is_music = self.source.manner is None and self.question.subject.tune is other.question.subject.tune
        return self.takes is other.takes or (is_music and self.take.tune.config == other.take.tune.config)


class UnitReader:
    """Answers one question after the other, in one thread at a time; reuses what it has.

    Parameters
    ----------
    call : callable
        Runs a function between two updates, and waits for it; the weights of a run are read so.
    """

    def __init__(self, call: Callable[[Callable[[], Any]], Future[Any]]) -> None:
        self._call = call
        self._source: tuple[tuple[object, ...], Source] | None = None
        self._last: Reading | None = None
        self._orders: dict[tuple[int, str], NDArray[np.intp]] = {}
        self._ordered: object = None  # the tune that these are of: while a run learns, its units stay in their rows

    def reading(self, question: Question) -> Generator[object, None, Reading]:
        """Read in pieces, and return what is shown.

        Raises
        ------
        LSTMMusicError
            If the tune has no notes for the network, the operations are not possible, or its weights are not finite.
        """
        work, seconds = self._reading(question), 0.0
        while True:
            began = time.perf_counter()
            try:
                progress = next(work)
            except StopIteration as end:
                seconds += time.perf_counter() - began
                reading: Reading = replace(end.value, seconds=seconds)
                self._last = reading
                return reading
            seconds += time.perf_counter() - began
            yield progress

    def _reading(self, question: Question) -> Generator[object, None, Reading]:
        source = self._find_source(question.subject)
        if question.subject.tune is not self._ordered:
            self._ordered, self._orders = question.subject.tune, {}
        last = self._last
        if last and last.source is source and last.question.change == question.change:
            return replace(last, question=question.let_go(), order=self._find_order(question, last.layers))
        return (yield from self._operate(question, source))

    def _find_source(self, subject: OfTake | OfMusic) -> Source:
        if self._source is None or self._source[0] != subject.key:
            source = _source_of_take(subject) if isinstance(subject, OfTake) else self._source_of_music(subject)
            self._source = subject.key, source
        return self._source[1]

    def _source_of_music(self, subject: OfMusic) -> Source:
        original, request = subject.original, subject.request
        if request is None:
            raise ValueError("a tune that was read has no network any more")
        network, config, weights = self._call(partial(load_network, request)).result()
        tune = original.on(config)
        if tune is None or not len(tune):
            raise LSTMMusicError(
                f"{original.tune.name} has no note on the grid of this network; choose another tune, or another "
                f"network in Listening"
            )
        tune = tune.part(0, LONGEST) if len(tune) > LONGEST else tune
        probabilities = note_probabilities(network, tune)
        numbers = np.zeros((0, config.pitches), np.float32)
        take = Take(tune, 0, probabilities.values, numbers, 1.0, default_threshold(network), 0)
        return Source(take, network, weights, tune.name, None, probabilities, None)

    def _operate(self, question: Question, source: Source) -> Generator[object, None, Reading]:
        network, take, probabilities = source.network, source.take, source.probabilities
        operations = [each for each in question.operations if fits(each, network.config)]
        if operations:
            network = operate(network, operations)
        if source.manner is not None and (operations or question.past):
            take = yield from resampling(network, take, source.manner, question.past, resets=question.resets)
            probabilities = replace(probabilities, values=take.probabilities)
        elif operations:
            probabilities = note_probabilities(network, take.tune)
            take = replace(take, probabilities=probabilities.values)
        layers = yield from reading_units(network, take.tune)
        if not all(np.isfinite(values).all() for layer in layers for values in (layer.h, layer.c)):
            raise LSTMMusicError(
                "the weights of this network are not finite, or so large that its units are not: there is nothing to "
                "see; choose earlier weights with Learning under Listening, or undo what was scaled"
            )
        order = self._find_order(question, layers)
        return Reading(question.let_go(), source, network, (take,), probabilities, layers, order, 0.0)

    def _find_order(self, question: Question, layers: tuple[LayerUnits, ...]) -> NDArray[np.intp]:
        values, key = layers[question.layer].h, (question.layer, question.order)
        known = self._orders.get(key)
        if known is None or len(known) != values.shape[1]:
            order = ORDERS.get(question.order)
            known = self._orders[key] = order(values) if order else np.arange(values.shape[1])
        return known


def fits(operation: Operation, config: NetworkConfig) -> bool:
    """Return whether a network has the unit, or the skip connection, of an operation."""
    is_skip = operation.part == "from input" and operation.layer > 0
    is_skip = is_skip or (operation.part == "to output" and operation.layer < len(config.hidden) - 1)
    return (operation.unit or 0) < config.hidden[operation.layer] and (config.skip or not is_skip)


def resampling(
    network: StackedLSTM, take: Take, manner: dict[str, Any], past: int | None, *, resets: bool = False
) -> Work[Take]:
    """Sample a take again after its primer, with its random numbers; with a limited past, those of its seed."""
    steps = max(1, manner["steps"] if take.ended else len(take.tune) - take.primer_steps)
    settings = {"until_end": manner["until_end"], "metre": manner["metre"]}
    if take.primer_steps and past is None:
        return (yield from continuing_edited(network, take, take.tune, take.primer_steps, steps=steps, **settings))
    primer = take.tune.part(0, take.primer_steps) if take.primer_steps else None
    settings |= {"temperature": take.temperature, "threshold": take.threshold, "seed": take.seed}
    sampler = Sampler(network, primer, take.tune.config)
    (sampled,) = yield from sampler.generating(steps, past=past, resets=resets, **settings)
    return sampled


def _source_of_take(subject: OfTake) -> Source:
    made, index = subject.made, subject.index
    take, request = made.takes[index], made.request
    meaning = PLAIN if made.network.config.output == "independent" else AS_SAMPLED
    manner = {"steps": request.steps, **request.manner}
    shown = NoteProbabilities(take.probabilities, meaning)
    return Source(take, made.network, made.weights, made.names[index], made.piece, shown, manner)
