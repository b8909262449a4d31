"""The reader of Humdrum files compared with music21's, and on what its files do not have."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmmusic.errors import MidiError
from lstmmusic.music.chorales import chorale_paths
from lstmmusic.music.formats.kern import parse_kern
from lstmmusic.music.formats.kinds import MAX_BYTES
from lstmmusic.music.score import Part
from tests.notation import notes, notes_by_music21

# Two voices that part and meet, chords, triplets, a grace note, a tie over the bar line, a pick-up, and a bar that a
# repeat sign divides.
PIANO = """!!!COM: Nobody
!!!OPR: Album
!!!OTL: K&uuml;rze
**kern\t**dynam\t**kern
*staff2\t*staff2\t*staff1
*Ivioln\t*\t*Iclars
*\t*\t*I"Clarinet in A
*\t*\t*ITrd2c3
!Left\t!\t!Right
*k[b-]\t*\t*k[b-]
*d:\t*\t*d:
*M3/4\t*\t*M3/4
*MM90\t*\t*MM90
4r\tp\t[4dd
=1\t=1\t=1
*\t*\t*^
4D 4A\t.\t12dd]\t2.f
.\t.\t12cc#\t.
.\t.\t12dd\t.
2D\t.\t2ee-\t.
*\t*\t*v\t*v
=2\t=2\t=2
2D\t.\t2f
=:|!\t=:|!\t=:|!
4D\t.\t4f
=3\t=3\t=3
*M2/4\t*\t*M2/4
*MM120\t*\t*MM120
.\t.\t8eeq
4C\t.\t8dd_ 8ff
.\t.\t8r
4r\t.\t4r
==\t==\t==
*-\t*-\t*-
"""


def kern(*rows: str) -> bytes:
    return "\n".join(("**kern", *rows, "*-", "")).encode()


@pytest.mark.parametrize("name", ["palestrina/Agnus_03", "palestrina/Benedictus_00", "bach/bwv281"])
def test_notes_equal_those_that_music21_reads(name: str) -> None:
    path = chorale_paths()[0].parents[1] / f"{name}.krn"
    score = parse_kern(path.read_bytes())
    assert notes(score) == notes_by_music21(path)
    assert not score.damaged


def test_spines_that_split_and_join_are_read_as_by_music21(tmp_path: Path) -> None:
    path = tmp_path / "piano.krn"
    path.write_text(PIANO)
    found = notes(parse_kern(PIANO.encode()))
    assert found == notes_by_music21(path)
    assert {(0.0, 1.333333, 74), (1.0, 4.0, 65), (1.333333, 1.666667, 73)} <= found


def test_everything_else_of_a_score_is_read() -> None:
    score = parse_kern(PIANO.encode())
    assert score.name == "Album, Kürze"
    assert score.parts == (Part(0, 0, 71, "Clarinet in A"), Part(1, 1, 40, "Left"))
    assert set(score.pitches[score.notes.parts == 1].tolist()) == {48, 50, 57}
    assert score.resolution == 6
    assert score.tempi.tolist() == [[0, 666_667], [42, 500_000]]
    assert (score.bars / 6).tolist() == [0, 1, 4, 7]
    assert score.time_signatures.tolist() == [[0, 1, 4], [6, 3, 4], [42, 2, 4]]
    assert (score.metre, score.key) == ("3/4", "D minor")
    assert score.length == 54  # with the rest at the end
    assert not score.damaged


@pytest.mark.parametrize(
    ("token", "beats"),
    [("1", 4), ("0", 8), ("00", 16), ("2.", 3), ("4..", 1.75), ("3%2", 8 / 3), ("12", 1 / 3), ("0.", 12), ("3.", 2)],
)
def test_durations_are_reciprocal(token: str, beats: float) -> None:
    assert notes(parse_kern(kern(f"{token}c"))) == {(0.0, round(beats, 6), 60)}


@pytest.mark.parametrize(
    ("name", "pitch"), [("c", 60), ("BB--", 45), ("ccc#", 85), ("Cn", 48), ("e-X", 63), ("B##", 61)]
)
def test_pitches_are_letters(name: str, pitch: int) -> None:
    assert parse_kern(kern(f"4{name}")).pitches.tolist() == [pitch]


def test_spines_may_be_added_exchanged_and_end() -> None:
    lines = ["4c", "*+", "*\t**kern", "4d\t4e", "*x\t*x", "4f\t4g", "*-\t*", "4a"]
    score = parse_kern(kern(*lines))
    assert notes(score) == {(0, 1, 60), (1, 2, 62), (1, 2, 64), (2, 3, 65), (2, 3, 67), (3, 4, 69)}
    by_part = [set(score.pitches[score.notes.parts == part].tolist()) for part in (0, 1)]
    assert by_part == [{64, 65}, {60, 62, 67, 69}]  # the rightmost spine at first is the highest staff


def test_pieces_in_one_file_follow_each_other() -> None:
    score = parse_kern(kern("4c") + kern("4d"))
    assert (notes(score), len(score.parts)) == ({(0, 1, 60), (1, 2, 62)}, 1)


def test_percussion_is_kept_apart() -> None:
    score = parse_kern(b"**kern\t**kern\n*clefX\t*clefG2\n4c\t4g\n*-\t*-\n")
    assert (score.pitches.tolist(), score.drums.pitches.tolist()) == ([67], [60])
    assert [part.drums for part in score.parts] == [False, True]


def test_file_in_any_encoding_is_read() -> None:
    text = "!!!OTL: Né\r\n**kern\r\n4c\r\n*-\r\n"
    for encoding in ("utf-8-sig", "latin-1", "utf-16"):
        score = parse_kern(text.encode(encoding))
        assert (score.name, score.pitches.tolist()) == ("Né", [60])


def test_number_in_a_title_may_be_huge() -> None:
    assert parse_kern(b"!!!OTL: Song &#" + 5000 * b"9" + b";\n" + kern("4c")).name.startswith("Song")


def test_spines_that_disagree_and_a_cut_file_are_damaged() -> None:
    late = parse_kern(b"**kern\t**kern\n4c\t2e\n4d\t4f\n*-\t*-\n")
    assert late.damaged
    assert notes(late) == {(0, 1, 60), (0, 2, 64), (2, 3, 62), (2, 3, 65)}
    assert parse_kern(b"**kern\n4c\n4d").damaged


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "no \\*\\*kern"),
        (b"**mens\n4c\n*-\n", "no \\*\\*kern"),
        (b"4c\n", "line 1: a spine begins"),
        (kern("4c", "4d\t4e"), "line 3: it has 2 fields; the spines are 1"),
        (kern("c"), "line 2: 'c' has no duration"),
        (kern("!", "4h"), "line 3: '4h' is neither"),
        (kern("4cE"), "line 2: '4cE' is neither"),
        (kern("4" + "c" * 12), "not a MIDI pitch"),
        (kern("0%2c"), "divides by zero"),
        (kern("1%0c"), "is zero"),
        (
            "\t".join(["**kern"] * 1001 + ["\n"]).replace("\t\n", "\n").encode() + b"\t".join([b"4c"] * 1001),
            "line 2: .*1,000",
        ),
        (kern("997c", "991c", "983c"), "line 4: its durations have no common unit"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(content: bytes, complaint: str) -> None:
    with pytest.raises(MidiError, match=complaint):
        parse_kern(content)


# fmt: off
FIELD = st.sampled_from([
    "**kern", "**dynam", "*^", "*v", "*x", "*+", "*-", "*", "*M3/4", "*MM90",
    "=", "!", ".", "4c", "[8d", "8d]", "2.E 2G",
])
# fmt: on


@settings(max_examples=200)
@given(st.lists(st.lists(FIELD, min_size=1, max_size=4)))
def test_any_table_gives_notes_or_a_midi_error(rows: list[list[str]]) -> None:
    with suppress(MidiError):
        score = parse_kern("\n".join("\t".join(row) for row in rows).encode())
        assert (score.notes.ticks[:, 0] < score.notes.ticks[:, 1]).all()
        assert len(score.bars) <= len(rows) + score.length


@pytest.mark.parametrize(
    "content",
    [
        kern(*["4c"] * 6_500),
        kern("*^", *("\t".join(["*^"] * 2**power) for power in range(1, 12))),
        kern(*["[4c"] * 4_900),
        kern("4" + "c" * 19_900),
        kern(" ".join(["4c"] * 6_500)),
        kern(*(f"4c{number}" for number in range(2_200))),
        b"\t".join([b"**kern"] * 100) + b"\n" + (b"\t".join([b"4c"] * 100) + b"\n") * 63,
        b"**kern\n" + b"\t" * 19_900,
    ],
    ids=["long", "wide", "tied", "high", "chord", "different", "parts", "empty"],
)
def test_time_and_memory_are_proportional_to_the_size(content: bytes) -> None:
    size = 20_000
    assert len(content) <= size
    seconds = []
    for _ in range(3):
        began = time.process_time()
        with suppress(MidiError):
            parse_kern(content)
        seconds.append(time.process_time() - began)
    tracemalloc.start()  # after the times, which it would multiply
    with suppress(MidiError):
        parse_kern(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert min(seconds) < 10 * size / MAX_BYTES
    assert peak < 500e6 * size / MAX_BYTES
