"""What is wrong with the take that is shown, and what helps.

A take that falls silent, or gets stuck on a chord, is fixed at once, unless the user asked for it; what helps against
too many notes, as an untrained network plays them, is offered by a button.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import replace

from lstmmusic.generation.continuation import SILENT_BARS
from lstmmusic.generation.diagnosis import TOO_MANY, Remedy, Settings, find_remedy
from lstmmusic.generation.sampler import Take
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import button, row, text
from lstmmusic.studio.listening.takes import Made
from lstmmusic.studio.looks import show

TRAIN_LONGER = "Train the network longer"
TRAIN_ONE = (
    "A bundled network does not learn: train one on this music, which may start from it (Network, Start from), or "
    "choose another primer"
)


class Remedies:
    """A line that says what is wrong, or was fixed, and a button that applies the remedy, or undoes it.

    Parameters
    ----------
    context : Context
    read : callable
        Returns the settings of the controls, for the take that is shown.
    write : callable
        Sets them, and asks for takes.

    Attributes
    ----------
    by_hand : bool
        Whether the user chose the temperature or the threshold of the takes that were asked for last.
    """

    def __init__(self, context: Context, read: Callable[[], Settings], write: Callable[[Settings], None]) -> None:
        self.by_hand = False
        self._read, self._write = read, write
        self._finding: Latest[tuple[Take, Remedy | None]] = Latest(context.between_updates)
        self._take: Take | None = None  # that is shown
        self._offered: Settings | None = None  # by the button
        self._fixed = ""  # what was changed to the settings that the takes have
        self._before: Settings | None = None  # those before that
        self._collapsed = False  # whether the take falls silent or gets stuck
        self._otherwise = ""  # what is advised where no setting helps
        self.words = text()
        self.button = button("", "Set the controls to these values", context.act, self.apply, "warning")
        self.box = row(self.words, self.button)

    @property
    def busy(self) -> bool:
        """Whether a remedy is being looked for."""
        return self._finding.busy

    def forget(self, *, by_hand: bool) -> None:
        """Offer no undo any more: the user asks for other takes."""
        self.by_hand, self._before = by_hand, None

    def clear(self) -> None:
        """Show nothing, for a take that is not diagnosed."""
        self._take = self._offered = None
        self.words.value = ""

    def show(self, made: Made, index: int) -> None:
        """Show what is wrong with a take, and look for a remedy; or what was fixed before it was generated."""
        self.clear()
        take, finding = made.takes[index], made.findings[index]
        self._take, self._otherwise = take, _advise(made)
        reference, settings = made.reference, made.request.settings
        self._collapsed = finding is not None and finding.ailment not in TOO_MANY
        if finding and reference:
            self.words.value = f"<b>{html.escape(finding.words)}</b>"
            steps, until_end, metre = made.request.steps, settings["until_end"], settings["metre"]

            def find() -> tuple[Take, Remedy | None]:
                found = find_remedy(made.sampler, take, reference, steps=steps, until_end=until_end, metre=metre)
                return take, found

            self._finding.ask(find)
        else:
            self._show_fixed()

    def show_bar(self, made: Made, remedy: Remedy | None) -> None:
        """Show what helps endless music that has fallen silent; or what was fixed before."""
        self.clear()
        self._otherwise = _advise(made)
        if remedy:
            self._show_silence(replace(remedy, settings=replace(remedy.settings, seed=self._read().seed)))
        self._show_fixed()

    def _show_silence(self, remedy: Remedy) -> None:
        if remedy.works and remedy.settings == self._read():
            self.words.value = f"{remedy.done}."
        else:
            self._collapsed, self.words.value = True, f"<b>Nothing sounded for {SILENT_BARS} bars</b>"
            self._offer(remedy)

    def _show_fixed(self) -> None:
        if self._before:
            self.words.value, self._offered = html.escape(self._fixed), self._before
            self.button.description, self.button.button_style = "Undo", ""

    def refresh(self) -> None:
        """Apply or offer what was found.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        take, found = self._finding.take() or (None, None)
        if take is self._take and found:  # not for a take that was shown before
            self._offer(found)
        show(self.button, self._offered)

    def _offer(self, remedy: Remedy) -> None:
        if not remedy.works:
            self.words.value += f" {html.escape(f'{remedy.words}. {self._otherwise}')}."
        elif self.by_hand or not self._collapsed:
            self._offered, self.button.description, self.button.button_style = remedy.settings, remedy.words, "warning"
        else:
            self._before, self._fixed = self._before or self._read(), f"{remedy.done}."
            self._write(remedy.settings)

    def apply(self) -> None:
        """Set the controls to what the button offers; a fault that an undo brings back is the user's choice."""
        if self._offered:
            self.forget(by_hand=self._offered is self._before)
            self._write(self._offered)


def _advise(made: Made) -> str:
    """Say what helps where no setting does: only the network of a run can learn more."""
    return TRAIN_LONGER if made.weights else TRAIN_ONE
