"""What a new run starts from, chosen in the Network place of the studio, without a browser."""

from __future__ import annotations

from dataclasses import replace

from lstmmusic.config import NetworkConfig
from lstmmusic.runs.starts import list_bundled_starts, load_start
from lstmmusic.studio import Studio
from tests.conftest import same_weights
from tests.studios import finish_run, load_music, message, press, start_run, stop_run, words

BUNDLED = {possible.name: possible for possible in list_bundled_starts()}


def labels(studio: Studio) -> list[str]:
    return [label for label, _ in studio.network.start.menu.options]


def choose(studio: Studio, label: str) -> None:
    menu = studio.network.start.menu
    menu.value = dict(menu.options)[label]
    studio.refresh()


def hidden(studio: Studio) -> tuple[tuple[int, ...], bool]:
    """Return the units on the page, and whether they are locked."""
    units = studio.network.settings.of["hidden"]
    return tuple(each.value for each in units), all(each.disabled for each in units)


def test_choice_sets_the_network_in_words_and_can_be_undone(studio: Studio) -> None:
    place = studio.network
    assert labels(studio) == ["new", "bundled: chorales", "bundled: piano"]
    assert place.start.menu.label == "new"
    assert place.start.undo.button.layout.display == "none"
    choose(studio, "bundled: piano")
    assert hidden(studio) == (BUNDLED["bundled: piano"].network.hidden, True)
    assert place.config(88) == BUNDLED["bundled: piano"].network
    assert "Layers and chords are those of bundled: piano; choose new to" in words(place.start.words)
    studio.training.preset.value = "seed-2016"  # for training alone
    assert place.settings.values()["output"] == BUNDLED["bundled: piano"].network.output != "independent"
    assert place.start.undo.button.description == "Undo: choice of start"
    choose(studio, "new")
    assert hidden(studio) == (BUNDLED["bundled: piano"].network.hidden, False)
    place.start.undo.button.click()
    assert (place.start.menu.label, hidden(studio)[1]) == ("bundled: piano", True)
    place.start.undo.button.click()
    assert (place.start.menu.label, hidden(studio)) == ("new", ((8, 8, 8), False))
    assert place.config(88) == NetworkConfig(88, (8, 8, 8))
    assert not words(place.start.words)


def test_run_starts_from_a_bundled_network_and_shows_it(studio: Studio) -> None:
    choose(studio, "bundled: chorales")
    studio.training.settings.of["epochs"][0].value = 1
    finish_run(studio)
    start, trainer = load_start("bundled: chorales"), studio.session.trainer
    assert trainer.started_from == start.origin
    assert trainer.validations[0][0] == 0
    assert studio.training.loss.validation  # which begins with that
    assert studio.network.start.menu.label == "bundled: chorales"
    assert studio.network.start.undo.button.layout.display == "none"
    assert "Start from bundled: chorales" in " ".join(words(studio.runs.details).split())
    assert f"lm.load_start('bundled: chorales', fingerprint='{start.origin.fingerprint}')" in studio.runs.code.code
    choose(studio, "new")
    press(studio.runs.load_button, studio)
    assert studio.network.start.menu.label == "bundled: chorales"
    assert studio.session.trainer.started_from == start.origin


def test_run_starts_from_the_current_one_after_that_is_saved(studio: Studio) -> None:
    place = studio.network
    start_run(studio, updates=20)
    assert place.start.menu.disabled
    stop_run(studio)
    first, name = studio.session.trainer, studio.session.path.name
    assert labels(studio)[-1] == f"run {name}"
    choose(studio, f"run {name}")
    start_run(studio)
    second = studio.session.trainer
    assert second is not first
    assert second.started_from.source == f"runs/{name}"
    assert same_weights(load_start(f"runs/{name}", folder=studio.folder).network.state_dict(), first.best)
    assert second.validations[0][1] == min(loss for _, loss in first.validations)
    stop_run(studio)
    studio.runs.table.view.selected = 0
    assert f"run {name}" in words(studio.runs.details)
    studio.runs.table.view.selected = 1
    studio.runs.name.value = "renamed"
    press(studio.runs.rename_button, studio)
    studio.refresh()
    assert message(studio) == f"Start from is new again, without run {name}: it was renamed, moved or replaced."
    assert place.start.menu.label == "new"
    choose(studio, "run renamed")
    assert hidden(studio) == ((8, 8, 8), True)


def test_only_what_has_the_pitches_of_the_music_is_offered(studio: Studio) -> None:
    start, grid = studio.network.start, studio.music.grid
    choose(studio, "bundled: piano")
    grid.pitches.value = (40, 80)
    load_music(studio)
    assert labels(studio) == ["new"]
    assert "new again, without bundled: piano: it has the pitches 21 to 108, not 40 to 80." in message(studio)
    assert words(start.words) == (
        "Not offered, as the music has the pitches 40 to 80: bundled: chorales (21 to 108), bundled: piano (21 to 108)."
    )
    studio.network.start.undo.button.click()
    assert (start.menu.label, hidden(studio)[1]) == ("new", False)
    grid.pitches.value, grid.step.value = (21, 108), 0.5
    load_music(studio)
    assert labels(studio) == ["new", "bundled: chorales", "bundled: piano"]  # on any time step


def test_of_many_runs_the_last_are_offered_and_others_are_found(studio: Studio) -> None:
    finish_run(studio)
    (run,) = studio.runs.table.entries
    start = studio.network.start
    assert start.find.field.layout.display == "none"
    runs = [replace(run, name=f"rate {number}", path=run.path.with_name(f"rate {number}")) for number in range(1000)]
    start.offer(runs)
    studio.refresh()
    assert labels(studio)[3:] == [f"run rate {number}" for number in range(50)]
    assert start.find.field.layout.display is None
    start.find.field.value = "RATE 99"
    assert labels(studio)[3:] == ["run rate 99", *(f"run rate {number}" for number in range(990, 1000))]
    choose(studio, "run rate 995")
    start.find.field.value = ""
    assert labels(studio)[-2:] == ["run rate 49", "run rate 995"]
    assert start.menu.label == "run rate 995"


def test_start_that_has_gone_is_reported_and_the_current_run_stays(studio: Studio) -> None:
    finish_run(studio)
    path, trainer = studio.session.path, studio.session.trainer
    finish_run(studio)
    current = studio.session.trainer
    choose(studio, f"run {path.name}")
    path.rename(path.with_name("moved"))
    press(studio.bar.start_button, studio)
    assert f"{path.name} was not found" in message(studio)
    assert current is studio.session.trainer is not trainer
