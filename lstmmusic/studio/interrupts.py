"""Kernel > Interrupt, told to the studio: by itself it ends only what a cell is doing, and no worker thread.

An idle kernel ignores the signal. It puts the handler that it found back in place after each message, so that is
where ours goes in. In a cell that is at work, the interrupt is its `KeyboardInterrupt`.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

from IPython.core.getipython import get_ipython


def watch_interrupts(tell: Callable[[], None]) -> Callable[[], None]:
    """Call `tell` at each interrupt of the kernel; return the function that ends it.

    Parameters
    ----------
    tell : callable
        Called between any two instructions of the main thread: it should set an event, and no more.
    """
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if shell is None or kernel is None or threading.current_thread() is not threading.main_thread():
        return lambda: None
    events = shell.events
    before = getattr(kernel, "saved_sigint_handler", signal.SIG_IGN)

    def handle(number: int, frame: Any) -> None:
        tell()

    def look(result: Any) -> None:
        if isinstance(result.error_in_exec, KeyboardInterrupt):
            tell()

    def stop() -> None:
        if kernel.saved_sigint_handler is handle:
            kernel.saved_sigint_handler = before
        events.unregister("post_run_cell", look)

    kernel.saved_sigint_handler = handle
    events.register("post_run_cell", look)
    return stop
