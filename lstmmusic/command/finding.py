"""The run that a command is given: by its name among the runs of a folder, or by its path."""

from __future__ import annotations

import argparse
from pathlib import Path

from lstmmusic.base.files import home_path
from lstmmusic.errors import CheckpointError

SHOWN = 10  # names in a message


def add_folder(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the option that says which folder of a studio is meant."""
    parser.add_argument("--folder", default=".", help=f"the folder of the studio, {what} (default: this folder)")


def find_run(name: str, folder: str | Path) -> Path:
    """Return the path of a run: `<folder>/runs/<name>`, or `name` itself where there is no such run.

    Raises
    ------
    CheckpointError
        If there is neither.
    """
    runs = home_path(folder) / "runs"
    shelf = [runs / name, runs / f"{name}.safetensors"] if Path(name).name == name else []  # no path
    for path in (*shelf, home_path(name)):
        if path.exists():
            return path
    names = sorted(path.stem for path in runs.glob("[!.]*"))
    listed = f"it has: {', '.join(names[:SHOWN])}{', …' * (len(names) > SHOWN)}" if names else "it has none yet"
    raise CheckpointError(f"there is no run {name!r}, neither in {runs} nor as a path; {listed}")
