"""The file of a sweep, `<folder>/sweeps/<name>.json`, so that it can be continued; the runs are saved by themselves.

A file from somebody else may claim anything: everything in it is checked, and it cannot lead out of the folder.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from lstmmusic.base.files import home_path, leads_elsewhere, safe_name, unused_path, write_atomically
from lstmmusic.errors import CheckpointError, plain_text, reason_of
from lstmmusic.runs.checkpoint import checking
from lstmmusic.settings import check_choice, check_number
from lstmmusic.sweeps.plan import MOST_RUNS, Plan
from lstmmusic.sweeps.sweep import SWEEPS, RunState, Sweep, SweptRun

FORMAT = 1
MAX_BYTES = 16_000_000


def save_sweep(sweep: Sweep) -> None:
    """Write the file of a sweep.

    Raises
    ------
    SaveError
        If it cannot be written; a file that was there before is unharmed.
    """
    runs = [
        {"name": run.name, "values": dict(run.values), "state": run.state, "reason": run.reason} for run in sweep.runs
    ]
    content = {"format": FORMAT, "plan": sweep.plan.to_dict(), "runs": runs}
    write_atomically(sweep.path, json.dumps(content, indent=1).encode())


def free_sweep_name(folder: Path, name: str) -> str:
    """Return a name for a new sweep, with a number added where it is taken."""
    return unused_path(folder / SWEEPS / f"{safe_name(name)}.json").stem


def load_sweep(path: Path) -> Sweep:
    """Read the file of a sweep.

    Raises
    ------
    CheckpointError
        If it is not one, is damaged, cannot be read, or is a link.
    """
    name = plain_text(path.name)
    with checking(name, "sweep"):
        if leads_elsewhere(path) or leads_elsewhere(path.parent):
            raise CheckpointError(f"{name} leads elsewhere, and is not followed; put a copy of the sweep here")
        if not path.is_file():
            raise CheckpointError(f"{name} was not found; check the path")
        check_number("the size of the file", path.stat().st_size, 2, MAX_BYTES)
        try:
            content = json.loads(path.read_bytes())
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
        if content["format"] != FORMAT:
            raise CheckpointError(f"{name} has format {content['format']!r}; this version reads format {FORMAT}")
        plan = Plan.from_dict(content["plan"])
        check_number("number of runs", len(content["runs"]), 1, MOST_RUNS, whole=True)
        runs = tuple(_read_run(entry, plan) for entry in content["runs"])
        if len({run.name for run in runs}) < len(runs):
            raise ValueError("two runs have one name")
        return Sweep(path.absolute().parents[1], path.stem, plan, runs)


def _read_run(entry: dict[str, Any], plan: Plan) -> SweptRun:
    name, state, reason = entry["name"], entry["state"], entry["reason"]
    if not isinstance(name, str) or safe_name(name) != name:
        raise ValueError(f"{str(name)[:40]!r} is not the name of a run")
    check_choice("state", state, get_args(RunState))
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in entry["values"].items()}
    if set(values) != set(plan.settings):
        raise ValueError("a run has other settings than the plan")
    plan.recipe_of(values)  # raises if a value is not allowed
    return SweptRun(name, values, state, plain_text(str(reason)))


def find_sweeps(folder: str | Path) -> tuple[tuple[Sweep, ...], tuple[str, ...]]:
    """List the sweeps in `<folder>/sweeps`, that which was saved last first, and why others cannot be read.

    Parameters
    ----------
    folder : str or Path
        The folder of the studio.

    Returns
    -------
    sweeps : tuple of Sweep
    problems : tuple of str
    """
    shelf = home_path(folder) / SWEEPS
    sweeps: list[tuple[float, Sweep]] = []
    broken: list[str] = []
    try:
        paths = sorted(path for path in shelf.iterdir() if path.suffix == ".json" and not path.name.startswith("."))
    except FileNotFoundError:
        return (), ()
    except OSError as error:
        return (), (plain_text(f"{shelf} cannot be listed ({reason_of(error)}); check the folder"),)
    for path in paths:
        try:
            sweep = load_sweep(path)
            sweeps.append((path.stat().st_mtime, sweep))
        except (CheckpointError, OSError) as error:
            broken.append(str(error))
    return tuple(sweep for _, sweep in sorted(sweeps, key=lambda entry: entry[0], reverse=True)), tuple(broken)
