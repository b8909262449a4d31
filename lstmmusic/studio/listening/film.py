"""The filmstrip of the takes that were shown, and the two buttons that step through it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lstmmusic.generation.sampler import Take
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button
from lstmmusic.studio.listening.history import Entry, History
from lstmmusic.studio.listening.takes import Made
from lstmmusic.views import Strip, StripsView


class Film:
    """Takes that were shown, each of which can be shown again.

    Parameters
    ----------
    context : Context
    settle : callable
        Called before a step: what is not a take yet, such as endless music, becomes one, and so the newest.
    restore : callable
        Shows an entry of the history, with its settings.

    Attributes
    ----------
    history : History
    back, forth : Button
    view : StripsView
        The filmstrip.
    """

    def __init__(self, context: Context, settle: Callable[[], None], restore: Callable[[Entry], None]) -> None:
        act = context.act
        self._settle, self._restore = settle, restore
        self.history = History()
        self.back = button("↶", "Show the tune before, with its settings (Ctrl+Z)", act, partial(self.go, -1))
        self.forth = button("↷", "Show the tune after it (Ctrl+Shift+Z)", act, partial(self.go, 1))
        self.view = StripsView(
            "History",
            lambda _, place: act(partial(self.go_to, place)),
            actions=(),
            empty="Tunes that were shown appear here",
        )

    def go(self, by: int) -> None:
        """Show takes of before (-1) or after (1) those that are shown, with their settings."""
        self._settle()
        self.go_to(self.history.place + by)

    def go_to(self, place: int) -> None:
        """Show takes at a place of the history, with their settings."""
        entry = self.history.go(place)
        if entry:
            self._restore(entry)

    def find(self, take: Take) -> Entry | None:
        """Show the takes again of which a take is one, with their settings; None if there are no such ones."""
        entry = self.history.find(take)
        if entry:
            self._restore(entry)
        return entry

    def remember(self, made: Made) -> None:
        """Add takes that are not listed, and show them in the filmstrip."""
        self.history.add(made, 0)
        self._show()

    def choose(self, made: Made, index: int) -> None:
        """Mark the take that is shown in the filmstrip."""
        self.history.choose(made, index)
        self._show()

    def refresh(self) -> None:
        """Enable the buttons that can be pressed."""
        self.back.disabled = self.history.place < 1
        self.forth.disabled = self.history.place >= len(self.history.entries) - 1

    def _show(self) -> None:
        strips = []
        for entry in self.history.entries:
            take, done = entry.take, describe_work(entry)
            settings = f"temperature {take.temperature:.2g}, seed {take.seed}"
            title = ", ".join(filter(None, (entry.made.names[entry.index], done, settings)))
            strips.append(Strip(take.tune, done or f"T {take.temperature:.2g} · {take.seed}", take.primer_steps, title))
        self.view.show(strips, None if self.history.place < 0 else self.history.place)


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
