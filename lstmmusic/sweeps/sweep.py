"""A sweep: its plan, what each of its runs is called and how that ended, and the runs themselves, the best first.

All of it is immutable, and nothing is trained here.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Self

from lstmmusic.base.files import safe_name
from lstmmusic.errors import CheckpointError
from lstmmusic.runs.listing import Run, read_run
from lstmmusic.runs.renames import find_renamed
from lstmmusic.runs.store import unused_name
from lstmmusic.sweeps.execution import PlannedRun
from lstmmusic.sweeps.plan import Plan

RunState = Literal["waiting", "finished", "stopped", "hopeless", "failed"]

SWEEPS = "sweeps"


@dataclass(frozen=True)
class SweptRun:
    """A run of a sweep.

    Parameters
    ----------
    name : str
        Of the run, and of its folder.
    values : mapping of str to value
        The settings that the sweep gave it.
    state : str
        'waiting', also where it has begun and is to be continued; 'finished'; 'stopped' by the user; 'hopeless', and
        therefore ended early; or 'failed'.
    reason : str
        Why it failed, or was interrupted.
    """

    name: str
    values: Mapping[str, Any]
    state: RunState = "waiting"
    reason: str = ""


@dataclass(frozen=True)
class Sweep:
    """A sweep in the folder of a studio.

    Parameters
    ----------
    folder : Path
        The folder of the studio.
    name : str
    plan : Plan
    runs : tuple of SweptRun
    """

    folder: Path
    name: str
    plan: Plan
    runs: tuple[SweptRun, ...]

    @classmethod
    def of(cls, plan: Plan, folder: Path, name: str) -> Self:
        """Name the runs of a plan; nothing is saved yet.

        Raises
        ------
        ConfigError
            If the name has no usable characters, or values of the plan do not go together.
        """
        shelf, named = folder / "runs", []
        taken: set[str] = set()
        for values in plan.combinations():
            wanted = safe_name(plan.name_of(name, values))
            free, number = unused_name(shelf, wanted), 2
            while free.name in taken:
                free, number = unused_name(shelf, f"{wanted} {number}"), number + 1
            taken.add(free.name)
            named.append(SweptRun(free.name, values))
        return cls(folder, safe_name(name), plan, tuple(named))

    @property
    def path(self) -> Path:
        """The file of the sweep."""
        return self.folder / SWEEPS / f"{self.name}.json"

    @property
    def waiting(self) -> tuple[SweptRun, ...]:
        """The runs that are still to be trained, or continued."""
        return tuple(run for run in self.runs if run.state == "waiting")

    def run_folder(self, run: SweptRun) -> Path:
        """Return the folder of a run, which may not exist yet, or have another name since."""
        return find_renamed(self.folder / "runs" / run.name)

    def planned(self, run: SweptRun) -> PlannedRun:
        """Return a run as it is given to an `Executor`."""
        return PlannedRun(run.name, self.plan.recipe_of(run.values), self.run_folder(run))

    def with_state(self, name: str, state: RunState, reason: str = "") -> Self:
        """Return the sweep with another state of a run."""
        changed = (replace(run, state=state, reason=reason) if run.name == name else run for run in self.runs)
        return replace(self, runs=tuple(changed))

    def results(self) -> tuple[SweepResult, ...]:
        """Read all runs that were saved; return all of them, that with the lowest validation loss first."""
        found = []
        for run in self.runs:
            folder, saved, reason = self.run_folder(run), None, run.reason
            if os.path.lexists(folder):  # or it has not begun, or was deleted since
                try:
                    saved = read_run(folder)
                except CheckpointError as error:
                    reason = reason or str(error)
            found.append(SweepResult(run.name, run.values, run.state, reason, saved))
        return tuple(sorted(found, key=lambda result: (math.isnan(result.best), result.best)))


@dataclass(frozen=True)
class SweepResult:
    """What has become of a run of a sweep.

    Parameters
    ----------
    name, values, state, reason
        See `SweptRun`; the name is that which the sweep gave it, and the reason may be why it cannot be read.
    run : Run or None
        As it was saved, perhaps under another name since; None if it has not begun, was moved, or cannot be read.
    """

    name: str
    values: Mapping[str, Any]
    state: RunState
    reason: str
    run: Run | None

    @property
    def best(self) -> float:
        """Its lowest validation loss, in nats per step; NaN before the first."""
        return self.run.best if self.run else math.nan


def default_sweep_name(when: datetime, plan: Plan) -> str:
    """Return a name from time and music, for instance '2026-11-24 1530 chorales'."""
    source = plan.recipe.source
    return safe_name(f"{when:%Y-%m-%d %H%M} {Path(source.folder).name or source.kind}")
