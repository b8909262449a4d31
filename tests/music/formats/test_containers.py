"""Zip files and tunebooks are read like folders, and no zip file takes more than a file of its size."""

from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from lstmmusic.errors import MidiError, UnreadError
from lstmmusic.music.formats import containers
from lstmmusic.music.formats.containers import list_members, open_member
from lstmmusic.music.formats.kinds import MAX_BYTES
from lstmmusic.music.formats.reading import read_file
from lstmmusic.music.loading import load_folder
from tests.broken import SOUND, file, track
from tests.conftest import mode

TUNE = file(track(SOUND))
BOOK = (
    b"%abc-2.1\r\nL:1/8\r\n\r\nX:1\r\nT:The Butterfly\r\nK:G\r\nGAB\r\n\r\n"
    b"X:7\r\nT:../Etude No. 2\r\nK:D\r\nd\r\n\r\nX:3\r\nK:C\r\nc"
)


def pack(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def names(path: Path) -> list[str]:
    return [member.relative_to(path).as_posix() for member in list_members(path)[0]]


def test_members_of_a_zip_file_are_listed_and_read(tmp_path: Path) -> None:
    content = {"a.mid": TUNE, "below/b.MID": TUNE + b"\0", "win\\c.mid": TUNE, "read.txt": b"", "__MACOSX/a.mid": b""}
    path = pack(tmp_path / "songs.zip", content)
    members, left_out = list_members(path)
    assert members == [path / "a.mid", path / "below" / "b.MID", path / "win" / "c.mid"]
    assert left_out == {path / "read.txt": "read.txt is not a music file by its name"}
    assert [open_member(member) for member in members] == [TUNE, TUNE + b"\0", TUNE]
    assert read_file(path / "below" / "b.MID").name == "b"
    for missing in (path / "no.mid", path / "a.mid" / "no.mid", tmp_path / "no.zip" / "a.mid", tmp_path / "no.mid"):
        with pytest.raises(UnreadError, match="was not found"):
            read_file(missing)


def test_tunes_of_a_tunebook_have_unique_names(tmp_path: Path) -> None:
    expected = ["0001 The Butterfly.abc", "0002 Etude No. 2.abc", "0003.abc"]
    book = tmp_path / "tunes.abc"
    book.write_bytes(BOOK)
    assert names(book) == expected
    assert open_member(book / expected[1]) == b"L:1/8\nX:7\nT:../Etude No. 2\nK:D\nd\n\n"
    path = pack(tmp_path / "books.zip", {"in/tunes.abc": BOOK, "one.abc": BOOK[:40]})
    assert names(path) == [*(f"in/tunes.abc/{name}" for name in expected), "one.abc"]
    assert open_member(path / "in" / "tunes.abc" / expected[2]) == b"L:1/8\nX:3\nK:C\nc"


def test_what_a_tunebook_says_of_all_tunes_is_bounded(tmp_path: Path) -> None:
    book = tmp_path / "tunes.abc"
    book.write_bytes(b"L:1/4\n%%titlefont Arial\n" + b"%%MIDI program 1\n" * 9000 + b"X:1\nK:C\nc\n" * 50)
    contents = [open_member(member) for member in list_members(book)[0]]
    assert all(len(content) < 2100 and content.startswith(b"L:1/4\n%%MIDI program 1\n") for content in contents)


def test_file_of_several_pieces_is_not_one(tmp_path: Path) -> None:
    path = pack(tmp_path / "songs.zip", {"a.mid": TUNE, "b.mid": TUNE})
    with pytest.raises(MidiError, match=r"it has 2 pieces: read one of them, such as .*songs.zip.a.mid, or all"):
        read_file(path)
    for name, content in (("a.mid", TUNE), ("a.abc", b"X:1\nK:C\nC"), ("a.krn", b"**kern\n4c\n*-")):
        pack(path, {name: content})
        assert read_file(path).pitches.tolist() == [60]
    pack(path, {})
    with pytest.raises(MidiError, match="it has no pieces"):
        read_file(path)


@pytest.mark.parametrize("name", ["../a.mid", "/etc/a.mid", "C:/a.mid", "b/../../a.mid", "\\\\host\\a.mid"])
def test_path_out_of_a_zip_file_is_left_out(tmp_path: Path, name: str) -> None:
    path = pack(tmp_path / "songs.zip", {name: TUNE, "good.mid": TUNE})
    corpus = load_folder(tmp_path, quiet=True)
    assert [verdict.used for verdict in corpus.verdicts].count(True) == 1
    (refused,) = [verdict for verdict in corpus.verdicts if not verdict.used]
    assert path in refused.path.parents
    assert "a.mid has a path that leads outside its zip file" in refused.reason


def change(path: Path, at: int, kind: str, value: int) -> None:
    """Change a number in each entry of the directory."""
    content = bytearray(path.read_bytes())
    begin = content.find(b"PK\1\2")
    while begin >= 0:
        struct.pack_into(kind, content, begin + at, value)
        begin = content.find(b"PK\1\2", begin + 1)
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("at", "kind", "value", "reason"),
    [
        (8, "<H", 1, "a.mid is encrypted; unpack the zip file into a folder"),
        (10, "<H", 14, "a.mid is compressed by another method than deflate; unpack the zip file into a folder"),
        (24, "<L", MAX_BYTES + 1, "a.mid has 4.0 MB; the limit is 4 MB"),
        (20, "<L", 2**32 - 2, "a.mid has 4,295.0 MB; the limit is 4 MB"),
        (24, "<L", 3_000_000, "a.mid is compressed more than 200-fold, as no music is"),
    ],
)
def test_member_that_cannot_be_decompressed_has_a_reason(
    tmp_path: Path, at: int, kind: str, value: int, reason: str
) -> None:
    path = pack(tmp_path / "songs.zip", {"a.mid": TUNE})
    change(path, at, kind, value)
    assert list_members(path) == ([], {path / "a.mid": reason})


