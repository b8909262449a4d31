"""Takes are kept as favourites by their stars, and are there again after a restart."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lstmmusic.runs.listing import find_runs
from lstmmusic.studio import Studio
from lstmmusic.studio.listening.request_controls import NETWORKS, RUN
from tests.studios import Recorder, finish_run, open_studio, settle, start_run, stop_run, until, words
from tests.wires import receive

LISTENING = 3


def click(studio: Studio, action: str) -> None:
    """Send what the page sends for a click on the first favourite."""
    receive(studio.listening.favourites.strips, {"kind": "act", "action": action, "index": 0})


def stars(studio: Studio) -> list[bool]:
    return [strip["favourite"] for strip in studio.listening.strips.strips]


def origin(studio: Studio) -> str:
    return studio.listening.origin.button.description.removesuffix(" ↻")


def names(studio: Studio) -> list[str]:
    return [strip["label"] for strip in studio.listening.favourites.strips.strips]


def test_star_of_a_take_keeps_it_and_removes_it(studio: Studio, tmp_path: Path) -> None:
    listening = studio.listening
    settle(studio)
    chosen = listening.strips.chosen
    listening.act_on("favourite", 1)
    assert stars(studio) == [False, True]
    assert (listening.strips.chosen, len(names(studio))) == (chosen, 1)
    assert words(studio.message).startswith("Kept Seed 1 · bundled chorales · tune ")
    assert len(list((tmp_path / "favourites").glob("*.safetensors"))) == 1
    listening.sampling.seed.value = 50  # others
    settle(studio)
    assert stars(studio) == [False, False]
    listening.sampling.seed.value = 0  # the same again
    settle(studio)
    assert stars(studio) == [False, True]
    listening.act_on("favourite", 1)
    assert (stars(studio), names(studio)) == ([False, False], [])
    listening.favourites.undo.button.click()
    assert stars(studio) == [False, True]


def test_favourite_is_shown_with_its_settings_played_and_continued(studio: Studio, player: Recorder) -> None:
    listening = studio.listening
    listening.sampling.temperature.value = 1.3
    settle(studio)
    listening.act_on("favourite", 1)
    kept = listening.made.takes[1]
    listening.network.value = NETWORKS[1]
    listening.sampling.temperature.value = 0.7
    settle(studio)
    click(studio, "play")
    settle(studio)
    assert player.is_playing(kept.tune)
    np.testing.assert_array_equal(listening.take.tune.roll, kept.tune.roll)
    assert listening.origin.button.description == "Favourite, bundled: chorales"
    assert (listening.made.request.bundled, listening.made.run) == ("chorales", None)
    assert listening.favourites.chosen.name == names(studio)[0] == listening.favourites.name.value
    assert (listening.sampling.temperature.value, listening.sampling.seed.value) == (1.3, kept.seed)
    assert [strip["label"] for strip in listening.strips.strips] == ["★"]
    assert stars(studio) == [True]
    listening.roll.selection = (24, 28)
    studio.refresh()
    listening.workbench.branch_button.click()
    settle(studio)
    assert [strip["label"] for strip in listening.strips.strips] == ["1", "1.1", "1.2", "1.3", "1.4"]
    branch = listening.made.takes[2]
    np.testing.assert_array_equal(branch.tune.roll[:24], kept.tune.roll[:24])
    assert branch.temperature == 1.3
    listening.act_on("favourite", 2)
    assert [strip["depth"] for strip in listening.favourites.strips.strips] == [0, 1]
    listening.film.back.click()
    assert listening.made.request.favourite


def test_favourites_of_a_run_are_there_after_a_restart(tmp_path: Path, player: Recorder) -> None:
    studio = open_studio(tmp_path, player)
    listening = studio.listening
    settle(studio)
    listening.act_on("favourite", 0)
    finish_run(studio)
    assert names(studio) == []  # those of no run are not the run's
    listening.act_on("favourite", 1)
    kept, update = listening.made.takes[1], listening.made.weights.update
    click(studio, "show")
    settle(studio)
    listening.favourites.name.value = "mine"
    assert origin(studio) == f"Favourite, update {update:,}"
    studio.close()

    (run,) = find_runs(tmp_path)[0]
    assert len(list((run.path / "favourites").iterdir())) == 1
    again = open_studio(tmp_path, Recorder())
    try:
        settle(again)
        assert len(names(again)) == 1
        again.runs.load_button.click()
        until(lambda: again.session.trainer is not None, again)
        settle(again)
        assert names(again) == ["mine"]
        again.listening.sampling.seed.value = 99
        settle(again)
        click(again, "show")
        settle(again)
        assert again.listening.network.value == RUN
        np.testing.assert_array_equal(again.listening.take.tune.roll, kept.tune.roll)
        np.testing.assert_array_equal(again.listening.take.uniforms, kept.uniforms)
        assert origin(again) == f"Favourite, update {update:,}"
        assert again.listening.made.weights.update == update
        assert again.listening.favourites.name.value == "mine"
    finally:
        again.close()


def test_favourite_stays_shown_while_the_run_learns_on(studio: Studio) -> None:
    listening = studio.listening
    studio.places.selected_index = LISTENING
    start_run(studio, updates=2)
    settle(studio)
    listening.act_on("favourite", 0)
    kept = listening.made.takes[0]
    click(studio, "show")
    until(lambda: listening.made.request.favourite, studio)
    validations = len(studio.session.trainer.validations)
    until(lambda: len(studio.session.trainer.validations) > validations + 1, studio)
    settle(studio)
    np.testing.assert_array_equal(listening.take.tune.roll, kept.tune.roll)
    assert listening.origin.button.description.startswith("Favourite, update ")
    stop_run(studio)
