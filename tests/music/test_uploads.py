from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lstmmusic.errors import ConfigError, MidiError, SaveError
from lstmmusic.music.formats.kinds import MAX_BYTES
from lstmmusic.music.loading import load_folder
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune
from lstmmusic.music.uploads import KEPT, remove_uploads, restore_uploads, store_upload, upload_folder
from tests.conftest import mode


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Für Elise (1).mid", "Für Elise (1).mid"),
        ("../../etc/passwd.mid", "passwd.mid"),
        ("C:\\music\\tune.MID", "tune.MID"),
        ("/root/.hidden.midi", "hidden.midi"),
        (" . .. a.kar ", "a.kar"),
        ("tune.mid.", "tune.mid"),
    ],
)
def test_names_are_made_safe(tmp_path: Path, name: str, safe: str) -> None:
    path = store_upload(tmp_path, name, b"music")
    assert path == tmp_path / "music" / "uploads" / safe
    assert path.read_bytes() == b"music"
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [path]


@pytest.mark.parametrize("name", ["a\0b\nc.mid", "dim\u202e.exe.mid", "<b>:*?|.mid", "ü" * 300 + ".mid", "../.~x.mid"])
def test_odd_characters_are_removed_from_names(tmp_path: Path, name: str) -> None:
    path = store_upload(tmp_path, name, b"music")
    assert path.parent == upload_folder(tmp_path)
    assert path.name.isprintable()
    assert not set(path.name) & set('<>:"/\\|?*')
    assert not path.name.startswith(".")
    assert len(path.name.encode()) < 200


def test_name_without_usable_characters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="letters or digits"):
        store_upload(tmp_path, "\ud800.mid", b"music")


@pytest.mark.parametrize("name", ["", "..", "../..", ".mid", "a/.mid", "tune.txt", "tune.mid/", "tune", "tune.mid.exe"])
def test_file_that_is_not_music_by_its_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(MidiError, match="not a music file by its name; choose one") as refusal:
        store_upload(tmp_path, name, b"music")
    assert repr(name) in str(refusal.value)
    assert not list(tmp_path.iterdir())


def test_too_large_file_is_refused_with_its_size_and_the_limit(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match=r"'symphony.mid' has 4.1 MB; the limit is 4 MB: choose another file"):
        store_upload(tmp_path, "symphony.mid", bytes(MAX_BYTES + 100_000))
    assert not list(tmp_path.iterdir())
    assert store_upload(tmp_path, "symphony.mid", bytes(MAX_BYTES)).stat().st_size == MAX_BYTES


def test_no_file_is_overwritten_or_stored_twice(tmp_path: Path) -> None:
    stored = [
        store_upload(tmp_path, name, memoryview(content))
        for name, content in (
            ("a.mid", b"one"),
            ("a.mid", b"two"),
            ("a.mid", b"one"),
            ("a.mid", b"two"),
            ("b.mid", b"one"),
            ("b.mid", b"three"),
        )
    ]
    assert [path.name for path in stored] == ["a.mid", "a-2.mid", "a.mid", "a-2.mid", "a.mid", "b.mid"]
    assert {path.name: path.read_bytes() for path in upload_folder(tmp_path).iterdir()} == {
        "a.mid": b"one",
        "a-2.mid": b"two",
        "b.mid": b"three",
    }


@pytest.mark.usefixtures("modes")
def test_folder_without_permissions_is_reported_and_unharmed(tmp_path: Path) -> None:
    shut = store_upload(tmp_path, "a.mid", b"one")
    with mode(shut, 0):
        assert store_upload(tmp_path, "a.mid", b"two") == shut.with_name("a-2.mid")
    for place, bits in ((shut.parent, 0o500), (shut.parent, 0), (tmp_path, 0)):
        with mode(place, bits), pytest.raises(SaveError, match=r"could not be saved \(Permission denied\)"):
            store_upload(tmp_path, "b.mid", b"three")
    assert {path.read_bytes() for path in shut.parent.iterdir()} == {b"one", b"two"}


def test_uploads_can_be_loaded(tmp_path: Path) -> None:
    write_midi(Tune(np.eye(88, dtype=int)), tmp_path / "scale.mid")
    store_upload(tmp_path / "work", "scale.mid", (tmp_path / "scale.mid").read_bytes())
    store_upload(tmp_path / "work", "page.mid", b"<html>404</html>")
    corpus = load_folder(upload_folder(tmp_path / "work"), quiet=True)
    assert {verdict.path.name: verdict.used for verdict in corpus.verdicts} == {"scale.mid": True, "page.mid": False}


def test_removed_uploads_are_restored(tmp_path: Path) -> None:
    paths = [store_upload(tmp_path, f"{name}.mid", name.encode()) for name in "abc"]
    uploads = upload_folder(tmp_path)
    removed = remove_uploads(tmp_path, paths[:2])
    assert list(uploads.iterdir()) == paths[2:]
    store_upload(tmp_path, "a.mid", b"another")
    restore_uploads(removed)
    contents = {path.name: path.read_bytes() for path in uploads.iterdir()}
    assert contents == {"a.mid": b"another", "a-2.mid": b"a", "b.mid": b"b", "c.mid": b"c"}


def test_file_of_a_tune_is_removed_and_others_are_left_alone(tmp_path: Path) -> None:
    book = store_upload(tmp_path, "book.abc", b"X:1")
    other = tmp_path / "mine.mid"
    other.write_bytes(b"mine")
    removed = remove_uploads(tmp_path, [book / "0001 Reel.abc", book / "0002 Jig.abc", other, upload_folder(tmp_path)])
    assert [path for path, _ in removed] == [book]
    assert other.exists()


def test_file_outside_is_never_removed(tmp_path: Path) -> None:
    store_upload(tmp_path, "a.mid", b"a")
    outside = tmp_path / "outside" / "mine.mid"
    outside.parent.mkdir()
    outside.write_bytes(b"mine")
    uploads = upload_folder(tmp_path)
    (uploads / "linked").symlink_to(outside.parent)
    (uploads / "link.mid").symlink_to(outside)
    paths = [uploads / "linked" / "mine.mid", uploads / ".." / ".." / "outside" / "mine.mid", uploads / "link.mid"]
    assert [path.name for path, _ in remove_uploads(tmp_path, paths)] == ["link.mid"]
    assert outside.read_bytes() == b"mine"


def test_last_removals_are_kept(tmp_path: Path) -> None:
    removals = [remove_uploads(tmp_path, [store_upload(tmp_path, f"{n}.mid", b"%d" % n)]) for n in range(KEPT + 1)]
    restore_uploads(removals[1])
    with pytest.raises(SaveError, match=r"0\.mid could not be restored: No such file"):
        restore_uploads(removals[0])


@pytest.mark.usefixtures("modes")
def test_uploads_that_cannot_be_removed_stay(tmp_path: Path) -> None:
    path = store_upload(tmp_path, "a.mid", b"a")
    with mode(path.parent, 0o555), pytest.raises(SaveError, match="could not be removed: Permission denied"):
        remove_uploads(tmp_path, [path])
    assert path.exists()
