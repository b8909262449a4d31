from __future__ import annotations

import io
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmmusic import read_score, write_score
from lstmmusic.errors import ConfigError, MidiError
from lstmmusic.music.formats.midi_reader import parse_midi
from lstmmusic.music.formats.midi_writer import encode_midi
from lstmmusic.music.score import Notes, Part, Score, events

NAMES = st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=20)


@st.composite
def scores(draw: st.DrawFn) -> Score:
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    longest = draw(st.sampled_from([4, 400, 2900]))
    names = draw(st.lists(NAMES, min_size=4, max_size=4))
    parts: list[Part] = []
    rows: list[tuple[int, ...]] = []  # start, end, pitch, velocity, part
    # Two instruments alternate on each channel, both in several tracks.
    for channel in draw(st.lists(st.integers(0, 40), min_size=1, max_size=4, unique=True)):
        change = int(random.integers(1, longest))
        of_channel = [(int(random.integers(0, 128)), bool(random.random() < 0.3)) for _ in range(2)]
        for track in set(random.integers(0, 4, 2).tolist()):
            places = [len(parts), len(parts) + 1]
            parts += [Part(track, channel, program, names[track], drums) for program, drums in of_channel]
            for pitch in random.choice(128, 3, replace=False).tolist():
                starts = np.sort(random.integers(0, longest, random.integers(0, 8)))
                ends = np.maximum.accumulate(starts + random.integers(1, longest, len(starts)))
                velocities = random.integers(1, 128, len(starts))
                of_notes = [places[start // change % 2] for start in starts.tolist()]
                same = ((pitch,) * len(starts), velocities.tolist(), of_notes)
                rows += zip(starts.tolist(), ends.tolist(), *same, strict=True)

    def table(*columns: Any) -> Any:
        return events([(int(random.integers(0, longest)), *map(draw, columns)) for _ in range(draw(st.integers(0, 3)))])

    presses = []
    for channel in {part.channel for part in parts}:
        times = np.unique(random.integers(0, 2 * longest, 6))
        presses += [(down, channel, up) for down, up in pairwise(times.tolist()) if random.random() < 0.7]
    pedal = np.array(sorted(presses), np.int64).reshape(-1, 3)[:, [1, 0, 2]]
    notes, drums = (
        np.array([row for row in rows if parts[row[4]].drums == kind], np.int64).reshape(-1, 5)
        for kind in (False, True)
    )
    return Score(
        "made",
        draw(st.sampled_from([24, 480, 32767])),
        Notes.of(notes[:, :2], notes[:, 2], notes[:, 3], notes[:, 4]),
        tuple(parts),
        Notes.of(drums[:, :2], drums[:, 2], drums[:, 3], drums[:, 4]),
        events([(0, draw(st.integers(1, 2**24 - 1))), *table(st.integers(1, 2**24 - 1)).tolist()]),
        table(st.integers(1, 255), st.sampled_from([1, 2, 4, 8, 16, 32])),
        table(st.integers(-7, 7), st.integers(0, 1)),
        pedal,
        length=2 * longest + int(random.integers(0, 200)),
    )


def everything(score: Score) -> dict[str, Any]:
    """Return what a score has, except its name, in an order that does not depend on that of its parts."""
    found: dict[str, Any] = {"resolution": score.resolution, "length": score.length, "damaged": score.damaged}
    for which, notes in (("notes", score.notes), ("drums", score.drums)):
        rows = np.column_stack((notes.ticks, notes.pitches, notes.velocities)).tolist()
        parts = [repr(score.parts[number]) for number in notes.parts]
        found[which] = sorted([*row, part] for row, part in zip(rows, parts, strict=True))
    for which in ("tempi", "time_signatures", "key_signatures", "pedal"):
        found[which] = getattr(score, which).tolist()
    return found


@settings(max_examples=100)
@given(score=scores())
def test_score_to_midi_to_score_is_exact(score: Score) -> None:
    assert everything(parse_midi(encode_midi(score))) == everything(score)


def test_score_is_written_for_other_programs(tmp_path: Path) -> None:
    parts = (Part(1, 0, 40, "скрипка"), Part(2, 9, 0, "ドラム", True), Part(3, 17, 73), Part(1, 0, 19, "скрипка"))
    notes = Notes.of([[0, 96], [0, 48], [96, 192]], [60, 64, 67], [1, 64, 127], [0, 2, 3])
    written = Score("x", 96, notes, parts, Notes.of([[0, 1]], [36], [99], [1]), length=960)
    write_score(written, tmp_path / "x.mid")
    midi = mido.MidiFile(tmp_path / "x.mid", charset="utf-8")
    assert (midi.type, midi.ticks_per_beat) == (1, 96)
    assert [track.name for track in midi.tracks] == ["", "скрипка", "ドラム", ""]
    assert [sum(message.time for message in track) for track in midi.tracks] == [960] * 4
    assert sorted((part.program, part.is_drum) for part in to_pretty((tmp_path / "x.mid").read_bytes())) == [
        (0, True),
        (19, False),
        (40, False),
        (73, False),
    ]
    assert everything(read_score(tmp_path / "x.mid")) == everything(written)


def test_other_programs_play_each_note_with_its_instrument() -> None:
    parts = (Part(1, 0, 40), Part(2, 0, 19), Part(3, 0, 19))
    notes = Notes.of([[0, 8], [0, 8], [4, 8], [2, 9]], [72, 60, 64, 65], parts=[0, 1, 2, 0])
    content = encode_midi(Score("x", 4, notes, parts))
    played = [(part.program, note.pitch) for part in to_pretty(content) for note in part.notes]
    assert sorted(played) == [(19, 60), (19, 64), (40, 65), (40, 72)]  # an instrument for each channel of a track
    program, played = 0, []
    for message in mido.MidiFile(file=io.BytesIO(content)):  # an instrument for each channel
        if message.type == "program_change":
            program = message.program
        elif message.type == "note_on":
            played.append((program, message.note))
    assert played == [(40, 72), (19, 60), (40, 65), (19, 64)]


def to_pretty(content: bytes) -> list[pretty_midi.Instrument]:
    instruments: list[pretty_midi.Instrument] = pretty_midi.PrettyMIDI(io.BytesIO(content)).instruments
    return instruments


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resolution": 0}, "resolution is 0"),
        ({"parts": (Part(channel=4096),)}, "channel is 4096"),
        ({"parts": (Part(program=-1),)}, "program is -1"),
        ({"parts": (Part(track=-1),)}, "track is -1"),
        ({"parts": (Part(track=65_535),)}, "65,536 tracks"),
        ({"parts": ()}, "a note of a part that is not there"),
        ({"notes": Notes.of([(0, 1)], [60], [128])}, "a velocity that is not from 1 to 127"),
        ({"drums": Notes.of([(-1, 1)], [60])}, "a note that begins before 0"),
        ({"pedal": np.array([[4096, 0, 1]])}, "a press of the pedal on no channel"),
    ],
)
def test_number_that_midi_cannot_have_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises((ConfigError, MidiError), match=message):
        encode_midi(replace(Score("odd", 480, Notes.of([(0, 480)], [60])), **changes))


