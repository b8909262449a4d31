"""A page that is left and opened again, or a second one, shows the training that continues meanwhile."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from lstmmusic.runs.listing import find_runs

from .studio_page import SLOW, StudioPage

pytestmark = pytest.mark.browser


def test_cells_that_run_again_a_reopened_page_and_a_second_one_show_the_same_training(open_studio):
    studio = open_studio()
    studio.enter("Training", "Epochs", "100000")
    made = studio.train(updates=10).updates

    studio.run_all_cells()
    made = studio.read_losses(updates=made + 3)[-1].updates  # it continued: a new run would count from 1
    assert made > 10

    studio.page.goto("about:blank")
    studio.open_page()
    studio.expect_status("Running")
    assert studio.read_losses(updates=made + 3)[-1].updates > made

    other = StudioPage(studio.page.context.new_page(), studio.lab)
    other.expect_status("Running")
    made = other.read_losses(updates=4)[-1].updates
    made = studio.read_losses(updates=made + 1)[-1].updates
    assert other.read_losses(updates=made + 1)[-1].updates > made

    other.button("Pause").click()
    studio.expect_status("Paused")
    studio.button("Stop").click()
    other.expect_status("Stopped")
    assert len(list(studio.folder.glob("runs/[!.]*"))) == 1


def test_interrupting_the_kernel_pauses_the_run_and_saves_it(open_studio):
    studio = open_studio()
    studio.enter("Training", "Epochs", "100000")
    studio.train(updates=5)
    studio.choose("Kernel", "Interrupt Kernel")
    status = studio.expect_status("Paused", SLOW)
    studio.expect_message("Interrupted: the run is paused and saved")
    made = int(re.search(r"update ([\d,]+)", status)[1].replace(",", ""))
    assert made >= 5
    saved = studio.folder / "runs"
    assert len(list(saved.glob("*/run.safetensors"))) == 1
    studio.wait_until(lambda: [run.updates for run in find_runs(studio.folder)[0]] == [made], "all updates are saved")

    expect(studio.button("Resume")).to_be_enabled()
    studio.button("Resume").click()
    studio.read_losses(updates=made + 3)


def test_studio_works_in_order_while_a_cell_runs(open_studio):
    studio = open_studio()
    studio.page.get_by_text("Click to add a cell.").click()
    cell = studio.page.locator(".jp-CodeCell .cm-content").nth(2)
    cell.fill("import threading; threading.Event().wait()")
    cell.press("Shift+Enter")
    expect(studio.page.get_by_text("[*]:")).to_be_visible()

    studio.enter("Training", "Epochs", "1")
    studio.button("Start").click()
    studio.expect_status("(?:Running|Finished).* epoch 1 of 1 ", SLOW)

    studio.choose("Kernel", "Interrupt Kernel")
    expect(studio.page.get_by_text("KeyboardInterrupt").first).to_be_visible()
