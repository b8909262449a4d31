"""What an open page costs training: time per update with the studio watching or playing in Chromium, and without."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from jupyter_client.blocking import BlockingKernelClient

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.studio_page import StudioPage

Opened = tuple["StudioPage", BlockingKernelClient]

# `_` is what the notebook's last cell showed: the studio.
PROGRESS = "(len(_.session.trainer.losses), __import__('time').perf_counter())"


def time_with_page(opened: Opened, times: int, seconds: float = 5.0) -> tuple[float, float]:
    """Time updates with and without a page, alternately; return the median seconds of each."""
    studio, client = opened
    watched: list[float] = []
    alone: list[float] = []
    studio.page.keyboard.press("Control+s")  # a reopened page shows what was saved
    for _ in range(times):
        watched.append(_seconds_per_update(client, seconds))
        studio.page.goto("about:blank")
        alone.append(_seconds_per_update(client, seconds))
        studio.page.goto(studio.lab.address)
        studio.loss.wait_for()
    return median(watched), median(alone)


def time_with_music(opened: Opened, times: int, seconds: float = 10.0) -> tuple[float, float]:
    """Time updates while the page plays endless music and while it is silent, alternately.

    A bar lasts 4.8 seconds. Returns the median seconds of each.
    """
    studio, client = opened
    heard: list[float] = []
    silent: list[float] = []
    studio.open("Listening")
    studio.count_notes()
    button = studio.root.get_by_role("button", name="Endless")
    for _ in range(times):
        button.click()
        studio.expect_playing()
        heard.append(_seconds_per_update(client, seconds))
        button.click()
        silent.append(_seconds_per_update(client, seconds))
    return median(heard), median(silent)


def time_with_units(opened: Opened, times: int, seconds: float = 10.0) -> tuple[float, float]:
    """Time updates while the page shows the units of a held-out tune and while it shows none, alternately.

    Returns the median seconds of each.
    """
    studio, client = opened
    shown: list[float] = []
    hidden: list[float] = []
    studio.open("Inside")
    menu = studio.root.get_by_label("Tune", exact=True).filter(visible=True)
    held_out = menu.locator("option").filter(has_text="(held out)").first.get_attribute("value")
    menu.select_option(held_out)
    for _ in range(times):
        studio.open("Inside")
        shown.append(_seconds_per_update(client, seconds))
        studio.open("Music")
        hidden.append(_seconds_per_update(client, seconds))
    return median(shown), median(hidden)


@contextmanager
def training_in_a_page(browser: Browser, cache: Path | None = None) -> Iterator[Opened]:
    """Open the studio in a page and start training; without a cache, it reads its music first."""
    # Imported here, because the other benchmarks need neither the tests nor a browser.
    from tests.e2e.lab import jupyterlab
    from tests.e2e.studio_page import SLOW, StudioPage

    with tempfile.TemporaryDirectory() as name, closing(browser.new_page()) as page:
        home = Path(name)
        page.set_default_timeout(SLOW * 1000)
        with jupyterlab(home, cache or home / "cache", theme="Light", sound_card=False) as lab:
            studio = StudioPage(page, lab)
            studio.enter("Training", "Epochs", "100000")
            studio.train(updates=1)
            client = BlockingKernelClient(connection_file=str(next((home / "runtime").glob("kernel-*.json"))))
            client.load_connection_file()
            client.start_channels()
            client.wait_for_ready(SLOW)
            yield studio, client
            client.stop_channels()


def _seconds_per_update(client: BlockingKernelClient, seconds: float) -> float:
    updates, clock = _progress(client)
    updates_then = updates
    while updates_then == updates:  # on a busy machine, an update may take longer than `seconds`
        time.sleep(seconds)
        updates_then, clock_then = _progress(client)
    return (clock_then - clock) / (updates_then - updates)


def _progress(client: BlockingKernelClient) -> tuple[int, float]:
    """Return the number of updates so far, and the kernel's clock."""
    reply = client.execute("", user_expressions={"progress": PROGRESS}, store_history=False, reply=True, timeout=60)
    updates, clock = reply["content"]["user_expressions"]["progress"]["data"]["text/plain"].strip("()").split(", ")
    return int(updates), float(clock)
