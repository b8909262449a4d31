"""A studio whose kernel was restarted, has died, or is no longer shown by any page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lstmmusic.runs.listing import find_runs

from .studio_page import SLOW, StudioPage

pytestmark = pytest.mark.browser

# Longer than the loss curve of a run that trains waits before it asks for a new one.
SILENCE = "() => new Promise((done) => setTimeout(done, 1500))"
LOST = "The kernel was restarted: run the cell again"


class Sent:
    """What a page sends to widgets in its kernels."""

    def __init__(self, page: Page) -> None:
        self.messages = 0
        page.on("websocket", lambda socket: socket.on("framesent", self._count))

    def _count(self, frame: str | bytes) -> None:
        self.messages += ("comm_msg" if isinstance(frame, str) else b"comm_msg") in frame


def expect_lost(studio: StudioPage, sent: Sent) -> None:
    """Wait until the studio says that its kernel is gone, and only that; then its controls do nothing."""
    expect(studio.root.get_by_role("alert")).to_have_text(LOST, timeout=SLOW * 1000)
    expect(studio.status).to_be_hidden()
    assert sent.messages > 0
    sent.messages = 0
    for name in ("Pause", "Stop"):
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
