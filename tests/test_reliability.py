"""Nothing is lost when a process is killed, nothing is gained by going on for long: the benchmark of it, in small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.broken import BROKEN, FOLDER

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read as Linux tells it")


def measure(*arguments: str) -> dict[str, float]:
    """Return the figures of `python -m benchmarks reliability`, none of which is above its bar."""
    command = [sys.executable, "-m", "benchmarks", "reliability", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    rows = [json.loads(line) for line in lines[1::2]]
    assert all(line.startswith(row["work"]) for line, row in zip(lines[::2], rows, strict=True))
    assert all(row["bar"] is None or row["value"] <= row["bar"] for row in rows), rows
    return {row["work"]: row["value"] for row in rows}


def test_nothing_is_lost_or_gained() -> None:
    """One run of all parts: most of what each takes is starting Python."""
    figures = measure(str(FOLDER), "--kills", "50", "--seed", "1", "--cycles", "50", "--hours", "0.0004")
    assert figures["broken: files tried"] == len(BROKEN)
    assert figures["broken: refused, each with a reason in words"] == sum(not broken.used for broken in BROKEN.values())
    assert figures["broken: exceptions that escaped"] == 0
    assert figures["kills of 50, at random moments, survived to the last bit"] == 50
    assert figures["updates lost, of those saved"] == 0
    assert figures["problems with saving"] == 0
    assert sum("gained" in work for work in figures) == 7
