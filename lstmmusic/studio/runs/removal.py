"""Deleting runs, after a question, and restoring them together."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

from lstmmusic.base.words import count_of
from lstmmusic.errors import ConfigError, LSTMMusicError
from lstmmusic.runs.listing import Run
from lstmmusic.runs.moving import Deleted
from lstmmusic.runs.store import delete_runs, restore_run
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, row, text
from lstmmusic.studio.looks import show
from lstmmusic.studio.undo import Undo

NAMED = 5  # runs, in a question


class RunRemoval:
    """A button that asks whether to delete runs, and one that restores them.

    Parameters
    ----------
    context : Context
    runs : callable
        Returns those that are to be deleted.
    changed : callable
        Called when there are others than before.
    """

    def __init__(self, context: Context, runs: Callable[[], Sequence[Run]], changed: Callable[[], None]) -> None:
        act = context.act
        self._session, self._say, self._runs, self._changed = context.session, context.say, runs, changed
        self._asked: tuple[Run, ...] = ()
        self.button = button(
            "Delete", "Delete the runs that are ticked, or else the chosen one, after asking", act, self.ask
        )
        self.question = text()
        self.confirm_button = button("Delete run", "Yes, delete this", act, self.delete, "danger")
        self.keep_button = button("Keep", "No, delete nothing", act, self.forget)
        self.asking = row(self.question, self.confirm_button, self.keep_button)
        self.undo = Undo(act)
        self.forget()

    def ask(self) -> None:
        """Ask whether to delete the runs."""
        self._asked = self._need(self._runs())
        names = [f"<b>{html.escape(run.name)}</b>" for run in self._asked[:NAMED]]
        more = f" and {len(self._asked) - NAMED:,} more" * (len(self._asked) > NAMED)
        what = f"{count_of(len(self._asked), 'run')}: " * (len(self._asked) > 1)
        self.question.value = f"Delete {what}{', '.join(names)}{more}?"
        self.confirm_button.description = f"Delete {count_of(len(self._asked), 'run') if what else 'run'}"
        show(self.asking)

    def delete(self) -> None:
        """Delete the runs that were asked about, all of them or none."""
        runs = self._need(self._asked)
        deleted = delete_runs(runs)
        self.forget()
        what = runs[0].name if len(runs) == 1 else count_of(len(runs), "run")
        self.undo.add(f"delete {what}", lambda: self._restore(deleted), None)
        self._changed()
        self._say(f"Deleted {what}. Undo restores {'it' if len(runs) == 1 else 'them'}.")

    def forget(self) -> None:
        """Ask no more."""
        self._asked = ()
        show(self.asking, False)

    def _restore(self, deleted: Sequence[Deleted]) -> None:
        restored: list[Run] = []
        failed: LSTMMusicError | None = None
        for each in deleted:
            try:
                restored.append(restore_run(each))
            except LSTMMusicError as error:  # the others are restored nevertheless
                failed = failed or error
        self._changed()
        if failed:
            raise failed
        self._say(f"Restored {restored[0].name if len(restored) == 1 else count_of(len(restored), 'run')}.")

    def _need(self, runs: Sequence[Run]) -> tuple[Run, ...]:
        if not runs:
            raise LSTMMusicError("tick some runs first, or choose one in the table")
        for run in runs:
            if run.path == self._session.path:
                raise ConfigError(f"{run.name} is the current run; start or load another one before you delete it")
        return tuple(runs)
