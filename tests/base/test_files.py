from __future__ import annotations

import shutil
import stat
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.base.files import remove_unfinished, replacing, unused_path, write_atomically
from lstmmusic.compat.checkpoints import load_2016
from lstmmusic.errors import CheckpointError, MidiError, PlaybackError, SaveError
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune, read_midi
from lstmmusic.runs.checkpoint import load_network, load_run
from lstmmusic.runs.listing import read_run
from lstmmusic.sound.soundfont import read_soundfont
from tests.conftest import SMALL, make_scales

DATA = Path(__file__).parents[1] / "data"


def test_file_is_complete_and_its_folders_are_created(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]
    (tmp_path / "plain").touch()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_file_that_cannot_be_written_is_an_error_and_harms_nothing(tmp_path: Path) -> None:
    write_midi(Tune(np.eye(88)), tmp_path / "tune.mid")
    with pytest.raises(SaveError, match="it is a folder"):
        write_atomically(tmp_path, b"")
    with pytest.raises(SaveError, match="could not be saved"):
        write_midi(Tune(np.eye(88)), tmp_path / "tune.mid" / "below.mid")
    with pytest.raises(SaveError, match="File name too long"):
        write_atomically(tmp_path / ("a" * 300), b"")
    assert len(read_midi(tmp_path / "tune.mid")) == 88
    assert [path.name for path in tmp_path.iterdir()] == ["tune.mid"]


def test_tilde_is_expanded_by_every_reader_and_writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    shutil.copy(DATA / "2016-small.npz", tmp_path)
    shutil.copy(DATA / "format-1-first.safetensors", tmp_path)
    music = make_scales(6, 30).split(0.3)
    write_midi(music[0].tunes[0], "~/tune.mid")
    assert len(read_midi("~/tune.mid", SMALL)) == len(music[0].tunes[0])
    assert load_network("~/format-1-first.safetensors")[1] == SMALL
    assert len(load_run("~/format-1-first.safetensors", *music, device="cpu").losses) == 5
    assert read_run("~/format-1-first.safetensors").updates == 5
    assert load_2016("~/2016-small.npz").config.hidden == (5, 6, 7)


@pytest.mark.parametrize(
    ("read", "error"),
    [
        (read_midi, MidiError),
        (load_network, CheckpointError),
        (partial(load_run, training=make_scales(6, 30)), CheckpointError),
        (read_run, CheckpointError),
        (load_2016, CheckpointError),
        (read_soundfont, PlaybackError),
    ],
)
@pytest.mark.parametrize("path", ["~nobody of that name/file", "null\0character", "half a \ud800 letter"])
def test_invalid_path_to_read_is_refused_by_every_reader(
    read: Callable[[str], object], error: type[Exception], path: str
) -> None:
    with pytest.raises(error, match=r"not found|cannot be read"):
        read(path)


@pytest.mark.parametrize("path", ["", "~nobody of that name/tune.mid", "null\0character.mid", "half a \ud800 letter"])
def test_invalid_path_to_write_is_refused(path: str) -> None:
    with pytest.raises(SaveError, match=r"is not a valid path .*check it"):
        write_midi(Tune(np.eye(88)), path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_interrupted_writing_leaves_the_existing_file_unchanged(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"whole")

    def write_half() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise error("in the middle")

    with pytest.raises(error, match="in the middle"):
        write_half()
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


def test_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "file").symlink_to(tmp_path / "precious")
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "file").is_symlink()


def test_files_that_a_killed_process_left_are_removed(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"whole")
    (tmp_path / ".file.0123.part").write_bytes(b"half")
    (tmp_path / "my.part").write_bytes(b"mine")
    remove_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "my.part"]


def test_concurrent_writers_leave_one_complete_file(tmp_path: Path) -> None:
    contents = [bytes([number]) * 100_000 for number in range(8)]
    threads = [threading.Thread(target=write_atomically, args=(tmp_path / "file", content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file").read_bytes() in contents
    assert len(list(tmp_path.iterdir())) == 1


def test_unused_path_adds_a_number(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    assert unused_path(path) == path
    path.touch()
    (tmp_path / "run-2.safetensors").touch()
    assert unused_path(path) == tmp_path / "run-3.safetensors"
