"""The Runs place: saved runs are listed, loaded, renamed, deleted, compared, and shown as code."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lstmmusic.errors import BusyError, ConfigError, LSTMMusicError, SaveError
from lstmmusic.labels import ABOUT_CURVES, show_units
from lstmmusic.runs.as_code import as_code
from lstmmusic.runs.as_command import as_command
from lstmmusic.runs.listing import BrokenRun, Run, find_runs
from lstmmusic.runs.locks import lock_run
from lstmmusic.runs.moving import Deleted
from lstmmusic.runs.store import delete_run, duplicate_run, restore_run
from lstmmusic.studio.comparison import (
    NAMES,
    Comparison,
    Pair,
    compare,
    describe_details,
    describe_differences,
    describe_run,
)
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import (
    button,
    choice,
    column,
    control,
    halves,
    on_choice,
    pages,
    quietly,
    row,
    slider,
    text,
)
from lstmmusic.studio.losses import Comparability, compare_losses, rank_runs
from lstmmusic.studio.takes import Request
from lstmmusic.training.snapshot import Curves
from lstmmusic.views import CodeView, LossView

NOTHING, ITSELF = "nothing", "itself at another temperature"

PYTHON, TERMINAL = "Python", "a terminal"

NO_RUNS, NO_UPDATES, UNREADABLE = (
    "No runs yet: press Start, and they appear here",
    "This run has no updates yet",
    "This run cannot be read",
)

# A kernel that a page has just left needs some seconds to save its run.
LOOK_AGAIN = 2.0  # seconds


def is_open(run: Run) -> bool:
    """Whether a studio has a run open, as the current run."""
    try:
        lock_run(run.path).release()
    except BusyError:
        return True
    except SaveError:  # loading it says why it cannot be locked
        return False
    return False


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
        self._deleted: Deleted | None = None
        self.interrupted: Run | None = None
        self._look_at = math.inf  # the clock when to look whether the last run is still open elsewhere
        self._named: Path | None = None  # the run whose name is in the field
        self._newest: Path | None = None  # the first of the list when the place was last opened
        self._listed_at: Any = None
        self.runs = widgets.Select(
            options=[], rows=9, layout=widgets.Layout(width="auto"), tooltip="The runs in this folder, newest first"
        )
        self.details = text()
        self.load_button = button("Load", "Load this run, to resume it or to listen to it", act, self.load, "primary")
        self.duplicate_button = button("Duplicate", "Make a copy of this run", act, self.duplicate)
        self.delete_button = button("Delete", "Delete this run, after asking", act, self.ask_to_delete)
        self.undo_button = button("Undo delete", "Restore the run that was deleted last", act, self.undo_delete)
        self.name = control(widgets.Text, "Name", "Name of this run and of its folder", value="")
        self.rename_button = button("Rename", "Give the run the name typed above", act, self.rename)
        self.question = text()
        self.confirm_button = button("Delete run", "Yes, delete this run", act, self.delete, "danger")
        self.keep_button = button("Keep run", "No, keep this run", act, self._stop_asking)
        self.asking = row(self.question, self.confirm_button, self.keep_button)
        self.other = choice(
            "Compare with",
            f"Another run on the same plot, with its take of the same primer and seed. Default: {NOTHING}",
            [NOTHING],
        )
        self.loss, self.other_loss = (
            LossView(height=170, fill=True, logarithmic=True, empty=NO_RUNS, help=ABOUT_CURVES) for _ in range(2)
        )
        self.temperature = slider(
            "Temperature of B",
            "How daring the second take of this run is; the first has the temperature of Listening. Default: 0.7",
            (0.1, 10),
            0.7,
            step=0.02,
            logarithmic=True,
        )
        self.temperature.layout.display = "none"
        self.comparability, self.differences, self.ranking = text(), text(), text()
        self.pair = Pair(context)
        self.language = choice(
            "Repeat in",
            "Python code, or commands for a terminal, which do the same without a notebook. Default: Python",
            [PYTHON, TERMINAL],
        )
        self.code = CodeView()
        on_choice(self.runs, "index", act, self._choose)
        on_choice(self.other, "index", act, self._compare)
        on_choice(self.language, "value", act, self._write_code)
        on_choice(self.temperature, "value", act, self._compare)
        for each in (self.loss, self.other_loss):
            each.layout.flex = "1 1 0"  # the first takes the room of one that is hidden
        losses = widgets.HBox((self.loss, self.other_loss), layout=widgets.Layout(grid_gap="12px"))
        self.controls = halves(
            column(
                *(self.runs, self.details, row(self.load_button, self.duplicate_button, self.delete_button)),
                *(self.asking, self.undo_button, self.name, self.rename_button),
            ),
            pages(
                {
                    "Compare": column(
                        *(self.other, self.temperature, losses, self.comparability, self.differences, self.pair.box)
                    ),
                    "All runs": self.ranking,
                    "Copy as code": column(self.language, self.code),
                }
            ),
            main=losses,
        )
        self._stop_asking()

    @property
    def chosen(self) -> Run | None:
        """The run that is chosen in the list, or None."""
        found: Run | BrokenRun | None = self.runs.value
        return found if isinstance(found, Run) else None

    @property
    def busy(self) -> bool:
        """Whether a comparison is still to come."""
        return self._comparing.busy

    def list_runs(self, chosen: Path | None = None) -> None:
        """List the runs in the folder; choose the one at a path, by default the one that is chosen."""
        before = self.runs.value
        chosen = chosen or (before.path if before else None)
        runs, broken = find_runs(self._session.folder)
        self._listed(runs)
        self.ranking.value = rank_runs(runs)
        last = runs[0] if runs and not runs[0].finished and not self._session.trainer else None
        still_open = last is not None and is_open(last)
        self.interrupted = None if still_open else last
        self._look_at = time.monotonic() + LOOK_AGAIN if still_open else math.inf
        options = [(describe_run(run), run) for run in runs] + [(f"⚠ {one.name}", one) for one in broken]
        places = [place for place, (_, one) in enumerate(options) if one.path == chosen]
        with quietly(self.runs, self.other):
            self.runs.options = options
            self.runs.index = places[0] if places else (0 if options else None)
        if self.runs.value != before:
            self._choose()
        elif self.chosen:
            self.details.value = describe_details(self.chosen)  # a take may have been saved with it
            self._offer_others(self.chosen)

    def open(self) -> None:
        """List the runs, and compare the chosen one, or a newer one, with the settings of Listening."""
        self.list_runs()
        newest = next((one.path for _, one in self.runs.options), None)
        if newest not in (None, self._newest):
            with quietly(self.runs):
                self.runs.index = 0
        self._newest = newest
        self._choose()

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

        def renamed(new: Run) -> None:
            self.list_runs(new.path)
            self._say(f"{run.name} is now {new.name}.")

        self._context.task.begin(f"Renaming {run.name} …", lambda: self._session.rename(run, name), renamed)

    def ask_to_delete(self) -> None:
        """Ask whether to delete the chosen run."""
        run = self._need_other_run()
        self.question.value = f"Delete <b>{html.escape(run.name)}</b>?"
        self.asking.layout.display = None

    def delete(self) -> None:
        """Delete the run that was asked about."""
        run = self._need_other_run()
        self._deleted = delete_run(run)
        self._stop_asking()
        self.list_runs()
        self._say(f"Deleted {run.name}. Undo delete restores it.")

    def undo_delete(self) -> None:
        """Restore the run that was deleted last."""
        if self._deleted is not None:
            restored = restore_run(self._deleted)
            self._deleted = None
            self.list_runs()
            self._say(f"Restored {restored.name}.")

    def refresh(self) -> None:
        """Show a comparison that is ready, and list the runs again after the current one was saved.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if time.monotonic() > self._look_at or self._listed_at != (self._session.path, self._session.saved):
            self._listed_at = (self._session.path, self._session.saved)
            self.list_runs()
        comparison = self._comparing.take()
        if comparison:
            self._show(comparison)
        possible = self.chosen is not None and not self._context.task.doing
        for each in (self.load_button, self.duplicate_button, self.delete_button, self.rename_button):
            each.disabled = not possible
        self.undo_button.layout.display = None if self._deleted else "none"
        self.pair.refresh()

    def _stop_asking(self) -> None:
        self.asking.layout.display = "none"

    def _choose(self) -> None:
        """Show the chosen run."""
        self._stop_asking()
        found = self.runs.value
        broken = f"{found.name}: {found.reason}" if isinstance(found, BrokenRun) else ""
        self.details.value = html.escape(broken)
        run = self.chosen
        self.loss.empty = NO_UPDATES if run else UNREADABLE if broken else NO_RUNS
        self._write_code()
        if run is None:
            self._comparing = Latest(self._context.submit)  # a comparison that is still being made is not shown
            self._named, self.name.value, self.differences.value = None, "", ""
            self._show_curves((), ())
            self.pair.clear()
            return
        self.details.value = describe_details(run)
        if run.path != self._named:
            # Not if the same run was saved again: a new name may be half typed.
            self._named, self.name.value = run.path, run.name
        self._offer_others(run)
        self._compare()

    def _write_code(self) -> None:
        """Write the code of the chosen run, whose tune is played as Listening is set to."""
        run, sound = self.chosen, self._context.sound
        if run is None:
            self.code.code = ""
        elif self.language.value == TERMINAL:
            self.code.code = as_command(run)
        else:
            self.code.code = as_code(run, **sound.manner, pedal=sound.expression.pedal_without_piece)

    def _offer_others(self, run: Run) -> None:
        """Offer the other runs for comparison; the same one stays chosen."""
        chosen_before = self.other.value.path if isinstance(self.other.value, Run) else self.other.value
        runs = [one for _, one in self.runs.options if isinstance(one, Run) and one.path != run.path]
        others: list[Run | str] = [NOTHING, *runs, ITSELF]
        with quietly(self.other):
            self.other.options = [(one.name if isinstance(one, Run) else one, one) for one in others]
            # By folder, since a run that trains changes.
            same = [place for place, one in enumerate(others) if getattr(one, "path", one) == chosen_before]
            self.other.index = same[0] if same else 0

    def _compare(self) -> None:
        run, other = self.chosen, self.other.value
        if run is None:
            return
        self.temperature.layout.display = None if other == ITSELF else "none"
        request = self._request()
        usual = request.settings["temperature"]
        asked: list[tuple[Run, float]] = [(run, usual)]
        if isinstance(other, Run):
            asked.append((other, usual))
        elif other == ITSELF:
            asked.append((run, self.temperature.value))
        self._comparing.ask(lambda: compare(asked, request))

    def _show(self, comparison: Comparison) -> None:
        runs = comparison.runs[:1] if comparison.of_one else comparison.runs
        self._show_curves(runs, comparison.curves)
        differences = describe_differences(*runs) if len(runs) > 1 else ""
        self.differences.value = f"{html.escape(comparison.note)}{differences}"
        self.pair.show(comparison)

    def _show_curves(self, runs: Sequence[Run], curves: Sequence[Curves]) -> None:
        """Show the curves of no run, of one, or of two: on one plot if their losses can be compared."""
        comparability = compare_losses(*runs) if len(runs) > 1 else Comparability(True, "")
        self.comparability.value = html.escape(comparability.words)
        self.other_loss.layout.display = "none" if comparability.share_axis else None
        alone = runs[:1] if comparability.share_axis else runs
        for place, view in enumerate((self.loss, self.other_loss)):
            if place >= len(alone):
                view.clear()
                continue
            with view.hold_sync():
                view.name = runs[place].name
                show_units(view, runs[place].training, "" if comparability.share_axis else NAMES[place])
                view.show(*curves[place])
                if place == 0 and len(runs) > len(alone):
                    view.compare(runs[1].name, *curves[1])
                else:
                    view.clear_comparison()

    def _need_run(self) -> Run:
        if self.chosen is None:
            raise LSTMMusicError("choose a run in the list first")
        return self.chosen

    def _need_other_run(self) -> Run:
        run = self._need_run()
        if run.path == self._session.path:
            raise ConfigError(f"{run.name} is the current run; start or load another one before you delete it")
        return run
