"""`lstmmusic sweep`: runs that differ in some settings, trained in processes of their own, and ranked."""

from __future__ import annotations

import argparse
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lstmmusic.base.files import home_path, safe_name
from lstmmusic.base.words import count_of
from lstmmusic.command.finding import add_folder, say_how_to_resume
from lstmmusic.command.ingredients import add_ingredients, given_ingredients, read_recipe
from lstmmusic.command.output import Output
from lstmmusic.command.stopping import Stopping
from lstmmusic.command.train import add_cluster, add_machine, describe_progress, finite, read_cluster
from lstmmusic.errors import SaveError

if TYPE_CHECKING:
    from lstmmusic.sweeps.execution import Executor
    from lstmmusic.sweeps.plan import Values
    from lstmmusic.sweeps.sweep import Sweep
    from lstmmusic.sweeps.sweeping import Sweeping

HELP = "train runs that differ in some settings, and rank them"
USAGE = "[options] --values SETTING=VALUES ..."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    add_folder(parser, "where runs are saved in runs/, and the sweep in sweeps/")
    parser.add_argument("--name", help="of the sweep, with which the names of its runs begin (default: time and music)")
    parser.add_argument(
        "--resume", metavar="NAME", help="continue a sweep where it was, without other options of its runs"
    )
    parser.add_argument(
        "--values",
        nargs="+",
        action="extend",
        metavar="SETTING=VALUES",
        help="what the runs differ in: learning_rates=0.002,0.004 or dropout.hidden=0.2,0.4, every combination; with "
        "--random also ranges, such as clip='0.1 to 10'",
    )
    parser.add_argument("--random", type=int, metavar="N", help="draw N runs at random")
    parser.add_argument("--sweep-seed", type=int, metavar="N", help="for what is drawn (default: 0)")
    parser.add_argument("--minutes", type=float, metavar="N", help="of training, after which a run ends")
    parser.add_argument(
        "--stop-early", action="store_true", default=None, help="end hopeless runs early, by successive halving"
    )
    parser.add_argument(
        "--at-once", type=int, default=1, metavar="N", help="runs that train at the same time (default: 1)"
    )
    add_cluster(parser, "as many runs at once as it has cores or GPUs")
    add_machine(parser)
    add_ingredients(parser)


def run(options: argparse.Namespace, output: Output) -> int:
    """Train a sweep, or continue one; return the exit status.

    Raises
    ------
    LSTMMusicError
        If the music cannot be loaded, an option is out of range, or the disk is full.
    """
    folder = home_path(options.folder).absolute()
    planned = _load(options, folder) if options.resume else read_sweep(options, folder)

    from lstmmusic.sweeps.sweeping import Sweeping

    sweeping = Sweeping(planned, _make_executor(options))
    with Stopping(lambda: output.say("Stopping, to save the runs that train; again: end without …")) as stopping:
        _train(sweeping, output, stopping)
    for result in sweeping.sweep.results():
        path = result.run.path if result.run else sweeping.sweep.folder / "runs" / result.name
        best = None if result.best != result.best else result.best
        words = f"{'–' if best is None else f'{best:.4f}'}\t{result.state}\t{result.name}"
        record = {"name": result.name, "state": result.state, "reason": result.reason, "values": dict(result.values)}
        output.give(words, event="result", path=str(path), best=best, **record)
    if stopping.signal:
        output.say(say_how_to_resume("sweep", sweeping.sweep.name, options.folder))
    elif waiting := sweeping.sweep.waiting:  # those that were interrupted, as by a full disk
        how = say_how_to_resume("sweep", sweeping.sweep.name, options.folder)
        output.fail(f"{count_of(len(waiting), 'run')} could not be finished. {how}")
    failed = all(result.state == "failed" for result in sweeping.sweep.runs)
    return stopping.status or int(failed or bool(sweeping.sweep.waiting))


def _make_executor(options: argparse.Namespace) -> Executor:
    """Return what trains the runs: processes on this machine, or a cluster."""
    if cluster := read_cluster(options):
        from lstmmusic.sweeps.trials import Trials

        return Trials(cluster)

    from lstmmusic.sweeps.processes import THREADS, Processes

    return Processes(options.at_once, threads=options.threads or THREADS, device=options.device)


def read_sweep(options: argparse.Namespace, folder: Path) -> Sweep:
    """Return the sweep that the options describe."""
    if not options.values:
        options.parser.error("say what the runs differ in: --values learning_rates=0.002,0.004")

    from lstmmusic.sweeps.file import free_sweep_name
    from lstmmusic.sweeps.plan import Plan
    from lstmmusic.sweeps.sweep import Sweep, default_sweep_name

    recipe = read_recipe(options, folder, options.minutes)
    settings: dict[str, Values] = {}
    for each in options.values:
        key, values = _read_values(options, each)
        if key in settings:
            options.parser.error(f"argument --values: {key} comes twice; list all its values at once: {key}=0.5,1")
        settings[key] = values
    plan = Plan(recipe, settings, options.random, options.sweep_seed or 0, bool(options.stop_early))
    wanted = safe_name(options.name or default_sweep_name(datetime.now().astimezone(), plan))
    name = free_sweep_name(folder, wanted)
    if options.name and name != wanted:
        raise SaveError(f"there is already a sweep {wanted!r}; choose another --name, or continue it: --resume")
    return Sweep.of(plan, folder, name)


def _read_values(options: argparse.Namespace, text: str) -> tuple[str, Values]:
    """Read a setting and its values."""
    from lstmmusic.sweeps.plan import Swept

    key, sign, values = text.partition("=")
    if not sign:
        options.parser.error(f"argument --values: {text!r} has no values; write it as clip=0.5,1")
    key = key.strip().replace("-", "_")
    return key, Swept.of(key).read(values)


def _load(options: argparse.Namespace, folder: Path) -> Sweep:
    """Return a sweep that continues; stopped runs stay stopped."""
    asked = [
        name
        for name in ("values", "random", "sweep_seed", "minutes", "stop_early", "name")
        if getattr(options, name) is not None
    ]
    if fixed := asked + given_ingredients(options):
        options.parser.error(f"a sweep that is resumed keeps its {fixed[0].replace('_', ' ')}; start a new one")

    from lstmmusic.sweeps.file import load_sweep
    from lstmmusic.sweeps.sweep import SWEEPS

    return load_sweep(folder / SWEEPS / f"{safe_name(options.resume)}.json")


def _train(sweeping: Sweeping, output: Output, stopping: Stopping) -> None:
    """Train the runs that wait, and say how each ends."""
    total = len(sweeping.sweep.runs)
    with closing(sweeping.events()) as events, output.progress(f"Training {count_of(total, 'run')}") as show:
        for event in events:
            waiting = {run.name for run in sweeping.sweep.waiting}
            parts = [sweeping.progress[name].done for name in waiting & sweeping.progress.keys()]
            ended = total - len(waiting)
            known = event.progress
            output.record(event=event.kind, name=event.name, reason=event.reason, **(finite(known) if known else {}))
            show(
                (ended + sum(parts)) / total,
                f"{ended} ended; {event.name}{f': {describe_progress(known)}' if known else ''}",
            )
            if event.kind != "progress":
                reason = f": {event.reason}" if event.reason else ""
                output.say(f"{event.name} {event.kind}{reason}")
            if stopping.signal:
                break
