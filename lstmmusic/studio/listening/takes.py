"""Takes that the page requests; what was computed for the last request is reused. Knows nothing about widgets."""

from __future__ import annotations

import weakref
from collections.abc import Generator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from lstmmusic.base.progress import Progress, advance, finish
from lstmmusic.config import RollConfig
from lstmmusic.generation.diagnosis import Diagnosis, Reference, diagnose
from lstmmusic.generation.sampler import Sampler, Take, TakesSoFar
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.as_code import PrimerSource
from lstmmusic.runs.bundled import load_bundled
from lstmmusic.runs.favourites import Favourite
from lstmmusic.studio.expression import Piece
from lstmmusic.studio.listening.originals import Original, scale_part
from lstmmusic.studio.listening.work import Takes, Work, append_work, do_all, work_on
from lstmmusic.training.trainer import Trainer
from lstmmusic.training.weights import WeightSnapshot


@dataclass(frozen=True, eq=False)
class Request:
    """The takes to be generated, and from what.

    Parameters
    ----------
    trainer : Trainer or None
        The trainer of the run whose weights are used; None for a bundled network.
    bundled : str
        The name of that network.
    newest : bool
        Whether to use the newest weights of the run, rather than the best.
    snapshot : WeightSnapshot or None
        Weights as they were earlier in the run, to be used instead.
    primer : Original or None
        It is laid on the grid of the network.
    part : (int, int)
        First step of the primer that is used, and the step after the last.
    grid : RollConfig
        The grid of these steps.
    reference : tuple of Tune
        Music with which takes on its grid are compared; others are not diagnosed.
    steps, takes : int
    settings : dict
        Temperature, threshold, seed, whether the network may end a tune, and the metre of one from nothing.
    varies : bool
        Whether the takes are those before, with the same random numbers, of a moved slider or of newer weights.
    follows : bool
        Whether newer weights alone are why they are asked for; they do not replace takes that play meanwhile.
    given : tuple of Take
        Takes that are there already, and are not generated.
    depths : tuple of int
        How many branches lead to each of these; none where they are no tree.
    favourite : Favourite or None
        The favourite that is given, or the first one of a tree.
    work : tuple of Work
        What is done to the takes, in this order.
    """

    trainer: Trainer | None
    bundled: str
    newest: bool
    snapshot: WeightSnapshot | None
    primer: Original | None
    part: tuple[int, int]
    grid: RollConfig
    reference: tuple[Tune, ...]
    steps: int
    takes: int
    settings: dict[str, Any]
    varies: bool = False
    follows: bool = False
    given: tuple[Take, ...] = ()
    depths: tuple[int, ...] = ()
    favourite: Favourite | None = None
    work: tuple[Work, ...] = ()

    @property
    def source(self) -> tuple[object, ...]:
        """The network, the primer and the seed: takes of a run that have these in common are variations."""
        return self.bundled, self.primer, self.part, self.grid, self.settings["seed"], self.given

    @property
    def manner(self) -> dict[str, Any]:
        """The settings but the seed."""
        return {name: value for name, value in self.settings.items() if name != "seed"}

    @property
    def slides(self) -> bool:
        """Whether the user moves a slider, rather than newer weights being why they are asked for."""
        return self.varies and not self.follows

    def primer_on(self, grid: RollConfig) -> Tune | None:
        """Return the part of the primer that is used, on the grid of a network; None if no note of it is there."""
        found = self._find_part(grid)
        return found[0].part(*found[1]) if found else None

    def piece_on(self, grid: RollConfig) -> Piece | None:
        """Return the piece that the primer is from, or None if there is none; may read a file."""
        found = self._find_part(grid)
        score = self.primer.score() if self.primer and found else None
        return Piece(score, found[1][0]) if score and found else None

    def primer_source_on(self, grid: RollConfig) -> PrimerSource | None:
        """Return where the primer is from, or None if that is no file which is still there; may read it."""
        file, found = self.primer and self.primer.file, self._find_part(grid)
        return PrimerSource(*file, *found[1]) if file and found and self.piece_on(grid) else None

    def _find_part(self, grid: RollConfig) -> tuple[Tune, tuple[int, int]] | None:
        start, stop = self.part
        before = self.primer.on(self.grid) if self.primer and stop > start else None
        after = self.primer.on(grid) if self.primer and before else None
        return (after, scale_part(self.part, before, after)) if before and after else None


# The run of a network, as long as it is the current one, or the name of a bundled network.
NetworkOrigin = weakref.ref[Trainer] | str


