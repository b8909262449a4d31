"""The table of runs: what each is, how well and how far it has learned, and ticks for those to be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lstmmusic.runs.differences import find_differences
from lstmmusic.runs.listing import BrokenRun, Run
from lstmmusic.runs.shelf import Listing, ShelvedRun
from lstmmusic.studio.controls import Act, on_choice, quietly, text
from lstmmusic.studio.looks import show
from lstmmusic.views import MOST_RUNS, TuneCell, TuneRow, TunesView

COLUMNS = {  # and their widths in pixels; 0 takes what is left
    "Unlike the others": 0,
    "Best loss": 60,
    "State": 80,
    "Updates": 54,
    "Time": 50,
    "Saved": 88,
    "Favourites": 64,
}
TRAINING, PAUSED, FINISHED, STOPPED, BROKEN = "training", "paused", "finished", "stopped", "broken"
ABOUT_BRACKETS = (
    "Losses in brackets cannot be compared with the others: other tunes were held out, or the time step differs."
)
NO_RUNS = "No runs yet: press Start, and they appear here"


class RunTable:
    """A table of the runs in the folder of the studio.

    Parameters
    ----------
    act : callable
        Runs what a user asks for.
    choose : callable
        Called when the user has chosen another run, by a click or with the keys.
    tick : callable
        Called when other runs are ticked.
    load : callable
        Called when the user double-clicks a run.
    """

    def __init__(
        self, act: Act, *, choose: Callable[[], None], tick: Callable[[], None], load: Callable[[], None]
    ) -> None:
        self._changed = tick
        self._entries: tuple[Run | BrokenRun, ...] = ()
        self._rows: tuple[TuneRow, ...] = ()
        self._looks: dict[Path, int] = {}  # of the runs that are ticked, in the order of the ticks; -1: undrawn
        self.view = TunesView(
            lambda _: act(load),
            lambda indices, ticked: act(lambda: self._tick(indices, ticked)),
            label="Runs",
            verb="Compare",
            only="",
            empty=NO_RUNS,
            compact=True,
            fill=True,
            hint="name, setting",
            columns=tuple(COLUMNS),
            widths=tuple(COLUMNS.values()),
        )
        self.words = text()
        on_choice(self.view, "selected", act, choose)

    @property
    def entries(self) -> tuple[Run | BrokenRun, ...]:
        """All runs, the newest first, then those that cannot be read."""
        return self._entries

    @property
    def chosen(self) -> Run | BrokenRun | None:
        """The run that is chosen, or None."""
        index: int = self.view.selected
        return self._entries[index] if 0 <= index < len(self._entries) else None

    @property
    def ticked(self) -> tuple[Run, ...]:
        """The runs that are ticked, in the order of the ticks."""
        by_path = {each.path: each for each in self._entries if isinstance(each, Run)}
        return tuple(by_path[path] for path in self._looks if path in by_path)

    def look_of(self, run: Run) -> int:
        """Return the number of the colour and dashes of a run that is ticked, or -1 if there was none left for it."""
        return self._looks.get(run.path, -1)

    def show(self, listing: Listing, chosen: Path | None, state: Callable[[ShelvedRun], str]) -> None:
        """List runs; the one at a path is chosen, or else the first. Those that are ticked stay so.

        Parameters
        ----------
        listing : Listing
        chosen : Path or None
        state : callable
            Returns the state of a run, in a word.
        """
        self._entries = (*(each.run for each in listing.runs), *listing.broken)
        paths = [each.path for each in self._entries]
        known = set(paths)
        self._looks = {path: look for path, look in self._looks.items() if path in known}
        differences = find_differences([each.settings for each in listing.runs])
        groups = [_group(each.run) for each in listing.runs]
        most = Counter(groups).most_common(1)
        rows = [
            self._describe(each, unlike, state(each), comparable=group == most[0][0])
            for each, unlike, group in zip(listing.runs, differences, groups, strict=True)
        ]
        self.words.value = ABOUT_BRACKETS if len(set(groups)) > 1 else ""
        show(self.words, self.words.value)
        self._rows = (*rows, *map(_describe_broken, listing.broken))
        selected = paths.index(chosen) if chosen in paths else 0 if paths else -1
        with quietly(self.view):
            self.view.show(self._rows, selected=selected)

    def choose(self, index: int) -> None:
        """Choose a run by its number, without calling `choose`."""
        with quietly(self.view):
            self.view.selected = index

    def tick(self, *runs: Run) -> None:
        """Tick these runs, and no others."""
        before = [index for index, row in enumerate(self._rows) if row.used]
        self._set(before, ticked=False)
        places = {each.path: index for index, each in enumerate(self._entries)}
        self._set([places[run.path] for run in runs], ticked=True)

    def _tick(self, indices: Sequence[int], ticked: bool) -> None:
        self._set(indices, ticked)
        self._changed()

    def _set(self, indices: Sequence[int], ticked: bool) -> None:
        changed: dict[int, TuneRow] = {}
        for index in indices:
            entry, row = self._entries[index], self._rows[index]
            if not isinstance(entry, Run):
                continue
            self._looks.pop(entry.path, None)
            if ticked:
                taken = set(self._looks.values())
                self._looks[entry.path] = next((look for look in range(MOST_RUNS) if look not in taken), -1)
            changed[index] = replace(row, used=ticked, look=self._looks.get(entry.path, -1))
        if not ticked:
            changed |= self._draw_waiting(changed)
        self._rows = tuple(changed.get(index, row) for index, row in enumerate(self._rows))
        if changed:
            self.view.update(changed)

    def _draw_waiting(self, changed: Mapping[int, TuneRow]) -> dict[int, TuneRow]:
        """Give looks that have become free to runs that were ticked when there was none."""
        places = {each.path: index for index, each in enumerate(self._entries)}
        found = {}
        for path, look in self._looks.items():
            free = [each for each in range(MOST_RUNS) if each not in self._looks.values()]
            if look < 0 and free:
                self._looks[path], index = free[0], places[path]
                found[index] = replace(changed.get(index, self._rows[index]), look=free[0])
        return found

    def _describe(
        self, shelved: ShelvedRun, unlike: Sequence[tuple[str, str]], state: str, *, comparable: bool
    ) -> TuneRow:
        run = shelved.run
        best = f"{run.best:.3f}" if run.best == run.best else ""
        differences = "; ".join(f"{name} {_shorten(value)}" for name, value in unlike)
        cells = (
            TuneCell(differences, differences or None),
            TuneCell(best if comparable or not best else f"({best})", run.best),
            TuneCell(state, state),
            TuneCell(f"{run.updates:,}", run.updates),
            TuneCell(describe_time(run.seconds), run.seconds),
            TuneCell(f"{run.saved:%b} {run.saved.day} {run.saved:%H:%M}", run.saved.timestamp()),
            TuneCell(f"★ {shelved.favourites}" if shelved.favourites else "", shelved.favourites or None),
        )
        ticked = run.path in self._looks
        words = f"{differences}\n{state}\n{run.music}"
        return TuneRow(run.name, ticked, state, cells=cells, words=words, look=self._looks.get(run.path, -1))


def _group(run: Run) -> object:
    """Return what runs have in common whose validation can be compared."""
    return run.roll, run.held_out or run.music


def _describe_broken(broken: BrokenRun) -> TuneRow:
    cells = (TuneCell(broken.reason, broken.reason), TuneCell(""), TuneCell(BROKEN, BROKEN))
    return TuneRow(broken.name, False, broken.reason, usable=False, cells=cells, words=f"{BROKEN} {broken.reason}")


def _shorten(value: str) -> str:
    """Return the value of a setting, which is the same for all layers, once."""
    parts = value.split(", ")
    return (parts[0] if len(set(parts)) == 1 else value) or "none"


def describe_time(seconds: float) -> str:
    """Return a time in words: seconds, minutes, or hours."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
