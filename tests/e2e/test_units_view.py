"""The pictures of units in a browser, without a notebook: pointer, keys, words, and texts that fit."""

from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.views import EffectView, PastView, UnitsView

from .bare_view import BOX_TEXTS, BareView, check_boxes
from .heard_view import HeardView

pytestmark = pytest.mark.browser

STEPS, UNITS = 64, 20


def make_view(**options):
    view = UnitsView(layer=2, quantity="h", title="Layer 2: h, what a unit says", note="update 976", **options)
    steps, units = np.arange(STEPS)[:, None], np.arange(UNITS)[None]
    view.bars = [(0.0, 16.0, 4.0)]
    view.show(np.sin(steps / (2 + units)))
    return view


def cell_of(view, unit, step, width=800):
    """Return the pixel in the middle of a cell."""
    left, right, top, bottom = 40, width - 12, 24, view.height - 18
    bottom -= 0.38 * (bottom - top) + 6  # for the traces of a unit
    x = left + (right - left) * (step + 0.5) / STEPS
    return {"x": x, "y": top + (bottom - top) * (unit + 0.5) / UNITS}


def test_unit_and_step_are_chosen_by_pointer_and_by_keys(page, closed_views):
    view = make_view()
    bare = BareView(page, view, 800)
    canvas, press = bare.canvas, page.keyboard.press
    assert canvas.get_attribute("role") == "slider"
    assert canvas.get_attribute("aria-label") == "Units of layer 2, h: 20 units in 64 steps"
    assert canvas.get_attribute("aria-valuetext") == "no unit chosen"
    canvas.click(position=cell_of(view, 7, 21))
    assert (bare.get("chosen"), bare.get("at")) == (7, 21)
    number = f"{np.sin(21 / 9):.2f}"
    assert canvas.get_attribute("aria-valuetext") == f"unit 7 of layer 2, h {number} at bar 2 beat 2.25"
    for key, found in (("ArrowDown", (8, 21)), ("ArrowRight", (8, 22)), ("PageUp", (0, 22)), ("End", (0, 63))):
        press(key)
        assert (bare.get("chosen"), bare.get("at")) == found
    assert canvas.get_attribute("aria-valuenow") == "0"
    press("+")
    assert bare.get("span") == pytest.approx(STEPS / 1.5)
    assert bare.get("first") > 0  # around the chosen step
    press("0")
    assert (bare.get("first"), bare.get("span")) == (0, 0)
    press("Escape")
    assert (bare.get("chosen"), bare.get("at")) == (None, None)
    press("ArrowUp")  # the first key shows where one is
    assert (bare.get("chosen"), bare.get("at")) == (10, 32)


def test_step_of_another_tune_is_no_longer_named(page, closed_views):
    view = make_view()
    bare = BareView(page, view, 800)
    spoken = page.locator(".lstmmusic-spoken")
    bare.canvas.click(position=cell_of(view, 7, 21))
    assert spoken.inner_text() == bare.canvas.get_attribute("aria-valuetext")
    assert spoken.inner_text().startswith("unit 7 of layer 2, h ")
    view.chosen, view.at = 7, None  # as for another tune
    view.show(np.zeros((STEPS, UNITS)))
    bare.send()
    assert spoken.inner_text() == ""
    assert bare.canvas.get_attribute("aria-valuetext") == "unit 7 of layer 2"


def test_rows_have_the_order_that_python_gives_them(page, closed_views):
    view = make_view()
    view.show(np.zeros((STEPS, UNITS)), order=list(range(UNITS))[::-1])
    bare = BareView(page, view, 800)
    bare.canvas.click(position=cell_of(view, 0, 5))
    assert bare.get("chosen") == 19


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800])
def test_texts_fit_and_name_what_is_drawn(page, closed_views, width, theme):
    view = make_view(height=320)
    view.chosen, view.at, view.switched = 3, 40, [3, 5]
    lines = {name: np.linspace(-1, 1, STEPS) for name in ("h", "c", "input gate", "forget gate", "output gate")}
    view.trace(lines)
    view.show_past(np.exp(-np.arange(40)[::-1] / 5))
    heard = HeardView(page, view, width, theme)
    page.evaluate(BOX_TEXTS)
    view.note = "update 977"
    heard.send()
    page.evaluate("() => { window.boxes = window.boxes.filter(({ text }) => text !== 'unit'); }")  # which goes up
    texts = check_boxes(page, width, view.height)
    assert {"Unit 3", "h", "steps", "−1", "1", "10⁻⁶"} <= set(texts)
    assert width == 360 or {"c", "input gate", "forget gate", "output gate", "update 977"} <= set(texts)
    assert heard.canvas.evaluate("canvas => canvas.getContext('2d').getImageData(60, 40, 1, 1).data[3]") == 255


def test_notes_of_a_unit_are_named(page, closed_views):
    effect = EffectView(lowest=60, height=110)
    effect.show([0, 0.2, -0.1], "unit 3 of layer 1")
    shown = HeardView(page, effect, 350)
    assert shown.label == "unit 3 of layer 1 raises C♯4 +0.200; lowers D4 −0.100"
    page.evaluate(BOX_TEXTS)
    effect.show([0, 0.3, -0.1], "unit 3 of layer 1")
    shown.send()
    assert {"raises ▲", "lowers ▼", "probability, to ±0.300", "C4"} <= set(check_boxes(page, 350, 110))


def test_curve_of_memory_is_named(page, closed_views):
    past = PastView(height=150)
    past.show([1, 2, 4, 8], [0.8, 0.4, 0.1])
    shown = HeardView(page, past, 350)
    assert shown.label.startswith("Memory: predictions change by 0.80 nats after 1 step, ")
    page.evaluate(BOX_TEXTS)
    past.chosen = 2
    shown.send()
    assert {"1", "2", "4", "8", "steps of the past that are known"} <= set(check_boxes(page, 350, 150))
