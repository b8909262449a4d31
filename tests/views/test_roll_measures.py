"""What was measured of a tune, on its roll: the surprise of a network, and copies of other music."""

from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.views import RollView
from tests.wires import Wire, receive

pytestmark = pytest.mark.usefixtures("closed_views")


@pytest.fixture
def heard() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def view(heard) -> RollView:
    made = RollView(on_hear=lambda copy, step: heard.append((copy, step)))
    made.comm = Wire()
    made.show(np.zeros((10, 4)))
    return made


def test_nats_and_marks_are_sent_until_another_tune_is_shown(view):
    nats = np.arange(10) / 4
    nats[0] = np.nan
    view.show_surprise(nats, [(3, 2, 7.5), (9, 0, 4.0)])
    np.testing.assert_array_equal(np.frombuffer(view.surprise, "<f4"), nats)
    assert view.marks == [(3, 2, 7.5), (9, 0, 4.0)]
    view.show_copies([(2, 6, "four steps")])
    assert view.copies == [(2, 6, "four steps")]
    view.show(np.zeros((10, 4)))
    assert (view.surprise, view.marks, view.copies) == (b"", [], [])


@pytest.mark.parametrize(
    ("show", "message"),
    [
        (lambda view: view.show_surprise(np.zeros(9)), r"nats has shape \(9,\); it must be \(10,\)"),
        (lambda view: view.show_surprise(np.full(10, -0.1)), "0 or more"),
        (lambda view: view.show_surprise(np.zeros(10), [(10, 0, 1.0)]), "marks must be within 10 steps"),
        (lambda view: view.show_surprise(np.zeros(10), [(0, 4, 1.0)]), "4 pitches"),
        (lambda view: view.show_copies([(8, 11, "")]), "stretches must be within 10 steps"),
        (lambda view: view.show_copies([(3, 3, "")]), "stretches must be within"),
    ],
)
def test_what_does_not_fit_is_refused(view, show, message):
    with pytest.raises(ValueError, match=message):
        show(view)
    assert (view.surprise, view.marks, view.copies) == (b"", [], [])


def test_a_copy_that_is_clicked_is_passed_on(view, heard):
    view.show_copies([(2, 6, ""), (5, 9, "")])
    valid = {"kind": "hear", "copy": 1, "step": 7, "version": view.version}
    receive(view, valid)
    for wrong in ({"copy": 2}, {"copy": -1}, {"copy": True}, {"step": 9}, {"step": 6.5}, {"version": view.version - 1}):
        receive(view, valid | wrong)
    receive(view, {"kind": "hear"})
    assert heard == [(1, 7)]
