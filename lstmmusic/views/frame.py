"""What applies to the studio as a whole: its style, its keys, the names of its sliders, and whether a page shows it."""

from __future__ import annotations

import time

import traitlets

from lstmmusic.views.base import View, read_bundle, read_css


class FrameView(View):
    """An invisible part of the box with the class `lstmmusic-studio`, in which it sets names and tooltips.

    It becomes visible in a page whose kernel is gone, and says so.

    Traits: `period`, the seconds between two reports of a page that it shows this; `studio`, the id of the widget that
    a page without a kernel closes, with all below it, once it no longer shows it.

    Attributes
    ----------
    seen : float or None
        The clock at the last report; None before the first.
    """

    _esm = read_bundle("frame")
    _css = read_css("frame")
    period = traitlets.Float(20.0, min=0.1).tag(sync=True)
    studio = traitlets.Unicode("").tag(sync=True)
    seen: float | None = None

    def __init__(self, **traits: object) -> None:
        super().__init__(**traits)
        self.on_msg(self._on_message)

    def _on_message(self, _: object, content: object, __: object) -> None:
        if isinstance(content, dict) and content.get("kind") == "page":
            self.seen = time.monotonic()