@pytest.mark.parametrize(("at", "kind", "value"), [(24, "<L", 40), (24, "<L", 400), (16, "<L", 7), (42, "<L", 10**6)])
def test_header_of_a_member_is_not_believed(tmp_path: Path, at: int, kind: str, value: int) -> None:
    path = pack(tmp_path / "songs.zip", {"a.mid": bytes(50)})
    change(path, at, kind, value)
    with pytest.raises(MidiError, match="is not a readable MIDI file"):
        read_file(path / "a.mid")


@pytest.mark.parametrize("claim", [10**6, 2**32 - 1])
def test_place_of_a_directory_is_not_believed(tmp_path: Path, claim: int) -> None:
    path = pack(tmp_path / "songs.zip", {"a.mid": TUNE})
    content = path.read_bytes()
    path.write_bytes(content[:-6] + struct.pack("<L", claim) + content[-2:])  # all offsets are relative to it
    with pytest.raises(MidiError, match=r"its zip file is damaged|is not a readable zip file"):
        read_file(path / "a.mid")


def test_many_members_and_many_bytes_are_left_out_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pack(tmp_path / "songs.zip", {f"{number}.mid": TUNE for number in range(4)})
    monkeypatch.setattr(containers, "MAX_MEMBERS", 3)
    members, left_out = list_members(path)
    assert (len(members), list(left_out)) == (3, [path / "3.mid"])
    book = tmp_path / "tunes.abc"
    book.write_bytes(b"X:1\nK:C\n" * 5)
    reason = "tunes.abc has more than the 3 pieces that are read of a file; split it"
    assert list_members(book) == ([book / f"000{number}.abc" for number in (1, 2, 3)], {book: reason})
    path = pack(tmp_path / "books.zip", {"a.mid": TUNE, "tunes.abc": book.read_bytes()[:27]})
    members, left_out = list_members(path)
    assert (len(members), left_out) == (3, {path / "tunes.abc": reason})
    path = pack(tmp_path / "more.zip", {f"{number}.mid": TUNE for number in range(4)})
    monkeypatch.setattr(containers, "MAX_TOTAL", 2 * len(TUNE))
    members, left_out = list_members(path)
    assert (len(members), list(left_out)) == (2, [path / "2.mid", path / "3.mid"])
    assert "comes after the first 3 files or 0 MB of its zip file" in left_out[path / "3.mid"]


