"""Tunes in ABC notation, against what the standard says of each sign."""

from __future__ import annotations

import time
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmmusic.errors import MidiError
from lstmmusic.music.formats.abc import parse_abc
from lstmmusic.music.score import Score

HEADER = "X:1\nT:Tune\nM:4/4\nL:1/8\nK:C\n"


def read(body: str, header: str = HEADER) -> Score:
    return parse_abc((header + body).encode())


def written(score: Score) -> str:
    """Describe notes as pitch@start:length in eighths."""
    return " ".join(
        f"{pitch}@{2 * start:g}:{2 * (end - start):g}"
        for pitch, (start, end) in zip(score.pitches.tolist(), score.beats.tolist(), strict=True)
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("C c c' C, B,,", "60@0:1 72@1:1 84@2:1 48@3:1 47@4:1"),
        ("C2 C/ C// C/4 C3/2 C3/ C", "60@0:2 60@2:0.5 60@2.5:0.25 60@2.75:0.25 60@3:1.5 60@4.5:1.5 60@6:1"),
        ("^F _B =F ^^C __D", "66@0:1 70@1:1 65@2:1 62@3:1 60@4:1"),
        ("^F F f | F", "66@0:1 66@1:1 78@2:1 65@3:1"),  # an accidental holds for the bar, in all octaves
        ("%%propagate-accidentals octave\n^F F f", "66@0:1 66@1:1 77@2:1"),
        ("[I:propagate-accidentals not]^F F", "66@0:1 65@1:1"),
        ("^c2-|c c", "73@0:3 72@3:1"),  # a tie carries it over the bar line
        ("C-C D-E-|E2", "60@0:2 62@2:1 64@3:3"),  # a tie to another pitch is a slur
        ("[CE]2-[CE] [C-E]C [C2E]", "60@0:3 64@0:3 60@3:2 64@3:1 60@5:2 64@5:1"),
        ("[CEG]/ z", "60@0:0.5 64@0:0.5 67@0:0.5"),
        ("C>D E<F G>>A", "60@0:1.5 62@1.5:0.5 64@2:0.5 65@2.5:1.5 67@4:1.75 69@5.75:0.25"),
        ('(C>)D z<E C">"D', "60@0:1.5 62@1.5:0.5 64@2.5:1.5 60@4:1 62@5:1"),
        (
            "(3CDE (3:2:2C2D E",
            "60@0:0.666667 62@0.666667:0.666667 64@1.33333:0.666667 60@2:1.33333 62@3.33333:0.666667 64@4:1",
        ),
        ("(2CD (5CDEFG", "60@0:1.5 62@1.5:1.5 60@3:0.4 62@3.4:0.4 64@3.8:0.4 65@4.2:0.4 67@4.6:0.4"),
        ("[M:6/8](5CDEFG", "60@0:0.6 62@0.6:0.6 64@1.2:0.6 65@1.8:0.6 67@2.4:0.6"),
        (
            "(11:11CDEFGABcdefg (7:6:2CD (13:13:1C D",
            "60@0:1 62@1:1 64@2:1 65@3:1 67@4:1 69@5:1 71@6:1 72@7:1 74@8:1 76@9:1 77@10:1 79@11:1 "
            "60@12:0.857143 62@12.8571:0.857143 60@13.7143:1 62@14.7143:1",
        ),
        ("{cde}C {/d}D", "60@0:1 62@1:1"),
        ('"Am"C "^>slow"D !ff!E +trill+F ~G .A Tc HvuB', "60@0:1 62@1:1 64@2:1 65@3:1 67@4:1 69@5:1 72@6:1 71@7:1"),
        ("C % D\nE\\\nF\nw: la la\nW: A B\n% G\nG", "60@0:1 64@1:1 65@2:1 67@3:1"),
        ("C x D | Z2 X E Z2 F", "60@0:1 62@2:1 64@27:1 65@30:1"),
        ("|:C2:|1D2:|2E2::[|F2|]", "60@0:2 62@2:2 64@4:2 65@6:2"),
        ("G:|A\nd:|", "67@0:1 69@1:1 74@2:1"),  # no fields, although they begin as such
        ("C2D2&E4|F", "60@0:2 64@0:4 62@2:2 65@4:1"),
        ("F [K:G]F [K:C]F [L:1/4]C", "65@0:1 66@1:1 65@2:1 60@3:2"),
        ("F\nK:Bb\nB", "65@0:1 70@1:1"),
        ("C4 [K:octave=-1]C [V:2]C", "48@0:1 60@0:4 48@4:1"),
        ("C\n\nthe story of this tune", "60@0:1"),
        ("C\nX:2\nK:C\nD", "60@0:1"),
    ],
)
def test_notes_of(body: str, expected: str) -> None:
    score = read(body)
    assert not score.damaged
    assert written(score) == expected


