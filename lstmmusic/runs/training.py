"""Training a run into its folder, from its recipe.

Nothing here starts threads, prints, or knows how runs are shown: the caller decides where and when training continues.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from lstmmusic.base.files import home_path, leads_elsewhere
from lstmmusic.errors import ClusterError, ConfigError, SaveError, TrainingError
from lstmmusic.runs.checkpoint import load_run, save_run
from lstmmusic.runs.listing import RUN_FILE, Run, read_run
from lstmmusic.runs.locks import locked
from lstmmusic.runs.moving import moving
from lstmmusic.runs.recipe import Music, Recipe
from lstmmusic.settings import checked
from lstmmusic.training.construction import without_missing
from lstmmusic.training.snapshot import Update
from lstmmusic.training.trainer import Trainer

# Time between two saves of a run that trains: the most that a power failure costs.
AUTOSAVE_SECONDS = 60.0

END = object()  # instead of an update

Steps = Callable[[Trainer], Generator[Update | None, None, None]]


@dataclass(frozen=True)
class RunProgress:
    """How far a run has come.

    Parameters
    ----------
    update, epoch : int
        Updates that were made, and epochs that are complete.
    done : float
        Fraction of all epochs, or of the minutes, that is done: the larger one.
    loss : float
        Loss of the last update; NaN before the first.
    validation, best : float
        The last and the lowest validation loss, in nats per step; NaN before the first, and without validation.
    seconds : float
        Spent in training.
    saved : int
        Updates in the file of the run.
    problem : str
        Why it could not be saved the last time; training continues in memory.
    """

    update: int
    epoch: int
    done: float
    loss: float
    validation: float
    best: float
    seconds: float
    saved: int
    problem: str = ""

    @classmethod
    def of_run(cls, run: Run) -> Self:
        """Return how far a saved run has come; its last validation loss is not read."""
        return cls(run.updates, run.epoch, run.done, run.loss, math.nan, run.best, run.seconds, run.updates)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Inverse of `dataclasses.asdict`."""
        return cls(**{each.name: values[each.name] for each in fields(cls)})


@checked
def train(
    recipe: Recipe,
    path: str | Path,
    *,
    device: str = "auto",
    folder: str | Path = ".",
    music: Music | None = None,
    autosave: float = AUTOSAVE_SECONDS,
    changes: Mapping[str, Any] | None = None,
    steps: Steps = Trainer.steps,
) -> Generator[RunProgress, None, None]:
    """Train a run into its folder, as a generator; continue exactly where that has the run already.

    The run is saved first, then at intervals, and at the end. Closing the generator between two updates saves it too,
    and so does a loss that is no longer finite. On the CPU, with the same number of threads, the run is the same to the
    last bit as that of a `Trainer` alone, however often it was stopped.

    Parameters
    ----------
    recipe : Recipe
        If the folder has a run already, it must have been made of the same; only `epochs` and `minutes` may be others.
    path : str or Path
        The folder of the run, which is created as needed. It is locked against other studios until the end.
    device : str
        See `lstmmusic.network.devices.choose_device`.
    folder : str or Path
        Where the path of a run that it starts from begins.
    music : (Corpus, Corpus or None), optional
        What `Recipe.load_music` would return, if it is loaded already.
    autosave : float
        Seconds between two saves.
    changes : mapping of str to value, optional
        Settings to change before the next update; see `Trainer.change`.
    steps : callable
        Makes the updates of a trainer, as an iterator, such as `train_together`; by default this process does.

    Yields
    ------
    RunProgress
        Before the first update, whenever `steps` yields one, and once the run is saved at the end.

    Raises
    ------
    BusyError
        If another studio has the run open.
    CheckpointError
        If the run in the folder, or the one that it starts from, cannot be loaded, or is of other music.
    ConfigError
        If the folder has a run that is made of something else.
    CorpusError
        If the music cannot be loaded.
    SaveError
        If the run cannot be saved in the beginning or at the end.
    TrainingError, ClusterError
        See `Trainer.steps` and `train_together`.
    """
    return _train(recipe, home_path(path).absolute(), device, folder, music, autosave, changes or {}, steps)


