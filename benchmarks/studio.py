"""How fast does the studio respond in JupyterLab and Chromium while it trains 3x120?"""

from __future__ import annotations

import argparse
import json
import os
import re
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.opened import SLOW, SOUNDS, OpenedStudio, open_browser, open_studio
from lstmmusic.errors import LSTMMusicError

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CLICKS = 48
TWEAKS = 24
SETTLED = 20.0  # seconds of training after which memory is compared
COUNTED = 10.0  # seconds in which messages are counted
RETRY = 3.0  # seconds between two takes of a network in training
PATIENCE = 300.0  # seconds, where the target is 90
FLAT = 1.0  # megabytes a minute
PARTS, SAMPLES = 10, 5  # into which the time is divided; measurements of memory after each
STEPS, SPAN = 10_000, 200  # length of a roll, and how much of it is visible

# Turns the wheel once per frame until the end is reached. Each redrawn picture sets its label.
SCROLL = """async (canvas) => {
  const { model } = window.views.at(-1);
  const last = model.get("shape")[0] - model.get("span");
  let drawn = 0;
  const changes = new MutationObserver(() => drawn++);
  changes.observe(canvas, { attributeFilter: ["aria-label"] });
  const frame = () => new Promise(requestAnimationFrame);
  const began = await frame();
  let now = began;
  while (model.get("first") < last) {
    canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: 150, bubbles: true, cancelable: true }));
    now = await frame();
  }
  return drawn / ((now - began) / 1000);
}"""


