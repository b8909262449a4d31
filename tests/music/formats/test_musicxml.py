"""The MusicXML reader against music21's, on chorales and on what these do not have."""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmmusic.errors import MidiError, UnsupportedError
from lstmmusic.music.chorales import chorale_paths
from lstmmusic.music.formats.kinds import MUSICXML, limit_of
from lstmmusic.music.formats.musicxml import parse_musicxml
from lstmmusic.music.formats.reading import read_file
from lstmmusic.music.score import Part
from tests.notation import notes, notes_by_music21

# What the chorales do not have: a clarinet in B flat that later changes to A, a bass that sounds an octave lower than
# written, chords, two voices, a change of divisions, drums. The clarinet has a tie over the bar line, and a pickup in
# which the bass rests.
BAND = """<score-partwise version="4.0">
  <part-list>
    <score-part id="P1"><part-name>Clarinet</part-name></score-part>
    <score-part id="P2"><part-name>Bass</part-name></score-part>
  </part-list>
  <part id="P1">
    <measure number="0" implicit="yes">
      <attributes>
        <divisions>6</divisions><time><beats>2</beats><beat-type>4</beat-type></time>
        <transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>
      </attributes>
      <note><grace/><pitch><step>G</step><octave>5</octave></pitch></note>
      <note><pitch><step>F</step><alter>1</alter><octave>5</octave></pitch><duration>2</duration></note>
      <note><pitch><step>E</step><octave>5</octave></pitch><duration>2</duration></note>
      <note><pitch><step>D</step><octave>5</octave></pitch><duration>2</duration><tie type="start"/></note>
    </measure>
    <measure number="1">
      <note><pitch><step>D</step><octave>5</octave></pitch><duration>6</duration><tie type="stop"/></note>
      <note><pitch><step>B</step><alter>-1</alter><octave>4</octave></pitch><duration>6</duration></note>
      <note><chord/><pitch><step>D</step><octave>5</octave></pitch><duration>6</duration></note>
      <backup><duration>12</duration></backup>
      <forward><duration>3</duration></forward>
      <note><pitch><step>G</step><octave>3</octave></pitch><duration>9</duration></note>
    </measure>
    <measure number="2">
      <attributes>
        <divisions>4</divisions>
        <transpose><diatonic>-2</diatonic><chromatic>-3</chromatic></transpose>
      </attributes>
      <note><pitch><step>C</step><octave>5</octave></pitch><duration>3</duration></note>
      <note><pitch><step>C</step><octave>5</octave></pitch><duration>5</duration></note>
    </measure>
  </part>
  <part id="P2">
    <measure number="0" implicit="yes">
      <attributes>
        <divisions>1</divisions><time><beats>2</beats><beat-type>4</beat-type></time>
        <transpose><diatonic>0</diatonic><chromatic>0</chromatic><octave-change>-1</octave-change></transpose>
      </attributes>
      <note><rest/><duration>1</duration></note>
    </measure>
    <measure number="1">
      <note><pitch><step>C</step><octave>3</octave></pitch><duration>2</duration></note>
    </measure>
    <measure number="2">
      <note><unpitched><display-step>E</display-step><display-octave>4</display-octave></unpitched><duration>1</duration></note>
      <note><pitch><step>F</step><octave>3</octave></pitch><duration>1</duration></note>
    </measure>
  </part>
</score-partwise>
"""

# With ties, a pickup, grace notes, and five parts with double sharps.
DIFFICULT = ("bwv161.6", "bwv66.6", "bwv315", "bwv8.6")


def chorale(stem: str) -> Path:
    return next(path for path in chorale_paths() if path.stem == stem)


@pytest.mark.parametrize("stem", DIFFICULT)
def test_notes_equal_those_that_music21_reads(stem: str) -> None:
    path = chorale(stem)
    assert notes(read_file(path)) == notes_by_music21(path)


