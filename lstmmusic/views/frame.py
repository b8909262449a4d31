"""What applies to the studio as a whole: its style, its keys, the names of its sliders, and whether a page shows it."""

from __future__ import annotations

import time
from collections.abc import Callable

import traitlets

from lstmmusic.views.base import View, read_bundle, read_css


class FrameView(View):
    """An invisible part of the box with the class `lstmmusic-studio`, in which it sets names and tooltips.

    It becomes visible in a page whose kernel is gone, and says so.

    Traits: `period`, the seconds between two reports of a page that it shows this; `studio`, the id of the widget that
    a page without a kernel closes, with all below it, once it no longer shows it; `tour`, the bubbles that "Show me"
    leads through, each with `title`, `place`, `target` and `done` (CSS selectors: what it points at, and what the user
    clicks to do it) and `words`.

    Attributes
    ----------
    seen : float or None
        The clock at the last report; None before the first.
    """

    _esm = read_bundle("frame")
    _css = read_css("frame", "bubble")
    period = traitlets.Float(20.0, min=0.1).tag(sync=True)
    studio = traitlets.Unicode("").tag(sync=True)
    tour = traitlets.List(traitlets.Dict()).tag(sync=True)
    seen: float | None = None

    def __init__(self, **traits: object) -> None:
        super().__init__(**traits)
        self._undo: Callable[[int], None] = lambda _: None
        self._open: Callable[[str], None] = lambda _: None
        self.on_msg(self._on_message)

    def on_undo(self, undo: Callable[[int], None]) -> None:
        """Call a function with -1 at each Ctrl+Z in the box, and with 1 at each Ctrl+Shift+Z."""
        self._undo = undo

    def on_place(self, open_place: Callable[[str], None]) -> None:
        """Call a function with the title of each place that the page asks for."""
        self._open = open_place

    def _on_message(self, _: object, content: object, __: object) -> None:
        kind = content.get("kind") if isinstance(content, dict) else None
        if kind == "page":
            self.seen = time.monotonic()
        elif kind in ("undo", "redo"):
            self._undo(-1 if kind == "undo" else 1)
        elif kind == "place":
            self._open(str(content.get("place")))  # type: ignore[attr-defined]
