"""Surprise and copies on a piano roll in an empty page: what is drawn and written, and what a click and keys do."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from lstmmusic.views import RollView

from .bare_view import BOX_TEXTS, BareView, check_boxes

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("closed_views")]

WIDTH = 700
COUNT_COLOUR = """([canvas, [red, green, blue]]) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    count += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
  }
  return count;
}"""
SECOND, WARN = (12, 64, 37), (230, 81, 0)  # of the light theme


@pytest.fixture
def bare(page) -> BareView:
    page.set_content("<body style='margin: 0'></body>")
    roll = np.zeros((40, 24))
    roll[::2, 8] = roll[1::2, 12] = 1
    view = RollView(height=300, tools=True, measured=True, lowest=60, step=0.5, unit="beats")
    view.show(roll)
    nats = np.linspace(0, 8, 40)
    nats[0] = np.nan
    view.show_surprise(nats, [(30, 8, 6.25), (10, 20, 5.5)])
    view.show_copies([(5, 15, "10 steps as in BWV 269"), (20, 24, "4 steps as in BWV 6")])
    page.evaluate(BOX_TEXTS)
    return BareView(page, view, WIDTH)


def place(bare: BareView, step: float, above: float) -> tuple[float, float]:
    """Place on the page of a step, and of a height above the axis of time."""
    box = bare.canvas.bounding_box()
    return box["x"] + 40 + step / 40 * (box["width"] - 52), box["y"] + box["height"] - 20 - above


def count(bare: BareView, colour: tuple[int, int, int]) -> int:
    return bare.page.evaluate(COUNT_COLOUR, [bare.canvas.element_handle(), list(colour)])


def read(bare: BareView, step: float, above: float) -> list[str]:
    """Rest the pointer at a place, and return what is written beside it."""
    bare.page.evaluate("() => { window.boxes = [] }")
    bare.page.mouse.move(*place(bare, step, above))
    bare.settle()
    return bare.page.evaluate("boxes.map(({ text }) => text)")


def press(bare: BareView, name: str) -> None:
    bare.page.get_by_role("button", name=name, exact=True).click()
    bare.page.mouse.move(0, 0)
    bare.settle()


def test_buttons_show_and_hide_the_lanes(bare):
    assert (count(bare, SECOND), count(bare, WARN)) == (0, 0)
    press(bare, "Surprise")
    expect(bare.page.get_by_role("button", name="Surprise", exact=True)).to_have_attribute("aria-pressed", "true")
    bare.view.surprising = True
    bare.page.evaluate("() => { window.boxes = [] }")  # of pictures before
    bare.send()
    assert {"10", "0", "nats"} <= set(check_boxes(bare.page, WIDTH, bare.canvas.bounding_box()["height"]))
    assert count(bare, WARN) > 20  # the marks
    assert read(bare, 20.5, 20) == ["step 20, 10.00 beats: 4.10 nats"]
    assert read(bare, 30.5, 20) == ["step 30, 15.00 beats: 6.15 nats", "A♭4 surprised: 6.3 nats"]
    assert read(bare, 0.5, 20) == ["step 0, 0.00 beats: nothing predicts the first step"]
    press(bare, "Copies")
    assert count(bare, SECOND) > 300
    press(bare, "Surprise")
    assert (count(bare, SECOND) > 300, count(bare, WARN)) == (True, 0)
    press(bare, "Copies")
    assert count(bare, SECOND) == 0
    assert [{name: each[name] for name in each if name != "at"} for each in bare.saved()] == [
        *({"surprising": True}, {"copying": True}, {"surprising": False}, {"copying": False})
    ]


def test_click_on_a_copy_asks_for_its_source(bare):
    press(bare, "Copies")
    assert read(bare, 7.5, 4) == ["10 steps as in BWV 269", "click or key C: hear it there"]
    assert bare.canvas.evaluate("canvas => canvas.style.cursor") == "pointer"
    bare.page.mouse.click(*place(bare, 7.5, 4))
    bare.page.mouse.click(*place(bare, 17.5, 4))  # no copy
    bare.page.mouse.click(*place(bare, 22.5, 4))
    heard = [(each["copy"], each["step"], each["version"]) for each in bare.sent() if each["kind"] == "hear"]
    assert heard == [(0, 7, 1), (1, 22, 1)]


def test_keys_walk_over_the_surprises_and_hear_copies(bare):
    press(bare, "Surprise")
    press(bare, "Copies")
    spoken = bare.page.get_by_role("status")
    bare.canvas.focus()
    bare.page.keyboard.press("n")
    expect(spoken).to_contain_text("A♭4 sounds, step 30")
    expect(spoken).to_contain_text("A♭4 surprised: 6.3 nats")
    bare.page.keyboard.press("n")
    expect(spoken).to_contain_text("A♭5 was expected: 5.5 nats")
    bare.page.keyboard.press("c")
    assert [(each["copy"], each["step"]) for each in bare.sent() if each["kind"] == "hear"] == [(0, 10)]
    bare.page.keyboard.press("n")
    expect(spoken).to_contain_text("step 30")
