"""The runs in a folder, to be listed and compared: their settings, and how far each has come.

A run is a folder `runs/<name>/` with `run.safetensors` and `takes/`, or, as the first version saved it, a single file
`runs/<name>.safetensors`. Links are not followed. Only headers and loss curves are read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from torch import Tensor

from lstmmusic.base.files import home_path, leads_elsewhere
from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import CheckpointError, plain_text
from lstmmusic.music.source import Source
from lstmmusic.runs.checkpoint import checking, read_parts
from lstmmusic.runs.header import read_changes, read_config, read_loss, read_origin, read_position, read_settings
from lstmmusic.settings import checked
from lstmmusic.training.evaluation import Parts
from lstmmusic.training.snapshot import Change, Curves, fraction_done
from lstmmusic.training.start import Origin

RUN_FILE = "run.safetensors"
CURVES = ("losses", "validations")


@dataclass(frozen=True)
class Run:
    """A saved run, without its weights.

    Parameters
    ----------
    path : Path
        Its folder, or its single file.
    name : str
    saved : datetime
        In local time.
    network : NetworkConfig
    training : TrainingConfig
        The settings when the run was saved.
    initial_config : TrainingConfig or None
        The settings of the first update; None where some were changed, and the file lacks their first values.
    roll : RollConfig
    music : str
        Its name, and numbers of tunes.
    source : Source or None
        Where the music comes from; None where the file lacks it.
    started_from : Origin or None
        Whose weights it started from; None for a new network.
    changes : tuple of Change
        Settings that were changed during the run.
    updates, epoch : int
        Updates that were made, and epochs that are complete.
    done : float
        Fraction of all epochs that is done.
    finished, validated : bool
        Whether all epochs are done, and whether tunes were held out.
    seconds : float
        Spent in training.
    loss : float
        Loss of the last update; NaN before the first.
    best : float
        Lowest validation loss, in nats per step; NaN without validation.
    best_update : int or None
        The update after which it was measured.
    parts : Parts or None
        The last validation loss; None without validation, and in older files.
    held_out : str
        A digest of the tunes that were held out, on their grid; "" without any.
    """

    path: Path
    name: str
    saved: datetime
    network: NetworkConfig
    training: TrainingConfig
    initial_config: TrainingConfig | None
    roll: RollConfig
    music: str
    source: Source | None
    started_from: Origin | None
    changes: tuple[Change, ...]
    updates: int
    epoch: int
    done: float
    finished: bool
    validated: bool
    seconds: float
    loss: float
    best: float
    best_update: int | None
    parts: Parts | None = None
    held_out: str = ""

    @property
    def first_settings(self) -> TrainingConfig:
        """The settings of the first update, as far as the file has them."""
        settings = self.initial_config or self.training
        for change in self.changes:
            settings = settings if change.update else replace(settings, **change.settings)
        return settings

    @property
    def later_changes(self) -> tuple[Change, ...]:
        """The settings that were changed after the first update: an entry for each update, in their order."""
        later: dict[int, Change] = {}
        for change in self.changes:
            if change.update:
                before = later.get(change.update, change)
                later[change.update] = replace(change, settings={**before.settings, **change.settings})
        return tuple(later[update] for update in sorted(later))

    @property
    def file(self) -> Path:
        """The file with weights, settings and curves."""
        return run_file(self.path)

    @property
    def takes(self) -> tuple[Path, ...]:
        """MIDI files of the saved takes, sorted by name."""
        folder = self.path / "takes"
        try:
            if leads_elsewhere(folder):
                return ()
            return tuple(sorted(path for path in folder.glob("*.mid") if path.is_file() and not path.is_symlink()))
        except OSError:  # no permission
            return ()


@dataclass(frozen=True)
class BrokenRun:
    """An entry among the runs that cannot be read.

    Parameters
    ----------
    path : Path
    reason : str
    """

    path: Path
    reason: str

    @property
    def name(self) -> str:
        """Name of the file or folder, safe to show."""
        return plain_text(self.path.name)


@checked
def find_runs(folder: str | Path) -> tuple[tuple[Run, ...], tuple[BrokenRun, ...]]:
    """List the runs in `<folder>/runs`, the newest first, and the entries among them that cannot be read.

    Parameters
    ----------
    folder : str or Path
        The folder of the studio.

    Returns
    -------
    runs : tuple of Run
    broken : tuple of BrokenRun
        With reasons; names that begin with a dot are skipped.
    """
    runs: list[Run] = []
    broken: list[BrokenRun] = []
    try:
        shelf = home_path(folder) / "runs"
        paths = sorted(path for path in shelf.iterdir() if not path.name.startswith("."))
    except FileNotFoundError:
        paths = []
    except OSError as error:
        return (), (BrokenRun(shelf, plain_text(f"{shelf} cannot be listed ({error.strerror}); check the folder")),)
    for path in paths:
        try:
            runs.append(read_run(path))
        except CheckpointError as error:
            broken.append(BrokenRun(path, str(error)))
    return tuple(sorted(runs, key=lambda run: run.saved, reverse=True)), tuple(broken)


def read_run(path: str | Path) -> Run:
    """Read a run, without its weights.

    Parameters
    ----------
    path : str or Path
        Its folder, or its single file.

    Returns
    -------
    Run

    Raises
    ------
    CheckpointError
        If it is not a run, is damaged, cannot be read, or is a link.
    """
    with checking(Path(path).name):
        path = home_path(path).absolute()
        file = run_file(path)
        for part in (path, file):
            if leads_elsewhere(part):
                raise CheckpointError(f"{part.name} leads elsewhere, and is not followed; put a copy of the run here")
        if path.is_dir() and not file.exists():
            raise CheckpointError(f"{path.name} has no {RUN_FILE}: it was not saved yet, or was moved")
        return _read(path, file)


def read_curves(run: Run) -> Curves:
    """Read the loss curves of a run.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Curves

    Raises
    ------
    CheckpointError
        If it was moved or deleted, or is damaged.
    """
    with checking(run.name):
        return _curves(read_parts(run.file, *CURVES)[1])


def run_file(path: Path) -> Path:
    """Return the file of a run from its folder or its single file."""
    return path / RUN_FILE if path.is_dir() else path


def _read(path: Path, file: Path) -> Run:
    header, tensors = read_parts(file, *CURVES)
    curves = _curves(tensors)
    training, initial_config = read_settings(header)
    position = read_position(header)
    epoch = int(position["epoch"])
    best = int(curves.validation.argmin()) if len(curves.validation) else None
    return Run(
        path=path,
        name=plain_text(path.name if path.is_dir() else path.stem),
        saved=datetime.fromtimestamp(file.stat().st_mtime).astimezone(),
        network=read_config(NetworkConfig, header["network"]),
        training=training,
        initial_config=initial_config,
        roll=read_config(RollConfig, header["roll"]),
        music=plain_text(str(header["music"])),
        source=read_config(Source, header["source"]) if header.get("source") else None,
        started_from=read_origin(header),
        changes=tuple(read_changes(header)),
        updates=len(curves.training),
        epoch=epoch,
        done=fraction_done(epoch, position["position"], position["crops"], training.epochs),
        finished=epoch >= training.epochs,
        validated=len(header["digests"]) == 2,
        seconds=position["seconds"],
        loss=float(curves.training[-1]) if len(curves.training) else math.nan,
        best=math.nan if best is None else float(curves.validation[best]),
        best_update=None if best is None else int(curves.validation_updates[best]),
        parts=read_loss(header),
        held_out=str(header["digests"][1]) if len(header["digests"]) == 2 else "",
    )


def _curves(tensors: dict[str, Tensor]) -> Curves:
    training, validations = (tensors[name].double().numpy() for name in CURVES)
    if training.ndim != 1 or validations.ndim != 2 or validations.shape[1] != 2:
        raise ValueError(f"its curves have the shapes {training.shape} and {validations.shape}")
    if not (np.isfinite(training).all() and np.isfinite(validations).all()):
        raise ValueError("its curves have values that are not finite")
    return Curves.of(training, validations)
