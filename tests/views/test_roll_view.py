"""What a roll sends beyond its cells: random numbers, changes, and the selection."""

from __future__ import annotations

import numpy as np
import pytest
from traitlets import TraitError

from lstmmusic.views import RollEdit, RollNote, RollView
from lstmmusic.views.roll.roll import MOST_VERSIONS
from tests.wires import Wire, receive

pytestmark = pytest.mark.usefixtures("closed_views")


def numbers(sent: bytes) -> np.ndarray:
    return np.frombuffer(sent, "<u2")


def test_probabilities_are_sent_with_three_digits():
    chances = np.random.default_rng(0).random((50, 88))
    view = RollView()
    view.show(chances >= 0.5, probabilities=chances)
    np.testing.assert_allclose(numbers(view.probabilities).reshape(50, 88) / 65535, chances, atol=1e-5)


def test_random_numbers_of_the_last_steps_are_sent():
    view = RollView()
    drawn = np.float32([[0, 0.25, np.nan], [0.5, 0.99999994, 1.0]])
    view.show(np.zeros((5, 3)), uniforms=drawn)
    assert numbers(view.uniforms).tolist() == [0, 16383, 65535, 32767, 65534, 65534]
    view.show(np.zeros((5, 3)))
    assert view.uniforms == b""


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"uniforms": np.zeros((3, 4))}, r"uniforms has shape \(3, 4\); it must be \(at most 2, 4\)"),
        ({"uniforms": np.zeros((2, 5))}, r"uniforms has shape \(2, 5\)"),
        ({"uniforms": np.zeros(4)}, r"uniforms has shape \(4,\)"),
        ({"uniforms": np.full((2, 4), -0.1)}, r"uniforms has values outside \[0, 1\]"),
        ({"velocities": np.zeros((2, 5))}, r"velocities has shape \(2, 5\); it must be that of cells"),
        ({"velocities": np.ones((2, 4))}, "velocities must be 1 to 127 where notes start, and 0 elsewhere"),
        ({"before": np.zeros((2, 5))}, r"before has shape \(2, 5\); it must be \(steps, 4\)"),
        ({"before": np.zeros(4)}, r"before has shape \(4,\)"),
    ],
)
def test_layers_that_do_not_fit_are_refused(layer, message):
    view = RollView()
    with pytest.raises(ValueError, match=message):
        view.show(np.zeros((2, 4)), **layer)
    assert view.shape == (0, 0)


def test_changes_are_marked_and_counted():
    roll = np.zeros((6, 4))
    roll[2:4, 1] = 1
    before = roll.copy()
    before[3, 1], before[5, 2] = 0, 1
    view = RollView()
    view.show(roll, before=before)
    assert np.flatnonzero(np.frombuffer(view.changed, np.uint8)).tolist() == [3 * 4 + 1, 5 * 4 + 2]
    assert view.note == "2 cells changed from step 3 onwards"
    view.show(roll, before=roll)
    assert (view.note, any(view.changed)) == ("nothing changed", False)
    before = roll.copy()
    before[2, 1] = 0
    view.show(roll, before=before)
    assert view.note == "1 cell changed, in step 2"
    view.show(roll)
    assert (view.note, view.changed) == ("", b"")


def test_steps_of_only_one_roll_did_not_change():
    roll = np.ones((6, 4))
    view = RollView()
    view.show(roll, before=roll[:4])
    assert view.note == "nothing changed"
    view.show(roll[:4], before=roll)
    assert view.note == "nothing changed"
    assert len(view.changed) == 4 * 4


def test_notes_of_a_heat_map_are_compared():
    roll = np.eye(4)
    view = RollView(palette="probability")
    view.show(np.full((4, 4), 0.7), notes=roll, before=roll)
    assert view.note == "nothing changed"


def test_selection_lies_in_the_roll():
    view = RollView(selectable=True)
    view.show(np.zeros((40, 4)))
    view.selection = (10, 30)
    view.set_trait("selection", [10, 31])  # what a browser sends
    assert view.selection == (10, 31)
    for bad in ((5, 4), (-1, 4)):
        with pytest.raises(TraitError, match="selection is"):
            view.selection = bad
    view.show(np.zeros((20, 4)))
    assert view.selection == (10, 20)


def test_roll_may_be_60_pixels_high():
    assert RollView(height=60, compact=True).height == 60
    with pytest.raises(TraitError):
        RollView(height=59)


def test_velocities_are_sent_in_the_cells_of_their_notes():
    roll = np.array([[1, 0], [1, 1], [1, 0], [1, 0]])
    onsets = np.array([[1, 0], [0, 1], [1, 0], [0, 0]])
    struck = onsets * [[30, 0], [0, 127], [64, 0], [0, 0]]
    view = RollView()
    view.show(roll, onsets=onsets, velocities=struck)
    cells = np.frombuffer(view.cells, np.uint8).reshape(4, 2).astype(int) - 128
    assert cells.tolist() == [[30, -128], [30, 127], [64, -128], [64, -128]]
    assert (view.velocities, view.count) == ((30, 127), 3)
    for wrong in (struck + roll, struck * 2, struck * (struck > 30)):
        with pytest.raises(ValueError, match="velocities must be 1 to 127 where notes start"):
            view.show(roll, onsets=onsets, velocities=wrong)
    assert view.velocities == (30, 127)
    view.show(roll, onsets=onsets)
    assert (view.velocities, set(view.cells)) == ((0, 0), {0, 255})
    view.show(np.zeros((4, 2)), velocities=np.zeros((4, 2)))
    assert (view.velocities, set(view.cells)) == ((0, 0), {0})


