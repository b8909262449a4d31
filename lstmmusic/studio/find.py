"""A field that finds a name in a menu of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from lstmmusic.studio.controls import Act, Widget, control, on_choice, quietly
from lstmmusic.studio.looks import show

MANY = 20  # entries, from which on the field is shown

Entry = tuple[str, Any]


class Find:
    """A field for a part of a name; its menu lists what has it, and what is chosen.

    Parameters
    ----------
    act : callable
        See `Context`.
    menu : Dropdown
    label, tooltip : str
        Of the field.
    most : int, optional
        Entries that are listed at most, the first ones.

    Attributes
    ----------
    field : Text
    entries : tuple of (str, object)
        All names, and what they stand for.
    """

    def __init__(
        self,
        act: Act,
        menu: Widget,
        label: str = "Find",
        tooltip: str = "Which tunes the menu above lists: those with this in their names. Default: all",
        *,
        most: int | None = None,
    ) -> None:
        self._menu, self._most = menu, most
        self._fixed: tuple[Entry, ...] = ()
        self.entries: tuple[Entry, ...] = tuple(menu.options)
        self.field = control(widgets.Text, label, tooltip, placeholder="a name")
        show(self.field, False)
        on_choice(self.field, "value", act, lambda: self.choose(menu.value))

    def offer(self, entries: Sequence[Entry], chosen: Any, fixed: Sequence[Entry] = ()) -> None:
        """Offer other entries, after those that are listed in any case, without running the user's actions.

        Parameters
        ----------
        entries : sequence of (str, object)
        chosen : object
            What the chosen entry stands for.
        fixed : sequence of (str, object), optional
            Entries that are listed in any case, before the others.
        """
        self.entries, self._fixed = tuple(entries), tuple(fixed)
        is_long = len(self.entries) > MANY
        show(self.field, is_long)
        if not is_long:
            with quietly(self.field):
                self.field.value = ""
        self.choose(chosen)

    def choose(self, chosen: Any) -> None:
        """Choose an entry, and list it with those that are found, without running the user's actions."""
        part = self.field.value.strip().casefold()
        found = [at for at, (name, _) in enumerate(self.entries) if part in name.casefold()]
        listed = set(found[: self._most])
        options = [*self._fixed, *(each for at, each in enumerate(self.entries) if at in listed or each[1] == chosen)]
        with quietly(self._menu):
            if self._menu.options != tuple(options):
                self._menu.options = options
            self._menu.value = chosen
