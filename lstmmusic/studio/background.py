"""Answers that are computed in the background, for a page that shows only the newest."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")

# Runs a function in the background, and wakes up whoever shows its answer.
Submit = Callable[[Callable[[], Any]], Future[Any]]


class InTurn(Generic[Answer]):
    """The answers to all questions: none is left out."""

    def __init__(self) -> None:
        self._answering: list[Future[Answer]] = []

    def add(self, answering: Future[Answer]) -> None:
        """Wait for one more answer."""
        self._answering.append(answering)

    def take(self) -> list[Answer]:
        """Return the answers, in the order of the questions, once all are there; until then, none.

        Raises
        ------
        Exception
            What the first function raised that went wrong.
        """
        if not all(answering.done() for answering in self._answering):
            return []
        answered, self._answering = self._answering, []
        return [answer.result() for answer in answered]


class Latest(Generic[Answer]):
    """The answer to the newest question: while one is answered, of those that are asked only the last one counts.

    So a slider that is dragged asks as often as it likes.

    Parameters
    ----------
    submit : callable
    """

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._answering: Future[Answer] | None = None
        self._next: Callable[[], Answer] | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer has been asked for that nobody has taken yet."""
        return self._answering is not None

    def ask(self, function: Callable[[], Answer]) -> None:
        """Have a function called in the background."""
        if self._answering is None:
            self._answering = self._submit(function)
        else:
            self._next = function

    def take(self) -> Answer | None:
        """Return an answer that is new, or None.

        Raises
        ------
        Exception
            What the function raised, unless it was asked anew meanwhile: what it asked of may be gone since.
        """
        answered = self._answering
        if answered is None or not answered.done():
            return None
        # In this order, so that at no time it looks as if there were nothing left to answer.
        function, self._next = self._next, None
        self._answering = None if function is None else self._submit(function)
        return None if function and answered.exception() else answered.result()
