"""Calls in separate processes, and processes that die."""

from __future__ import annotations

import functools
import importlib
import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from lstmmusic.base import processes
from lstmmusic.base.processes import Death, call_all
from tests import readers
from tests.processes import run_python


def square(number: int) -> tuple[int, int]:
    os.write(1, b"what a library prints")
    return os.getpid(), number * number


def die_of_three(number: int) -> tuple[int, int]:
    if number == 3:
        os._exit(9)
    return square(number)


def stay_in(process: int, number: int) -> int:
    assert os.getpid() == process, "called in another process"
    return -number


def modules(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in sys.modules]


def spin(number: int) -> int:
    while number == 3:
        pass
    return number


def import_wave() -> None:
    importlib.import_module("wave")


def raise_error(number: int) -> int:
    raise RuntimeError(f"{number} is odd")


@pytest.fixture(autouse=True)
def no_thread_or_process_is_left() -> Iterator[None]:
    """No thread, no running child and no zombie."""
    before = threading.active_count(), psutil.Process().children()  # of other tests, such as a browser
    yield
    assert (threading.active_count(), psutil.Process().children()) == before


def test_answers_come_in_order_from_other_processes() -> None:
    answers = list(call_all(square, range(40), 2))
    processes, squares = zip(*(answer for answer in answers if not isinstance(answer, Death)), strict=True)
    assert list(squares) == [number * number for number in range(40)]
    assert os.getpid() not in processes
    assert 1 <= len(set(processes)) <= 2


def test_process_that_dies_takes_one_call_with_it() -> None:
    answers = list(call_all(die_of_three, [1, 2, 3, 4, 3, 5], 2))
    death = Death(external=False)
    assert [answer if isinstance(answer, Death) else answer[1] for answer in answers] == [1, 4, death, 16, death, 25]


def test_exception_in_the_function_is_a_death(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(call_all(raise_error, [1, 3], 1)) == [Death(external=False)] * 2
    assert "RuntimeError: 1 is odd" in capfd.readouterr().err


def test_call_that_takes_longer_than_its_limit_ends_its_process() -> None:
    with closing(processes.Process(spin, limit=0.3)) as process:
        assert [process.call(number) for number in (1, 3, 2)] == [1, Death(external=False, late=True), 2]


def test_call_with_a_limit_is_not_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "no such file")
    with closing(processes.Process(spin, limit=0.3)) as process:
        assert process.call(3) == Death(external=True)


def test_process_is_prepared_once() -> None:
    with closing(processes.Process(modules, prepare=import_wave)) as process:
        assert [process.call(("wave",)) for _ in range(2)] == [["wave"]] * 2


def test_closing_early_ends_the_processes() -> None:
    calls = call_all(square, range(1000), 2)
    answer = next(calls)
    assert not isinstance(answer, Death)
    calls.close()  # the fixture checks that nothing is left
    with pytest.raises(ProcessLookupError):
        os.kill(answer[0], 0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX only")
def test_closing_early_makes_no_further_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate, log = tmp_path / "gate", tmp_path / "log"
    os.mkfifo(gate)

    class Calls(queue.Queue[object]):
        def put(self, call: object, *rest: object) -> None:
            super().put(call)
            if call is None:
                gate.write_text("the second call may end")

    monkeypatch.setattr(processes, "SimpleQueue", Calls)
    calls = call_all(functools.partial(readers.log_and_wait, log, gate), range(10), 1)
    next(calls)
    calls.close()
    assert log.read_text() == "01"


def test_argument_that_cannot_be_sent_is_an_error() -> None:
    with pytest.raises((TypeError, AttributeError), match="pickle"):
        list(call_all(str, [threading.Lock()], 2))


def test_calls_are_made_in_this_process_if_no_other_can_be_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no python"))
    assert list(call_all(functools.partial(stay_in, os.getpid()), range(9), 2)) == [-number for number in range(9)]
    assert 1 <= len(caplog.records) <= 2


def test_processes_import_only_what_the_function_needs() -> None:
    heavy = ("torch", "matplotlib", "plotly", "ipywidgets", "__mp_main__")
    assert list(call_all(modules, [heavy, ("lstmmusic.base.processes",)], 1)) == [[], ["lstmmusic.base.processes"]]


def test_script_needs_no_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('once')\n"
        "import os.path\n"
        "from lstmmusic.base.processes import Death, call_all\n"
        "print(list(call_all(os.path.basename, ['a/b', 'c/d'], 2)))\n"
    )
    done = run_python("-W", "error", str(script))
    assert (done.stdout, done.stderr) == ("once\n['b', 'd']\n", "")


def test_exit_of_python_during_calls_neither_hangs_nor_leaves_processes() -> None:
    code = (
        "import os; from lstmmusic.base.processes import Death, call_all; "
        "from tests.base.test_processes import square; "
        "calls = call_all(square, range(10**6), 2); print(next(calls)[0], flush=True)"
    )
    done = run_python("-c", code)
    # The processes have the error output open, and run() waited for its end: they are gone.
    assert int(done.stdout)
    assert "Traceback" not in done.stderr