def test_transposing_instruments_sound_as_in_music21(tmp_path: Path) -> None:
    path = tmp_path / "band.musicxml"
    path.write_text(BAND)
    score = read_file(path)
    assert notes(score) == notes_by_music21(path)
    assert (0.0, 0.333333, 76) in notes(score)  # a written F sharp
    assert (0.666667, 2.0, 72) in notes(score)  # tied over the bar line
    assert (3.0, 3.75, 69) in notes(score)  # the clarinet in A


def test_compressed_and_plain_files_give_the_same_notes(tmp_path: Path) -> None:
    plain, compressed = tmp_path / "band.xml", tmp_path / "band.mxl"
    plain.write_text(BAND)
    with zipfile.ZipFile(compressed, "w") as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="music/band"/></container>')
        archive.writestr("music/band", BAND)
    assert notes(read_file(compressed)) == notes(read_file(plain))


def test_unison_is_its_longest_note_and_a_cue_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "unison.xml"
    note = "<pitch><step>C</step><octave>4</octave></pitch><duration>{}</duration>"
    parts = [f"<part><measure><note>{note.format(beats)}</note></measure></part>" for beats in ("1", "3", "2")]
    parts.append(f"<part><measure><note><cue/>{note.format(4)}</note></measure></part>")
    path.write_text(f"<score-partwise>{''.join(parts)}</score-partwise>")
    assert notes(read_file(path)) == {(0.0, 3.0, 60)}


# A song with a pick-up and its complement in the last bar, an accent, a fermata of a tempo, and a drum.
SONG = """<?xml version="1.0" encoding="utf-8"?>
<score-partwise version="4.0">
  <work><work-title>Lieder</work-title></work><movement-title>Über den Bäumen</movement-title>
  <part-list>
    <score-part id="P1">
      <part-name>Voice
        &amp; more</part-name><score-instrument id="I1"><instrument-name>Voice</instrument-name></score-instrument>
      <midi-instrument id="I1"><midi-channel>1</midi-channel><midi-program>54</midi-program></midi-instrument>
    </score-part>
    <score-part id="P2">
      <part-name>Drums</part-name><score-instrument id="I2"><instrument-name>Kit</instrument-name></score-instrument>
      <midi-instrument id="I2">
        <midi-channel>10</midi-channel><midi-program>1</midi-program><midi-unpitched>43</midi-unpitched>
      </midi-instrument>
    </score-part>
  </part-list>
  <part id="P1">
    <measure number="0" implicit="yes">
      <attributes>
        <divisions>2</divisions><key><fifths>-1</fifths><mode>minor</mode></key>
        <time><beats>3</beats><beat-type>4</beat-type></time>
      </attributes>
      <direction><direction-type><metronome><beat-unit>half</beat-unit><beat-unit-dot/><per-minute>c. 30</per-minute>
      </metronome></direction-type></direction>
      <note><pitch><step>A</step><octave>4</octave></pitch><duration>2</duration></note>
    </measure>
    <measure number="1">
      <direction><sound tempo="120" dynamics="50"/></direction>
      <note dynamics="100"><pitch><step>D</step><octave>5</octave></pitch><duration>4</duration></note>
      <note><pitch><step>E</step><octave>5</octave></pitch><duration>2</duration>
        <notations><tied type="start"/></notations></note>
    </measure>
    <measure number="2">
      <attributes>
        <key><fifths>2</fifths></key><time><beats>3+2</beats><beat-type>8</beat-type></time>
      </attributes>
      <note><pitch><step>E</step><octave>5</octave></pitch><duration>1</duration>
        <notations><tied type="stop"/></notations></note>
      <note><rest/><duration>4</duration></note>
    </measure>
    <measure number="3">
      <note><rest/><duration>3</duration></note>
    </measure>
  </part>
  <part id="P2">
    <measure number="0"><attributes><divisions>1</divisions></attributes>
      <note><unpitched/><duration>1</duration><instrument id="I2"/></note></measure>
    <measure number="1"><note><rest/><duration>3</duration></note></measure>
    <measure number="2"/>
    <measure number="3"/>
  </part>
</score-partwise>
"""


