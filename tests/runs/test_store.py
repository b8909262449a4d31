from __future__ import annotations

import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from lstmmusic.config import NetworkConfig
from lstmmusic.errors import BusyError, ConfigError, SaveError
from lstmmusic.music.source import Source
from lstmmusic.runs.listing import Run, find_runs, read_run
from lstmmusic.runs.locks import LOCKS, lock_run
from lstmmusic.runs.moving import KEPT
from lstmmusic.runs.store import (
    default_name,
    delete_run,
    delete_runs,
    duplicate_run,
    new_run_folder,
    rename_run,
    restore_run,
)
from tests.conftest import mode
from tests.runs.test_listing import make_run
from tests.runs.test_locks import open_elsewhere


@pytest.fixture
def run(tmp_path: Path) -> Run:
    path = new_run_folder(tmp_path, "first")
    make_run(path / "run.safetensors")
    (path / "takes").mkdir()
    (path / "takes" / "a.mid").write_bytes(b"take")
    return read_run(path)


@pytest.fixture
def single(tmp_path: Path) -> Run:
    make_run(tmp_path / "runs" / "single.safetensors")
    return read_run(tmp_path / "runs" / "single.safetensors")


def everything(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder except locks."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.parent.name != LOCKS)
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def names(shelf: Path) -> set[str]:
    """Return the entries of a folder of runs except locks."""
    return {path.name for path in shelf.iterdir()} - {LOCKS}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Limit the size of files, so that writing fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_new_folders_get_unused_names(tmp_path: Path, single: Run) -> None:
    assert new_run_folder(tmp_path, "mine v1.2") == tmp_path / "runs" / "mine v1.2"
    assert new_run_folder(tmp_path, "mine v1.2") == tmp_path / "runs" / "mine v1.2 2"
    assert new_run_folder(tmp_path, "single") == tmp_path / "runs" / "single 2"
    assert new_run_folder(tmp_path, "../../up") == tmp_path / "runs" / "up"
    assert all(path.is_dir() for path in (tmp_path / "runs").iterdir() if path != single.path)
    (tmp_path / "runs" / "link").symlink_to("nowhere")
    assert new_run_folder(tmp_path, "link") == tmp_path / "runs" / "link 2"


def test_run_is_renamed_with_all_its_files(run: Run, single: Run) -> None:
    before = everything(run.path)
    renamed = rename_run(run, "  Bach: slow/long ")
    assert renamed.name == "Bach- slow-long"
    assert everything(renamed.path) == before
    assert not run.path.exists()
    assert rename_run(renamed, renamed.name).path == renamed.path
    assert rename_run(single, "other").path == single.path.with_name("other.safetensors")
    assert not single.path.exists()


def test_taken_name_is_refused(run: Run, single: Run) -> None:
    before = everything(run.path.parent)
    for change in (rename_run, duplicate_run):
        with pytest.raises(SaveError, match="there is already a run single; choose another name"):
            change(run, "single")
        with pytest.raises(SaveError, match="there is already a run first"):
            change(single, "first")
        with pytest.raises(ConfigError, match="is not a name"):
            change(run, "../")
    assert everything(run.path.parent) == before


def test_copy_has_all_files_and_an_unused_name(run: Run) -> None:
    copy = duplicate_run(run)
    assert copy.name == "first copy"
    assert everything(copy.path) == everything(run.path)
    assert duplicate_run(run).name == "first copy 2"
    assert duplicate_run(run, "again").name == "again"
    assert names(run.path.parent) == {"first", "first copy", "first copy 2", "again"}


def test_copy_of_a_single_file_is_a_folder(single: Run) -> None:
    copy = duplicate_run(single)
    assert copy.path == single.path.with_name("single copy")
    assert copy.file.read_bytes() == single.file.read_bytes()


def test_links_in_a_run_are_copied_as_links(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (run.path / "link").symlink_to(tmp_path / "secret")
    assert (duplicate_run(run).path / "link").is_symlink()


def test_deleted_run_is_restored(run: Run, single: Run, tmp_path: Path) -> None:
    before = everything(tmp_path / "runs")
    deleted = [delete_run(entry) for entry in (run, single)]
    assert find_runs(tmp_path) == ((), ())
    assert all(entry.kept.exists() for entry in deleted)
    restored = [restore_run(entry) for entry in reversed(deleted)]
    assert restored == [single, run]
    assert everything(tmp_path / "runs") == before
    assert list((tmp_path / "runs" / ".deleted").iterdir()) == []


def test_deleted_run_whose_name_is_taken_is_restored_under_another(run: Run, single: Run) -> None:
    copies = duplicate_run(run, "x"), duplicate_run(single, "y")
    deleted = delete_run(run), delete_run(single)
    rename_run(copies[0], "first")
    rename_run(copies[1], "single")
    assert [restore_run(entry).path.name for entry in deleted] == ["first 2", "single 2.safetensors"]


def test_last_deleted_runs_are_kept(run: Run) -> None:
    bin_ = run.path.parent / ".deleted"
    bin_.mkdir()
    (bin_ / "of somebody else").touch()
    first = delete_run(duplicate_run(run, "same name"))
    others = [delete_run(duplicate_run(run, "same name")) for _ in range(KEPT)]
    assert not first.kept.exists()
    assert all(entry.kept.exists() for entry in others)
    assert (bin_ / "of somebody else").exists()
    with pytest.raises(SaveError, match=r"could not be restored.*was moved or deleted"):
        restore_run(first)
    assert restore_run(others[0]).name == "same name"


def test_link_to_another_folder_is_not_followed_on_deletion(run: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    for number in range(30):
        (elsewhere / str(number)).mkdir(parents=True)
    (run.path.parent / ".deleted").symlink_to(elsewhere)
    with pytest.raises(SaveError, match="leads elsewhere, and is not followed"):
        delete_run(run)
    assert len(list(elsewhere.iterdir())) == 30
    assert run.file.exists()


def test_run_that_is_open_elsewhere_is_neither_renamed_nor_deleted(run: Run, single: Run) -> None:
    before = everything(run.path.parent)
    with open_elsewhere(run.path, single.path):
        for one in (run, single):
            for change in (delete_run, lambda run: rename_run(run, "other")):
                with pytest.raises(BusyError, match=rf"{one.name}.* is open in another studio.*Close it there"):
                    change(one)
        assert everything(run.path.parent) == before
        assert duplicate_run(run, "copy").file.read_bytes() == run.file.read_bytes()
    assert rename_run(run, "other").name == "other"
    assert rename_run(single, "another").name == "another"


def test_deleted_run_is_not_restored_over_an_open_one(run: Run) -> None:
    before = everything(run.path)
    deleted = delete_run(run)
    with open_elsewhere(run.path), pytest.raises(BusyError, match="Close it there"):
        restore_run(deleted)
    assert everything(deleted.kept) == before
    assert restore_run(deleted) == run


def test_renaming_deleting_and_restoring_release_the_lock(run: Run) -> None:
    renamed = rename_run(run, "other")
    restored = restore_run(delete_run(renamed))
    for path in (run.path, restored.path):
        lock = lock_run(path)
        assert lock.is_locked
        lock.release()


def test_full_disk_leaves_no_incomplete_copy(run: Run, single: Run) -> None:
    before = everything(run.path.parent)
    for one in (run, single):
        with files_of_at_most(1000), pytest.raises(SaveError, match=r"could not be copied.*too large.*free some space"):
            duplicate_run(one)
    assert everything(run.path.parent) == before
    assert names(run.path.parent) == {"first", "single.safetensors"}


def test_missing_run_is_reported(run: Run, tmp_path: Path) -> None:
    shutil.rmtree(run.path)
    for change in (duplicate_run, delete_run, lambda run: rename_run(run, "other")):
        with pytest.raises(SaveError, match="was moved or deleted; list the runs again"):
            change(run)
    assert everything(tmp_path) == {}
    assert list((run.path.parent / ".deleted").iterdir()) == []
    shutil.rmtree(run.path.parent)
    with pytest.raises(SaveError, match="was moved or deleted"):
        delete_run(run)


@pytest.mark.usefixtures("modes")
@pytest.mark.parametrize("bits", [0o500, 0o400, 0o000])
def test_folder_without_write_permission_is_reported(bits: int, run: Run) -> None:
    before = everything(run.path)
    with mode(run.path.parent, bits):
        for change in (duplicate_run, delete_run, lambda run: rename_run(run, "other")):
            with pytest.raises(SaveError, match="choose a folder in which you may write"):
                change(run)
    assert everything(run.path) == before


def test_file_in_the_place_of_the_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SaveError, match="a file is in the place of a folder"):
        new_run_folder(tmp_path / "file", "mine")


def test_default_name_has_time_music_and_network() -> None:
    when = datetime(2026, 11, 24, 15, 30)
    assert default_name(when, Source("chorales"), NetworkConfig()) == "2026-11-24 1530 chorales 3x120"
    uneven = NetworkConfig(hidden=(120, 90, 60))
    assert default_name(when, Source("folder", "/music/my tunes/"), uneven) == "2026-11-24 1530 my tunes 120-90-60"
    assert default_name(when, Source("folder", "."), uneven) == "2026-11-24 1530 folder 120-90-60"
    assert default_name(when, None, NetworkConfig()) == "2026-11-24 1530 3x120"


def test_runs_are_deleted_and_restored_together(run: Run, single: Run, tmp_path: Path) -> None:
    runs = [run, single, *(duplicate_run(run) for _ in range(KEPT + 5))]
    before = everything(tmp_path)
    deleted = delete_runs(runs)
    assert find_runs(tmp_path) == ((), ())
    assert [each.path for each in deleted] == [each.path for each in runs]
    assert [restore_run(each) for each in deleted] == runs
    assert everything(tmp_path) == before
    assert delete_runs([]) == ()


def test_no_run_is_deleted_if_one_of_them_is_open_elsewhere(run: Run, single: Run, tmp_path: Path) -> None:
    runs = [duplicate_run(run), run, single]
    before = everything(tmp_path)
    with open_elsewhere(run.path), pytest.raises(BusyError, match="first is open in another studio"):
        delete_runs(runs)
    assert everything(tmp_path) == before
    delete_runs(runs)
    assert find_runs(tmp_path) == ((), ())
