from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from lstmmusic.base.jobs import Job
from lstmmusic.errors import TrainingError

DEADLINE = 20.0


class Counter:
    """Counts, a number each time it is let go on by `allow`."""

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


def until(condition) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.001)


def finite(count: int) -> Iterator[int]:
    yield from range(count)
    return "result"


def test_job_drains_a_generator_in_one_thread_of_its_own() -> None:
    counter = Counter()
    job = Job(counter.numbers(), observe=lambda: counter.count, interval=0)
    assert job.state == "ready"
    job.start()
    counter.allow(3)
    until(lambda: job.latest == 3)
    assert job.state == "running"
    job.stop()
    counter.allow()
    assert job.wait(DEADLINE)
    assert (job.state, job.latest, job.seen) == ("stopped", 4, 4)
    assert len(counter.threads) == 1
    assert threading.get_ident() not in counter.threads


def test_finished_job_has_the_result_and_the_last_picture() -> None:
    job = Job(finite(5), observe=lambda: "picture", interval=1000)
    job.start()
    assert job.wait(DEADLINE)
    assert (job.state, job.latest, job.result, job.seen, job.error) == ("finished", 4, "result", "picture", None)


def test_pause_holds_and_resume_goes_on() -> None:
    counter = Counter()
    job = Job(counter.numbers())
    job.start()
    counter.allow(2)
    until(lambda: job.latest == 2)
    job.pause()
    assert (job.state, job.pausing) == ("running", True)  # until the item at hand is made
    counter.allow()
    until(lambda: job.state == "paused")
    assert not job.pausing
    held = counter.count
    counter.allow(5)
    assert job.call(lambda: counter.count).result(DEADLINE) == held  # answered while paused
    assert (job.state, job.active) == ("paused", True)
    job.resume()
    assert (job.state, job.pausing) == ("running", False)
    until(lambda: counter.count == held + 5)
    job.stop()
    counter.allow()
    assert job.wait(DEADLINE)


def test_paused_job_can_be_stopped_and_a_stopped_one_not_resumed() -> None:
    counter = Counter()
    job = Job(counter.numbers())
    job.pause()
    job.start()
    until(lambda: job.state == "paused")
    job.stop()
    assert job.wait(DEADLINE)
    job.resume()
    assert job.state == "stopped"
    assert counter.count == 0


def test_a_step_makes_one_item_and_holds_on_again() -> None:
    counter = Counter()
    job = Job(counter.numbers(), observe=lambda: counter.count, interval=1000)
    job.pause()
    job.start()
    until(lambda: job.state == "paused")
    counter.allow(100)
    for number in range(1, 50):
        job.step()
        until(lambda: job.state == "paused")
        assert (job.latest, job.seen, counter.count) == (number, number, number)  # made, pictured, and no more
    job.stop()
    assert job.wait(DEADLINE)
    assert counter.count == 49


def test_each_call_is_a_step_and_a_running_job_makes_them_after_the_item_at_hand() -> None:
    counter = Counter()
    job = Job(counter.numbers())
    job.step()  # it has not begun: there is nothing to hold on after
    job.start()
    until(lambda: job.state == "running")
    counter.allow(2)
    until(lambda: job.latest == 2)  # it is in the third now, or about to be
    for _ in range(3):
        job.step()
    assert job.state == "running"
    counter.allow(100)
    until(lambda: job.state == "paused")
    assert counter.count in (5, 6)
    job.stop()
    assert job.wait(DEADLINE)


def test_steps_end_with_the_work_and_with_a_stop() -> None:
    job = Job(finite(2))
    job.pause()
    job.start()
    for _ in range(5):
        job.step()
    assert job.wait(DEADLINE)
    assert (job.state, job.latest, job.result) == ("finished", 1, "result")
    job.step()
    assert job.state == "finished"

    counter = Counter()
    job = Job(counter.numbers())
    job.pause()
    job.start()
    job.step()
    job.step()
    job.stop()
    job.step()
    counter.allow()
    assert job.wait(DEADLINE)
    assert (job.state, counter.count <= 1) == ("stopped", True)