@pytest.mark.parametrize(
    ("key", "pitches", "name"),
    [
        ("C", "60 62 64 65 67 69 71", "C major"),
        ("Gm", "60 62 63 65 67 69 70", "G minor"),
        ("G minor", "60 62 63 65 67 69 70", "G minor"),
        ("D dorian", "60 62 64 65 67 69 71", "C major"),
        ("Amix", "61 62 64 66 67 69 71", "D major"),
        ("F# Phrygian", "61 62 64 66 67 69 71", "D major"),
        ("Ebmaj", "60 62 63 65 67 68 70", "E♭ major"),
        ("Ador clef=bass", "60 62 64 66 67 69 71", "G major"),
        ("D ^g =c", "60 62 64 66 68 69 71", ""),
        ("D exp _b ^f", "60 62 64 66 67 69 70", ""),
        ("HP", "61 62 64 66 67 69 71", "D major"),
        ("none", "60 62 64 65 67 69 71", "C major"),
        ("", "60 62 64 65 67 69 71", "C major"),
        ("C treble-8", "48 50 52 53 55 57 59", "C major"),
        ("C -8va", "48 50 52 53 55 57 59", "C major"),
        ("C -8va\n%%MIDI transpose -24", "36 38 40 41 43 45 47", "C major"),
        ("G transpose=-2 clef=treble", "58 60 62 64 65 67 69", "G major"),
    ],
)
def test_key(key: str, pitches: str, name: str) -> None:
    score = read("CDEFGAB", f"X:1\nK:{key}\n")
    assert " ".join(map(str, score.pitches.tolist())) == pitches
    assert score.key == name


@pytest.mark.parametrize(
    ("header", "length"), [("M:4/4\n", 1), ("M:2/4\n", 0.5), ("M:3/4\n", 1), ("", 1), ("M:2/4\nL:1/4\n", 2)]
)
def test_length_of_a_note_follows_from_the_metre(header: str, length: float) -> None:
    assert read("C", f"X:1\n{header}K:C\n").beats.tolist() == [[0, length / 2]]


@pytest.mark.parametrize(
    ("tempo", "expected"),
    [
        ("1/4=90", 90),
        ("3/8=60", 90),
        ('"Slow" 1/2=40 "ish"', 80),
        ("1/4 1/8=60", 90),
        ("120", 60),
        ("C2=60", 60),
        ('"Slow"', 120),
    ],
)
def test_tempo(tempo: str, expected: float) -> None:
    assert read("C8", f"X:1\nL:1/8\nQ:{tempo}\nK:C\n").tempo == pytest.approx(expected)


def test_tempo_and_metre_may_change() -> None:
    score = read("C4|[Q:1/4=60][M:3/4]C6|C6|", "X:1\nL:1/8\nM:2/4\nQ:1/4=120\nK:C\n")
    assert score.seconds[:, 0].tolist() == [0, 1, 4]
    assert (score.bars / score.resolution).tolist() == [0, 2, 5]
    assert score.metre == "3/4"


def test_bars_have_the_bar_lines() -> None:
    score = read("GA|B2c2d2e2|f6:|:g2|a4||b4|c'8|]")
    assert (score.bars / score.resolution).tolist() == [0, 1, 5, 9, 13]
    assert score.metre == "4/4"


def test_bars_follow_from_the_metre_where_there_are_no_bar_lines() -> None:
    score = read("C2D2E2F2 [M:4/4]G2A2B2c2", "X:1\nM:2/4\nK:C\n")
    assert score.time_signatures.tolist() == [[0, 2, 4], [2 * score.resolution, 4, 4]]


@pytest.mark.parametrize("metre", ["none", "x", "0/4", "4/0", "3/7", "999/4"])
def test_odd_metre_is_none(metre: str) -> None:
    score = read("C4|D4|E2|", f"X:1\nL:1/4\nM:{metre}\nK:C\n")
    assert (score.bars / score.resolution).tolist() == [0, 4, 8]