def test_notes_without_length_are_turned_off() -> None:
    score = Score("x", 4, Notes.of([[0, 4], [4, 4], [4, 8]], [60, 60, 60], [10, 20, 30]), length=8)
    sent = [message for message in mido.MidiFile(file=io.BytesIO(encode_midi(score))) if not message.is_meta]
    kinds = [(message.type, getattr(message, "velocity", 0)) for message in sent if message.type != "program_change"]
    off = ("note_off", 64)
    assert kinds == [("note_on", 10), off, ("note_on", 20), ("note_on", 30), off, off]


def test_what_midi_cannot_express_is_left_out_or_coarser() -> None:
    score = Score(
        "x",
        65_536,
        Notes.of([[0, 65_536], [2**30, 2**31]], [60, 62]),
        tempi=np.array([[0, 2**25]]),
        time_signatures=events([(0, 4, 4), (65_536, 3, 12), (131_072, 300, 4)]),
    )
    back = parse_midi(encode_midi(score))
    assert back.resolution == 65_536 / 3 // 1
    np.testing.assert_allclose(back.beats, score.beats, rtol=1e-4)
    assert back.tempi.tolist() == [[0, 2**24 - 1]]
    assert back.time_signatures.tolist() == [[0, 4, 4]]
    with pytest.raises(MidiError, match="tracks"):
        encode_midi(Score("x", 4, Notes.of((), ()), (Part(track=2**16),)))
