"""The losses of runs: one run with all its curves, or several with one line each, on as few plots as they need."""

from __future__ import annotations

import html
from collections.abc import Callable

import ipywidgets as widgets

from lstmmusic.labels import ABOUT_CURVES, show_units
from lstmmusic.runs.listing import Run
from lstmmusic.studio.controls import column, text
from lstmmusic.studio.looks import arrange, layout, show
from lstmmusic.studio.losses import Axis, share_axes
from lstmmusic.studio.runs.comparison import LETTERS, Comparison
from lstmmusic.views import LossView, OverlaidRun

ABOUT = f"""{ABOUT_CURVES}
Of several runs, the strong line is the validation, or the smoothed loss where there is none; the faint one is \
training. Losses far above all others are cut: an arrow says how many."""


class RunCurves:
    """Two plots, of which the second is for runs on another grid.

    Parameters
    ----------
    empty : str
        What they say while there is nothing to show.

    Attributes
    ----------
    views : tuple of LossView
    words : HTML
        What cannot be compared, and what is not drawn.
    """

    def __init__(self, empty: str) -> None:
        self.views = tuple(LossView(height=130, fill=True, logarithmic=True, help=ABOUT) for _ in range(2))
        self.words = text()
        for each in self.views:
            arrange(each, flex="1 1 0")  # the first takes the room of one that is hidden
        self.box = column(widgets.HBox(self.views, layout=layout(grid_gap="12px")), self.words)
        self.clear(empty)

    def clear(self, empty: str) -> None:
        """Show no run, and why."""
        for view in self.views:
            view.clear()
            view.empty = empty
        show(self.views[1], False)
        self.words.value = ""

    def show(self, comparison: Comparison, look_of: Callable[[Run], int], undrawn: int) -> None:
        """Show the curves of runs.

        Parameters
        ----------
        comparison : Comparison
        look_of : callable
            Returns the number of the colour and dashes of a run.
        undrawn : int
            How many more are ticked than are drawn.
        """
        runs = comparison.runs
        axes, words = share_axes(runs, LETTERS)
        notes = [words] if words else []
        for axis in axes[len(self.views) :]:
            notes.append(f"Not drawn, for want of room: {', '.join(LETTERS[each] for each in axis.runs)}.")
        if undrawn:
            notes.append(f"The first {len(runs)} of {len(runs) + undrawn:,} ticked runs are drawn.")
        self.words.value = html.escape(" ".join(notes))
        show(self.views[1], len(axes) > 1)
        for place, view in enumerate(self.views):
            if place >= len(axes):
                view.clear()
            elif len(axes[place].runs) == 1 and axes[place].training:
                self._show_one(view, comparison, axes[place].runs[0])
            else:
                self._overlay(view, comparison, axes[place], look_of)

    @staticmethod
    def _show_one(view: LossView, comparison: Comparison, number: int) -> None:
        run = comparison.runs[number]
        with view.hold_sync():
            view.name = run.name
            show_units(view, run.training, LETTERS[number] if len(comparison.runs) > 1 else "")
            view.overlay(())
            view.show(*comparison.curves[number])

    @staticmethod
    def _overlay(view: LossView, comparison: Comparison, axis: Axis, look_of: Callable[[Run], int]) -> None:
        overlaid = []
        for number in axis.runs:
            run, (updates, training, at, validation) = comparison.runs[number], comparison.curves[number]
            drawn = (updates, training) if axis.training else ((), ())
            overlaid.append(OverlaidRun(f"{LETTERS[number]}: {run.name}", look_of(run), drawn, (at, validation)))
        with view.hold_sync():
            view.name, view.unit, view.validation_unit = "", axis.unit, ""
            view.show((), ())
            view.overlay(overlaid)
