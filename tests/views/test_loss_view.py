"""The loss view without a browser: what it keeps, what it sends when a page zooms, and another run beside it."""

from __future__ import annotations

import numpy as np
import pytest
from traitlets import TraitError

from lstmmusic.views import LossView, OverlaidRun
from lstmmusic.views.plots.curves import automatic_weight, smooth, thin
from tests.wires import receive

pytestmark = pytest.mark.usefixtures("closed_views")

CURVES = ("training", "smoothed", "validation")


def curve(sent):
    return np.frombuffer(sent, dtype="<f4").reshape(2, -1)


def noise(size, seed=0):
    return np.arange(1.0, size + 1), np.random.default_rng(seed).uniform(5, 6, size)


def zoom(view, first, last):
    receive(view, {"kind": "zoom", "from": first, "to": last})


@pytest.mark.parametrize("weight", [0, 0.01, 0.5, 0.95, 0.9999, 1])
def test_smoothing_is_the_mean_with_falling_weights(weight):
    values = np.random.default_rng(1).normal(size=3000)
    total = count = 0.0
    expected = []
    for value in values:
        total, count = weight * total + value, weight * count + 1
        expected.append(total / count)
    np.testing.assert_allclose(smooth(values, weight), expected, atol=1e-9)


def test_smoothing_a_curve_leaves_it_as_it_is():
    values = np.array([3.0, 1.0])
    smooth(values, 0)[0] = 7
    smooth(values, 0.9)[0] = 7
    assert values.tolist() == [3, 1]


def test_smoothing_is_automatic_or_chosen():
    updates, losses = noise(300)
    view = LossView()
    view.show(updates, losses)
    np.testing.assert_allclose(curve(view.smoothed)[1], smooth(losses, automatic_weight(300)), rtol=1e-6)
    view.smoothing = 0.5
    np.testing.assert_allclose(curve(view.smoothed)[1], smooth(losses, 0.5), rtol=1e-6)
    view.smoothing = 0
    assert view.smoothed == view.training
    with pytest.raises(TraitError):
        view.smoothing = 1.5


def test_thinning_keeps_all_of_a_part_and_an_outline_of_the_rest():
    updates, losses = noise(50_000)
    kept = thin(updates, losses, (20_000, 21_000))
    inside = (kept[0] >= 20_000) & (kept[0] <= 21_000)
    np.testing.assert_array_equal(kept[0, inside], np.arange(20_000, 21_001))
    assert 500 < (~inside).sum() <= 1000
    assert kept[0, [0, -1]].tolist() == [1, 50_000]
    assert np.all(np.diff(kept[0]) > 0)


@pytest.mark.parametrize("part", [(-9.0, -1.0), (0.0, 10.0), (49_990.0, 90_000.0), (60_000.0, 70_000.0), (7.2, 7.8)])
def test_any_part_can_be_thinned(part):
    updates, losses = noise(50_000)
    kept = thin(updates, losses, part)
    assert kept[0, [0, -1]].tolist() == [1, 50_000]
    assert 400 < kept.shape[1] <= 3000


def test_zoomed_page_gets_all_points_of_its_part():
    updates, losses = noise(20_000)
    view = LossView()
    view.show(updates, losses)
    before = view.training
    zoom(view, 5000.5, 5100)
    kept = curve(view.training)
    inside = (kept[0] > 5000) & (kept[0] <= 5100)
    np.testing.assert_allclose(kept[:, inside], [updates[5000:5100], losses[5000:5100]], rtol=1e-6)
    assert np.isin(np.arange(5001, 5101), curve(view.smoothed)[0]).all()
    view.show(updates, losses)  # training continues
    np.testing.assert_array_equal(curve(view.training), kept)
    zoom(view, None, None)
    assert view.training == before


@pytest.mark.parametrize(
    "content",
    [
        "zoom",
        {"kind": "tick"},
        {"kind": "zoom"},
        {"kind": "zoom", "from": "1", "to": [2]},
        {"kind": "zoom", "from": 9, "to": 3},
        {"kind": "zoom", "from": float("nan"), "to": 3},
        {"kind": "zoom", "from": -float("inf"), "to": 3},
    ],
)
def test_malformed_messages_change_nothing(content):
    view = LossView()
    view.show(*noise(5000))
    before = view.training
    receive(view, content)
    assert view.training == before


