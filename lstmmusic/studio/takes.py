"""Takes as the page wishes for them: what was computed for the wish before is used again. It knows no widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lstmmusic.config import RollConfig
from lstmmusic.generation.diagnosis import Diagnosis, Reference, diagnose
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.bundled import load_bundled
from lstmmusic.training.trainer import Trainer


@dataclass(frozen=True, eq=False)
class Wish:
    """What is to be made, and of what.

    Parameters
    ----------
    trainer : Trainer or None
        Whose best weights play; None: the bundled network.
    fresh : bool
        Whether weights count that are newer than those of the takes before.
    primer : Tune or None
    part : (int, int)
        Steps of the primer that are heard.
    known : sequence of Tune
        Music to compare with; without any, nothing is found wrong.
    steps, takes : int
    settings : dict
        Temperature, threshold and seed.
    """

    trainer: Trainer | None
    fresh: bool
    primer: Tune | None
    part: tuple[int, int]
    known: Sequence[Tune]
    steps: int
    takes: int
    settings: dict[str, Any]

    @property
    def heard(self) -> Tune | None:
        """The part of the primer that is heard, or None."""
        start, stop = self.part
        return self.primer.part(start, stop) if self.primer is not None and stop > start else None


@dataclass(frozen=True, eq=False)
class Made:
    """What was made for a wish.

    Parameters
    ----------
    takes : tuple of Take
    findings : tuple of Diagnosis or None
        Of each take, whether it collapsed, and how.
    sampler : Sampler
    network : StackedLSTM
    reference : Reference or None
    wish : Wish
    """

    takes: tuple[Take, ...]
    findings: tuple[Diagnosis | None, ...]
    sampler: Sampler
    network: StackedLSTM
    reference: Reference | None
    wish: Wish


class TakeMaker:
    """Makes takes, one wish after the other, in one thread."""

    def __init__(self) -> None:
        self._trainer: Trainer | None = None
        self._network: tuple[StackedLSTM, RollConfig] | None = None
        self._sampler: tuple[tuple[Any, ...], Sampler] | None = None
        self._reference: tuple[Sequence[Tune], Reference] | None = None

    def make(self, wish: Wish) -> Made:
        """Make what is wished for.

        Raises
        ------
        ConfigError
            If the primer does not fit the network.
        """
        network, config = self._find_network(wish)
        sampler = self._find_sampler(network, config, wish)
        reference = self._find_reference(wish.known)
        takes = sampler.takes(wish.steps, takes=wish.takes, quiet=True, **wish.settings)
        findings = tuple(diagnose(take, reference) if reference else None for take in takes)
        return Made(takes, findings, sampler, network, reference, wish)

    def _find_network(self, wish: Wish) -> tuple[StackedLSTM, RollConfig]:
        trainer = wish.trainer
        if self._network is None or trainer is not self._trainer or (wish.fresh and trainer is not None):
            self._network = (trainer.best_network(), trainer.training.config) if trainer else load_bundled()
            self._trainer = trainer
        return self._network

    def _find_sampler(self, network: StackedLSTM, config: RollConfig, wish: Wish) -> Sampler:
        key = (network, wish.primer, wish.part)
        if self._sampler is None or any(
            old is not new and old != new for old, new in zip(self._sampler[0], key, strict=True)
        ):
            self._sampler = key, Sampler(network, wish.heard, config)
        return self._sampler[1]

    def _find_reference(self, known: Sequence[Tune]) -> Reference | None:
        if not known:
            return None
        if self._reference is None or self._reference[0] is not known:
            self._reference = known, Reference.of(known)
        return self._reference[1]
