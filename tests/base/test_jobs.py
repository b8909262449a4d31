from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from lstmmusic.base.jobs import Job
from lstmmusic.errors import TrainingError
from tests.conftest import until
from tests.processes import run_python

DEADLINE = 20.0


class Counter:
    """Counts up, one number for each permit of `allow`."""

    def __init__(self) -> None:
        self.allowed = threading.Semaphore(0)
        self.count = 0
        self.threads: set[int] = set()

    def numbers(self) -> Iterator[int]:
        while self.allowed.acquire(timeout=DEADLINE):
            self.threads.add(threading.get_ident())
            self.count += 1
            yield self.count

    def allow(self, times: int = 1) -> None:
        self.allowed.release(times)


@pytest.fixture
def counter() -> Counter:
    return Counter()


def start(work: Iterator[int], *, paused: bool = False, **options) -> Job[int]:
    """Start a job, which pauses before its first item if asked to."""
    job = Job(work, **options)
    if paused:
        job.pause()
    job.start()
    until(lambda: job.state == "paused" or not paused)
    return job


def stop(job: Job[int], counter: Counter | None = None) -> None:
    """Stop a job, whose counter may have to finish an item, and wait for its end."""
    job.stop()
    if counter:
        counter.allow()
    assert job.wait(DEADLINE)


def finite(count: int) -> Iterator[int]:
    yield from range(count)
    return "result"


def test_job_runs_a_generator_in_its_own_thread(counter: Counter) -> None:
    job = Job(counter.numbers(), observe=lambda: counter.count, interval=0)
    assert job.state == "ready"
    job.start()
    counter.allow(3)
    until(lambda: job.latest == 3)
    assert job.state == "running"
    stop(job, counter)
    assert (job.state, job.latest, job.snapshot) == ("stopped", 4, 4)
    assert len(counter.threads) == 1
    assert threading.get_ident() not in counter.threads


def test_finished_job_has_its_result_and_a_last_snapshot() -> None:
    job = start(finite(5), observe=lambda: "snapshot", interval=1000)
    assert job.wait(DEADLINE)
    assert (job.state, job.latest, job.result, job.snapshot, job.error) == ("finished", 4, "result", "snapshot", None)


def test_job_pauses_and_resumes(counter: Counter) -> None:
    job = start(counter.numbers())
    counter.allow(2)
    until(lambda: job.latest == 2)
    job.pause()
    assert (job.state, job.pausing) == ("running", True)  # until the current item is there
    counter.allow()
    until(lambda: job.state == "paused")
    assert not job.pausing
    paused = counter.count
    counter.allow(5)
    assert job.call(lambda: counter.count).result(DEADLINE) == paused  # answered while paused
    assert (job.state, job.active) == ("paused", True)
    job.resume()
    assert (job.state, job.pausing) == ("running", False)
    until(lambda: counter.count == paused + 5)
    stop(job, counter)


def test_held_job_answers_calls_and_begins_no_item(counter: Counter) -> None:
    job = start(counter.numbers(), paused=True)
    counter.allow(1000)
    before = counter.count
    assert not job.holding
    job.hold(1000.0)
    assert job.holding
    job.resume()
    for _ in range(3):
        assert job.call(lambda: counter.count).result(DEADLINE) == before
    assert job.state == "running"
    assert counter.count == before
    stop(job)  # a stop does not wait


def test_call_of_what_is_called_is_answered_at_once(counter: Counter) -> None:
    job = start(counter.numbers(), paused=True)
    assert job.call(lambda: job.call(lambda: "inner").result(DEADLINE)).result(DEADLINE) == "inner"
    stop(job)


def test_job_goes_on_when_it_was_held_long_enough() -> None:
    job = start(finite(3), paused=True)
    job.hold(0.01)
    job.resume()
    job.call(lambda: None).result(DEADLINE)
    assert job.wait(DEADLINE)
    assert job.result == "result"


def test_paused_job_can_be_stopped_and_is_not_resumed_then(counter: Counter) -> None:
    job = start(counter.numbers(), paused=True)
    stop(job)
    job.resume()
    assert job.state == "stopped"
    assert counter.count == 0


def test_step_produces_one_item_and_its_snapshot(counter: Counter) -> None:
    job = start(counter.numbers(), paused=True, observe=lambda: counter.count, interval=1000)
    counter.allow(100)
    for number in range(1, 50):
        job.step()
        until(lambda: job.state == "paused")
        assert (job.latest, job.snapshot, counter.count) == (number, number, number)
    stop(job)
    assert counter.count == 49


def test_running_job_takes_each_step_after_the_current_item_and_pauses(counter: Counter) -> None:
    job = Job(counter.numbers())
    job.step()  # has no effect before the start
    job.start()
    until(lambda: job.state == "running")
    counter.allow(2)
    until(lambda: job.latest == 2)  # the third is in progress, or about to be
    for _ in range(3):
        job.step()
    assert job.state == "running"
    counter.allow(100)
    until(lambda: job.state == "paused")
    assert counter.count in (5, 6)
    stop(job)


