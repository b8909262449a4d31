"""One worker thread that drains a generator: start, pause, resume, stop.

The generator does all the work and knows nothing of threads; the job does nothing but call `next`. Other
threads read `state`, `latest`, `seen`, `result` and `error`, which are references to immutable things.
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

Item = TypeVar("Item")
Answer = TypeVar("Answer")

logger = logging.getLogger(__name__)


class Job(Generic[Item]):
    """Drains a generator in one daemon thread.

    Parameters
    ----------
    work : iterator
        Each `next` should take well under a second: the job looks at its orders between two of them.
    observe : callable, optional
        Makes an immutable picture of the work. Called by the worker between two items, when
        `interval` seconds have gone by, and once more at each pause and at the end; the result is `seen`.
    interval : float
        Seconds between two pictures.

    Attributes
    ----------
    state : str
        'ready', 'running', 'paused', 'stopped', 'finished' or 'failed'.
    latest : object
        The last item; None before the first.
    seen : object
        The last picture.
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
        self.seen: Any = None
        self.result: Any = None
        self.error: Exception | None = None
        self._work = work
        self._observe = observe
        self._interval = interval
        self._changed = threading.Condition()
        self._order: Literal["run", "pause", "stop"] = "run"
        self._steps = 0  # items to make although the order is to pause
        self._calls: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._thread = threading.Thread(target=self._run, name="lstmmusic-job", daemon=True)

    @property
    def active(self) -> bool:
        """Whether the job is running or paused."""
        return self.state in ("running", "paused")

    @property
    def pausing(self) -> bool:
        """Whether it will hold on after the item at hand."""
        return self.state == "running" and self._order == "pause"

    def start(self) -> None:
        """Begin; once only.

        When Python is left, the job is stopped first: a thread that is inside torch then would end the process
        with an abort.

        Raises
        ------
        RuntimeError
            If it was begun or stopped before.
        """
        with self._changed:
            if self.state != "ready":
                raise RuntimeError(f"this job is {self.state}; make a new one")
            self.state = "running"
        atexit.register(self._end)
        self._thread.start()

    def pause(self) -> None:
        """Hold on after the item at hand."""
        self._give("pause")

    def resume(self) -> None:
        """Go on after a pause."""
        self._give("run")

    def step(self) -> None:
        """Make one item and hold on; a job that is running makes it after the item at hand.

        `state` is 'running' until the item is made and pictured. Each call makes an item, unless the job goes on or
        ends before.
        """
        with self._changed:
            if self.active and self._order != "stop":
                self._order = "pause"
                self._steps += 1
                self.state = "running"  # at once, so that whoever waits for 'paused' waits for the item
                self._changed.notify_all()

    def stop(self) -> None:
        """End after the item at hand; what was done stays."""
        self._give("stop")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the thread has ended; return whether it has, or never began."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def call(self, function: Callable[[], Answer]) -> Future[Answer]:
        """Run a function between two items, in the worker, where nothing changes meanwhile.

        If the worker has ended, or has not begun, it runs at once. The future has its result or error.
        """
        future: Future[Answer] = Future()
        with self._changed:
            if self.active:
                self._calls.append((function, future))
                self._changed.notify_all()
                return future
        _answer(function, future)
        return future

    def look(self) -> Future[None]:
        """Make a picture of the work anew, between two items; once the future is done, `seen` has it."""
        return self.call(self._look)

    def _end(self) -> None:
        self.stop()
        self.wait(10)

    def _give(self, order: Literal["run", "pause", "stop"]) -> None:
        with self._changed:
            if self._order != "stop":
                self._order = order
            if order != "pause":
                self._steps = 0
            if self.state == "ready" and order == "stop":
                self.state = "stopped"
            if self.state == "paused" and self._order == "run":
                self.state = "running"  # at once: whoever asked for it need not wait for the worker to wake up
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
            self._look()
            if isinstance(self._work, Generator):
                self._work.close()  # what it has opened, it gives back now
            with self._changed:
                self.state, self.error = end, failure
                calls = list(self._calls)
                self._calls.clear()
            for call in calls:
                _answer(*call)
            atexit.unregister(self._end)

    def _drain(self) -> JobState:
        looked = -self._interval
        while self._may_go_on():
            try:
                self.latest = next(self._work)
            except StopIteration as end:
                self.result = end.value
                return "finished"
            if time.monotonic() - looked >= self._interval:
                self._look()
                looked = time.monotonic()
        return "stopped"

    def _may_go_on(self) -> bool:
        """Answer calls, and wait while paused; False when told to stop."""
        while True:
            with self._changed:
                if not self._calls:
                    if self._order != "pause":
                        self.state = "running"
                        return self._order == "run"
                    if self._steps:
                        self._steps -= 1
                        return True
                    if self.state == "paused":
                        self._changed.wait()
                        continue
                call = self._calls.popleft() if self._calls else None
            if call:
                _answer(*call)
            else:
                self._look()
                with self._changed:
                    if self._order == "pause" and not self._steps:
                        self.state = "paused"

    def _look(self) -> None:
        if self._observe is not None:
            try:
                self.seen = self._observe()
            except Exception:
                logger.exception("the work could not be pictured")


def _answer(function: Callable[[], Answer], future: Future[Answer]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(function())
    except Exception as error:  # noqa: BLE001 - whoever asked gets it
        future.set_exception(error)
