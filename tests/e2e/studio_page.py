"""The studio as a browser test sees and hears it: buttons and pictures by name, and the kernel's sound card."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Locator, Page, WebSocket, expect

SAMPLE_RATE = 44_100
SLOW = 60  # seconds that a busy machine may take for what an idle one does in a few
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


# Collects the texts that canvases draw from now on.
WRITTEN = """() => {
  const write = CanvasRenderingContext2D.prototype.fillText;
  const listens = window.written !== undefined;
  window.written = [];
  if (listens) return;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
    window.written.push(text);
    return write.call(this, text, ...place);
  };
}"""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
CHANCE = r"() => window.written.some(text => /^(probability )?\d\.\d\d\b/.test(text)) && window.written"
NOTE = r"[A-G][♯♭]?\d (sounds|is (silent|struck|held))"  # the start of the first line about a cell
# Elements that scroll, apart from lists, which are made for that.
SCROLLING = """root => [...root.querySelectorAll("*:not(select)")].filter((element) => {
  const { clientHeight: height, clientWidth: width } = element;
  const scrolls = ["auto", "scroll"].includes(getComputedStyle(element).overflowY);
  return scrolls && height > 0 && (element.scrollHeight > height || element.scrollWidth > width);
}).map(element => element.outerHTML.slice(0, 200))"""


# What JupyterLab reports if it has not found a widget within two seconds. Of a page that is opened again, it looks for
# the studio while it is still busy with reading the states of all widgets; and on a busy machine it has missed some of
# a studio that was just opened, about once in a hundred times. A page that is opened once more has them all.
LOST_WIDGET = "widget model not found"


class Loss(NamedTuple):
    """Values in the label of the loss curve: updates, first and smoothed last training loss, validation loss."""

    updates: int
    first: float
    last: float
    validation: float


class Recording:
    """The sound card of the kernel: a file to which SDL's disk driver writes in real time what pygame plays."""

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
    """A running server: the address of the studio, how to see that its kernel is idle (see `FrontEnd`), the copy of
    notebooks/ that it shows, and the recording of its sound.
    """

    address: str
    idle: str
    folder: Path
    recording: Recording


