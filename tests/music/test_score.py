from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmmusic.config import RollConfig
from lstmmusic.errors import MidiError
from lstmmusic.music.formats.reading import read_score
from lstmmusic.music.roll import find_notes, quantise
from lstmmusic.music.score import Notes, Part, Score, events

PEDAL = np.array([[0, 4, 20], [0, 20, 30], [1, 6, 90]])
PARTS = (Part(channel=0), Part(channel=1), Part(channel=2), Part(track=1, channel=0))


@pytest.mark.parametrize(
    ("notes", "ends"),
    [
        ([(0, 3, 60, 0)], [3]),  # ends before the pedal goes down
        ([(0, 4, 60, 0)], [20]),  # just as it goes down
        ([(5, 8, 60, 0), (6, 8, 62, 1), (6, 8, 64, 2)], [20, 90, 8]),  # each channel has its own
        ([(5, 8, 60, 0), (12, 14, 60, 3)], [12, 20]),  # struck again, on another track
        ([(5, 8, 60, 0), (12, 14, 60, 1), (13, 14, 61, 0)], [20, 90, 20]),  # elsewhere, or another key
        ([(5, 8, 60, 0), (8, 9, 60, 0)], [8, 20]),
        ([(5, 12, 60, 0), (8, 9, 60, 3)], [20, 20]),  # while it is held
        ([(5, 20, 60, 0), (22, 40, 62, 0)], [30, 40]),  # just as it rises, and is pressed again; longer than the pedal
        ([(0, 2**61, 60, 0), (5, 8, 61, 0)], [2**61, 20]),
    ],
)
def test_notes_last_while_the_pedal_is_down(notes: list[tuple[int, int, int, int]], ends: list[int]) -> None:
    table = np.array(notes)
    score = Score("x", 4, Notes.of(table[:, :2], table[:, 2], parts=table[:, 3]), PARTS, pedal=PEDAL)
    lasting = score.with_pedal()
    assert lasting.notes.ticks.tolist() == [[start, end] for (start, *_), end in zip(notes, ends, strict=True)]
    assert lasting.length == max(ends)
    assert score.notes.ticks.tolist() == table[:, :2].tolist()


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32))
def test_pedal_equals_its_definition_note_by_note(seed: int) -> None:
    random = np.random.default_rng(seed)
    starts = random.integers(0, 60, 20)
    ticks = np.stack((starts, starts + random.integers(1, 9, 20)), axis=1)
    notes = Notes.of(ticks, random.integers(60, 63, 20), parts=random.integers(0, 4, 20))
    pedal = np.array([(channel, *np.sort(random.choice(70, 2, replace=False))) for channel in (2, 0, 1)])
    score = Score("x", 4, notes, PARTS, pedal=pedal)
    assert score.with_pedal().notes.ticks.tolist() == define_pedal(score)


def define_pedal(score: Score) -> list[list[int]]:
    """Return start and end of each note with the pedal, found note by note."""
    keys = [
        (score.parts[part].channel, pitch) for part, pitch in zip(score.notes.parts, score.notes.pitches, strict=True)
    ]
    begins: dict[tuple[int, int], list[int]] = {key: [] for key in keys}
    for key, (start, _) in zip(keys, score.notes.ticks.tolist(), strict=True):
        begins[key].append(start)
    found = []
    for key, (start, end) in zip(keys, score.notes.ticks.tolist(), strict=True):
        rises = [up for channel, down, up in score.pedal.tolist() if channel == key[0] and down <= end < up]
        again = [begin for begin in begins[key] if begin >= end]
        found.append([start, min([*rises, *again]) if rises else end])
    return found


def test_pedal_of_a_real_piece_equals_its_definition(shared: Path) -> None:
    score = read_score(shared / "midi" / "piano-midi.de" / "valid" / "deb_clai.mid")
    assert len(score.pedal) > 50
    lasting = score.with_pedal()
    assert lasting.notes.ticks.tolist() == define_pedal(score)
    assert np.diff(lasting.seconds).sum() > 1.3 * np.diff(score.seconds).sum()


def test_tune_has_the_notes_as_they_are_played_unless_asked() -> None:
    score = Score("x", 4, Notes.of([[5, 8], [8, 9]], [60, 62]), pedal=PEDAL, length=40)
    grid = RollConfig(step=0.25, unit="beats")
    assert find_notes(quantise(score, grid)).tolist() == [[5, 8, 60], [8, 9, 62]]
    assert find_notes(quantise(score, grid, pedal=True)).tolist() == [[5, 20, 60], [8, 20, 62]]
    without = Score("x", 4, score.notes, length=40)
    assert without.with_pedal() is without


def test_bars_end_with_the_score_and_are_not_too_many() -> None:
    metres = events([(0, 3, 4), (9, 4, 4), (100, 2, 4)])
    score = Score("waltz", 1, Notes.of([[0, 20]], [60]), time_signatures=metres)
    assert score.bars.tolist() == [0, 3, 6, 9, 13, 17]
    with pytest.raises(MidiError, match=r"waltz would have 5,000,000 bars, more than 1,000,000"):
        replace(score, length=20_000_009, time_signatures=metres[1:2]).bars  # noqa: B018
