"""The benchmarks of folders and of memory run; their figures are not tested."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from benchmarks import intake
from benchmarks.__main__ import main

PIECES = Path(__file__).parents[1] / "assets" / "pieces"


def test_both_implementations_do_the_same_work() -> None:
    ours, plain = intake.our_rolls(PIECES)().tunes, intake.plain_rolls(PIECES)()  # type: ignore[attr-defined]
    for one, other in zip(ours, plain, strict=True):
        assert one.name == other.name
        assert len(one) == len(other)
        assert (one.roll != other.roll).mean() < 1e-3  # pretty_midi ends all notes of a pitch at once


def test_rows_have_a_ratio_and_the_cache_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = os.environ["LSTMMUSIC_CACHE"]
    shutil.copy(PIECES / "satie-gymnopedie-no-1.mid", tmp_path)
    intake.measure(tmp_path, 1)
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert [(row["work"], row["bar"]) for row in rows] == [
        ("rolls of a folder, without a cache", 1.8),
        ("rolls of a folder, from the cache", 50.0),
    ]
    assert all(row["ratio"] > 0 for row in rows)
    assert os.environ["LSTMMUSIC_CACHE"] == before


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_ends_with_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "--tunes", "20", "--steps", "110", "--updates", "1"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["work"] == "1 updates on 20 tunes of 110 steps"
    assert row["bar"] == 1024
    assert 50 < row["mebibytes"] < 1024  # torch alone has more than 50