def test_new_tune_resets_the_zoom_unless_it_is_at_the_same_place():
    view = RollView(first=3.0, span=4.0, pitch_first=5.0, pitch_span=20.0)
    zoom = ("first", "span", "pitch_first", "pitch_span")
    view.show(np.zeros((10, 88)))
    assert [getattr(view, name) for name in zoom] == [3, 4, 5, 20]  # as it was made
    view.show(np.zeros((10, 88)))
    assert [getattr(view, name) for name in zoom] == [0, 0, 0, 0]
    view.place = "a take"
    view.show(np.zeros((10, 88)))
    view.span, view.pitch_span = 4.0, 20.0
    view.show(np.ones((10, 88)))
    assert (view.span, view.pitch_span) == (4, 20)
    view.place = "another"
    view.show(np.ones((10, 88)))
    assert (view.span, view.pitch_span) == (0, 0)


def test_nothing_is_marked_until_the_page_marks_it_and_a_tune_elsewhere_unmarks_it():
    view = RollView(tools=True, place="one")
    assert view.selection is None
    view.show(np.zeros((10, 88)))
    view.selection = (4, 20)
    view.show(np.zeros((10, 88)))
    assert view.selection == (4, 10)
    view.show(np.zeros((4, 88)))
    assert view.selection is None
    view.selection = (1, 2)
    view.place = "another"
    view.show(np.zeros((10, 88)))
    assert view.selection is None


def edited(**traits) -> tuple[RollView, list[RollEdit]]:
    edits: list[RollEdit] = []
    view = RollView(edits.append, lowest=60, **traits)
    view.comm = Wire()
    view.show(np.zeros((8, 12)))
    return view, edits


def send(view: RollView, first: object, rows: list[list[int]], version: object = None) -> None:
    content = {"kind": "edit", "first": first, "version": view.version if version is None else version}
    receive(view, content, [np.asarray(rows, "<i4").tobytes()])


def test_edit_is_passed_on_as_notes_and_as_grids():
    view, edits = edited()
    assert view.editable
    send(view, 2, [[60, 2, 3, 80], [60, 5, 1, 70], [71, 0, 8, 1]])
    (edit,) = edits
    assert edit.notes == (RollNote(60, 2, 3, 80), RollNote(60, 5, 1, 70), RollNote(71, 0, 8, 1))
    assert (edit.first, edit.shape, edit.lowest) == (2, (8, 12), 60)
    roll, onsets, velocities = edit.grids()
    assert roll[:, 0].tolist() == [0, 0, 1, 1, 1, 1, 0, 0]
    assert np.argwhere(onsets).tolist() == [[0, 11], [2, 0], [5, 0]]
    assert velocities[onsets].tolist() == [1, 80, 70]
    view.show(roll, onsets=onsets, velocities=velocities)
    assert view.count == 3


@pytest.mark.parametrize(
    ("first", "rows"),
    [
        (0, [[59, 0, 1, 80]]),
        (0, [[72, 0, 1, 80]]),
        (0, [[60, 0, 9, 80]]),
        (0, [[60, -1, 2, 80]]),
        (0, [[60, 0, 0, 80]]),
        (0, [[60, 0, 1, 128]]),
        (0, [[60, 0, 3, 80], [60, 2, 1, 80]]),
        (0, [[60, 2, 1, 80], [60, 0, 3, 80]]),
        (0, [[60, 0, 1]]),
        (8, []),
        ("0", []),
        (True, []),
    ],
)
def test_edit_that_does_not_fit_the_roll_is_refused_and_the_page_shows_the_tune_again(first, rows):
    view, edits = edited()
    version = view.version
    send(view, first, rows)
    assert edits == []
    assert view.version > version


def test_edit_of_an_earlier_version_has_the_shape_of_that():
    view, edits = edited()
    first = view.version
    view.lowest = 50
    view.show(np.zeros((4, 6)))
    send(view, 6, [[71, 6, 2, 80]], first)
    send(view, 3, [[50, 3, 1, 80]])
    assert [(edit.shape, edit.lowest, edit.version) for edit in edits] == [
        ((8, 12), 60, first),
        ((4, 6), 50, first + 1),
    ]


def test_edit_of_no_version_that_can_be_edited_is_refused():
    view, edits = edited()
    first = view.version
    for _ in range(MOST_VERSIONS):
        view.restore()
    for version in (first, 99, 0, "1", True, [view.version]):
        before = view.version
        send(view, 0, [[60, 0, 1, 80]], version)
        assert edits == []
        assert view.version == before + 1  # the page shows the tune again


def test_roll_without_a_callback_cannot_be_edited():
    view = RollView()
    view.comm = Wire()
    view.show(np.zeros((8, 88)))
    send(view, 0, [[60, 0, 1, 80]])
    assert not view.editable
