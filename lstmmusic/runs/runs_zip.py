"""Runs in one zip file, to be unpacked into the folder `runs` of another studio."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from lstmmusic.base.files import replacing
from lstmmusic.base.progress import Progress, Work
from lstmmusic.errors import plain_text
from lstmmusic.runs.listing import Run
from lstmmusic.runs.moving import moving
from lstmmusic.settings import checked


@checked
def zip_runs(runs: Sequence[Run], path: str | Path) -> Work[Path]:
    """Write a zip file with the folders of runs, and yield the progress; each file is copied piece by piece.

    Links are left out, and so is what begins with a dot: files that are being written, and what was deleted.

    Parameters
    ----------
    runs : sequence of Run
        They may be open elsewhere: what is written is what was saved last.
    path : str or Path
        The zip file.

    Returns
    -------
    Path
        The zip file.

    Raises
    ------
    SaveError
        If a run was moved or cannot be read, or the zip file cannot be written; an existing one is unharmed.
    """
    yield Progress(0, len(runs))
    with (
        replacing(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED, strict_timestamps=False) as zipped,  # weights hardly shrink
    ):
        for number, run in enumerate(runs):
            with moving(f"{run.name} could not be exported"):
                for each in _files_of(run.path):
                    zipped.write(each, plain_text(each.relative_to(run.path.parent).as_posix()))
            yield Progress(number + 1, len(runs))
    return Path(path)


def _files_of(path: Path) -> Iterator[Path]:
    """List the files of a run."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for each in (Path(folder, name) for name in sorted(names) if not name.startswith(".")):
            if each.is_file() and not each.is_symlink():
                yield each
