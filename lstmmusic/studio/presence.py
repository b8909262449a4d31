"""Whether a page shows the studio: a kernel whose page was closed, or lost, would otherwise train on unseen."""

from __future__ import annotations

import time
from typing import Any

from IPython.core.getipython import get_ipython

from lstmmusic.views import FrameView

MOST_PERIOD = 20.0  # seconds: a page in the background may report once a minute


class Presence:
    """What the pages report, and the time since then.

    Parameters
    ----------
    timeout : float
        Seconds without a report after which no page is thought to show the studio.

    Attributes
    ----------
    frame : FrameView
        The part of the page that reports.
    """

    def __init__(self, timeout: float) -> None:
        self.frame = FrameView(period=min(max(timeout / 3, 1.0), MOST_PERIOD))
        self._timeout = timeout
        shell = get_ipython()
        self._events: Any = getattr(shell, "events", None)
        # In some front ends, reports wait for the cell that runs.
        self._in_cell = self._events is not None
        if self._events:
            self._events.register("pre_run_cell", self._begin_cell)
            self._events.register("post_run_cell", self._end_cell)

    @property
    def gone(self) -> bool:
        """Whether a page has shown the studio, but none did during the last `timeout` seconds."""
        seen = self.frame.seen
        return seen is not None and not self._in_cell and time.monotonic() - seen > self._timeout

    def forget(self) -> None:
        """Expect no report until the next one has come."""
        self.frame.seen = None

    def close(self) -> None:
        """Stop following cells."""
        if self._events:
            self._events.unregister("pre_run_cell", self._begin_cell)
            self._events.unregister("post_run_cell", self._end_cell)

    def _begin_cell(self, _: object) -> None:
        self._in_cell = True

    def _end_cell(self, _: object) -> None:
        if self.frame.seen is not None:
            self.frame.seen = time.monotonic()
        self._in_cell = False
