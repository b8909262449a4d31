"""The studio alone, as `scripts/studio --app` opens it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, expect

from .lab import APP, serve
from .studio_page import SLOW, StudioPage

pytestmark = pytest.mark.browser


def test_app_shows_only_the_studio_and_continues_after_a_reload(
    context: BrowserContext, cache: Path, tmp_path: Path
) -> None:
    # Voila requests icons from another host, which is blocked here.
    context.route(lambda url: urlsplit(url).hostname not in ("127.0.0.1", None), lambda route: route.abort())
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or error.message))
    with serve(APP, tmp_path, cache) as server:
        studio = StudioPage(page, server)
        expect(page.get_by_text("Run All Cells")).to_have_count(0)
        expect(page.locator("pre")).to_have_count(0)  # nor is there a cell with code
        box = studio.root.bounding_box()
        assert box["y"] < 30
        assert box["width"] > 0.95 * page.viewport_size["width"]
        studio.enter("Training", "Epochs", "100000")
        made = studio.train(updates=3).updates

        page.reload()  # which ends the kernel, and starts another one
        studio.expect_status("Ready", SLOW)
        question = studio.root.get_by_text(re.compile("^Continue '"))
        found = re.search(r"from update (\d+)\?$", question.inner_text())
        assert found
        assert int(found[1]) >= made
        studio.button("Continue").click()
        studio.open("Training")
        studio.read_losses(updates=int(found[1]) + 2)
        page.goto("about:blank")
    assert not errors
