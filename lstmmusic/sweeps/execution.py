"""How runs are carried out: recipes go in, events come out. Where they are trained is up to an `Executor`."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from lstmmusic.runs.recipe import Recipe
from lstmmusic.runs.training import RunProgress

EventKind = Literal["progress", "finished", "stopped", "failed", "interrupted"]


@dataclass(frozen=True)
class PlannedRun:
    """A run that is to be trained.

    Parameters
    ----------
    name : str
        Unique among the runs.
    recipe : Recipe
    path : Path
        Its folder, `<folder of the studio>/runs/<name>`, or where it is since it was renamed. It is made when it is
        trained, and continued if it exists.
    """

    name: str
    recipe: Recipe
    path: Path

    @property
    def folder(self) -> Path:
        """The folder of the studio, where the path of a run that it starts from begins."""
        return self.path.parents[1]


@dataclass(frozen=True)
class Event:
    """What has happened to a run.

    Parameters
    ----------
    name : str
        Of the run.
    kind : str
        'progress', or how it ended: 'finished'; 'stopped' by `Executor.stop`; 'failed', for a reason that would recur,
        such as a loss that is not finite; or 'interrupted', for instance as its process was killed, so that it can be
        continued.
    progress : RunProgress or None
        How far it has come; None where that is unknown.
    reason : str
        Why it failed or was interrupted, in a sentence.
    """

    name: str
    kind: EventKind
    progress: RunProgress | None = None
    reason: str = ""


@runtime_checkable
class Executor(Protocol):
    """Trains runs somewhere."""

    def run(self, runs: Sequence[PlannedRun]) -> Generator[Event, None, None]:
        """Train runs, each by `lstmmusic.runs.training.train`, in this order.

        Closing the generator saves and ends those that train.

        Yields
        ------
        Event
            Progress at least of each new validation loss and each time that a run was saved; then one event of another
            kind for each run, also of those that were stopped before they began.
        """
        ...

    def stop(self, name: str) -> None:
        """Stop a run after its current update; it is saved. One that has not begun never begins.

        Any thread may call this, also while `run` waits; of a run that has ended it does nothing.
        """
        ...
