from __future__ import annotations

import pytest

from lstmmusic.base.files import assets
from lstmmusic.config import RollConfig
from lstmmusic.music.chorales import chorale_paths, read_chorale
from lstmmusic.music.formats.reading import read_score
from lstmmusic.music.intake import read_files
from lstmmusic.music.note_table import LostNotes, NoteTable, count_lost_notes
from lstmmusic.music.roll import find_notes, quantise
from lstmmusic.music.score import Notes, Score

GRIDS = [
    *(RollConfig(step, "seconds") for step in (0.02, 0.15, 0.3, 0.37, 2.0)),
    *(RollConfig(step, "beats") for step in (0.125, 0.25, 1 / 3, 1.0, 7.0)),
    RollConfig(0.3, "seconds", lowest=60, highest=71),
    RollConfig(0.5, "beats", lowest=0, highest=64),
]


def make_score(*notes: tuple[float, int], name: str = "made") -> Score:
    """Make a score from starts, in beats of half a second, and pitches."""
    starts, pitches = zip(*notes, strict=True)
    return Score(name, 960, Notes.of([(960 * start, 960 * (start + 1)) for start in starts], pitches))


def read(kind: str) -> list[Score]:
    paths, reader = {
        "chorales": lambda: (chorale_paths()[::8], read_chorale),
        "pieces": lambda: (sorted((assets() / "pieces").glob("*.mid")), read_score),
    }[kind]()
    return [score for score in read_files(paths, reader) if isinstance(score, Score)]


@pytest.mark.parametrize("kind", ["chorales", "pieces"])
def test_kept_notes_are_those_that_quantising_keeps(kind: str) -> None:
    scores = read(kind)
    tables = [NoteTable.of(score) for score in scores]
    for config in GRIDS:
        kept = [len(find_notes(quantise(score, config))) for score in scores]
        assert [count_lost_notes(table, config).kept for table in tables] == kept
        lost = count_lost_notes(NoteTable.join(tables), config)
        assert lost.kept == sum(kept)
        assert lost.notes == sum(map(len, tables))


def test_each_kind_of_loss_is_counted_once() -> None:
    score = make_score((0, 60), (0.1, 60), (0.45, 60), (1, 60), (1, 64), (1.25, 67), (2, 20), (2, 20), (2.4, 110))
    lost = count_lost_notes(NoteTable.of(score), RollConfig(1.0, "beats"))
    # Two 20 that begin together are one. Outside: 20, 110. Merged: 60 at 0.1 and 0.45. A shift of a quarter of a step
    # is not counted.
    assert lost == LostNotes(notes=8, outside=2, merged=2, shifted=0)
    assert lost.kept == 4
    finer = count_lost_notes(NoteTable.of(score), RollConfig(0.3, "beats", lowest=0, highest=127))
    # Merged: 60 at 0.1. Shifted: 0.45 is 1.5 steps, 1 (two notes) is 3.33, 2 is 6.67.
    assert finer == LostNotes(notes=8, outside=0, merged=1, shifted=4)


def test_notes_of_different_scores_are_not_merged() -> None:
    tables = [NoteTable.of(make_score((0, 60), (4, 62))), NoteTable.of(make_score((0, 62), (4, 64)))]
    joined = NoteTable.join([NoteTable.join(tables), *tables], left_out=7)
    assert (len(joined), joined.lengths, joined.left_out) == (8, (2, 2, 2, 2), 7)
    assert count_lost_notes(joined, RollConfig(60.0)) == LostNotes(8, 0, 0, 0)


def test_grid_in_seconds_and_grid_in_beats_use_their_own_times() -> None:
    table = NoteTable.of(make_score((0, 60), (1, 60)))
    assert count_lost_notes(table, RollConfig(1.0, "beats")).merged == 0
    assert count_lost_notes(table, RollConfig(1.1, "seconds")).merged == 1
