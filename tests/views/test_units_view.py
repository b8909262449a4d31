"""The view of units without a browser: what it sends, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from traitlets import TraitError

from lstmmusic.views import EffectView, PastView, UnitsView
from tests.wires import Wire

pytestmark = pytest.mark.usefixtures("closed_views")


def make_view(steps: int = 12, units: int = 4, **options: object) -> UnitsView:
    view = UnitsView(**options)
    view.comm = Wire()
    view.show(np.linspace(-1, 1, steps * units).reshape(steps, units))
    return view


def read(view: UnitsView) -> np.ndarray:
    return np.frombuffer(view.values, np.uint8).reshape(view.shape)


def test_numbers_are_bytes_in_the_order_of_units_in_one_message():
    view = UnitsView()
    view.comm = Wire()
    view.show([[-1, 0, 0.5], [0.2, 1, -0.5]], order=[2, 0, 1])
    np.testing.assert_array_equal(read(view), [[191, 0, 127], [63, 152, 254]])
    assert (view.order, view.limit, len(view.comm.sent)) == ([2, 0, 1], 1.0, 1)
    view.show([[0, 1], [0.5, 0.25]], signed=False)
    np.testing.assert_array_equal(read(view), [[0, 255], [128, 64]])


def test_limit_of_cells_is_the_next_half():
    view = make_view()
    view.show([[2.2, -0.1]])
    assert view.limit == 2.5
    np.testing.assert_array_equal(read(view), [[239, 122]])


def test_chosen_unit_and_step_stay_where_there_is_one():
    view = make_view(12, 4)
    view.chosen, view.at = 3, 11
    view.trace({"h": np.zeros(12)})
    view.show(np.zeros((12, 4)))
    assert (view.chosen, view.at, view.traces, view.trace_names) == (3, 11, b"", [])
    view.show(np.zeros((6, 2)))
    assert (view.chosen, view.at) == (None, None)
    view.clear()
    assert view.shape == (0, 1)


def test_lines_and_past_are_sent_as_floats():
    view = make_view(3, 2)
    view.trace({"h": [0, 0.5, -1], "c": [0, 1.7, -2]})
    np.testing.assert_array_equal(np.frombuffer(view.traces, "<f4").reshape(2, 3)[1], np.float32([0, 1.7, -2]))
    assert (view.trace_names, view.trace_limit) == (["h", "c"], 2.0)
    view.show_past([0.25, 1])
    np.testing.assert_array_equal(np.frombuffer(view.past, "<f4"), [0.25, 1])


def test_what_cannot_be_shown_is_refused_and_changes_nothing():
    view = make_view(3, 2)
    before = view.values
    for numbers, problem in (([1, 2], "must be"), ([[np.nan]], "finite")):
        with pytest.raises(ValueError, match=problem):
            view.show(numbers)
    with pytest.raises(ValueError, match="from 0 to 1"):
        view.show([[1.5]], signed=False)
    with pytest.raises(ValueError, match="each of the 2 units once"):
        view.show(np.zeros((3, 2)), order=[0, 0])
    with pytest.raises(ValueError, match="must be"):
        view.trace({"h": [0, 1]})
    assert view.values == before
    for name, value in (("chosen", 2), ("chosen", -1), ("at", 3)):
        with pytest.raises(TraitError, match=f"{name} is {value}"):
            setattr(view, name, value)


def test_changes_of_notes_are_sent_as_floats():
    view = EffectView(lowest=60)
    view.comm = Wire()
    view.show([0.25, -0.5], "unit 3 of layer 1")
    np.testing.assert_array_equal(np.frombuffer(view.values, "<f4"), [0.25, -0.5])
    assert (view.name, len(view.comm.sent)) == ("unit 3 of layer 1", 1)
    for wrong in ([[0.5]], [np.inf]):
        with pytest.raises(ValueError, match="it must be"):
            view.show(wrong)


def test_curve_of_memory_is_sent_as_far_as_it_is_known():
    view = PastView()
    view.comm = Wire()
    view.show([1, 2, 4], [0.5, 0.25])
    np.testing.assert_array_equal(np.frombuffer(view.divergences, "<f4"), [0.5, 0.25])
    assert (view.lengths, len(view.comm.sent)) == ([1, 2, 4], 1)
    for wrong in ([1, 2, 3, 4], [np.nan]):
        with pytest.raises(ValueError, match="one finite number for each of the 3 lengths"):
            view.show([1, 2, 4], wrong)
