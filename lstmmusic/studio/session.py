"""The current run: a trainer, the job that drives it, and the folder it is saved in. Knows nothing about widgets."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from filelock import BaseFileLock

from lstmmusic.base.jobs import Job, JobState
from lstmmusic.cluster.training import train_together
from lstmmusic.config import CHANGEABLE, Cluster, NetworkConfig, TrainingConfig
from lstmmusic.errors import BusyError, LSTMMusicError, SaveError
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import return_free_memory
from lstmmusic.runs.checkpoint import load_run, save_run
from lstmmusic.runs.listing import RUN_FILE, Run, read_run
from lstmmusic.runs.locks import lock_run
from lstmmusic.runs.starts import load_start
from lstmmusic.runs.store import default_name, new_run_folder, rename_locked_run, rename_run
from lstmmusic.runs.training import AUTOSAVE_SECONDS
from lstmmusic.training.snapshot import TrainingSnapshot, Update
from lstmmusic.training.trainer import Trainer

# Updates wait that long after a move of a slider or an edit, and after its answer: the next move mostly comes sooner.
HELD_SECONDS = 1.0

# Longer than any update takes, or any disk.
TIMEOUT = 60.0  # seconds

Answer = TypeVar("Answer")


class Session:
    """A run that is started, paused, saved and loaded.

    `start`, `load`, `rename` and `release` may wait for an update and for the disk; nothing else does.

    Parameters
    ----------
    folder : Path
        Where runs are saved.
    cluster : Cluster, optional
        Whose workers train the runs; by default this process does.

    Attributes
    ----------
    trainer : Trainer or None
        The trainer of the current run.
    path : Path or None
        The folder of the current run.
    marginal : bool
        Whether snapshots have the probability of each note by itself; any thread may set it.
    saved : (int, TrainingConfig or None, float)
        Number of updates, settings, and clock when it was last saved.
    problem : str
        Why the last attempt to save it failed; empty if it succeeded.
    """

    def __init__(self, folder: Path, cluster: Cluster | None = None) -> None:
        self.folder = folder
        self.cluster = cluster
        self.trainer: Trainer | None = None
        self.path: Path | None = None
        self.marginal = False
        self.problem = ""
        self._job: Job[Update | None] = Job(iter(()))  # an idle one, until a run is started or loaded
        self._stopping = False
        self._saving: Future[None] | None = None
        self._planned: TrainingConfig | None = None  # settings that count once the run resumes
        self._lock: BaseFileLock | None = None  # on the current run, against other studios
        self.saved: tuple[int, TrainingConfig | None, float] = (0, None, 0.0)
        self._tried = 0.0  # the clock
        self._writing = threading.Lock()  # no run is written while it is renamed or replaced

    @property
    def state(self) -> JobState:
        """State of the job; 'ready' before the first, and after a run was loaded."""
        return self._job.state

    @property
    def active(self) -> bool:
        """Whether the run is running or paused."""
        return self._job.active

    @property
    def pausing(self) -> bool:
        """Whether the run will pause after the current update."""
        return self._job.pausing

    @property
    def awaits_workers(self) -> bool:
        """Whether the workers of the cluster have made no update yet since the run was started or resumed."""
        return self.cluster is not None and self.state == "running" and self._job.latest is None

    @property
    def stopping(self) -> bool:
        """Whether the run will stop after the current update."""
        return self._stopping and self.active

    @property
    def can_resume(self) -> bool:
        """Whether epochs are left."""
        return self.trainer is not None and self.trainer.epoch < (self._planned or self.trainer.config).epochs

    @property
    def snapshot(self) -> TrainingSnapshot | None:
        """The last snapshot of the run."""
        snapshot: TrainingSnapshot | None = self._job.snapshot
        return snapshot

    @property
    def error(self) -> Exception | None:
        """The error that ended the run."""
        return self._job.error

    @property
    def unsaved(self) -> bool:
        """Whether the run has been trained, or its settings changed, since it was last saved."""
        trainer = self.trainer
        return trainer is not None and (len(trainer.losses), trainer.config) != self.saved[:2]

    def start(
        self,
        training: Corpus,
        validation: Corpus | None,
        network: NetworkConfig,
        config: TrainingConfig,
        device: str,
        start_from: str = "",
    ) -> None:
        """Save the current run, and start a new one in its place; see `lstmmusic.runs.starts.load_start`.

        Raises
        ------
        SaveError
            If the current run cannot be saved, or the new one not be created; the current run stays.
        CheckpointError
            If the run that it starts from cannot be loaded; the current run stays.
        """
        if start_from and self.path == self.folder / start_from:
            self.release()  # which writes what is loaded below
        start = load_start(start_from, folder=self.folder) if start_from else None
        trainer = Trainer(training, validation, network, config, device=device, start_from=start)
        name = default_name(datetime.now().astimezone(), training.source, network)
        with ExitStack() as undo:
            path = new_run_folder(self.folder, name)
            undo.callback(path.rmdir)
            lock = lock_run(path)
            undo.callback(lock.release)
            self.release()
            undo.pop_all()
        self._replace(trainer, path, lock, (0, config, 0.0))
        self.save()
        self._start_job()

    def load(self, run: Run, training: Corpus, validation: Corpus | None, device: str) -> None:
        """Save the current run, and load another in its place.

        Raises
        ------
        BusyError
            If it is open in another studio.
        SaveError
            If the current run cannot be saved; it then stays.
        """
        if run.path == self.path:
            self.release()  # which writes what is loaded below
        lock = lock_run(run.path)
        try:
            trainer = load_run(run.file, training, validation, device=device)
            self.release()
        except BaseException:
            lock.release()
            raise
        self._replace(trainer, run.path, lock, (len(trainer.losses), trainer.config, time.monotonic()))
        self.problem = ""
        self._job = self._make_job()
        self.take_snapshot()

    def pause(self) -> None:
        """Pause after the current update."""
        self._job.pause()

    def resume(self) -> None:
        """Resume after a pause, a stop, or when epochs were added."""
        if self.active:
            self._job.resume()
        else:
            self._start_job()

    def step(self) -> None:
        """Make one update, and pause."""
        if not self.active:
            self._start_job(paused=True)
        self._job.pause()
        self._job.step()

    def stop(self) -> None:
        """Stop after the current update; `autosave` then saves the run, which can be resumed later."""
        self._stopping = True
        self._job.stop()

    def change(self, change: Callable[[TrainingConfig], dict[str, Any]]) -> Future[None] | None:
        """Change settings between two updates, or of an inactive run when it resumes.

        `change` gets the settings at that time and returns those that are new.
        """
        trainer = self.trainer
        if trainer is None:
            return None
        if self.active:
            # Between two updates, so that the mark is at the first update that it affects.
            return self.call(lambda: trainer.change(**change(trainer.config)))
        before = self._planned or trainer.config
        self._planned = replace(before, **change(before))
        return None

    def rename(self, run: Run, name: str) -> Run:
        """Give a run, the current one or another, a new name; see `lstmmusic.runs.store.rename_run`."""
        with self._writing:
            if run.path != self.path:
                return rename_run(run, name)
            self.path, self._lock = rename_locked_run(run, name, self._lock_folder(run.path))
            return read_run(self.path)

    def call(self, function: Callable[[], Answer]) -> Future[Answer]:
        """Run a function between two updates, while the network does not change; see `Job.call`."""
        return self._job.call(function)

    def hold_updates(self) -> None:
        """Let the next updates wait while the user is trying things out, who would wait for each of them."""
        self._job.hold(HELD_SECONDS)

    @property
    def holding(self) -> bool:
        """Whether no update begins for now; one that has begun may still run."""
        return self._job.holding

    def take_snapshot(self, marginal: bool | None = None) -> None:
        """Take a snapshot between two updates, with the probability of each note by itself if asked for."""
        if marginal is not None:
            self.marginal = marginal
        self._job.request_snapshot()

    def save(self) -> Future[None]:
        """Save the run between two updates; on failure `problem` says why, and the run continues."""
        trainer = self.trainer
        if trainer is None:
            raise LSTMMusicError("there is no run to save yet; press Start")
        self._tried = time.monotonic()
        job = self._job
        self._saving = job.call(lambda: self._write(trainer, job))
        return self._saving

    def autosave(self) -> None:
        """Save the run if it is time to; to be called often."""
        if self.path is None or (self._saving and not self._saving.done()):
            return
        at_rest = self.state != "running" and not self.problem  # after a failure, wait before the next attempt
        if self.unsaved and (at_rest or time.monotonic() > self._tried + AUTOSAVE_SECONDS):
            self.save()

    def release(self) -> None:
        """Stop the current run, save it if it is unsaved, and unlock it for other studios.

        Raises
        ------
        SaveError
            If it cannot be saved; it is then still the current run.
        """
        self.stop()
        if not self._job.wait(TIMEOUT):
            raise SaveError(f"the current run has not stopped after {TIMEOUT:g} s; try again when its update is done")
        if self.unsaved:
            try:
                self.save().result(TIMEOUT)
            except TimeoutError:
                raise SaveError(f"the current run is not saved after {TIMEOUT:g} s; see that its disk works") from None
            if self.problem:
                raise SaveError(self.problem)
        with self._writing:
            if self._lock:
                self._lock.release()
                self._lock = None

    def _replace(
        self, trainer: Trainer, path: Path, lock: BaseFileLock, saved: tuple[int, TrainingConfig, float]
    ) -> None:
        """Replace the current run; other threads never see a snapshot of one run beside the trainer of another."""
        with self._writing:
            self._job, self._planned = Job(iter(())), None
            self.trainer, self.path, self._lock, self.saved = trainer, path, lock, saved

    def _write(self, trainer: Trainer, job: Job[Update | None]) -> None:
        """Write a run as it is now to where it is now, rather than when and where saving was asked for.

        Nothing is written if the run was resumed since, and another job trains it: `autosave` asks for it again.
        """
        with self._writing:
            path = self.path
            if path is None or trainer is not self.trainer or job is not self._job:  # replaced, and saved before that
                return
            if self._lock is None and not self.unsaved:  # it was saved and released since, and must stay unlocked
                return
            made, config = len(trainer.losses), trainer.config
            try:
                # The folder may be gone, or not be readable, where pathlib raises errors.
                save_run(trainer, path if os.path.isfile(path) else path / RUN_FILE)  # noqa: PTH113
                self._lock_folder(path)
            except (SaveError, BusyError) as error:
                self.problem = str(error)
            except MemoryError:
                self.problem = str(
                    SaveError(f"{path.name} could not be saved: there is no memory left. Close other programs")
                )
            else:
                self.problem = ""
                self.saved = (made, config, time.monotonic())
            return_free_memory()

    def _lock_folder(self, path: Path) -> BaseFileLock:
        """Lock a run, unless it is locked already."""
        if self._lock and not os.path.lexists(self._lock.lock_file):  # deleted with the folder of all runs
            self._lock.release()
            self._lock = None
        self._lock = self._lock or lock_run(path)
        return self._lock

    def _start_job(self, *, paused: bool = False) -> None:
        if self.path:
            self._lock_folder(self.path)
        if self.trainer and self._planned:
            self.trainer.change(**{name: getattr(self._planned, name) for name in CHANGEABLE})
            self._planned = None
        self._job, self._stopping = self._make_job(), False
        if paused:
            self._job.pause()
        self._job.start()

    def _make_job(self) -> Job[Update | None]:
        trainer = self.trainer
        if trainer is None:
            raise LSTMMusicError("there is no run to resume; press Start")
        return Job(self._steps(trainer), observe=lambda: trainer.snapshot(marginal=self.marginal))

    def _steps(self, trainer: Trainer) -> Iterator[Update | None]:
        with self._writing:  # until a run that was at rest is written, its weights must not change
            pass
        if self.cluster is None:
            yield from trainer.steps()
        else:
            yield from train_together(trainer, self.cluster, alone=lambda: self._job.pausing)
