"""Folders as users download them: every file gets a verdict, and no file affects another."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

import pytest

from lstmmusic.errors import CorpusError, MidiError
from lstmmusic.music.formats.kinds import MAX_BYTES
from lstmmusic.music.formats.reading import read_score
from lstmmusic.music.loading import load_folder
from lstmmusic.music.verdicts import Verdict
from tests.broken import BROKEN, FOLDER, SOUND, file, track
from tests.conftest import mode


def verdicts_of(folder: Path) -> dict[str, Verdict]:
    return {verdict.path.name: verdict for verdict in load_folder(folder, quiet=True).verdicts}


def test_files_on_disk_are_those_of_the_table() -> None:
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == {
        name: broken.content for name, broken in BROKEN.items()
    }


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    return verdicts_of(FOLDER)


@pytest.mark.parametrize("name", BROKEN)
def test_verdict_of_each_file_has_its_reason(name: str, verdicts: dict[str, Verdict]) -> None:
    _, used, reason = BROKEN[name]
    assert verdicts[name].used == used
    assert verdicts[name].reason in ({reason} if used else {f"{name} {reason}", f"{Path(name).stem} {reason}"})


def test_verdicts_are_the_same_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path))
    assert verdicts_of(FOLDER) == verdicts_of(FOLDER)


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX only")
@pytest.mark.parametrize(
    ("name", "shown"),
    [(b"caf\xe9", "caf\ufffd"), (b"two\nlines", "two\ufffdlines"), (b"\x1b[31mred", "\ufffd[31mred"), (b"<b>", "<b>")],
)
def test_name_of_any_bytes_is_shown_on_one_line(tmp_path: Path, name: bytes, shown: str) -> None:
    (tmp_path / os.fsdecode(name + b".mid")).write_bytes(file(track(SOUND)))
    (tmp_path / os.fsdecode(name + b"-page.mid")).write_text("<html>")
    (tmp_path / os.fsdecode(name + b".txt")).touch()
    corpus = load_folder(tmp_path, quiet=True)
    assert [tune.name for tune in corpus.tunes] == [shown]
    reasons = [verdict.reason for verdict in corpus.verdicts if not verdict.used]
    assert len(reasons) == 2
    for reason in reasons:
        assert reason.startswith(shown)
        reason.encode()


def test_reason_quotes_little_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "odd.krn"
    path.write_text("**kern\n4" + 9999 * "c")
    with pytest.raises(MidiError, match="'4ccc") as raised:
        read_score(path)
    assert len(str(raised.value)) < 500


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX only")
def test_pipe_and_device_are_left_out_unread(tmp_path: Path) -> None:
    (tmp_path / "good.mid").write_bytes(file(track(SOUND)))
    os.mkfifo(tmp_path / "pipe.mid")
    (tmp_path / "endless.mid").symlink_to("/dev/zero")
    reader = threading.Thread(target=lambda: found.update(verdicts_of(tmp_path)), daemon=True)
    found: dict[str, Verdict] = {}
    reader.start()
    reader.join(20)
    assert not reader.is_alive()
    for name in ("pipe.mid", "endless.mid"):
        assert found[name].reason == f"{name} is not a readable MIDI file (it is not a regular file)"
    assert found["good.mid"].used


def test_file_that_is_too_large_is_left_out_unread(tmp_path: Path) -> None:
    with (tmp_path / "film.mid").open("wb") as large:
        large.write(file(track(SOUND)))
        large.truncate(10**12)  # without a byte on the disk
    with pytest.raises(MidiError, match=r"it has 1,000,000\.0 MB; the limit is 4 MB"):
        read_score(tmp_path / "film.mid")
    os.truncate(tmp_path / "film.mid", MAX_BYTES)
    assert len(read_score(tmp_path / "film.mid").pitches) == 1


def test_circular_links_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "good.mid").write_bytes(file(track(SOUND)))
    (tmp_path / "one.mid").symlink_to(tmp_path / "two.mid")
    (tmp_path / "two.mid").symlink_to(tmp_path / "one.mid")
    (tmp_path / "up").symlink_to("..")
    found = verdicts_of(tmp_path)
    assert found["one.mid"].reason.startswith("one.mid could not be read (Too many levels of symbolic links")
    assert found["up"].reason == "up is a link to a folder that contains this one"
    assert {name for name, verdict in found.items() if verdict.used} == {"good.mid"}


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no working folder")
def test_working_folder_may_be_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "good.mid").write_bytes(file(track(SOUND)))
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert len(load_folder(tmp_path, quiet=True)) == 1
    for folder in (".", "music"):
        with pytest.raises(CorpusError):
            load_folder(folder, quiet=True)


def test_linked_folder_is_read_once(tmp_path: Path) -> None:
    for place in ("outside/deep", "music/below"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "a.mid").write_bytes(file(track(SOUND)))
    for link, target in (("one", "outside"), ("two", "outside"), ("a", "music/below"), ("here", "music")):
        (tmp_path / "music" / link).symlink_to(tmp_path / target)
    (tmp_path / "outside" / "deep" / "back").symlink_to(tmp_path / "music")
    corpus = load_folder(tmp_path / "music", quiet=True)
    assert [path.relative_to(tmp_path / "music").as_posix() for path in corpus.paths] == [
        "below/a.mid",
        "one/deep/a.mid",
    ]
    reasons = {verdict.path.name: verdict.reason for verdict in corpus.verdicts if not verdict.used}
    assert reasons == {
        name: f"{name} is a link to a folder that is read already" for name in ("a", "back", "here", "two")
    }


@pytest.mark.usefixtures("modes")
def test_folder_that_cannot_be_opened_gets_a_verdict(tmp_path: Path) -> None:
    for name in ("good", "closed/one", "listed/two", "shut"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).with_suffix(".mid").write_bytes(file(track(SOUND)))
    with mode(tmp_path / "closed", 0), mode(tmp_path / "listed", 0o400), mode(tmp_path / "shut.mid", 0):
        reasons = {name: verdict.reason for name, verdict in verdicts_of(tmp_path).items() if not verdict.used}
        assert reasons == {
            "closed": "closed is a folder that cannot be opened",
            "two.mid": "two.mid could not be read (Permission denied)",
            "shut.mid": "shut.mid could not be read (Permission denied)",
        }
        for folder in ("closed", "closed/below"):
            with pytest.raises(CorpusError, match=r"cannot be opened \(Permission denied\); check the path"):
                load_folder(tmp_path / folder, quiet=True)
    assert all(verdict.used for verdict in verdicts_of(tmp_path).values())


def test_folder_of_fifty_thousand_files_loads_in_time(tmp_path: Path) -> None:
    memory = Path("/dev/shm")  # where there is that, since a disk takes three times as long
    folder = Path(tempfile.mkdtemp(dir=memory if os.access(memory, os.W_OK) else tmp_path))
    try:
        for number in range(49_999):
            (folder / f"{number}.txt").touch()
        (folder / "good.mid").write_bytes(file(track(SOUND)))
        began = time.monotonic()
        corpus = load_folder(folder, quiet=True)
        assert time.monotonic() - began < 30
    finally:
        shutil.rmtree(folder)
    assert len(corpus) == 1
    assert len(corpus.verdicts) == 50_000
    assert sum(verdict.reason.endswith("is not a music file by its name") for verdict in corpus.verdicts) == 49_999