def add_command(commands: Any) -> None:
    """Add `studio` to the command line."""
    parser = commands.add_parser("studio", help=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="for which memory is measured (default: 1)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print a table, with a line of JSON for each row."""
    print(f"{'what':58} {'seen':>8} {'bar':>6} unit   (load average {load()} on {os.cpu_count()} cores)")
    with open_browser() as browser:
        measure_scrolling(browser)
        with tempfile.TemporaryDirectory() as home, open_studio(browser, Path(home)) as opened:
            measure_first_run(opened)
            train_on(opened)
            measure_clicks(opened)
            measure_tweaks(opened)
            measure_learning(opened)
            measure_surgery(opened)
            measure_messages(opened)
            measure_memory(opened, arguments.minutes, kernel_of(Path(home)))


def report(what: str, seen: float, bar: float, unit: str, **more: Any) -> None:
    """Print a row and its line of JSON."""
    print(f"{what:58} {seen:8.2f} {bar:6g} {unit}")
    row = {"what": what, "seen": round(seen, 3), "bar": bar, "unit": unit, "load": load()}
    print(json.dumps(row | more), flush=True)


def load() -> float:
    """Return the number of processes that wanted to run in the last minute; above the number of cores, they waited."""
    return round(os.getloadavg()[0], 1)


def measure_scrolling(browser: Browser) -> None:
    """Scroll through a long roll in an empty page, once per frame."""
    from lstmmusic.views import RollView
    from tests.e2e.bare_view import BareView

    notes = np.random.default_rng(0).random((STEPS, 88)) < 0.045  # as many as music has
    for palette, what in (("roll", "a roll"), ("probability", "probabilities")):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_content("<body style='margin: 0'></body>")
        view = RollView(height=260, palette=palette, span=float(SPAN))
        view.show(notes)
        frames = BareView(page, view, 1200).canvas.evaluate(SCROLL)
        report(f"frames of {what} of {STEPS:,} steps that scrolls", frames, 30, "/s")
        view.close()
        page.close()


def measure_first_run(opened: OpenedStudio) -> None:
    """Hear the bundled network, then train a new one until a take of it does not collapse."""
    shown = time.perf_counter() - opened.began
    opened.show("Listening")
    opened.press("Instrument")
    opened.studio.get_by_label("Sound from", exact=True).select_option("this page")
    opened.hear()
    heard = time.perf_counter() - opened.began
    report("from opening the notebook to hearing the bundled network", heard, 15, "s", shown=round(shown, 2))
    opened.press("Start")
    started = time.perf_counter()
    status = opened.studio.locator(".lstmmusic-text").get_by_text(re.compile(r"epoch ([2-9]|\d\d+) of"))
    status.first.wait_for(timeout=1000 * PATIENCE)
    generate = opened.studio.get_by_role("button", name="Generate", exact=True)
    tries = 0
    while True:
        tries += 1
        opened.click_and_see(generate, opened.roll, "aria-label")
        opened.hear()
        now = time.perf_counter()
        if not opened.finding.inner_text().strip():  # the finding appears after the picture and before the sound
            break
        if now - started > PATIENCE:
            raise LSTMMusicError(f"its takes still collapse after {PATIENCE:.0f} s of training")
        opened.page.wait_for_timeout(1000 * RETRY)
    more = {"from_start": round(now - started, 2), "generated": tries, "tune": opened.roll.get_attribute("aria-label")}
    report("from opening it to a take of a new network", now - opened.began, 90, "s", **more)


def train_on(opened: OpenedStudio) -> None:
    """Extend the run beyond the measurements; with the defaults, it would end after some minutes."""
    opened.show("Training")
    epochs = opened.studio.get_by_label("Epochs", exact=True).filter(visible=True)
    epochs.fill("100000")
    epochs.press("Tab")
    opened.studio.get_by_text(re.compile("of 100000")).first.wait_for(timeout=SLOW)


def measure_clicks(opened: OpenedStudio) -> None:
    """Time clicks that the kernel handles while it trains."""
    opened.show("Listening")
    takes = opened.takes.locator(".lstmmusic-strip-show")
    count = takes.count()
    chosen = [
        opened.click_and_see(takes.nth((number + 1) % count), opened.roll, "aria-label") for number in range(CLICKS)
    ]
    # One button, which changes its label at once, and again when the run has paused.
    pause = opened.studio.locator(".jupyter-button:has(+ .jupyter-button:text-is('Step'))")
    toggled = []
    for _ in range(CLICKS):
        for name in ("Resume", "Pause"):
            toggled.append(opened.click_and_see(pause, pause))
            pause.filter(has_text=re.compile(f"^{name}$")).wait_for(timeout=SLOW)
    for what, milliseconds in (
        ("another take, to its picture", chosen),
        ("Pause, to its new label", toggled[::2]),
        ("Resume, to its new label", toggled[1::2]),
    ):
        for percent, bar in ((50, 150), (95, 400)):
            seen = float(np.percentile(milliseconds, percent))
            report(f"a click on {what}, p{percent}", seen, bar, "ms", clicks=len(milliseconds))


def measure_tweaks(opened: OpenedStudio) -> None:
    """Time what the user tweaks while it trains: temperature, notes, and the weights of a take that plays."""
    opened.show("Listening")
    page, roll = opened.page, opened.roll
    dragged, followed, edited, turned = [], [], [], []
    slider = opened.studio.get_by_role("slider", name="Temperature", exact=True).bounding_box()
    middle = slider["y"] + slider["height"] / 2
    page.mouse.move(slider["x"] + slider["width"] * 0.5, middle)
    page.mouse.down()
    for number in range(TWEAKS):
        place = slider["x"] + slider["width"] * (0.52 if number % 2 else 0.48) + number % 7
        # The strips change once the whole take is there.
        awaited = (roll, "aria-label aria-description"), (opened.takes, "")
        seen, whole = opened.act_and_see_each(partial(page.mouse.move, place, middle), "pointermove", awaited)
        dragged.append(seen)
        followed.append(whole)
    page.mouse.up()
    opened.press("Generate")
    page.wait_for_timeout(1000)
    roll.press("e")
    box = roll.bounding_box()
    for number in range(TWEAKS):
        x, y = box["x"] + box["width"] * 0.4 + 5 * number, box["y"] + box["height"] * (0.2 + number / 100)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 12, y)
        # The page shows the edit at once, and the strips once its continuation is there.
        edited.append(opened.act_and_see(page.mouse.up, "pointerup", opened.takes))
        page.wait_for_timeout(200)
    roll.press("e")
    opened.press("Generate")  # takes that were edited are edited again, and take longer
    page.wait_for_timeout(1000)
    opened.takes.get_by_role("button", name=re.compile("^Play: Take 1 ")).click(timeout=SLOW)
    page.wait_for_function(SOUNDS, timeout=SLOW)
    learning = opened.studio.get_by_role("slider", name="Learning", exact=True)
    learning.press("Home")
    page.wait_for_timeout(1000)  # until that is heard: the answer to a key is not that to the one before
    for number in range(TWEAKS):
        key = "ArrowLeft" if number % 2 else "ArrowRight"
        turned.append(opened.act_and_see(partial(learning.press, key), "keydown", opened.player, "aria-label"))
        page.wait_for_timeout(300)
    opened.player.get_by_role("button", name="Stop").click()
    learning.press("End")
    for what, milliseconds, bars in (
        ("a drag of the temperature, to its first picture", dragged, (150, 400)),
        ("a drag of the temperature, to the whole take", followed, (400, 400)),
        ("an edit with the pencil, to the new continuation", edited, (250, 500)),
        ("an earlier snapshot, to the player of a tune that plays", turned, (500, 500)),
    ):
        for percent, bar in zip((50, 95), bars, strict=True):
            seen = float(np.nanpercentile(milliseconds, percent))
            report(f"{what}, p{percent}", seen, bar, "ms", times=int(np.isfinite(milliseconds).sum()))


