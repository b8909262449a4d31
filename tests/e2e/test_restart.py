"""A studio whose kernel was restarted, has died, or is no longer shown by any page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lstmmusic.runs.listing import find_runs

from .lab import end_kernels
from .studio_page import SLOW, StudioPage

pytestmark = pytest.mark.browser

# Longer than the loss curve of a run that trains waits before it asks for a new one.
SILENCE = "() => new Promise((done) => setTimeout(done, 1500))"
LOST = "The kernel was restarted: run the cell again"
ABSENT = "The studio is no longer here: run the cell again"


class Sent:
    """What a page sends to widgets in its kernels."""

    def __init__(self, page: Page) -> None:
        self.messages = 0
        page.on("websocket", lambda socket: socket.on("framesent", self._count))

    def _count(self, frame: str | bytes) -> None:
        content = frame.encode() if isinstance(frame, str) else frame
        # JupyterLab itself asks a new kernel for its widgets.
        self.messages += b"comm_msg" in content and b"request_states" not in content


def expect_lost(studio: StudioPage, sent: Sent) -> None:
    """Wait until the studio says that its kernel is gone, and only that; then its controls do nothing."""
    expect(studio.root.get_by_role("alert")).to_have_text(LOST, timeout=SLOW * 1000)
    expect(studio.status).to_be_hidden()
    assert sent.messages > 0
    sent.messages = 0
    for name in ("Step", "Stop"):
        box = studio.button(name).bounding_box()
        studio.page.mouse.click(box["x"] + 5, box["y"] + 5)
    studio.page.evaluate(SILENCE)
    assert sent.messages == 0


def test_restarted_kernel_is_reported_and_its_run_continues_in_one_click(open_studio: Callable, page: Page) -> None:
    sent = Sent(page)
    studio = open_studio()
    studio.enter("Training", "Epochs", "100000")
    studio.train(updates=5)
    studio.choose("Kernel", "Restart Kernel…")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect_lost(studio, sent)

    studio.run_all_cells()
    studio.expect_status("Ready", SLOW)
    question = studio.root.get_by_text(re.compile("^Continue '"))
    (run,) = find_runs(studio.folder)[0]
    expect(question).to_have_text(f"Continue '{run.name}' from update {run.updates}?")
    studio.button("Continue").click()
    studio.expect_message("Continuing ")
    expect(question).to_be_hidden()
    studio.open("Training")
    studio.read_losses(updates=run.updates + 2)

    studio.save()
    reopened = page.context.new_page()  # in which JupyterLab reports an error: it finds no widget
    page.goto("about:blank")
    end_kernels(studio.lab)
    reopened.goto(studio.lab.address)
    expect(reopened.get_by_text(ABSENT)).to_be_visible(timeout=SLOW * 1000)
    reopened.close()


def test_run_that_no_page_shows_is_paused_and_a_kernel_that_has_died_is_reported(
    open_studio: Callable, page: Page
) -> None:
    sent = Sent(page)
    studio = open_studio(code="Studio(page_timeout=4)")
    studio.enter("Training", "Epochs", "100000")
    studio.train(updates=1)
    page.goto("about:blank")
    # While it trains, it is saved every minute; at the start, it has made no update.
    studio.wait_until(lambda: find_runs(studio.folder)[0][0].updates > 0, "the run is paused and saved", SLOW - 1)

    studio.open_page()
    studio.expect_status("Paused")
    studio.expect_message("No page has shown the studio for a while: the run is paused and saved")
    page.get_by_text("Click to add a cell.").click()
    cell = page.locator(".jp-CodeCell .cm-content").nth(2)
    cell.fill("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    cell.press("Shift+Enter")
    page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    expect_lost(studio, sent)
