"""Buttons of the roll show what surprised the network in a take, and what of it occurs in the training music."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from e2e.lab import SLOW
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune

pytestmark = pytest.mark.browser

# Of the picture of the roll, as a share of its height: in the band of copies, in the middle of its width.
FIND_GREEN = """canvas => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] === 12 && data[at + 1] === 64 && data[at + 2] === 37) {
      const pixel = at / 4 + 4;
      return [(pixel % width) / devicePixelRatio, (Math.floor(pixel / width) + 3) / devicePixelRatio];
    }
  }
  return null;
}"""


def test_surprise_and_copies_of_a_take_are_shown_and_a_copy_is_heard(open_studio, tmp_path):
    for number in range(4):
        roll = np.eye(88, dtype=int)[30 + (np.arange(160) + number) % 12]
        write_midi(Tune(roll), tmp_path / f"scale {number}.mid")
    studio = open_studio(sound_card=False)
    studio.root.get_by_role("combobox", name="Music", exact=True).select_option("My folder")
    studio.enter("Music", "Folder", str(tmp_path))
    studio.button("Load music").click()
    expect(studio.root.get_by_role("grid", name="Tunes").get_by_role("row")).to_have_count(5, timeout=SLOW * 1000)
    studio.open("Listening")
    said = studio.root.get_by_role("status").filter(visible=True)
    surprise, copies = (studio.root.get_by_role("button", name=name, exact=True) for name in ("Surprise", "Copies"))
    surprise.click()
    expect(surprise).to_have_attribute("aria-pressed", "true")
    measured = said.filter(has_text="nats per step")
    expect(measured).to_have_text(
        re.compile(r"notes [\d.]+ .*nats per step; [A-G].* in step \d+ .*, with [\d.]+ nats\.$"), timeout=SLOW * 1000
    )
    studio.roll.focus()
    studio.page.keyboard.press("n")
    expect(said.filter(has_text=re.compile(r"(surprised|was expected): [\d.]+ nats"))).to_be_attached()
    surprise.click()
    expect(measured).to_be_hidden()

    studio.open("Training")
    studio.enter("Training", "Epochs", "60")
    studio.button("Start").click()
    studio.expect_status("Finished", SLOW)
    studio.root.get_by_role("button", name="By heart", exact=True).click()
    curve = studio.picture("Share of generated steps that occur in the training music: update 0: ")
    expect(curve).to_have_attribute("aria-label", re.compile("of held-out tunes: 100%$"))
    expect(studio.root.get_by_role("status").filter(has_text="Measuring")).to_be_hidden(timeout=SLOW * 1000)
    if os.environ.get("LSTMMUSIC_SCREENSHOTS"):
        studio.root.screenshot(path=Path(os.environ["LSTMMUSIC_SCREENSHOTS"]) / "by-heart.png")
    studio.open("Listening")
    copies.click()
    found = said.filter(has_text="occur in the training music")
    expect(found).to_have_text(
        re.compile(r"^\d+% of the steps after the primer occur in .* \(of held-out tunes: 100%\)"), timeout=SLOW * 1000
    )
    if os.environ.get("LSTMMUSIC_SCREENSHOTS"):
        studio.root.screenshot(path=Path(os.environ["LSTMMUSIC_SCREENSHOTS"]) / "copies.png")
    place = studio.roll.evaluate(FIND_GREEN)
    assert place, found.inner_text()
    studio.roll.click(position={"x": place[0], "y": place[1]})
    expect(studio.player.get_by_role("button", name="Pause")).to_be_visible()
    expect(studio.player).to_contain_text(re.compile(r"scale \d, from step \d+"))

    studio.open("Music")
    studio.button("Loss of each tune").click()
    table = studio.root.get_by_role("grid", name="Tunes")
    expect(table.get_by_role("columnheader", name="Loss")).to_have_attribute(
        "aria-sort", "descending", timeout=SLOW * 1000
    )
    losses = [float(re.search(r"\d\.\d\d", row)[0]) for row in table.get_by_role("row").all_inner_texts()[1:]]
    assert losses == sorted(losses, reverse=True)
    expect(table.get_by_role("row").filter(has_text="held out")).to_have_count(1)
    if os.environ.get("LSTMMUSIC_SCREENSHOTS"):
        studio.root.screenshot(path=Path(os.environ["LSTMMUSIC_SCREENSHOTS"]) / "losses.png")
