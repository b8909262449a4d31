"""A tune in the page follows the weights of the run, and says from which update it is."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from e2e.lab import SLOW
from e2e.studio_page import StudioPage
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune

pytestmark = pytest.mark.browser

ORIGIN = re.compile(r"From update ([\d,]+) · newest ([\d,]+)")


def test_tune_follows_the_weights_and_is_swapped_by_a_click_while_it_plays(open_studio, tmp_path):
    for number in range(4):
        roll = np.eye(88, dtype=int)[30 + (np.arange(60) + number) % 12]
        write_midi(Tune(roll), tmp_path / f"tune {number}.mid")
    studio = open_studio()
    studio.root.get_by_role("combobox", name="Music", exact=True).select_option("My folder")
    studio.enter("Music", "Folder", str(tmp_path))
    studio.button("Load music").click()
    expect(studio.root.get_by_role("grid", name="Tunes").get_by_role("row")).to_have_count(5, timeout=SLOW * 1000)
    studio.open("Training")
    studio.enter("Training", "Epochs", "10000")
    studio.train(updates=2)
    studio.open("Listening")
    origin = studio.root.get_by_role("button").filter(has_text="From update")

    def updates() -> tuple[int, int]:
        made, newest = ORIGIN.match(origin.inner_text()).groups()
        return int(made.replace(",", "")), int(newest.replace(",", ""))

    expect(origin).to_have_text(ORIGIN, timeout=SLOW * 1000)
    first = updates()[0]
    studio.wait_until(lambda: updates()[0] > first, "the tune is of newer weights")
    studio.root.get_by_role("button", name=re.compile("^Play: Take 1 ")).click()
    expect(studio.player.get_by_role("button", name="Pause")).to_be_visible()
    expect(origin).to_be_enabled(timeout=SLOW * 1000)
    played = updates()[0]
    studio.wait_until(lambda: updates()[1] > played + 3, "the run has newer weights")
    assert updates()[0] == played
    origin.click()
    studio.wait_until(lambda: updates()[0] > played, "the tune is swapped")
    expect(studio.player.get_by_role("button", name="Pause")).to_be_visible()  # it plays on
    studio.button("Stop").first.click()
    studio.expect_status("Stopped")
    studio.player.get_by_role("button", name="Stop").click()
    expect(origin).to_have_text(re.compile(r"From update [\d,]+, the best of [\d,]+"), timeout=SLOW * 1000)
    studio.root.get_by_role("slider", name="Learning").press("Home")
    expect(origin).to_have_text(re.compile("From update 0 · newest "), timeout=SLOW * 1000)
    expect(studio.roll).to_have_attribute("aria-label", re.compile("Piano roll: "))
    check_marker(studio, origin)
    check_hear_it_learn(studio, origin)


def check_marker(studio: StudioPage, origin: Locator) -> None:
    """Drag the marker of the loss curve from update 0 to the right, and see the slider and the tune change."""
    learning, roll = studio.root.get_by_role("slider", name="Learning"), studio.read_label(studio.roll)
    studio.open("Training")
    marker, mouse = studio.root.get_by_role("slider", name="Heard update"), studio.page.mouse
    expect(marker).to_have_attribute("aria-valuetext", re.compile(r"update 0 of [\d,]+"))
    marker.scroll_into_view_if_needed()
    box, curve = marker.bounding_box(), studio.loss.bounding_box()
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(curve["x"] + curve["width"] / 2, box["y"] + box["height"] / 2, steps=5)
    mouse.up()
    expect(marker).not_to_have_attribute("aria-valuenow", "0")
    heard = re.match(r"(best, )?update ([\d,]+) of", marker.get_attribute("aria-valuetext"))
    studio.open("Listening")
    expect(learning).to_have_attribute("aria-valuetext", "best" if heard[1] else f"update {heard[2]}")
    expect(origin).to_have_text(re.compile(rf"From update {heard[2]}\b"), timeout=SLOW * 1000)
    studio.read_label(studio.roll, roll)


def check_hear_it_learn(studio: StudioPage, origin: Locator) -> None:
    """Hear the run learn until the third update, beside the loss curve, and stop."""
    root, shown = studio.root, studio.read_label(studio.roll)
    learning, chosen = root.get_by_role("slider", name="Learning"), root.get_by_role("button", name="Hear it learn")
    before, tune = learning.get_attribute("aria-valuetext"), origin.inner_text()
    studio.player.get_by_role("slider", name="Speed").press("End")
    chosen.click()
    expect(studio.player).to_have_attribute("aria-label", "Player: update 0 (1 of 6)")
    expect(studio.player.get_by_role("button", name="Pause")).to_be_visible()
    expect(learning).to_have_attribute("aria-valuetext", "update 0")
    expect(origin).to_have_text(re.compile("From update 0 "))
    studio.read_label(studio.roll, shown)
    studio.open("Training")
    marker, heard = root.get_by_role("slider", name="Heard update"), [0]
    for number in (2, 3):
        expect(studio.player).to_have_attribute("aria-label", re.compile(rf"\({number} of 6\)"), timeout=SLOW * 1000)
        update = re.match(r"Player: update ([\d,]+) ", studio.player.get_attribute("aria-label"))[1]
        expect(marker).to_have_attribute("aria-valuenow", update.replace(",", ""))
        heard.append(int(update.replace(",", "")))
    assert 0 < heard[1] < heard[2]
    studio.player.get_by_role("button", name="Stop").click()
    studio.open("Listening")
    expect(chosen).not_to_have_class(re.compile("mod-active"))
    expect(learning).to_have_attribute("aria-valuetext", before)
    expect(origin).to_have_text(tune)
    expect(studio.roll).to_have_attribute("aria-label", shown)
