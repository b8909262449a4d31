"""A take is edited, branched and regenerated; what was done is done again where the settings change."""

from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.generation.sampler import Take
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.studio import Studio
from tests.studios import finish_run, load_music, message, settle, start_run, stop_run, until
from tests.wires import receive

LISTENING = 3


def add_note(tune: Tune, step: int, pitch: int) -> Tune:
    """Return a tune with one more note of a step, which does not sound yet."""
    roll, onsets = tune.roll.copy(), tune.onsets.copy()
    assert not roll[step - 1 : step + 2, pitch].any()
    roll[step, pitch] = onsets[step, pitch] = 1
    velocities = tune.velocities
    if velocities is not None:
        velocities = velocities.copy()
        velocities[step, pitch] = 80
    return Tune(roll, tune.name, tune.config, onsets, velocities, metre=tune.metre)


def free_pitch(take: Take, step: int) -> int:
    """Return the column of a pitch that does not sound around a step."""
    return int(np.flatnonzero(~take.tune.roll[step - 1 : step + 2].any(axis=0))[0])


def send_edit(studio: Studio, tune: Tune, version: int) -> None:
    """Send what a page sends that shows a version of the roll, after a note was drawn."""
    lowest, velocities = tune.config.lowest, tune.velocities
    rows = [
        (pitch, start, stop - start, 0 if velocities is None else velocities[start, pitch - lowest])
        for start, stop, pitch in find_notes(tune).tolist()
    ]
    content = {"kind": "edit", "first": 20, "version": version}
    receive(studio.listening.roll, content, [np.asarray(rows, "<i4").tobytes()])


def labels(studio: Studio) -> list[str]:
    return [strip["label"] for strip in studio.listening.strips.strips]


def test_what_follows_an_edit_is_sampled_again(studio: Studio) -> None:
    listening = studio.listening
    before = listening.take
    listening.workbench.edit(add_note(before.tune, 20, 3))
    settle(studio)
    take = listening.take
    assert take.tune.roll[20, 3] == 1
    np.testing.assert_array_equal(take.tune.roll[:20], before.tune.roll[:20])
    assert (take.seed, take.edited) == (before.seed, (20,))
    assert "changed from step 20" in listening.roll.note
    listening.film.back.click()
    assert listening.take is before
    listening.film.forth.click()
    assert listening.take is take
    # A new temperature keeps the edit; new takes do not have it.
    listening.sampling.temperature.value = 1.5
    settle(studio)
    assert (listening.take.temperature, listening.take.tune.roll[20, 3]) == (1.5, 1)
    listening.generate_button.click()
    settle(studio)
    assert listening.take.edited == ()


def test_edit_that_changes_nothing_is_none(studio: Studio) -> None:
    listening = studio.listening
    before, shown = listening.take, listening.roll.version
    listening.workbench.edit(before.tune)
    settle(studio)
    assert listening.take is before
    assert listening.roll.version == shown + 1  # so the page shows the take again


def test_take_branches_from_a_marked_step(studio: Studio) -> None:
    listening = studio.listening
    listening.act_on("show", 0)
    root = listening.take
    assert listening.workbench.branch_button.disabled
    listening.roll.selection = (24, 28)
    studio.refresh()
    listening.workbench.branch_button.click()
    settle(studio)
    assert labels(studio) == ["1", "1.1", "1.2", "1.3", "1.4", "2"]
    assert listening.strips.chosen == 0
    assert listening.roll.note == ""  # it is the same take
    for number in range(1, 5):
        listening.act_on("show", number)
        np.testing.assert_array_equal(listening.take.tune.roll[:24], root.tune.roll[:24])
        assert listening.take.primer_steps == 24
    listening.act_on("show", 2)
    listening.roll.selection = (28, 29)
    listening.workbench.branch_button.click()
    settle(studio)
    assert labels(studio)[:8] == ["1", "1.1", "1.2", "1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.3"]
    assert [strip["depth"] for strip in listening.strips.strips] == [0, 1, 1, 2, 2, 2, 2, 1, 1, 0]
    listening.film.back.click()
    listening.film.back.click()
    assert labels(studio) == ["1", "2"]


