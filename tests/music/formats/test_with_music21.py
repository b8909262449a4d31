"""MusicXML that only music21 reads: in a process that can do no harm, in bounded time."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lstmmusic.base.processes import Process
from lstmmusic.errors import MidiError, UnsupportedError
from lstmmusic.music.formats import with_music21
from lstmmusic.music.formats.reading import read_file, read_score
from lstmmusic.music.formats.with_music21 import Music21, confine
from lstmmusic.music.loading import load_folder
from tests.broken import SOUND, file, track

# A duration of a division and a half, which the format does not allow, in a part for a clarinet in B flat.
SCORE = b"""<score-partwise><part-list><score-part id="P1"><part-name>Clarinet</part-name>
<score-instrument id="I"><instrument-name>Clarinet</instrument-name></score-instrument>
<midi-instrument id="I"><midi-channel>1</midi-channel><midi-program>72</midi-program></midi-instrument>
</score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>2</divisions>
<key><fifths>1</fifths><mode>minor</mode></key><time><beats>3</beats><beat-type>4</beat-type></time>
<transpose><chromatic>-2</chromatic></transpose></attributes><direction><sound tempo="90"/></direction>
<note><pitch><step>D</step><octave>4</octave></pitch><duration>1.5</duration></note>
<note><pitch><step>E</step><octave>4</octave></pitch><duration>2.5</duration></note>
<note><pitch><step>G</step><octave>4</octave></pitch><duration>2</duration><tie type="start"/></note>
</measure><measure number="2"><note><pitch><step>G</step><octave>4</octave></pitch><duration>6</duration>
<tie type="stop"/></note></measure></part></score-partwise>"""


@pytest.fixture
def music21() -> Iterator[Music21]:
    with closing(Music21()) as reader:
        yield reader


def test_file_that_the_fast_reader_does_not_support_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "cache"))
    imported = "music21" in sys.modules  # by other tests
    folder = tmp_path / "music"
    folder.mkdir()
    (folder / "odd.musicxml").write_bytes(SCORE)
    (folder / "good.mid").write_bytes(file(track(SOUND)))
    with pytest.raises(UnsupportedError, match="is not a readable MusicXML file"):
        read_file(folder / "odd.musicxml")
    score = read_score(folder / "odd.musicxml")
    assert score.name == "odd"
    assert score.pitches.tolist() == [60, 62, 65]
    assert score.beats.tolist() == [[0, 0.75], [0.75, 2], [2, 6]]
    (part,) = score.parts
    assert (part.program, part.name, score.metre) == (71, "Clarinet", "3/4")
    assert (score.bars / score.resolution).tolist() == [0, 3]
    for _ in range(2):  # the second time from the cache
        assert [tune.name for tune in load_folder(folder, quiet=True).tunes] == ["good", "odd"]
    assert ("music21" in sys.modules) == imported


def test_what_music21_cannot_read_has_a_reason(music21: Music21) -> None:
    for content, reason in (
        (SCORE.replace(b"<divisions>2", b"<divisions>0"), "music21: float division by zero"),
        (SCORE.replace(b"<octave>4", b"<octave>40"), "it has the pitch 492"),
        (b"no document", "syntax error"),
    ):
        with pytest.raises(MidiError, match=reason):
            music21.read(content)
    assert len(music21.read(SCORE).notes) == 3


def test_large_file_gets_a_verdict_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    note = b"<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"
    monkeypatch.setattr(with_music21, "TIME_LIMIT", 0.5)
    with closing(Music21()) as reader:
        with pytest.raises(MidiError, match="music21 takes more than ten seconds for it"):
            reader.read(SCORE.replace(b"</part>", b"<measure>" + note * 50_000 + b"</measure></part>"))
        assert len(reader.read(SCORE).notes) == 3


def attempt(what: str) -> str:
    actions = {
        "write": lambda: Path(what).write_text(""),
        "update": lambda: os.open(__file__, os.O_RDWR),
        "make a folder": lambda: Path(what).mkdir(),
        "remove": lambda: Path(what).unlink(),
        "connect": lambda: socket.create_connection(("127.0.0.1", 9)),
        "look up": lambda: socket.getaddrinfo("localhost", 80),
        "start": lambda: subprocess.run(["true"], check=False),
        "call": lambda: os.system("true"),
        "unpickle": lambda: pickle.loads(b"cos\nsystem\n(S'true'\ntR."),
        "read": lambda: Path(__file__).read_text(),
    }
    try:
        actions[what]()
    except Exception as error:  # noqa: BLE001
        return str(error)
    return "done"


def test_process_of_music21_can_only_compute() -> None:
    with closing(Process(attempt, prepare=confine)) as process:
        for what in ("write", "update", "make a folder", "remove", "connect", "look up", "start", "call", "unpickle"):
            assert "a file must not cause" in process.call(what), what
        assert process.call("read") == "done"
