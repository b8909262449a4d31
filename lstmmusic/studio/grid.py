"""The grid of the piano rolls: its controls, what it loses of the music, and the grids that suit the music."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import ipywidgets as widgets

from lstmmusic.base.words import count_of
from lstmmusic.config import RollConfig, StepUnit
from lstmmusic.music.corpus import Corpus, describe_loaded
from lstmmusic.music.grids import (
    COMMON_STEPS,
    TOLERATED,
    GridSuggestion,
    convert_grid,
    describe_grids,
    describe_step,
    suggest_grids,
)
from lstmmusic.music.note_table import count_lost_notes
from lstmmusic.settings import settings_of
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, control, on_choice, on_value, quietly, row, success, text
from lstmmusic.studio.looks import arrange, show
from lstmmusic.studio.settings import SettingControls

# Quarter notes per minute, by which seconds are converted to beats while there is no music.
TEMPO = 120.0

_STEPS: dict[StepUnit, tuple[float, ...]] = {
    "beats": (*COMMON_STEPS["beats"], 3, 3 / 2, 3 / 4, 2 / 3, 3 / 8, 1 / 12),
    "seconds": tuple(number * 5 / 100 for number in range(1, 41)),
}

_OFFERED = 2  # the best in beats and in seconds


@dataclass(frozen=True)
class Report:
    """A corpus that was loaded, other grids that suit it, and the grids that are compared in words."""

    corpus: Corpus
    suggested: tuple[GridSuggestion, ...]
    compared: tuple[GridSuggestion, ...]


class GridChoice:
    """Controls of the grid, and a line with what suits the music.

    Parameters
    ----------
    context : Context
    changed : callable
        Called when the user changes the grid.
    apply : callable
        Called to load the music on the grid that was suggested.

    Attributes
    ----------
    touched : bool
        Whether the user has changed the grid, so that music does not bring its own.
    """

    def __init__(self, context: Context, changed: Callable[[], None], apply: Callable[[], None]) -> None:
        self.touched = False
        self._changed, self._apply, self._tempo = changed, apply, TEMPO
        self._suggested: tuple[GridSuggestion, ...] = ()
        step = settings_of(RollConfig)["step"]
        self.step = control(widgets.SelectionSlider, step.label, f"{step.help}. Default: 0.3 s", options=[0])
        (self.unit,) = SettingControls(RollConfig, ("unit",))
        self.pitches = control(
            widgets.IntRangeSlider,
            "Pitches",
            "Lowest and highest MIDI pitch: a wider range keeps more notes and takes longer to learn. Default: 21 to "
            "108, the keys of a piano",
            min=0,
            max=127,
            value=(RollConfig.lowest, RollConfig.highest),
        )
        self.lost, self.line = text(lines=5), text()
        self.buttons = [
            button("Use", "Load the music on this grid", context.act, partial(self._use, place), "success")
            for place in range(_OFFERED)
        ]
        on_value(self.unit, "value", context.act, self._convert)
        for each in (self.step, self.pitches):
            on_choice(each, "value", context.act, self._touch)
        self.suits = row(self.line, row(*self.buttons))
        arrange(self.line, flex="1 1 320px")
        self._offer(())
        self._offer_steps(RollConfig.step)

    def config(self) -> RollConfig:
        """Read the grid off the controls."""
        low, high = self.pitches.value
        return RollConfig(self.step.value, self.unit.value, low, high)

    def show(self, grid: RollConfig) -> None:
        """Set the controls."""
        with quietly(self.pitches, self.unit):
            self.pitches.value, self.unit.value = (grid.lowest, grid.highest), grid.unit
        self._offer_steps(grid.step)

    def report(self, report: Report) -> None:
        """Show what was loaded, and the grids that suit it."""
        corpus = report.corpus
        self._tempo = corpus.notes.tempo if corpus.notes else TEMPO
        self.line.value = success(f"{describe_loaded(corpus)} {describe_grids(report.compared)}")
        self._offer(report.suggested)

    def show_lost(self, corpus: Corpus, pedal: bool) -> None:
        """Show how many notes of a corpus the grid would lose, and whether it or the pedal has yet to be applied."""
        self.lost.value = describe_lost_notes(corpus, self.config(), pedal)

    def _offer(self, suggested: tuple[GridSuggestion, ...]) -> None:
        self._suggested = suggested
        for place, each in enumerate(self.buttons):
            shown = place < len(suggested)
            show(each, shown)
            if shown:
                each.description = f"Use {describe_step(suggested[place].config)}"

    def _use(self, place: int) -> None:
        self.show(self._suggested[place].config)
        self._apply()

    def _convert(self, unit: StepUnit) -> None:
        """Convert the length of a step to another unit, by the tempo of the music."""
        before = RollConfig(self.step.value, "beats" if unit == "seconds" else "seconds")
        self._offer_steps(convert_grid(before, unit, self._tempo).step)
        self._touch()

    def _offer_steps(self, step: float) -> None:
        """Offer the usual steps in the chosen unit, and choose one, which may be another."""
        unit: StepUnit = self.unit.value
        with quietly(self.step):
            self.step.options = [
                (describe_step(RollConfig(each, unit)), each) for each in sorted({*_STEPS[unit], step})
            ]
            self.step.value = step

    def _touch(self) -> None:
        self.touched = True
        self._changed()


def describe_steps(steps: int, grid: RollConfig) -> str:
    """Return the length of a number of steps, such as "75 beats" or "90 s"."""
    length = round(steps * grid.step, 2)
    return f"{length:,g} " + ("s" if grid.unit == "seconds" else f"beat{'s' * (length != 1)}")


def find_report(corpus: Corpus) -> Report:
    """Compare the best grids in beats and in seconds with the one of a corpus, and suggest those that are no worse."""
    if corpus.notes is None:
        return Report(corpus, (), ())
    best = tuple(suggest_grids(corpus.notes, corpus.config.lowest, corpus.config.highest)[:_OFFERED])
    current = GridSuggestion.of(corpus.notes, corpus.config)
    others = tuple(each for each in best if each.config != corpus.config)
    suggested = tuple(each for each in others if each.moved <= current.moved + TOLERATED)
    return Report(corpus, suggested, best if len(others) < len(best) else (*best, current))


def describe_lost_notes(corpus: Corpus, config: RollConfig, pedal: bool) -> str:
    """Return HTML with how many notes of a corpus a grid would lose, and why."""
    if corpus.notes is None:
        return ""
    lost = count_lost_notes(corpus.notes, config)
    of = f"of {count_of(lost.notes, 'note')}" + " (of the first tunes)" * bool(corpus.notes.left_out)
    of += f", in steps of {describe_step(config)}"
    rows = {
        "outside these pitches": lost.outside,
        "merged with another in a step": lost.merged,
        "moved by over a quarter step": lost.shifted,
    }
    cells = "".join(f'<tr><td class="number">{n:,}</td><td>{words}</td></tr>' for words, n in rows.items())
    new = ["grid"] * (config != corpus.config)
    new += ["pedal"] * (corpus.source is not None and corpus.source.pedal != pedal)
    advice = f"<i>Press Load music to apply this {' and '.join(new)}.</i>" if new else ""
    return f"<table><tr><th></th><th>{of}</th></tr>{cells}</table>{advice}"
