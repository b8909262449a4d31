"""Histograms of weights and gradients in an empty page: their axes, colours and description."""

from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.views import MagnitudesView

from .heard_view import HeardView

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("closed_views")]

WIDTH = 700
NAMES = ("Layer 1", "Layer 2", "Layer 3", "Output")


def fill(view: MagnitudesView, update: int) -> None:
    counts = np.zeros((4, 61), np.int64)
    counts[:, 42:45] = (50, 100, 50)  # around a tenth
    view.show(update, NAMES, counts, np.roll(counts, -18, axis=1) * [[1], [1], [1], [0]])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_histograms_have_axes_and_a_description(page, theme):
    view = MagnitudesView()
    shown = HeardView(page, view, WIDTH, theme)
    assert shown.label == "Weights and gradients: nothing yet"
    assert shown.written() == ["How large weights and gradients are appears here once a run trains"]
    fill(view, 0)
    fill(view, 1200)
    written = shown.written()
    assert {*NAMES, "weights", "gradients", "1e-6", "0.001", "1", "update 0", "1,200"} <= {
        text.replace("1e-3", "0.001") for text in written
    }
    weights = "weights around 0.1"
    assert shown.label == (
        f"Weights and gradients after 1200 updates: Layer 1: {weights}, gradients around 1e-4; "
        f"Layer 2: {weights}, gradients around 1e-4; Layer 3: {weights}, gradients around 1e-4; "
        f"Output: {weights}, no gradients"
    )


def test_pointer_names_part_update_and_middle(page):
    view = MagnitudesView()
    shown = HeardView(page, view, WIDTH)
    for update in (0, 50, 1200):
        fill(view, update)
    shown.written()
    box = shown.canvas.bounding_box()
    page.mouse.move(box["x"] + WIDTH - 20, box["y"] + 140)
    assert "Output, update 1,200: no gradients" in shown.written()
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    assert "Layer 1, update 0: weights around 0.1" in shown.written()