def measure_learning(opened: OpenedStudio) -> None:
    """Time how soon earlier weights are heard while it trains; a tune sounds within 50 ms of its name."""
    hear = opened.studio.get_by_role("button", name="Hear it learn", exact=True)
    heard = []
    for _ in range(CLICKS // 2):
        heard.append(opened.click_and_see(hear, opened.player, "aria-label"))
        opened.click_and_see(hear, opened.player, "aria-label")
    for percent in (50, 95):
        seen = float(np.nanpercentile(heard, percent))
        clicks = int(np.isfinite(heard).sum())
        report(f"a click on Hear it learn, to its first tune, p{percent}", seen, 500, "ms", clicks=clicks)


def measure_surgery(opened: OpenedStudio) -> None:
    """Time how soon a take is sampled again after a unit is switched off, while it trains."""
    opened.show("Inside")
    units = opened.studio.get_by_role("slider", name=re.compile("^Units of layer"))
    units.wait_for(timeout=SLOW)
    units.click(position={"x": 300, "y": 100})
    off = opened.studio.get_by_role("button", name="Off", exact=True)
    switched = []
    for _ in range(TWEAKS):
        switched.append(opened.click_and_see(off, opened.roll, "aria-label aria-description"))
        opened.press("Undo all")
        opened.page.wait_for_timeout(500)
    for percent in (50, 95):
        seen = float(np.nanpercentile(switched, percent))
        clicks = int(np.isfinite(switched).sum())
        report(f"a unit switched off, to the new tune, p{percent}", seen, 300, "ms", clicks=clicks)


def measure_messages(opened: OpenedStudio) -> None:
    """Count the messages that the kernel sends to the page."""
    for place in ("Training", "Listening", "Inside"):
        opened.show(place)
        opened.page.wait_for_timeout(1000)
        opened.messages.reset()
        began = time.perf_counter()
        opened.page.wait_for_timeout(1000 * COUNTED)
        seconds = time.perf_counter() - began
        view, count = opened.messages.busiest()
        total = round(opened.messages.total() / seconds, 1)
        report(f"messages to the busiest view, {place} shown", count / seconds, 10, "/s", view=view, to_all=total)


def kernel_of(home: Path) -> Any:
    """Return the process of the only kernel of a JupyterLab."""
    import psutil

    (connection,) = (home / "runtime").glob("kernel-*.json")
    return next(each for each in psutil.process_iter(["cmdline"]) if str(connection) in (each.info["cmdline"] or ()))


def median_of(measure: Callable[[], float], opened: OpenedStudio) -> float:
    """Return the median of measurements a second apart: each save takes some megabytes for a moment."""
    samples = []
    for _ in range(SAMPLES):
        samples.append(measure())
        opened.page.wait_for_timeout(1000)
    return float(np.median(samples))


def measure_memory(opened: OpenedStudio, minutes: float, kernel: Any) -> None:
    """Measure the growth of memory while it trains."""
    opened.show("Training")
    session = opened.page.context.new_cdp_session(opened.page)

    def used_by_page() -> float:
        session.send("HeapProfiler.collectGarbage")
        used: float = session.send("Runtime.getHeapUsage")["usedSize"]
        return used

    measures: dict[str, Callable[[], float]] = {
        "kernel, resident": lambda: kernel.memory_info().rss,
        "page, JavaScript heap": used_by_page,
    }
    opened.page.wait_for_timeout(1000 * SETTLED)
    seen: dict[str, list[float]] = {name: [] for name in measures}
    for part in range(PARTS + 1):  # several parts show whether growth continues
        if part:
            opened.page.wait_for_timeout(60_000 * minutes / PARTS)
        for name, measure in measures.items():
            seen[name].append(round(median_of(measure, opened) / 1e6, 2))
    for name, megabytes in seen.items():
        grown = megabytes[-1] - megabytes[0]
        more = {"megabytes": megabytes, "grown": round(grown, 2), "minutes": minutes}
        report(f"growth of the {name}", grown / minutes, FLAT, "MB/min", **more)
