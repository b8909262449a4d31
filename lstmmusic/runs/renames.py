"""Where runs are that were renamed, so that what knows them by an earlier name, such as a sweep, still finds them.

Beside the runs lies a folder with a file for each earlier name, which has the name that came after it. A file from
somebody else may claim anything: it can name a run of the same folder, and nothing else.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from lstmmusic.base.files import leads_elsewhere, safe_name, write_atomically
from lstmmusic.errors import ConfigError, SaveError

RENAMED = ".renamed"
MOST_BYTES = 1000  # of a name
MOST_RENAMES = 100  # of a run, that are followed


def remember_rename(before: Path, after: Path) -> None:
    """Remember under which name a run is now; where nothing can be written, what knows the name before loses the run.

    Parameters
    ----------
    before, after : Path
        Its folder.
    """
    shelf = before.parent / RENAMED
    if not leads_elsewhere(shelf):
        with suppress(SaveError):
            write_atomically(shelf / before.name, os.fsencode(after.name), durable=False)


def find_renamed(path: Path) -> Path:
    """Return the folder of a run that may have been renamed since; `path` itself if it is not known where it is."""
    found = path
    for _ in range(MOST_RENAMES):
        if os.path.lexists(found):
            return found
        with suppress(OSError, ConfigError):
            name = _read(found.parent / RENAMED / found.name)
            if name and safe_name(name) == name:
                found = found.with_name(name)
                continue
        break
    return path


def _read(file: Path) -> str:
    if leads_elsewhere(file.parent) or leads_elsewhere(file) or not file.is_file() or file.stat().st_size > MOST_BYTES:
        return ""
    return os.fsdecode(file.read_bytes())
