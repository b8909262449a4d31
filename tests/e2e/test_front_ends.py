"""The studio in front ends other than JupyterLab: it opens, draws, generates and trains."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from .lab import NOTEBOOK, VOILA, serve
from .studio_page import StudioPage

pytestmark = pytest.mark.browser


def use_studio(studio: StudioPage) -> None:
    studio.expect_status("Ready")
    studio.open("Listening")
    assert studio.count_notes() > 0
    assert studio.coloured(studio.roll) > 0.005
    studio.train(updates=3)
    assert studio.coloured(studio.loss) > 0.002
    studio.button("Stop").click()
    studio.expect_status("Stopped")
    expect(studio.button("Start")).to_be_enabled()


@pytest.mark.parametrize("front_end", [NOTEBOOK, VOILA], ids=lambda front_end: front_end.module)
def test_studio_works_in(front_end, context, cache, tmp_path):
    # Not the `page` fixture, since these front ends have faults of their own: Voila requests icons from another host,
    # which is blocked here, and Notebook reports errors about its settings.
    context.route(lambda url: urlsplit(url).hostname not in ("127.0.0.1", None), lambda route: route.abort())
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or error.message))
    with serve(front_end, tmp_path, cache) as server:
        use_studio(StudioPage(page, server))
    assert not [error for error in errors if "/static/notebook/" not in error]
