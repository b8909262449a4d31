"""Runs in processes of their own on this machine, so that what shows them stays quick.

Each run is a bare interpreter at the end of two pipes: Python's pools would run the main script again in each process,
and a process that dies would take others with it. Nothing is forked, since the threads of torch would not survive.
Here a thread reads the events of each process; only the thread that iterates over `run` sees them.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import asdict
from queue import SimpleQueue
from typing import Any

from lstmmusic.errors import reason_of
from lstmmusic.runs.training import RunProgress
from lstmmusic.settings import check_number
from lstmmusic.sweeps.execution import Event, PlannedRun

# A run of a sweep is listed while it trains, and a sweep loses at most this when its process is killed.
AUTOSAVE_SECONDS = 15.0

# Longer than any update takes, and any disk; after that a process that was asked to stop is killed.
TIMEOUT = 60.0  # seconds

NICE = 10  # how much other programs come first, on systems with such levels

# Threads that compute one run: the cores of this machine but one, as in the studio; see `leave_a_core`.
THREADS = max(1, (os.cpu_count() or 2) - 1)

_CODE = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.readline()); "
    "from lstmmusic.sweeps.child import serve; serve()"
)

logger = logging.getLogger(__name__)


class Processes:
    """An `Executor` that trains runs in processes of their own, one after the other, or several at once.

    Parameters
    ----------
    at_once : int
        Runs that train at the same time.
    threads : int
        Threads of torch in each process. On the CPU, a run equals the same run alone with as many, to the last bit.
    device : str
        See `lstmmusic.network.devices.choose_device`.
    autosave : float
        Seconds between two saves of a run: the most that is lost if its process is killed.
    """

    def __init__(
        self,
        at_once: int = 1,
        *,
        threads: int = THREADS,
        device: str = "auto",
        autosave: float = AUTOSAVE_SECONDS,
    ) -> None:
        check_number("at_once", at_once, 1, 64, whole=True)
        check_number("threads", threads, 1, 1024, whole=True)
        self._at_once, self._threads, self._device, self._autosave = at_once, threads, device, autosave
        self._children: dict[str, _Child] = {}
        self._stopped: set[str] = set()  # that have not begun, or are asked to stop
        self._changing = threading.Lock()

    def run(self, runs: Sequence[PlannedRun]) -> Generator[Event, None, None]:
        """See `Executor.run`."""
        waiting = deque(runs)
        events: SimpleQueue[tuple[_Child, Event | None]] = SimpleQueue()
        try:
            while waiting or self._children:
                while waiting and len(self._children) < self._at_once:
                    run = waiting.popleft()
                    if ended := self._start(run, events):
                        yield ended
                if not self._children:
                    continue
                child, event = events.get()
                if event is None:
                    with self._changing:
                        del self._children[child.name]
                    event = child.close()
                if event:
                    yield event
        finally:
            self._end()

    def stop(self, name: str) -> None:
        """See `Executor.stop`."""
        with self._changing:
            self._stopped.add(name)
            if child := self._children.get(name):
                child.stop()

    def _start(self, run: PlannedRun, events: SimpleQueue[Any]) -> Event | None:
        """Start the process of a run; return how it has ended if that is not possible, or it was stopped before."""
        task: dict[str, Any] = {"recipe": asdict(run.recipe), "path": str(run.path), "folder": str(run.folder)}
        task |= {"threads": self._threads, "device": self._device, "autosave": self._autosave, "nice": NICE}
        if run.name in self._stopped:
            return Event(run.name, "stopped")
        try:
            child = _Child(run.name, task, events)
        except OSError as error:
            reason = f"no process could be started ({reason_of(error)}): close other programs, and continue it"
            return Event(run.name, "interrupted", reason=reason)
        with self._changing:
            self._children[run.name] = child
            if run.name in self._stopped:  # meanwhile
                child.stop()
        return None

    def _end(self) -> None:
        """Save and end the runs that train; those that do not answer are killed."""
        with self._changing:
            children, self._children = list(self._children.values()), {}
            self._stopped.clear()
        for child in children:
            child.stop()
        for child in children:
            child.close()


class _Child:
    """A process that trains a run, and the thread that reads its events; the last thing in the queue is a None."""

    def __init__(self, name: str, task: dict[str, Any], events: SimpleQueue[tuple[_Child, Event | None]]) -> None:
        self.name = name
        self._ended: Event | None = None
        self._last: RunProgress | None = None
        # Windows knows no such levels, but a flag.
        flags = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
        self._process: Any = subprocess.Popen(
            [sys.executable, "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            creationflags=flags,
        )
        self._send(sys.path, task)
        self._reader = threading.Thread(target=self._read, args=(events,), name=f"lstmmusic-{name}", daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """Ask the process to stop after the current update."""
        self._send("stop")

    def close(self) -> Event | None:
        """Wait for the end of the process, and return how the run has ended, unless that was in the queue."""
        self._reader.join(TIMEOUT)
        if self._reader.is_alive():
            logger.warning("the process of %s does not answer, and is killed", self.name)
            self._process.kill()
        # Leaving the context flushes a pipe that nothing reads any more.
        with suppress(OSError), self._process:
            pass
        self._reader.join()
        return None if self._ended else Event(self.name, "interrupted", self._last, self._explain())

    def _explain(self) -> str:
        status = self._process.returncode
        if status < 0:
            name = signal.Signals(-status).name
            return f"its process was ended by {name}; what was trained since it was last saved is lost: continue it"
        return f"its process ended with status {status}; what was trained since it was last saved is lost: continue it"

    def _send(self, *messages: Any) -> None:
        with suppress(OSError):  # it has died; reading its events says so
            for message in messages:
                self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def _read(self, events: SimpleQueue[tuple[_Child, Event | None]]) -> None:
        try:
            for line in self._process.stdout:
                try:
                    answer = json.loads(line)
                except ValueError:  # cut off when it died
                    break
                if answer["progress"]:
                    self._last = RunProgress.from_dict(answer["progress"])
                event = Event(self.name, answer["kind"], self._last, answer["reason"])
                if event.kind != "progress":
                    self._ended = event
                events.put((self, event))
        finally:  # or the sweep would wait for ever
            events.put((self, None))