def test_zip_file_in_a_zip_file_is_not_opened(tmp_path: Path) -> None:
    inner = pack(tmp_path / "inner.zip", {"a.mid": TUNE}).read_bytes()
    path = pack(tmp_path / "outer.zip", {"inner.zip": inner, "b.mid": TUNE})
    assert names(path) == ["b.mid"]


def directory_of(entries: int, claim: int) -> bytes:
    """Make a zip file whose directory claims to have so many bytes."""
    name = b"a.mid"
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, 10, 4 * 10**6, len(name), 0, 0, 0, 0, 0, 0)
    listed = (entry + name) * entries
    return listed + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, claim or len(listed), 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"PK\3\4" + bytes(100),
        directory_of(1, 2**31),
        directory_of(70_000, 0),
        directory_of(100_000, 0),
        zlib.compress(bytes(10**6)) + directory_of(1, 51),
    ],
    ids=["empty", "two bytes", "no directory", "false size", "many members", "too many members", "foreign bytes"],
)
def test_hostile_zip_file_gets_a_verdict_in_time(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "songs.zip"
    path.write_bytes(content)
    (tmp_path / "good.mid").write_bytes(TUNE)
    began = time.monotonic()
    corpus = load_folder(tmp_path, quiet=True)
    assert time.monotonic() - began < 10
    assert len(corpus) == 1
    assert len(corpus.verdicts) > 1


@pytest.mark.usefixtures("modes")
def test_file_without_permission_is_reported(tmp_path: Path) -> None:
    (tmp_path / "good.mid").write_bytes(TUNE)
    (tmp_path / "shut.abc").write_bytes(BOOK)
    pack(tmp_path / "shut.zip", {"a.mid": TUNE})
    with mode(tmp_path / "shut.abc", 0), mode(tmp_path / "shut.zip", 0):
        reasons = [verdict.reason for verdict in load_folder(tmp_path, quiet=True).verdicts if not verdict.used]
    assert reasons == [f"shut.{ending} could not be read (Permission denied)" for ending in ("abc", "zip")]


def test_changed_zip_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "cache"))
    path = pack(tmp_path / "songs.zip", {"a.mid": TUNE, "b.mid": TUNE})
    (tmp_path / "tunes.mid").write_bytes(TUNE)
    assert len(load_folder(tmp_path, quiet=True)) == 3
    assert len(list((tmp_path / "cache" / "scores").iterdir())) == 3
    pack(path, {"a.mid": TUNE, "b.mid": b"no music at all"})
    assert {verdict.path.name for verdict in load_folder(tmp_path, quiet=True).verdicts if verdict.used} == {
        "a.mid",
        "tunes.mid",
    }


def test_zip_file_is_loaded_as_a_folder(tmp_path: Path) -> None:
    path = pack(tmp_path / "songs.zip", {"a.mid": TUNE, "b.mid": TUNE})
    corpus = load_folder(path, quiet=True)
    assert corpus.paths == (path / "a.mid", path / "b.mid")


def test_music_of_another_kind_than_its_name_says_is_read(tmp_path: Path) -> None:
    for name in ("a.xml", "a.abc", "a.krn"):
        (tmp_path / name).write_bytes(TUNE)
        assert len(read_file(tmp_path / name).notes) == 1
    score = (
        b"<score-partwise><part><measure><attributes><divisions>1</divisions></attributes><note><pitch><step>C</step>"
        b"<octave>4</octave></pitch><duration>1</duration></note></measure></part></score-partwise>"
    )
    for content in (score, compressed(score)):
        (tmp_path / "b.mid").write_bytes(content)
        assert read_file(tmp_path / "b.mid").pitches.tolist() == [60]


def compressed(document: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="a.xml"/></container>')
        archive.writestr("a.xml", document)
    return packed.getvalue()
