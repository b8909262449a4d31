"""The MusicXML reader against music21's own, and which of its files are chorales."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.errors import CorpusError, MidiError
from lstmmusic.music import chorales
from lstmmusic.music.chorales import chorale_paths, read_chorale
from lstmmusic.music.formats.musicxml import read_musicxml
from lstmmusic.music.score import Score

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


def notes(score: Score) -> set[tuple[float, float, int]]:
    return {
        (start, end, pitch) for (start, end), pitch in zip(score.beats.tolist(), score.pitches.tolist(), strict=True)
    }


def notes_by_music21(path: Path) -> set[tuple[float, float, int]]:
    from music21 import converter

    ends: dict[tuple[float, int], float] = {}
    parsed = converter.parse(path, forceSource=True, storePickle=False).toSoundingPitch().stripTies()
    for note in parsed.flatten().notes:
        for pitch in () if note.duration.isGrace else note.pitches:
            key = float(note.offset), pitch.midi
            ends[key] = max(ends.get(key, 0.0), float(note.offset + note.quarterLength))
    return {(start, end, pitch) for (start, pitch), end in ends.items()}


@pytest.mark.parametrize("stem", DIFFICULT)
def test_notes_equal_those_that_music21_reads(stem: str) -> None:
    path = chorale(stem)
    assert notes(read_musicxml(path)) == notes_by_music21(path)


def test_transposing_instruments_sound_as_in_music21(tmp_path: Path) -> None:
    path = tmp_path / "band.musicxml"
    path.write_text(BAND)
    score = read_musicxml(path)
    assert notes(score) == notes_by_music21(path)
    assert (0.0, 1 / 3, 76) in notes(score)  # a written F sharp
    assert (2 / 3, 2.0, 72) in notes(score)  # tied over the bar line
    assert (3.0, 3.75, 69) in notes(score)  # the clarinet in A


def test_compressed_and_plain_files_give_the_same_notes(tmp_path: Path) -> None:
    plain, compressed = tmp_path / "band.xml", tmp_path / "band.mxl"
    plain.write_text(BAND)
    with zipfile.ZipFile(compressed, "w") as archive:
        archive.writestr("META-INF/container.xml", '<container><rootfile full-path="music/band"/></container>')
        archive.writestr("music/band", BAND)
    assert notes(read_musicxml(compressed)) == notes(read_musicxml(plain))


def test_unison_is_its_longest_note_and_a_cue_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "unison.xml"
    note = "<pitch><step>C</step><octave>4</octave></pitch><duration>{}</duration>"
    parts = [f"<part><measure><note>{note.format(beats)}</note></measure></part>" for beats in ("1", "3", "2")]
    parts.append(f"<part><measure><note><cue/>{note.format(4)}</note></measure></part>")
    path.write_text(f"<score-partwise>{''.join(parts)}</score-partwise>")
    assert notes(read_musicxml(path)) == {(0.0, 3.0, 60)}


def test_parts_stay_together_if_their_measures_differ() -> None:
    # Two pickups of BWV 171.6 are filled up to whole measures in the silent parts only; music21 lets the parts drift.
    score = read_musicxml(chorale("bwv171.6"))
    final = score.pitches[score.beats[:, 0] == 157.0]
    assert final.tolist() == [50, 57, 66, 74, 78, 81]  # the last chord of the voices, with two trumpets above


def test_score_is_sorted_and_timed() -> None:
    score = read_chorale(chorale("bwv66.6"))
    assert score.name == "BWV 66.6"
    assert (score.pitches.dtype, score.beats.dtype, score.seconds.dtype) == (np.uint8, np.float64, np.float64)
    assert np.array_equal(np.lexsort((score.pitches, score.beats[:, 0])), np.arange(len(score.pitches)))
    assert np.array_equal(score.beats * 4, np.round(score.beats * 4))
    np.testing.assert_allclose(score.seconds, score.beats * 0.6)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no music", "syntax error"),
        ("<score-timewise/>", "score-timewise"),
        ("<score-partwise/>", "no pitched notes"),
        (BAND.replace("<octave>5<", "<octave>15<"), "not a MIDI pitch"),
        (BAND.replace("<divisions>6<", "<divisions>0<"), "zero"),
        (BAND.replace("<duration>6<", "<duration>long<"), "long"),
    ],
)
def test_file_that_is_not_music_is_refused_with_its_name(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "odd.xml"
    path.write_text(text)
    with pytest.raises(MidiError, match=rf"odd\.xml.*{complaint}"):
        read_musicxml(path)


def test_missing_or_truncated_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MidiError, match=r"none\.mxl"):
        read_musicxml(tmp_path / "none.mxl")
    short = tmp_path / "short.mxl"
    short.write_bytes(chorale("bwv66.6").read_bytes()[:2000])
    with pytest.raises(MidiError, match=r"short\.mxl"):
        read_musicxml(short)


def test_paths_are_unique_and_in_catalogue_order() -> None:
    stems = [path.stem for path in chorale_paths()]
    assert stems[:3] == ["bwv1.6", "bwv2.6", "bwv3.6"]
    assert stems.index("bwv4.8") < stems.index("bwv10.7") < stems.index("bwv112.5") < stems.index("bwv248.5")
    assert len(stems) == len(set(stems)) > 380
    assert chorales.LEFT_OUT.isdisjoint(stems)
    there = {path.stem for path in chorale_paths()[0].parent.iterdir()}
    assert there >= chorales.LEFT_OUT


def test_missing_music21_is_reported_with_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "music21", None)
    with pytest.raises(CorpusError, match="pip install music21"):
        chorale_paths()


def test_music21_without_its_corpus_is_reported_with_a_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "music21").mkdir()
    (tmp_path / "music21" / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "music21", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(CorpusError, match="force-reinstall music21"):
        chorale_paths()


def test_music21_is_never_imported() -> None:
    code = (
        "import sys; from lstmmusic.music.chorales import chorale_paths, read_chorale; "
        "read_chorale(chorale_paths()[0]); sys.exit('music21' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
