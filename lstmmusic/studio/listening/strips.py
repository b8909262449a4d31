"""The takes to choose from, as a list of strips."""

from __future__ import annotations

from collections.abc import Callable

from lstmmusic.generation.sampler import Take
from lstmmusic.studio.listening.takes import Made
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
