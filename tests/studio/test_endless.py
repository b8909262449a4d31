"""Endless music in the studio, bar by bar; the tests set how far the page has played."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.generation.continuation import Continuation
from lstmmusic.generation.diagnosis import Settings
from lstmmusic.music.roll import find_notes
from lstmmusic.studio import Studio
from lstmmusic.studio.listening import endless
from tests.studios import load_music, pause_run, settle, start_run, until, words

STEP = 0.3  # seconds
PRIMER = 16


def start(studio: Studio) -> None:
    """Press the button, and wait until the primer plays."""
    before = studio.sound.turns
    studio.listening.endless.button.value = True
    until(lambda: studio.sound.turns > before, studio)


def play(studio: Studio, steps: int, until_step: int) -> None:
    """Let the page play to a step, and wait for the bar that follows."""
    studio.sound.page.position = steps * STEP
    until(lambda: studio.sound.page.duration == pytest.approx(until_step * STEP), studio)


def test_bars_are_generated_in_time_and_all_notes_are_played(studio: Studio) -> None:
    listening, view = studio.listening, studio.sound.page
    start(studio)
    assert view.playing
    assert view.duration == pytest.approx(PRIMER * STEP)
    assert listening.roll.follows == view.ident
    assert len(listening.take.tune) == PRIMER + 16  # with the bar that comes next
    play(studio, 8, 32)
    assert not listening.endless.busy  # enough for now
    view.tempo = 2.5  # then it is too little, and one more bar is enough
    until(lambda: view.duration == pytest.approx(48 * STEP), studio)
    play(studio, 20, 64)
    assert view.playing
    notes = np.frombuffer(view.notes, "<f4").reshape(-1, 4)
    expected = find_notes(listening.take.tune)
    expected = expected[expected[:, 0] < 64]
    assert len(notes) == len(expected)
    np.testing.assert_allclose(notes[:, 0], expected[:, 0] * STEP, atol=1e-4)
    np.testing.assert_array_equal(notes[:, 2], expected[:, 2])
    listening.endless.button.value = False
    assert not view.playing
    assert len(listening.take.tune) == 80  # to be saved


def test_bars_are_generated_with_the_newest_weights(studio: Studio) -> None:
    start_run(studio, updates=5)
    pause_run(studio)
    settle(studio)
    start(studio)
    request, trainer = studio.listening.request(), studio.session.trainer
    settings = {name: request.settings[name] for name in ("temperature", "threshold")}
    music = Continuation(request.primer_on(trainer.training.config), trainer.training.config, request.settings["seed"])
    music.next_bar(trainer.newest_network(), **settings)
    studio.bar.step_button.click()
    until(lambda: not studio.session.pausing and studio.session.state == "paused", studio)
    play(studio, 8, 32)
    expected = music.next_bar(trainer.newest_network(), **settings).take
    np.testing.assert_array_equal(studio.listening.take.probabilities, expected.probabilities)


def test_settings_apply_from_the_next_bar_on_and_generate_no_takes(studio: Studio) -> None:
    start(studio)
    take = studio.listening.take
    studio.listening.sampling.temperature.value = 2.0
    assert studio.listening.take is take
    play(studio, 8, 32)
    assert studio.listening.take.temperature == 2.0
    assert np.array_equal(studio.listening.take.tune.roll[:32], take.tune.roll)


def test_endless_music_can_be_played_again_until_a_take_is_chosen(studio: Studio) -> None:
    listening = studio.listening
    start(studio)
    assert listening.strips.chosen is None
    listening.endless.button.value = False
    whole = listening.take
    listening.play()
    assert studio.sound.player.is_playing(whole.tune)
    assert [strip["label"] for strip in listening.strips.strips] == ["∞"]
    listening.film.back.click()
    assert (listening.take.seed, len(listening.take.tune)) == (0, PRIMER + 16)
    listening.play()
    assert studio.sound.player.is_playing(listening.take.tune)
    start(studio)
    listening.generate_button.click()
    settle(studio)
    assert listening.strips.chosen == 0


def test_music_continues_with_another_network(studio: Studio) -> None:
    start(studio)
    turns = studio.sound.turns
    start_run(studio)
    assert studio.listening.network.value == "current run"
    assert studio.listening.endless.on
    play(studio, 8, 32)
    assert studio.sound.turns == turns


def test_music_stays_in_the_history_where_other_music_follows_on_another_grid(studio: Studio) -> None:
    start(studio)
    first = studio.listening.take
    studio.music.grid.step.value = 0.6
    load_music(studio)
    start_run(studio)
    turns = studio.sound.turns
    studio.sound.page.position = 8 * STEP
    until(lambda: studio.sound.turns > turns, studio)
    assert studio.listening.take.tune.config.step == 0.6
    assert studio.listening.film.history.entries[-1].take is first


def test_music_starts_again_on_another_grid(studio: Studio) -> None:
    request = replace(studio.listening.request(), trainer=None)
    music = Continuation(None, RollConfig(step=1.0))
    bar = endless.make_next(music, request)
    assert bar.music is not music
    assert bar.bar.take.tune.config == request.grid
    assert endless.make_next(bar.music, request).music is bar.music


def test_choosing_a_take_ends_it(studio: Studio) -> None:
    listening = studio.listening
    start(studio)
    listening.act_on("show", 1)
    assert not listening.endless.on
    assert not studio.sound.page.playing
    assert listening.take.seed == 1


def test_playing_or_generating_something_else_ends_it(studio: Studio) -> None:
    listening = studio.listening
    start(studio)
    listening.act_on("play", 0)
    assert not listening.endless.on
    assert studio.sound.player.sounding  # and is not silenced
    start(studio)
    listening.generate_button.click()
    assert not listening.endless.on
    settle(studio)
    assert len(listening.take.tune) == PRIMER + 16


def test_long_music_starts_again_with_other_random_numbers(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endless, "LONGEST", 16)
    start(studio)
    play(studio, 8, 32)
    assert not studio.sound.page.tunes[0]["unfinished"]  # it ends there
    first, turns = studio.listening.take.tune.roll, studio.sound.turns
    studio.sound.page.ended = True
    until(lambda: studio.sound.turns > turns, studio)
    second = studio.listening.take.tune.roll
    assert np.array_equal(first[:PRIMER], second[:PRIMER])
    assert not np.array_equal(first[PRIMER:32], second[PRIMER:32])
    np.testing.assert_array_equal(studio.listening.film.history.entries[-1].take.tune.roll, first)


def test_primer_on_another_grid_is_laid_on_that_of_the_network(studio: Studio) -> None:
    studio.music.grid.step.value = 0.6
    load_music(studio)
    start(studio)
    assert studio.listening.take.primer_steps == PRIMER
    assert studio.listening.take.tune.config.step == 0.3
    assert "error" not in studio.message.value


def start_silent(studio: Studio, *, by_hand: bool) -> None:
    """Start from nothing, with settings with which nothing sounds, and play the first bar."""
    listening = studio.listening
    listening.primer.menu.label = "none: from silence"
    if by_hand:
        listening.sampling.threshold.value = 0.9
    else:
        listening.sampling.write(Settings(1.0, 0.9, 5), 0)
    settle(studio)
    start(studio)
    assert len(listening.take.tune) == 32
    assert not listening.take.tune.roll.any()
    play(studio, 8, 32)


def test_music_sounds_again_after_two_silent_bars(studio: Studio) -> None:
    listening = studio.listening
    start_silent(studio, by_hand=False)
    threshold = listening.sampling.threshold.value
    assert threshold < 0.9
    assert words(listening.remedies.words) == f"Threshold lowered to {threshold:g}."
    assert listening.remedies.button.description == "Undo"
    assert listening.take.tune.roll[32:48].any()
    assert listening.take.threshold == threshold
    play(studio, 24, 48)  # what was changed is still shown
    assert listening.take.threshold == threshold
    assert words(listening.remedies.words) == f"Threshold lowered to {threshold:g}."
    listening.remedies.button.click()
    assert listening.sampling.read(0) == Settings(1.0, 0.9, 5)
    play(studio, 40, 64)
    assert listening.take.threshold == 0.9


def test_silence_that_the_user_chose_stays_until_the_remedy_is_clicked(studio: Studio) -> None:
    listening = studio.listening
    start_silent(studio, by_hand=True)
    play(studio, 24, 48)
    assert not listening.take.tune.roll.any()
    assert listening.sampling.threshold.value == 0.9
    assert words(listening.remedies.words) == "Nothing sounded for 2 bars"
    assert listening.remedies.button.description.startswith("Lower the threshold to ")
    listening.remedies.button.click()
    assert listening.sampling.threshold.value < 0.9
    assert not listening.remedies.by_hand  # what falls silent from now on is fixed at once
    play(studio, 40, 64)
    play(studio, 56, 80)
    assert listening.take.tune.roll[64:].any()
