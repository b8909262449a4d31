"""The benchmarks of folders and of memory run; their figures are not tested."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from benchmarks import intake
from benchmarks.__main__ import main
from tests.broken import NOTE, SOUND, STOP, file, track

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
        ("rolls of a folder, without a cache", 12),
        ("rolls of a folder, from the cache", 100),
    ]
    assert all(row["ratio"] > 0 for row in rows)
    assert os.environ["LSTMMUSIC_CACHE"] == before


def test_differences_from_symusic_are_counted_and_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    contents = {
        "same.mid": file(track(SOUND, SOUND, SOUND)),
        "held.mid": file(track(NOTE, b"\x00\x90\x40\x50", b"\x60\x40\x00", STOP)),
        "frames.mid": file(track(SOUND), resolution=-24 << 8 | 4),
        "nothing.mid": file(),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    assert main(["intake", str(tmp_path), "--times", "0"]) == 0
    *lines, row = capsys.readouterr().out.splitlines()
    assert json.loads(row) == {
        "work": f"files of {tmp_path.name} against symusic",
        "files": 4,
        "notes": 5,
        "different_notes": 1 / 5,
        "different_cells": round(2 / 9, 6),
        "bar": 0.001,
        "different_files": 1,
        "only_ours": 1,
        "only_symusic": 1,
    }
    assert lines[:2] == [f"{tmp_path}: 4 files, 5 notes", "different: 20.000 % of notes, 22.222 % of cells"]
    for expected, line in zip(("only we read", "only symusic reads", "1 of 2 notes"), lines[2:], strict=True):
        assert expected in line


def test_pieces_do_not_differ_from_symusic() -> None:
    found = intake.compare(PIECES)
    assert len(found) == len(list(PIECES.glob("*.mid")))
    assert all(each.notes and not each.different_notes and not each.different_cells for each in found)


def test_sound_reference_files_do_not_differ_from_symusic(shared: Path, tmp_path: Path) -> None:
    for number, path in enumerate(sorted((shared / "midi").rglob("*.mid"))[7::25]):
        shutil.copy(path, tmp_path / f"{number}.mid")
    assert not any(each.ours or each.theirs or each.different_notes for each in intake.compare(tmp_path))


def test_unsound_reference_files_differ_where_symusic_is_wrong(shared: Path) -> None:
    found = intake.compare(shared / "broken")
    assert {each.path.name for each in found if each.different_notes} == {
        "test-2-tracks-type-2.mid",  # it lays the sequences of format 2 over each other
        "format2_two_songs.mid",
        "test-running-status-sysex.mid",  # it reads no note of a running status over a system-exclusive message
        "never_released.mid",  # it drops notes that are never turned off
        "tempo_zero.mid",  # it lets time stand still
    }


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_ends_with_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "--tunes", "20", "--steps", "110", "--updates", "1"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["work"] == "1 updates on 20 tunes of 110 steps"
    assert row["bar"] == 1024
    assert 50 < row["mebibytes"] < 1024  # torch alone has more than 50
