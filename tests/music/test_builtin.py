"""The collections that need no download: what is in them, how it is named, and whether the grid suits it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

import lstmmusic as lm
from lstmmusic.music.builtin import COLLECTIONS, Collection
from lstmmusic.music.note_table import NoteTable, count_lost_notes

EACH = pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)


@EACH
def test_collection_has_music_that_fits_its_grid(collection: Collection) -> None:
    paths = collection.paths()
    assert len(paths) == len(set(paths)) >= 10
    scores = [collection.read(path) for path in paths[:: len(paths) // 3]]
    assert all(score.name and not score.damaged for score in scores)
    lost = count_lost_notes(NoteTable.join([NoteTable.of(score) for score in scores]), collection.grid)
    # The default grid, in seconds, is that of the bundled networks.
    assert collection.grid == lm.RollConfig() or lost.moved < 0.1
    assert lost.outside == 0


@pytest.mark.parametrize(
    ("name", "tunes", "file", "title"),
    [
        ("palestrina", 1318, "palestrina/Kyrie_00.krn", "Missa Ad fugam, Kyrie"),
        ("quartets", 51, "mozart/k156/movement2.mxl", "Mozart, K. 156, movement 2"),
        ("quartets", 51, "haydn/opus1no1/movement5.mxl", "Haydn, Op. 1 No. 1, movement 5"),
        ("madrigals", 48, "monteverdi/madrigal.4.13.mxl", "Book 4, No. 13"),
    ],
)
def test_names_are_titles(name: str, tunes: int, file: str, title: str) -> None:
    paths = COLLECTIONS[name].paths()
    assert len(paths) == tunes
    (path,) = (path for path in paths if path.as_posix().endswith(file))
    assert COLLECTIONS[name].read(path).name == title


def test_tunebook_is_read_tune_by_tune() -> None:
    paths = COLLECTIONS["irish"].paths()
    assert len(paths) > 1800
    assert Counter(path.parent.name for path in paths)["0001-0050.abc"] == 50
    assert COLLECTIONS["irish"].read(paths[0]).name == "The Enchanted Valley"


def test_collection_is_loaded_on_its_own_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    madrigals = COLLECTIONS["madrigals"]
    monkeypatch.setitem(COLLECTIONS, "madrigals", replace(madrigals, paths=lambda: madrigals.paths()[:2]))
    corpus = lm.load_builtin("madrigals", quiet=True)
    assert (corpus.name, corpus.config, len(corpus)) == ("Monteverdi madrigals", lm.RollConfig(0.5, "beats"), 2)
    assert corpus.source is not None
    assert corpus.source.kind == "madrigals"
    assert lm.load_builtin("madrigals", lm.RollConfig(), quiet=True).config == lm.RollConfig()