def test_voices_are_parts() -> None:
    score = read(
        "V:1\nC4|D4|\nV:2\n[V:2]E8|\nV:P\nB8|\nV:1\nF4|\n[V:B]C8",
        'X:1\nL:1/8\n%%MIDI program 40\nV:1 name="Violin" clef=treble\n'
        "V:2 nm=Viola\n"
        "V:P clef=perc\nV:B clef=bass octave=-1\nK:C\n",
    )
    assert [(part.track, part.program, part.name) for part in score.parts] == [
        (0, 40, "Violin"),
        (1, 40, "Viola"),
        (2, 40, ""),
        (3, 40, ""),
    ]
    notes = zip(score.notes.parts.tolist(), score.pitches.tolist(), (2 * score.beats[:, 0]).tolist(), strict=True)
    assert sorted(notes) == [(0, 60, 0), (0, 62, 4), (0, 65, 8), (1, 64, 0), (3, 48, 0)]
    assert score.drums.pitches.tolist() == [71]


def test_text_of_any_encoding_is_read() -> None:
    for encoding in ("utf-8", "utf-8-sig", "latin-1"):
        score = parse_abc('X:1\nT:Für Elise\nT:again\nK:C\n"Grüße"C'.encode(encoding))
        assert (score.name, score.pitches.tolist()) == ("Für Elise", [60])


@pytest.mark.parametrize("content", [b"", b"<html>", b"X:1\nT:No key\nCDE", bytes(range(256))])
def test_other_text_is_refused(content: bytes) -> None:
    with pytest.raises(MidiError, match="no field K: before its notes"):
        parse_abc(content)


def test_limits_have_words() -> None:
    for body, reason in (
        ("Z9999" * 99, "longer than 100,000 beats"),
        ("C" * 500_001, r"the limit is 0\.5 MB"),
        ("".join(f"V:{n}\n" for n in range(1002)), "more than 1,000 voices"),
        ("[M:1/64]C" + "".join(f"V:{n}\nC" + 60 * "|Z9999" for n in range(9)), "more than 1,000,000 bars"),
        ("(101CC(103CC(107CC(109CC(113CC", "no common measure"),
    ):
        with pytest.raises(MidiError, match=reason):
            read(body)


UNITS = ["C", "^c'>_d,,", "(3CDE", "[K:Bb]", "[M:3/4]C//|", "Z", "C-", '"', "{", "[", "!", "V:1\n", "[V:2]C&"]


@pytest.mark.parametrize(("head", "unit"), [*(("", unit) for unit in UNITS), ("K:C ", "a")])
def test_any_tune_is_read_in_time(head: str, unit: str) -> None:
    began = time.process_time()
    with suppress(MidiError):
        read(head + unit * (100_000 // len(unit)))
    assert time.process_time() - began < 10 / 5  # the longest tunes are five times as long


@given(st.sampled_from("KLMQVI"), st.text(alphabet='0123456789/+=.|C GmDdor^_-octaveclef"', max_size=30))
def test_any_field_gives_notes_or_a_midi_error(letter: str, value: str) -> None:
    with suppress(MidiError):
        check_sound(read("C[V:2]D|E|", f"X:1\n{letter}:{value}\nK:C\n{letter}:{value}\n"))


def check_sound(score: Score) -> None:
    """Check that each note lasts, and each bar begins after the one before."""
    assert (score.notes.ticks[:, 0] < score.notes.ticks[:, 1]).all()
    assert (np.diff(score.bars) > 0).all()


@pytest.mark.parametrize(
    "value", ["1/" + "9" * 5000, "9" * 5000, "1/0", "0/1", "1/00=60", "C0=120", "1/4=0", "(1+2)/0"]
)
def test_odd_number_is_no_error(value: str) -> None:
    fields = "".join(f"{letter}:{value}\n" for letter in "LMQ")
    assert len(read(f"C(9999999C C99999|(0:0:0D {fields}", f"X:1\n{fields}K:C\n").pitches) >= 3


@given(st.text(alphabet="XKMLQVCDEFGabc'123/^_=-<>()[]{}|:&\"!%.z \n", max_size=200))
def test_any_text_gives_notes_or_a_midi_error(body: str) -> None:
    with suppress(MidiError):
        check_sound(read(body))
