"""The views of loss, roll and player in marimo, as in the README's example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .lab import FrontEnd, serve
from .studio_page import SLOW

pytestmark = pytest.mark.browser

README = Path(__file__).parents[2] / "README.md"
# The page and Python share the traits of a view: this cell runs whenever the page changes the player.
ECHO = """
echo = mo.ui.anywidget(player)

mo.md("Python knows that it plays" if echo.value["playing"] else "Python knows that it rests")
"""


def write_notebook(path: Path, code: str) -> None:
    """Write a notebook of marimo with a cell for each paragraph of the code."""
    cells = ("@app.cell\ndef _():\n    " + "\n    ".join(cell.splitlines()) for cell in code.strip().split("\n\n"))
    path.write_text("\n\n".join(("import marimo", "app = marimo.App()", *cells)) + "\n", encoding="utf-8")


def test_loss_roll_and_player_work_in_marimo(page: Page, cache: Path, tmp_path: Path) -> None:
    (code,) = re.findall(r"### In marimo\n.*?```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    write_notebook(tmp_path / "views.py", code + ECHO)
    marimo = FrontEnd(
        "marimo", ("run", str(tmp_path / "views.py"), "--headless", "--no-token", "--port={port}"), "", ""
    )
    with serve(marimo, tmp_path, cache) as server:
        page.goto(server.address)
        loss, roll = (page.get_by_role("img", name=re.compile(f"^{name}")) for name in ("Loss curve", "Piano roll"))
        player = page.get_by_role("group", name="Player").first
        expect(loss).to_have_attribute(
            "aria-label", re.compile("^Loss curve: [1-9].*nats per step"), timeout=SLOW * 1000
        )
        expect(roll).to_have_attribute(
            "aria-label", re.compile(r"^Piano roll: \d+ notes in 80 steps"), timeout=SLOW * 1000
        )
        expect(page.get_by_text("Python knows that it rests")).to_be_visible()

        player.get_by_role("button", name="Play", exact=True).click()
        expect(page.get_by_text("Python knows that it plays")).to_be_visible(timeout=SLOW * 1000)
        expect(player.locator(".time")).to_have_text(re.compile("^0:0[1-9] / 0:"), timeout=SLOW * 1000)
        player.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_text("Python knows that it rests")).to_be_visible(timeout=SLOW * 1000)
        page.goto("about:blank")
