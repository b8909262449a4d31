"""Takes that the page requests; what was computed for the last request is reused. Knows nothing about widgets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lstmmusic.config import RollConfig
from lstmmusic.generation.diagnosis import Diagnosis, Reference, diagnose
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.bundled import load_bundled
from lstmmusic.studio.expression import Piece
from lstmmusic.studio.originals import Original, scale_part
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

    def primer_on(self, grid: RollConfig) -> Tune | None:
        """Return the part of the primer that is used, on the grid of a network; None if no note of it is there."""
        found = self._find_part(grid)
        return found[0].part(*found[1]) if found else None

    def piece_on(self, grid: RollConfig) -> Piece | None:
        """Return the piece that the primer is from, or None if there is none; may read a file."""
        found = self._find_part(grid)
        score = self.primer.score() if self.primer and found else None
        return Piece(score, found[1][0]) if score and found else None

    def _find_part(self, grid: RollConfig) -> tuple[Tune, tuple[int, int]] | None:
        start, stop = self.part
        before = self.primer.on(self.grid) if self.primer and stop > start else None
        after = self.primer.on(grid) if self.primer and before else None
        return (after, scale_part(self.part, before, after)) if before and after else None


@dataclass(frozen=True, eq=False)
class Made:
    """The takes of a request.

    Parameters
    ----------
    request : Request
    takes : tuple of Take
    findings : tuple of Diagnosis or None
        Whether, and how, each take collapsed.
    sampler : Sampler
    network : StackedLSTM
    weights : WeightSnapshot or None
        Those of the network; None for a bundled one.
    reference : Reference or None
    piece : Piece or None
        What the primer is from.
    """

    request: Request
    takes: tuple[Take, ...]
    findings: tuple[Diagnosis | None, ...]
    sampler: Sampler
    network: StackedLSTM
    weights: WeightSnapshot | None
    reference: Reference | None
    piece: Piece | None


class TakeMaker:
    """Generates takes, one request after the other, in one thread, between two updates."""

    def __init__(self) -> None:
        self._source: tuple[object, ...] = ()
        self._found: tuple[StackedLSTM, RollConfig, WeightSnapshot | None] | None = None
        self._sampler: tuple[tuple[Any, ...], tuple[Sampler, Piece | None]] | None = None
        self._reference_of = lru_cache(maxsize=1)(Reference.of)

    def make(self, request: Request) -> Made:
        """Generate the takes of a request."""
        network, config, weights = self._find_network(request)
        sampler, piece = self._find_sampler(network, config, request)
        tunes = request.reference
        reference = self._reference_of(tunes) if tunes and tunes[0].config == config else None
        takes = sampler.takes(request.steps, takes=request.takes, quiet=True, **request.settings)
        findings = tuple(diagnose(take, reference) if reference else None for take in takes)
        return Made(request, takes, findings, sampler, network, weights, reference, piece)

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
