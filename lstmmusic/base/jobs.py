"""A worker thread that runs a generator, and can be paused, stepped and stopped.

The generator does all the work and knows nothing about threads; the job only calls `next`. Other threads read `state`,
`latest`, `snapshot`, `result` and `error`, which refer to immutable objects.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from typing import Any, Generic, Literal, TypeVar

from lstmmusic.errors import LSTMMusicError

JobState = Literal["ready", "running", "paused", "stopped", "finished", "failed"]
Command = Literal["run", "pause", "stop"]

Item = TypeVar("Item")
Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)


class Job(Generic[Item]):
    """Runs a generator in one daemon thread.

    Parameters
    ----------
    work : iterator
        Each `next` should take well under a second: commands take effect between two items.
    observe : callable, optional
        Makes an immutable snapshot of the work. The worker calls it between two items whenever `interval` seconds have
        passed and no call waits, at each pause and at the end.
    interval : float
        Seconds between two snapshots.

    Attributes
    ----------
    state : str
        'ready', 'running', 'paused', 'stopped', 'finished' or 'failed'.
    latest : object
        The latest item that the generator yielded; None before the first.
    snapshot : object
        The latest result of `observe`.
    result : object
        What the generator returned, once it has finished.
    error : Exception or None
        What ended a failed job.
    """

    def __init__(
        self,
        work: Iterator[Item] | Generator[Item, None, Any],
        *,
        observe: Callable[[], Any] | None = None,
        interval: float = 0.2,
    ) -> None:
        self.state: JobState = "ready"
        self.latest: Item | None = None
        self.snapshot: Any = None
        self.result: Any = None
        self.error: Exception | None = None
        self._work = work
        self._observe = observe
        self._interval = interval
        self._changed = threading.Condition()
        self._command: Command = "run"
        self._steps = 0  # items to produce although the command is to pause
        self._held = self._held_until = 0.0  # seconds after the next call; the clock before which no item begins
        self._calls: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._thread = threading.Thread(target=self._run, name="lstmmusic-job", daemon=True)

    @property
    def active(self) -> bool:
        """Whether the job is running or paused."""
        return self.state in ("running", "paused")

    @property
    def pausing(self) -> bool:
        """Whether it will pause after the current item."""
        return self.state == "running" and self._command == "pause"

    @property
    def holding(self) -> bool:
        """Whether no item begins for now; see `hold`."""
        return time.monotonic() < self._held_until

    def start(self) -> None:
        """Start the thread; only once.

        At the exit of Python the job is stopped first: a daemon thread inside torch would abort the process.

        Raises
        ------
        RuntimeError
            If it was started or stopped before.
        """
        with self._changed:
            if self.state != "ready":
                raise RuntimeError(f"this job is {self.state}; make a new one")
            self.state = "running"
        atexit.register(self._stop_and_wait)
        self._thread.start()

    def pause(self) -> None:
        """Pause after the current item."""
        self._set_command("pause")

    def resume(self) -> None:
        """Continue after a pause."""
        self._set_command("run")

    def step(self) -> None:
        """Produce one item and pause; a running job does so after the current item.

        `state` is 'running' until the item and its snapshot are there. Each call adds an item, unless the job is
        resumed or ends before.
        """
        with self._changed:
            if self.active and self._command != "stop":
                self._command = "pause"
                self._steps += 1
                self.state = "running"  # now, so that a thread that waits for 'paused' waits for the item
                self._changed.notify_all()

    def stop(self) -> None:
        """End after the current item; what was done is kept."""
        self._set_command("stop")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the thread to end; return whether it has, or was never started."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def call(self, function: Callable[[], Answer]) -> Future[Answer]:
        """Call a function in the worker between two items, when the work does not change.

        If the worker has ended or was not started, or is calling already, the function is called at once. The future
        has its result or error.
        """
        future: Future[Answer] = Future()
        with self._changed:
            if self.active and threading.current_thread() is not self._thread:
                self._calls.append((function, future))
                self._changed.notify_all()
                return future
        _answer(function, future)
        return future

    def hold(self, seconds: float) -> None:
        """Begin no item for some seconds, and as long after the next call, which then need not wait for one."""
        self._held, self._held_until = seconds, time.monotonic() + seconds

    def request_snapshot(self) -> Future[None]:
        """Ask for a new snapshot between two items; `snapshot` has it once the future is done."""
        return self.call(self._take_snapshot)

    def _stop_and_wait(self) -> None:
        self.stop()
        self.wait(10)

    def _set_command(self, command: Command) -> None:
        with self._changed:
            if self._command != "stop":
                self._command = command
            if command != "pause":
                self._steps = 0
            if self.state == "ready" and command == "stop":
                self.state = "stopped"
            if self.state == "paused" and self._command == "run":
                self.state = "running"  # now, so that the caller need not wait for the worker to wake up
            self._changed.notify_all()

    def _run(self) -> None:
        end: JobState = "failed"
        failure: Exception | None = None
        try:
            end = self._drain()
        except LSTMMusicError as error:
            failure = error
        except Exception as error:
            logger.exception("the job failed")
            failure = error
        finally:
            self._take_snapshot()
            if isinstance(self._work, Generator):
                self._work.close()  # releases what it has open
            with self._changed:
                self.state, self.error = end, failure
                calls = list(self._calls)
                self._calls.clear()
            for call in calls:
                _answer(*call)
            atexit.unregister(self._stop_and_wait)

    def _drain(self) -> JobState:
        last_snapshot = -self._interval
        while self._may_continue():
            try:
                self.latest = next(self._work)
            except StopIteration as end:
                self.result = end.value
                return "finished"
            # A call that has waited for the item need not wait for a snapshot, too.
            if not self._calls and time.monotonic() - last_snapshot >= self._interval:
                self._take_snapshot()
                last_snapshot = time.monotonic()
        return "stopped"

    def _may_continue(self) -> bool:
        """Answer calls, and wait while paused; return False once the command is to stop."""
        while True:
            with self._changed:
                if not self._calls:
                    held = self._held_until - time.monotonic()
                    if self._command == "run" and held > 0:
                        self._changed.wait(held)
                        continue
                    if self._command != "pause":
                        self.state = "running"
                        return self._command == "run"
                    if self._steps:
                        self._steps -= 1
                        return True
                    if self.state == "paused":
                        self._changed.wait()
                        continue
                call = self._calls.popleft() if self._calls else None
            if call:
                _answer(*call)
                if self._held:
                    self._held, self._held_until = 0.0, time.monotonic() + self._held
            else:
                self._take_snapshot()
                with self._changed:
                    if self._command == "pause" and not self._steps:
                        self.state = "paused"

    def _take_snapshot(self) -> None:
        if self._observe is not None:
            try:
                self.snapshot = self._observe()
            except Exception:
                logger.exception("no snapshot could be taken")


def _answer(function: Callable[[], Answer], future: Future[Answer]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(function())
    except Exception as error:  # noqa: BLE001 - the caller gets it
        future.set_exception(error)
