"""Files to scores: the same from this process, from several processes and from the cache."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import UnreadError
from lstmmusic.music import cache, intake
from lstmmusic.music.cache import Found
from lstmmusic.music.intake import read_files
from lstmmusic.music.loading import load_folder, loading
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune
from lstmmusic.music.score import Score
from lstmmusic.music.source import Source
from tests import readers

ROOT = Path(__file__).parents[2]


@pytest.fixture
def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the cache entries."""
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "scores"


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read any two files in two processes."""
    monkeypatch.setattr(intake, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(intake, "usable_cores", lambda: 2)


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Eight tunes, a file that is not music, an empty one, and a link to none."""
    folder = tmp_path / "music"
    for number in range(8):
        write_midi(Tune(np.eye(88)[: 5 + number]), folder / "below" / f"{number}.mid")
    (folder / "page.mid").write_text("<html>404</html>")
    (folder / "empty.mid").touch()
    (folder / "gone.mid").symlink_to(folder / "nowhere")
    (folder / "notes.txt").write_text("no music")
    return folder


def paths_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.mid"))


def plain(found: Sequence[Found]) -> list[object]:
    """Convert scores and errors so that they can be compared."""
    return [
        (each.name, each.pitches.tobytes(), each.beats.tobytes(), each.seconds.tobytes())
        if isinstance(each, Score)
        else (type(each), str(each))
        for each in found
    ]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that this process has read, a growing list; those that others read are not in it."""
    readers.READ.clear()
    monkeypatch.setattr(intake, "find", readers.find)
    return readers.READ


def test_files_read_in_processes_or_from_the_cache_are_the_same(
    music: Path, tmp_path: Path, read: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = paths_in(music)
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "one"))
    here = plain(list(read_files(paths)))
    assert read == paths
    assert [isinstance(each[0], str) for each in here] == [True] * 8 + [False] * 3
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "two"))
    monkeypatch.setattr(intake, "WORTH_PROCESSES", 0)
    monkeypatch.setattr(intake, "usable_cores", lambda: 2)
    read.clear()
    assert plain(list(read_files(paths))) == here
    assert read == []
    assert plain(list(read_files(paths))) == here
    # A file that could not be opened is tried again.
    assert [path.name for path in read] == ["gone.mid"]


@pytest.mark.usefixtures("entries", "several")
def test_corpus_is_the_same_from_processes_and_from_the_cache(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work, done = loading(Source("folder", str(music)), RollConfig()), []
    while True:
        try:
            done.append(next(work))
        except StopIteration as end:
            several = end.value
            break
    assert [(progress.done, progress.total) for progress in done] == [(n, 12) for n in range(1, 13)]
    cached = load_folder(music, quiet=True)
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(music / "notes.txt"))
    monkeypatch.setattr(intake, "usable_cores", lambda: 1)
    here = load_folder(music, quiet=True)
    assert several.verdicts == cached.verdicts == here.verdicts
    assert [verdict.path for verdict in here.verdicts] == sorted(verdict.path for verdict in here.verdicts)
    assert [tune.name for tune in several.tunes] == [tune.name for tune in here.tunes] == [str(n) for n in range(8)]
    assert several.fingerprint() == cached.fingerprint() == here.fingerprint()


def test_another_grid_reads_no_file_again(music: Path, entries: Path, read: list[Path]) -> None:
    (music / "gone.mid").unlink()
    load_folder(music, quiet=True)
    assert len(list(entries.iterdir())) == len(read) == 10
    read.clear()
    corpus = load_folder(music, RollConfig(step=0.1, lowest=0, highest=127), quiet=True)
    assert len(corpus.tunes[0].roll[0]) == 128
    assert read == []


@pytest.mark.usefixtures("entries")
def test_only_changed_files_are_read_again(music: Path, read: list[Path]) -> None:
    (music / "gone.mid").unlink()
    before = load_folder(music, quiet=True)
    write_midi(Tune(np.eye(88)[:50]), music / "below" / "3.mid")
    write_midi(Tune(np.eye(88)[:60]), music / "empty.mid")
    read.clear()
    after = load_folder(music, quiet=True)
    assert [path.name for path in read] == ["3.mid", "empty.mid"]
    assert [len(tune) for tune in before.tunes] == [5, 6, 7, 8, 9, 10, 11, 12]
    assert [len(tune) for tune in after.tunes] == [5, 6, 7, 50, 9, 10, 11, 12, 60]


def test_cache_is_pruned_after_loading(music: Path, entries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MAX_BYTES", 0)
    assert len(load_folder(music, quiet=True)) == 8
    assert list(entries.iterdir()) == []


@pytest.mark.usefixtures("entries")
def test_damaged_entry_is_replaced_and_the_others_are_used(
    music: Path, read: list[Path], caplog: pytest.LogCaptureFixture
) -> None:
    paths = paths_in(music)[:8]
    whole = plain(list(read_files(paths)))
    torn = cache.entry_of(paths[2], "lstmmusic.music.formats.reading.read_file")
    assert torn is not None
    torn.write_bytes(torn.read_bytes()[:-9])
    read.clear()
    for _ in range(2):
        assert plain(list(read_files(paths))) == whole
    assert read == [paths[2]]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_unwritable_cache_is_one_warning(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(music / "notes.txt"))
    assert len(load_folder(music, quiet=True)) == 8
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.usefixtures("several", "entries")
def test_file_that_crashes_its_reader_is_left_out_and_not_tried_again(music: Path) -> None:
    (music / "below" / "2.mid").rename(music / "below" / "deadly.mid")
    paths = paths_in(music)
    for _ in range(2):  # alone, the file would be read in this process the second time
        found = list(read_files(paths, readers.read_or_die))
        (deadly,) = [each for each, path in zip(found, paths, strict=True) if path.stem == "deadly"]
        assert str(deadly) == "deadly.mid cannot be used: it crashes the reader"
        assert sum(isinstance(each, Score) for each in found) == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows does not report what ended a process")
@pytest.mark.usefixtures("several", "entries")
def test_file_whose_reader_was_killed_is_read_the_next_time(music: Path) -> None:
    (music / "below" / "2.mid").rename(music / "below" / "fated.mid")
    paths = paths_in(music)
    at = next(place for place, path in enumerate(paths) if path.stem == "fated")
    first, second = (list(read_files(paths, readers.read_or_be_killed)) for _ in range(2))
    assert isinstance(first[at], UnreadError)
    assert "fated.mid could not be read: its reader was killed" in str(first[at])
    assert isinstance(second[at], Score)
    assert [isinstance(each, Score) for each in first].count(True) == 7


@pytest.mark.usefixtures("several")
def test_cache_that_cannot_be_written_is_reported_once(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "file" / "cache"))
    paths = paths_in(music)
    assert len(list(read_files(paths))) == len(paths) > 1
    assert [record.message[:27] for record in caplog.records] == ["the cache cannot be written"]


@pytest.mark.usefixtures("several")
def test_interrupted_load_leaves_no_process_and_caches_what_was_read(music: Path, entries: Path) -> None:
    before = psutil.Process().children()  # of other tests, such as a browser
    work = loading(Source("folder", str(music)), RollConfig())
    for _ in range(3):
        next(work)
    assert psutil.Process().children() != before
    work.close()
    assert len(list(entries.iterdir())) >= 3
    assert psutil.Process().children() == before


@pytest.mark.usefixtures("entries")
def test_few_files_are_read_in_this_process(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "call_all", None)
    assert len(load_folder(music, quiet=True)) == 8


@pytest.mark.usefixtures("entries")
def test_script_without_a_main_guard_reads_in_processes(music: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('once')\n"
        "import torch\n"
        "from lstmmusic import load_folder; from lstmmusic.music import intake\n"
        "intake.WORTH_PROCESSES, intake.usable_cores = 0, lambda: 2\n"
        "really = intake.call_all\n"
        "intake.call_all = lambda *rest: print('in processes') or really(*rest)\n"
        f"print(len(load_folder({str(music)!r}, quiet=True)))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("once\nin processes\n8\n", "")


def test_reading_processes_do_not_import_torch() -> None:
    code = (
        "import sys; import lstmmusic.music.intake; from lstmmusic.music.chorales import read_chorale; "
        "sys.exit(bool({'torch', 'matplotlib', 'plotly', 'ipywidgets', 'pygame'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_errors_of_the_system_are_not_cached(tmp_path: Path, entries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mid"
    write_midi(Tune(np.eye(88)), path)

    def fail(error: Exception) -> None:
        def read_bytes(self: Path) -> bytes:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(Path, "read_bytes", read_bytes)
            (found,) = read_files([path])
        assert isinstance(found, UnreadError)

    fail(PermissionError(13, "Permission denied"))
    fail(MemoryError())
    assert not entries.exists()
    (found,) = read_files([path])
    assert isinstance(found, Score)
