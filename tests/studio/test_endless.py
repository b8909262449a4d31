"""Music that goes on in the studio, bar by bar; the tests say how far the page has played."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.generation.continuation import Continuation
from lstmmusic.music.roll import find_notes
from lstmmusic.studio import Studio, endless
from tests.studios import begin_run, message, pause_run, settle, until

STEP = 0.3  # seconds
PRIMER = 16


def start(studio: Studio) -> None:
    """Press the button, and wait until the primer is heard."""
    before = studio.sound.turns
    studio.listening.endless.button.value = True
    until(lambda: studio.sound.turns > before, studio)


def hear(studio: Studio, steps: int, until_step: int) -> None:
    """Let the page play so many steps, and wait for more to come."""
    studio.sound.page.position = steps * STEP
    until(lambda: studio.sound.page.duration == pytest.approx(until_step * STEP), studio)


def test_bars_are_made_when_they_are_needed_and_all_notes_are_heard(studio: Studio) -> None:
    listening, view = studio.listening, studio.sound.page
    start(studio)
    assert view.playing
    assert view.duration == pytest.approx(PRIMER * STEP)
    assert listening.roll.follows == view.ident
    assert len(listening.take.tune) == PRIMER + 16  # with the bar that comes next
    hear(studio, 8, 32)
    assert not listening.endless._making.busy  # enough for now
    view.tempo = 3  # then it is not
    until(lambda: view.duration == pytest.approx(48 * STEP), studio)
    hear(studio, 40, 64)
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


def test_bars_come_of_the_newest_weights(studio: Studio) -> None:
    begin_run(studio, updates=5)
    pause_run(studio)
    settle(studio)
    start(studio)
    wish, trainer = studio.listening.wish(), studio.session.trainer
    settings = {name: wish.settings[name] for name in ("temperature", "threshold")}
    music = Continuation(wish.heard, trainer.training.config, wish.settings["seed"])
    music.next_bar(trainer.newest_network(), **settings)
    studio.transport.step_button.click()
    until(lambda: not studio.session.pausing and studio.session.state == "paused", studio)
    hear(studio, 8, 32)
    expected = music.next_bar(trainer.newest_network(), **settings).take
    np.testing.assert_array_equal(studio.listening.take.probabilities, expected.probabilities)


def test_settings_count_from_the_next_bar_on_and_make_no_other_takes(studio: Studio) -> None:
    start(studio)
    take = studio.listening.take
    studio.listening.temperature.value = 2.0
    assert studio.listening.take is take
    hear(studio, 8, 32)
    assert studio.listening.take.temperature == 2.0
    assert np.array_equal(studio.listening.take.tune.roll[:32], take.tune.roll)


def test_what_went_on_is_what_is_played_again_until_a_take_is_chosen(studio: Studio) -> None:
    listening = studio.listening
    start(studio)
    assert listening.chosen.index is None
    listening.endless.button.value = False
    whole = listening.take
    listening.play_button.click()
    assert studio.sound.player.is_playing(whole.tune)
    listening.chosen.index = 0
    assert listening.take is listening._made.takes[0]
    listening.play_button.click()
    assert studio.sound.player.is_playing(listening.take.tune)
    start(studio)
    listening.generate_button.click()
    settle(studio)
    assert listening.chosen.index == 0


def test_it_goes_on_with_another_network_and_anew_on_another_grid(studio: Studio) -> None:
    start(studio)
    begun = studio.sound.turns
    begin_run(studio)
    assert studio.listening.network.value != "bundled: Bach's chorales"
    assert studio.listening.endless.on
    hear(studio, 8, 32)
    assert studio.sound.turns == begun
    wish = replace(studio.listening.wish(), trainer=None)
    music = Continuation(None, RollConfig(step=1.0))
    made = endless.make_next(music, wish)
    assert made.music is not music
    assert made.bar.take.tune.config == wish.primer.config
    studio.listening.endless._take_up(made)
    assert studio.sound.turns > begun
    assert studio.sound.page.playing


def test_take_that_is_chosen_ends_it(studio: Studio) -> None:
    listening = studio.listening
    start(studio)
    listening.chosen.index = 1
    assert not listening.endless.on
    assert not studio.sound.page.playing
    assert listening.take is listening._made.takes[1]


def test_it_ends_where_something_else_is_played_or_generated(studio: Studio) -> None:
    listening = studio.listening
    start(studio)
    listening.play_button.click()
    assert not listening.endless.on
    assert studio.sound.player.sounding  # and is not silenced
    start(studio)
    listening.generate_button.click()
    assert not listening.endless.on
    settle(studio)
    assert len(listening.take.tune) == PRIMER + 16


def test_long_music_begins_anew_with_other_random_numbers(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endless, "LONGEST", 16)
    start(studio)
    hear(studio, 8, 32)
    assert not studio.sound.page.tunes[0]["unfinished"]  # it ends there
    first, begun = studio.listening.take.tune.roll, studio.sound.turns
    studio.sound.page.ended = True
    until(lambda: studio.sound.turns > begun, studio)
    second = studio.listening.take.tune.roll
    assert np.array_equal(first[:PRIMER], second[:PRIMER])
    assert not np.array_equal(first[PRIMER:32], second[PRIMER:32])


def test_primer_that_does_not_fit_is_told_and_the_button_springs_back(studio: Studio) -> None:
    before = studio.music.corpus
    studio.music.step.value = 0.6
    studio.music.load_button.click()
    until(lambda: studio.music.corpus is not before, studio)
    settle_on_error = "the primer is on another grid"
    until(lambda: settle_on_error in message(studio), studio)
    studio.listening.endless.button.value = True
    assert message(studio) == ""
    until(lambda: settle_on_error in message(studio), studio)
    assert not studio.listening.endless.on
