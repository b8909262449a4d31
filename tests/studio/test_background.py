"""Answers that are computed in the background."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest

from lstmmusic.studio.background import InTurn, Latest


class Later:
    """Calls functions when a test says so."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Future[Any], Callable[[], Any]]] = []

    def submit(self, function: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        self._waiting.append((future, function))
        return future

    def answer(self) -> None:
        future, function = self._waiting.pop(0)
        try:
            future.set_result(function())
        except ZeroDivisionError as error:
            future.set_exception(error)


def test_of_what_is_asked_meanwhile_only_the_last_is_answered() -> None:
    later = Later()
    latest: Latest[int] = Latest(later.submit)
    for number in range(5):
        latest.ask(lambda number=number: number)
    taken = []
    while latest.busy:
        later.answer()
        taken.append(latest.take())
    assert taken == [0, 4]


def test_error_counts_unless_it_was_asked_anew() -> None:
    later = Later()
    latest: Latest[float] = Latest(later.submit)
    latest.ask(lambda: 1 / 0)
    later.answer()
    latest.ask(lambda: 2.0)
    assert latest.take() is None
    later.answer()
    assert latest.take() == 2
    latest.ask(lambda: 1 / 0)
    later.answer()
    with pytest.raises(ZeroDivisionError):
        latest.take()
    assert not latest.busy


def test_of_questions_in_turn_all_are_answered_in_their_order() -> None:
    later = Later()
    answers: InTurn[int] = InTurn()
    assert answers.take() == []
    for number in (1, 2):
        answers.add(later.submit(lambda number=number: 6 // number))
    later.answer()
    assert answers.take() == []
    later.answer()
    assert answers.take() == [6, 3]
    assert answers.take() == []
    answers.add(later.submit(lambda: 1 // 0))
    later.answer()
    with pytest.raises(ZeroDivisionError):
        answers.take()
    assert answers.take() == []