@dataclass(frozen=True, eq=False)
class Made:
    """The takes of a request; they do not keep the run that they are from, or its music, in memory.

    Parameters
    ----------
    request : Request
        Without its trainer and its reference.
    takes : tuple of Take
    depths : tuple of int
        How many branches lead to each.
    findings : tuple of Diagnosis or None
        Whether, and how, each take collapsed.
    sampler : Sampler
    network : StackedLSTM
    weights : WeightSnapshot or None
        Those of the network; None for a bundled one.
    reference : Reference or None
    piece : Piece or None
        What the primer is from.
    endless : bool
        Whether the take is endless music that has ended.
    only : int or None
        Which of the takes was generated, if the others are still those of before; see `completing`.
    run : reference to Trainer, or None
        The trainer of the request, as long as it is the current one; None for a bundled network.
    """

    request: Request
    takes: tuple[Take, ...]
    depths: tuple[int, ...]
    findings: tuple[Diagnosis | None, ...]
    sampler: Sampler
    network: StackedLSTM
    weights: WeightSnapshot | None
    reference: Reference | None
    piece: Piece | None
    endless: bool = False
    only: int | None = None
    run: weakref.ref[Trainer] | None = None

    def __post_init__(self) -> None:
        """Let go of the trainer."""
        request = self.request
        if request.trainer:
            object.__setattr__(self, "run", weakref.ref(request.trainer))
        object.__setattr__(self, "request", replace(request, trainer=None, reference=()))

    @property
    def origin(self) -> NetworkOrigin:
        """Whose network they are of."""
        return self.run or self.request.bundled

    def has(self, index: int) -> bool:
        """Return whether a take was generated, rather than being still that of before."""
        return self.only in (None, index)

    def is_of(self, trainer: Trainer | None) -> bool:
        """Return whether these are takes of the run of a trainer."""
        return self.run is not None and trainer is not None and self.run() is trainer

    @property
    def favourite(self) -> Favourite | None:
        """The favourite that is given by itself, rather than as a tree with its branches."""
        return self.request.favourite if len(self.takes) == 1 else None

    @property
    def labels(self) -> tuple[str, ...]:
        """What each is called: a number, with another for each branch, as in "2.1"."""
        if self.endless or self.favourite:
            return ("∞" if self.endless else "★",)
        numbers: list[int] = []
        labels = []
        for depth in self.depths:
            numbers = [*numbers[: depth + 1], *([0] * (depth + 1 - len(numbers)))]
            numbers[depth] += 1
            labels.append(".".join(map(str, numbers)))
        return tuple(labels)

    @property
    def names(self) -> tuple[str, ...]:
        """What each is, for instance "Take 2 after BWV 6.6, update 976"."""
        if self.favourite:
            return (self.favourite.name,)
        source = f"update {self.weights.update:,}" if self.weights else f"bundled {self.request.bundled}"
        source = self.request.favourite.origin if self.request.favourite else source
        what = ("Endless music",) if self.endless else tuple(f"Take {label}" for label in self.labels)
        return tuple(
            f"{each} {take.tune.name}, {source if self.has(index) else 'being generated'}"
            for index, (each, take) in enumerate(zip(what, self.takes, strict=True))
        )


@dataclass(frozen=True, eq=False)
class Part(Progress):
    """The first steps of a take, while the others are generated.

    Parameters
    ----------
    take : Take
    sampler : Sampler
    """

    take: Take
    sampler: Sampler


# Takes that are generated: some of the progress is a `Part`.
Growth = Generator[Progress, None, Made]

# The steps of the first part of a take, and how many times as many the next one has.
FIRST, MORE = 64, 4


