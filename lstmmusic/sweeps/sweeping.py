"""A sweep while its runs are trained: where is up to an executor, and what has happened to each run is saved."""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from lstmmusic.base.files import home_path, leads_elsewhere
from lstmmusic.base.progress import Progress, Work, finish
from lstmmusic.base.words import count_of
from lstmmusic.config import Cluster, NetworkConfig, TrainingConfig
from lstmmusic.errors import CheckpointError, ConfigError, CorpusError, SaveError
from lstmmusic.music.corpus import Corpus
from lstmmusic.runs.listing import read_curves, read_run
from lstmmusic.runs.locks import locked
from lstmmusic.runs.moving import moving
from lstmmusic.runs.recipe import Recipe
from lstmmusic.runs.training import RunProgress
from lstmmusic.settings import checked
from lstmmusic.sweeps.execution import Event, Executor
from lstmmusic.sweeps.file import free_sweep_name, load_sweep, save_sweep
from lstmmusic.sweeps.halving import Halving
from lstmmusic.sweeps.plan import Plan
from lstmmusic.sweeps.processes import Processes
from lstmmusic.sweeps.sweep import RunState, Sweep, SweepResult, default_sweep_name
from lstmmusic.sweeps.trials import Trials
from lstmmusic.training.snapshot import Curves
from lstmmusic.training.trainer import VALIDATED_EVERY

HELD_OUT = 0.15  # as `Corpus.split` does by default

ENDS: dict[str, RunState] = {"finished": "finished", "stopped": "stopped", "failed": "failed", "interrupted": "waiting"}


class Sweeping:
    """The training of a sweep: it begins, or is continued where it was.

    Parameters
    ----------
    sweep : Sweep
    executor : Executor
        Where its runs are trained.

    Attributes
    ----------
    sweep : Sweep
        As it is now; replaced and never changed, so that any thread may read it.
    progress : dict of str to RunProgress
        How far each run has come that was saved or has trained; replaced and never changed.
    problem : str
        Why the file of the sweep could not be written the last time; its runs are trained and saved all the same.

    Raises
    ------
    ConfigError
        If hopeless runs are to end early, and Optuna is not installed.
    """

    def __init__(self, sweep: Sweep, executor: Executor) -> None:
        self.sweep = sweep
        self.progress: dict[str, RunProgress] = {}
        self.problem = ""
        self._executor = executor
        self._halving = Halving(sweep.plan.recipe.training.epochs) if sweep.plan.stop_early else None
        self._hopeless: set[str] = set()
        self._all_stopped = threading.Event()

    def events(self) -> Generator[Event, None, None]:
        """Train the runs that wait, in their order; closing the generator saves those that train, which then wait.

        Yields
        ------
        Event
            Once `sweep` and `progress` have what it says.

        Raises
        ------
        BusyError
            If the sweep is open in another studio.
        CheckpointError
            If its file is damaged.
        SaveError
            If its file cannot be written in the beginning, or its folder is a link.
        """
        path = self.sweep.path
        with moving(f"{path.parent} could not be created"):
            path.parent.mkdir(parents=True, exist_ok=True)
        if leads_elsewhere(path.parent):  # it could not be continued
            raise SaveError(f"{path.parent} leads elsewhere, and is not followed; put a folder there")
        with locked(path):
            if path.exists():  # another studio may have continued it since
                self.sweep = load_sweep(path)
            self._look_back()
            save_sweep(self.sweep)
            with closing(self._executor.run([self.sweep.planned(run) for run in self.sweep.waiting])) as events:
                for event in events:
                    if event.progress:
                        self.progress = self.progress | {event.name: event.progress}
                    if event.kind == "progress":
                        self._compare(event)
                    else:
                        self._end(event)
                    yield event

    def stop(self, name: str) -> None:
        """Stop a run after its current update, for good: it is saved, and not continued. Any thread may call this."""
        self._executor.stop(name)

    def stop_all(self) -> None:
        """Stop all runs after their current updates; they are saved, and wait to be continued. See `stop`."""
        self._all_stopped.set()
        for run in self.sweep.waiting:
            self._executor.stop(run.name)

    def _look_back(self) -> None:
        """Read how far the runs have come, and compare them as they were before the sweep was interrupted."""
        for run in self.sweep.runs:
            if run.state == "waiting":
                self.sweep = self.sweep.with_state(run.name, "waiting")  # without the reason of an interruption
            with suppress(CheckpointError):  # not begun, or deleted since
                saved = read_run(self.sweep.run_folder(run))
                self.progress = self.progress | {run.name: RunProgress.of_run(saved)}
                if self._halving:
                    losses = losses_of_epochs(read_curves(saved), saved.epoch)
                    hopeless = [self._halving.is_hopeless(run.name, *each) for each in enumerate(losses)]
                    if any(hopeless) and run.state == "waiting":
                        self.sweep = self.sweep.with_state(run.name, "hopeless")

    def _compare(self, event: Event) -> None:
        record = event.progress
        if self._halving and record and self._halving.is_hopeless(event.name, record.epoch, record.validation):
            self._hopeless.add(event.name)
            self._executor.stop(event.name)

    def _end(self, event: Event) -> None:
        state = ENDS[event.kind]
        if state == "stopped" and event.name in self._hopeless:
            state = "hopeless"
        elif state == "stopped" and self._all_stopped.is_set():
            state = "waiting"
        self.sweep = self.sweep.with_state(event.name, state, event.reason)
        try:
            save_sweep(self.sweep)
        except SaveError as error:
            self.problem = str(error)
        else:
            self.problem = ""


