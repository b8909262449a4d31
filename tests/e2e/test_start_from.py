"""A run starts from trained weights, as a user of the studio chooses them by name."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .studio_page import SLOW

pytestmark = pytest.mark.browser


def test_run_starts_from_a_bundled_network_and_then_from_that_run(open_studio):
    studio = open_studio(sound_card=False)
    start = studio.root.get_by_role("combobox", name="Start from", exact=True)
    units = studio.root.get_by_role("slider", name="Units, layer 1", exact=True)
    studio.open("Network")
    expect(start.locator("option")).to_have_text(["new", "bundled: chorales", "bundled: piano"])
    units.press("ArrowRight")
    start.select_option("bundled: chorales")
    words = studio.root.get_by_text(
        "Layers and chords are those of bundled: chorales; choose new to set them yourself."
    )
    expect(words).to_be_visible()
    expect(units).to_have_attribute("aria-valuetext", "120")
    expect(units).to_be_disabled()
    undo = studio.button("Undo: choice of start")
    undo.click()
    expect(units).to_have_attribute("aria-valuetext", "128")
    expect(units).to_be_enabled()
    expect(undo).to_be_hidden()
    start.select_option("bundled: chorales")
    expect(words).to_be_visible()

    began = studio.train(updates=3)
    assert began.validation < 4  # the Markov baseline has 9
    studio.button("Stop").click()
    studio.expect_status("Stopped")
    studio.open("Network")
    run = re.compile(r"^run\s.*\s3x120\s*$")
    expect(start.locator("option").nth(3)).to_have_text(run)
    start.select_option(index=3)
    expect(studio.root.get_by_text(re.compile(r"^Layers and chords are those of run\s"))).to_be_visible()
    studio.train(updates=3)
    studio.button("Stop").click()
    studio.expect_status("Stopped")

    studio.open("Runs")
    details = studio.root.get_by_role("row").filter(has=studio.page.get_by_role("rowheader", name="Start from"))
    runs = studio.root.get_by_role("grid", name="Runs").locator("[data-index]")
    runs.nth(0).click()
    expect(details.get_by_role("cell")).to_have_text(run, timeout=SLOW * 1000)
    runs.nth(1).click()
    expect(details.get_by_role("cell")).to_have_text("bundled: chorales")
    studio.button("Copy as code").click()
    expect(studio.root.get_by_text(re.compile(r"start = lm\.load_start\('bundled: chorales', "))).to_be_visible()
    studio.control("Runs", "Repeat in").select_option("a terminal")
    expect(studio.root.get_by_text(re.compile(r"^lstmmusic train .*--start-from='bundled: chorales'"))).to_be_visible()
