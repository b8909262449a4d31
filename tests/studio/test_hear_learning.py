"""The same bars from weights along a run, one after another."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lstmmusic.generation.sampler import Sampler
from lstmmusic.studio import Studio
from lstmmusic.studio.listening.hear_learning import HearLearning
from lstmmusic.training.weights import spread
from tests.studios import Recorder, message, pause_run, settle, start_run, until


@pytest.fixture
def hear(studio: Studio) -> HearLearning:
    """Return the button of a studio with a run that is paused after 12 updates or more, with seven snapshots."""
    studio.refresh()
    assert studio.listening.hear_learning.button.disabled  # there is no run
    start_run(studio, updates=12)
    pause_run(studio)
    settle(studio)
    return studio.listening.hear_learning


def begin(studio: Studio, player: Recorder) -> int:
    """Click the button, wait for the first tune, and return the number of tunes so far."""
    tunes = len(player.tunes) + 1
    studio.listening.hear_learning.button.value = True
    until(lambda: len(player.tunes) == tunes, studio)
    return tunes


def test_it_is_heard_along_the_run_and_all_is_as_before(studio: Studio, player: Recorder, hear: HearLearning) -> None:
    listening, slider, loss = studio.listening, studio.listening.learning.slider, studio.training.loss
    slider.value = 2
    settle(studio)
    listening.act_on("show", 1)
    shown, newest = listening.take, len(studio.session.trainer.losses)
    kept = [snapshot.update for snapshot in studio.session.trainer.weight_snapshots]
    along = spread([*kept, newest], 6)
    assert (along[0], along[-1]) == (0, newest)
    before = begin(studio, player) - 1
    heard = []
    for number, update in enumerate(along, 1):
        until(lambda number=number: len(player.tunes) == before + number, studio)
        tune, made = player.tunes[-1], hear.made
        assert tune.name == f"update {update:,} ({number} of 6)"
        assert slider.value == (-1 if number == 6 else update)
        assert loss.heard == (None if number == 6 else update)
        assert listening.origin.button.description.startswith(f"From update {update:,}")
        assert studio.sound.view.position > tune.primer_end > 0
        sampler = Sampler(made.network, made.request.primer_on(made.takes[0].tune.config))
        again = sampler.take(32, quiet=True, **made.request.settings | {"seed": shown.seed})
        np.testing.assert_array_equal(listening.take.tune.roll, again.tune.roll)
        np.testing.assert_array_equal(listening.take.uniforms[:16], shown.uniforms)
        heard.append(listening.take.probabilities)
        player.sounding = False  # it has ended
    assert not any(np.array_equal(one, other) for one, other in itertools.pairwise(heard))
    until(lambda: not hear.on, studio)
    assert not hear.button.value
    until(lambda: slider.value == loss.heard == 2, studio)
    until(lambda: listening.take is shown, studio)  # another thread shows it
    assert len(player.tunes) == before + 6


def test_it_waits_for_a_pause_and_stop_ends_it(studio: Studio, player: Recorder, hear: HearLearning) -> None:
    shown, tunes = studio.listening.take, begin(studio, player)
    studio.sound.view.pause()
    until(lambda: len(hear.sequence.made) == 6, studio)
    assert len(player.tunes) == tunes
    studio.sound.view.play()
    player.sounding = False
    until(lambda: len(player.tunes) == tunes + 2, studio)
    studio.sound.view.stop()
    until(lambda: not hear.on, studio)
    until(lambda: studio.listening.take is shown, studio)
    begin(studio, player)
    hear.button.value = False
    assert not hear.on
    assert not player.sounding
    assert len(player.tunes) == tunes + 3


def test_other_tunes_and_other_weights_end_it(studio: Studio, player: Recorder, hear: HearLearning) -> None:
    begin(studio, player)
    studio.listening.play()
    until(lambda: not hear.on, studio)
    until(lambda: studio.listening.playing, studio)
    until(lambda: studio.listening.take is studio.listening.made.takes[0], studio)
    begin(studio, player)
    studio.training.loss.heard = 3  # the marker is dragged
    settle(studio)
    assert not hear.on
    assert not player.sounding
    assert studio.listening.learning.slider.value == 3
    assert studio.listening.made.weights.update == 3
    begin(studio, player)
    studio.listening.sampling.temperature.value = 1.2
    settle(studio)
    assert not hear.on
    assert studio.listening.learning.slider.value == 3


def test_what_fails_ends_it(
    studio: Studio, player: Recorder, hear: HearLearning, monkeypatch: pytest.MonkeyPatch
) -> None:
    player.refusal = "the device is gone"
    hear.button.value = True
    until(lambda: "the device is gone" in studio.message.value, studio)
    assert not hear.on

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("lstmmusic.studio.listening.hear_learning.make_bars", fail)
    hear.button.value = True
    until(lambda: "memory ran out" in studio.message.value, studio)
    assert not hear.on
    assert not hear.button.value


def test_a_bundled_network_has_nothing_to_be_heard(studio: Studio, hear: HearLearning) -> None:
    studio.listening.network.value = "bundled: chorales"
    hear.button.value = True  # as a page may ask for that does not know of it yet
    assert not hear.on
    assert not hear.button.value
    assert message(studio).startswith("this network has no earlier weights; choose that of a run")