def test_steps_end_with_the_work_and_with_a_stop() -> None:
    job = start(finite(2), paused=True)
    for _ in range(5):
        job.step()
    assert job.wait(DEADLINE)
    assert (job.state, job.latest, job.result) == ("finished", 1, "result")
    job.step()
    assert job.state == "finished"

    counter = Counter()
    job = start(counter.numbers(), paused=True)
    job.step()
    job.step()
    job.stop()
    job.step()
    stop(job, counter)
    assert (job.state, counter.count <= 1) == ("stopped", True)


def test_resuming_discards_pending_steps(counter: Counter) -> None:
    job = start(counter.numbers(), paused=True)
    for _ in range(50):
        job.step()
    job.resume()
    counter.allow(3)
    until(lambda: job.latest == 3)
    job.pause()
    counter.allow(100)
    until(lambda: job.state == "paused")
    assert counter.count <= 4
    stop(job)


def test_calls_run_in_the_worker_or_in_the_caller_when_there_is_no_worker(counter: Counter) -> None:
    job = Job(counter.numbers())
    assert job.call(threading.get_ident).result(0) == threading.get_ident()
    job.start()
    future = job.call(threading.get_ident)
    counter.allow()
    until(lambda: counter.count == 1)
    assert {future.result(DEADLINE)} == counter.threads
    failing = job.call(lambda: 1 / 0)
    counter.allow()
    assert isinstance(failing.exception(DEADLINE), ZeroDivisionError)
    assert job.state == "running"
    job.stop()
    late = job.call(lambda: "late")
    counter.allow()
    assert job.wait(DEADLINE)
    assert late.result(DEADLINE) == "late"
    assert job.call(threading.get_ident).result(0) == threading.get_ident()


def test_failure_is_kept_and_only_unexpected_ones_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    def failing(error: Exception) -> Iterator[int]:
        yield 1
        raise error

    for error, records in ((TrainingError("lower the rates"), 0), (KeyError("bug"), 1)):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            job = start(failing(error), observe=lambda: "snapshot")
            assert job.wait(DEADLINE)
        assert (job.state, job.error, job.latest, job.snapshot) == ("failed", error, 1, "snapshot")
        assert len(caplog.records) == records


def test_failing_snapshot_does_not_end_the_work(caplog: pytest.LogCaptureFixture) -> None:
    job = start(finite(3), observe=lambda: 1 / 0)
    assert job.wait(DEADLINE)
    assert job.state == "finished"
    assert "no snapshot could be taken" in caplog.text


def test_requested_snapshot_is_taken_by_the_worker_or_after_its_end_by_the_caller() -> None:
    makers: list[str] = []

    def observe() -> int:
        makers.append(threading.current_thread().name)
        return len(makers)

    job = start(finite(10_000_000), paused=True, observe=observe, interval=DEADLINE)
    job.request_snapshot().result(DEADLINE)
    assert job.snapshot == len(makers)
    assert set(makers) == {"lstmmusic-job"}
    stop(job)
    job.request_snapshot().result(DEADLINE)  # the work has ended
    assert job.snapshot == len(makers)
    assert makers[-1] == threading.current_thread().name


def test_call_that_waits_for_an_item_does_not_wait_for_a_snapshot(counter: Counter) -> None:
    job = start(counter.numbers(), observe=lambda: counter.count, interval=0)
    answer = job.call(lambda: (job.latest, job.snapshot))
    counter.allow()
    assert answer.result(DEADLINE) == (1, None)
    counter.allow()
    until(lambda: job.snapshot == 2)
    stop(job, counter)


def test_a_thousand_jobs_leave_no_thread() -> None:
    before = threading.active_count()
    for _ in range(1000):
        stop(start(finite(1)))
    assert threading.active_count() == before


def test_exit_of_python_while_a_job_runs_is_clean() -> None:
    code = """
import itertools
import torch
from lstmmusic.base.jobs import Job
a = torch.rand(400, 400)
job = Job(a @ a for _ in itertools.count())
job.start()
while job.latest is None:
    pass
"""
    assert run_python("-c", code).stderr == ""


def test_starting_twice_is_refused_and_a_cancelled_call_is_skipped() -> None:
    assert Job(finite(3)).wait(0)  # it was never started
    job = start(finite(3), paused=True)
    with pytest.raises(RuntimeError, match="paused; make a new one"):
        job.start()
    stop(job)
    counter = Counter()
    job = start(counter.numbers())
    job.call(lambda: 1 / 0).cancel()
    alive = job.call(lambda: "alive")
    counter.allow()
    assert alive.result(DEADLINE) == "alive"
    assert job.state == "running"
    counter.allow()
    stop(job, counter)


def test_generator_is_closed_when_its_job_is_stopped() -> None:
    closed = threading.Event()

    def work():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    job = start(work())
    stop(job)
    assert job.state == "stopped"
    assert closed.is_set()
