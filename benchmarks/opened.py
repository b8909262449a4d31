"""The studio in JupyterLab and Chromium, with measurements of its sound, changes and messages."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from lstmmusic.errors import LSTMMusicError

if TYPE_CHECKING:  # the other benchmarks need neither the tests nor a browser
    from playwright.sync_api import Browser, Locator, Page, WebSocket

SLOW = 120_000  # milliseconds: a busy machine may take this long where an idle one takes a few seconds

# The page's player reports its position by its audio clock.
LISTEN = 'document.addEventListener("lstmmusic-playhead", ({ detail }) => { window.heard = detail; });'
SOUNDS = "() => window.heard?.playing && window.heard.seconds > 0"
# Milliseconds from the next event of the user to the frame after an element or some attributes of it have changed; NaN
# if nothing changes. Several elements can be awaited, each with a number.
AWAIT_CHANGE = """(element, [attribute, event, number]) => {
  let released = NaN;
  addEventListener(event, ({ timeStamp }) => { released = timeStamp; }, { capture: true, once: true });
  const names = attribute ? attribute.split(" ") : [];
  const read = () => (attribute ? names.map((name) => element.getAttribute(name)) : [element.innerHTML]).join();
  const before = read();
  (window.taken ??= [])[number] = new Promise((resolve) => {
    const changes = new MutationObserver(() => {
      if (read() === before) return; // it was set again to what it was
      changes.disconnect();
      requestAnimationFrame(() => resolve(performance.now() - released));
    });
    const what = attribute ? { attributeFilter: names } : { childList: true, characterData: true, subtree: true };
    changes.observe(element, what);
    setTimeout(() => resolve(NaN), 5000);
  });
}"""

MESSAGE = re.compile(rb'"msg_type": ?"(comm_open|comm_msg)"')
COMM = re.compile(rb'"comm_id": ?"([^"]+)"')
VIEW = re.compile(rb'"_anywidget_id": ?"(?:[^"]*\.)?(\w+)"')
MODEL = re.compile(rb'"_model_name": ?"(\w+)"')


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium.

    Raises
    ------
    LSTMMusicError
        If it is not installed.
    """
    from playwright.sync_api import sync_playwright

    from tests.e2e.lab import CHROMIUM_FLAGS, find_chromium

    chromium = find_chromium()
    if chromium is None:
        raise LSTMMusicError("Chromium was not found; install it, or set LSTMMUSIC_CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


class Messages:
    """Count of the messages from the kernel to each widget of a page."""

    def __init__(self, page: Page) -> None:
        self._counts: Counter[str] = Counter()
        self._kinds: dict[str, str] = {}
        page.on("websocket", self._follow)

    def reset(self) -> None:
        """Start again from zero."""
        self._counts.clear()

    def busiest(self) -> tuple[str, int]:
        """Return the kind of the widget with the most messages, and their number."""
        name, count = self._counts.most_common(1)[0]
        return self._kinds.get(name, "?"), count

    def total(self) -> int:
        """Return the number of messages to all widgets."""
        return self._counts.total()

    def _follow(self, websocket: WebSocket) -> None:
        websocket.on("framereceived", self._receive)

    def _receive(self, frame: str | bytes) -> None:
        data = frame.encode() if isinstance(frame, str) else frame
        message, comm = MESSAGE.search(data), COMM.search(data)
        if message is None or comm is None:
            return
        name = comm[1].decode()
        if message[1] == b"comm_msg":
            self._counts[name] += 1
        elif kind := VIEW.search(data) or MODEL.search(data):
            self._kinds[name] = kind[1].decode()


class OpenedStudio:
    """The studio in a new page.

    Attributes
    ----------
    began : float
        When the page was requested, by `time.perf_counter`.
    """

    def __init__(self, browser: Browser, address: str) -> None:
        from tests.e2e.studio_page import Restoring

        self.page = browser.new_page(viewport={"width": 1280, "height": 800})
        self.page.add_init_script(LISTEN)
        self.messages = Messages(self.page)
        self.studio = self.page.locator(".lstmmusic-studio")
        self.player = self.studio.get_by_role("group", name=re.compile("^Player")).filter(visible=True)
        self.roll = self.studio.get_by_role("img", name=re.compile("^Piano roll")).filter(visible=True)
        self.takes = self.studio.get_by_role("toolbar", name="Takes", exact=True)
        # Says how the take that is shown collapsed, if it did.
        self.finding = self.studio.locator(".widget-hbox:has(> [title^='Show the tune before']) .lstmmusic-text").first
        restoring = Restoring(self.page)
        self.began = time.perf_counter()
        self.page.goto(address)
        # The notebook's own indicator says idle before there is a kernel, and a cell run then may be lost.
        self.page.get_by_role("button", name=re.compile(r"\| Idle$")).wait_for(timeout=SLOW)
        restoring.wait()
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_text("Run All Cells", exact=True).click()
        self.studio.wait_for(timeout=SLOW)

    def show(self, place: str) -> None:
        """Show one of the places."""
        self.studio.get_by_role("tab", name=place, exact=True).click()

    def press(self, name: str) -> None:
        """Click a button once it is enabled."""
        self.studio.get_by_role("button", name=name, exact=True).click(timeout=SLOW)

    def hear(self) -> None:
        """Play the tune that is shown until the page's audio clock runs, then stop."""
        self.page.evaluate("window.heard = null")
        self.takes.get_by_role("button", name=re.compile("^Play: Take 1 ")).click(timeout=SLOW)
        self.page.wait_for_function(SOUNDS, timeout=SLOW)
        self.player.get_by_role("button", name="Stop").click()

    def click_and_see(self, control: Locator, element: Locator, attribute: str = "") -> float:
        """Click, and return the milliseconds until an element, or attributes of it, change."""
        return self.act_and_see(lambda: control.click(timeout=SLOW), "pointerup", element, attribute)

    def act_and_see(self, act: Callable[[], None], event: str, element: Locator, attribute: str = "") -> float:
        """Do something, and return the milliseconds from its event until an element, or attributes of it, change."""
        return self.act_and_see_each(act, event, [(element, attribute)])[0]

    def act_and_see_each(
        self, act: Callable[[], None], event: str, awaited: Sequence[tuple[Locator, str]]
    ) -> list[float]:
        """Do something, and return the milliseconds from its event until each of several elements changes."""
        for number, (element, attribute) in enumerate(awaited):
            element.evaluate(AWAIT_CHANGE, [attribute, event, number])
        act()
        taken: list[float] = self.page.evaluate(f"Promise.all(window.taken.slice(0, {len(awaited)}))")
        return taken


@contextmanager
def open_studio(browser: Browser, home: Path) -> Iterator[OpenedStudio]:
    """Start JupyterLab without caches, open the notebook in it, and run its cells."""
    from tests.e2e.lab import jupyterlab

    with jupyterlab(home, home / "cache", theme="Light", sound_card=False) as lab:
        yield OpenedStudio(browser, lab.address)
