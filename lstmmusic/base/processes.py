"""A function called in processes of its own: on several cores at once, and a call that ends its process ends no other.

The pools that come with Python are not used, for two reasons. They run the main script anew in each process, which goes
round for ever in a script without a main guard. And when a process dies they give up all calls that are under way,
without a word on which was to blame. Here a process is a bare interpreter at the end of two pipes, with one call at a
time. Nothing is forked: the threads of torch would not live through it. This module knows no music.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO, Any, TypeVar

Argument = TypeVar("Argument")
Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)

_CODE = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from lstmmusic.base.processes import serve; serve()"
)

# Calls that are given out, for each process, before the first answer is asked for.
_AHEAD = 4

_SILENCE = (OSError, EOFError, pickle.UnpicklingError)

# Signals that a process is sent by others; what it does wrong ends it by other ones, or with a status. Notebook kernels
# that shut down end their children first, and go on for a moment. Windows has but the first two, and tells of neither.
_FROM_OTHERS = {getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL")}


@dataclass(frozen=True)
class Death:
    """What takes the place of an answer where the process ended during the call.

    Parameters
    ----------
    by_others : bool
        Whether a signal from outside ended it, which says nothing about the call.
    """

    by_others: bool


def call_all(
    function: Callable[[Argument], Answer], arguments: Iterable[Argument], processes: int
) -> Generator[Answer | Death, None, None]:
    """Call a function with each argument, in several processes, and yield the answers in the order of the arguments.

    Where no process can be started, the calls are made in this one, and a warning in the log tells so. Closing the
    generator lets the calls under way finish, and ends the processes.

    Parameters
    ----------
    function : callable
        A function of a module, which the processes import. It should raise nothing: that counts as death.
    arguments : iterable
        These and the answers go through `pickle`.
    processes : int

    Yields
    ------
    object or Death
    """
    calls: SimpleQueue[tuple[Future[Answer | Death], Argument] | None] = SimpleQueue()
    threads = [threading.Thread(target=_work, args=(function, calls), daemon=True) for _ in range(processes)]
    pending: deque[Future[Answer | Death]] = deque()
    for thread in threads:
        thread.start()
    try:
        for argument in arguments:
            future: Future[Answer | Death] = Future()
            calls.put((future, argument))
            pending.append(future)
            if len(pending) >= _AHEAD * processes:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()
        for _ in threads:
            calls.put(None)
        for thread in threads:
            thread.join()


def _work(function: Callable[[Any], Any], calls: SimpleQueue[Any]) -> None:
    """Hand on calls to a process, until there is a None instead: what a thread does."""
    with closing(_Process(function)) as process:
        while call := calls.get():
            future, argument = call
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(process.call(argument))
                except Exception as error:  # noqa: BLE001 - whoever waits for the answer gets it
                    future.set_exception(error)


class _Process:
    """A process that is started by the first call, and anew by the next after its death."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self._process: Any = None  # a Popen, whose type does not know that it has both pipes
        self._can_start = True

    def call(self, argument: Any) -> Any:
        """Return the answer, or the process's death."""
        if self._process is None and self._can_start:
            self._start()
        if self._process is None:
            return self._function(argument)
        try:
            return self._ask(argument)
        except _SILENCE:
            return self._bury()

    def _bury(self) -> Death:
        with suppress(subprocess.TimeoutExpired):  # it is at its end, unless it is alive and talks nonsense
            self._process.wait(1)
        status = self._process.returncode
        self.close()
        return Death(by_others=status is not None and -status in _FROM_OTHERS)

    def _start(self) -> None:
        command = [str(sys.executable), "-c", _CODE]
        try:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self._ask(sys.path, self._function)
        except _SILENCE as error:
            _log.warning("no process could be started (%r); this one does the work", error)
            self._can_start = False
            self.close()

    def _ask(self, *messages: Any) -> Any:
        for message in messages:
            _send(self._process.stdin, message)
        return pickle.load(self._process.stdout)

    def close(self) -> None:
        """End the process; it has no call, or will never answer."""
        if self._process:
            self._process.kill()
            # What was not sent yet has nowhere to go.
            with suppress(OSError), self._process:
                pass
            self._process = None


def _send(pipe: IO[bytes], message: Any) -> None:
    pickle.dump(message, pipe)
    pipe.flush()


def serve() -> None:
    """Answer calls over the pipes as long as there are any: what a process does."""
    # Ctrl-C reaches every process of a terminal; this one ends with its pipes, whatever ends the other.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    calls, pipe = sys.stdin.buffer, os.dup(1)
    # What a library prints must not come between the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    function = pickle.load(calls)
    answer = None
    # Nobody asks any more, or nobody listens.
    with suppress(EOFError, OSError), os.fdopen(pipe, "wb") as answers:
        while True:
            _send(answers, answer)
            answer = function(pickle.load(calls))
