"""The Music place without a browser: which tunes are learned, and on which grid."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmmusic.studio import Studio
from lstmmusic.studio.music_choice import CHORALES
from tests.studios import load_folder, message, settle, until, words
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
    receive(studio.music.tunes, {"kind": "tick_all", "ticked": False})
    assert "leave at least one ticked" in message(studio)
    assert len(used(studio)) == 4
    assert all(row["used"] == row["usable"] for row in studio.music.tunes.rows_shown)


def test_ticks_survive_another_grid_but_not_other_music(studio: Studio, tmp_path: Path) -> None:
    music = studio.music
    tick(studio, place_of(studio, "tune 1.mid"), False)
    before = music.corpus
    music.grid.step.value = 0.6
    music.load_button.click()
    tick(studio, place_of(studio, "tune 2.mid"), False)  # while it is loaded
    until(lambda: music.corpus.config.step == 0.6, studio)
    assert before is not music.corpus
    assert used(studio) == ["tune 0", "tune 3"]
    assert music.undo.button.description == "Undo: leave out tune 2.mid"
    other = tmp_path / "other"
    (tmp_path / "<i>music").rename(other)
    load_folder(studio, other)
    assert len(used(studio)) == 4
    assert music.undo.button.layout.display == "none"


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


def test_other_unit_converts_the_step_by_the_tempo_of_the_music(studio: Studio) -> None:
    grid = studio.music.grid
    until(lambda: words(grid.line), studio)
    grid.unit.value = "beats"
    assert grid.step.value == pytest.approx(0.5)  # at 100 beats a minute
    grid.unit.value = "seconds"
    assert grid.step.value == pytest.approx(0.3)


def test_loading_can_be_stopped(studio: Studio) -> None:
    music, before = studio.music, studio.music.corpus
    music.choice.menu.value = CHORALES
    music.load_button.click()
    assert music.stop_button.layout.display is None
    music.stop_button.click()
    until(lambda: not music.loading, studio)
    assert music.stop_button.layout.display == music.progress.layout.display == "none"
    assert music.corpus is before
    assert message(studio).startswith("Stopped")
