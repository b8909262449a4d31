"""A run that several workers train together, seen from the notebook: as if it were trained here."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

from lstmmusic.base.cluster import answer_of, check_head, connected, reason_in
from lstmmusic.cluster.desk import open_desk
from lstmmusic.cluster.worker import RUN_NAME, Go, Ready, Start, work
from lstmmusic.config import CHANGEABLE, Cluster
from lstmmusic.errors import ClusterError
from lstmmusic.runs.checkpoint import save_run
from lstmmusic.settings import checked
from lstmmusic.training.snapshot import Update
from lstmmusic.training.trainer import Trainer

# Seconds between two looks at the run: longer costs less, and shows and obeys later.
INTERVAL = 0.5

# Seconds that are waited at once for an answer: a job cannot be paused or stopped while it waits.
PATIENCE = 0.25

# Seconds in which workers end by themselves.
GRACE = 5.0

# Read by Ray Train where it runs: wait for machines that are busy. And do without a process that hears of machines that
# are going to be taken away: a run loses half a second then.
SETTINGS_OF_RAY = {
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "600",
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",
    "RAY_TRAIN_METRICS_ENABLED": "0",
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.5",  # also how long the workers wait for a checkpoint
}

# Times that all workers may have to be started again without an update in between.
MOST_FAILURES = 2


@checked
def train_together(
    trainer: Trainer, cluster: str | Cluster = "auto", *, alone: Callable[[], bool] = lambda: False
) -> Generator[Update | None, None, None]:
    """Train a run on several workers; `trainer` follows, and can be read and saved whenever an update is yielded.

    Each mini-batch is divided among the workers and their gradients are added up (DistributedDataParallel of torch
    does the same), so that the run is the same as on one machine, but for the rounding of sums. Adam magnifies that in
    weights whose gradient is not much more than rounding: each moves by about its learning rate in either direction,
    unless `epsilon` is larger than such gradients. Settings are changed as ever, by `trainer.change` between two items.
    If a worker dies, all start again from where the trainer is: what is lost is at most half a second of updates.

    Parameters
    ----------
    trainer : Trainer
        In any state: the run goes on from there, and the workers have none of their own.
    cluster : str or Cluster
    alone : callable
        Whether the next item is to be one update, however long that takes, rather than as many as fit into half a
        second.

    Yields
    ------
    Update or None
        The last one made; None while there is none yet, since the workers start.

    Raises
    ------
    ClusterError
        If Ray is not installed, the cluster cannot be reached or has too few machines, or is lost.
    TrainingError
        See `Trainer.steps`.
    """
    return _train_together(trainer, Cluster.of(cluster), alone)


def _train_together(
    trainer: Trainer, cluster: Cluster, alone: Callable[[], bool]
) -> Generator[Update | None, None, None]:
    with connected(cluster.address) as ray:
        check_size(ray, cluster)
        music = {"training": ray.put(trainer.training), "validation": ray.put(trainer.validation)}
        made = -1  # updates when the workers were last started
        while len(trainer.losses) > made:
            made = len(trainer.losses)
            with _Workers(ray, cluster, music) as workers:
                try:
                    yield from _drive(trainer, workers, cluster, alone)
                except _WorkersFailedError as error:
                    failure = error
                else:
                    return
        raise ClusterError(f"the workers fail before they have made an update: {failure}")


def check_size(ray: Any, cluster: Cluster) -> None:
    """Refuse a cluster that has too few cores for its workers, which would wait for more for ever.

    Raises
    ------
    ClusterError
    """
    needed, there = cluster.workers * cluster.cores, int(ray.cluster_resources().get("CPU", 0))
    if needed > there:
        raise ClusterError(
            f"the cluster has {there} CPU cores, and {cluster.workers} workers need {needed}: start more machines, or "
            f"set fewer workers or cores"
        )


def _drive(
    trainer: Trainer, workers: _Workers, cluster: Cluster, alone: Callable[[], bool]
) -> Generator[Update | None, None, None]:
    """Send orders to the workers, and let the trainer follow, until the run is done."""
    size, interval, saved = 1, INTERVAL, time.monotonic()
    order: Any = None
    starts = 0
    while True:
        sent, began = trainer.config, time.monotonic()
        answer = yield from workers.ask(order, alone)
        match answer:
            case None:  # lost with the worker that gave it: the next that has begun says so
                order = None
                continue
            case Ready():
                starts += 1
                if starts > MOST_FAILURES:
                    raise _WorkersFailedError("they die again and again")
                order = Start(_file_of(trainer))
                continue
        changed = {
            name: value for name in CHANGEABLE if (value := getattr(trainer.config, name)) != getattr(sent, name)
        }
        trainer.load_state_dict(answer.state)
        trainer.learner.clipper.norms, trainer.learner.clipper.clipped = answer.health
        if changed:  # while the workers were busy
            trainer.change(**changed)
        if answer.failure:
            raise answer.failure
        if answer.updates:
            starts = 0
            # What is sent to and fro takes time as well: large networks are looked at less often.
            took = time.monotonic() - began
            interval = max(INTERVAL, 10 * (took - answer.seconds))
            size = max(1, min(2 * size, int(interval * len(answer.updates) / max(answer.seconds, 1e-6))))
            yield answer.updates[-1]
        if answer.ended:
            return
        checkpoint = bool(cluster.storage) and time.monotonic() > saved + cluster.checkpoint_seconds
        saved = time.monotonic() if checkpoint else saved
        order = Go(1 if alone() else size, trainer.config, trainer.changes, checkpoint)


class _WorkersFailedError(Exception):
    """Ray Train gave up, although the cluster is there."""


class _Workers:
    """Workers that Ray Train starts, and the desk at which they take their orders; used in a `with`."""

    def __init__(self, ray: Any, cluster: Cluster, music: dict[str, Any]) -> None:
        self._ray = ray
        self._desk = open_desk(ray)
        self._job = self._desk.run.remote(_fit, {"desk": self._desk} | music, cluster)
        self._began = False

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        """Let the workers end, and end those that do not: they belong to the desk."""
        lost = self._ray.exceptions.RayError, ConnectionError
        with suppress(*lost):
            self._desk.ask.remote(None)
            self._ray.wait([self._job], timeout=GRACE if self._began else 0)
        with suppress(*lost):
            self._ray.kill(self._desk)

    def ask(self, order: Any, alone: Callable[[], bool]) -> Generator[None, None, Any]:
        """Give an order, and return the answer, or None if that is lost; yield while there is none yet.

        Nothing is yielded while the next item is to be an update.
        """
        ray, errors = self._ray, self._ray.exceptions
        question = self._desk.ask.remote(order)
        try:
            while not (done := ray.wait([question, self._job], timeout=PATIENCE)[0]):
                check_head()
                if not alone():
                    yield None
            if question not in done:
                ray.get(self._job)  # which has failed
                raise _WorkersFailedError("they have ended")
            (answer,) = answer_of(ray, question)
            try:
                self._began, found = True, answer_of(ray, answer)
            except (errors.ObjectLostError, errors.OwnerDiedError):
                return None
            else:
                return found
        except errors.RayTaskError as error:
            raise _WorkersFailedError(reason_in(error)) from error
        except (errors.RayError, ConnectionError) as error:
            raise ClusterError(
                f"the cluster is lost: {reason_in(error)}. The run is kept as it is here: resume it once the "
                f"cluster is back, or on this machine"
            ) from error


def _file_of(trainer: Trainer) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / RUN_NAME
        save_run(trainer, path)
        return path.read_bytes()


def _fit(config: dict[str, Any], cluster: Cluster) -> None:
    """Let Ray Train start the workers, and start them again when one dies; runs beside the desk, until they end."""
    os.environ.update(SETTINGS_OF_RAY)
    import ray
    from ray import train
    from ray.train.torch import TorchConfig, TorchTrainer

    gpus = ray.cluster_resources().get("GPU", 0) >= cluster.workers  # type: ignore[no-untyped-call]
    # As many as there are machines for: a run goes on without one that is gone.
    some: Any = (1, cluster.workers)
    scaling = train.ScalingConfig(num_workers=some, use_gpu=gpus, resources_per_worker={"CPU": cluster.cores})
    with tempfile.TemporaryDirectory() as folder:  # where nothing is kept: no checkpoints are asked for without storage
        run = train.RunConfig(
            name=f"lstmmusic-{uuid.uuid4().hex[:12]}",
            storage_path=cluster.storage or folder,
            failure_config=train.FailureConfig(max_failures=MOST_FAILURES),
            checkpoint_config=train.CheckpointConfig(num_to_keep=2),
        )
        # A run may pause for days, while all but one worker wait for a message.
        torch = TorchConfig(timeout_s=int(1e6))
        TorchTrainer(work, train_loop_config=config, scaling_config=scaling, run_config=run, torch_config=torch).fit()
