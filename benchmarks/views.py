"""What does looking inside cost training? Time per update with each view open, and with none."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from typing import Any

from benchmarks.browser import Opened, Spent, spent_per_update, training_in_a_page
from benchmarks.opened import open_browser

Spending = tuple[Spent, Spent]


def add_command(commands: Any) -> None:
    """Add `views` to the command line."""
    parser = commands.add_parser("views", help=__doc__)
    parser.add_argument("--times", type=int, default=7, help="how often each view is opened (default: 7)")
    parser.add_argument("--seconds", type=float, default=20.0, help="for which it is open, and is not (default: 20)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print a table, and a line of JSON for each row.

    Updates are counted over all the time that a view was open, as what it reads now and then would vanish in a median.
    The ratio of processor time holds on a busy machine, too: all that the kernel does for an update counts.
    """
    print(f"{'while open, against none':42} {'wall':>6} {'kernel':>7} {'worker':>7} {'bar':>5}")
    with open_browser() as browser, training_in_a_page(browser) as opened:
        rows: list[tuple[str, float, Callable[[Opened, int, float], Spending]]] = [
            ("units of a held-out tune", 0.95, compare_units),
            ("units, surprise and copies", 0.95, compare_lanes),
            ("the diagram of the network", 0.95, compare_diagram),
            ("histograms of weights and gradients", 0.95, compare_histograms),
            ("no view, against no page", 0.99, compare_closed),
        ]
        for name, bar, compare in rows:
            shown, hidden = compare(opened, arguments.times, arguments.seconds)
            ratios = [
                (without / hidden.updates) / (within / shown.updates)
                for within, without in zip(shown[1:], hidden[1:], strict=True)
            ]
            print(f"{name:42} {ratios[0]:6.3f} {ratios[1]:7.3f} {ratios[2]:7.3f} {bar:5}")
            row = {"view": name, "bar": bar, "shown": shown._asdict(), "hidden": hidden._asdict()}
            print(json.dumps(row | {"load": round(os.getloadavg()[0], 1)}), flush=True)


def compare_units(opened: Opened, times: int, seconds: float) -> Spending:
    """Compare while the units of a held-out tune are shown, and are not."""
    studio, _ = opened
    studio.open("Inside")
    menu = studio.root.get_by_label("Tune", exact=True).filter(visible=True)
    held_out = menu.locator("option").filter(has_text="(held out)").first.get_attribute("value")
    menu.select_option(held_out)
    return _alternate(opened, times, seconds, lambda: studio.open("Inside"), lambda: studio.open("Music"))


def compare_lanes(opened: Opened, times: int, seconds: float) -> Spending:
    """Compare the same with the lanes of surprise and copies, after `compare_units`."""
    studio, _ = opened
    studio.open("Inside")
    for lane in ("Surprise", "Copies"):
        studio.root.get_by_role("button", name=lane, exact=True).filter(visible=True).click()
    return _alternate(opened, times, seconds, lambda: studio.open("Inside"), lambda: studio.open("Music"))


def compare_diagram(opened: Opened, times: int, seconds: float) -> Spending:
    """Compare while the diagram of the network is shown, and is not."""
    studio, _ = opened
    return _alternate(opened, times, seconds, lambda: studio.open("Network"), lambda: studio.open("Music"))


def compare_histograms(opened: Opened, times: int, seconds: float) -> Spending:
    """Compare while histograms are shown, and the health of the layers is instead."""
    studio, _ = opened
    studio.open("Training")
    switch = studio.button("Weights")
    return _alternate(opened, times, seconds, switch.click, switch.click)


def compare_closed(opened: Opened, times: int, seconds: float) -> Spending:
    """Compare while the page shows none of these views, and while there is no page."""
    studio, _ = opened
    studio.open("Music")
    studio.save()
    studio.page.goto("about:blank")
    return _alternate(opened, times, seconds, studio.open_saved, lambda: studio.page.goto("about:blank"))


def _alternate(
    opened: Opened, times: int, seconds: float, show: Callable[[], object], hide: Callable[[], object]
) -> Spending:
    """Measure with a view and without, in turn, and return the sums of each."""
    _, client = opened
    shown, hidden = [], []
    for _ in range(times):
        show()
        shown.append(spent_per_update(client, seconds))
        hide()
        hidden.append(spent_per_update(client, seconds))
    with_view, without = (Spent(*map(sum, zip(*each, strict=True))) for each in (shown, hidden))
    return with_view, without
