"""The place of all runs: they are listed, taken up again, compared, and taken away as code."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lstmmusic.errors import ConfigError, LSTMMusicError
from lstmmusic.runs.as_code import as_code
from lstmmusic.runs.listing import BrokenRun, Run, find_runs
from lstmmusic.runs.store import DeletedRun, delete_run, duplicate_run, restore_run
from lstmmusic.studio.background import Latest, Submit
from lstmmusic.studio.comparison import Comparison, compare, describe_details, describe_differences, describe_run
from lstmmusic.studio.controls import Act, button, choice, column, control, halves, on_choice, pages, quietly, row, text
from lstmmusic.studio.pair import Pair
from lstmmusic.studio.session import Session
from lstmmusic.studio.sound import Sound
from lstmmusic.studio.takes import Wish
from lstmmusic.views import CodeView, LossView

NOTHING = "nothing"


class RunsPlace:
    """The runs in the folder of the studio.

    Parameters
    ----------
    session : Session
    sound : Sound
    load : callable
        Takes up a run.
    wish : callable
        Returns what Listening is set to make: the primer and settings with which runs are compared.
    submit : callable
        Runs a function in the background.
    say : callable
        Shows a message.
    act : callable
        Runs what a control asks for.
    """

    def __init__(
        self,
        session: Session,
        sound: Sound,
        load: Callable[[Run], None],
        wish: Callable[[], Wish],
        submit: Submit,
        say: Callable[..., None],
        act: Act,
    ) -> None:
        self._session, self._load, self._wish, self._say = session, load, wish, say
        self._submit = submit
        self._comparing: Latest[Comparison] = Latest(submit)
        self._deleted: DeletedRun | None = None
        self._named: Path | None = None  # whose name is in the field
        self._listed_at: Any = None
        self.runs = widgets.Select(
            options=[], rows=9, layout=widgets.Layout(width="auto"), tooltip="The runs in this folder, the newest first"
        )
        self.details = text()
        self.load_button = button("Load", "Take up this run, to go on or to listen", act, self.load, "primary")
        self.duplicate_button = button("Duplicate", "Make a copy of this run", act, self.duplicate)
        self.delete_button = button("Delete", "Delete this run, after a question", act, self.ask_to_delete)
        self.undo_button = button("Undo delete", "Bring the run back that was deleted last", act, self.undo_delete)
        self.name = control(widgets.Text, "Name", "The name of this run, and of its folder", value="")
        self.rename_button = button("Rename", "Give the run the name that is typed", act, self.rename)
        self.question = text()
        self.confirm_button = button("Delete it", "Yes, delete this run", act, self.delete, "danger")
        self.keep_button = button("Keep it", "No, leave the run where it is", act, self._stop_asking)
        self.asking = row(self.question, self.confirm_button, self.keep_button)
        self.other = choice("Compare with", "Another run, on the same plot, from the same primer and seed", [NOTHING])
        self.loss = LossView(height=210, empty="A run that has learned nothing yet has no curve")
        self.differences = text()
        self.pair = Pair(sound, act)
        self.code = CodeView()
        on_choice(self.runs, "index", act, self._choose)
        on_choice(self.other, "index", act, self._compare)
        self.controls = halves(
            column(
                *(self.runs, self.details, row(self.load_button, self.duplicate_button, self.delete_button)),
                *(self.asking, self.undo_button, self.name, self.rename_button),
            ),
            pages(
                {
                    "Compare": column(self.other, self.loss, self.differences, self.pair.box),
                    "Copy as code": self.code,
                }
            ),
        )
        self._stop_asking()

    @property
    def chosen(self) -> Run | None:
        """The run that is chosen in the list."""
        found: Run | BrokenRun | None = self.runs.value
        return found if isinstance(found, Run) else None

    def list_runs(self, chosen: Path | None = None) -> None:
        """List the runs anew; the same one stays chosen, or the one in a folder is."""
        before = self.runs.value
        chosen = chosen or (before.path if before else None)
        runs, broken = find_runs(self._session.folder)
        options = [(describe_run(run), run) for run in runs] + [(f"⚠ {one.name}", one) for one in broken]
        places = [place for place, (_, one) in enumerate(options) if one.path == chosen]
        with quietly(self.runs, self.other):
            self.runs.options = options
            self.runs.index = places[0] if places else (0 if options else None)
        if self.runs.value != before:
            self._choose()
        elif self.chosen:
            self.details.value = describe_details(self.chosen)  # a take may have been kept with it
            self._offer_others(self.chosen)

    def open(self) -> None:
        """List the runs anew, and let the chosen ones make what is wished for now."""
        self.list_runs()
        self._compare()

    def load(self) -> None:
        """Take up the run that is chosen."""
        self._load(self._need_run())
        self.list_runs()

    def duplicate(self) -> None:
        """Copy the run that is chosen."""
        copy = duplicate_run(self._need_run())
        self.list_runs()
        self._say(f"Copied to {copy.name}.")

    def rename(self) -> None:
        """Give the run that is chosen the name that was typed."""
        run = self._need_run()
        renamed = self._session.rename(run, self.name.value).result(60)
        self.list_runs(renamed.path)
        self._say(f"{run.name} is now {renamed.name}.")

    def ask_to_delete(self) -> None:
        """Ask before the run that is chosen is deleted."""
        run = self._need_run_to_spare()
        self.question.value = f"Delete <b>{html.escape(run.name)}</b>?"
        self.asking.layout.display = None

    def delete(self) -> None:
        """Delete the run that was asked about."""
        run = self._need_run_to_spare()
        self._deleted = delete_run(run)
        self._stop_asking()
        self.list_runs()
        self._say(f"Deleted {run.name}. Undo delete brings it back.")

    def undo_delete(self) -> None:
        """Bring the run back that was deleted last."""
        if self._deleted is not None:
            restored = restore_run(self._deleted)
            self._deleted = None
            self.list_runs()
            self._say(f"{restored.name} is back.")

    def refresh(self) -> None:
        """Show what is ready, and list a run that was saved.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if self._listed_at != (self._session.path, self._session.saved):
            self._listed_at = (self._session.path, self._session.saved)
            self.list_runs()
        comparison = self._comparing.take()
        if comparison:
            self._show(comparison)
        chosen = self.chosen is not None
        for each in (self.load_button, self.duplicate_button, self.delete_button, self.rename_button):
            each.disabled = not chosen
        self.undo_button.layout.display = None if self._deleted else "none"
        self.pair.refresh()

    def _stop_asking(self) -> None:
        self.asking.layout.display = "none"

    def _choose(self) -> None:
        """Show the run that is chosen."""
        self._stop_asking()
        found = self.runs.value
        broken = f"{found.name}: {found.reason}" if isinstance(found, BrokenRun) else ""
        self.details.value = html.escape(broken)
        run = self.chosen
        self.code.code = as_code(run) if run else ""
        if run is None:
            self._comparing = Latest(self._submit)  # what is read of the one before is not waited for
            self._named, self.name.value, self.differences.value = None, "", ""
            self.loss.clear()
            self.pair.clear()
            return
        self.details.value = describe_details(run)
        if run.path != self._named:
            # Not when the same run was saved again: another name may be half typed.
            self._named, self.name.value = run.path, run.name
        self._offer_others(run)
        self._compare()

    def _offer_others(self, run: Run) -> None:
        """Offer the other runs to compare with; the same one stays chosen."""
        chosen_before = self.other.value.path if isinstance(self.other.value, Run) else None
        others: list[Run | str] = [NOTHING]
        others += [one for _, one in self.runs.options if isinstance(one, Run) and one.path != run.path]
        with quietly(self.other):
            self.other.options = [(one.name if isinstance(one, Run) else one, one) for one in others]
            # By their folders, since a run that goes on differs from itself.
            same = [place for place, one in enumerate(others) if isinstance(one, Run) and one.path == chosen_before]
            self.other.index = same[0] if same else 0

    def _compare(self) -> None:
        run, other = self.chosen, self.other.value
        if run is None:
            return
        runs, wish = (run, other) if isinstance(other, Run) else (run,), self._wish()
        self._comparing.ask(lambda: compare(runs, wish))

    def _show(self, comparison: Comparison) -> None:
        runs = comparison.runs
        one, *others = comparison.curves
        self.loss.name = runs[0].name
        self.loss.show(*one)
        if others:
            (two,) = others
            self.loss.compare(runs[1].name, *two)
            self.differences.value = describe_differences(runs[0], runs[1])
        else:
            self.loss.clear_comparison()
            self.differences.value = ""
        self.differences.value = f"{html.escape(comparison.note)}{self.differences.value}"
        self.pair.show(comparison)

    def _need_run(self) -> Run:
        if self.chosen is None:
            raise LSTMMusicError("choose a run in the list first")
        return self.chosen

    def _need_run_to_spare(self) -> Run:
        run = self._need_run()
        if run.path == self._session.path:
            raise ConfigError(f"{run.name} is the run at hand; start or load another one before you delete it")
        return run