class TakeMaker:
    """Generates takes, one request after the other, in one thread, between two updates."""

    def __init__(self) -> None:
        self._source: tuple[object, ...] = ()
        self._found: tuple[StackedLSTM, RollConfig, WeightSnapshot | None] | None = None
        self._sampler: tuple[tuple[Any, ...], tuple[Sampler, Piece | None]] | None = None
        self._reference_of = lru_cache(maxsize=1)(Reference.of)

    def make(self, request: Request) -> Made:
        """Generate the takes of a request."""
        return finish(self.making(request), "", quiet=True)

    def making(self, request: Request) -> Growth:
        """Generate the takes of a request, and yield the parts of the first one."""
        network, config, weights = self._find_network(request)
        sampler, piece = self._find_sampler(network, config, request)
        given = request.given or (yield from _sample(sampler, request))
        takes = do_all(request.work, Takes(given, request.depths or (0,) * len(given)), network, request.manner)
        tunes = request.reference
        reference = self._reference_of(tunes) if tunes and tunes[0].config == config else None
        # What was done to a take is the user's choice.
        findings = diagnose_all(takes.takes, None if request.work or request.given else reference)
        return Made(request, takes.takes, takes.depths, findings, sampler, network, weights, reference, piece)

    def making_one(self, request: Request, index: int, before: Made) -> Growth:
        """Generate one of the takes of a request; in place of the others stand takes of before."""
        seed, work = request.settings["seed"] + index, work_on(request.work, index)
        made = yield from self.making(replace(request, takes=1, settings=request.settings | {"seed": seed}, work=work))
        takes = Takes(before.takes, before.depths).replace(index, made.takes[0]).takes
        findings = (None,) * len(takes)
        return replace(made, request=request, takes=takes, depths=before.depths, findings=findings, only=index)

    def _find_network(self, request: Request) -> tuple[StackedLSTM, RollConfig, WeightSnapshot | None]:
        trainer = request.trainer
        source: tuple[object, ...] = (trainer or request.bundled, request.snapshot)
        if trainer and not request.snapshot:
            # The best weights are replaced when others are better, and never changed in place.
            source += (len(trainer.losses) if request.newest else id(trainer.best),)
        if self._found is None or source != self._source:
            self._found, self._source = load_network(request), source
        return self._found

    def _find_sampler(self, network: StackedLSTM, config: RollConfig, request: Request) -> tuple[Sampler, Piece | None]:
        key = (network, request.primer, request.part, request.grid)
        if self._sampler is None or self._sampler[0] != key:
            self._sampler = key, (Sampler(network, request.primer_on(config), config), request.piece_on(config))
        return self._sampler[1]


def load_network(request: Request) -> tuple[StackedLSTM, RollConfig, WeightSnapshot | None]:
    """Make the network of a request; to be called between two updates.

    Returns
    -------
    network : StackedLSTM
    config : RollConfig
        The grid of its tunes.
    weights : WeightSnapshot or None
        None for a bundled network.
    """
    trainer = request.trainer
    if trainer is None:
        return *load_bundled(request.bundled), None
    weights = request.snapshot or (trainer.newest_snapshot() if request.newest else trainer.best_snapshot())
    return weights.network(), trainer.training.config, weights


def diagnose_all(takes: tuple[Take, ...], reference: Reference | None) -> tuple[Diagnosis | None, ...]:
    """Return whether, and how, each take collapsed."""
    return tuple(diagnose(take, reference) if reference else None for take in takes)


def _sample(sampler: Sampler, request: Request) -> Generator[Progress, None, tuple[Take, ...]]:
    sampling = sampler.generating(request.steps, takes=request.takes, **request.settings)
    pause = FIRST
    while isinstance(now := advance(sampling), TakesSoFar):
        if pause <= now.done < now.total:
            pause *= MORE
            yield Part(now.done, now.total, now.make()[0], sampler)
        else:
            yield now
    return now


def completing(made: Made) -> Growth:
    """Generate the takes of a request of which only one was generated, with the same network."""
    request, only = made.request, made.only
    if only is None:
        return made
    sampled = yield from made.sampler.generating(request.steps, takes=request.takes, **request.settings)
    others = tuple(work for work in request.work if work.index != only)
    worked = do_all(others, Takes(sampled, made.depths), made.network, request.manner)
    takes = worked.replace(only, made.takes[only]).takes
    findings = diagnose_all(takes, None if request.work else made.reference)
    return replace(made, takes=takes, findings=findings, only=None)


def add_work(request: Request, work: Work) -> Request:
    """Return a request for the same takes, with some more work done to one of them."""
    return replace(request, work=append_work(request.work, work), varies=False, follows=False, favourite=None)


def is_variation(one: Take, other: Take) -> bool:
    """Return whether two takes have the same primer and seed: an edit of one can be made to the other as well."""
    first, second = ((take.seed, take.primer_steps, take.tune.name, take.tune.config) for take in (one, other))
    return first == second


def working_on(growth: Growth, request: Request) -> Growth:
    """Do the last work of a request to takes, with their network; to be called between two updates."""
    made = yield from completing((yield from growth))
    takes = request.work[-1].do(Takes(made.takes, made.depths), made.network, request.manner)
    findings = (None,) * len(takes.takes)
    return replace(made, request=request, takes=takes.takes, depths=takes.depths, findings=findings, endless=False)
