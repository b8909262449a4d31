"""Runs on the machines of a cluster: each is a trial of Ray Tune.

Tune finds a place for it, and starts it again if that fails. A trial trains in a folder of its own machine, and keeps
its run in the storage of the cluster each time it is saved; wherever it is started again, it goes on from there. Its
events come back to the notebook over Ray.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import uuid
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lstmmusic.base.cluster import answer_of, check_head, connected, reason_in
from lstmmusic.cluster.desk import open_desk
from lstmmusic.cluster.storage import Storage
from lstmmusic.config import Cluster
from lstmmusic.errors import ClusterError, SaveError
from lstmmusic.runs.listing import RUN_FILE
from lstmmusic.runs.training import RunProgress
from lstmmusic.sweeps.child import train_task
from lstmmusic.sweeps.execution import Event, EventKind, PlannedRun

# Seconds between two looks at what the trials report.
INTERVAL = 0.2

# Longer than any update takes, and any disk.
TIMEOUT = 60.0  # seconds

# Times that Ray Tune starts a run again whose machine or process failed.
MOST_FAILURES = 5

# The name of what a desk stops if all runs are to be interrupted; no run has such a name.
ALL = "/"


class Trials:
    """An `Executor` that trains runs on a cluster, as many at once as it has cores or GPUs for.

    Parameters
    ----------
    cluster : Cluster
        Each run gets `cores`, and a GPU if the cluster has any. On the CPU it is the same to the last bit as the run
        alone with as many threads.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._ray: Any = None
        self._desk: Any = None
        self._stopped: set[str] = set()

    def run(self, runs: Sequence[PlannedRun]) -> Generator[Event, None, None]:
        """See `Executor.run`.

        Raises
        ------
        ClusterError
            If Ray is not installed, or the cluster cannot be reached or is lost: what was kept in its storage goes on
            from there the next time.
        """
        self._stopped.clear()
        left = {run.name: run for run in runs}
        seen: dict[str, RunProgress] = {}
        with connected(self._cluster.address) as ray:
            self._ray, self._desk = ray, open_desk(ray)
            try:
                job = self._desk.run.remote(_tune, self._desk, [self._task(run) for run in runs], self._cluster)
                over = False
                while left:
                    check_head()
                    over = over or bool(ray.wait([job], timeout=0)[0])
                    messages = answer_of(ray, self._desk.collect.remote())
                    for name, message in messages:
                        if event := self._take(left, seen, name, message):
                            yield event
                    for name in (self._stopped & left.keys()) - seen.keys():  # which have not begun
                        del left[name]
                        yield Event(name, "stopped")
                    if over and not messages:
                        yield from self._explain(left, seen, job)
                        return
                    time.sleep(INTERVAL if not messages else 0)
            except (ray.exceptions.RayError, ConnectionError) as error:
                raise ClusterError(
                    f"the cluster is lost: {reason_in(error)}. Continue the sweep when it is back: its runs go on from "
                    f"where they were kept"
                ) from error
            finally:
                self._end(left, seen)

    def stop(self, name: str) -> None:
        """See `Executor.stop`."""
        self._stopped.add(name)
        if self._desk is not None:
            self._desk.stop.remote(name)

    def _task(self, run: PlannedRun) -> dict[str, Any]:
        storage = self._cluster.storage or str(run.path.parent)
        return {
            "name": run.name,
            "recipe": asdict(run.recipe),
            "folder": str(run.folder),
            "storage": storage,
            "threads": self._cluster.cores,
            "autosave": self._cluster.checkpoint_seconds,
        }

    def _take(
        self, left: dict[str, PlannedRun], seen: dict[str, RunProgress], name: str, message: dict[str, Any]
    ) -> Event | None:
        """Make an event of a message, and fetch the run that was saved."""
        run = left.get(name)
        if run is None:
            return None
        kind, reason, progress = message["kind"], message["reason"], seen.get(name)
        if message["progress"]:
            before, progress = progress, RunProgress.from_dict(message["progress"])
            if before is None or before.saved != progress.saved or kind != "progress":
                self._fetch(run)
            seen[name] = progress
        if kind != "progress":
            del left[name]
        return Event(name, kind, progress, reason)

    def _fetch(self, run: PlannedRun) -> None:
        if self._cluster.storage:
            Storage(self._cluster.storage).fetch(run.name, run.path / RUN_FILE)

    def _explain(
        self, left: dict[str, PlannedRun], seen: dict[str, RunProgress], job: Any
    ) -> Generator[Event, None, None]:
        """Say what became of the runs that ended without saying so."""
        reason = "its machine failed again and again: continue it"
        try:
            self._ray.get(job)
        except self._ray.exceptions.RayTaskError as error:
            reason = f"Ray Tune failed: {reason_in(error)}"
        for name in list(left):
            del left[name]
            kind: EventKind = "stopped" if name in self._stopped else "interrupted"
            yield Event(name, kind, seen.get(name), "" if kind == "stopped" else reason)

    def _end(self, left: dict[str, PlannedRun], seen: dict[str, RunProgress]) -> None:
        """Let the runs that train be kept, and end everything that was started."""
        ray, desk, self._desk = self._ray, self._desk, None
        began = time.monotonic()
        with suppress(ray.exceptions.RayError, ConnectionError, SaveError):
            desk.stop.remote(ALL)
            while seen.keys() & left.keys() and time.monotonic() < began + TIMEOUT:
                for name, message in answer_of(ray, desk.collect.remote()):
                    self._take(left, seen, name, message)
                time.sleep(INTERVAL)
        with suppress(ray.exceptions.RayError, ConnectionError):
            ray.kill(desk)


