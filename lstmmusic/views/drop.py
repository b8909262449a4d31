"""A box to drop files on: the page sends them one by one, as Python requests them.

A message to the kernel that is too large is lost silently. So each file is one message, requested when the one before
it was received, and a file that is too large is never sent. Nothing here knows what is in a file.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import traitlets

from lstmmusic.base.words import count_of
from lstmmusic.errors import LSTMMusicError
from lstmmusic.views.base import View, read_bundle, read_css

_log = logging.getLogger(__name__)

MOST_FILES = 10_000
_LINES = 5  # files that the message names
_INSTEAD = "copy {it} into a folder on the machine where the notebook runs, and type that folder's path above"


@dataclass(frozen=True)
class _File:
    """A file as the page describes it."""

    index: int
    name: str
    size: int  # bytes, or below 0 if it cannot be read


@dataclass
class _Batch:
    """Files that were dropped together, and how many of them are done."""

    name: str
    wanted: list[_File] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    answered: int = 0  # of those wanted
    taken: int = 0
    received: int = 0  # bytes

    def requested(self, name: str, index: int) -> bool:
        return self.name == name and self.wanted[self.answered].index == index


class DropView(View):
    """A box to drop files on, with a button to choose them.

    Traits: `limit`, the most bytes of a file; `total_limit`, of all files that are dropped together; `endings` of
    names that are accepted, in lower case and with their dots; `message`, the text below. `upload` is what Python
    requests of the page.

    Parameters
    ----------
    on_file : callable
        Gets the name of a file and its content. The name comes from the page, as a path within the folder that was
        dropped, and is not to be trusted. An error refuses the file, and the next one follows.
    on_done : callable, optional
        Called when no more files will come, with the number of files taken and a line for each that was refused.
    endings : iterable of str
        Those that the reader of the files can read.
    """

    _esm = read_bundle("drop")
    _css = read_css("canvas", "drop")
    limit = traitlets.Int(8_000_000, min=1).tag(sync=True)
    total_limit = traitlets.Int(200_000_000, min=1).tag(sync=True)
    endings = traitlets.Tuple().tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)
    upload = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(
        self,
        on_file: Callable[[str, bytes], object],
        on_done: Callable[[int, list[str]], object] | None = None,
        *,
        endings: Iterable[str],
        **traits: object,
    ) -> None:
        self._on_file = on_file
        self._on_done = on_done
        self._batch: _Batch | None = None
        super().__init__(endings=tuple(endings), **traits)
        self.on_msg(self._on_message)

    def _on_message(self, _: object, content: Any, buffers: list[Any] | None) -> None:
        """Continue an upload; what comes after its end, or was not requested, is ignored."""
        batch = self._batch
        match content:
            case {"kind": "begin", "batch": str(name), "files": list(files)}:
                self._begin(name, files)
            case {"kind": "file", "batch": str(name), "index": int(index)} if batch and batch.requested(name, index):
                self._receive(batch, list(buffers or ()))
            case {"kind": "unreadable", "batch": str(name), "index": int(index)} if batch and batch.requested(
                name, index
            ):
                self._continue(batch, "the browser could not read it; choose it again")
            case {"kind": "cancel"} if batch:
                self._end(batch, "Cancelled: ")

    def _begin(self, name: str, entries: list[Any]) -> None:
        """Decide which files are wanted, and request the first."""
        files = []
        for index, entry in enumerate(entries):
            match entry:
                case {"name": str(path), "size": int(size)}:
                    files.append(_File(index, path, size))
                case _:
                    _log.warning("a page offers %.100r as a file; it must be a name and a size", entry)
                    return
        if self._batch:  # of another page, or of one that was closed
            self._end(self._batch, "Ended by another upload: ")
        self._batch = batch = _Batch(name)
        if len(files) > MOST_FILES:
            batch.refused.append(f"an upload carries at most {MOST_FILES:,} files: {_INSTEAD.format(it='them')}")
            files = []
        together = 0
        for file in files:
            if objection := self._objection(file, together):
                batch.refused.append(f"{_shown(file.name)} {objection}")
            else:
                batch.wanted.append(file)
                together += file.size
        self.message = ""
        self._request(batch)

    def _objection(self, file: _File, together: int) -> str:
        instead = _INSTEAD.format(it="it")
        if file.size < 0:
            return f"cannot be read by the browser: {instead}"
        if PurePosixPath(file.name).suffix.lower() not in self.endings:
            return f"is not a music file: its name ends in none of {', '.join(self.endings)}"
        if file.size > self.limit:
            return f"has {_megabytes(file.size)}, and a file may have at most {_megabytes(self.limit)}: choose another"
        if together + file.size > self.total_limit:
            return f"is too much; an upload carries at most {_megabytes(self.total_limit)} together: {instead}"
        return ""

    def _receive(self, batch: _Batch, buffers: list[Any]) -> None:
        """Pass on the file that was requested, unless it is larger than the page had said."""
        size = sum(memoryview(buffer).nbytes for buffer in buffers)
        if len(buffers) != 1 or size > self.limit or batch.received + size > self.total_limit:
            self._continue(batch, "its size is not what the page had said; choose it again")
            return
        batch.received += size
        name = batch.wanted[batch.answered].name
        self._continue(batch, _attempt(lambda: self._on_file(name, bytes(buffers[0]))))

    def _continue(self, batch: _Batch, refusal: str | None) -> None:
        if refusal is None:
            batch.taken += 1
        else:
            batch.refused.append(f"{_shown(batch.wanted[batch.answered].name)}: {refusal}")
        batch.answered += 1
        self._request(batch)

    def _request(self, batch: _Batch) -> None:
        if batch.answered == len(batch.wanted):
            self._end(batch, "")
            return
        index, count = batch.wanted[batch.answered].index, len(batch.wanted)
        self.set_trait("upload", {"batch": batch.name, "index": index, "answered": batch.answered, "count": count})

    def _end(self, batch: _Batch, how: str) -> None:
        self._batch = None
        with self.hold_sync():
            self.set_trait("upload", {"batch": batch.name, "index": None})
            self.message = _summary(batch, how)
        on_done = self._on_done
        if on_done and (problem := _attempt(lambda: on_done(batch.taken, batch.refused))):
            self.message = f"{self.message}\n{problem}"


def _attempt(action: Callable[[], object]) -> str | None:
    """Do something that may fail, and return why it did."""
    try:
        action()
    except LSTMMusicError as error:
        return str(error) or type(error).__name__
    except Exception as error:  # noqa: BLE001 - it must not end the upload of the other files
        _log.exception("an upload met an error")
        return f"{type(error).__name__}: {error}"
    return None


def _summary(batch: _Batch, how: str) -> str:
    lines = [f"{how}{count_of(batch.taken, 'file')} added"]
    if batch.refused:
        lines[0] += f", {len(batch.refused):,} left out:"
    lines += batch.refused[:_LINES]
    if len(batch.refused) > _LINES:
        lines.append(f"and {len(batch.refused) - _LINES:,} more")
    return "\n".join(lines)


def _shown(name: str) -> str:
    """Shorten the name of a file to what can be read in a line."""
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name)
    return plain if len(plain) <= 80 else f"{plain[:60]}…{plain[-19:]}"


def _megabytes(size: int) -> str:
    return f"{math.ceil(size / 1e5) / 10:g} MB"
