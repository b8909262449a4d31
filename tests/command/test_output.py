"""What a command writes where: a bar on a terminal, and nothing but results on stdout."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.command.running import environment
from tests.processes import run_python

WORK = """
import time
from lstmmusic.command import output
output.BETWEEN_LINES = 0.0
said = output.Output("lstmmusic train", as_json={as_json}, quiet={quiet})
with said.progress("Training") as show:
    began = time.monotonic()
    while time.monotonic() < began + 1:
        show(0.25, "7 updates")
    said.say("saved\\x1b[2J\\nagain")
said.give("runs/\\udcff", path="runs/\\udcff")
"""


def test_bar_is_shown_on_a_terminal_and_results_on_stdout() -> None:
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (30, 100))
    code = "import sys; sys.stdout.reconfigure(errors='surrogateescape')" + WORK.format(as_json=False, quiet=False)
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environment(), stdout=subprocess.PIPE, stderr=slave, stdin=subprocess.DEVNULL
    )
    os.close(slave)
    shown = b""
    try:
        while part := os.read(master, 4096):
            shown += part
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(master)
    assert process.stdout is not None
    assert process.stdout.read() == b"runs/\xff\n"
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    words = shown.decode()
    assert "Training  25% |" in words
    assert "7 updates" in words
    assert "saved\ufffd[2J\ufffdagain" in words


def test_log_has_lines_and_json_is_json() -> None:
    done = run_python("-c", WORK.format(as_json=True, quiet=False))
    assert done.stdout == '{"path": "runs/\\udcff"}\n'
    lines = done.stderr.splitlines()
    assert lines[0] == "Training: 25%, 7 updates"
    assert "\r" not in done.stderr
    assert run_python("-c", WORK.format(as_json=True, quiet=True)).stderr == ""
