"""The Music place without a browser: which tunes are learned, and on which grid."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from ipywidgets import Button

from lstmmusic.base.progress import Work
from lstmmusic.config import RollConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.formats.midi_writer import encode_midi, write_score
from lstmmusic.music.loading import loading
from lstmmusic.music.roll import find_notes
from lstmmusic.music.score import Notes, Part, Score
from lstmmusic.music.source import Source
from lstmmusic.music.uploads import upload_folder
from lstmmusic.studio import Studio
from lstmmusic.studio.music import place as music
from lstmmusic.studio.music.choice import CHORALES, REPLACE
from lstmmusic.studio.music.parts import TRACKS
from lstmmusic.views import RollView
from tests.studios import Recorder, load_folder, message, settle, until, words
from tests.wires import receive


def tick(studio: Studio, index: int, ticked: bool) -> None:
    receive(studio.music.tunes, {"kind": "tick", "index": index, "ticked": ticked})
    settle(studio)


def used(studio: Studio) -> list[str]:
    return [tune.name for tune in studio.music.corpus.tunes]


def place_of(studio: Studio, name: str) -> int:
    return next(index for index, verdict in enumerate(studio.music.corpus.verdicts) if verdict.name == name)


def test_tune_that_is_not_ticked_is_left_out_and_undo_uses_it_again(studio: Studio) -> None:
    music = studio.music
    assert music.undo.button.layout.display == "none"
    tick(studio, place_of(studio, "tune 1.mid"), False)
    assert used(studio) == ["tune 0", "tune 2", "tune 3"]
    assert [row["used"] for row in music.tunes.rows_shown] == [False, True, False, True, True]
    until(lambda: words(music.grid.line).startswith("✓ 3 tunes; 2 files were left out."), studio)
    assert music.undo.button.description == "Undo: leave out tune 1.mid"
    assert "tune 1" not in str(studio.listening.primer.menu.options)
    receive(music.tunes, {"kind": "tick_all", "ticked": True})
    assert music.undo.button.description == "Undo: use tune 1.mid"
    music.undo.button.click()
    music.undo.button.click()
    assert len(used(studio)) == 4
    assert music.undo.button.layout.display == "none"


def test_one_tune_stays_ticked(studio: Studio) -> None:
    place = studio.music
    place.tunes.selected = place_of(studio, "tune 2.mid")
    receive(place.tunes, {"kind": "tick_all", "ticked": False})
    assert "tune 2.mid stays ticked" in message(studio)
    assert used(studio) == ["tune 2"]
    tick(studio, place_of(studio, "tune 2.mid"), False)
    assert "leave at least one ticked" in message(studio)
    assert used(studio) == ["tune 2"]
    place.undo.button.click()
    assert len(used(studio)) == 4


def test_ticks_survive_another_grid_but_not_other_music(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, place = threading.Event(), studio.music

    def load_later(source: Source, config: RollConfig) -> Work[Corpus]:
        gate.wait()
        return (yield from loading(source, config))

    monkeypatch.setattr(music, "loading", load_later)
    tick(studio, place_of(studio, "tune 1.mid"), False)
    place.grid.step.value = 0.6
    place.load_button.click()
    tick(studio, place_of(studio, "tune 2.mid"), False)
    gate.set()
    until(lambda: place.corpus.config.step == 0.6, studio)
    assert used(studio) == ["tune 0", "tune 3"]
    assert place.undo.button.description == "Undo: leave out tune 2.mid"
    other = tmp_path / "other"
    (tmp_path / "<i>music").rename(other)
    load_folder(studio, other)
    assert len(used(studio)) == 4
    assert place.undo.button.layout.display == "none"


def test_primer_stays_when_another_tune_is_left_out(studio: Studio) -> None:
    menu = studio.listening.primer.menu
    menu.index = 2
    settle(studio)
    chosen = menu.value
    other = next(original for _, original in menu.options[1:] if original is not chosen)
    tick(studio, place_of(studio, f"{other.tune.name}.mid"), False)
    assert menu.value is chosen
    assert len(menu.options) == 4


def test_columns_say_what_is_in_a_file(studio: Studio) -> None:
    rows = studio.music.tunes.rows_shown
    assert rows[1]["cells"][:2] == ["0:12", "100"]
    assert rows[0]["cells"] == []  # the broken file
    assert rows[0]["reason"].startswith("is not a readable MIDI file")  # under its name


def test_grid_that_suits_the_music_is_one_click_away(studio: Studio) -> None:
    grid = studio.music.grid
    until(lambda: words(grid.line), studio)
    assert words(grid.line) == (
        "✓ 4 tunes; 1 file was left out. A step of ½ beat moves 0% of the notes, 0.3 s moves 0%."
    )
    shown = [each.description for each in grid.buttons if each.layout.display is None]
    assert shown == ["Use ½ beat"]  # 0.3 s is used
    grid.buttons[0].click()
    until(lambda: studio.music.corpus.config.unit == "beats", studio)
    assert (grid.step.value, grid.unit.value) == (0.5, "beats")
    until(lambda: grid.buttons[0].description == "Use 0.3 s", studio)


def test_grid_that_moves_far_more_notes_is_not_offered(studio: Studio, tmp_path: Path) -> None:
    grid, folder = studio.music.grid, tmp_path / "beats"
    folder.mkdir()
    starts = np.arange(60)
    notes = Notes.of(np.stack((starts, starts + 1), axis=1), 40 + starts)
    tempi = np.array([[0, 470_000]])  # a beat of 0.47 s fits no step in seconds
    write_score(Score("a", 1, notes, tempi=tempi), folder / "a.mid")
    grid.show(RollConfig(1, "beats"))
    grid.touched = True
    load_folder(studio, folder)
    until(lambda: "1 tune." in words(grid.line), studio)
    assert "A step of 1 beat moves 0% of the notes" in words(grid.line)
    assert all(each.layout.display == "none" for each in grid.buttons)


def test_other_unit_converts_the_step_by_the_tempo_of_the_music(studio: Studio) -> None:
    grid = studio.music.grid
    until(lambda: words(grid.line), studio)
    grid.unit.value = "beats"
    assert grid.step.value == pytest.approx(0.5)  # at 100 beats a minute
    grid.unit.value = "seconds"
    assert grid.step.value == pytest.approx(0.3)


@pytest.fixture
def band(studio: Studio, tmp_path: Path) -> Studio:
    """Load songs of a flute, a piano and drums; the piano plays more notes."""
    folder = tmp_path / "songs"
    folder.mkdir()
    for number in range(3):
        write_score(make_song(number), folder / f"song {number}.mid")
    load_folder(studio, folder)
    settle(studio)
    return studio


def make_song(number: int) -> Score:
    parts = (Part(1, 0, 73, "Tune"), Part(2, 1, 0, "Chords"), Part(3, 9, 0, "Beat", drums=True))
    starts = np.arange(0, 16 * 72, 72)  # 0.3 s apart
    ticks = np.stack((starts, starts + 72), axis=1)
    tune = np.full(8, 72 + number), ticks[::2], np.zeros(8)
    chords = np.full(16, 48), ticks, np.ones(16)
    pitches, both, of = (np.concatenate(each) for each in zip(tune, chords, strict=True))
    velocities = np.where(of == 0, 100, 50)
    drums = Notes.of(ticks[:4], np.full(4, 42), parts=np.full(4, 2))
    return Score(f"song {number}", 120, Notes.of(both, pitches, velocities, of), parts, drums)


def parts_of(studio: Studio) -> list[tuple[str, bool, list[str]]]:
    return [(row["name"], row["used"], row["cells"]) for row in studio.music.parts.table.rows_shown]


def test_parts_are_chosen_by_instrument_or_track(band: Studio) -> None:
    music, parts = band.music, band.music.parts
    assert parts_of(band) == [("Acoustic Grand Piano", True, ["3", "48"]), ("Flute", True, ["3", "24"])]
    assert parts.apply_button.disabled
    parts.by.value = TRACKS
    assert [name for name, _, _ in parts_of(band)] == ["Chords", "Tune"]
    receive(parts.table, {"kind": "tick", "index": 1, "ticked": False})
    assert len(find_notes(music.corpus.tunes[0])) == 24  # until it is applied
    parts.apply_button.click()
    until(lambda: len(find_notes(music.corpus.tunes[0])) == 16, band)
    assert parts_of(band)[1] == ("Tune", False, ["3", "24"])
    assert parts.apply_button.disabled
    music.undo.button.click()
    until(lambda: len(find_notes(music.corpus.tunes[0])) == 24, band)
    assert parts_of(band)[1][1]


def test_parts_that_leave_nothing_are_reported(band: Studio) -> None:
    before = band.music.corpus
    receive(band.music.parts.table, {"kind": "tick_all", "ticked": False})
    band.music.parts.apply_button.click()
    until(lambda: not band.music.loading, band)
    assert "parts that are left out" in message(band)
    assert band.music.corpus is before


def test_part_is_heard_alone(band: Studio, player: Recorder) -> None:
    music, parts = band.music, band.music.parts
    until(lambda: music.pair.original.count == 24, band)
    assert parts.hear.disabled
    assert words(parts.words) == "Choose a part to hear it alone. Drums are not learned."
    parts.table.selected = 1
    assert not parts.hear.disabled
    parts.hear.value = True
    until(lambda: player.sounding, band)
    assert player.tunes[-1].table[:, 2].tolist() == [72] * 8
    assert player.tunes[-1].table[:, 3].tolist() == [100] * 8  # the velocities of the file
    assert music.pair.original.title == "Original, Flute alone: song 0"
    parts.table.selected = 0
    until(lambda: len(player.tunes) == 2, band)
    assert player.tunes[-1].table[:, 2].tolist() == [48] * 16
    parts.by.value = TRACKS
    until(lambda: music.pair.original.count == 24, band)
    assert not parts.hear.value
    assert not player.sounding
    assert len(player.tunes) == 2


def test_collection_brings_its_grid_unless_the_user_has_set_one(studio: Studio) -> None:
    place = studio.music
    assert not words(place.choice.about)
    for name, step in (("palestrina", "1 beat"), ("irish", "¼ beat")):
        place.choice.menu.value = name
        assert place.grid.step.label == step
        assert "corpus of music21" in words(place.choice.about)  # and what its licence asks
    assert f"in steps of {step}" in words(place.grid.lost)
    place.grid.step.value = 1 / 3
    place.choice.menu.value = "chorales"
    assert place.grid.step.label == "⅓ beat"


def drop(studio: Studio, *songs: int) -> None:
    """Drop songs, and wait until they are loaded with the other uploads."""
    before, box = studio.music.corpus, studio.music.choice.drop
    contents = [encode_midi(make_song(number)) for number in songs]
    files = [
        {"name": f"song {number}.mid", "size": len(content)} for number, content in zip(songs, contents, strict=True)
    ]
    receive(box, {"kind": "begin", "batch": str(songs), "files": files})
    for index, content in enumerate(contents):
        receive(box, {"kind": "file", "batch": str(songs), "index": index}, (content,))
    until(lambda: studio.music.corpus is not before and not studio.music.loading, studio)


def test_uploads_are_added_replaced_and_removed_and_each_is_undone(studio: Studio) -> None:
    place, undo = studio.music, studio.music.undo.button

    def click(button: Button, *songs: int) -> None:
        button.click()
        until(lambda: used(studio) == [f"song {number}" for number in songs], studio)

    drop(studio, 0, 1)
    assert used(studio) == ["song 0", "song 1"]
    drop(studio, 2, 1)
    assert used(studio) == ["song 0", "song 1", "song 2"]
    assert undo.description == "Undo: add 1 file"
    place.choice.manner.value = REPLACE
    drop(studio, 3, 2)
    assert used(studio) == ["song 2", "song 3"]
    assert undo.description == "Undo: replace 2 files"
    place.tunes.selected = 1
    click(place.choice.remove_button, 2)
    assert undo.description == "Undo: remove song 3.mid"
    click(undo, 2, 3)
    click(undo, 0, 1, 2)
    click(undo, 0, 1)
    undo.click()
    assert message(studio).startswith("No uploads are left.")
    assert not list(upload_folder(studio.folder).iterdir())


def test_only_uploads_are_removed(studio: Studio, tmp_path: Path) -> None:
    files = set((tmp_path / "<i>music").iterdir())
    studio.music.choice.remove_button.click()
    assert "choose a tune in the table that is one of your uploads" in message(studio)
    assert set((tmp_path / "<i>music").iterdir()) == files


def test_notes_last_as_long_as_the_pedal_where_that_is_learned(studio: Studio, tmp_path: Path) -> None:
    place, folder = studio.music, tmp_path / "pedal"
    folder.mkdir()
    score = Score("held", 120, Notes.of([[0, 72]], [60]), pedal=np.array([[0, 0, 720]]))  # 0.3 s, and 3 s
    write_score(score, folder / "held.mid")
    load_folder(studio, folder)
    until(lambda: "held" in place.pair.quantised.title, studio)
    assert [len(find_notes(tune)) for tune in place.corpus.tunes] == [1]
    assert sounding(place.pair.original) * place.pair.original.step == pytest.approx(3)
    assert sounding(place.pair.quantised) == 1
    place.pedal.value = True
    until(lambda: sounding(place.pair.quantised) == 10, studio)
    assert place.corpus.tunes[0].roll.sum() == 1
    assert "Press Load music to apply this pedal." in words(place.grid.lost)
    place.load_button.click()
    until(lambda: place.corpus.tunes[0].roll.sum() == 10, studio)
    assert "Press Load music" not in words(place.grid.lost)
    assert place.corpus.source.pedal


def test_tune_stops_when_another_one_is_shown(studio: Studio, player: Recorder) -> None:
    place = studio.music

    def shown() -> tuple[str, float]:
        return place.pair.original.title, place.pair.quantised.step

    for button, change, stops in (
        (place.pair.play_original, lambda: setattr(place.grid.step, "value", 0.6), False),
        (place.pair.play_quantised, lambda: setattr(place.grid.step, "value", 1.0), True),
        (place.pair.play_original, lambda: setattr(place.tunes, "selected", place_of(studio, "tune 3.mid")), True),
    ):
        button.click()
        until(lambda: player.sounding, studio)
        before = shown()
        change()
        until(lambda before=before: shown() != before, studio)
        assert bool(player.sounding) != stops


def sounding(view: RollView) -> int:
    return np.count_nonzero(np.frombuffer(view.cells, np.uint8))


def test_loading_can_be_stopped(studio: Studio) -> None:
    music, before = studio.music, studio.music.corpus
    music.choice.menu.value = CHORALES
    music.load_button.click()
    assert music.stop_button.layout.display is None
    music.stop_button.click()
    assert not music.loading
    assert music.stop_button.layout.display == music.progress.layout.display == "none"
    assert music.corpus is before
    assert message(studio).startswith("Stopped")
