"""The Inside place without a browser: what the units of a tune do, and what surgery changes."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from lstmmusic.analysis.gradients import gradient_through_time
from lstmmusic.analysis.memory import divergence_by_past
from lstmmusic.analysis.surgery import Operation, operate
from lstmmusic.analysis.units import order_by_firing, read_units, strongest_moments, unit_effect
from lstmmusic.generation.editing import continue_edited
from lstmmusic.generation.sampler import Sampler
from lstmmusic.studio import Studio
from lstmmusic.studio.inside import memory as inside_memory
from lstmmusic.studio.inside.place import InsidePlace
from lstmmusic.studio.inside.reading import OfTake, Question, UnitReader
from lstmmusic.studio.inside.surgery import describe_change
from lstmmusic.training.evaluation import evaluate
from tests.conftest import same_weights
from tests.studios import Recorder, message, pause_run, settle, start_run, stop_run, until, words


@pytest.fixture
def inside(studio: Studio) -> InsidePlace:
    """Open the place, and wait for the units of the take."""
    open_place(studio, "Inside")
    show(studio)
    return studio.inside


def open_place(studio: Studio, name: str) -> None:
    studio.places.selected_index = studio.places.titles.index(name)


def show(studio: Studio) -> None:
    """Wait for what the controls ask for."""
    inside = studio.inside

    def is_shown() -> bool:
        return not inside.busy and inside.reading is not None and inside.reading.question.key == inside.question.key

    studio.refresh()
    until(is_shown, studio)
    until(is_shown, studio)  # another thread may have been about to ask for more


def shown_numbers(inside: InsidePlace) -> np.ndarray:
    """Return what the heat map shows, with the units in their own order."""
    view = inside.units
    values = np.frombuffer(view.values, np.uint8).reshape(view.shape).astype(float)
    numbers = (values - 127) / 127 * view.limit if view.signed else values / 255
    return numbers[:, np.argsort(view.order)]


def test_units_of_the_take_are_shown_on_the_axis_of_its_roll(studio: Studio, inside: InsidePlace) -> None:
    take, network = studio.listening.take, studio.listening.made.network
    layers = read_units(network, take.tune)
    assert inside.roll.shape[0] == inside.units.shape[0] == len(take.tune)
    assert (inside.units.step, inside.units.unit) == (take.tune.config.step, take.tune.config.unit)
    np.testing.assert_allclose(shown_numbers(inside), layers[0].h, atol=0.005)
    inside.layer.value, inside.quantity.value = 2, "forget"
    show(studio)
    np.testing.assert_allclose(shown_numbers(inside), layers[2].forget, atol=0.005)
    assert (inside.units.layer, inside.units.quantity, inside.units.signed) == (3, "forget gate", False)
    inside.order.value = "when they fire"
    show(studio)
    assert inside.units.order == order_by_firing(layers[2].h).tolist()
    np.testing.assert_allclose(shown_numbers(inside), layers[2].forget, atol=0.005)
    inside.units.chosen = 3
    lines = np.frombuffer(inside.units.traces, "<f4").reshape(5, -1)
    np.testing.assert_array_equal(
        lines, [getattr(layers[2], name)[:, 3] for name in ("h", "c", "input", "forget", "output")]
    )
    assert inside.units.trace_names == ["h", "c", "input gate", "forget gate", "output gate"]


def test_switched_unit_is_heard_with_the_same_random_numbers_and_undone(
    studio: Studio, player: Recorder, inside: InsidePlace
) -> None:
    made, take = studio.listening.made, studio.listening.take
    usual = {name: weight.clone() for name, weight in made.network.state_dict().items()}
    assert inside.surgery.off.disabled  # no unit is chosen
    inside.units.chosen = 5
    inside.surgery.off.click()
    show(studio)
    operated = operate(made.network, [Operation(0, 5)])
    sampler = Sampler(operated, made.request.primer_on(take.tune.config))
    again = sampler.take(16, quiet=True, **made.request.settings | {"seed": take.seed})
    np.testing.assert_array_equal(inside.reading.take.tune.roll, again.tune.roll)
    np.testing.assert_array_equal(inside.reading.take.uniforms, take.uniforms)
    assert inside.units.switched == [5]
    assert inside.units.note == "bundled network; switched: what it would say"
    changed = int((again.tune.roll != take.tune.roll).sum())
    assert f"{changed} " in inside.roll.note or (not changed and "no" in inside.roll.note)
    assert inside.surgery.buttons[0].description == "× unit 5 of layer 1 off"
    assert same_weights(usual, made.network.state_dict())
    assert studio.listening.take is take
    inside.surgery.scale.value = 2.0  # instead of what was done to this unit
    inside.surgery.part.value = ("forget gate", True)
    inside.surgery.hold.value = 0.5
    show(studio)
    assert inside.surgery.operations == (
        Operation(0, 5, "unit", "scale", 2.0),
        Operation(0, None, "forget gate", "hold", 0.5),
    )
    inside.surgery.buttons[0].click()  # of the first
    assert [str(each) for each in inside.surgery.operations] == ["forget gate of layer 1 held at 0.5"]
    inside.undo_all.click()
    show(studio)
    assert inside.reading.take is take
    assert (inside.surgery.operations, inside.units.switched, inside.undo_all.disabled) == ((), [], True)


def test_operated_tune_replaces_what_plays_and_the_place_gives_it_back(studio: Studio, player: Recorder) -> None:
    studio.listening.play()
    assert studio.listening.playing
    open_place(studio, "Inside")
    show(studio)
    inside = studio.inside
    assert inside.roll.follows == inside.units.follows == studio.sound.view.ident != ""
    assert studio.listening.roll.follows == ""
    assert studio.sound.view.playing
    inside.surgery.part.value = ("unit", True)
    inside.surgery.off.click()
    show(studio)
    assert studio.sound.view.playing
    assert player.is_playing(inside.reading.take.tune)
    inside.undo_all.click()
    show(studio)
    open_place(studio, "Listening")
    assert studio.listening.playing
    assert (inside.roll.follows, studio.listening.roll.follows) == ("", studio.sound.view.ident)


def test_validation_loss_stands_beside_a_switch(studio: Studio, inside: InsidePlace) -> None:
    start_run(studio, updates=2)
    pause_run(studio)
    open_place(studio, "Listening")
    settle(studio)
    open_place(studio, "Inside")
    show(studio)
    inside.surgery.part.value = ("unit", True)
    inside.surgery.off.click()
    show(studio)
    network, tunes = inside.reading.source.network, studio.session.trainer.validation.tunes
    before, now = (evaluate(each, tunes).per_step for each in (network, operate(network, [Operation(0)])))
    assert words(inside.surgery.loss) == f"Validation loss {now:.2f}, {describe_change(now - before)} nats per step"
    inside.undo_all.click()
    assert words(inside.surgery.loss) == ""


def test_change_of_the_loss_has_a_sign_unless_it_rounds_to_zero() -> None:
    assert [describe_change(nats) for nats in (0.2104, -0.0006, -0.0004, 0.0, 0.0004)] == [
        *("+0.210", "-0.001", "0.000", "0.000", "0.000")
    ]


def test_held_out_tune_follows_the_weights_of_a_run(studio: Studio, inside: InsidePlace) -> None:
    start_run(studio, updates=1)
    pause_run(studio)
    names = [name for name, _ in inside.tune.options]
    assert names[1].endswith("(held out)")
    inside.tune.value = inside.tune.options[1][1]
    show(studio)
    first, order = inside.reading, inside.units.order
    assert first.take.tune.name == names[1].removesuffix(" (held out)")
    assert inside.units.note.startswith("update ")
    validations = len(studio.session.trainer.validations)
    studio.bar.pause_button.click()
    until(lambda: len(studio.session.trainer.validations) > validations + 1, studio)
    pause_run(studio)
    show(studio)
    assert inside.reading.source.weights.update > first.source.weights.update
    assert not np.array_equal(inside.reading.layers[0].h, first.layers[0].h)
    assert inside.reading.take.tune is first.take.tune
    assert inside.units.order == order


def test_take_has_newer_weights_when_the_place_is_opened(studio: Studio) -> None:
    listening = studio.listening
    start_run(studio)
    until(lambda: listening.made.run, studio)
    update = listening.made.weights.update
    until(lambda: studio.session.trainer.validations[-1][0] > update, studio)
    settle(studio)
    assert listening.made.weights.update == update  # nobody looks at it
    open_place(studio, "Inside")
    until(lambda: listening.made.weights.update > update, studio)


def test_nothing_is_computed_while_the_place_is_not_in_view(studio: Studio, inside: InsidePlace) -> None:
    open_place(studio, "Listening")
    before = inside.reading
    inside.layer.value = 1
    studio.listening.generate_button.click()
    settle(studio)
    assert inside.reading is before
    assert not inside.busy
    open_place(studio, "Inside")
    show(studio)
    assert inside.reading.take is studio.listening.take


def test_more_than_can_be_listed_is_refused(studio: Studio, inside: InsidePlace) -> None:
    sizes = studio.listening.made.network.config.hidden
    for unit in range(13):
        inside.units.chosen = unit
        inside.surgery.off.click()
    assert sizes[0] > 12
    assert "12 parts are switched already" in message(studio)
    assert len(inside.surgery.operations) == 12
    show(studio)
    assert [each.layout.display for each in inside.surgery.buttons] == [None] * 12


@pytest.mark.parametrize("weight", [float("inf"), float("nan")])
def test_weights_that_are_not_finite_are_named(studio: Studio, weight: float) -> None:
    with torch.no_grad():
        for parameter in studio.listening.made.network.lstms[1].parameters():
            parameter.fill_(weight)
    open_place(studio, "Inside")
    until(lambda: "not finite" in message(studio), studio)
    assert "choose earlier weights" in message(studio)


def test_controls_say_what_is_possible(studio: Studio, inside: InsidePlace) -> None:
    surgery = inside.surgery
    assert (surgery.hold.disabled, surgery.scale.disabled) == (True, True)
    surgery.part.value = ("input gate", True)
    assert (surgery.off.disabled, surgery.hold.disabled, surgery.scale.disabled) == (False, False, True)
    assert (surgery.hold.low, surgery.hold.slider) == (0.0, [0.0, 1.0])
    offered = {value for _, value in surgery.part.options}
    assert ("to output", True) in offered  # the bundled network has skips
    assert ("from input", True) not in offered
    inside.layer.value = 2
    show(studio)
    offered = {value for _, value in surgery.part.options}
    assert ("from input", True) in offered
    assert ("to output", True) not in offered


def test_effect_and_moments_of_a_unit_are_shown_and_played(
    studio: Studio, player: Recorder, inside: InsidePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmmusic.studio.inside.unit.AT_ONCE", 50)  # steps: two of four tunes
    searches = []

    def search(network, tunes, layer, unit, count):
        searches.append(unit)
        return strongest_moments(network, tunes, layer, unit, count)

    monkeypatch.setattr("lstmmusic.studio.inside.unit.strongest_moments", search)
    inside.pages.children[1].selected_index = 1
    inside.units.chosen = 7
    show(studio)
    assert len(searches) == 2
    searches.clear()
    network, take = inside.reading.source.network, studio.listening.take
    changes = unit_effect(network, take.tune, 0, 7)
    np.testing.assert_allclose(np.frombuffer(inside.unit.effect.values, "<f4"), changes, atol=1e-6)
    assert inside.unit.effect.name == "unit 7 of layer 1"
    tunes = studio.music.corpus.tunes
    expected = strongest_moments(network, tunes, 0, 7, 5)
    assert inside.unit.facts.moments == expected
    first = expected[0]
    name = tunes[first.tune].name
    value = f"{first.value:.2f}".replace("-", "−")
    assert inside.unit.buttons[0].description == f"▶ {name}, step {first.step}: h {value}"
    inside.unit.buttons[0].click()
    show(studio)
    until(lambda: player.tunes and player.tunes[-1].name == name, studio)
    assert inside.reading.take.tune is tunes[first.tune]
    assert inside.units.at == first.step
    assert inside.unit.facts.tune is tunes[first.tune]
    assert not searches  # the moments stay for the other tune, as the weights are the same
    inside.units.chosen = None
    show(studio)
    assert (inside.unit.facts, inside.unit.effect.values) == (None, b"")


def test_take_forgets_and_remembers_again(studio: Studio, inside: InsidePlace) -> None:
    take, made = studio.listening.take, studio.listening.made
    sampler = Sampler(made.network, made.request.primer_on(take.tune.config))
    settings = made.request.settings | {"seed": take.seed}
    inside.memory.steps.value = 2  # which forgets what is older
    show(studio)
    assert (inside.memory.way.value, inside.memory.view.chosen) == ("the last steps", 2)
    again = sampler.take(16, quiet=True, past=2, **settings)
    np.testing.assert_array_equal(inside.reading.take.tune.roll, again.tune.roll)
    assert not np.array_equal(again.tune.roll, take.tune.roll)
    assert "changed" in inside.roll.note
    assert inside.units.note == "bundled network; as it reads with all of the past"
    inside.memory.way.value = "since it forgot all"
    show(studio)
    again = sampler.take(16, quiet=True, past=2, resets=True, **settings)
    np.testing.assert_array_equal(inside.reading.take.tune.roll, again.tune.roll)
    inside.undo_all.click()
    show(studio)
    assert inside.reading.take is take
    assert (inside.memory.view.chosen, inside.undo_all.disabled) == (None, True)


def test_memory_is_measured_while_its_page_is_open(
    studio: Studio, inside: InsidePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside_memory, "LENGTHS", (1, 4))
    assert inside.memory.curve is None
    inside.pages.children[1].selected_index = 2
    show(studio)
    network, tune = inside.reading.network, inside.reading.take.tune
    expected = divergence_by_past(network, tune, inside_memory.LENGTHS, samples=inside_memory.SAMPLES)
    np.testing.assert_allclose(np.frombuffer(inside.memory.view.divergences, "<f4"), expected, rtol=1e-5)
    inside.tune.value = inside.tune.options[1][1]
    show(studio)
    assert inside.memory.way.disabled
    assert "choose the take in Listening" in words(inside.memory.words)


def test_step_that_is_pointed_at_has_its_past_below_the_units(studio: Studio, inside: InsidePlace) -> None:
    inside.pages.children[1].selected_index = 2
    inside.units.at = 9
    inside.layer.value = 1
    show(studio)
    network, tune = inside.reading.network, inside.reading.take.tune
    expected = gradient_through_time(network, tune, 9).states[1][::-1]
    np.testing.assert_allclose(np.frombuffer(inside.units.past, "<f4"), expected, rtol=1e-4)
    inside.pages.children[1].selected_index = 0
    show(studio)
    assert inside.units.past == b""


def test_earlier_run_does_not_stay_in_memory(studio: Studio, inside: InsidePlace) -> None:
    start_run(studio, updates=1)
    inside.tune.value = inside.tune.options[1][1]
    until(lambda: inside.reading.source.weights is not None, studio)
    stop_run(studio)
    show(studio)
    first = weakref.ref(studio.session.trainer)
    open_place(studio, "Listening")
    start_run(studio, updates=1)
    stop_run(studio)
    settle(studio)
    gc.collect()
    assert studio.session.trainer is not first()
    assert first() is None


def test_operations_that_another_network_does_not_have_are_dropped(studio: Studio, inside: InsidePlace) -> None:
    for unit in (2, 100):
        inside.units.chosen = unit
        inside.surgery.off.click()
    show(studio)
    start_run(studio, updates=1)  # of 8 units
    stop_run(studio)
    open_place(studio, "Listening")
    settle(studio)
    open_place(studio, "Inside")
    show(studio)
    assert inside.surgery.operations == (Operation(0, 2),)
    assert (message(studio), inside.units.shape[1], inside.units.switched) == ("", 8, [2])


def test_only_the_start_of_a_long_tune_is_watched(
    studio: Studio, inside: InsidePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmmusic.studio.inside.reading.LONGEST", 10)
    inside.tune.value = inside.tune.options[1][1]
    show(studio)
    assert inside.units.shape[0] == inside.roll.shape[0] == 10


def test_newer_weights_are_read_rarely(studio: Studio, inside: InsidePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lstmmusic.studio.inside.place.RARELY", 1e9)
    start_run(studio, updates=1)
    tune = inside.tune.value = inside.tune.options[1][1]
    until(lambda: inside.reading.source.weights is not None and inside.reading.question.subject.tune is tune, studio)
    first = inside.reading
    validations = len(studio.session.trainer.validations)
    until(lambda: len(studio.session.trainer.validations) > validations + 2, studio)
    assert inside.reading is first
    inside.layer.value = 1  # which is read at once
    until(lambda: inside.reading.question.layer == 1, studio)
    assert inside.reading.source.weights.update > first.source.weights.update


def test_long_take_is_read_in_pieces(studio: Studio) -> None:
    made = studio.listening.made
    take = Sampler(made.network, made.request.primer_on(studio.listening.take.tune.config)).take(1500, quiet=True)
    long = replace(made, takes=(take,), depths=(0,), request=replace(made.request, steps=1500))
    reader, pieces = UnitReader(studio.session.call), list[object]()

    def work() -> Iterator[object]:
        pieces.append((yield from reader.reading(Question(OfTake(long, 0), 0, "as stored", (Operation(0, 3),)))))

    pieces[:0] = work()
    reading = pieces.pop()
    assert len(pieces) > 1500 // 100  # each takes much less than a tenth of a second
    network = operate(made.network, [Operation(0, 3)])
    whole = continue_edited(network, take, take.tune, take.primer_steps, steps=1500)
    np.testing.assert_array_equal(reading.take.tune.roll, whole.tune.roll)
    np.testing.assert_array_equal(reading.take.probabilities, whole.probabilities)
    for layer, read in zip(reading.layers, read_units(network, whole.tune), strict=True):
        for name in ("h", "c", "input", "forget", "output"):
            np.testing.assert_array_equal(getattr(layer, name), getattr(read, name))