def losses_of_epochs(curves: Curves, epochs: int) -> list[float]:
    """Return the validation losses before the first epoch and after each one; or none if those are unknown.

    Of a stored corpus, validation is also measured within epochs; see `Trainer.steps`.
    """
    losses = curves.validation
    if len(losses) > epochs + 1:
        at = curves.validation_updates
        losses = losses[(at == 0) | (at % VALIDATED_EVERY != 0)]
    return losses.tolist() if len(losses) == epochs + 1 else []


@checked
def sweep(
    music: Corpus,
    settings: Mapping[str, Any],
    *,
    network: NetworkConfig | None = None,
    config: TrainingConfig | None = None,
    start: str = "",
    minutes: float | None = None,
    number: int | None = None,
    seed: int = 0,
    stop_early: bool = False,
    folder: str | Path = ".",
    name: str = "",
    executor: Executor | None = None,
    cluster: str | Cluster | None = None,
    quiet: bool = False,
) -> tuple[SweepResult, ...]:
    """Train runs that differ in some settings, and compare them by their validation losses.

    Each run is trained in a process of its own, one after the other, and saved as in the studio, which lists them. If
    this is interrupted, the same call with the same `name` continues where it was.

    Parameters
    ----------
    music : Corpus
        From one of the `load_*` functions, since each process loads it again; a training part of `Corpus.split`
        stands for both parts, and of the whole, 15% are held out.
    settings : mapping of str to sequence, or Between
        The values of each setting: fields of `NetworkConfig` or `TrainingConfig`, such as 'clip', or a part of one, as
        in 'dropout.hidden'. A number for a setting of several parts goes to all of them; of `learning_rates`, to the
        first, and the others keep their ratios to it.
    network : NetworkConfig, optional
        What the settings are changed in; by default the recommended sizes, or those of the start.
    config : TrainingConfig, optional
        The same for training; its `epochs` are those of each run.
    start : str
        What all runs start from, as `load_start` takes it.
    minutes : float, optional
        Of training, after which a run ends.
    number : int, optional
        Draw this many runs at random; by default every combination of the values is a run.
    seed : int
        For what is drawn.
    stop_early : bool
        End hopeless runs early, by successive halving; needs ``pip install 'lstmmusic[sweeps]'``.
    folder : str or Path
        The folder of the studio.
    name : str
        What the names of its runs begin with; by default time and music.
    executor : Executor, optional
        Where runs are trained; by default `Processes()`, which says how many at once, with how many threads, and on
        which device.
    cluster : str or Cluster, optional
        Train the runs on the machines of a cluster instead, as many at once as it has cores or GPUs for: 'auto',
        'ray://host:10001', or all that `Cluster` says. The runs arrive in `folder` all the same.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    tuple of SweepResult
        The run with the lowest validation loss first.

    Raises
    ------
    BusyError
        If a sweep of this name is open in another studio.
    CheckpointError
        If the file of a sweep of this name is damaged.
    ClusterError
        If the cluster cannot be reached or is lost, or Ray is not installed.
    ConfigError
        If a setting or a value is not allowed, there is a sweep of this name with another plan, or Optuna is needed.
    CorpusError
        If the music was not loaded from anywhere.
    SaveError
        If the sweep cannot be saved.

    Examples
    --------
    >>> import lstmmusic as lm
    >>> results = lm.sweep(
    ...     lm.load_pieces(quiet=True),
    ...     {"learning_rates": [0.002, 0.004], "hidden": [16]},
    ...     config=lm.TrainingConfig(epochs=1),
    ...     name="which rate",
    ...     quiet=True,
    ... )
    >>> sorted(result.name for result in results)
    ['which rate learning rate 0.002, hidden 16', 'which rate learning rate 0.004, hidden 16']
    """
    if music.source is None:
        raise CorpusError(f"{music.name} was not loaded from files, and other processes cannot load it: load a folder")
    source = music.source if music.source.held_out is not None else replace(music.source, held_out=HELD_OUT)
    recipe = Recipe(source, music.config, network, config or TrainingConfig(), start, minutes=minutes)
    plan = Plan(recipe, settings, number, seed, stop_early)
    place = home_path(folder).absolute()
    name = name or free_sweep_name(place, default_sweep_name(datetime.now().astimezone(), plan))
    planned = Sweep.of(plan, place, name)
    if planned.path.exists():
        planned = load_sweep(planned.path)
        if planned.plan != plan:
            raise ConfigError(f"there is a sweep {name} with another plan; choose another name, or give it its plan")
    sweeping = Sweeping(planned, executor or (Processes() if cluster is None else Trials(Cluster.of(cluster))))
    finish(_count_epochs(sweeping), f"Training {count_of(len(planned.runs), 'run')}", quiet=quiet)
    return sweeping.sweep.results()


def _count_epochs(sweeping: Sweeping) -> Work[None]:
    """Train a sweep, and count its epochs; those that are left out since a run ended count as done."""
    epochs = {run.name: sweeping.sweep.plan.recipe_of(run.values).training.epochs for run in sweeping.sweep.runs}
    total, ended = sum(epochs.values()), {run.name for run in sweeping.sweep.runs if run.state != "waiting"}
    with closing(sweeping.events()) as events:
        for event in events:
            ended |= {event.name} if event.kind != "progress" else set()
            trains = {name: one.done for name, one in sweeping.progress.items() if name not in ended}
            done = sum(epochs[name] for name in ended) + sum(epochs[name] * part for name, part in trains.items())
            yield Progress(int(done), total)
