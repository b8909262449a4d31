"""`lstmmusic train`: a run that the studio can open, trained in this process."""

from __future__ import annotations

import argparse
import math
from contextlib import closing, suppress
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lstmmusic.base.files import home_path, safe_name
from lstmmusic.base.words import count_of
from lstmmusic.command.finding import add_folder, find_run, say_how_to_resume
from lstmmusic.command.ingredients import add_ingredients, given_ingredients, read_recipe
from lstmmusic.command.output import Output
from lstmmusic.command.stopping import Stopping
from lstmmusic.config import CHANGEABLE, Cluster, TrainingConfig
from lstmmusic.config.options import given_settings
from lstmmusic.errors import ConfigError, SaveError

if TYPE_CHECKING:
    from lstmmusic.runs.recipe import Music, Recipe
    from lstmmusic.runs.training import RunProgress

HELP = "train a run, which opens in the studio"
USAGE = "[options]"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    add_folder(parser, "where the run is saved in runs/")
    parser.add_argument("--name", help="of the run (default: from time, music and network)")
    parser.add_argument(
        "--resume",
        metavar="RUN",
        help="continue a run exactly where it stopped: its name or path; with settings that may change during a run, "
        "these change",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        metavar="N",
        help="end after N minutes of training in all, if the epochs are not done before",
    )
    parser.add_argument("--updates", type=int, metavar="N", help="end after N updates in all")
    add_cluster(parser, "the mini-batches of the run are divided among its workers")
    parser.add_argument(
        "--workers", type=int, metavar="N", help=f"workers of the cluster (default: {Cluster().workers})"
    )
    add_machine(parser)
    add_ingredients(parser)


def add_cluster(parser: argparse.ArgumentParser, how: str) -> None:
    """Add options that say which machines train; see `read_cluster`."""
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help=f"train on the machines of a Ray cluster, auto or ray://host:10001: {how}; --threads are then the cores "
        "of each (default: 1)",
    )
    parser.add_argument(
        "--storage",
        metavar="PLACE",
        help="where the cluster keeps checkpoints: a folder that all machines see, or a URI (default: here)",
    )


def read_cluster(options: argparse.Namespace, **others: int) -> Cluster | None:
    """Return the machines that train, if they are not only this one."""
    if options.cluster is None:
        if options.storage is not None:
            options.parser.error("--storage needs --cluster")
        return None
    return Cluster(options.cluster, cores=options.threads or 1, storage=options.storage or "", **others)


def add_machine(parser: argparse.ArgumentParser) -> None:
    """Add options that say what computes."""
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps or auto: the fastest (default: auto)")
    parser.add_argument(
        "--threads",
        type=int,
        metavar="N",
        help="threads that compute on the CPU (default: one less than there are cores)",
    )


def use_threads(threads: int | None) -> None:
    """Let torch compute with this many threads; by default one less than there are cores."""
    import torch

    from lstmmusic.network.devices import leave_a_core
    from lstmmusic.settings import check_number

    leave_a_core()
    if threads is not None:
        check_number("threads", threads, 1, 4096, whole=True)
        torch.set_num_threads(threads)


def run(options: argparse.Namespace, output: Output) -> int:
    """Train a new run, or continue one; return the exit status.

    Raises
    ------
    LSTMMusicError
        If the music or the run cannot be loaded, an option is out of range, training fails, or the disk is full.
    """
    folder = home_path(options.folder)
    workers = {} if options.workers is None else {"workers": options.workers}
    cluster = read_cluster(options, **workers)
    if workers and not cluster:
        options.parser.error("--workers needs --cluster")
    path: Path | None = None
    changes: dict[str, Any] = {}
    if options.updates is not None and options.updates < 1:
        options.parser.error(f"argument --updates: updates is {options.updates}; it must be at least 1")
    if options.resume:
        path, recipe, changes = _resume(options, folder)
    else:
        recipe = read_recipe(options, folder, options.minutes)
    use_threads(options.threads)
    music = output.finish(recipe.loading_music(), "Reading music")
    path = path or _create(options.name, folder, recipe)
    try:
        return _train(options, output, path, recipe, music, changes, cluster)
    finally:
        with suppress(OSError):
            path.rmdir()  # if nothing was saved there


def _resume(options: argparse.Namespace, folder: Path) -> tuple[Path, Recipe, dict[str, Any]]:
    """Return the folder of a run that continues, what it was made of, and settings to change."""
    from lstmmusic.runs.listing import read_run
    from lstmmusic.runs.recipe import Recipe

    if fixed := set(given_ingredients(options)) - set(CHANGEABLE):
        options.parser.error(f"a run that is resumed keeps its {sorted(fixed)[0].replace('_', ' ')}; start a new one")
    if options.name:
        options.parser.error("a run that is resumed keeps its name")
    found = read_run(find_run(options.resume, folder))
    if not found.path.is_dir():
        raise ConfigError(f"{found.name} is a single file of the first version; duplicate it in the studio")
    return found.path, replace(Recipe.of_run(found), minutes=options.minutes), given_settings(options, TrainingConfig)


def _create(name: str | None, folder: Path, recipe: Recipe) -> Path:
    """Create the folder of a new run; a name that was given must be free."""
    from lstmmusic.runs.store import default_name, new_run_folder

    path = new_run_folder(folder, name or default_name(datetime.now().astimezone(), recipe.source, recipe.shape))
    if name and path.name != safe_name(name):
        path.rmdir()
        raise SaveError(f"there is already a run {name!r}; choose another --name, or continue it: --resume")
    return path


def _train(
    options: argparse.Namespace,
    output: Output,
    path: Path,
    recipe: Recipe,
    music: Music,
    changes: dict[str, Any],
    cluster: Cluster | None,
) -> int:
    from lstmmusic.runs.training import train

    more: dict[str, Any] = {}
    if cluster:
        from lstmmusic.cluster.training import train_together

        # A number of updates is only met by one that comes alone.
        more = {"steps": partial(train_together, cluster=cluster, alone=lambda: options.updates is not None)}

    asked = "Stopping after this update, to save the run; again: end without …"
    with Stopping(lambda: output.say(asked)) as stopping:
        work = train(recipe, path, device=options.device, folder=options.folder, music=music, changes=changes, **more)
        with closing(work), output.progress("Training") as show:
            problem = ""
            for progress in work:
                output.record(event="progress", **finite(progress))
                show(progress.done, describe_progress(progress))
                if progress.problem != problem:
                    problem = progress.problem
                    output.say(problem or "The run is saved again.")
                if stopping.signal or (options.updates and progress.update >= options.updates):
                    break
    progress = replace(progress, saved=progress.update)  # as closing it has saved it
    output.say(f"Trained {path.name}: {describe_progress(progress)}.")
    if stopping.signal:
        output.say(say_how_to_resume("train", path.name, options.folder))
    output.give(str(path), event="end", path=str(path), **finite(progress))
    return stopping.status


def describe_progress(progress: RunProgress) -> str:
    """Return how far a run has come, in words."""
    words = [count_of(progress.update, "update"), count_of(progress.epoch, "epoch")]
    words += [f"loss {progress.loss:.2f}"] * (not math.isnan(progress.loss))
    words += [f"validation {progress.validation:.2f}, best {progress.best:.2f}"] * (not math.isnan(progress.validation))
    return ", ".join(words)


def finite(progress: RunProgress) -> dict[str, Any]:
    """Return progress for JSON, which has no NaN."""
    return {name: None if value != value else value for name, value in asdict(progress).items()}
