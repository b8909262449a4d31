"""The health of layers without a browser: what is kept and sent."""

from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.views import HealthView

pytestmark = pytest.mark.usefixtures("closed_views")

LAYERS = (("Layer 1", 0.5, 0.25, 0.75), ("Output", 2.0, 1.0, None))


@pytest.fixture
def view():
    return HealthView()


def history(view):
    return np.frombuffer(view.history, dtype="<f4").reshape(-1, len(view.names), 3)


def test_layers_are_kept_in_order_and_gates_may_be_missing(view):
    view.show(LAYERS)
    view.show([("Layer 1", 4.0, 0.0, 0.0), ("Output", 3.0, 0.5, None)])
    assert view.names == ["Layer 1", "Output"]
    expected = [[[0.5, 0.25, 0.75], [2, 1, np.nan]], [[4, 0, 0], [3, 0.5, np.nan]]]
    np.testing.assert_array_equal(history(view), np.float32(expected))


def test_only_the_newest_calls_are_kept(view):
    for call in range(125):
        view.show([("one", float(call), 0.0, None), ("two", 0.0, 0.0, 0.0)])
    np.testing.assert_array_equal(history(view)[:, 0, 0], np.arange(5, 125))
    assert len(view.history) == 120 * 2 * 3 * 4


def test_other_layers_start_a_new_history(view):
    view.show(LAYERS)
    view.show([("one", 1.0, 0.0, None), ("two", 1.0, 0.0, None)])
    assert view.names == ["one", "two"]
    assert history(view).shape == (1, 2, 3)


@pytest.mark.parametrize("norm", [0.0, float("inf"), float("nan")])
def test_any_possible_norm_is_shown(view, norm):
    view.show([("one", norm, 0.0, 1.0)])
    np.testing.assert_array_equal(history(view)[0, 0], np.float32([norm, 0, 1]))


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (("two", -1.0, 0.0, 0.0), "two has a gradient norm of -1"),
        (("two", 1.0, 90.0, 0.0), "two has shares of 90 and 0"),
        (("two", 1.0, 0.0, -0.1), r"two has shares of 0 and -0\.1"),
    ],
)
def test_impossible_numbers_are_refused(view, layer, said):
    with pytest.raises(ValueError, match=said):
        view.show([("one", 1.0, 0.0, None), layer])
    assert (view.names, view.history) == ([], b"")


def test_it_can_be_cleared(view):
    view.show(LAYERS)
    view.clear()
    assert (view.names, view.history) == ([], b"")
    view.show(())
    assert (view.names, view.history) == ([], b"")
