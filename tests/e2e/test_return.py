"""A page that goes away and comes back finds the same training, still going on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .studio_page import SLOW

pytestmark = pytest.mark.browser


def run_all_cells(studio) -> None:
    studio.page.get_by_role("menuitem", name="Run", exact=True).click()
    studio.page.get_by_text("Run All Cells", exact=True).click()


def test_running_the_cells_again_and_reloading_the_page_show_the_same_training(open_studio):
    studio = open_studio()
    studio.control("Training", "Epochs").fill("100000")
    studio.button("Start").click()
    made = studio.read_losses(updates=20)[-1].updates

    run_all_cells(studio)
    made = studio.read_losses(updates=made + 10)[-1].updates  # it went on: a new run would count from 1
    assert made > 20

    studio.page.goto("about:blank")
    studio.page.goto(f"{studio.url}/lab/tree/studio.ipynb?reset")
    expect(studio.page.get_by_role("button", name=re.compile(r"\| Idle$"))).to_be_visible(timeout=SLOW * 1000)
    run_all_cells(studio)
    expect(studio.loss).to_be_visible(timeout=SLOW * 1000)
    assert studio.read_losses(updates=made + 10)[-1].updates > made
    assert not list(studio.folder.glob("runs/*"))  # nothing was ended, so nothing was put away