def test_stretch_is_regenerated_and_what_follows_stays(studio: Studio) -> None:
    listening = studio.listening
    before = listening.take
    listening.roll.selection = (20, 26)
    listening.workbench.regenerate_button.click()
    settle(studio)
    after = listening.take
    changed = np.flatnonzero((after.tune.roll != before.tune.roll).any(axis=1))
    assert len(changed) > 0
    assert set(changed) <= set(range(20, 26))
    first = after.tune
    listening.roll.selection = (20, 26)
    listening.workbench.regenerate_button.click()
    settle(studio)
    assert not np.array_equal(listening.take.tune.roll, first.roll)  # others each time


def test_work_without_marked_steps_is_refused_with_a_word(studio: Studio) -> None:
    listening = studio.listening
    before = listening.take
    listening.workbench.regenerate_button.click()
    assert "no steps are marked" in message(studio)
    assert listening.take is before


def test_an_edit_stays_while_the_network_learns_on(studio: Studio) -> None:
    listening = studio.listening
    start_run(studio)
    studio.places.selected_index = LISTENING
    settle(studio)
    take = listening.take
    pitch = free_pitch(take, 20)
    listening.workbench.edit(add_note(take.tune, 20, pitch))
    until(lambda: listening.take.edited == (20,), studio)
    edited = listening.made
    until(lambda: listening.made is not edited, studio)
    stop_run(studio)
    settle(studio)
    assert listening.take.tune.roll[20, pitch] == 1
    np.testing.assert_array_equal(listening.take.tune.roll[:20], take.tune.roll[:20])


def test_history_is_a_filmstrip(studio: Studio) -> None:
    listening = studio.listening
    frames = len(listening.film.view.strips)
    first = listening.take
    for seed in (5, 6, 7):
        listening.sampling.seed.value = seed
        settle(studio)
    assert len(listening.film.view.strips) == frames + 3
    assert listening.film.view.strips[-1]["label"] == "T 1 · 7"
    assert "temperature 1, seed 7" in listening.film.view.strips[-1]["title"]
    listening.film.go_to(frames - 1)
    assert listening.take is first
    assert listening.film.view.chosen == frames - 1
    assert listening.sampling.seed.value == first.seed


def test_history_says_what_was_done_to_a_take(studio: Studio) -> None:
    listening = studio.listening
    listening.act_on("show", 1)
    listening.workbench.edit(add_note(listening.take.tune, 20, free_pitch(listening.take, 20)))
    settle(studio)
    listening.roll.selection = (20, 26)
    listening.workbench.regenerate()
    settle(studio)
    listening.workbench.branch()
    settle(studio)
    listening.endless.button.value = True
    until(lambda: studio.sound.page.playing, studio)
    listening.endless.button.value = False
    labels = ["T 1 · 1", "edit of take 2", "regenerated take 2", "branches of take 2", "endless music"]
    assert [strip["label"] for strip in listening.film.view.strips[-5:]] == labels
    listening.film.go_to(len(listening.film.view.strips) - 2)
    listening.act_on("show", 3)
    assert listening.film.view.strips[-2]["label"] == "branch 2.2"
    listening.act_on("favourite", 0)
    receive(listening.favourites.strips, {"kind": "act", "action": "show", "index": 0})
    settle(studio)
    assert listening.film.view.strips[-1]["label"].startswith("★ Seed ")


@pytest.mark.parametrize("index", [-1, 99])
def test_a_strip_that_is_gone_is_ignored(studio: Studio, index: int) -> None:
    before = studio.listening.take
    studio.listening.act_on("play", index)
    assert studio.listening.take is before


@pytest.mark.parametrize("first", ["edit", "slide"])
def test_edit_slider_and_regeneration_at_once_all_count(studio: Studio, first: str) -> None:
    listening = studio.listening
    pitch = free_pitch(listening.take, 20)
    edited = add_note(listening.take.tune, 20, pitch)
    if first == "edit":
        listening.workbench.edit(edited)
    listening.sampling.temperature.value = 1.5
    if first == "slide":
        listening.workbench.edit(edited)
    listening.roll.selection = (24, 28)
    listening.workbench.regenerate()
    settle(studio)
    assert listening.take.tune.roll[20, pitch] == 1
    assert listening.take.temperature == 1.5
    assert len(listening.made.request.work) == 2


def test_edit_while_other_takes_are_generated_is_kept_and_they_are_not_shown(studio: Studio) -> None:
    listening = studio.listening
    take, pitch = listening.take, free_pitch(listening.take, 20)
    listening.sampling.seed.value = 5
    send_edit(studio, add_note(take.tune, 20, pitch), listening.roll.version)
    said = message(studio)
    settle(studio)
    assert (listening.take.seed, listening.take.edited, listening.take.tune.roll[20, pitch]) == (take.seed, (20,), 1)
    assert listening.sampling.seed.value == take.seed
    assert "press Generate for others" in said


