from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import RollConfig, StepUnit
from lstmmusic.errors import ConfigError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.grids import GridSuggestion, convert_grid, describe_grids, describe_step, suggest_grids
from lstmmusic.music.loading import load_chorales, load_folder, load_pieces
from lstmmusic.music.note_table import LostNotes, NoteTable, count_lost_notes
from lstmmusic.music.score import Notes, Score


def make_table(starts: np.ndarray, resolution: int = 960) -> NoteTable:
    """Make the notes of a score from starts in beats of half a second; the pitches go round."""
    ticks = np.round(np.stack((starts, starts + 0.1), axis=1) * resolution)
    return NoteTable.of(Score("made", resolution, Notes.of(ticks, 60 + np.arange(len(starts)) % 5)))


@pytest.mark.parametrize(
    ("load", "steps"),
    [
        (load_chorales, ["½ beat", "0.3 s", "¼ beat", "0.15 s"]),
        (load_pieces, ["¼ beat", "0.05 s"]),
    ],
)
def test_known_music_gets_grids_that_suit_it(load: Callable[..., Corpus], steps: list[str]) -> None:
    corpus = load(quiet=True)
    grids = suggest_grids(corpus.notes)
    assert [describe_step(grid.config) for grid in grids] == steps
    assert all(grid.lost == count_lost_notes(corpus.notes, grid.config) for grid in grids)
    assert grids[0].moved < 0.03


def test_reference_pieces_get_grids_that_suit_them(shared: Path) -> None:
    corpus = load_folder(shared / "midi" / "piano-midi.de" / "test", quiet=True)
    first, second, *_ = suggest_grids(corpus.notes)
    assert (first.config.unit, second.config.unit) == ("beats", "seconds")
    assert first.moved < 0.15
    assert second.moved > 0.4


@pytest.mark.parametrize(("length", "step"), [(1, 1), (1 / 2, 1 / 2), (1 / 3, 1 / 3), (1 / 4, 1 / 4), (1 / 6, 1 / 6)])
def test_the_coarsest_step_that_moves_nothing_is_suggested(length: float, step: float) -> None:
    grids = suggest_grids(make_table(np.arange(400) * length), lowest=60, highest=60)
    assert grids[0].config == RollConfig(step, "beats", 60, 60)
    assert grids[0].moved == 0
    assert all(grid.config.step < step for grid in grids[2:] if grid.config.unit == "beats")


def test_free_playing_gets_a_grid_in_seconds() -> None:
    played = np.cumsum(np.random.default_rng(0).uniform(0.3, 0.8, 2000))
    first, second, *_ = suggest_grids(make_table(played))
    assert (first.config.unit, second.config.unit) == ("seconds", "beats")
    assert first.lost.merged <= 0.05 * first.lost.notes
    assert first.moved > 0.4


def test_notes_outside_do_not_count() -> None:
    assert LostNotes(notes=10, outside=6, merged=1, shifted=1).moved == 0.5
    assert LostNotes(notes=6, outside=6, merged=0, shifted=0).moved == 0
    table = make_table(np.arange(8.0))
    assert [grid.moved for grid in suggest_grids(table, lowest=100)][:2] == [0, 0]


def test_grids_are_compared_in_a_line() -> None:
    lost = [LostNotes(1000, 0, merged, 100) for merged in (10, 350)]
    quarter, seconds = (
        GridSuggestion(config, each)
        for config, each in zip((RollConfig(0.25, "beats"), RollConfig()), lost, strict=True)
    )
    assert describe_grids([quarter, seconds]) == "A step of ¼ beat moves 11% of the notes, 0.3 s moves 45%."
    assert describe_grids([seconds]) == "A step of 0.3 s moves 45% of the notes."
    rarely = GridSuggestion(RollConfig(1, "beats"), LostNotes(1000, 0, 0, 1))
    assert describe_grids([rarely]) == "A step of 1 beat moves under 1% of the notes."
    steps = [1 / 2, 1 / 3, 0.3333, 1 / 16, 0.75, 1.5, 2]
    words = ["½ beat", "⅓ beat", "⅓ beat", "1/16 beat", "0.75 beat", "1.5 beats", "2 beats"]
    assert [describe_step(RollConfig(step, "beats")) for step in steps] == words


@pytest.mark.parametrize(
    ("step", "unit", "tempo", "converted"),
    [
        (0.3, "beats", 100, 0.5),
        (0.25, "seconds", 60, 0.25),
        (0.5, "seconds", 100, 0.3),
        (1 / 3, "seconds", 97, 0.2),
        (0.3, "beats", 45, 0.25),
        (0.01, "seconds", 1000, 0.05),
        (60, "beats", 100_000, 32),
        (0.01, "beats", 1, 1 / 64),
        (60, "seconds", 1, 60),
    ],
)
def test_step_is_converted_by_the_tempo(step: float, unit: StepUnit, tempo: float, converted: float) -> None:
    other: StepUnit = "seconds" if unit == "beats" else "beats"
    assert convert_grid(RollConfig(step, other, 30, 40), unit, tempo) == RollConfig(converted, unit, 30, 40)
    assert convert_grid(RollConfig(step, unit), unit, tempo) == RollConfig(step, unit)


def test_conversion_to_another_unit_is_refused() -> None:
    with pytest.raises(ConfigError, match="unit is 'bars'; it must be one of seconds, beats"):
        convert_grid(RollConfig(), "bars", 100)


def test_table_knows_its_tempo() -> None:
    slow, fast = (
        Score("made", 480, Notes.of([(480, 960), (4800, 4900)], (60, 61)), tempi=np.array([[0, tempo]]))
        for tempo in (10**6, 500_000)
    )
    assert NoteTable.of(slow).tempo == 60
    assert NoteTable.join([NoteTable.of(slow), NoteTable.of(fast)]).tempo == 80
    assert NoteTable.of(Score("chord", 480, Notes.of([(0, 1), (0, 1)], (60, 64)))).tempo == 120


def test_notes_of_some_scores_are_selected() -> None:
    tables = [make_table(np.arange(count) + 0.5) for count in (3, 4, 5)]
    joined = NoteTable.join(tables, left_out=7)
    some = joined.select([True, False, True, True])
    assert (some.lengths, some.left_out) == ((3, 5), 7)
    for field in ("pitches", "beats", "seconds"):
        np.testing.assert_array_equal(getattr(some, field), np.concatenate([getattr(tables[n], field) for n in (0, 2)]))
