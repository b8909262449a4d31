"""Work in the background, and its results."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from lstmmusic.base.jobs import Job
from lstmmusic.errors import BusyError
from lstmmusic.studio.context import Context, InTurn, Latest, Pace, Task


class Later:
    """Calls functions when the test asks for it."""

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


@pytest.fixture
def later() -> Later:
    return Later()


def test_only_the_last_of_the_questions_asked_meanwhile_is_answered(later: Later) -> None:
    latest: Latest[int] = Latest(later.submit)
    for number in range(5):
        latest.ask(lambda number=number: number)
    taken = []
    while latest.busy:
        later.answer()
        taken.append(latest.take())
    assert taken == [0, 4]


def test_answer_can_tell_that_there_is_a_newer_question(later: Later) -> None:
    latest: Latest[bool] = Latest(later.submit)
    latest.ask(lambda: latest.outdated)
    later.answer()
    assert latest.take() is False
    latest.ask(lambda: latest.outdated)
    latest.ask(lambda: latest.outdated)
    later.answer()
    assert latest.take() is True
    later.answer()
    assert latest.take() is False


def test_error_is_raised_unless_there_is_a_newer_question(later: Later) -> None:
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


def test_answers_in_turn_come_all_and_in_order(later: Later) -> None:
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


def test_task_runs_alone_and_its_result_is_handled_once(later: Later) -> None:
    results: list[int] = []
    task = Task(later.submit)
    task.begin("Adding …", lambda: 1 + 1, results.append)
    assert task.doing == "Adding …"
    with pytest.raises(BusyError, match=r"busy \(Adding …\)"):
        task.begin("Dividing …", lambda: 1 // 0, results.append)
    task.finish()
    assert not results
    later.answer()
    for _ in range(2):
        task.finish()
    assert (results, task.doing) == ([2], "")


def test_task_that_fails_raises_and_makes_room_for_another(later: Later) -> None:
    task = Task(later.submit)
    task.begin("Dividing …", lambda: 1 // 0, print)
    later.answer()
    with pytest.raises(ZeroDivisionError):
        task.finish()
    assert not task.doing


def test_task_that_takes_too_long_is_reported(later: Later) -> None:
    task = Task(later.submit)
    task.wait(0)
    task.begin("Saving …", int, print)
    with pytest.raises(BusyError, match="Saving …"):
        task.wait(0.01)
    later.answer()
    task.wait(0.01)


def test_what_is_measured_takes_at_most_a_twentieth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], perf_counter=lambda: now[0])
    monkeypatch.setattr("lstmmusic.studio.context.time", clock)

    def measure(seconds: float) -> str:
        now[0] += seconds
        return "measured"

    pace = Pace(2.0)
    assert pace.due
    for seconds, rests in ((0.01, 2.0), (1.5, 30.0)):
        assert pace.timed(partial(measure, seconds))() == "measured"
        now[0] += 0.99 * rests
        assert not pace.due
        now[0] += 0.02 * rests
        assert pace.due


def test_work_in_pieces_lets_a_job_go_on_between_them(later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmmusic.studio.context.PIECE", 0.0)
    job = Job(itertools.count())

    def work() -> Iterator[None]:
        for _ in range(100):
            seen.append(job.latest)
            yield
        return "done"

    seen = list[int]()

    def begin(job: Job[int]) -> Future[str]:
        session = SimpleNamespace(call=job.call, holding=job.holding)
        return Context(Path(), session, None, None, later.submit, None, None).in_pieces(work)

    answer = begin(job)
    job.start()
    later.answer()
    job.stop()
    assert answer.result() == "done"
    assert len(seen) == 100
    assert len(set(seen)) > 10
    answer = begin(Job(iter(())))
    later.answer()  # without a run, at once
    assert (answer.result(), len(seen)) == ("done", 200)


def test_work_for_which_updates_are_held_does_not_wait_for_the_one_that_has_begun(later: Later) -> None:
    begun, go_on = Event(), Event()

    def updates() -> Iterator[None]:
        begun.set()
        go_on.wait()
        yield

    def work() -> Iterator[None]:
        yield
        return "done"

    job = Job(updates())
    job.start()
    begun.wait()
    job.hold(1000.0)
    session = SimpleNamespace(call=job.call, holding=job.holding)
    answer = Context(Path(), session, None, None, later.submit, None, None).in_pieces(work)
    later.answer()
    assert answer.result() == "done"
    job.stop()
    go_on.set()
    assert job.wait(60)