def _train(
    recipe: Recipe,
    path: Path,
    device: str,
    folder: str | Path,
    music: Music | None,
    autosave: float,
    changes: Mapping[str, Any],
    steps: Steps,
) -> Generator[RunProgress, None, None]:
    # The folder of the run itself comes with its first save: until then it would be listed as one that is broken.
    with moving(f"{path.parent} could not be created"):
        path.parent.mkdir(parents=True, exist_ok=True)
    if leads_elsewhere(path):
        raise SaveError(f"{path} leads elsewhere, and is not followed; choose another folder")
    with locked(path):
        music = music or recipe.load_music()
        if os.path.lexists(path / RUN_FILE):
            trainer = _resume(recipe, path, device, music)
        else:
            trainer = recipe.trainer(device=device, folder=folder, music=music)
        trainer.change(**changes)
        saving = _Saving(trainer, path / RUN_FILE, autosave)
        saving.save()
        limit = math.inf if recipe.minutes is None else 60 * recipe.minutes
        with closing(steps(trainer)) as updates:
            try:
                yield _progress(trainer, limit, saving)
                while trainer.seconds < limit and next(updates, END) is not END:
                    saving.save_if_due()
                    yield _progress(trainer, limit, saving)
            except (GeneratorExit, TrainingError, ClusterError):
                # Nothing else ends between two updates, where the run can be saved.
                saving.save()
                raise
        saving.save()
        yield _progress(trainer, limit, saving)


def _resume(recipe: Recipe, path: Path, device: str, music: Music) -> Trainer:
    """Load the run in a folder, and refuse one that was made of something else."""
    run = read_run(path)
    began, training = run.first_settings, recipe.training
    differs = [each.name for each in fields(training) if getattr(began, each.name) != getattr(training, each.name)]
    if (run.started_from.source if run.started_from else "") != recipe.start:
        differs.append("start")
    if not recipe.start and run.network != without_missing(recipe.shape, music[0]):
        differs.append("network")
    if set(differs) - {"epochs"}:
        raise ConfigError(
            f"{path.name} has a run with other settings ({', '.join(differs)}): "
            f"give those of the run, or another folder"
        )
    trainer = load_run(path / RUN_FILE, *music, device=device)
    if "epochs" in differs:
        trainer.change(epochs=training.epochs)
    return trainer


class _Saving:
    """The file of a run, and what of the run is in it."""

    def __init__(self, trainer: Trainer, file: Path, interval: float) -> None:
        self._trainer, self._file, self._interval = trainer, file, interval
        self._state: Any = None
        self._tried = 0.0  # the clock
        self.updates, self.problem = 0, ""

    def save(self) -> None:
        """Save the run, unless all of it is in the file."""
        trainer, self._tried = self._trainer, time.monotonic()
        state = len(trainer.losses), len(trainer.validations), trainer.config
        if state != self._state:
            save_run(trainer, self._file)
            self._state, self.updates, self.problem = state, len(trainer.losses), ""

    def save_if_due(self) -> None:
        """Save the run at intervals; a failure is a problem, and no error."""
        if time.monotonic() >= self._tried + self._interval:
            try:
                self.save()
            except SaveError as error:
                self.problem = str(error)


def _progress(trainer: Trainer, limit: float, saving: _Saving) -> RunProgress:
    losses, validations = trainer.losses, [loss for _, loss in trainer.validations]
    return RunProgress(
        len(losses),
        trainer.epoch,
        min(1.0, max(trainer.done, trainer.seconds / limit)),
        losses[-1] if losses else math.nan,
        validations[-1] if validations else math.nan,
        min(validations, default=math.nan),
        trainer.seconds,
        saving.updates,
        saving.problem,
    )