def test_edit_of_a_take_that_is_replaced_meanwhile_is_kept(studio: Studio) -> None:
    listening = studio.listening
    listening.act_on("show", 1)
    take, pitch, version = listening.take, free_pitch(listening.take, 20), listening.roll.version
    edited = add_note(take.tune, 20, pitch)
    listening.sampling.temperature.value = 1.5
    settle(studio)
    send_edit(studio, edited, version)  # the page has not received the new take yet
    settle(studio)
    warmer = listening.take
    assert (warmer.temperature, warmer.edited[-1], warmer.tune.roll[20, pitch]) == (1.5, 20, 1)
    np.testing.assert_array_equal(warmer.tune.roll[:20], take.tune.roll[:20])
    listening.sampling.seed.value = 5
    listening.act_on("show", 0)
    settle(studio)
    others = listening.take
    assert others.seed == 5
    send_edit(studio, edited, version)
    said = message(studio)
    settle(studio)
    assert (listening.take.seed, listening.take.edited) == (take.seed, (20,))
    assert listening.take.temperature == listening.sampling.temperature.value
    assert "in History" in said
    assert any(entry.take is others for entry in listening.film.history.entries)


def test_undo_while_takes_are_generated_stays(studio: Studio) -> None:
    listening = studio.listening
    first = listening.take
    listening.sampling.seed.value = 5
    settle(studio)
    listening.sampling.seed.value = 6
    listening.film.go_to(0)
    settle(studio)
    assert listening.take is listening.film.history.entries[0].take
    assert listening.sampling.seed.value == listening.take.seed == first.seed


def test_work_on_a_favourite_is_another_each_time(studio: Studio) -> None:
    listening = studio.listening
    listening.act_on("favourite", 0)
    receive(listening.favourites.strips, {"kind": "act", "action": "show", "index": 0})
    settle(studio)
    for _ in range(2):
        listening.roll.selection = (20, 28)
        listening.workbench.branch()
        settle(studio)
    assert len({take.seed for take in listening.made.takes}) == 9


def test_slide_after_undo_keeps_what_can_be_shown_again(studio: Studio) -> None:
    listening = studio.listening
    for temperature in (1.4, 1.5):
        listening.sampling.temperature.value = temperature
        settle(studio)
    daring = listening.take
    listening.film.back.click()
    listening.sampling.temperature.value = 0.7
    settle(studio)
    assert [entry.take.temperature for entry in listening.film.history.entries[-2:]] == [1.5, 0.7]
    assert listening.film.history.entries[-2].take is daring


def test_error_while_the_takes_follow_is_said_once(studio: Studio) -> None:
    listening = studio.listening
    start_run(studio)
    studio.places.selected_index = LISTENING
    settle(studio)
    said: list[str] = []
    studio.message.observe(lambda change: said.append(change["new"]), "value")
    listening.sampling.temperature.value = 0
    until(lambda: "temperature" in message(studio), studio)
    before = len(studio.session.trainer.validations)
    until(lambda: len(studio.session.trainer.validations) > before + 1, studio)
    assert len([words for words in said if "temperature" in words]) == 1


def test_take_of_an_earlier_run_stays_and_later_takes_are_without_its_edit(studio: Studio) -> None:
    listening = studio.listening
    finish_run(studio)
    listening.workbench.edit(add_note(listening.take.tune, 20, free_pitch(listening.take, 20)))
    settle(studio)
    edited, place = listening.take, listening.film.history.place
    studio.music.grid.pitches.value = (30, 90)
    load_music(studio)
    finish_run(studio)
    assert listening.take.tune.config.pitches == 61
    listening.film.go_to(place)
    settle(studio)
    until(lambda: not listening.primer.busy, studio)
    assert listening.take is edited
    assert listening.origin.button.description == "From an earlier run"
    listening.act_on("favourite", 0)
    listening.sampling.temperature.value = 1.5
    settle(studio)
    assert message(studio) == ""
    assert (listening.take.temperature, listening.take.edited) == (1.5, ())
    receive(listening.favourites.strips, {"kind": "act", "action": "show", "index": 0})
    settle(studio)
    assert listening.origin.button.description == "Favourite, an earlier run"
    listening.roll.selection = (20, 28)
    listening.workbench.branch_button.click()
    assert "load the run" in message(studio)
