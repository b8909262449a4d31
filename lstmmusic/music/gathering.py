"""Verdicts are gathered into a corpus: in memory, and past a size in a file of the user's cache folder."""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError, SaveError
from lstmmusic.music.cache import cache_folder
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.note_table import NoteTable
from lstmmusic.music.roll import Tune
from lstmmusic.music.source import Source
from lstmmusic.music.store import SUFFIX, Store
from lstmmusic.music.storing import Writer, writing
from lstmmusic.music.verdicts import Verdict

# Of all corpora in the cache together.
MAX_BYTES = 2**35

_log = logging.getLogger(__name__)


class Gathering:
    """The verdicts on the files of a corpus, as they are made.

    Parameters
    ----------
    place : Path
        The file in which they are stored past the limit.
    config : RollConfig
    limit : int or None
        Bytes of rolls, onsets and velocities in memory; None: no limit.

    Attributes
    ----------
    tunes : int
        How many files can be used.
    reasons : list of str
        Those of the first three verdicts.
    """

    def __init__(self, place: Path, config: RollConfig, limit: int | None) -> None:
        self.tunes = 0
        self.reasons: list[str] = []
        self._place, self._config, self._limit = place, config, limit
        self._verdicts: list[Verdict] = []
        self._bytes = 0
        self._stack = ExitStack()
        self._writer: Writer | None = None

    def __enter__(self) -> Self:
        """Begin; nothing is written yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Complete the file, or remove it if there was an error."""
        self._stack.__exit__(kind, error, trace)
        if self._writer and not error:
            prune(self._place)

    def add(self, verdict: Verdict) -> None:
        """Add the verdict on the next file."""
        self.tunes += verdict.tune is not None
        if len(self.reasons) < 3:
            self.reasons.append(verdict.reason)
        if self._writer:
            self._writer.add(verdict)
            return
        self._verdicts.append(verdict)
        self._bytes += _size_of(verdict.tune) if verdict.tune else 0
        if self._limit is not None and self._bytes > self._limit:
            self._begin()

    def end(self, name: str, source: Source, notes: NoteTable | None) -> Corpus | None:
        """Return the corpus; None if it is stored, and can be opened once this is left."""
        if self._writer:
            self._writer.end(name, source, notes)
            return None
        tunes = tuple(verdict.tune for verdict in self._verdicts if verdict.tune is not None)
        return Corpus(name, self._config, tunes, tuple(self._verdicts), source, notes)

    def _begin(self) -> None:
        """Begin the file, with all that was gathered so far."""
        try:
            self._writer = self._stack.enter_context(writing(self._place, self._config, durable=False))
        except SaveError as error:
            _log.warning("the music does not fit into the cache, and is kept in memory: %s", error)
            self._limit = None
            return
        for verdict in self._verdicts:
            self._writer.add(verdict)
        self._verdicts.clear()


def _size_of(tune: Tune) -> int:
    parts = tune.packed, tune.packed_onsets, tune.packed_velocities
    return sum(part.nbytes for part in parts if part is not None)


def corpora_folder() -> Path:
    """Return the folder of the corpora in the cache."""
    return cache_folder().with_name("corpora")


def recall_corpus(place: Path) -> Store | None:
    """Open a corpus in the cache; None if there is none, or it is damaged, which is logged as a warning."""
    if not os.path.lexists(place):
        return None
    try:
        store = Store(place)
    except CorpusError as error:
        _log.warning("%s; its files are read again", error)
        return None
    with suppress(OSError):
        os.utime(place)  # the time of last use, for `prune`
    return store


def prune(keep: Path) -> None:
    """Remove the least recently used corpora from the cache until all have at most `MAX_BYTES`, but never `keep`."""
    with suppress(OSError):  # another process may do so too, and systems may not remove what is open
        with os.scandir(keep.parent) as entries:
            known = [(entry.stat(), Path(entry.path)) for entry in entries if entry.name.endswith(SUFFIX)]
        excess = sum(status.st_size for status, _ in known) - MAX_BYTES
        for status, path in sorted(known, key=lambda one: one[0].st_mtime_ns):
            if excess <= 0:
                break
            if path != keep:
                path.unlink()
                excess -= status.st_size
