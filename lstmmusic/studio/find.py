"""A field that finds a tune in a menu of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from lstmmusic.studio.controls import Act, Widget, control, on_choice, quietly

MANY = 20  # entries, from which on the field is shown

Entry = tuple[str, Any]


class Find:
    """A field for a part of a name; its menu lists what has it, and what is chosen.

    Parameters
    ----------
    act : callable
        See `Context`.
    menu : Dropdown

    Attributes
    ----------
    field : Text
    entries : tuple of (str, object)
        All names, and what they stand for.
    """

    def __init__(self, act: Act, menu: Widget) -> None:
        self._menu = menu
        self.entries: tuple[Entry, ...] = tuple(menu.options)
        self.field = control(
            widgets.Text,
            "Find",
            "Which tunes the menu above lists: those with this in their names. Default: all",
            placeholder="a name",
        )
        self.field.layout.display = "none"
        on_choice(self.field, "value", act, lambda: self._list(menu.value))

    def offer(self, entries: Sequence[Entry], chosen: Any) -> None:
        """Offer other entries, one of which is chosen, without running the actions of the user's changes."""
        self.entries = tuple(entries)
        is_long = len(self.entries) > MANY
        self.field.layout.display = None if is_long else "none"
        if not is_long:
            with quietly(self.field):
                self.field.value = ""
        self._list(chosen)

    def _list(self, chosen: Any) -> None:
        part = self.field.value.casefold()
        with quietly(self._menu):
            self._menu.options = [each for each in self.entries if part in each[0].casefold() or each[1] is chosen]
            self._menu.value = chosen