def _tune(desk: Any, tasks: Sequence[dict[str, Any]], cluster: Cluster) -> None:
    """Let Ray Tune carry out all tasks; runs beside the desk."""
    os.environ.update({"TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1", "TUNE_DISABLE_SIGINT_HANDLER": "1"})
    import ray
    from ray import tune

    resources = {"cpu": float(cluster.cores), "gpu": float(ray.cluster_resources().get("GPU", 0) > 0)}  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as folder:  # of Tune: the runs are kept elsewhere, and it is asked for nothing
        tune.Tuner(
            tune.with_resources(tune.with_parameters(train_trial, desk=desk), resources),
            param_space={"task": tune.grid_search([json.dumps(task) for task in tasks])},
            tune_config=tune.TuneConfig(reuse_actors=True),
            run_config=tune.RunConfig(
                name=f"lstmmusic-{uuid.uuid4().hex[:12]}",
                storage_path=folder,
                failure_config=tune.FailureConfig(max_failures=MOST_FAILURES),
                verbose=0,
            ),
        ).fit()


def train_trial(config: dict[str, str], desk: Any) -> None:
    """Train a run, keep it in the storage, and report what happens; Ray Tune calls this on some machine.

    Parameters
    ----------
    config : dict
        'task', as JSON.
    desk : ActorHandle
        Of a `Desk`.
    """
    import ray
    import torch

    task = json.loads(config["task"])
    name, storage = task["name"], Storage(task["storage"])
    torch.set_num_threads(task["threads"])
    asked: list[EventKind] = []

    posted: list[Any] = []

    def report(event: dict[str, Any]) -> None:
        """Post an event; only for the last one is the answer awaited."""
        posted.append(desk.post.remote((name, event)))
        if event["kind"] == "progress":
            answered, posted[:] = ray.wait(posted, num_returns=len(posted), timeout=0)
        else:
            answered = posted
        for stopped in ray.get(answered):
            if stopped & {name, ALL} and not asked:
                asked.append("stopped" if name in stopped else "interrupted")

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name / RUN_FILE
        try:
            if ray.get(desk.stopped.remote()) & {name, ALL}:
                return
            storage.fetch(name, file)
            kept = -1
            for event in train_task(task | {"path": str(file.parent), "device": "auto"}, asked):
                if event["progress"] and (event["progress"]["saved"] != kept or event["kind"] != "progress"):
                    storage.keep(file, name)
                    kept = event["progress"]["saved"]
                report(event)
        except SaveError as error:
            report({"kind": "interrupted", "progress": None, "reason": str(error)})
