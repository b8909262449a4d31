"""A take is edited, branched and regenerated on its piano roll, and tunes of before return."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .studio_page import SLOW, StudioPage

pytestmark = pytest.mark.browser


@pytest.fixture
def listening(open_studio) -> StudioPage:
    studio = open_studio()
    studio.open("Listening")
    expect(studio.player).to_have_attribute("aria-label", re.compile("^Player: Take 1 after "), timeout=SLOW * 1000)
    return studio


def takes_of(studio: StudioPage) -> list[str]:
    return studio.root.get_by_role("toolbar", name="Takes").locator(".lstmmusic-strip-label").all_inner_texts()


def mark(studio: StudioPage, start: float, stop: float) -> None:
    """Drag along the axis of time, between two places as shares of the width."""
    box = studio.roll.bounding_box()
    y = box["y"] + box["height"] - 8
    studio.page.mouse.move(box["x"] + start * box["width"], y)
    studio.page.mouse.down()
    studio.page.mouse.move(box["x"] + stop * box["width"], y, steps=4)
    studio.page.mouse.up()
    expect(studio.roll).to_have_attribute("aria-description", re.compile("marked: "))


def test_note_is_drawn_and_what_follows_is_sampled_again_and_undone(listening):
    studio = listening
    before = studio.roll.get_attribute("aria-label")
    studio.root.get_by_role("button", name="Edit", exact=True).click()
    box = studio.roll.bounding_box()
    x, y = box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"]
    studio.page.mouse.move(x, y)
    studio.page.mouse.down()
    studio.page.mouse.move(x + 30, y, steps=4)
    studio.page.mouse.up()
    expect(studio.roll).to_have_attribute("aria-description", re.compile("changed from step"), timeout=SLOW * 1000)
    assert studio.roll.get_attribute("aria-label") != before
    studio.roll.press("e")
    studio.roll.press("Control+z")
    expect(studio.roll).to_have_attribute("aria-label", before, timeout=SLOW * 1000)
    studio.roll.press("Control+Shift+z")
    expect(studio.roll).not_to_have_attribute("aria-label", before, timeout=SLOW * 1000)


def test_take_branches_and_a_stretch_is_regenerated(listening):
    studio = listening
    go_on, regenerate = studio.button("Continue from here ×4"), studio.button("Regenerate")
    expect(go_on).to_be_disabled()
    mark(studio, 0.5, 0.6)
    expect(regenerate).to_be_enabled()
    label = studio.roll.get_attribute("aria-label")
    regenerate.click()
    expect(studio.roll).to_have_attribute("aria-description", re.compile("changed from step"), timeout=SLOW * 1000)
    assert studio.roll.get_attribute("aria-label") != label
    mark(studio, 0.7, 0.8)
    go_on.click()
    expect(studio.root.get_by_role("button", name=re.compile("^Take 1.4 .*branch"))).to_be_visible(timeout=SLOW * 1000)
    assert takes_of(studio) == ["1", "1.1", "1.2", "1.3", "1.4", "2", "3", "4"]
    studio.root.get_by_role("button", name=re.compile("^Play: Take 1.2 ")).click()
    expect(studio.player).to_have_attribute("aria-label", re.compile("^Player: Take 1.2 "))
    studio.expect_playing()
    studio.player.get_by_role("button", name="Stop", exact=True).click()

    undo, redo = (
        f"Show the tune {which}" for which in ("before, with its settings (Ctrl+Z)", "after it (Ctrl+Shift+Z)")
    )
    expect(studio.root.get_by_role("button", name=undo, exact=True)).to_be_enabled()
    expect(studio.root.get_by_role("button", name=redo, exact=True)).to_be_disabled()
    studio.button("History").click()
    frames = studio.root.get_by_role("toolbar", name="History")
    frames.get_by_role("button", name=re.compile("^Take 1 after ")).first.click()
    expect(studio.roll).to_have_attribute("aria-label", label, timeout=SLOW * 1000)
    studio.button("Takes").click()
    assert takes_of(studio) == ["1", "2", "3", "4"]
