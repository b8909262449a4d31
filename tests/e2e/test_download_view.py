"""A large file is downloaded by a button, part by part, in an empty page."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from lstmmusic.views import DownloadView

from .heard_view import HeardView

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("closed_views")]

CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def shown(page: Page, tmp_path: Path) -> HeardView:
    view = DownloadView()
    (tmp_path / "tunes.zip").write_bytes(CONTENT)
    view.offer(tmp_path / "tunes.zip")
    return HeardView(page, view, 600)


def start(page: Page) -> Locator:
    return page.get_by_role("button", name="Download tunes.zip (1.1 MB)", exact=True)


def wait_for(shown: HeardView, requests: int) -> None:
    """Wait for a number of requests of parts."""
    shown.page.wait_for_function("number => views[0].model.sent.length === number", arg=requests)


def test_file_comes_as_it_is_and_no_faster_than_the_server_allows(shown: HeardView) -> None:
    page = shown.page
    with page.expect_download() as download:
        start(page).click()
        for part in (1, 2, 3):
            wait_for(shown, part)
            if part == 2:
                expect(page.get_by_role("status")).to_have_text("Downloading tunes.zip: 48 %")
            shown.answer()
    assert Path(download.value.path()).read_bytes() == CONTENT
    assert download.value.suggested_filename == "tunes.zip"
    expect(page.get_by_role("status")).to_have_text("Downloaded tunes.zip.")
    at = [message["at"] for message in shown.sent() if message["kind"] == "part"]
    assert min(after - before for before, after in itertools.pairwise(at)) >= 550  # milliseconds
    assert shown.sent()[-1]["kind"] == "end"
    expect(start(page)).to_be_visible()


def test_download_is_cancelled_or_ends_with_a_reason(shown: HeardView, tmp_path: Path) -> None:
    page = shown.page
    start(page).click()
    wait_for(shown, 1)
    page.get_by_role("button", name="Cancel").click()
    expect(start(page)).to_be_visible()
    assert shown.sent()[-1]["kind"] == "end"
    start(page).click()
    wait_for(shown, 3)
    (tmp_path / "tunes.zip").unlink()
    shown.answer()
    expect(page.get_by_role("status")).to_contain_text("cannot be read any more")
    expect(start(page)).to_be_visible()
