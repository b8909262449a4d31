"""The cache, and files that change or are damaged."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.errors import MidiError
from lstmmusic.music import cache
from lstmmusic.music.score import Notes, Part, Score


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the entries, which does not exist yet."""
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "scores"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    path = tmp_path / "bêtise 後.mid"
    path.write_bytes(b"MThd")
    return path


def make_score(notes: int) -> Score:
    random = np.random.default_rng(notes)
    starts = random.integers(0, 2**40, notes)
    ticks = np.stack((starts, starts + random.integers(0, 999, notes)), axis=1)
    pitches, velocities = random.integers(0, 128, (2, notes))
    part = Part(3, 17, 40, "第二")
    drums = Notes.of([[0, 5]], [35])
    return Score("後で ♫", 480, Notes.of(ticks, pitches, velocities), (part,), drums, length=2**41, damaged=True)


def entry(path: Path, reader: str = "read") -> Path:
    found = cache.entry_of(path, reader)
    assert found is not None
    return found


@pytest.mark.parametrize("notes", [0, 1, 1001])
def test_score_is_recalled_exactly(folder: Path, music: Path, notes: int) -> None:
    score = make_score(notes)
    assert cache.recall(entry(music)) is None
    assert not cache.keep(entry(music), score)
    recalled = cache.recall(entry(music))
    assert isinstance(recalled, Score)
    for found, expected in ((recalled, score), (recalled.notes, score.notes), (recalled.drums, score.drums)):
        for name, value in vars(expected).items():
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(getattr(found, name), value, strict=True)
                assert getattr(found, name).flags.aligned
            elif not isinstance(value, Notes):
                assert getattr(found, name) == value
    again = cache.recall(entry(music))
    assert isinstance(again, Score)
    assert again.parts[0] is recalled.parts[0]  # ten thousand files share theirs
    assert list(folder.iterdir()) == [entry(music)]


@pytest.mark.usefixtures("folder")
def test_reason_is_recalled(music: Path) -> None:
    cache.keep(entry(music), MidiError("it is torn: ♫"))
    recalled = cache.recall(entry(music))
    assert isinstance(recalled, MidiError)
    assert str(recalled) == "it is torn: ♫"


def test_each_file_has_its_own_entry_and_another_when_it_changes(folder: Path, music: Path) -> None:
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


@pytest.mark.usefixtures("folder")
def test_path_that_is_not_text_has_an_entry(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff.mid")
    try:
        path.touch()
    except OSError:
        pytest.skip("this file system has Unicode names only")
    assert not cache.keep(entry(path), MidiError(f"{path.name} is empty"))
    assert str(cache.recall(entry(path))) == "\ufffd.mid is empty"


def damage(path: Path, kind: str) -> None:
    whole = path.read_bytes()
    if kind == "cut off":
        path.write_bytes(whole[:-1])
    elif kind == "a bit of a time":
        path.write_bytes(whole[:200] + bytes([whole[200] ^ 1]) + whole[201:])
    elif kind == "a letter of the name":
        path.write_bytes(whole.replace(b'"parts"', b'"ports"'))
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
@pytest.mark.usefixtures("folder")
def test_damaged_entry_is_not_recalled(music: Path, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    cache.keep(entry(music), make_score(40))
    damage(entry(music), kind)
    assert cache.recall(entry(music)) is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert str(entry(music)) in caplog.text
    if kind != "folder":
        assert not cache.keep(entry(music), make_score(40))
        assert isinstance(cache.recall(entry(music)), Score)


def test_unwritable_folder_is_a_reason(tmp_path: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "file" / "cache"))
    assert "could not be saved" in cache.keep(entry(music), make_score(3))
    assert cache.recall(entry(music)) is None
    cache.prune()


def test_least_recently_used_entries_are_removed_first(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
