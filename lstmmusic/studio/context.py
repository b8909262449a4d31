"""What the places of the studio share, and the three ways in which they wait for the background without blocking."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from lstmmusic.errors import BusyError
from lstmmusic.studio.controls import Act

if TYPE_CHECKING:
    from lstmmusic.studio.session import Session
    from lstmmusic.studio.sound import Sound

Answer = TypeVar("Answer")

# Times as long as a measurement has taken pass before the next one while a run learns: at most 5 % of its time.
RARELY = 20

# Seconds of a piece of what may take long between two updates.
PIECE = 0.05

# A function that answers, or begins to.
Asked = Callable[[], Answer | Generator[object, None, Answer]]

# Runs a function in the background, and wakes the thread that shows its answer.
Submit = Callable[[Callable[[], Any]], Future[Any]]


@dataclass(frozen=True)
class Context:
    """What the places of the studio share.

    Parameters
    ----------
    folder : Path
        Where runs, tunes and uploads are saved.
    session : Session
    sound : Sound
    act : callable
        Runs what a control asks for, under the lock of the studio; an error becomes a message on the page.
    submit : callable
        Runs a function in the background.
    say : callable
        Shows a message; `link` is HTML from this package, and `file` one to be downloaded.
    task : Task
        Runs what may wait for an update or a disk, for instance loading a run.
    """

    folder: Path
    session: Session
    sound: Sound
    act: Act
    submit: Submit
    say: Callable[..., None]
    task: Task

    def between_updates(self, function: Callable[[], Answer]) -> Future[Answer]:
        """Run a function in the background between two updates of training, while the network does not change."""
        # Beside training, each step would wait for Python's lock: in between, a tune takes a fraction of a second.
        return self.submit(lambda: self.session.call(function).result())

    def in_pieces(self, begin: Callable[[], Generator[object, None, Answer]]) -> Future[Answer]:
        """Run a generator in the background, in pieces: between two updates, so that none waits for all of it.

        While updates are held, it does not wait for the one that has begun. So what it works on must not change by
        updates; it can ask for that itself, by `Session.call`.
        """

        def run() -> Answer:
            work = begin()
            while True:
                advance = partial(_advance, work)
                ended = advance() if self.session.holding else self.session.call(advance).result()
                if ended:
                    return ended[0]

        return self.submit(run)


def _advance(work: Generator[object, None, Answer]) -> tuple[Answer] | None:
    """Run a generator for a while; return its result once it has ended."""
    until = time.monotonic() + PIECE
    try:
        next(work)
        while time.monotonic() < until:
            next(work)
    except StopIteration as end:
        return (end.value,)
    return None


class Task:
    """A function that runs in the background, one at a time; its result is handled by `finish`, in the page's thread.

    Parameters
    ----------
    submit : callable

    Attributes
    ----------
    doing : str
        What it does, to be shown; empty if nothing runs.
    """

    def __init__(self, submit: Submit) -> None:
        self.doing = ""
        self._submit = submit
        self._running: tuple[Future[Any], Callable[[Any], None]] | None = None

    def check_idle(self) -> None:
        """Raise a `BusyError` if a function still runs."""
        if self.doing:
            raise BusyError(f"the studio is busy ({self.doing}); try again when that is done")

    def begin(self, doing: str, function: Callable[[], Answer], then: Callable[[Answer], None]) -> None:
        """Run a function in the background; `then` is called with its result.

        Raises
        ------
        BusyError
            If another function still runs.
        """
        self.check_idle()
        self._running, self.doing = (self._submit(function), then), doing

    def finish(self) -> None:
        """Handle the result if it is there; an error of the function is raised."""
        if self._running is not None and self._running[0].done():
            (answer, then), self._running, self.doing = self._running, None, ""
            then(answer.result())

    def wait(self, timeout: float) -> None:
        """Wait until the function has returned, or raise a `BusyError` after `timeout` seconds."""
        if self._running is not None and not wait_for([self._running[0]], timeout).done:
            raise BusyError(f"not done after {timeout:g} s: {self.doing} Try to close the studio again later")


class InTurn(Generic[Answer]):
    """The answers to all questions, in their order."""

    def __init__(self) -> None:
        self._waiting: list[Future[Answer]] = []

    def add(self, answer: Future[Answer]) -> None:
        """Wait for one more answer."""
        self._waiting.append(answer)

    def take(self) -> list[Answer]:
        """Return the answers, in the order of the questions, once all are there; until then, none.

        Raises
        ------
        Exception
            The first that a function raised.
        """
        if not all(answer.done() for answer in self._waiting):
            return []
        answers, self._waiting = self._waiting, []
        return [answer.result() for answer in answers]


class Latest(Generic[Answer]):
    """The answer to the newest question; of the questions asked while another is being answered, only the last counts.

    So a slider can ask at each move while it is dragged.

    Parameters
    ----------
    submit : callable
    """

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._waiting: Future[Answer] | None = None
        self._next: Asked[Answer] | None = None

    @property
    def busy(self) -> bool:
        """Whether there is a question whose answer was not taken yet."""
        return self._waiting is not None

    @property
    def outdated(self) -> bool:
        """Whether there is a newer question than the one that is being answered; any thread may read it."""
        return self._next is not None

    def ask(self, function: Asked[Answer]) -> None:
        """Call a function in the background."""
        if self._waiting is None:
            self._waiting = self._submit(function)
        else:
            self._next = function

    def take(self) -> Answer | None:
        """Return a new answer, or None.

        Raises
        ------
        Exception
            What the function raised, unless there is a newer question.
        """
        answer = self._waiting
        if answer is None or not answer.done():
            return None
        # In this order, so that `busy` is never False while a question is left.
        function, self._next = self._next, None
        self._waiting = None if function is None else self._submit(function)
        return None if function and answer.exception() else answer.result()


class Pace:
    """When something of a run that learns may be measured again: rarely, so that training is hardly slower.

    Parameters
    ----------
    period : float
        Seconds between two measurements, at least.
    """

    def __init__(self, period: float) -> None:
        self._period = period
        self._next = 0.0  # by the clock

    @property
    def due(self) -> bool:
        """Whether it may be measured."""
        return time.monotonic() >= self._next

    def timed(self, function: Callable[[], Answer]) -> Callable[[], Answer]:
        """Return the function that measures, after which others have to wait; it is called in the background."""

        def measure() -> Answer:
            began = time.perf_counter()
            answer = function()
            self._next = time.monotonic() + max(self._period, RARELY * (time.perf_counter() - began))
            return answer

        return measure
