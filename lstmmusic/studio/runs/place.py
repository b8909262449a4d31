"""The Runs place: a table of the saved runs, and beneath it the curves and takes of those that are ticked."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lstmmusic.errors import LSTMMusicError
from lstmmusic.runs.as_code import as_code
from lstmmusic.runs.as_command import as_command
from lstmmusic.runs.listing import BrokenRun, Run
from lstmmusic.runs.locks import is_locked
from lstmmusic.runs.shelf import Shelf, ShelvedRun
from lstmmusic.runs.store import duplicate_run
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import (
    button,
    choice,
    column,
    control,
    halves,
    on_choice,
    pages,
    row,
    slider,
    text,
    toggle,
)
from lstmmusic.studio.expression import STRICT
from lstmmusic.studio.listening.takes import Request
from lstmmusic.studio.looks import arrange, layout, show
from lstmmusic.studio.runs.comparison import Comparison, compare, describe_details, describe_differences
from lstmmusic.studio.runs.curves import RunCurves
from lstmmusic.studio.runs.export import RunExport
from lstmmusic.studio.runs.page_export import PageExport
from lstmmusic.studio.runs.removal import RunRemoval
from lstmmusic.studio.runs.table import FINISHED, NO_RUNS, PAUSED, STOPPED, TRAINING, RunTable
from lstmmusic.studio.runs.takes_beside import TakesBeside
from lstmmusic.views import MOST_RUNS, CodeView

PYTHON, TERMINAL = "Python", "a terminal"
NO_UPDATES, UNREADABLE = "No updates are saved yet", "This run cannot be read"
READING = "The curves are being read …"

LOOK_AGAIN = 1.0  # seconds between two looks at what other processes have saved, or closed
SHARE = 20  # times as long as a look takes, at least


class RunsPlace:
    """The runs in the folder of the studio.

    Parameters
    ----------
    context : Context
    load : callable
        Loads a run.
    request : callable
        Returns what Listening is set to generate: runs are compared with the same primer and settings.
    listed : callable
        Called with the runs whenever they were listed.

    Attributes
    ----------
    interrupted : Run or None
        The run that was saved last, if it has epochs left, and no studio has it open.
    in_view : bool
        Whether the place is open.
    """

    def __init__(
        self,
        context: Context,
        load: Callable[[Run], None],
        request: Callable[[], Request],
        listed: Callable[[Sequence[Run]], None],
    ) -> None:
        act = context.act
        self._context, self._session, self._say = context, context.session, context.say
        self._load, self._request, self._listed = load, request, listed
        self._comparing: Latest[Comparison] = Latest(context.submit)
        self._shelf = Shelf(context.folder)
        self._first: Any = context.submit(self._shelf.read)  # which reads all files, in the background
        self.interrupted: Run | None = None
        self.in_view = False
        self._look_at = 0.0  # the clock when to look for what other processes have changed
        self._named: Path | None = None  # the run whose name is in the field
        self._own: Path | None = None  # the run of the studio when the place was last opened
        self._listed_at: Any = None
        self.table = RunTable(act, choose=self._choose, tick=self._tick, load=self.load)
        self.details = text()
        self.load_button = button(
            "Load", "Load the chosen run, to resume it or to listen to it", act, self.load, "primary"
        )
        self.duplicate_button = button("Duplicate", "Make a copy of the chosen run", act, self.duplicate)
        self.name = control(widgets.Text, "Name", "Name of the chosen run and of its folder", value="")
        self.rename_button = button("Rename", "Give the chosen run the name typed above", act, self.rename)
        self.removal = RunRemoval(context, lambda: self.meant, self.list_runs)
        self.export = RunExport(context, lambda: self.meant)
        self.page = PageExport(context, lambda: self.chosen)
        self.itself = toggle("Another temperature", "Compare the takes of one run at two temperatures")
        self.temperature = slider(
            "Of take B",
            "Temperature of take B, the second of this run: how daring it is; A has that of Listening. Default: 0.7",
            (0.1, 10),
            0.7,
            step=0.02,
            logarithmic=True,
        )
        self.curves = RunCurves(NO_RUNS)
        self.note, self.differences = text(), text()
        self.takes = TakesBeside(context)
        self.language = choice(
            "Repeat in",
            "Python code, or commands for a terminal, which do the same without a notebook. Default: Python",
            [PYTHON, TERMINAL],
        )
        self.code = CodeView()
        on_choice(self.language, "value", act, self._write_code)
        on_choice(self.itself, "value", act, self._compare)
        on_choice(self.temperature, "value", act, self._compare)
        beneath = widgets.HBox((self.curves.box, self.takes.box), layout=layout(grid_gap="12px"))
        for each in beneath.children:
            arrange(each, flex="1 1 0", width="auto")
        self.controls = halves(
            column(
                row(self.load_button, self.duplicate_button, self.removal.button, self.export.button),
                row(self.page.button, self.removal.undo.button),
                *(self.removal.asking, self.export.box, self.page.asking),
                *(self.name, row(self.rename_button, self.itself), self.temperature, self.details),
            ),
            column(
                self.table.view,
                self.table.words,
                pages(
                    {
                        "Compare": column(beneath, self.note),
                        "Differences": self.differences,
                        "Copy as code": column(self.language, self.code),
                    }
                ),
            ),
            main=self.table.view,
        )

    @property
    def chosen(self) -> Run | None:
        """The run that is chosen in the table, or None."""
        found = self.table.chosen
        return found if isinstance(found, Run) else None

    @property
    def meant(self) -> tuple[Run, ...]:
        """The runs that are ticked, or else the chosen one."""
        return self.table.ticked or ((self.chosen,) if self.chosen else ())

    @property
    def busy(self) -> bool:
        """Whether a comparison is still to come."""
        return self._comparing.busy

    def list_runs(self, chosen: Path | None = None) -> None:
        """List the runs in the folder; choose the one at a path, by default the one that is chosen."""
        if not self._first.done():
            return  # `refresh` lists them
        began = time.monotonic()
        before, compared = self.table.chosen, self.meant
        listing = self._shelf.read()
        runs = [each.run for each in listing.runs]
        self._listed(runs)
        last = runs[0] if runs and not runs[0].finished and not self._session.trainer else None
        self.interrupted = None if last is None or is_locked(last.path) else last
        self.table.show(listing, chosen or (before.path if before else self._session.path), self._state_of)
        self._look_at = time.monotonic() + max(LOOK_AGAIN, SHARE * (time.monotonic() - began))
        if self.table.chosen != before:
            self._show_chosen()
        elif self.chosen:
            self.details.value = describe_details(self.chosen)  # a take may have been saved with it
        if self.meant != compared or not self.meant:
            self._compare()

    def open(self) -> None:
        """List the runs, and compare the ticked ones, or else the chosen one, as Listening is set.

        A run that the studio has started or loaded since the last time is chosen; those of others change no choice.
        """
        self.list_runs()
        own, paths = self._session.path, [each.path for each in self.table.entries]
        if own in paths and own != self._own:
            self.table.choose(paths.index(own))
            self._own = own
        self._show_chosen()
        self._compare()

    def load(self) -> None:
        """Load the chosen run."""
        self._load(self._need_run())

    def duplicate(self) -> None:
        """Copy the chosen run."""
        copy = duplicate_run(self._need_run())
        self.list_runs()
        self._say(f"Copied to {copy.name}.")

    def rename(self) -> None:
        """Give the chosen run the name that was typed."""
        run, name = self._need_run(), self.name.value
        ticked = self.table.ticked

        def renamed(new: Run) -> None:
            self.list_runs(new.path)
            if run in ticked:
                self.table.tick(*(new if each.path == run.path else each for each in ticked))
                self._compare()
            self._say(f"{run.name} is now {new.name}.")

        self._context.task.begin(f"Renaming {run.name} …", lambda: self._session.rename(run, name), renamed)

    def refresh(self) -> None:
        """Show a comparison that is ready, and list the runs again after one was saved.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if self._has_changed():
            self._listed_at = (self._session.path, self._session.saved, self._session.state)
            self.list_runs()
        comparison = self._comparing.take()
        if comparison:
            self._show(comparison)
        possible = not self._context.task.doing
        for each in (self.load_button, self.duplicate_button, self.rename_button):
            each.disabled = not possible or self.chosen is None
        self.removal.button.disabled = not possible or not self.meant
        self.itself.disabled = len(self.meant) != 1
        show(self.temperature, self.itself.value and len(self.meant) == 1)
        self.export.refresh(possible=bool(self.meant))
        self.page.refresh()
        self.takes.refresh()

    def _has_changed(self) -> bool:
        """Return whether a run was saved here, or by another process, as far as it is time to look."""
        if not self._first.done():
            return False
        if self._listed_at != (self._session.path, self._session.saved, self._session.state):
            return True
        now = time.monotonic()
        if now < self._look_at or not (self.in_view or self._session.trainer is None):
            return False
        changed = self._shelf.has_changed()
        self._look_at = time.monotonic() + max(LOOK_AGAIN, SHARE * (time.monotonic() - now))
        return changed

    def _state_of(self, shelved: ShelvedRun) -> str:
        """Return the state of a run, in a word."""
        run = shelved.run
        if run.path == self._session.path and self._session.trainer:
            if self._session.state == "running":
                return TRAINING
            if not self._session.can_resume:
                return FINISHED
            return PAUSED if self._session.state == "paused" else STOPPED
        if run.finished:
            return FINISHED
        return TRAINING if shelved.is_open else STOPPED

    def _choose(self) -> None:
        self.removal.forget()
        self._show_chosen()
        if not self.table.ticked:
            self._compare()

    def _show_chosen(self) -> None:
        """Show what there is to know about the chosen run."""
        found = self.table.chosen
        run = self.chosen
        self._write_code()
        if run is None:
            self.details.value = html.escape(f"{found.name}: {found.reason}" if isinstance(found, BrokenRun) else "")
            self._named, self.name.value = None, ""
        else:
            self.details.value = describe_details(run)
            if run.path != self._named:
                # Not if the same run was saved again: a new name may be half typed.
                self._named, self.name.value = run.path, run.name

    def _write_code(self) -> None:
        """Write the code of the chosen run, whose tune is generated and played as Listening is set to."""
        run, sound = self.chosen, self._context.sound
        if run is None:
            self.code.code = ""
        elif self.language.value == TERMINAL:
            self.code.code = as_command(run)
        else:
            request, laid = self._request(), sound.expression
            primer = request.primer_source_on(run.roll)
            sampling = {"steps": request.steps, **request.settings}
            if not run.network.metre:
                del sampling["metre"]
            self.code.code = as_code(
                run,
                primer=primer,
                sampling=sampling,
                **sound.manner,
                tempo_curve=laid.tempo.value if primer else STRICT,
                pedal=laid.pedal.value if primer else laid.pedal_without_piece,
            )

    def _tick(self) -> None:
        self.removal.forget()
        self._compare()

    def _compare(self) -> None:
        """Ask for the curves and takes of the runs that are ticked, or else of the chosen one."""
        runs = self.meant[:MOST_RUNS]
        if not runs:
            self._comparing = Latest(self._context.submit)  # a comparison that is still being made is not shown
            self.curves.clear(UNREADABLE if self.table.chosen else NO_RUNS)
            self.differences.value = self.note.value = ""
            self.takes.clear()
            return
        # What is still shown may have been read before the last save.
        for view in self.curves.views:
            view.empty = READING if any(run.updates for run in runs) else NO_UPDATES
        request = self._request()
        other = self.temperature.value if self.itself.value and len(self.meant) == 1 else None
        self._comparing.ask(lambda: compare(runs, request, other))

    def _show(self, comparison: Comparison) -> None:
        runs = comparison.runs
        # Fewer are drawn as well while those that were ticked just now are read.
        undrawn = max(0, len(self.meant) - MOST_RUNS) if len(runs) == MOST_RUNS else 0
        self.curves.show(comparison, lambda run: max(0, self.table.look_of(run)), undrawn)
        self.note.value = html.escape(comparison.note)
        self.differences.value = (
            describe_differences(runs) if len(runs) > 1 else "Tick several runs to see in which settings they differ."
        )
        self.takes.show(comparison)

    def _need_run(self) -> Run:
        if self.chosen is None:
            raise LSTMMusicError("choose a run in the table first")
        return self.chosen
