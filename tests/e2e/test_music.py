"""The Music place in a browser: tunes and parts are chosen, and a grid that suits them is one click away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .studio_page import SLOW

pytestmark = pytest.mark.browser


def test_tunes_are_ticked_parts_chosen_and_a_grid_is_used(open_studio):
    studio = open_studio(sound_card=False)
    root = studio.root
    line = root.get_by_role("status").filter(has_text="A step of")
    expect(line).to_have_text(
        re.compile(r"^✓ 388 tunes\. A step of ½ beat moves \d+% of the notes"), timeout=SLOW * 1000
    )

    tunes = root.get_by_role("grid", name="Tunes")
    tunes.get_by_role("checkbox", name="Learn from BWV 2.6").click()
    expect(tunes.get_by_role("checkbox", name="Learn from BWV 2.6")).not_to_be_checked()
    expect(line).to_have_text(re.compile(r"^✓ 387 tunes; 1 file was left out\."))
    tunes.get_by_role("button", name="Length").click()
    expect(tunes.get_by_role("columnheader", name="Length")).to_have_attribute("aria-sort", "ascending")
    studio.button("Undo: leave out BWV 2.6").click()
    expect(line).to_have_text(re.compile(r"^✓ 388 tunes\."))
    expect(root.get_by_role("button", name=re.compile("^Undo"))).to_be_hidden()

    root.get_by_role("button", name="Instruments", exact=True).click()
    studio.control("Music", "Choose by").select_option("name of track")
    parts = root.get_by_role("grid", name="Parts")
    parts.get_by_text("Soprano", exact=True).click()
    studio.button("Hear only this").click()
    studio.expect_playing()
    notes = count_notes(studio, 0)
    studio.button("Hear only this").click()
    studio.wait_until(lambda: count_notes(studio, 0) > 2 * notes, "all parts are shown again")
    parts.get_by_role("checkbox", name="Learn from Soprano").click()
    before = count_notes(studio, 1)
    studio.button("Apply").click()
    studio.wait_until(lambda: count_notes(studio, 1) < before, "no soprano is learned", SLOW)
    expect(studio.button("Undo: choice of parts")).to_be_visible()

    studio.button("Use ½ beat").click()
    expect(studio.button("Use 0.3 s")).to_be_visible(timeout=SLOW * 1000)
    expect(studio.control("Music", "Step unit")).to_have_value("beats")
    expect(root.locator(".widget-readout").get_by_text("½ beat", exact=True)).to_be_visible()


def count_notes(studio, which):
    label = studio.picture("Piano roll").nth(which).get_attribute("aria-label")
    return int(re.search(r"(\d+) notes", label)[1])
