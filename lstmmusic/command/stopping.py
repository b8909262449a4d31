"""Ctrl-C, and the request of the system to end, while a run trains: it stops between two updates, and is saved."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """In a `with`, the first signal only calls a function; the second one interrupts what is running.

    Parameters
    ----------
    notice : callable
        Called at the first signal.

    Attributes
    ----------
    signal : int or None
        The one that came.
    """

    def __init__(self, notice: Callable[[], None]) -> None:
        self._notice = notice
        self._before: dict[int, Any] = {}
        self.signal: int | None = None

    def __enter__(self) -> Self:
        """Handle signals."""
        self._before = {each: signal.signal(each, self._handle) for each in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Handle them as before."""
        for each, handler in self._before.items():
            signal.signal(each, handler)

    @property
    def status(self) -> int:
        """The exit status of a program that a signal ended, or 0."""
        return 128 + self.signal if self.signal else 0

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None:
            raise KeyboardInterrupt
        self.signal = number
        self._notice()
