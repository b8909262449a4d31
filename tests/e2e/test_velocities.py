"""Velocities in a piano roll: depth of colour, the lane below it, and what the pointer and the keys read."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from lstmmusic.views import RollView

from .bare_view import BOX_TEXTS, BareView

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("closed_views")]

# A roll of 80 steps, 692 pixels wide and 180 high without the lane: a step has 8 pixels, and a pitch 5.
LEFT, COLUMN, TOP, ROW = 40, 8, 24, 5
PITCH, STEPS = 12, 80
HEIGHT = TOP + (23 - PITCH) * ROW + 2  # of the notes
LANE = 149, 205  # its top and its bottom
STRUCK = [40, 20, 80, 127]  # every ten steps, first by the primer


@pytest.fixture
def show(page):
    page.set_content("<body style='margin: 0'></body>")

    def show(velocities=STRUCK, **traits) -> BareView:
        roll, struck = np.zeros((STEPS, 24)), np.zeros((STEPS, 24), int)
        roll[:, PITCH] = 1
        struck[::10, PITCH] = [*velocities, *velocities]
        view = RollView(**{"height": 180, "primer": 40, "legend": True, "lowest": 60 - PITCH, **traits})
        view.show(roll, onsets=struck > 0, velocities=struck)
        return BareView(page, view, 692)

    return show


def pixel(bare: BareView, x: float, y: float) -> np.ndarray:
    """Red, green and blue at a point of the canvas."""
    read = "(canvas, place) => [...canvas.getContext('2d').getImageData(...place, 1, 1).data]"
    return np.array(bare.canvas.evaluate(read, [round(x), round(y)])[:3])


def x(step: float) -> float:
    return LEFT + COLUMN * step


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_louder_notes_are_deeper_in_colour_and_the_primer_stays_grey(show, page, scheme):
    page.emulate_media(color_scheme=scheme)
    bare = show()
    paper = pixel(bare, x(75), HEIGHT - 12)
    colours = np.array([pixel(bare, x(step + 4), HEIGHT) for step in range(0, STEPS, 10)])
    for part in (colours[:4], colours[4:]):
        depth = np.abs(part - paper).sum(axis=1)
        assert np.argsort(depth).tolist() == np.argsort(STRUCK).tolist()
        assert np.diff(np.sort(depth)).min() > 20
    saturation = np.ptp(colours, axis=1)
    assert np.all(saturation[4:] > 1.5 * saturation[:4])
    np.testing.assert_array_equal([pixel(bare, x(step + 8), HEIGHT) for step in range(0, STEPS, 10)], colours)


def test_note_that_is_struck_again_is_seen_as_another(show):
    bare = show([80] * 4)
    at_strikes = [pixel(bare, x(step) - 1, HEIGHT) for step in (10, 20, 50, 60)]
    between = [pixel(bare, x(step) - 4, HEIGHT) for step in (10, 20, 50, 60)]
    assert np.abs(np.subtract(at_strikes, between)).sum(axis=1).min() > 100


@pytest.mark.parametrize(("first", "span", "lane"), [(0.0, 0.0, LANE), (15.0, 40.0, (LANE[0] - 16, LANE[1] - 16))])
def test_stems_stand_below_their_notes_as_high_as_their_velocity(show, first, span, lane):
    bare = show(first=first, span=span)
    top, bottom = lane
    column = COLUMN * STEPS / (span or STEPS)
    height = TOP + (23.5 - PITCH) * (top - 5 - TOP) / 24  # of the notes
    read = "(canvas, place) => [...canvas.getContext('2d').getImageData(...place).data]"
    for number, velocity in enumerate(2 * STRUCK):
        place = LEFT + (10 * number - first) * column
        if not LEFT <= place < LEFT + COLUMN * STEPS:
            continue
        colour = pixel(bare, place + column / 2, height)
        strip = bare.canvas.evaluate(read, [round(place) + 1, top, 1, bottom - top])
        coloured = np.abs(np.reshape(strip, (-1, 4))[:, :3] - colour).sum(axis=1) < 6
        assert coloured.any(), velocity
        head = max(0, (bottom - top) * (1 - velocity / 127) - 3)  # the dot on the stem
        assert coloured.argmax() == pytest.approx(head, abs=1.5)


def test_button_hides_the_lane_and_its_state_is_kept(show, page):
    bare = show()
    button = page.get_by_role("button", name="Velocities")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert bare.canvas.bounding_box()["height"] == 241
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    bare.settle()
    assert bare.canvas.bounding_box()["height"] == 180
    assert bare.saved()[-1]["lane"] is False
    softer = np.abs(pixel(bare, x(14), HEIGHT) - pixel(bare, x(34), HEIGHT))
    assert softer.sum() > 60  # the depth of colour stays
    bare.view.lane = False  # as Python has it now
    roll = np.eye(24)
    bare.view.show(roll, velocities=roll * np.arange(1, 25))
    bare.send()
    assert bare.canvas.bounding_box()["height"] == 180
    button.press("Enter")
    bare.settle()
    assert bare.canvas.bounding_box()["height"] == 241
    page.evaluate("views[0].end()")
    expect(button).to_have_count(0)


@pytest.mark.parametrize("velocities", [None, np.eye(24, dtype=int) * 80])
def test_nothing_changes_where_velocities_are_equal_or_unknown(page, velocities):
    page.set_content("<body style='margin: 0'></body>")
    roll, pictures = np.eye(24), []
    for given in (None, velocities):
        view = RollView(height=180)
        view.show(roll, velocities=given)
        bare = BareView(page, view, 400)
        pictures.append(bare.canvas.evaluate("canvas => canvas.toDataURL()"))
    assert pictures[0] == pictures[1]
    expect(page.get_by_role("button", name="Velocities")).to_have_count(0)


def test_pointer_and_keys_read_velocities(show, page):
    bare = show(step=0.25, unit="beats", primer=0)
    page.evaluate(BOX_TEXTS)
    page.mouse.move(x(30) + 2, LANE[1] - 4)
    bare.settle()
    assert [each["text"] for each in page.evaluate("boxes")] == ["step 30, 7.50 beats", "C4: velocity 127"]
    spoken = page.locator(".lstmmusic-spoken")
    bare.canvas.focus()
    page.keyboard.press("ArrowRight")  # starts at step 40, one above the note
    said = []
    for key in ("ArrowLeft", "ArrowRight", "Home"):
        page.keyboard.press(key)
        said.append(spoken.inner_text())
    assert said == [
        "C4 is held, velocity 127, step 39, 9.75 beats",
        "C4 is struck again, velocity 40, step 40, 10.00 beats",
        "C4 is struck, velocity 40, step 0, 0.00 beats",
    ]
    assert bare.canvas.get_attribute("aria-description") == "velocities 20 to 127"


def test_click_in_the_lane_seeks_as_in_the_roll(show, page):
    page.evaluate("document.addEventListener('lstmmusic-request', ({ detail }) => (window.seek = detail.seek))")
    show(follows="p", tempo_map=[(0, 0.5)])
    page.mouse.click(x(30.5), LANE[1] - 4)
    assert page.evaluate("window.seek") == 15
