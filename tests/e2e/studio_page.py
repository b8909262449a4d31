"""What a browser test sees of the studio, and hears: its buttons and pictures by name, and the kernel's sound card."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, expect

SAMPLE_RATE = 44_100
SLOW = 60  # seconds that a busy machine may take for what takes an idle one a few
QUICK = 20

NEXT_LABEL = """([canvas, before]) => {
  const label = canvas.getAttribute("aria-label");
  return label !== before && label;
}"""
# Share of the pixels that are coloured: text, axes, paper and a primer's notes are greyish in both themes, new notes
# and curves are not.
COLOURED = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let coloured = 0;
  for (let pixel = 0; pixel < data.length; pixel += 4) {
    const channels = data.subarray(pixel, pixel + 3);
    coloured += data[pixel + 3] > 200 && Math.max(...channels) - Math.min(...channels) > 60;
  }
  return coloured / (data.length / 4);
}"""


# What canvases write, from now on.
WRITTEN = """() => {
  const write = CanvasRenderingContext2D.prototype.fillText;
  window.written = [];
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.written.push(text);
    return write.call(this, text, ...place);
  };
}"""
CHANCE = r"() => window.written.find(text => /^(probability )?\d\.\d\d\b/.test(text))"


class Loss(NamedTuple):
    """What the loss curve says: updates, first and smoothed last training loss, validation loss."""

    updates: int
    first: float
    last: float
    validation: float


class Recording:
    """The sound card of the kernel: a file to which SDL's disk driver writes, in real time, all that pygame plays."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def tail(self, seconds: float) -> NDArray[np.float64]:
        """Return the last samples, both channels together, of shape (n,)."""
        if not self.path.is_file():
            return np.zeros(0)
        frames = self.path.stat().st_size // 4
        wanted = min(frames, round(seconds * SAMPLE_RATE))
        samples = np.fromfile(self.path, "<i2", 2 * wanted, offset=4 * (frames - wanted))
        return samples.reshape(-1, 2).mean(axis=1)

    def level(self, seconds: float = 0.5) -> float:
        """Root of the mean square of the last samples; of 32768."""
        samples = self.tail(seconds)
        return float(np.sqrt(np.mean(samples**2))) if samples.size else 0.0


class Lab(NamedTuple):
    """A JupyterLab that runs: its address, the copy of notebooks/ that it shows, and where its sound goes."""

    url: str
    folder: Path
    recording: Recording


class StudioPage:
    """studio.ipynb in a browser."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page, self.url, self.folder, self.recording = page, lab.url, lab.folder, lab.recording
        self.output = page.locator(".jp-OutputArea-output:has(.lstmmusic-view)")
        self.places = self.output.locator(".widget-tab-contents")
        self.loss = self.picture("Loss curve")
        self.roll = self.picture("Piano roll")
        self.odds = self.picture("Note probabilities").last
        page.goto(f"{lab.url}/lab/tree/studio.ipynb?reset")
        # The notebook's own indicator says idle before there is a kernel, and what runs then may get lost.
        expect(page.get_by_role("button", name=re.compile(r"\| Idle$"))).to_be_visible(timeout=SLOW * 1000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        # The button is enabled once the music is there.
        expect(self.button("Start")).to_be_enabled(timeout=SLOW * 1000)

    def button(self, name: str) -> Locator:
        return self.output.get_by_role("button", name=name, exact=True)

    def picture(self, name: str) -> Locator:
        return self.output.get_by_role("img", name=re.compile(f"^{name}"))

    def control(self, place: str, name: str) -> Locator:
        """Find a control by its name, in the tab of that place."""
        self.output.get_by_role("tab", name=place, exact=True).click()
        return self.places.get_by_label(name, exact=True).filter(visible=True)

    def expect_text(self, pattern: str, seconds: float = QUICK) -> str:
        """Wait for a text that begins like this, and return it."""
        place = self.output.locator(".lstmmusic-text").get_by_text(re.compile(f"^{pattern}"))
        expect(place.first).to_be_visible(timeout=seconds * 1000)
        return place.first.inner_text()

    def read_label(self, picture: Locator, before: str = "", seconds: float = QUICK) -> str:
        """Wait until a picture's label differs from `before`, and return it."""
        handle = self.page.wait_for_function(NEXT_LABEL, arg=[picture.element_handle(), before], timeout=seconds * 1000)
        return handle.json_value()

    def read_losses(self, updates: int) -> list[Loss]:
        """Read the loss each time that there is another one, until so many updates were made."""
        losses: list[Loss] = []
        label = "Loss curve: 0 updates"
        number = r"(\d+(?:\.\d+)?)"
        while not losses or losses[-1].updates < updates:
            label = self.read_label(self.loss, label, SLOW)
            found = re.fullmatch(
                rf"Loss curve: (\d+) updates, training from {number} to {number} nats per frame"
                rf"(?:, validation {number})?",
                label,
            )
            assert found, label
            count, first, last, validation = found.groups()
            losses.append(Loss(int(count), float(first), float(last), float(validation or "nan")))
        return losses

    def point_at(self, picture: Locator, x: float) -> str:
        """Rest the pointer in the middle of a heat map, a share of its width from the left; read the chance there."""
        self.page.mouse.move(0, 0)
        self.page.evaluate(WRITTEN)
        box = picture.bounding_box()
        picture.hover(position={"x": x * box["width"], "y": 0.55 * box["height"]})
        return self.page.wait_for_function(CHANCE, timeout=QUICK * 1000).json_value()

    def shown(self, picture: Locator) -> Locator:
        """Find the menu of a heat map: the nearest above it."""
        return picture.locator("xpath=preceding::select[1]")

    def expect_label(self, picture: Locator, beginning: str) -> None:
        """Wait until a picture says this of itself."""
        expect(picture).to_have_attribute("aria-label", re.compile(f"^{re.escape(beginning)}"), timeout=SLOW * 1000)

    def coloured(self, picture: Locator) -> float:
        return picture.evaluate(COLOURED)

    def wait_until(self, holds: Callable[[], bool], what: str, seconds: float = QUICK) -> None:
        """Wait for what no page shows, while the page goes on."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            self.page.wait_for_timeout(50)

    def generate(self) -> int:
        """Generate a tune, and return how many notes its picture tells of."""
        before = self.roll.get_attribute("aria-label") or ""
        self.button("Generate").click()
        label = self.read_label(self.roll, before, SLOW)
        found = re.fullmatch(r"Piano roll: (\d+) notes in (\d+) steps", label)
        assert found, label
        return int(found[1])
