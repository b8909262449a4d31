"""What a page costs training that watches, or plays: updates with the studio open in Chromium, and without."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from jupyter_client.blocking import BlockingKernelClient

if TYPE_CHECKING:
    from tests.e2e.studio_page import StudioPage

# `_` is what the notebook's last cell showed: the studio.
PROGRESS = "(len(_.session.trainer.losses), __import__('time').perf_counter())"


def beside_a_page(times: int, seconds: float = 5.0) -> tuple[float, float] | None:
    """Time updates while the page watches, and while there is none, in turn.

    Returns
    -------
    with_page, without : float
        Median seconds of an update; None where there is no Chromium.
    """
    watched: list[float] = []
    alone: list[float] = []
    with _training() as opened:
        if opened is None:
            return None
        studio, client = opened
        studio.page.keyboard.press("Control+s")  # a page that comes back shows what was saved
        for _ in range(times):
            watched.append(_seconds_of_an_update(client, seconds))
            studio.page.goto("about:blank")
            alone.append(_seconds_of_an_update(client, seconds))
            studio.page.goto(studio.lab.address)
            studio.loss.wait_for()
    return median(watched), median(alone)


def beside_music(times: int, seconds: float = 10.0) -> tuple[float, float] | None:
    """Time updates while music goes on in the page, a bar every 4.8 seconds, and while it is silent, in turn.

    Returns
    -------
    with_music, without : float
        Median seconds of an update; None where there is no Chromium.
    """
    heard: list[float] = []
    silent: list[float] = []
    with _training() as opened:
        if opened is None:
            return None
        studio, client = opened
        studio.open("Listening")
        studio.count_notes()
        button = studio.root.get_by_role("button", name="Keep playing")
        for _ in range(times):
            button.click()
            studio.expect_playing()
            heard.append(_seconds_of_an_update(client, seconds))
            button.click()
            silent.append(_seconds_of_an_update(client, seconds))
    return median(heard), median(silent)


@contextmanager
def _training() -> Iterator[tuple[StudioPage, BlockingKernelClient] | None]:
    """Open the studio in a page, and train; None where there is no Chromium."""
    # What drives a browser comes with the tests, and the other benchmarks do without.
    from playwright.sync_api import sync_playwright

    from tests.e2e.lab import CHROMIUM_FLAGS, find_chromium, jupyterlab
    from tests.e2e.studio_page import SLOW, StudioPage

    chromium = find_chromium()
    if chromium is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        home = Path(name)
        with jupyterlab(home, home / "cache", theme="Light", sound_card=False) as lab:
            page = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS)).new_page()
            page.set_default_timeout(SLOW * 1000)
            studio = StudioPage(page, lab)
            studio.enter("Training", "Epochs", "100000")
            studio.train(updates=1)
            client = BlockingKernelClient(connection_file=str(next((home / "runtime").glob("kernel-*.json"))))
            client.load_connection_file()
            client.start_channels()
            client.wait_for_ready(SLOW)
            yield studio, client
            client.stop_channels()


def _seconds_of_an_update(client: BlockingKernelClient, seconds: float) -> float:
    updates, clock = _progress(client)
    time.sleep(seconds)
    updates_then, clock_then = _progress(client)
    return (clock_then - clock) / (updates_then - updates)


def _progress(client: BlockingKernelClient) -> tuple[int, float]:
    """Ask the kernel how many updates were made, and what its clock says."""
    reply = client.execute("", user_expressions={"progress": PROGRESS}, store_history=False, reply=True, timeout=60)
    updates, clock = reply["content"]["user_expressions"]["progress"]["data"]["text/plain"].strip("()").split(", ")
    return int(updates), float(clock)