class Restoring:
    """Whether JupyterLab has asked the kernel of a page which widgets there are.

    It asks once the kernel is idle, often twice at once, and mixes up the widgets of a cell that runs meanwhile.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self.forget()
        page.on("domcontentloaded", lambda _: self.forget())  # JupyterLab may load its page twice
        page.on("websocket", self._watch)

    def forget(self) -> None:
        """Start again: the page is opened again."""
        self._asked = self._answered = 0

    def wait(self) -> None:
        """Wait until it has asked, and got all answers."""
        deadline = time.monotonic() + SLOW
        while not 0 < self._asked <= self._answered:
            assert time.monotonic() < deadline, f"JupyterLab has not asked for the widgets within {SLOW} s"
            self._page.evaluate("() => new Promise(requestAnimationFrame)")

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self._see_sent(as_bytes(frame)))
        socket.on("framereceived", lambda frame: self._see_received(as_bytes(frame)))

    def _see_sent(self, frame: bytes) -> None:
        self._asked += b'"comm_open"' in frame and b'"jupyter.widget.control"' in frame
        self._answered += b'"comm_close"' in frame  # it has got their states

    def _see_received(self, frame: bytes) -> None:
        self._answered += b'"comm_info_reply"' in frame  # there were none


def as_bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


class StudioPage:
    """studio.ipynb in a browser."""

    def __init__(self, page: Page, lab: Lab) -> None:
        self.page, self.lab, self.folder, self.recording = page, lab, lab.folder, lab.recording
        self.root = page.locator(".lstmmusic-studio")
        self.status, self.message = (self.root.locator(".lstmmusic-text").nth(place) for place in (0, 1))
        self.player = self.root.get_by_role("group", name=re.compile("^Player")).filter(visible=True)
        # Of the open tab, like everything that is found by its role.
        self.loss = self.picture("Loss curve")
        self.roll = self.picture("Piano roll").first
        self._restoring = Restoring(page)
        self._lost: list[str] = []
        page.on("console", lambda message: self._lost.append(message.text) if LOST_WIDGET in message.text else None)
        self.open_page()

    def open_page(self) -> None:
        """Open and run the notebook; a studio that is open already is shown again."""
        self._open_whole(self._open_once)

    def open_saved(self) -> None:
        """Open the notebook as it was saved, with the studio of its kernel, which goes on."""
        self._open_whole(lambda: self.page.goto(self.lab.address))

    def save(self) -> None:
        """Save the notebook with the studio in it."""
        self.page.keyboard.press("Control+s")
        notebook = self.folder / "studio.ipynb"
        self.wait_until(lambda: "lstmmusic-reopened" in notebook.read_text(encoding="utf-8"), "the notebook is saved")

    def _open_whole(self, open_it: Callable[[], object]) -> None:
        for _ in range(3):
            self._lost.clear()
            open_it()
            self.wait_until(lambda: bool(self._lost) or self.tab("Music").is_visible(), "the places are there", SLOW)
            if not self._lost:
                return
        raise AssertionError("JupyterLab loses widgets again and again")

    def _open_once(self) -> None:
        self._restoring.forget()
        self.page.goto(self.lab.address)
        if self.lab.idle:
            self.expect_idle()  # until then, the page may navigate
            self._restoring.wait()
            self.run_all_cells()
        expect(self.root).to_be_visible(timeout=SLOW * 1000)
        self.expect_status("Ready|Running|Paused|Stopped|Finished|Loaded", SLOW)

    def expect_idle(self) -> None:
        expect(self.page.locator(self.lab.idle)).to_be_attached(timeout=SLOW * 1000)

    def run_all_cells(self) -> None:
        self.expect_idle()  # what is sent to a kernel that is still starting again is lost
        self.choose("Run", "Run All Cells")

    def choose(self, menu: str, entry: str) -> None:
        """Choose an entry of a menu of the page."""
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.get_by_role("menuitem", name=entry).first.click()

    def tab(self, name: str) -> Locator:
        return self.root.get_by_role("tab", name=name, exact=True)

    def open(self, tab: str) -> None:
        """Open a tab; only what is in it is visible."""
        self.tab(tab).click()
        expect(self.tab(tab)).to_have_attribute("aria-selected", "true")

    def button(self, name: str) -> Locator:
        """Find a button by its name, outside the page's player."""
        return self.root.locator(".jupyter-button").and_(self.root.get_by_role("button", name=name, exact=True))

    def picture(self, name: str) -> Locator:
        return self.root.get_by_role("img", name=re.compile(f"^{name}"))

    def control(self, tab: str, name: str) -> Locator:
        """Open a tab, and find a control in it by its name."""
        self.open(tab)
        return self.root.locator(".widget-tab-contents").get_by_label(name, exact=True).filter(visible=True)

    def enter(self, tab: str, name: str, value: str) -> None:
        """Type into a field."""
        field = self.control(tab, name)
        field.fill(value)
        field.press("Enter")

    def expect_status(self, pattern: str, seconds: float = QUICK) -> str:
        """Wait until the status starts with a pattern, and return it."""
        expect(self.status).to_have_text(re.compile(f"^({pattern})"), timeout=seconds * 1000)
        return self.status.inner_text()

    def expect_message(self, pattern: str, seconds: float = QUICK) -> str:
        """Wait until the message starts with a pattern, and return it."""
        expect(self.message).to_have_text(re.compile(f"^({pattern})"), timeout=seconds * 1000)
        return self.message.inner_text()

    def read_label(self, picture: Locator, before: str = "", seconds: float = QUICK) -> str:
        """Wait until a picture's label differs from `before`, and return it."""
        handle = self.page.wait_for_function(NEXT_LABEL, arg=[picture.element_handle(), before], timeout=seconds * 1000)
        return handle.json_value()

    def read_losses(self, updates: int) -> list[Loss]:
        """Read each loss that the Training tab shows until a number of updates is reached."""
        losses: list[Loss] = []
        label = "Loss curve: 0 updates"
        number = r"(\d+(?:\.\d+)?)"
        while not losses or losses[-1].updates < updates:
            label = self.read_label(self.loss, label, SLOW)
            found = re.fullmatch(
                rf"Loss curve: (\d+) updates?, training from {number} to {number} nats per step"
                rf"(?:, validation {number})?(?:, .*)?",
                label,
            )
            assert found, label
            count, first, last, validation = found.groups()
            losses.append(Loss(int(count), float(first), float(last), float(validation or "nan")))
        return losses

    def train(self, updates: int) -> Loss:
        """Start a run, and wait for a number of updates, in the Training tab."""
        self.open("Training")
        self.button("Start").click()
        return self.read_losses(updates)[-1]

    def point_at(self, picture: Locator, x: float, y: float = 0.5) -> list[str]:
        """Rest the pointer on a roll, at fractions of its width and height, and read the lines about the cell."""
        self.page.mouse.move(0, 0)
        self.page.evaluate(TWO_FRAMES)  # until the cell of the last call is drawn no more
        self.page.evaluate(WRITTEN)
        box = picture.bounding_box()
        picture.hover(position={"x": x * box["width"], "y": y * box["height"]})
        written = self.page.wait_for_function(CHANCE, timeout=QUICK * 1000).json_value()
        return written[max(place for place, text in enumerate(written) if re.match(NOTE, text)) :]

    def expect_label(self, picture: Locator, beginning: str) -> None:
        """Wait until the label of a picture starts with a text."""
        expect(picture).to_have_attribute("aria-label", re.compile(f"^{re.escape(beginning)}"), timeout=SLOW * 1000)

    def coloured(self, picture: Locator) -> float:
        return picture.evaluate(COLOURED)

    def wait_until(self, condition: Callable[[], bool], what: str, seconds: float = QUICK) -> None:
        """Wait for a condition that no page shows, while the page keeps running."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
            self.page.evaluate("() => new Promise(requestAnimationFrame)")

    def count_notes(self, before: str = "") -> int:
        """Wait until the Listening tab shows another tune than before, and return its number of notes."""
        label = self.read_label(self.roll, before, SLOW)
        while label == "Piano roll: 0 notes in 0 steps":
            label = self.read_label(self.roll, label, SLOW)
        found = re.fullmatch(r"Piano roll: (\d+) notes? in (\d+) steps?", label)
        assert found, label
        return int(found[1])

    def expect_playing(self) -> None:
        """Wait until the page's player plays."""
        expect(self.player.locator(".time")).to_have_text(
            re.compile(r"^0:0[1-9] / [0-9]:[0-9]{2}$"), timeout=SLOW * 1000
        )