def timewise(document: str) -> str:
    """Turn the parts of measures into the measures of parts."""
    head, *parts = re.split(r"<part (?=id)", document)
    names = [part[4:6] for part in parts]
    measures = [re.findall(r"<measure number=\"(.)\"[^>]*?(?:/>|>(.*?)</measure>)", part, re.DOTALL) for part in parts]
    body = "".join(
        f'<measure number="{row[0][0]}">'
        + "".join(f'<part id="{name}">{content}</part>' for name, (_, content) in zip(names, row, strict=True))
        + "</measure>"
        for row in zip(*measures, strict=True)
    )
    return f"{head}{body}</score-timewise>".replace("<score-partwise", "<score-timewise")


@pytest.mark.parametrize("form", [str, timewise])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_everything_else_of_a_score_is_read(form: Callable[[str], str], encoding: str) -> None:
    score = parse_musicxml(form(SONG.replace("utf-8", encoding[:6])).encode(encoding))
    assert score.name == "Lieder, Über den Bäumen"
    assert score.parts == (Part(0, 0, 53, "Voice & more"), Part(1, 9, 0, "Drums", drums=True))
    assert notes(score) == {(0, 1, 69), (1, 3, 74), (3, 4.5, 76)}
    assert score.notes.velocities.tolist() == [80, 90, 45]
    assert (score.drums.pitches.tolist(), score.drums.ticks.tolist()) == ([42], [[0, 2]])
    assert score.tempi.tolist() == [[0, 666_667], [2, 500_000]]  # 30 dotted half notes a minute are 90 quarter notes
    assert score.time_signatures.tolist() == [[0, 1, 4], [2, 3, 4], [8, 5, 8]]
    assert (score.bars / 2).tolist() == [0, 1, 4, 6.5]
    assert score.key_signatures.tolist() == [[0, -1, 1], [8, 2, 0]]
    assert score.length == 16  # with the rests at the end


@pytest.mark.parametrize(
    ("marks", "found"),
    [
        (["start", "stop", None], {(0, 2, 60), (2, 3, 60)}),
        (["start", None, None], {(0, 2, 60), (2, 3, 60)}),
        (["start", "start", None], {(0, 3, 60)}),
        ([None, "stop", None], {(0, 1, 60), (1, 2, 60), (2, 3, 60)}),
    ],
)
def test_tie_is_joined_if_its_first_note_says_so(marks: list[str | None], found: set[tuple[float, float, int]]) -> None:
    head = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration>"
    body = "".join(f'{head}<tie type="{mark}"/></note>' if mark else f"{head}</note>" for mark in marks)
    score = parse_musicxml(f"<score-partwise><part><measure>{body}</measure></part></score-partwise>".encode())
    assert notes(score) == found


def test_silence_that_all_parts_skip_lasts_up_to_the_end_of_the_bar() -> None:
    note = "<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration></note>"
    head = "<attributes><divisions>1</divisions><time><beats>3</beats><beat-type>4</beat-type></time></attributes>"
    skip = "<forward><duration>{}</duration></forward>"
    measures = [head + skip.format(3), note + skip.format(2), note + skip.format(9), note]
    body = "".join(f"<measure>{content}</measure>" for content in measures)
    score = parse_musicxml(f"<score-partwise><part>{body}</part></score-partwise>".encode())
    assert (score.beats[:, 0].tolist(), score.bars.tolist()) == ([3, 6, 9], [0, 3, 6, 9])


def test_key_of_a_transposing_instrument_is_that_which_sounds() -> None:
    key = "<key><fifths>2</fifths></key><transpose><chromatic>-2</chromatic></transpose>"
    note = "<note><pitch><step>D</step><octave>5</octave></pitch><duration>1</duration></note>"
    part = f"<part><measure><attributes><divisions>1</divisions>{key}</attributes>{note}</measure></part>"
    score = parse_musicxml(f"<score-partwise>{part}</score-partwise>".encode())
    assert (score.key, score.pitches.tolist()) == ("C major", [72])


