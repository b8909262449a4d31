"""While a slider moves, only the take that is shown follows it; the others do once it rests."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from traitlets import Bunch

from lstmmusic.music.roll import Tune
from lstmmusic.runs.favourites import find_favourites, key_of
from lstmmusic.studio import Studio
from lstmmusic.studio.listening.takes import Made, TakeMaker
from tests.studios import finish_run, message, settle, until

LISTENING = 3
HOT = 1.5


def preview(studio: Studio, index: int = 1) -> tuple[Made, Made]:
    """Show a take, move the slider of the temperature, and return the takes before that and those seen first."""
    listening = studio.listening
    listening.act_on("show", index)
    before = listening.made
    listening.sampling.temperature.value = HOT
    until(lambda: listening.made is not before, studio)
    return before, listening.made


def test_take_that_is_shown_follows_first_and_then_the_others(studio: Studio) -> None:
    listening = studio.listening
    before, first = preview(studio)
    assert [take.temperature for take in first.takes] == [1, HOT]
    assert listening.busy
    assert "changed from step" in listening.roll.note
    marked, note = listening.roll.changed, listening.roll.note
    settle(studio)
    last = listening.made
    assert [take.temperature for take in last.takes] == [HOT] * 2
    assert [take.seed for take in last.takes] == [take.seed for take in before.takes]
    assert listening.take is first.takes[1] is last.takes[1]
    assert (listening.roll.changed, listening.roll.note) == (marked, note)
    expected = last.sampler.takes(last.request.steps, takes=2, quiet=True, **last.request.settings)
    for take, wanted in zip(last.takes, expected, strict=True):
        np.testing.assert_array_equal(take.tune.roll, wanted.tune.roll)


def test_all_takes_are_there_when_a_slider_has_been_undone(studio: Studio) -> None:
    listening = studio.listening
    entries = len(listening.film.history.entries)
    before, _ = preview(studio)
    listening.film.back.click()
    assert listening.take is before.takes[1]
    settle(studio)
    assert listening.made is before
    listening.film.forth.click()
    settle(studio)
    assert [take.temperature for take in listening.made.takes] == [HOT] * 2
    assert len(listening.film.history.entries) == entries + 1


def test_work_is_done_to_takes_that_all_follow_the_slider(studio: Studio) -> None:
    listening = studio.listening
    _, first = preview(studio)
    listening.roll.selection = (20, 28)
    studio.refresh()
    listening.workbench.branch_button.click()
    settle(studio)
    takes = listening.made.takes
    assert len(takes) == len(first.takes) + 4
    assert {take.temperature for take in takes} == {HOT}


def test_edited_takes_follow_first_the_one_that_is_shown_and_then_the_other_edited_one(studio: Studio) -> None:
    listening = studio.listening
    for index in (0, 1):
        listening.act_on("show", index)
        tune = listening.take.tune
        roll = tune.roll.copy()
        roll[20] = 1 - roll[20]
        listening.workbench.edit(Tune(roll, tune.name, tune.config))
        settle(studio)
    before, first = preview(studio)
    assert first.takes[0] is before.takes[0]
    assert first.takes[1].temperature == HOT
    settle(studio)
    last = listening.made
    assert last.takes[1] is first.takes[1]
    expected = TakeMaker().make(replace(last.request, reference=studio.music.corpus.tunes))
    for take, wanted, edited in zip(last.takes, expected.takes, before.takes, strict=True):
        np.testing.assert_array_equal(take.tune.roll, wanted.tune.roll)
        np.testing.assert_array_equal(take.tune.roll[:21], edited.tune.roll[:21])
    assert last.findings == (None, None)  # what was done to a take is the user's choice


def test_first_steps_of_an_edited_take_are_not_shown_without_the_edit(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening, parts = studio.listening, []
    monkeypatch.setattr(listening.shown, "show_part", lambda *part: parts.append(part))
    listening.sampling.steps.value = 100
    settle(studio)
    preview(studio)
    assert parts
    settle(studio)
    tune = listening.take.tune
    listening.workbench.edit(Tune(1 - tune.roll, tune.name, tune.config))
    settle(studio)
    parts.clear()
    before = listening.made
    listening.sampling.temperature.value = 1.2
    until(lambda: listening.made is not before, studio)
    assert not parts


def test_take_that_does_not_follow_yet_is_neither_named_nor_kept_nor_shown_as_if_it_did(studio: Studio) -> None:
    finish_run(studio)
    listening = studio.listening
    listening.act_on("show", 0)
    before = listening.made
    listening.learning.slider.value = 0  # the weights of update 0
    until(lambda: listening.made is not before, studio)
    assert listening.made.takes[1] is before.takes[1]
    assert [strip["title"].split(", ")[1] for strip in listening.strips.strips] == ["update 0", "being generated"]
    listening.favourites.add_button.click()
    assert message(studio) == "some takes are still being generated; try again when they are there"
    listening.act_on("favourite", 1)
    until(lambda: listening.favourites.strips.strips, studio)
    settle(studio)
    (kept,) = find_favourites(studio.session.path / "favourites")[0]
    assert (kept.update, kept.key) == (0, key_of(listening.made.takes[1]))
    assert kept.key != key_of(before.takes[1])
    assert [strip["title"].split(", ")[1] for strip in listening.strips.strips] == ["update 0"] * 2


def test_take_that_does_not_follow_yet_is_shown_once_it_does(studio: Studio) -> None:
    listening = studio.listening
    before, _ = preview(studio, 0)
    listening.act_on("show", 1)
    assert listening.take is not before.takes[1]
    settle(studio)
    assert (listening.strips.chosen, listening.take) == (1, listening.made.takes[1])
    assert listening.take.temperature == HOT


def test_first_steps_are_drawn_before_the_others_are_generated(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    listening, view = studio.listening, studio.listening.roll
    listening.sampling.steps.value = 200
    settle(studio)
    before, earlier, pictures, show = listening.made, view.cells, [], view.show

    def watch(*cells: object, **more: object) -> None:
        show(*cells, **more)
        pictures.append((view.title, view.shape, view.cells, view.uniforms))

    monkeypatch.setattr(view, "show", watch)
    listening.sampling.temperature.value = HOT
    until(lambda: listening.made is not before, studio)
    (words, shape, cells, numbers), whole = pictures[0], pictures[-1]
    start = listening.take.primer_steps + 64
    assert words == f"{whole[0]}, being generated: from step {start} on as before"
    assert shape == whole[1] == listening.take.tune.roll.shape
    assert (cells[: start * 88], cells[start * 88 :]) == (whole[2][: start * 88], earlier[start * 88 :])
    assert numbers == whole[3]
    alone = listening.made.sampler.take(200, quiet=True, **listening.made.request.settings)
    np.testing.assert_array_equal(listening.take.probabilities, alone.probabilities)
    np.testing.assert_array_equal(listening.take.tune.roll, alone.tune.roll)


def test_part_gives_way_to_what_the_user_asks_for_next(studio: Studio) -> None:
    listening, view = studio.listening, studio.listening.roll
    listening.sampling.steps.value = 200
    settle(studio)
    before, wished = listening.made, [1.4, 1.2]

    def move_on(change: Bunch) -> None:
        if "being generated" in change["new"] and wished:
            listening.sampling.temperature.value = wished.pop()

    view.observe(move_on, "title")
    listening.sampling.temperature.value = HOT
    until(lambda: listening.made is not before, studio)
    assert (listening.take.temperature, wished) == (1.4, [])  # those in between were never generated to the end
    assert listening.film.history.entries[-2].made is before


def test_part_goes_when_the_rest_fails(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    listening = studio.listening
    listening.sampling.steps.value = 200
    settle(studio)
    shown, cells = listening.take, listening.roll.cells

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("lstmmusic.studio.listening.takes.diagnose_all", fail)
    listening.sampling.temperature.value = HOT
    until(lambda: "memory ran out" in message(studio), studio)
    assert (listening.take, listening.roll.cells) == (shown, cells)
    assert not listening.busy
