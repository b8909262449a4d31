"""Takes that a network ends by itself, and the metre of tunes from nothing, in the studio."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from lstmmusic.config import RollConfig
from lstmmusic.music.metre import parse_metre
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune, read_midi
from lstmmusic.studio import Studio
from lstmmusic.studio.listening.request_controls import RUN
from tests.studios import Recorder, load_folder, message, settle, start_run, stop_run, until, words

GRID = RollConfig(step=0.25, unit="beats")


@pytest.fixture
def waltz(studio: Studio, tmp_path: Path) -> Studio:
    """A studio with a run that has learned some waltzes, and a primer of silence."""
    for number in range(3):
        roll = np.eye(88, dtype=int)[30 + (np.arange(36) // 3 + number) % 12]
        write_midi(Tune(roll, config=GRID, metre=parse_metre("3/4")), tmp_path / "waltzes" / f"{number}.mid")
    studio.music.grid.unit.value, studio.music.grid.step.value = "beats", 0.25
    load_folder(studio, tmp_path / "waltzes")
    start_run(studio)
    stop_run(studio)
    studio.listening.primer.menu.value = "silence"
    settle(studio)
    return studio


def end_after(studio: Studio, log_odds: float) -> None:
    """Let the network of the run end its tunes with these log-odds after each step."""
    network = studio.session.trainer.best_network()
    torch.nn.init.zeros_(network.ending.last.weight)
    network.ending.init_bias(log_odds)
    studio.session.trainer.best = network.state_dict()
    studio.listening.generate_button.click()
    settle(studio)


def test_take_ends_by_itself_where_the_network_ends_it(waltz: Studio, player: Recorder) -> None:
    place = waltz.listening
    end_after(waltz, 20.0)
    assert (len(place.take.tune), place.take.ended) == (16, False)
    place.sampling.ending.value = True
    settle(waltz)
    assert (len(place.take.tune), place.take.ended) == (1, True)
    assert place.roll.title.endswith("seed 0, ended by itself after 1 step")
    # Its last chord rings for two beats more when it is played and saved; the roll is as sampled.
    tune = place.take.tune
    place.play()
    assert player.tunes[-1].duration == pytest.approx(9 * 0.15)
    np.testing.assert_allclose(player.tunes[-1].table[:, 1], 9 * 0.15, rtol=1e-6)
    place.exports.buttons["MIDI"].click()
    until(lambda: "Saved" in message(waltz), waltz)
    (path,) = (waltz.folder / "tunes").iterdir()
    saved = read_midi(path, GRID)
    np.testing.assert_array_equal(saved.roll, tune.roll.repeat(9, axis=0))
    np.testing.assert_array_equal(saved.onsets[0], tune.onsets[0])
    assert not saved.onsets[1:].any()
    end_after(waltz, -20.0)
    assert (len(place.take.tune), place.take.ended) == (16, False)
    assert "ended" not in place.roll.title


def test_music_without_end_does_not_end_by_itself(waltz: Studio) -> None:
    place = waltz.listening
    place.sampling.ending.value = True
    end_after(waltz, 20.0)
    place.endless.button.value = True
    until(lambda: place.take and len(place.take.tune) > 16, waltz)
    assert not place.take.ended
    assert str(place.take.tune.metre[0]) == "3/4"
    place.endless.button.value = False


def test_tune_from_nothing_has_the_metre_that_is_chosen(waltz: Studio) -> None:
    place = waltz.listening
    assert not place.sampling.metre.disabled
    assert place.sampling.metre.value == "3/4", "the usual one of the music"
    assert str(place.take.tune.metre[0]) == "3/4"
    assert place.roll.bars == [(0, 12, 4)]
    place.sampling.metre.value = "6/8"
    settle(waltz)
    assert place.roll.bars == [(0, 12, 6)]
    place.sampling.metre.value = "three"
    until(lambda: "the metre is 'three'; it must be two numbers, such as 3/4" in message(waltz), waltz)
    place.sampling.metre.value = "3/4"
    place.primer.menu.value = place.primer.menu.options[-1][1]
    settle(waltz)
    assert place.sampling.metre.disabled
    assert words(place.sampling.offered) == "Metre: 3/4, as in the primer."


def test_what_a_network_has_not_learned_is_disabled_with_the_reason(studio: Studio) -> None:
    place = studio.listening
    start_run(studio)
    stop_run(studio)
    settle(studio)
    assert place.network.value == RUN
    assert (place.sampling.ending.disabled, place.sampling.metre.disabled) == (False, True)
    assert not words(place.sampling.offered)
    assert place.sampling.metre.layout.display == "none"
