"""What surprised the network in the tune on the roll, and what of it occurs in the training music."""

from __future__ import annotations

import re
import weakref

import numpy as np
import pytest

from lstmmusic.analysis.copies import find_copies
from lstmmusic.analysis.surprise import most_surprising, surprise
from lstmmusic.generation.sampler import Take
from lstmmusic.music.roll import Tune
from lstmmusic.studio import Studio
from lstmmusic.studio.listening.measures import Subject, is_same
from tests.conftest import make_scales
from tests.studios import Recorder, finish_run, message, pause_run, settle, start_run, until, words

LISTENING = 3


@pytest.fixture
def open_listening(studio: Studio) -> Studio:
    studio.places.selected_index = LISTENING
    return studio


def nats_of(studio: Studio) -> np.ndarray:
    return np.frombuffer(studio.listening.roll.surprise, "<f4")


def training_take(studio: Studio) -> Take:
    """A tune of the training music as if the run had generated it after a primer of five steps."""
    first = studio.session.trainer.training.tunes[0].part(0, 40)
    tune = Tune(first.roll, name="a take", config=first.config)
    return Take(tune, 5, np.zeros(tune.roll.shape, np.float32), np.zeros((35, 88), np.float32), 1.0, 0.0, 0)


def shows(studio: Studio, take: Take, origin: weakref.ref) -> bool:
    """Show a take, unless it is shown already: takes of the best weights may have come meanwhile."""
    listening, network = studio.listening, studio.session.trainer.network
    if listening.take is take:
        return not listening.measures.busy
    listening.shown.show(take, network)
    listening.measures.show(Subject(take, network, origin, ended=False))
    return False


def test_surprise_is_that_of_the_network_which_made_the_take(open_listening: Studio) -> None:
    studio, listening = open_listening, open_listening.listening
    assert (listening.roll.measured, nats_of(studio).size, words(listening.measures.words)) == (True, 0, "")
    listening.roll.surprising = True
    until(lambda: nats_of(studio).size, studio)
    expected = surprise(listening.made.network, listening.take.tune, ended=listening.take.ended)
    np.testing.assert_array_equal(nats_of(studio), expected.steps)
    lowest = listening.take.tune.config.lowest
    assert listening.roll.marks == [(each.step, each.pitch - lowest, each.nats) for each in most_surprising(expected)]
    assert words(listening.measures.words).startswith(f"Surprise: {expected.per_step} nats per step; ")

    listening.sampling.temperature.value = 1.3
    settle(studio)
    until(lambda: nats_of(studio).size and not listening.measures.busy, studio)
    other = surprise(listening.made.network, listening.take.tune, ended=listening.take.ended)
    np.testing.assert_array_equal(nats_of(studio), other.steps)
    listening.shown.menu.value = True  # the probabilities are drawn again, with the same notes
    until(lambda: "by itself" in listening.roll.meaning, studio)
    until(lambda: nats_of(studio).size, studio)
    listening.roll.surprising = False
    until(lambda: words(listening.measures.words) == "", studio)
    assert listening.measures.words.layout.display == "none"


def test_copies_stand_in_the_training_music_and_can_be_heard(open_listening: Studio, player: Recorder) -> None:
    studio, listening = open_listening, open_listening.listening
    finish_run(studio)
    listening.roll.copying = True
    take, origin = training_take(studio), weakref.ref(studio.session.trainer)
    until(lambda: shows(studio, take, origin) and listening.roll.copies, studio)
    training = studio.session.trainer.training.tunes
    expected = find_copies(take.tune, training, start=5)
    assert [copy[:2] for copy in listening.roll.copies] == [(each.start, each.stop) for each in expected.stretches]
    (stretch,) = expected.stretches
    source = training[stretch.source]
    assert re.fullmatch(rf"35 steps \(10\.5 s\) as in {source.name} from step 5", listening.roll.copies[0][2])
    assert re.match(
        r"100% of the steps after the primer occur in the training music \(of held-out tunes: 100%\); the longest "
        r"stretch: 35 steps",
        words(listening.measures.words),
    )
    listening.roll.on_hear(0, 20)
    assert player.is_playing(source.part(20, len(source)))
    assert player.tunes[-1].name == f"{source.name}, from step 20"
    listening.roll.on_hear(1, 20)
    assert message(studio).startswith("another tune is shown now")


def test_music_of_a_run_that_is_gone_is_not_searched(open_listening: Studio) -> None:
    studio, listening = open_listening, open_listening.listening
    finish_run(studio)
    listening.roll.copying = True
    take, origin = training_take(studio), weakref.ref(training_take(studio))  # gone at once
    until(lambda: shows(studio, take, origin) and "no longer loaded" in words(listening.measures.words), studio)
    assert listening.roll.copies == []


def test_any_tune_of_the_music_is_measured_inside(studio: Studio) -> None:
    inside = studio.inside
    start_run(studio)
    pause_run(studio)
    studio.places.selected_index = studio.places.titles.index("Inside")
    inside.tune.index = len(inside.tune.options) - 1
    tune, trainer = inside.tune.value.tune, studio.session.trainer
    assert tune in trainer.training.tunes
    inside.roll.surprising = inside.roll.copying = True
    until(lambda: inside.roll.copies and inside.roll.surprise and not inside.busy, studio)
    network = inside.reading.network
    np.testing.assert_array_equal(np.frombuffer(inside.roll.surprise, "<f4"), surprise(network, tune).steps)
    itself = trainer.training.tunes.index(tune)
    expected = find_copies(tune, trainer.training.tunes, leave_out=itself)
    assert [copy[:2] for copy in inside.roll.copies] == [(each.start, each.stop) for each in expected.stretches]
    assert re.search(r"\d+% of the steps occur in the training music", words(inside.measures.words))


def test_tune_that_was_read_twice_is_the_same() -> None:
    tune = make_scales(1, 20).tunes[0]
    again = Tune(tune.roll, tune.name, tune.config)
    assert is_same(tune, tune)
    assert is_same(tune, again)
    assert not is_same(tune, Tune(tune.roll, "another", tune.config))
    assert not is_same(tune, Tune(1 - tune.roll, tune.name, tune.config))
    assert not is_same(tune, tune.part(0, 10))
