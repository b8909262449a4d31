"""Kernel > Interrupt, as it concerns a studio whose run trains in a thread."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

from IPython.core.getipython import get_ipython


def watch_interrupts(interrupted: Callable[[], None]) -> Callable[[], None]:
    """Call a function at each Kernel > Interrupt, which by itself ends only what a cell does, and no worker thread.

    An idle kernel ignores the signal. After each message it restores the handler that it found before, so ours replaces
    that one. In a cell that runs, the interrupt is its `KeyboardInterrupt`.

    The function is called between any two instructions of the main thread, so it should do no more than set an event.
    Returns a function that ends the calls.
    """
    shell = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if shell is None or kernel is None or threading.current_thread() is not threading.main_thread():
        return lambda: None
    events = shell.events
    before = getattr(kernel, "saved_sigint_handler", signal.SIG_IGN)

    def handle(number: int, frame: Any) -> None:
        interrupted()

    def after_cell(result: Any) -> None:
        if isinstance(result.error_in_exec, KeyboardInterrupt):
            interrupted()

    def stop() -> None:
        if kernel.saved_sigint_handler is handle:
            kernel.saved_sigint_handler = before
        events.unregister("post_run_cell", after_cell)

    kernel.saved_sigint_handler = handle
    events.register("post_run_cell", after_cell)
    return stop
