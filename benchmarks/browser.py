"""What an open page costs training: time per update with the studio watching or playing in Chromium, and without."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from jupyter_client.blocking import BlockingKernelClient

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.e2e.studio_page import StudioPage

Opened = tuple["StudioPage", BlockingKernelClient]

# `_` is what the notebook's last cell showed: the studio. Only one job trains.
PROGRESS = (
    "(lambda time, threads: (len(_.session.trainer.losses), time.perf_counter(), time.process_time(), "
    "max(time.clock_gettime(time.pthread_getcpuclockid(each.ident)) for each in threads if each.name == "
    "'lstmmusic-job')))(__import__('time'), __import__('threading').enumerate())"
)


class Spent(NamedTuple):
    """How many updates there were, and what they took.

    Parameters
    ----------
    updates : int
    wall : float
        Seconds that passed.
    kernel, worker : float
        Seconds of a processor that the kernel used, and of these the thread that trains.
    """

    updates: int
    wall: float
    kernel: float
    worker: float


def time_with_page(opened: Opened, times: int, seconds: float = 5.0) -> tuple[float, float]:
    """Time updates with and without a page, alternately; return the median seconds of each."""
    studio, client = opened
    watched: list[float] = []
    alone: list[float] = []
    studio.save()
    for _ in range(times):
        watched.append(_seconds_per_update(client, seconds))
        studio.page.goto("about:blank")
        alone.append(_seconds_per_update(client, seconds))
        studio.open_saved()
        studio.open("Training")
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


def spent_per_update(client: BlockingKernelClient, seconds: float) -> Spent:
    """Measure what updates take while so many seconds pass, and how many there are."""
    before = now = _read_progress(client)
    while now.updates == before.updates:  # on a busy machine, an update may take longer than `seconds`
        time.sleep(seconds)
        now = _read_progress(client)
    return Spent(*(after - then for after, then in zip(now, before, strict=True)))


def _seconds_per_update(client: BlockingKernelClient, seconds: float) -> float:
    spent = spent_per_update(client, seconds)
    return spent.wall / spent.updates


def _read_progress(client: BlockingKernelClient) -> Spent:
    reply = client.execute("", user_expressions={"progress": PROGRESS}, store_history=False, reply=True, timeout=60)
    updates, *clocks = reply["content"]["user_expressions"]["progress"]["data"]["text/plain"].strip("()").split(", ")
    return Spent(int(updates), *map(float, clocks))
