"""The takes to choose from, and those of before, as lists of strips."""

from __future__ import annotations

from collections.abc import Callable

from lstmmusic.generation.sampler import Take
from lstmmusic.studio.history import Entry, History
from lstmmusic.studio.takes import Made
from lstmmusic.views import Strip, StripsView


def list_takes(act_on: Callable[[str, int], None]) -> StripsView:
    """Make the list of takes; `act_on` gets an action and the index of a take."""
    return StripsView("Takes", act_on, empty="Press Generate: takes appear here")


def show_takes(view: StripsView, made: Made, chosen: int | None, is_favourite: Callable[[Take], bool]) -> None:
    """Show takes in their list."""
    parts = zip(made.takes, made.depths, made.labels, made.names, strict=True)
    strips = [
        Strip(take.tune, label, take.primer_steps, f"{name}, seed {take.seed}", is_favourite(take), depth)
        for take, depth, label, name in parts
    ]
    view.show(strips, chosen)


def list_history(go_to: Callable[[int], None]) -> StripsView:
    """Make the filmstrip of takes that were shown; `go_to` gets the place of one."""
    return StripsView("History", lambda _, place: go_to(place), actions=(), empty="Tunes that were shown appear here")


def show_history(view: StripsView, history: History) -> None:
    """Show the filmstrip."""
    strips = []
    for entry in history.entries:
        take, done = entry.take, describe_work(entry)
        settings = f"temperature {take.temperature:.2g}, seed {take.seed}"
        title = ", ".join(filter(None, (entry.made.names[entry.index], done, settings)))
        strips.append(Strip(take.tune, done or f"T {take.temperature:.2g} · {take.seed}", take.primer_steps, title))
    view.show(strips, None if history.place < 0 else history.place)


def describe_work(entry: Entry) -> str:
    """Say in a few words what a take of the history is if it was not just generated, or ""."""
    made, number, done = entry.made, entry.made.labels[entry.index], entry.made.request.work[-1:]
    if made.endless:
        return "endless music"
    if made.favourite:
        return f"★ {made.favourite.name}"
    if made.depths[entry.index]:
        return f"branch {number}"
    if done and done[0].index == entry.index:
        return f"{done[0].makes} take {number}"
    return ""
