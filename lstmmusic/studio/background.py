"""Answers that are computed in the background, for a page that shows only the newest."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")

# Runs a function in the background, and wakes up whoever shows its answer.
Submit = Callable[[Callable[[], Any]], Future[Any]]


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

    def ask(self, function: Callable[[], Answer]) -> None:
        """Have a function called in the background."""
        self._next = function
        self._go_on()

    def take(self) -> Answer | None:
        """Return an answer that is new, or None.

        Raises
        ------
        Exception
            What the function raised.
        """
        answered = self._answering
        if answered is None or not answered.done():
            return None
        self._answering = None
        self._go_on()
        return answered.result()

    def _go_on(self) -> None:
        if self._answering is None and self._next is not None:
            function, self._next = self._next, None
            self._answering = self._submit(function)
