"""Favourites in the page: a take is starred, named, played, downloaded, and still there after a restart."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from .studio_page import SLOW, StudioPage

pytestmark = pytest.mark.browser


def toolbar(studio: StudioPage, name: str) -> Locator:
    """Open a page of strips, and return its list."""
    studio.open("Listening")
    studio.root.get_by_role("button", name=name, exact=True).click()
    return studio.root.get_by_role("toolbar", name=name, exact=True)


def test_favourite_is_starred_named_played_and_downloaded_and_survives_a_restart(
    open_studio: Callable[..., StudioPage], page: Page
) -> None:
    studio = open_studio()
    studio.enter("Listening", "Length (steps)", "16")
    takes = toolbar(studio, "Takes")
    # Once the music is there, the takes are replaced by others with a primer of 16 steps.
    expect(takes.get_by_role("button", name=re.compile("^Take 1 after BWV .*, shown$"))).to_be_visible(
        timeout=SLOW * 1000
    )
    expect(studio.roll).to_have_attribute("aria-label", re.compile("notes in 32 steps"), timeout=SLOW * 1000)
    for number in (1, 2):
        takes.get_by_role("button", name=re.compile(f"^Add to favourites: Take {number} ")).click()
        expect(takes.get_by_role("button", name=re.compile(f"^Remove from favourites: Take {number} "))).to_be_visible()
        studio.expect_message("Kept Seed ")

    favourites = toolbar(studio, "Favourites")
    expect(favourites.get_by_role("group")).to_have_count(2)
    name = studio.root.get_by_label("Name", exact=True).filter(visible=True)
    favourites.get_by_role("group").first.get_by_role("button", name=re.compile("^Seed ")).click()
    expect(favourites.get_by_role("button", name=re.compile(", shown$"))).to_have_count(1)
    expect(studio.root.get_by_role("button", name=re.compile("^Favourite, bundled: chorales"))).to_be_visible()
    name.fill("My first: tune")
    name.press("Enter")
    expect(favourites.get_by_role("button", name=re.compile("^My first- tune.*, shown$"))).to_be_visible()

    favourites.get_by_role("button", name=re.compile("^Play: My first- tune")).click()
    studio.expect_playing()
    studio.player.get_by_role("button", name="Stop").click()

    studio.button("Download all").click()
    saved = studio.expect_message(r"Saved .*\.zip", SLOW)
    with zipfile.ZipFile(re.match(r"Saved (.*\.zip)\.", saved)[1]) as zipped:
        assert zipped.testzip() is None
        assert [zipped.read(entry)[:4] for entry in zipped.namelist()] == [b"MThd", b"RIFF"] * 2
        assert zipped.namelist()[:2] == ["01 My first- tune.mid", "01 My first- tune.wav"]
    favourites.get_by_role("button", name=re.compile("^Download: My first- tune")).click()
    with page.expect_download() as download:
        studio.root.get_by_role("link", name="Download the .mid file").click(timeout=SLOW * 1000)
    assert download.value.suggested_filename == "My first- tune.mid"

    favourites.get_by_role("button", name=re.compile("^Delete: Seed ")).click(force=True)
    expect(favourites.get_by_role("group")).to_have_count(1)
    studio.root.get_by_role("button", name=re.compile("^Undo: delete Seed ")).click()
    expect(favourites.get_by_role("group")).to_have_count(2)

    studio.choose("Kernel", "Restart Kernel…")
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    expect(studio.root.get_by_role("alert")).to_be_visible(timeout=SLOW * 1000)
    studio.run_all_cells()
    studio.expect_status("Ready", SLOW)
    favourites = toolbar(studio, "Favourites")
    favourites.get_by_role("button", name=re.compile("^My first- tune")).click(timeout=SLOW * 1000)
    expect(favourites.get_by_role("button", name=re.compile("^My first- tune.*, shown$"))).to_be_visible(
        timeout=SLOW * 1000
    )
    expect(studio.root.get_by_label("Name", exact=True).filter(visible=True)).to_have_value("My first- tune")
