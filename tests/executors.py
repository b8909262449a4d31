"""Executors of sweeps that start no process."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from lstmmusic.runs.training import train
from lstmmusic.sweeps.execution import Event, PlannedRun


class Here:
    """An executor that trains in this process, all runs side by side, an update of each at a time."""

    def __init__(self) -> None:
        self.stopped: set[str] = set()

    def run(self, runs: Sequence[PlannedRun]) -> Generator[Event, None, None]:
        training = {run.name: train(run.recipe, run.path, device="cpu", folder=run.folder) for run in runs}
        try:
            while training:
                for name, records in list(training.items()):
                    record = None if name in self.stopped else next(records, None)
                    yield Event(
                        name, "progress" if record else "stopped" if name in self.stopped else "finished", record
                    )
                    if record is None:
                        records.close()
                        del training[name]
        finally:
            for records in training.values():
                records.close()

    def stop(self, name: str) -> None:
        self.stopped.add(name)


class Scripted:
    """An executor that trains nothing, and yields the events that it was given."""

    def __init__(self, *events: Event) -> None:
        self.events, self.given = events, [""]

    def run(self, runs: Sequence[PlannedRun]) -> Generator[Event, None, None]:
        self.given = [run.name for run in runs]
        yield from self.events

    def stop(self, name: str) -> None:
        pass
