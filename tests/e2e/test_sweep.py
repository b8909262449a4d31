"""A sweep in the page: from the form to the runs, which train in processes of their own."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from e2e.lab import SLOW
from e2e.studio_page import StudioPage
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune

pytestmark = pytest.mark.browser


def take_screenshot(studio: StudioPage, name: str) -> None:
    if folder := os.environ.get("LSTMMUSIC_SCREENSHOTS"):
        for width, height in ((1280, 800), (1440, 900)):
            studio.page.set_viewport_size({"width": width, "height": height})
            studio.page.screenshot(path=Path(folder) / f"{name}-{width}.png")


@pytest.mark.parametrize("theme", ["Light", *["Dark"] * ("LSTMMUSIC_SCREENSHOTS" in os.environ)])
def test_sweep_of_three_rates_is_trained_from_the_page_and_overlaid(open_studio, tmp_path, theme):
    for number in range(4):
        roll = np.eye(88, dtype=int)[30 + (np.arange(60) + number) % 12]
        write_midi(Tune(roll), tmp_path / f"tune {number}.mid")
    studio = open_studio(theme=theme)
    studio.root.get_by_role("combobox", name="Music", exact=True).select_option("My folder")
    studio.enter("Music", "Folder", str(tmp_path))
    studio.button("Load music").click()
    expect(studio.root.get_by_role("grid", name="Tunes").get_by_role("row")).to_have_count(5, timeout=SLOW * 1000)
    for layer in (1, 2, 3):
        studio.enter("Network", f"Units, layer {layer}", "8")
    studio.open("Training")
    studio.button("Sweep …").click()
    start = studio.button("Start sweep")
    expect(start).to_be_disabled()
    studio.enter("Training", "Epochs", "2")
    studio.enter("Training", "Values", "0.002, 0.004, 1e9")
    summary = studio.root.get_by_role("status").filter(visible=True)
    expect(summary.filter(has_text="learning_rates is 1000000000.0; it must be a number")).to_be_visible()
    studio.enter("Training", "Values", "0.002, 0.004, 0.008")
    expect(summary.filter(has_text=re.compile(r"3 runs, about \d+ (s|min) of training\."))).to_be_visible(
        timeout=SLOW * 1000
    )
    take_screenshot(studio, f"sweep-form-{theme}")
    start.click()
    expect(studio.button("Stop all")).to_be_visible()
    expect(studio.button("Stop this run")).to_be_visible()
    expect(summary.filter(has_text=re.compile("training learning rate 0.002"))).to_be_visible(timeout=SLOW * 1000)
    take_screenshot(studio, f"sweep-training-{theme}")
    expect(summary.filter(has_text="3 of 3 runs done")).to_be_visible(timeout=4 * SLOW * 1000)
    table = studio.root.get_by_role("table").filter(has_text="Best validation")
    for rate in (0.002, 0.004, 0.008):
        expect(table.get_by_role("row").filter(has_text=f"learning rate {rate}")).to_have_text(re.compile(r"\d\.\d{3}"))
    take_screenshot(studio, f"sweep-done-{theme}")
    studio.open("Runs")
    runs = studio.root.get_by_role("grid", name="Runs")
    for rate in (0.002, 0.004, 0.008):
        box = runs.get_by_role("checkbox", name=re.compile(f"^Compare .* learning rate {rate}$"))
        box.click()
        expect(box).to_be_checked()
    label = re.compile("Loss curve: 3 runs, A: .* learning rate 0.002: best ")
    expect(studio.loss).to_have_attribute("aria-label", label, timeout=SLOW * 1000)
    take_screenshot(studio, f"sweep-overlaid-{theme}")