def test_steps_that_are_due_are_forgotten_when_it_goes_on() -> None:
    counter = Counter()
    job = Job(counter.numbers())
    job.pause()
    job.start()
    for _ in range(50):
        job.step()
    job.resume()
    counter.allow(3)
    until(lambda: job.latest == 3)
    job.pause()
    counter.allow(100)
    until(lambda: job.state == "paused")
    assert counter.count <= 4
    job.stop()
    assert job.wait(DEADLINE)


def test_calls_run_in_the_worker_between_items_or_here_when_there_is_none() -> None:
    counter = Counter()
    job = Job(counter.numbers())
    assert job.call(threading.get_ident).result(0) == threading.get_ident()
    job.start()
    future = job.call(threading.get_ident)
    counter.allow()
    assert {future.result(DEADLINE)} == {job._thread.ident}
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


def test_failure_is_kept_and_only_a_surprise_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def failing(error: Exception) -> Iterator[int]:
        yield 1
        raise error

    for error, records in ((TrainingError("lower the rates"), 0), (KeyError("bug"), 1)):
        caplog.clear()
        job = Job(failing(error), observe=lambda: "seen")
        with caplog.at_level(logging.ERROR):
            job.start()
            assert job.wait(DEADLINE)
        assert (job.state, job.error, job.latest, job.seen) == ("failed", error, 1, "seen")
        assert len(caplog.records) == records


def test_picture_that_fails_does_not_end_the_work(caplog: pytest.LogCaptureFixture) -> None:
    job = Job(finite(3), observe=lambda: 1 / 0)
    job.start()
    assert job.wait(DEADLINE)
    assert job.state == "finished"
    assert "could not be pictured" in caplog.text


def test_picture_is_made_anew_when_asked_for_by_whoever_may_do_the_work() -> None:
    makers: list[str] = []

    def picture() -> int:
        makers.append(threading.current_thread().name)
        return len(makers)

    job = Job(finite(10_000_000), observe=picture, interval=DEADLINE)
    job.start()
    job.pause()
    until(lambda: job.state == "paused")
    job.look().result(DEADLINE)
    assert job.seen == len(makers)
    assert set(makers) == {"lstmmusic-job"}
    job.stop()
    assert job.wait(DEADLINE)
    job.look().result(DEADLINE)  # nothing changes any more
    assert job.seen == len(makers)
    assert makers[-1] == threading.current_thread().name


def test_a_thousand_jobs_leave_no_thread() -> None:
    before = threading.active_count()
    for _ in range(1000):
        job = Job(finite(1))
        job.start()
        job.stop()
        assert job.wait(DEADLINE)
    assert threading.active_count() == before


def test_leaving_python_while_a_job_runs_is_no_abort() -> None:
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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_misuse_is_harmless() -> None:
    job = Job(finite(3))
    assert job.wait(0)  # it never began
    job.pause()
    job.start()
    until(lambda: job.state == "paused")
    with pytest.raises(RuntimeError, match="paused; make a new one"):
        job.start()
    job.stop()
    assert job.wait(DEADLINE)
    counter = Counter()
    job = Job(counter.numbers())
    job.start()
    job.call(lambda: 1 / 0).cancel()
    alive = job.call(lambda: "alive")
    counter.allow()
    assert alive.result(DEADLINE) == "alive"
    assert job.state == "running"
    job.stop()
    counter.allow(2)
    assert job.wait(DEADLINE)


def test_generator_is_closed_when_its_job_is_stopped() -> None:
    closed = threading.Event()

    def work():
        try:
            while True:
                yield 0
        finally:
            closed.set()

    job = Job(work())
    job.start()
    job.stop()
    assert job.wait(10)
    assert job.state == "stopped"
    assert closed.is_set()
