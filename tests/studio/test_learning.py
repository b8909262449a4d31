"""Which weights are heard: takes follow those of the run, and say from which update they are."""

from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.generation.sampler import Sampler
from lstmmusic.studio import Studio
from lstmmusic.training.weights import WeightSnapshot
from tests.studios import finish_run, pause_run, settle, start_run, stop_run, until

LISTENING = 3


def weights_of(studio: Studio) -> WeightSnapshot:
    """Return the weights of the takes, after a look whether the tune that is shown is from them."""
    listening = studio.listening
    # Another thread may be replacing both.
    until(lambda: listening.take in listening.made.takes, studio)
    take = listening.take
    made = next(entry.made for entry in reversed(listening.film.history.entries) if take in entry.made.takes)
    assert made.weights is not None
    sampler = Sampler(made.weights.network(), made.request.primer_on(take.tune.config), take.tune.config)
    again = sampler.take(made.request.steps, quiet=True, **made.request.settings | {"seed": take.seed})
    np.testing.assert_array_equal(take.tune.roll, again.tune.roll)
    return made.weights


def test_takes_follow_the_weights_and_say_from_which_update_they_are(studio: Studio) -> None:
    listening = studio.listening
    start_run(studio)
    settle(studio)
    first = weights_of(studio).update
    until(lambda: len(studio.session.trainer.validations) > 2, studio)
    settle(studio)
    assert weights_of(studio).update == first  # nobody looks
    player = studio.sound.view
    assert not any(tune["name"] for tune in player.tunes)
    studio.places.selected_index = LISTENING
    until(lambda: weights_of(studio).update > first, studio)
    newest = pause_run(studio)
    settle(studio)
    assert listening.origin.button.description.removesuffix(" ↻") == (
        f"From update {weights_of(studio).update:,} · newest {newest:,}"
    )


def test_updates_wait_for_a_user_who_tries_things_out_and_for_nothing_else(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves = []
    monkeypatch.setattr(studio.session, "hold_updates", lambda: moves.append(1))
    studio.places.selected_index = LISTENING
    start_run(studio)
    until(lambda: studio.listening.made.request.follows, studio)
    assert not moves
    studio.listening.sampling.temperature.value = 1.2
    assert moves == [1]


def test_player_says_in_other_places_that_there_are_newer_weights(studio: Studio) -> None:
    start_run(studio)
    studio.places.selected_index = LISTENING
    settle(studio)
    studio.places.selected_index = LISTENING - 1
    player = studio.sound.view
    until(lambda: "newer" in player.tunes[0]["name"], studio)
    first = weights_of(studio).update
    assert player.tunes[0]["name"].endswith(f"update {first:,} (newer ones: Listening)")
    player.position = 2.0
    loaded, validated = player.loaded, len(studio.session.trainer.validations)
    until(lambda: len(studio.session.trainer.validations) > validated + 1, studio)
    assert (player.loaded, weights_of(studio).update) == (loaded, first)
    studio.places.selected_index = LISTENING
    until(lambda: weights_of(studio).update > first and "newer" not in player.tunes[0]["name"], studio)


def test_a_slider_uses_the_newest_weights(studio: Studio) -> None:
    start_run(studio)
    settle(studio)
    newest = pause_run(studio)
    studio.listening.sampling.temperature.value = 1.1
    settle(studio)
    assert weights_of(studio).update == newest
    assert studio.listening.origin.button.description == f"From update {newest:,} · newest {newest:,}"


def test_what_plays_stays_until_the_mark_is_clicked(studio: Studio) -> None:
    listening = studio.listening
    start_run(studio)
    studio.places.selected_index = LISTENING
    settle(studio)
    listening.play()
    assert listening.playing
    playing = weights_of(studio).update
    until(lambda: not listening.origin.button.disabled, studio)
    assert listening.origin.button.button_style == "info"  # it blinks too
    assert listening.origin.button.description.startswith(f"From update {playing:,} · newest ")
    validated = len(studio.session.trainer.validations)
    until(lambda: len(studio.session.trainer.validations) > validated + 1, studio)
    assert weights_of(studio).update == playing
    listening.origin.button.click()
    until(lambda: weights_of(studio).update > playing, studio)
    assert listening.playing
    assert studio.sound.view.position > 0


def test_a_run_that_has_stopped_shows_its_best_weights(studio: Studio) -> None:
    studio.places.selected_index = LISTENING
    finish_run(studio)
    trainer = studio.session.trainer
    until(lambda: not studio.listening.made.request.newest, studio)
    best, _ = min(trainer.validations, key=lambda entry: entry[1])
    assert weights_of(studio).update == best
    assert weights_of(studio).weights is trainer.best
    assert studio.listening.origin.button.description == f"From update {best:,}, the best of {len(trainer.losses):,}"


def test_earlier_weights_are_heard_with_the_same_random_numbers(studio: Studio) -> None:
    listening, slider = studio.listening, studio.listening.learning.slider
    assert slider.disabled
    start_run(studio, updates=12)
    stop_run(studio)
    settle(studio)
    kept = [snapshot.update for snapshot in studio.session.trainer.weight_snapshots]
    assert slider.options == (*((f"update {update:,}", update) for update in kept), ("best", -1))
    assert not slider.disabled
    numbers = listening.take.uniforms
    for update in (0, 10):
        slider.value = update
        until(lambda update=update: weights_of(studio).update == update, studio)
        np.testing.assert_array_equal(listening.take.uniforms, numbers)
        assert listening.origin.button.description == (
            f"From update {update:,} · newest {len(studio.session.trainer.losses):,}"
        )
    studio.session.resume()
    until(lambda: ("newest", -1) in slider.options, studio)
    assert slider.value == 10


def test_marker_of_the_loss_follows_the_slider_and_moves_it(studio: Studio) -> None:
    slider, loss = studio.listening.learning.slider, studio.training.loss
    assert loss.snapshots == []
    start_run(studio, updates=12)
    until(lambda: loss.snapshots[:6] == [0, 1, 2, 3, 5, 10], studio)
    assert (loss.heard, loss.last) == (None, "newest")
    slider.value = 5
    until(lambda: weights_of(studio).update == 5, studio)
    assert loss.heard == 5
    loss.heard = 10  # as the page does
    assert slider.value == 10
    until(lambda: weights_of(studio).update == 10, studio)
    stop_run(studio)
    settle(studio)
    assert (loss.heard, loss.last) == (10, "best")
    loss.heard = None
    assert slider.value == -1
    loss.heard = 4  # a snapshot that is no longer kept
    assert (loss.heard, slider.value) == (5, 5)
    studio.listening.network.value = "bundled: chorales"
    settle(studio)
    assert loss.snapshots == []
