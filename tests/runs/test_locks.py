"""A run is open in one studio at a time."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from lstmmusic.errors import BusyError, SaveError
from lstmmusic.runs.listing import read_run
from lstmmusic.runs.locks import lock_run, locked
from lstmmusic.runs.store import duplicate_run
from tests.runs.test_listing import make_run

LOCK = """
import sys
from pathlib import Path
from lstmmusic.runs.locks import lock_run
lock = lock_run(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def open_elsewhere(*paths: Path) -> Iterator[None]:
    """Open runs as another studio does; it may well be in the same process."""
    with ExitStack() as locks:
        for path in paths:
            locks.enter_context(locked(path))
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make_run(tmp_path / "runs" / "first" / "run.safetensors", 1)
    return tmp_path / "runs" / "first"


def test_second_lock_is_refused_until_the_first_is_released(path: Path) -> None:
    complaint = r"first is open in another studio.*Close it there.*or duplicate the run"
    with locked(path), pytest.raises(BusyError, match=complaint):
        lock_run(path)
    lock_run(path).release()


def test_killed_process_leaves_neither_lock_nor_unfinished_file(path: Path) -> None:
    part = path / ".run.safetensors.0123.part"
    part.write_bytes(b"half")
    command = [sys.executable, "-c", LOCK, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(BusyError):
                lock_run(path)
            assert not part.exists()
            part.write_bytes(b"half")
        finally:
            holder.kill()
    with locked(path):
        assert not part.exists()


def test_lock_outlives_the_folder_of_the_run(path: Path) -> None:
    with locked(path):
        shutil.rmtree(path)
        make_run(path / "run.safetensors", 1)  # as when it is saved again
        with pytest.raises(BusyError):
            lock_run(path)


@pytest.mark.parametrize("place", [".locks", ".locks/first"])
def test_lock_that_leads_elsewhere_is_not_followed(place: str, path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = path.parent / place
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere)
    with pytest.raises(SaveError, match="leads elsewhere, and is not followed; delete it"):
        lock_run(path)
    assert list(elsewhere.iterdir()) == []


def test_copy_of_an_open_run_is_not_locked(path: Path) -> None:
    with locked(path):
        other = lock_run(duplicate_run(read_run(path)).path)
        assert other.is_locked
        other.release()


@pytest.mark.parametrize("number", [errno.EIO, errno.EMFILE])
def test_run_that_cannot_be_locked_is_refused(number: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(FileLock, "acquire", fail)
    with pytest.raises(SaveError, match=rf"first could not be locked against other studios \({os.strerror(number)}\)"):
        lock_run(path)


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.ENOLCK])
def test_folder_without_locks_is_used_without(number: int, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(FileLock, "acquire", fail)
    assert not lock_run(path).is_locked


def test_missing_lock_is_accepted_where_none_can_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    lock = lock_run(tmp_path / "file" / "run")
    assert not lock.is_locked
    lock.release()
