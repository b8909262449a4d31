"""The runs in a folder, listed again and again: a file is read again only once it has changed.

A studio looks every second for what other processes save, in folders of a thousand runs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from lstmmusic.base.files import home_path
from lstmmusic.errors import CheckpointError, plain_text
from lstmmusic.runs.as_code import settings_in_words
from lstmmusic.runs.favourites import FOLDER, count_favourites
from lstmmusic.runs.listing import RUN_FILE, BrokenRun, Run, read_run
from lstmmusic.runs.locks import LOCKS, is_locked

# What changes with a file: kind, size, times, and which file it is.
Signature = tuple[int, ...]


@dataclass(frozen=True)
class ShelvedRun:
    """A run as it is listed.

    Parameters
    ----------
    run : Run
    settings : mapping of str to str
        As `settings_in_words` returns them.
    favourites : int
        How many takes are kept with it.
    is_open : bool
        Whether this process or another one has it open, for instance to train it.
    """

    run: Run
    settings: Mapping[str, str] = field(compare=False)
    favourites: int = 0
    is_open: bool = False


class Listing(NamedTuple):
    """The runs in a folder, the newest first, and the entries among them that cannot be read, by their names."""

    runs: tuple[ShelvedRun, ...]
    broken: tuple[BrokenRun, ...]


class Shelf:
    """The runs of a studio; one thread at a time may use it.

    Parameters
    ----------
    folder : str or Path
        The folder of the studio.
    """

    def __init__(self, folder: str | Path) -> None:
        self._folder = home_path(folder) / "runs"
        self._known: dict[Path, tuple[Signature, tuple[Run, Mapping[str, str]] | BrokenRun]] = {}
        self._kept: dict[Path, tuple[Signature, int]] = {}  # numbers of favourites
        # What `has_changed` compares with: what changes with each run, which are open, and what changes with the locks.
        self._seen: tuple[dict[Path, Signature], set[Path], Signature] | None = None

    def read(self) -> Listing:
        """List the runs; see `lstmmusic.runs.listing.find_runs`."""
        entries = self._look()
        if isinstance(entries, BrokenRun):
            return Listing((), (entries,))
        known = {path: self._read(path, signature) for path, signature in entries.items()}
        self._known = {path: (entries[path], found) for path, found in known.items()}
        runs: list[ShelvedRun] = []
        broken: list[BrokenRun] = []
        for path, found in known.items():
            if isinstance(found, BrokenRun):
                broken.append(found)
            else:
                run, settings = found
                is_open = not run.finished and is_locked(path)
                runs.append(ShelvedRun(run, settings, self._count_favourites(path), is_open))
        self._kept = {path: kept for path, kept in self._kept.items() if path in known}
        runs.sort(key=lambda each: each.run.saved, reverse=True)
        self._seen = entries, {each.run.path for each in runs if each.is_open}, self._locks
        return Listing(tuple(runs), tuple(broken))

    def has_changed(self) -> bool:
        """Return whether a run was added, saved, moved, closed or removed since the last `read`."""
        entries = self._look()
        if self._seen is None:
            return True
        before, were_open, locks = self._seen
        return entries != before or locks != self._locks or not all(map(is_locked, were_open))

    @property
    def _locks(self) -> Signature:
        return _sign(self._folder / LOCKS)

    def _look(self) -> dict[Path, Signature] | BrokenRun:
        """Return what changes with each run, by its path, or why the folder cannot be listed."""
        try:
            with os.scandir(self._folder) as found:
                names = sorted(each.name for each in found if not each.name.startswith("."))
        except FileNotFoundError:
            return {}
        except OSError as error:
            words = f"{self._folder} cannot be listed ({error.strerror}); check the folder"
            return BrokenRun(self._folder, plain_text(words))
        paths = [self._folder / name for name in names]
        return {path: _sign(path) + _sign(path / RUN_FILE) for path in paths}

    def _read(self, path: Path, signature: Signature) -> tuple[Run, Mapping[str, str]] | BrokenRun:
        before = self._known.get(path)
        if before and before[0] == signature:
            return before[1]
        try:
            run = read_run(path)
        except CheckpointError as error:
            return BrokenRun(path, str(error))
        return run, settings_in_words(run)

    def _count_favourites(self, path: Path) -> int:
        folder = path / FOLDER
        signature = _sign(folder)
        if not signature or not stat.S_ISDIR(signature[0]):
            return 0
        before = self._kept.get(path)
        if before is None or before[0] != signature:
            self._kept[path] = before = signature, count_favourites(folder)
        return before[1]


def _sign(path: Path) -> Signature:
    """Return what changes with a file or folder; links are not followed."""
    try:
        found = os.lstat(path)
    except OSError:
        return ()
    return found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