@pytest.mark.parametrize(
    ("text", "error", "complaint"),
    [
        ("no music", MidiError, "syntax error"),
        ("<opus/>", MidiError, "opus"),
        ("<score-timewise/>", MidiError, "no notes"),
        ("<score-partwise/>", MidiError, "no notes"),
        (BAND.replace("<octave>5<", "<octave>15<"), MidiError, "not a MIDI pitch"),
        (BAND.replace("<divisions>6<", "<divisions>0<"), UnsupportedError, "0 divisions"),
        (BAND.replace("<divisions>6<", "<divisions>1000003<"), UnsupportedError, "divisions"),
        (BAND.replace("<duration>6<", "<duration>1.5<"), UnsupportedError, "1.5"),
        (BAND.replace("<duration>6<", f"<duration>{10**18}<"), MidiError, "too long"),
        (BAND.replace("<backup><duration>12", "<backup><duration>120"), UnsupportedError, "goes back"),
        (
            f"<score-partwise><part>{'<a/>' * 2_001}</part>{'<part/>' * 999}</score-partwise>",
            UnsupportedError,
            "measures",
        ),
        (f"<{'a' * 9999}/>", MidiError, "its root is <aaa"),
        (f"<score-partwise>{'<part/>' * 1001}</score-partwise>", UnsupportedError, "1,001 parts"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><score-partwise/>', MidiError, "entities"),
        (f"<score-partwise>{'<a/>' * 2_000_000}</score-partwise>", MidiError, "too many elements"),
        (f"<score-partwise>{'<a b=  />' * 900_000}</score-partwise>", MidiError, "too many elements"),
    ],
)
def test_file_that_is_not_music_is_refused_with_its_name(
    tmp_path: Path, text: str, error: type[MidiError], complaint: str
) -> None:
    path = tmp_path / "odd.xml"
    path.write_text(text)
    with pytest.raises(MidiError, match=rf"odd\.xml.*{complaint}") as raised:
        read_file(path)
    assert type(raised.value) is error


BEATS = "".join(f"<beats>1</beats><beat-type>{number}</beat-type>" for number in range(1, 100_000))
DIVISIONS = "".join(f"<divisions>{'9' * 4000}{number}</divisions>" for number in range(200))


@pytest.mark.parametrize("attributes", [f"<time>{BEATS}</time>", DIVISIONS], ids=["beats", "divisions"])
def test_many_numbers_are_read_in_time(attributes: str) -> None:
    document = f"<score-partwise><part><measure><attributes>{attributes}</attributes></measure></part></score-partwise>"
    began = time.process_time()
    with suppress(MidiError):
        parse_musicxml(document.encode())
    assert time.process_time() - began < 10 * len(document) / limit_of(MUSICXML)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_entities_are_refused_in_any_encoding(encoding: str) -> None:
    with pytest.raises(MidiError, match="defines entities"):
        parse_musicxml('\n<!DOCTYPE a [<!ENTITY b "c">]><score-partwise>&b;</score-partwise>'.encode(encoding))


@settings(max_examples=200)
@given(
    st.integers(0, len(SONG) - 1),
    st.integers(0, 60),
    st.sampled_from(["", "-1", "1e400", "9" * 20, "<forward/>", "<note/>"]),
)
def test_any_change_of_a_document_gives_notes_or_a_midi_error(begin: int, length: int, text: str) -> None:
    with suppress(MidiError):
        score = parse_musicxml((SONG[:begin] + text + SONG[begin + length :]).encode())
        assert (score.notes.ticks[:, 0] < score.notes.ticks[:, 1]).all()
        assert len(score.bars) <= 5


def test_compressed_file_that_swells_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.mxl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="music"/></container>')
        archive.writestr("music", "<score-partwise>" + " " * 12_000_000 + "</score-partwise>")
    with pytest.raises(MidiError, match=r"bomb\.mxl.*compressed more than"):
        read_file(path)


def test_missing_or_truncated_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match=r"none\.mxl"):
        read_file(tmp_path / "none.mxl")
    short = tmp_path / "short.mxl"
    short.write_bytes(chorale("bwv66.6").read_bytes()[:2000])
    with pytest.raises(MidiError, match=r"short\.mxl"):
        read_file(short)
