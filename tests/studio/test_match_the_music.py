"""Temperature and threshold that match the music, and how the tune that is shown compares with it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from lstmmusic.generation import matching as generation_matching
from lstmmusic.generation.matching import Match, match_music
from lstmmusic.music.roll import Tune
from lstmmusic.music.texture import Texture, measure_texture
from lstmmusic.studio import Studio
from lstmmusic.studio.listening import matching
from lstmmusic.studio.listening.matching import describe_match, write_bars
from tests.studios import load_music, message, settle, start_run, until, words

MUSIC = Texture(polyphony=4.0, notes_per_second=8.0, pitch_range=30.0, restruck=0.2, note_length=0.5)


@pytest.fixture(autouse=True)
def quick_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation_matching, "TAKES", 4)
    monkeypatch.setattr(generation_matching, "MOST_TRIED", 6)


def cells_of(table: str) -> list[list[str]]:
    """Return the texts of a table, row by row."""
    rows = re.findall("<tr>(.*?)</tr>", table)
    return [[re.sub("<[^>]*>", "", cell) for cell in re.findall("<t[hd].*?</t[hd]>", row)] for row in rows]


def widths_of(table: str) -> list[list[int]]:
    """Return the widths of bars, in percent: those of the music, and those of the tune."""
    widths = [int(width) for width in re.findall(r"width: (\d+)%", table)]
    return [widths[:5], widths[5:]]


def match(studio: Studio) -> None:
    studio.listening.matching.button.click()
    assert studio.listening.matching.button.description == "Cancel matching"
    until(lambda: not studio.listening.matching.busy, studio)
    settle(studio)


def test_match_does_not_replace_endless_music_that_has_ended_meanwhile(studio: Studio) -> None:
    listening = studio.listening
    listening.sampling.temperature.value = 2.5
    settle(studio)
    listening.endless.button.value = True
    until(lambda: studio.sound.page.playing, studio)
    listening.matching.button.click()
    listening.endless.button.value = False
    take = listening.take
    until(lambda: not listening.matching.busy, studio)
    settle(studio)
    assert listening.sampling.temperature.value < 2.5
    assert listening.take is take
    assert [strip["label"] for strip in listening.strips.strips] == ["∞"]
    assert "press Generate" in message(studio)
    listening.generate_button.click()
    settle(studio)
    assert listening.take.temperature == listening.sampling.temperature.value


def test_both_sliders_are_set_as_the_library_finds_and_undo_restores_them(studio: Studio) -> None:
    listening = studio.listening
    listening.sampling.temperature.value, listening.sampling.threshold.value = 2.5, 0.2
    settle(studio)
    made = listening.made
    expected = match_music(made.network, listening.request().reference, quiet=True)
    match(studio)
    sampling = listening.sampling
    found = expected.temperature, expected.threshold
    assert (sampling.temperature.value, sampling.threshold.value) == found
    assert (listening.take.temperature, listening.take.threshold) == found
    line = f"Temperature {expected.temperature:g}, threshold {expected.threshold:g}: "
    assert words(listening.matching.words).startswith(line)
    assert listening.matching.undo.layout.display is None
    assert listening.matching.button.description == "Match the music"
    sampling.keep_seed.value = False
    listening.generate_button.click()
    settle(studio)
    seed = sampling.seed.value
    listening.matching.undo.click()
    settle(studio)
    assert (listening.take.temperature, listening.take.threshold, listening.take.seed) == (2.5, 0.2, seed)
    assert not words(listening.matching.words)
    assert listening.matching.undo.layout.display == "none"


def test_undo_is_offered_until_a_slider_is_moved(studio: Studio) -> None:
    listening = studio.listening
    listening.sampling.temperature.value = 2.5
    match(studio)
    assert listening.matching.undo.layout.display is None
    listening.sampling.threshold.value = 0.11
    assert listening.matching.undo.layout.display == "none"
    assert not words(listening.matching.words)


def test_words_of_a_match_go_with_the_music(studio: Studio) -> None:
    listening = studio.listening
    match(studio)
    match(studio)  # which changes nothing any more
    assert words(listening.matching.words)
    load_music(studio)
    until(lambda: not words(listening.matching.words), studio)


def test_matching_shows_progress_answers_other_requests_and_can_be_cancelled(studio: Studio) -> None:
    listening = studio.listening
    shown = set()
    listening.matching.words.observe(lambda change: shown.update(re.findall('value="(\\d+)"', change["new"])), "value")
    match(studio)
    assert {"0", "1", "2", "3"} <= shown
    start_run(studio)
    settle(studio)
    updates = len(studio.session.trainer.losses)
    listening.sampling.temperature.value = 2.5
    listening.matching.button.click()
    listening.sampling.seed.value = 77
    until(lambda: listening.take.seed == 77, studio)
    assert listening.matching.busy  # the takes did not wait for it
    until(lambda: len(studio.session.trainer.losses) > updates, studio)
    listening.matching.button.click()
    assert not listening.matching.busy
    assert not words(listening.matching.words)
    settle(studio)
    assert listening.sampling.temperature.value == 2.5
    match(studio)  # again
    assert words(listening.matching.words)


def test_other_music_ends_it(studio: Studio) -> None:
    studio.listening.matching.button.click()
    load_music(studio)
    assert not studio.listening.matching.busy
    assert words(studio.listening.matching.words) == "Not matched: other music or another network was chosen."


def test_music_on_another_grid_and_failures_are_reported(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(matching, "load_network", lambda request: 1 / 0)
        studio.listening.matching.button.click()
        until(lambda: "division by zero" in message(studio), studio)
        assert studio.listening.matching.button.description == "Match the music"
    studio.music.grid.step.value = 0.6
    load_music(studio)
    settle(studio)
    studio.listening.matching.button.click()
    until(lambda: "and the music is on another grid" in message(studio), studio)
    assert not studio.listening.matching.busy


def test_bars_compare_the_tune_that_is_shown_with_the_music(studio: Studio) -> None:
    listening = studio.listening

    def expect_bars() -> list[list[str]]:
        music = measure_texture(studio.music.corpus.tunes, studio.sound.tempo.value)
        now = measure_texture([listening.take.generated], studio.sound.tempo.value)
        assert listening.texture.view.value == write_bars(music, now)
        return cells_of(listening.texture.view.value)

    until(lambda: listening.texture.view.value, studio)
    heading, _, first = expect_bars()
    assert heading == ["", "Polyphony", "Notes / second", "Range", "Restruck", "Note length"]
    listening.sampling.temperature.value = 3
    settle(studio)
    assert expect_bars()[2] != first
    listening.endless.button.value = True
    until(lambda: listening.endless.on and len(listening.take.tune) == 32 and listening.strips.chosen is None, studio)
    assert expect_bars()[2] != first


def test_notes_that_are_struck_again_count_only_where_the_network_learns_them(studio: Studio) -> None:
    studio.network.settings.of["strikes"][0].value = False
    start_run(studio)
    settle(studio)
    view = studio.listening.texture.view
    until(lambda: [row[4] for row in cells_of(view.value)[1:]] == ["–", "–"], studio)
    known = [Tune(tune.roll, config=tune.config) for tune in studio.music.corpus.tunes]
    take = studio.listening.take.generated
    now = measure_texture([Tune(take.roll, config=take.config)], studio.sound.tempo.value)
    assert view.value == write_bars(measure_texture(known, studio.sound.tempo.value), now)


def test_bars_have_headings_and_figures_and_lengths_that_show_both() -> None:
    tune = replace(MUSIC, polyphony=2.0, notes_per_second=24.0, restruck=float("nan"), note_length=0.5)
    table = write_bars(MUSIC, tune)
    assert cells_of(table)[1:] == [
        ["Music", "4.0", "8.0", "30 st", "20%", "0.50 s"],
        ["This tune", "2.0", "24.0", "30 st", "–", "0.50 s"],
    ]
    assert widths_of(table) == [[60, 60, 60, 60, 60], [30, 100, 60, 0, 60]]
    assert widths_of(write_bars(replace(MUSIC, restruck=0.0), MUSIC))[1][3] == 100
    assert table.count('scope="col"') == 5
    assert table.count('scope="row"') == 2


def test_line_says_what_is_near_and_what_is_not() -> None:
    found = Match(0.92, 0.02, MUSIC, replace(MUSIC, polyphony=3.7), MUSIC, 0.0, 1.0)
    assert describe_match(found) == ("Temperature 0.92, threshold 0.02: polyphony 3.7, as the music has")
    now = replace(MUSIC, notes_per_second=4.0, pitch_range=float("nan"))
    assert describe_match(replace(found, now=now)) == (
        "Temperature 0.92, threshold 0.02: polyphony 4.0, as the music has; "
        "4.0 notes per second, the music 8.0 notes per second"
    )
