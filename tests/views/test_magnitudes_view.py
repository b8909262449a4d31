"""Histograms over time without a browser: what is kept and sent."""

from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.views import MagnitudesView

pytestmark = pytest.mark.usefixtures("closed_views")

NAMES = ("Layer 1", "Output")
WEIGHTS, GRADIENTS = [[0, 10, 20], [4, 0, 1]], [[0, 0, 0], [1, 1, 1]]


def shares(view: MagnitudesView) -> np.ndarray:
    return np.frombuffer(view.shares, np.uint8).reshape(len(view.updates), 2, len(view.names), -1)


def test_each_histogram_is_relative_to_its_fullest_bin():
    view = MagnitudesView()
    view.show(3, NAMES, WEIGHTS, GRADIENTS)
    assert (view.updates, view.names) == ([3], list(NAMES))
    assert shares(view)[0].tolist() == [[[0, 128, 255], [255, 0, 255]], [[0, 0, 0], [255, 255, 255]]]


def test_history_continues_until_another_run_begins_and_is_thinned_when_long():
    view = MagnitudesView()
    for update in range(241):
        view.show(update, NAMES, WEIGHTS, GRADIENTS)
    assert view.updates == [*range(0, 240, 2), 240]
    assert len(shares(view)) == 121
    view.show(7, NAMES, WEIGHTS, GRADIENTS)
    assert view.updates == [7]
    view.show(8, NAMES[::-1], WEIGHTS, GRADIENTS)
    assert (view.updates, view.names) == ([8], list(NAMES[::-1]))
    view.clear()
    assert (view.updates, view.shares) == ([], b"")


def test_each_name_has_its_row():
    with pytest.raises(ValueError, match="2 rows"):
        MagnitudesView().show(0, NAMES, [[1]], [[1]])
