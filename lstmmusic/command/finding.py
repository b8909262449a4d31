"""The run that a command is given: by its name among the runs of a folder, or by its path."""

from __future__ import annotations

import argparse
from pathlib import Path

from lstmmusic.base.files import home_path
from lstmmusic.errors import CheckpointError

SHOWN = 10  # names in a message

SINGLE = ".safetensors"  # of a run that is a single file, as the first version saved it


def add_folder(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the option that says which folder of a studio is meant."""
    parser.add_argument("--folder", default=".", help=f"the folder of the studio, {what} (default: this folder)")


def find_named(name: str, folder: str | Path) -> Path | None:
    """Return the path of the run of that name in the folder of a studio; None if there is none."""
    if not name or name == ".." or Path(name).name != name:  # a path
        return None
    runs = home_path(folder) / "runs"
    return next((path for path in (runs / name, runs / f"{name}{SINGLE}") if path.exists()), None)


def find_run(name: str, folder: str | Path) -> Path:
    """Return the path of a run: `<folder>/runs/<name>`, or `name` itself where there is no such run.

    Raises
    ------
    CheckpointError
        If there is neither.
    """
    for path in (find_named(name, folder), home_path(name)):
        if path and path.exists():
            return path
    runs = home_path(folder) / "runs"
    names = sorted(path.name.removesuffix(SINGLE) for path in runs.glob("[!.]*"))
    listed = f"it has: {', '.join(names[:SHOWN])}{', …' * (len(names) > SHOWN)}" if names else "it has none yet"
    raise CheckpointError(f"there is no run {name!r}, neither in {runs} nor as a path; {listed}")


def say_how_to_resume(command: str, name: str, folder: str) -> str:
    """Return the command that continues a run or a sweep in the folder of a studio."""
    from lstmmusic.runs.as_command import quote

    where = "" if folder == "." else f" --folder {quote(folder)}"
    return f"Continue with: lstmmusic {command} --resume {quote(name)}{where}"
