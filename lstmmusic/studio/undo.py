"""A button that takes back the last change, and says which."""

from __future__ import annotations

from collections.abc import Callable

from lstmmusic.studio.controls import Act, button
from lstmmusic.studio.looks import show

_LONGEST = 60  # characters of a change


class Undo:
    """A button that takes back changes, the last one first.

    Parameters
    ----------
    act : callable
    """

    def __init__(self, act: Act) -> None:
        self._done: list[tuple[str, Callable[[], None], object]] = []
        self.button = button("Undo", "Take back the last change", act, self.undo)
        self._show()

    def add(self, what: str, restore: Callable[[], None], of: object) -> None:
        """Offer to take back a change, such as "remove 2 files", of some music."""
        self._done.append((what, restore, of))
        self._show()

    def keep(self, of: object) -> None:
        """Offer only what was done to this music."""
        self._done = [each for each in self._done if each[2] == of]
        self._show()

    def undo(self) -> None:
        """Take back the last change."""
        if self._done:
            _, restore, _ = self._done.pop()
            self._show()
            restore()

    def _show(self) -> None:
        show(self.button, self._done)
        what = self._done[-1][0] if self._done else ""
        self.button.description = f"Undo: {what if len(what) <= _LONGEST else f'{what[:_LONGEST]}…'}"
