"""The run at hand: a trainer, the job that drains it, and the folder in which it is kept. It knows no widget."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from filelock import BaseFileLock

from lstmmusic.base.jobs import Job, JobState
from lstmmusic.config import CHANGEABLE, NetworkConfig, TrainingConfig
from lstmmusic.errors import BusyError, LSTMMusicError, SaveError
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import return_free_memory
from lstmmusic.runs.checkpoint import load_run, save_run
from lstmmusic.runs.listing import RUN_FILE, Run, read_run
from lstmmusic.runs.store import default_name, lock_run, new_run_folder, rename_locked_run, rename_run
from lstmmusic.training.snapshot import TrainingSnapshot, Update
from lstmmusic.training.trainer import Trainer

# A run that goes on is saved so often: what a power failure may cost.
AUTOSAVE_SECONDS = 60

Answer = TypeVar("Answer")


class Session:
    """A run that is started, paused, saved and loaded.

    Parameters
    ----------
    folder : Path
        Below which runs are kept.

    Attributes
    ----------
    trainer : Trainer or None
        Of the run at hand.
    path : Path or None
        Folder of the run at hand.
    marginal : bool
        Whether pictures show the probability of each note by itself; any thread may set it.
    saved : (int, TrainingConfig or None, float)
        Updates that had been made, the settings, and the clock, when it was saved last.
    problem : str
        Why the run could not be saved the last time; empty if it could.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.trainer: Trainer | None = None
        self.path: Path | None = None
        self.marginal = False
        self.problem = ""
        self._job: Job[Update] | None = None
        self._saving: Future[None] | None = None
        self._planned: TrainingConfig | None = None  # of the run at hand, once it goes on
        self._lock: BaseFileLock | None = None  # on the run at hand, against other studios
        self.saved: tuple[int, TrainingConfig | None, float] = (0, None, 0.0)
        self._tried = 0.0  # the clock
        self._moving = threading.Lock()  # no run is written while it gets another name, or another is taken up

    @property
    def state(self) -> JobState:
        """Of the job; 'ready' before the first, and after a run was loaded."""
        return self._job.state if self._job else "ready"

    @property
    def active(self) -> bool:
        """Whether the run is running or paused."""
        return self._job is not None and self._job.active

    @property
    def pausing(self) -> bool:
        """Whether the run will hold on after the update at hand."""
        return self._job is not None and self._job.pausing

    @property
    def can_go_on(self) -> bool:
        """Whether epochs are left."""
        return self.trainer is not None and self.trainer.epoch < (self._planned or self.trainer.config).epochs

    @property
    def seen(self) -> TrainingSnapshot | None:
        """The last picture of the run."""
        return self._job.snapshot if self._job else None

    @property
    def error(self) -> Exception | None:
        """What ended the run."""
        return self._job.error if self._job else None

    def start(
        self, training: Corpus, validation: Corpus | None, network: NetworkConfig, config: TrainingConfig, device: str
    ) -> None:
        """Begin a new run; the one before is saved. Where none can begin, that one stays at hand."""
        trainer = Trainer(training, validation, network, config, device=device)
        name = default_name(datetime.now().astimezone(), training.source, network)
        path = new_run_folder(self.folder, name)
        try:
            self.keep()
        except BaseException:
            path.rmdir()
            raise
        self._hold(path)
        with self._moving:
            self.trainer, self.path, self.saved, self._planned = trainer, path, (0, config, 0.0), None
        self.save()
        self._begin()

    def load(self, run: Run, training: Corpus, validation: Corpus | None, device: str) -> None:
        """Take up a saved run; the one at hand is saved.

        Raises
        ------
        BusyError
            If it is open in another studio.
        """
        if run.path == self.path:
            self.keep()  # so that what it has learned meanwhile is in the file
        lock = lock_run(run.path)
        try:
            trainer = load_run(run.file, training, validation, device=device)
            self.keep()
        except BaseException:
            lock.release()
            raise
        with self._moving:
            self.trainer, self.path, self._lock = trainer, run.path, lock
            self._job, self._planned = None, None
            self.saved = (len(trainer.losses), trainer.config, time.monotonic())
        self.problem = ""
        self.look()

    def pause(self) -> None:
        """Hold on after the update at hand."""
        if self._job:
            self._job.pause()

    def go_on(self) -> None:
        """Go on after a pause, a stop, or more epochs."""
        if self._job and self._job.active:
            self._job.resume()
        else:
            self._begin()

    def step(self) -> None:
        """Make one update, and hold on."""
        if not self.active:
            self._begin(paused=True)
        if self._job:
            self._job.pause()
            self._job.step()

    def stop(self) -> None:
        """End the run after the update at hand, and save it; it can go on later."""
        if self._job:
            self._job.stop()
            self._job.wait(60)
            self.save()

    def change(self, change: Callable[[TrainingConfig], dict[str, Any]]) -> Future[None] | None:
        """Change settings, given those that there are then, between two updates; of a run at rest, when it goes on."""
        trainer = self.trainer
        if trainer is None:
            return None
        if self.active:
            # Between two updates, so that the mark stands where the change began to count.
            return self.call(lambda: trainer.change(**change(trainer.config)))
        before = self._planned or trainer.config
        self._planned = replace(before, **change(before))
        return None

    def rename(self, run: Run, name: str) -> Future[Run]:
        """Give a run another name, be it the one at hand or not; see `lstmmusic.runs.store.rename_run`."""

        def rename() -> Run:
            with self._moving:
                if run.path != self.path:
                    return rename_run(run, name)
                self.path, self._lock = rename_locked_run(run, name, self._hold(run.path))
                return read_run(self.path)

        return self.call(rename)  # not while it is saved under its old name

    def call(self, function: Callable[[], Answer]) -> Future[Answer]:
        """Run a function while the network stands still; see `Job.call`."""
        job: Job[Update] = self._job or Job(iter(()))
        return job.call(function)

    def look(self, marginal: bool | None = None) -> None:
        """Make a picture of the run anew, of the probability of each note by itself if that is asked for."""
        if marginal is not None:
            self.marginal = marginal
        if self._job is None and self.trainer is not None:
            self._job = self._make_job()
        if self._job:
            self._job.request_snapshot()

    def save(self) -> Future[None]:
        """Save the run between two updates; `problem` tells of what went wrong, and the run goes on."""
        trainer = self.trainer
        if trainer is None:
            raise LSTMMusicError("there is no run to save yet; press Start")
        self._tried = time.monotonic()
        self._saving = self.call(lambda: self._write(trainer))
        return self._saving

    def autosave(self) -> None:
        """Save the run if it is time to; to be called often."""
        if self.path is None or (self._saving and not self._saving.done()):
            return
        at_rest = self.state != "running" and not self.problem  # what failed is tried again only after a while
        if self._has_news and (at_rest or time.monotonic() > self._tried + AUTOSAVE_SECONDS):
            self.save()

    def keep(self) -> None:
        """End the run at hand, save it unless that was done since it changed, and give it free for other studios.

        Raises
        ------
        SaveError
            If it cannot be saved; it is then still the run at hand.
        """
        if self._job:
            self._job.stop()
            self._job.wait(60)
        if self._has_news:
            self.save().result(60)
            if self.problem:
                raise SaveError(self.problem)
        if self._lock:
            self._lock.release()
            self._lock = None

    @property
    def _has_news(self) -> bool:
        """Whether the run has learned since it was saved, or its settings were changed."""
        trainer = self.trainer
        return trainer is not None and (len(trainer.losses), trainer.config) != self.saved[:2]

    def _write(self, trainer: Trainer) -> None:
        """Write a run as it is now, and where it is now, and not when saving was asked for."""
        with self._moving:
            path = self.path
            if path is None or trainer is not self.trainer:  # another is at hand, and this one was kept
                return
            made, config = len(trainer.losses), trainer.config
            try:
                # The folder may be gone, or closed, which pathlib raises errors for.
                save_run(trainer, path if os.path.isfile(path) else path / RUN_FILE)  # noqa: PTH113
                self._hold(path)
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

    def _hold(self, path: Path) -> BaseFileLock:
        """Lock a run, unless it is locked already."""
        if self._lock and not os.path.lexists(self._lock.lock_file):  # it went with the folder of all runs
            self._lock.release()
            self._lock = None
        self._lock = self._lock or lock_run(path)
        return self._lock

    def _begin(self, *, paused: bool = False) -> None:
        if self.path:
            self._hold(self.path)
        if self.trainer and self._planned:
            self.trainer.change(**{name: getattr(self._planned, name) for name in CHANGEABLE})
            self._planned = None
        self._job = self._make_job()
        if paused:
            self._job.pause()
        self._job.start()

    def _make_job(self) -> Job[Update]:
        trainer = self.trainer
        if trainer is None:
            raise LSTMMusicError("there is no run to go on with; press Start")
        return Job(trainer.steps(), observe=lambda: trainer.snapshot(marginal=self.marginal))
