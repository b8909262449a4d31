"""A view in an empty page of which the texts that it draws are kept, too."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from playwright.sync_api import Page

from lstmmusic.views.base import View
from tests.wires import receive

from .bare_view import BareView
from .studio_page import WRITTEN

# Found and not imported: that takes seconds, of every process that collects tests.
THEMES = Path(find_spec("jupyterlab").origin).parent / "themes/@jupyterlab"


class HeardView(BareView):
    """A view in a page, this wide in pixels, in the colours of JupyterLab's theme "light" or "dark"."""

    def __init__(self, page: Page, view: View, width: int = 800, theme: str = "light") -> None:
        colours = (THEMES / f"theme-{theme}-extension/index.css").read_text(encoding="utf-8")
        colours = re.sub(r"url\([^)]*\)", "none", colours)  # icons, which an empty page has not
        page.set_content(f"<style>{colours} body {{ margin: 0; background: var(--jp-layout-color0) }}</style>")
        super().__init__(page, view, width)
        page.evaluate(WRITTEN)

    @property
    def label(self) -> str:
        """How the picture describes itself."""
        return self.canvas.get_attribute("aria-label") or ""

    def answer(self) -> None:
        """Let Python receive the newest message, and show its answer."""
        content = {name: value for name, value in self.sent()[-1].items() if name != "at"}
        receive(self.view, content)
        self.send()

    def written(self) -> list[str]:
        """Return what is written on the canvas when it is drawn again."""
        self.page.evaluate("() => { window.written = []; }")
        self.send()
        # A view draws at the next frame, which a busy machine may delay.
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        return self.page.evaluate("window.written")

    def end(self) -> None:
        """Take the view out of the page."""
        self.page.evaluate("number => window.views[number].end()", self.number)
