"""The benchmark of reliability, on a small scale: killed processes lose nothing, and long runs leak nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.broken import BROKEN, FOLDER
from tests.processes import run_python

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


def measure(*arguments: str) -> dict[str, float]:
    """Return the figures of `python -m benchmarks reliability`, and check that none is above its bar."""
    done = run_python("-m", "benchmarks", "reliability", *arguments)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    rows = [json.loads(line) for line in lines[1::2]]
    assert all(line.startswith(row["work"]) for line, row in zip(lines[::2], rows, strict=True))
    assert all(row["bar"] is None or row["value"] <= row["bar"] for row in rows), rows
    return {row["work"]: row["value"] for row in rows}


def test_kills_lose_nothing_and_long_runs_leak_nothing() -> None:
    """One run of all parts, since most of the time is spent on starting Python."""
    figures = measure(str(FOLDER), "--kills", "20", "--seed", "1", "--cycles", "20", "--hours", "0.0003")
    assert figures["broken: files read"] == len(BROKEN)
    assert figures["broken: refused, each with a reason in words"] == sum(not broken.used for broken in BROKEN.values())
    assert figures["broken: exceptions that escaped"] == 0
    assert figures["kills of 20, at random moments, after which the run resumed bit-exactly"] == 20
    assert figures["saved updates that were lost"] == 0
    assert figures["problems with saving"] == 0
    assert sum("gained" in work for work in figures) == 7
