"""A button that downloads a file of this machine in the page: Python sends it in parts, as the page requests them.

A link would put the whole file into the page, and Jupyter's server drops what is more than 1 MB in a second.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import traitlets

from lstmmusic.views.base import View, read_bundle, read_css

PART = 500_000  # bytes
MOST = 500_000_000  # bytes of a file: the page keeps its parts in memory until it has all
PATIENCE = 15.0  # seconds without a request after which a download has ended


class DownloadView(View):
    """A button that downloads the file that is offered, and shows how far it is.

    Traits: `name` of the file, or "" where none is offered, `size` in bytes, and `offers`, how many there were; `part`,
    its bytes from `start` on, and `answers`, how many parts were sent.
    """

    _esm = read_bundle("download")
    _css = read_css("download")
    name = traitlets.Unicode("", read_only=True).tag(sync=True)
    size = traitlets.Int(0, read_only=True).tag(sync=True)
    offers = traitlets.Int(0, read_only=True).tag(sync=True)
    start = traitlets.Int(0, read_only=True).tag(sync=True)
    part = traitlets.Bytes(read_only=True).tag(sync=True)
    answers = traitlets.Int(0, read_only=True).tag(sync=True)

    def __init__(self, **traits: object) -> None:
        self._path: Path | None = None
        self._requested = -math.inf  # the clock
        super().__init__(**traits)
        self.on_msg(self._on_message)
        self.layout.display = "none"

    @property
    def busy(self) -> bool:
        """Whether a page downloads the file."""
        return time.monotonic() < self._requested + PATIENCE

    def offer(self, path: Path | None) -> None:
        """Offer a file of at most 500 MB, or none, instead of the one before."""
        if path is None and self._path is None:
            return
        size = path.stat().st_size if path else 0
        self._path = path if size <= MOST else None
        self._requested = -math.inf
        with self.hold_sync():
            self.set_trait("name", self._path.name if self._path else "")
            self.set_trait("size", size)
            self.set_trait("part", b"")
            self.set_trait("offers", self.offers + 1)
        self.layout.display = None if self._path else "none"

    def _on_message(self, _: object, content: object, __: object) -> None:
        """Send the part that the page requests; malformed requests, and those of another file, are ignored."""
        match content:
            case {"kind": "part", "offer": int(offer), "start": int(start)} if offer == self.offers and start >= 0:
                self._answer(start)
            case {"kind": "end", "offer": int(offer)} if offer == self.offers:
                self._requested = -math.inf
                self.set_trait("part", b"")

    def _answer(self, start: int) -> None:
        if self._path is None:
            return
        self._requested = time.monotonic()
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                part = file.read(PART)
        except (OSError, OverflowError):
            part = b""  # which says that it cannot be read any more
        with self.hold_sync():
            self.set_trait("start", start)
            self.set_trait("part", part)
            self.set_trait("answers", self.answers + 1)