def test_page_chooses_which_weights_are_heard():
    view = LossView(snapshots=[0, 1, 10])
    view.set_state({"heard": 10})
    assert view.heard == 10
    view.set_state({"heard": None})
    assert view.heard is None
    for wrong in ({"heard": 1.5}, {"snapshots": ["1"]}, {"last": "oldest"}):
        with pytest.raises(TraitError):
            view.set_trait(*next(iter(wrong.items())))


def overlaid(view):
    """Return the name, the look, the smoothed loss and the validation of each run."""
    numbers, found, at = np.frombuffer(view.overlaid_curves, "<f4"), [], 0
    for run in view.overlaid:
        parts = []
        for size in run["sizes"]:
            parts.append(numbers[at : at + 2 * size].reshape(2, size))
            at += 2 * size
        found.append((run["name"], run["look"], *parts))
    assert at == numbers.size
    return found


def test_several_runs_are_shown_until_there_are_none():
    view = LossView(smoothing=0.0)
    view.show([1, 2], [9.0, 8.0], [2], [8.5])
    runs = [
        OverlaidRun("second", 5, ([1, 2, 3], [7.0, 6.0, np.nan]), ([0], [9.5])),
        OverlaidRun("third", 0, validation=([1, 2], [4.0, 3.0])),
    ]
    view.overlay(runs)
    second, third = overlaid(view)
    assert (second[:2], third[:2]) == (("second", 5), ("third", 0))
    np.testing.assert_array_equal(second[2], [[1, 2], [7, 6]])
    np.testing.assert_array_equal(second[3], [[0], [9.5]])
    assert third[2].size == 0
    np.testing.assert_array_equal(third[3], [[1, 2], [4, 3]])
    view.show([1], [4.0])
    assert len(view.overlaid) == 2
    view.overlay([])
    assert (view.overlaid, view.overlaid_curves) == ([], b"")
    np.testing.assert_array_equal(curve(view.training), [[1], [4]])


def test_zoom_and_smoothing_apply_to_all_runs():
    view = LossView(smoothing=0.0)
    view.overlay([OverlaidRun(str(seed), seed, noise(9000, seed), noise(9000, 9)) for seed in range(3)])
    zoom(view, 100, 200)
    for _, _, smoothed, validation in overlaid(view):
        for part in (smoothed, validation):
            assert np.isin(np.arange(100, 201), part[0]).all()
    view.smoothing = 0.9
    np.testing.assert_allclose(overlaid(view)[1][2][1][:50], smooth(noise(9000, 1)[1], 0.9)[:50], rtol=0.3)


def test_runs_of_wrong_shape_and_too_many_runs_are_refused():
    view = LossView()
    with pytest.raises(ValueError, match="validation has shape"):
        view.overlay([OverlaidRun("other", 0, ([1], [2.0]), ([1, 2], [3.0]))])
    with pytest.raises(ValueError, match="at most 8 can"):
        view.overlay([OverlaidRun(str(number), number) for number in range(9)])
    with pytest.raises(ValueError, match="cannot be told apart"):
        view.overlay([OverlaidRun("other", 8)])
    assert (view.overlaid, view.overlaid_curves) == ([], b"")


@pytest.mark.parametrize(
    "mark", [{"update": 3}, {"update": 3.5, "text": "clip"}, {"update": 3, "text": None}, {"text": "a", "at": 2}]
)
def test_malformed_marks_are_refused(mark):
    with pytest.raises(TraitError, match="a mark is"):
        LossView(marks=[{"update": 1, "text": "fine"}, mark])


def test_long_curves_of_eight_runs_are_a_small_message():
    view = LossView()
    view.overlay([OverlaidRun("one", number, noise(50_000), noise(50_000)) for number in range(8)])
    assert len(view.overlaid_curves) <= 8 * 2 * 2000 * 8
    zoom(view, 10_000, 20_000)
    assert len(view.overlaid_curves) <= 8 * 2 * 3000 * 8
