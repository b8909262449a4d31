"""What "Show me" says: five bubbles that lead through a first run, each at the control that it is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lstmmusic.studio.controls import Widget
from lstmmusic.views import FrameView


class Stop(NamedTuple):
    """A bubble.

    Parameters
    ----------
    title : str
    place : str
        The place of the studio that is opened for it.
    target, done : str
        Controls, as `Tour` names them: what the bubble points at, and what the user clicks to do what it says; "" if
        there is nothing to click.
    words : str
        What to do, and what will happen, in one or two sentences.
    """

    title: str
    place: str
    target: str
    done: str
    words: str


STOPS = (
    Stop(
        "hear",
        "Listening",
        "play",
        "play",
        "Press Play to hear a tune that a network made up. This network is trained already; next you will train one "
        "of your own.",
    ),
    Stop(
        "choose music",
        "Music",
        "music",
        "load",
        "Your network learns from the music that you choose here, once you press Load music. The chorales of Bach are "
        "a good start and are loaded already: to keep them, press Next.",
    ),
    Stop(
        "Start",
        "Training",
        "start",
        "start",
        "Press Start: your network hears the music again and again, and learns to guess which notes come next. Pause "
        "and Stop are beside it, and what it has learned is saved.",
    ),
    Stop(
        "watch this line fall",
        "Training",
        "loss",
        "",
        "The line shows how badly your network guesses: the lower, the better. It falls fast at first; wait until it "
        "has come down a little, and press Next.",
    ),
    Stop(
        "hear again",
        "Listening",
        "takes",
        "takes",
        "These takes come from your network now, and whenever nothing plays, new ones follow what it has learned. "
        "Press ▶ at one, and again after a few minutes: it starts like noise and turns into music.",
    ),
)


class Tour:
    """Leads through the studio when the user asks for it.

    Parameters
    ----------
    frame : FrameView
        The part of the page that shows the bubbles.
    places : Widget
        The tabs.
    button : Widget
        Begins it; it has a dot while `is_new`, until it is pressed.
    controls : dict of str to sequence of Widget
        What the bubbles name, of which one is visible.
    is_new : bool
        Whether the user seems to be here for the first time.
    """

    def __init__(
        self, frame: FrameView, places: Widget, button: Widget, controls: dict[str, Sequence[Widget]], *, is_new: bool
    ) -> None:
        self._places = places
        button.add_class("lstmmusic-show-me")
        if is_new:
            button.add_class("lstmmusic-dot")
        button.on_click(lambda _: button.remove_class("lstmmusic-dot"))
        for name, named in controls.items():
            for each in named:
                each.add_class(f"lstmmusic-stop-{name}")
        selectors = {name: f".lstmmusic-stop-{name}" for name in controls}
        selectors["play"] += " .play"  # a button of the player's row
        frame.tour = [
            stop._replace(target=selectors[stop.target], done=selectors.get(stop.done, ""))._asdict() for stop in STOPS
        ]
        frame.on_place(self.open)

    def open(self, place: str) -> None:
        """Open a place by its title."""
        if place in self._places.titles:
            self._places.selected_index = self._places.titles.index(place)
