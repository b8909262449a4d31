"""The health of layers in an empty page: its texts, its bars and what the pointer explains."""

from __future__ import annotations

import pytest

from lstmmusic.views import HealthView

from .heard_view import HeardView

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("closed_views")]

WIDTH = 700
LAYERS = [
    ("Layer 1", 0.0213, 0.95, 0.12),
    ("Layer 2", 1.5, 0.4, 0.62),
    ("<b>Layer 3</b>", 12345.6, 0.002, 0.0),
    ("Output", 3.0, 0.0, None),
]
# Rows of the strip with something orange in them, as is what needs attention.
ORANGE = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const rows = new Set();
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] > 220 && data[at + 1] > 60 && data[at + 1] < 180 && data[at + 2] < 60) {
      rows.add(Math.floor((Math.floor(at / 4 / canvas.width) - 20) / 22.5));
    }
  }
  return [...rows].sort();
}"""


@pytest.fixture
def health():
    view = HealthView()
    view.show(LAYERS)
    return view


def test_strip_shows_and_describes_each_layer(page):
    view = HealthView()
    shown = HeardView(page, view, WIDTH)
    assert shown.label == "Health of the layers: nothing yet"
    assert shown.written() == ["How well each layer learns appears here once a run trains"]
    view.show(LAYERS)
    view.show(LAYERS)
    written = shown.written()
    assert {"gradient norm", "clipped", "saturated gates", "<b>Layer 3</b>"} <= set(written)
    assert {"0.0213", "95%", "12%", "12,346", "<1%", "no gates"} <= set(written)
    assert shown.label == (
        "Health of the layers: Layer 1: gradient norm 0.0213, 95% clipped, 12% of gates saturated; "
        "Layer 2: gradient norm 1.5, 40% clipped, 62% of gates saturated; "
        "<b>Layer 3</b>: gradient norm 12,346, <1% clipped, 0% of gates saturated; "
        "Output: gradient norm 3, 0% clipped"
    )
    view.clear()
    assert shown.written() == ["How well each layer learns appears here once a run trains"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_above_their_level_are_in_the_warning_colour(page, health, theme):
    shown = HeardView(page, health, WIDTH, theme)
    assert shown.canvas.evaluate(ORANGE) == [0, 1]  # clipped in the first row, saturated in the second
    health.show([(name, norm, 0.9, saturated and 0.5) for name, norm, _, saturated in LAYERS])
    shown.send()
    assert shown.canvas.evaluate(ORANGE) == []


def test_updates_are_counted_where_the_norm_of_all_gradients_is_clipped(page):
    view = HealthView(by_norm=True)
    view.show([("Layer 1", 0.5, 1.0, 0.2), ("Output", 2.0, 1.0, None)])
    shown = HeardView(page, view, WIDTH)
    assert "updates clipped" in shown.written()
    assert "Layer 1: gradient norm 0.5, 100% of updates clipped, 20% of gates saturated" in shown.label
    assert shown.canvas.evaluate(ORANGE) == []  # which is no fault
    page.mouse.move(400, 60)
    shown.settle()
    assert "of all layers together" in " ".join(shown.written())
    view.by_norm = False
    shown.send()
    assert shown.canvas.evaluate(ORANGE)


def test_norm_that_is_not_finite_is_named(page):
    view = HealthView()
    view.show([("one", 1.0, 0.0, 0.0)])
    view.show([("one", float("inf"), 0.0, 0.0)])
    shown = HeardView(page, view, WIDTH)
    assert "gradient norm not finite" in shown.label
    assert "not finite" in shown.written()


def test_pointer_explains_each_column(page, health):
    shown = HeardView(page, health, WIDTH)
    for x, words in (
        (150, "How strongly the loss pulls"),
        (400, "larger than the clip"),
        (650, "nearly shut or wide open"),
    ):
        page.mouse.move(x, 60)
        shown.settle()
        assert words in " ".join(shown.written())


@pytest.mark.parametrize("width", [400, 1200])
def test_explanations_fit_into_the_picture(page, health, width):
    page.set_viewport_size({"width": 1280, "height": 200})
    shown = HeardView(page, health, width)
    for share in (0.3, 0.6, 0.95):
        page.mouse.move(share * width, 60)
        shown.settle()
        explained = [text for text in shown.written() if len(text) > 12]
        assert len(explained) >= 2
        assert len([text for text in explained if not text.startswith("<b>")]) * 16 + 8 <= health.height
