"""Takes of several runs beside each other: piano rolls, a line about each, buttons that play them, and a blind test."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import ipywidgets as widgets

from lstmmusic.generation.sampler import Take
from lstmmusic.labels import set_grid
from lstmmusic.music.roll import Tune
from lstmmusic.music.statistics import measure_playing
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, column, row, text
from lstmmusic.studio.heat import clear
from lstmmusic.studio.looks import arrange, layout, show
from lstmmusic.studio.runs.blind import BlindListening, Lettered
from lstmmusic.studio.runs.comparison import LETTERS, MOST_TAKES, NOTHING, Comparison
from lstmmusic.views import RollView


class TakesBeside:
    """A piano roll, a line about it and a button for the take of each run; the player switches between them.

    Attributes
    ----------
    takes : tuple of Take
        Those of the comparison that can be played.
    """

    def __init__(self, context: Context) -> None:
        self._sound = context.sound
        self._comparison = NOTHING
        self.takes: tuple[Take, ...] = ()
        self.rolls: list[RollView] = []
        self.words: list[Any] = []
        self.plays: list[Any] = []
        columns = []
        for which, letter in enumerate(LETTERS[:MOST_TAKES]):
            roll = RollView(height=80, fill=True, compact=True, lane=False, empty="The take of this run")
            words = text()
            arrange(words, flex="1 1 0", min_width="0")  # beside the button
            tooltip = f"Play this take, from where another one of them is: {letter} in the player"
            play = button(f"Play {letter}", tooltip, context.act, partial(self.play, which))
            beside = column(roll, row(play, words))
            arrange(beside, flex="1 1 45%", width="auto")  # two in a row
            self.rolls.append(roll)
            self.words.append(words)
            self.plays.append(play)
            columns.append(beside)
        self._columns = tuple(columns)
        self.blind = BlindListening(context, lambda: self._lettered, self.show_rolls)
        grid = widgets.HBox(self._columns, layout=layout(flex_flow="row wrap", grid_gap="0 12px"))
        self.box = column(grid, self.blind.box)

    def show(self, comparison: Comparison) -> None:
        """Show the takes of a comparison; newer takes of the same runs only if the current ones are not in use."""
        shown, new = ([(run.path, each.temperatures) for run in each.runs] for each in (self._comparison, comparison))
        if shown != new:
            self.clear()
        elif self._in_use:
            return
        self._comparison = comparison
        self.takes = tuple(take for take in comparison.takes if isinstance(take, Take))
        self.blind.offer()
        self.show_rolls(True)

    def clear(self) -> None:
        """Remove the takes, and stop them if they play."""
        self.blind.forget()
        if self._sound.holds(self.takes):
            self._sound.unload()
        self._comparison, self.takes = NOTHING, ()
        self.show_rolls(True)

    @property
    def _in_use(self) -> bool:
        """Whether a test is running, or a take plays or is paused."""
        view = self._sound.view
        return self.blind.running or (self._sound.holds(self.takes) and (view.playing or view.position > 0))

    @property
    def _playable(self) -> list[int]:
        """The numbers of the runs of which there is a take."""
        return [which for which, take in enumerate(self._comparison.takes) if isinstance(take, Take)]

    @property
    def _lettered(self) -> list[Lettered]:
        return [Lettered(LETTERS[which], take) for which, take in zip(self._playable, self.takes, strict=True)]

    def play(self, which: int) -> None:
        """Play the take of a run, from where another one is if that plays."""
        number = self._playable.index(which)
        rolls = [self.rolls[each] for each in self._playable]
        if self._sound.holds(self.takes) and self._sound.view.playing:
            self._sound.view.chosen = number
        else:
            labels = "".join(LETTERS[each] for each in self._playable) if len(rolls) > 1 else ""
            self._sound.play_takes(self.takes, number, rolls, labels)

    def refresh(self) -> None:
        """Enable the buttons that can be pressed; a single take has all the room."""
        self.blind.refresh()
        count = len(self._comparison.takes)
        for which, play in enumerate(self.plays):
            show(self._columns[which], which < max(1, count))
            play.disabled = self.blind.running or which not in self._playable

    def show_rolls(self, visible: bool) -> None:
        """Show the piano rolls of the takes and how they are played, or hide both."""
        takes, names = self._comparison.takes, self._comparison.names
        for which, (view, words) in enumerate(zip(self.rolls, self.words, strict=True)):
            made = takes[which] if which < len(takes) else ""
            words.value = _in_small(describe_playing(made.generated)) if isinstance(made, Take) and visible else ""
            if isinstance(made, Take) and visible:
                with view.hold_sync():
                    set_grid(view, made.tune)
                    letter = f"{LETTERS[which]}: " if len(takes) > 1 else ""
                    view.primer, view.title = made.primer_steps, f"{letter}{names[which]}"
                    view.show(made.tune.roll, onsets=made.tune.onsets, velocities=made.tune.velocities)
            else:
                clear(view)
                view.title = str(made) if visible else "Hidden during the blind test"


def _in_small(words: str) -> str:
    """Return HTML of words that take as many lines as they need."""
    return f"<small>{html.escape(words)}</small>" if words else ""


def describe_playing(tune: Tune) -> str:
    """Return in words how the notes of a tune are struck, as far as it is known."""
    playing = measure_playing([tune])
    words = []
    if playing.restruck == playing.restruck:
        words.append(f"restruck: {playing.restruck:.0%}, notes per onset: {playing.begun_together:.1f}")
    if playing.velocity_mean == playing.velocity_mean:
        spread = f"\xa0±\xa0{playing.velocity_spread:.0f}" if playing.velocity_spread else " always"
        words.append(f"velocity: {playing.velocity_mean:.0f}{spread}")
    return ", ".join(words).capitalize()
