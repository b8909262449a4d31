"""The place in which one looks into the layers, by role: units, their traces, surgery, memory, and what is heard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from .lab import SLOW
from .studio_page import WRITTEN, StudioPage

pytestmark = pytest.mark.browser

FOUND = r"unit (\d+) of layer 1, h −?\d\.\d\d at (step|bar)"
PLAYHEADS = """root => [...root.querySelectorAll(".lstmmusic-plot")].filter(plot => {
  return !plot.hidden && plot.getClientRects().length;
}).length"""


def open_inside(studio: StudioPage) -> Locator:
    """Open the place once there is a take, and return the picture of the units."""
    studio.open("Listening")
    studio.count_notes()
    studio.open("Inside")
    units = studio.root.get_by_role("slider", name=re.compile("^Units of layer 1, h: "))
    expect(units).to_be_visible(timeout=SLOW * 1000)
    return units


def choose_by_pointer(studio: StudioPage, units: Locator) -> str:
    """Click a unit, and return its number as the keyboard finds it."""
    box = units.bounding_box()
    units.click(position={"x": box["width"] / 2, "y": box["height"] / 3})
    expect(units).to_have_attribute("aria-valuetext", re.compile(f"^{FOUND}"))
    return re.match(FOUND, units.get_attribute("aria-valuetext"))[1]


def test_units_are_seen_and_switched_off_and_all_is_undone(open_studio):
    studio = open_studio()
    units, keyboard = open_inside(studio), studio.page.keyboard
    unit = choose_by_pointer(studio, units)
    expect(units).to_have_attribute("aria-valuenow", unit)
    keyboard.press("ArrowDown")
    expect(units).to_have_attribute("aria-valuenow", f"{int(unit) + 1}")
    keyboard.press("ArrowUp")
    studio.page.evaluate(WRITTEN)
    keyboard.press("+")  # both pictures show less
    for text in ("seconds", "unit"):
        studio.page.wait_for_function("text => window.written.includes(text)", arg=text)
    keyboard.press("0")
    before = studio.read_label(studio.roll)
    studio.button("Off").click()
    undo = studio.root.get_by_role("button", name=f"× unit {unit} of layer 1 off", exact=True)
    expect(undo).to_be_visible()
    studio.read_label(studio.roll, before, SLOW)
    status = studio.root.get_by_role("status").filter(has_text="Validation loss")
    loss = re.compile(r"Validation loss \d+\.\d\d, [+-]?\d\.\d{3} nats per step")
    expect(status).to_have_text(loss, timeout=SLOW * 1000)
    studio.button("Undo all").click()
    expect(undo).to_be_hidden()
    expect(studio.roll).to_have_attribute("aria-label", before, timeout=SLOW * 1000)
    studio.control("Inside", "Layer").select_option("layer 3")
    studio.control("Inside", "Show").select_option("forget gate, open for what is kept")
    gates = studio.root.get_by_role("slider", name=re.compile("^Units of layer 3, forget gate: "))
    expect(gates).to_be_visible(timeout=SLOW * 1000)
    assert studio.coloured(gates) > 0.1


def test_playhead_moves_over_units_and_moments_are_heard(open_studio):
    studio = open_studio()
    units = open_inside(studio)
    unit = choose_by_pointer(studio, units)
    studio.player.get_by_role("button", name="Play").click()
    studio.expect_playing()
    assert studio.root.evaluate(PLAYHEADS) == 2
    studio.player.get_by_role("button", name="Stop").click()
    studio.root.get_by_role("button", name="Unit", exact=True).click()
    effect = studio.root.get_by_role("img", name=re.compile(f"^unit {unit} of layer 1 raises .*; lowers "))
    expect(effect).to_be_visible(timeout=SLOW * 1000)
    moment = studio.root.get_by_role("button", name=re.compile(r"^▶ .*, step \d+: h −?\d")).first
    expect(moment).to_be_visible(timeout=SLOW * 1000)
    name = re.match(r"▶ (.*), step", moment.inner_text())[1]
    moment.click()
    expect(studio.player).to_have_attribute("aria-label", f"Player: {name}", timeout=SLOW * 1000)
    expect(studio.player.get_by_role("button", name="Pause")).to_be_visible()
    studio.player.get_by_role("button", name="Stop").click()
    studio.root.get_by_role("button", name="Memory", exact=True).click()
    curve = studio.root.get_by_role("img", name=re.compile(r"^Memory: predictions change by .* after 128 steps$"))
    expect(curve).to_be_visible(timeout=SLOW * 1000)
    studio.control("Inside", "Tune").select_option("the take in Listening")
    past = studio.root.get_by_role("slider", name="Forget after")
    expect(past).to_be_enabled(timeout=SLOW * 1000)  # once it is a take that is shown
    before = studio.read_label(studio.roll)
    past.press("Home")
    studio.read_label(studio.roll, before, SLOW)
