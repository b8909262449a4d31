"""The runs in a folder, listed again and again: quickly, and as they are."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from lstmmusic.errors import BusyError
from lstmmusic.runs import shelf as shelf_module
from lstmmusic.runs.listing import read_run
from lstmmusic.runs.locks import is_locked, lock_run, locked
from lstmmusic.runs.shelf import Shelf
from tests.runs.test_listing import make_run
from tests.runs.test_locks import open_elsewhere

COUNT = 1000
MOST_SECONDS = 3.0  # of CPU time, on a busy machine; an idle one took 0.7


def make_runs(folder: Path, count: int) -> list[Path]:
    """Make equal runs, each in a folder of its own."""
    made = folder / "made.safetensors"
    make_run(made)
    paths = [folder / "runs" / f"run {number:04}" for number in range(count)]
    for path in paths:
        path.mkdir(parents=True)
        shutil.copy(made, path / "run.safetensors")
    made.unlink()
    return paths


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the runs that were read."""
    names = []
    read = shelf_module.read_run

    def count(path: Path) -> object:
        names.append(path.name)
        return read(path)

    monkeypatch.setattr(shelf_module, "read_run", count)
    return names


def test_thousand_runs_are_listed_in_time_and_read_once(tmp_path: Path, reads: list[str]) -> None:
    make_runs(tmp_path, COUNT)
    shelf = Shelf(tmp_path)
    began = time.process_time()
    listing = shelf.read()
    cold = time.process_time() - began
    assert (len(listing.runs), listing.broken, len(reads)) == (COUNT, (), COUNT)
    assert cold < MOST_SECONDS
    assert not shelf.has_changed()
    assert shelf.read() == listing
    assert len(reads) == COUNT
    assert time.process_time() - began - cold < MOST_SECONDS / 5


def test_only_what_has_changed_is_read_again(tmp_path: Path, reads: list[str]) -> None:
    first, second, third = make_runs(tmp_path, 3)
    shelf = Shelf(tmp_path)
    before = shelf.read()
    make_run(second / "run.safetensors", 7)
    third.rename(third.with_name("other"))
    assert shelf.has_changed()
    reads.clear()
    after = shelf.read()
    assert sorted(reads) == ["other", second.name]
    assert {each.run.name: each.run.updates for each in after.runs} == {first.name: 5, second.name: 7, "other": 5}
    assert not shelf.has_changed()
    unchanged = [{each.run.path: each.run for each in listing.runs}[first] for listing in (before, after)]
    assert unchanged[0] is unchanged[1]


def test_run_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    first, second = make_runs(tmp_path, 2)
    shelf = Shelf(tmp_path)
    shelf.read()
    first.rename(tmp_path / "elsewhere")
    first.symlink_to(tmp_path / "elsewhere")
    (second / "run.safetensors").rename(tmp_path / "file")
    (second / "run.safetensors").symlink_to(tmp_path / "file")
    assert shelf.has_changed()
    runs, broken = shelf.read()
    assert runs == ()
    assert all("leads elsewhere" in each.reason for each in broken)
    assert len(broken) == 2


def test_damaged_runs_are_listed_with_their_reasons_until_they_are_mended(tmp_path: Path) -> None:
    (path,) = make_runs(tmp_path, 1)
    content = (path / "run.safetensors").read_bytes()
    (path / "run.safetensors").write_bytes(b"no run")
    shelf = Shelf(tmp_path)
    (broken,) = shelf.read().broken
    assert "is not a saved run" in broken.reason
    (path / "run.safetensors").write_bytes(content)
    assert shelf.has_changed()
    assert len(shelf.read().runs) == 1


def test_favourites_are_counted(tmp_path: Path) -> None:
    (path,) = make_runs(tmp_path, 1)
    shelf = Shelf(tmp_path)
    assert shelf.read().runs[0].favourites == 0
    (path / "favourites").mkdir()
    for name in ("one.safetensors", "two.safetensors", ".three.safetensors", "four.txt"):
        (path / "favourites" / name).touch()
    assert shelf.has_changed()
    assert shelf.read().runs[0].favourites == 2
    shutil.rmtree(path / "favourites")
    (path / "favourites").symlink_to(tmp_path)
    assert shelf.read().runs[0].favourites == 0


def test_run_that_is_open_is_known_until_it_is_closed(tmp_path: Path) -> None:
    first, second = make_runs(tmp_path, 2)
    shelf = Shelf(tmp_path)
    with open_elsewhere(first):
        assert {each.run.path: each.is_open for each in shelf.read().runs} == {first: True, second: False}
        assert not shelf.has_changed()
    assert shelf.has_changed()  # although no file was saved
    assert not any(each.is_open for each in shelf.read().runs)


def test_looking_at_a_lock_neither_takes_nor_creates_it(tmp_path: Path) -> None:
    (path,) = make_runs(tmp_path, 1)
    assert not is_locked(path)
    assert [each.name for each in (tmp_path / "runs").iterdir()] == [path.name]
    with locked(path):
        assert is_locked(path)
        with pytest.raises(BusyError):
            lock_run(path)
    assert not is_locked(path)
    lock_run(path).release()


def test_folder_without_runs_is_empty(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    assert shelf.has_changed()  # nothing is known yet
    assert shelf.read() == ((), ())
    assert not shelf.has_changed()
    make_run(tmp_path / "runs" / "first.safetensors")
    assert shelf.has_changed()
    assert shelf.read().runs[0].run == read_run(tmp_path / "runs" / "first.safetensors")
