"""A menu of what a new run starts from: random weights, or those of a bundled network or an earlier run."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.runs.listing import Run
from lstmmusic.runs.starts import PossibleStart, list_bundled_starts, list_starts_of
from lstmmusic.studio.controls import Act, choice, column, on_choice, row, text
from lstmmusic.studio.find import Find
from lstmmusic.studio.settings import SettingControls
from lstmmusic.studio.undo import Undo
from lstmmusic.training.start import Origin

NEW = "new"
MOST_RUNS = 50  # in the menu
_NAMED = 3  # networks that are listed by name


class StartChoice:
    """A menu of networks on the pitches of the music; the one that is chosen sets the size of the network.

    Parameters
    ----------
    act, say : callable
        See `Context`.
    settings : SettingControls
        Of the network.

    Attributes
    ----------
    chosen : PossibleStart or None
        None for a new network.
    """

    def __init__(self, act: Act, say: Callable[[str], None], settings: SettingControls) -> None:
        self.chosen: PossibleStart | None = None
        self._say, self._settings = say, settings
        self._bundled = tuple(list_bundled_starts())
        self._of_runs: tuple[PossibleStart, ...] = ()
        self._roll: RollConfig | None = None
        self._shown: object = None
        self.undo = Undo(act)
        self.menu = choice(
            "Start from",
            "The weights with which a new run starts: random ones, or those of a bundled network or an earlier run, "
            f"which give a head start on similar music. Default: {NEW}",
            {NEW: ""},
        )
        self.find = Find(
            act,
            self.menu,
            "Find run",
            f"Which runs the menu above lists: those with this in their names, at most {MOST_RUNS}, which were saved "
            "last. Default: all",
            most=MOST_RUNS,
        )
        self.words = text()
        on_choice(self.menu, "value", act, self._choose)
        self.box = column(self.menu, self.find.field, self.words, row(self.undo.button))

    def offer(self, runs: Sequence[Run]) -> None:
        """Offer the runs in the folder of the studio."""
        self._of_runs = tuple(list_starts_of(runs))

    def show(self, origin: Origin | None, network: NetworkConfig) -> None:
        """Show what a run started from, if it can still be chosen; no choice before that can be undone."""
        self.undo.keep(None)
        same = [each for each in self._fitting if origin and each.source == origin.source and each.network == network]
        self._set(same[0] if same else None)

    def refresh(self, roll: RollConfig, *, disabled: bool) -> None:
        """Offer what has the pitches of the music on a grid."""
        self._roll = roll
        self.menu.disabled = self.find.field.disabled = self.undo.button.disabled = disabled
        before = self.chosen
        shown = (roll.lowest, roll.highest), self._of_runs, before
        if shown == self._shown:
            return
        same = [each for each in self._fitting if before and each[:3] == before[:3]]
        self._set(same[0] if same else None)
        if before and not same:
            theirs, here = _pitches(before.roll), _pitches(roll)
            reason = (
                "it was renamed, moved or replaced" if theirs == here else f"it has the pitches {theirs}, not {here}"
            )
            self._say(f"Start from is {NEW} again, without {before.name}: {reason}.")
        self._shown = (roll.lowest, roll.highest), self._of_runs, self.chosen
        self.words.value = self._describe()

    @property
    def _all(self) -> tuple[PossibleStart, ...]:
        return self._bundled + self._of_runs

    @property
    def _fitting(self) -> list[PossibleStart]:
        return [each for each in self._all if self._roll and _pitches(each.roll) == _pitches(self._roll)]

    def _set(self, chosen: PossibleStart | None) -> None:
        self.chosen = chosen
        fitting = self._fitting
        bundled = [(NEW, ""), *((each.name, each.source) for each in fitting if each in self._bundled)]
        runs = [(each.name, each.source) for each in fitting if each not in self._bundled]
        self.find.offer(runs, chosen.source if chosen else "", bundled)
        if chosen:
            self._settings.show(chosen.network)

    def _choose(self) -> None:
        before, shape = self.chosen, NetworkConfig(**self._settings.values())
        chosen = next((each for each in self._fitting if each.source == self.menu.value), None)

        def restore() -> None:
            self._settings.show(shape)
            self._set(before if before in self._fitting else None)

        self._set(chosen)
        self.undo.add("choice of start", restore, "choice")

    def _describe(self) -> str:
        """Say in words what a choice does, and what cannot be chosen."""
        words, fitting = [], self._fitting
        if self.chosen:
            words += [f"Layers and chords are those of {self.chosen.name}; choose {NEW} to set them yourself."]
        others = [each for each in self._all if each not in fitting]
        if others and self._roll:
            named = ", ".join(f"{each.name} ({_pitches(each.roll)})" for each in others[:_NAMED])
            more = f" and {len(others) - _NAMED:,} more" * (len(others) > _NAMED)
            words += [f"Not offered, as the music has the pitches {_pitches(self._roll)}: {named}{more}."]
        return html.escape(" ".join(words))


def _pitches(roll: RollConfig) -> str:
    return f"{roll.lowest} to {roll.highest}"
