"""Generate throws a new seed; tunes of before can be shown again, with their settings."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from lstmmusic.music.roll import Tune
from lstmmusic.studio import Studio
from lstmmusic.studio.listening.history import MOST_TUNES, History
from tests.studios import finish_run, load_music, message, settle, start_run, stop_run, until
from tests.wires import receive

LISTENING = 3


def generate(studio: Studio) -> None:
    studio.listening.generate_button.click()
    settle(studio)


def press_key(studio: Studio, kind: str) -> None:
    """Send what the page sends for Ctrl+Z or Ctrl+Shift+Z."""
    receive(studio.presence.frame, {"kind": kind})


def test_generate_throws_a_new_seed_unless_it_is_kept(studio: Studio) -> None:
    listening = studio.listening
    seed, tune = listening.sampling.seed.value, listening.take.tune
    generate(studio)
    assert listening.sampling.seed.value == listening.take.seed == seed
    np.testing.assert_array_equal(listening.take.tune.roll, tune.roll)
    listening.sampling.keep_seed.value = False
    seeds = {seed}
    for _ in range(3):
        generate(studio)
        assert listening.take.seed == listening.sampling.seed.value
        seeds.add(listening.sampling.seed.value)
    assert len(seeds) == 4
    assert not np.array_equal(listening.take.tune.roll, tune.roll)


def test_tunes_of_before_return_with_their_settings(studio: Studio) -> None:
    listening = studio.listening
    generate(studio)
    listening.act_on("show", 1)
    first, primer = listening.take, listening.primer.original
    listening.sampling.seed.value = 7
    settle(studio)
    listening.primer.menu.value = "silence"
    settle(studio)
    last = listening.take
    assert listening.film.forth.disabled
    press_key(studio, "undo")  # out of view
    assert listening.take is last
    studio.places.selected_index = LISTENING
    press_key(studio, "undo")
    assert listening.take.seed == 8  # the second take
    assert (listening.sampling.seed.value, listening.primer.original) == (7, primer)
    listening.film.back.click()
    assert listening.take is first
    assert (listening.sampling.seed.value, listening.strips.chosen) == (0, 1)
    settle(studio)
    assert listening.take is first  # nothing is generated again
    for _ in range(2):
        press_key(studio, "redo")
    assert listening.take is last
    assert listening.primer.original is None
    listening.film.forth.click()
    assert listening.take is last


def test_a_slider_makes_one_entry_however_far_it_is_moved(studio: Studio) -> None:
    listening = studio.listening
    before = len(listening.film.history.entries)
    for temperature in (1.1, 1.2, 1.3):
        listening.sampling.temperature.value = temperature
        settle(studio)
    assert len(listening.film.history.entries) == before + 1
    listening.film.back.click()
    assert (listening.sampling.temperature.value, listening.take.temperature) == (1, 1)


def test_history_returns_to_earlier_weights_and_stays_there(studio: Studio) -> None:
    listening = studio.listening
    start_run(studio, updates=12)
    stop_run(studio)
    settle(studio)
    listening.learning.slider.value = 0
    settle(studio)
    generate(studio)
    listening.learning.slider.value = -1
    until(lambda: listening.made.request.snapshot is None, studio)
    listening.film.back.click()
    assert (listening.made.weights.update, listening.learning.slider.value) == (0, 0)
    studio.places.selected_index = LISTENING
    settle(studio)
    assert listening.made.weights.update == 0


def test_history_keeps_no_run_and_no_music_in_memory(studio: Studio) -> None:
    listening = studio.listening
    finish_run(studio)
    listening.hear_learning.button.value = True
    until(lambda: listening.hear_learning.made, studio)
    listening.hear_learning.button.value = False
    generate(studio)
    earlier, music = weakref.ref(studio.session.trainer), weakref.ref(studio.music.corpus)
    load_music(studio)
    finish_run(studio)
    gc.collect()
    assert earlier() is None
    assert music() is None
    listening.film.back.click()
    assert listening.origin.button.description == "From an earlier run"
    listening.workbench.edit(Tune(1 - listening.take.tune.roll, config=listening.take.tune.config))
    settle(studio)
    assert listening.take.edited
    assert message(studio) == ""


def test_history_is_bounded(studio: Studio) -> None:
    made = studio.listening.made
    history = History()
    assert history.go(0) is None
    for _ in range(MOST_TUNES + 3):
        history.add(made, 0)
    history.choose(made, 1)
    assert (len(history.entries), history.place) == (MOST_TUNES, MOST_TUNES - 1)
    assert history.entries[-1].take is made.takes[1]
    assert history.go(MOST_TUNES) is None
    assert history.go(3) is history.entries[3]
