"""Exporting runs as one zip file, which is offered for download."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import ipywidgets as widgets

from lstmmusic.base.files import safe_name, unused_path
from lstmmusic.base.jobs import Job
from lstmmusic.base.progress import Progress
from lstmmusic.errors import LSTMMusicError
from lstmmusic.runs.listing import Run
from lstmmusic.runs.runs_zip import zip_runs
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, row
from lstmmusic.studio.exports import downloads_of
from lstmmusic.studio.looks import layout, show


class RunExport:
    """A button that writes a zip file in the background, with its progress.

    Parameters
    ----------
    context : Context
    runs : callable
        Returns those that are to be exported.
    """

    def __init__(self, context: Context, runs: Callable[[], Sequence[Run]]) -> None:
        self._context, self._runs = context, runs
        self._zipping: Job[Progress] | None = None
        act = context.act
        self.button = button(
            "Export",
            "Save a zip file of the runs that are ticked, or else of the chosen one; unpack it into the folder runs of "
            "another studio to have them there",
            act,
            self.export,
        )
        self.progress = widgets.IntProgress(tooltip="", layout=layout(width="auto", flex="1 1 60px"))
        self.cancel_button = button("Cancel", "Save no zip file", act, self.close)
        self.box = row(self.progress, self.cancel_button)

    def export(self) -> None:
        """Write the file in the background.

        Raises
        ------
        LSTMMusicError
            If no run is chosen.
        """
        runs = self._runs()
        if not runs:
            raise LSTMMusicError("tick some runs first, or choose one in the table")
        if self._zipping:
            return
        name = safe_name(runs[0].name if len(runs) == 1 else f"{len(runs)} runs")
        path = unused_path(self._context.folder / "tunes" / f"{name}.zip")
        self._zipping = Job(zip_runs(runs, path))
        self._zipping.start()

    def refresh(self, *, possible: bool) -> None:
        """Show how far it has come, and offer the file once it is there.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        job = self._zipping
        if job and not job.active:
            self._zipping = None
        show(self.box, self._zipping)
        self.button.disabled = bool(self._zipping) or not possible
        if job and job.latest:
            self.progress.max, self.progress.value = job.latest.total, job.latest.done
        if job and not self._zipping:
            if job.error:
                raise job.error
            done = job.state == "finished"
            path: Path = job.result
            words = f"Saved {path}." if done else "Cancelled: no zip file was saved."
            self._context.say(words, **downloads_of(path) if done else {})

    def close(self) -> None:
        """Save no zip file, once the run that is being written is done."""
        if self._zipping:
            self._zipping.stop()
