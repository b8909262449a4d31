"""Function calls in separate processes: on several cores, and a call that kills its process affects no other.

Python's own pools are unsuitable for two reasons. They run the main script again in each process, which never ends in a
script without a main guard. And when a process dies they drop all calls in progress, without saying which one killed
it. Here a process is a bare interpreter at the end of two pipes, with one call at a time. Nothing is forked, since the
threads of torch would not survive. This module knows nothing about music.
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

# numpy would start threads for linear algebra, one for each core: a third of the time that a process takes to start.
_ONE_CORE = {"OPENBLAS_NUM_THREADS": "1"}

# Calls that are queued for each process before the first answer is awaited.
_AHEAD = 4

_NO_ANSWER = (OSError, EOFError, pickle.UnpicklingError)

# Signals that come from outside: a fault of the process ends it with others, or with a status. A notebook kernel that
# shuts down ends its children first, and runs on for a moment. Windows has only the first two, and reports neither.
_EXTERNAL_SIGNALS = {getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL")}


@dataclass(frozen=True)
class Death:
    """The answer to a call whose process ended.

    Parameters
    ----------
    external : bool
        Whether a signal from outside ended it, so that the call is not to blame.
    late : bool
        Whether it was ended since the call took longer than its limit.
    """

    external: bool
    late: bool = False


def call_all(
    function: Callable[[Argument], Answer], arguments: Iterable[Argument], processes: int
) -> Generator[Answer | Death, None, None]:
    """Call a function with each argument in several processes, and yield the answers in the order of the arguments.

    If no process can be started, this one makes the calls, and logs a warning. Closing the generator lets the calls in
    progress finish, and ends the processes.

    Parameters
    ----------
    function : callable
        A function of a module, which the processes import. An exception that it raises counts as a death.
    arguments : iterable
        These and the answers are pickled.
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
    """Pass calls to a process until a None ends the queue; runs in a thread."""
    with closing(Process(function)) as process:
        while call := calls.get():
            future, argument = call
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(process.call(argument))
                except Exception as error:  # noqa: BLE001 - the caller gets it
                    future.set_exception(error)


class Process:
    """A process, started by the first call, and restarted by the next call after its death.

    Parameters
    ----------
    function : callable
        See `call_all`.
    prepare : callable, optional
        Called once in the process before the first call, which may take longer than a call.
    limit : float, optional
        Seconds after which a call ends the process. No call is then made in this process.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        prepare: Callable[[], object] | None = None,
        limit: float | None = None,
    ) -> None:
        self._function = function
        self._prepare = prepare
        self._limit = limit
        self._process: Any = None  # a Popen, whose type does not know that it has both pipes
        self._can_start = True

    def call(self, argument: Any) -> Any:
        """Return the answer, or a `Death`."""
        if self._process is None and self._can_start:
            self._start()
        if self._process is None:
            return self._function(argument) if self._limit is None else Death(external=True)
        if self._limit is None:
            return self._answer(argument)
        process, expired = self._process, threading.Event()

        def end() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(self._limit, end)
        timer.start()
        try:
            answer = self._answer(argument)
        finally:
            timer.cancel()
            timer.join()
        if not expired.is_set():
            return answer
        self.close()
        return Death(external=False, late=True)

    def _answer(self, argument: Any) -> Any:
        try:
            return self._ask(argument)
        except _NO_ANSWER:
            return self._death()

    def _death(self) -> Death:
        with suppress(subprocess.TimeoutExpired):  # it has ended, unless its answer was not a pickle
            self._process.wait(1)
        status = self._process.returncode
        self.close()
        return Death(external=status is not None and -status in _EXTERNAL_SIGNALS)

    def _start(self) -> None:
        command = [str(sys.executable), "-c", _CODE]
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ | _ONE_CORE
            )
            self._ask(sys.path, self._function, self._prepare)
        except _NO_ANSWER as error:
            _log.warning("no process could be started (%r); the work is done in this one", error)
            self._can_start = False
            self.close()

    def _ask(self, *messages: Any) -> Any:
        for message in messages:
            _send(self._process.stdin, message)
        return pickle.load(self._process.stdout)

    def close(self) -> None:
        """End the process, which has no call or will never answer it."""
        if self._process:
            self._process.kill()
            # Leaving the context flushes a pipe that nothing reads any more.
            with suppress(OSError), self._process:
                pass
            self._process = None


def _send(pipe: IO[bytes], message: Any) -> None:
    pickle.dump(message, pipe)
    pipe.flush()


def serve() -> None:
    """Answer the calls that come through the pipes, until they close; runs in the process."""
    # Ctrl-C reaches every process of a terminal; this one ends when its pipes close.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    calls, pipe = sys.stdin.buffer, os.dup(1)
    # Keep what libraries print out of the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    function, prepare = pickle.load(calls), pickle.load(calls)
    answer = None
    # The caller has gone: there are no more calls, or an answer cannot be sent.
    with suppress(EOFError, OSError), os.fdopen(pipe, "wb") as answers:
        if prepare:
            prepare()
        while True:
            _send(answers, answer)
            answer = function(pickle.load(calls))
