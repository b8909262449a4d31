"""The cache against everything that can happen to a file."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.errors import MidiError
from lstmmusic.music import cache
from lstmmusic.music.score import Score


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the entries will be; the folder is not there yet."""
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "scores"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    path = tmp_path / "bêtise 後.mid"
    path.write_bytes(b"MThd")
    return path


def make_score(notes: int) -> Score:
    random = np.random.default_rng(notes)
    times = random.random((2, notes, 2))
    return Score("後で ♫", random.integers(0, 128, notes).astype(np.uint8), *times)


def entry(path: Path, reader: str = "read") -> Path:
    found = cache.entry_of(path, reader)
    assert found is not None
    return found


@pytest.mark.parametrize("notes", [0, 1, 1001])
def test_score_comes_back_to_the_last_bit(folder: Path, music: Path, notes: int) -> None:
    score = make_score(notes)
    assert cache.recall(entry(music)) is None
    assert cache.keep(entry(music), score)
    back = cache.recall(entry(music))
    assert isinstance(back, Score)
    assert back.name == score.name
    for array in ("pitches", "beats", "seconds"):
        np.testing.assert_array_equal(getattr(back, array), getattr(score, array), strict=True)
    assert list(folder.iterdir()) == [entry(music)]


def test_reason_comes_back(folder: Path, music: Path) -> None:
    cache.keep(entry(music), MidiError("it is torn: ♫"))
    back = cache.recall(entry(music))
    assert isinstance(back, MidiError)
    assert str(back) == "it is torn: ♫"


def test_each_file_has_an_entry_of_its_own_and_another_when_it_changes(folder: Path, music: Path) -> None:
    before = entry(music)
    assert before.parent == folder
    assert entry(music) == before
    assert entry(music, "another reader") != before
    twin = music.with_name("twin.mid")
    twin.write_bytes(music.read_bytes())
    status = music.stat()
    os.utime(twin, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert entry(twin) != before
    os.utime(music, ns=(status.st_atime_ns, status.st_mtime_ns + 1000))
    assert entry(music) != before
    music.write_bytes(b"MThd and more")
    os.utime(music, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert entry(music) != before
    assert cache.entry_of(music.with_name("missing.mid"), "read") is None


def test_path_that_is_no_text_has_an_entry(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.mid")
    try:
        path.touch()
    except OSError:
        pytest.skip("this file system has names in Unicode only")
    assert cache.keep(entry(path), MidiError(f"{path.name} is empty"))
    assert str(cache.recall(entry(path))) == "\ufffd.mid is empty"


def damage(path: Path, kind: str) -> None:
    whole = path.read_bytes()
    if kind == "cut off":
        path.write_bytes(whole[:-1])
    elif kind == "a bit of a time":
        path.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    elif kind == "a letter of the name":
        path.write_bytes(whole.replace(b'"notes"', b'"nodes"'))
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("not a cache")
    elif kind == "of another file":
        other = path.with_name("0" * 64)
        cache.keep(other, make_score(3))
        other.replace(path)
    else:
        path.unlink()
        path.mkdir()


@pytest.mark.parametrize(
    "kind", ["cut off", "a bit of a time", "a letter of the name", "empty", "text", "of another file", "folder"]
)
def test_damaged_entry_is_none(folder: Path, music: Path, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    cache.keep(entry(music), make_score(40))
    damage(entry(music), kind)
    assert cache.recall(entry(music)) is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert str(entry(music)) in caplog.text
    if kind != "folder":
        assert cache.keep(entry(music), make_score(40))
        assert isinstance(cache.recall(entry(music)), Score)


def test_folder_that_cannot_be_written_is_only_logged(
    tmp_path: Path, music: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "file" / "cache"))
    assert not cache.keep(entry(music), make_score(3))
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert cache.recall(entry(music)) is None
    cache.prune()


def test_entries_unused_for_longest_go_first(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = []
    for number in range(4):
        path = tmp_path / f"{number}.mid"
        path.touch()
        entries.append(entry(path))
        cache.keep(entries[-1], make_score(50))
        os.utime(entries[-1], (number, number))
    size = entries[0].stat().st_size
    cache.prune()
    assert set(folder.iterdir()) == set(entries)
    cache.recall(entries[0])  # used now, so that 1 and 2 are the oldest
    monkeypatch.setattr(cache, "MAX_BYTES", 2 * size)
    cache.prune()
    assert set(folder.iterdir()) == {entries[0], entries[3]}
