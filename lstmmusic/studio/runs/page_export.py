"""Exporting a run as a page to share, which is offered for download."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from lstmmusic.base.files import safe_name, unused_path
from lstmmusic.base.jobs import Job
from lstmmusic.base.progress import Progress, Work
from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.sampler import Take, generate
from lstmmusic.pages.run_page import MOST_TAKES, export_page
from lstmmusic.runs.checkpoint import load_network
from lstmmusic.runs.favourites import favourites_folder, find_favourites
from lstmmusic.runs.listing import Run
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, row, text
from lstmmusic.studio.exports import downloads_of
from lstmmusic.studio.looks import show

Takes = dict[str, Take]


class PageExport:
    """A button that writes the page of a run in the background; of one without favourites, it asks for a take first.

    Parameters
    ----------
    context : Context
    run : callable
        Returns the run, or None.

    Attributes
    ----------
    shown : callable
        Returns the take of a run that Listening shows, and what it is called, if it shows one.
    """

    def __init__(self, context: Context, run: Callable[[], Run | None]) -> None:
        act = context.act
        self._context, self._run = context, run
        self._asked: Run | None = None  # the run that is asked about
        self._writing: Job[Progress] | None = None
        self._remark = ""  # about what is being written
        self.shown: Callable[[Run], Takes] = lambda _: {}
        self.button = button(
            "Export page",
            f"Save the chosen run as one HTML file to share: favourites, at most {MOST_TAKES}, with a player, curves, "
            "settings and code",
            act,
            self.export,
        )
        self.question = text()
        self.shown_button = button(
            "Shown take", "Put the take on the page that Listening shows", act, lambda: self._answer(self._need_shown())
        )
        self.new_button = button(
            "New take",
            "Generate a take from nothing with the best weights of the run, seed 0, and put it on the page",
            act,
            lambda: self._answer(None),
        )
        self.none_button = button("No take", "Export the page without takes", act, lambda: self._answer({}))
        self.cancel_button = button("Cancel", "Export no page", act, self.forget)
        self.asking = row(self.question, self.shown_button, self.new_button, self.none_button, self.cancel_button)
        self.forget()

    def export(self) -> None:
        """Write the page, or ask for a take.

        Raises
        ------
        LSTMMusicError
            If no run is chosen.
        """
        run = self._need_run()
        favourites = len(find_favourites(favourites_folder(run.path, run.path))[0])
        if favourites:
            self.forget()
            fewer = f", with the first {MOST_TAKES} of its {favourites:,} favourites" * (favourites > MOST_TAKES)
            self._begin(run, lambda: None, fewer)
            return
        self._asked = run
        self.question.value = f"<b>{html.escape(run.name)}</b> has no favourites. Which take is to be on its page?"
        show(self.asking)

    def forget(self) -> None:
        """Ask no more."""
        self._asked = None
        show(self.asking, False)

    def refresh(self) -> None:
        """Offer the page once it is there.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        run, job = self._run(), self._writing
        if self._asked and (run is None or run.path != self._asked.path):
            self.forget()
        if self._asked:
            show(self.shown_button, self.shown(self._asked))
        if job and not job.active:
            self._writing = None
        self.button.disabled = bool(self._writing) or run is None
        if job and not self._writing:
            if job.error:
                raise job.error
            path: Path = job.result
            self._context.say(f"Saved {path}{self._remark}.", **downloads_of(path))

    def _answer(self, takes: Takes | None) -> None:
        """Write the page with these takes, or with a new one."""
        run = self._asked
        self.forget()
        if run:
            self._begin(run, partial(_generate, run) if takes is None else lambda: takes)

    def _begin(self, run: Run, find_takes: Callable[[], Takes | None], remark: str = "") -> None:
        if self._writing:
            return
        sound = self._context.sound
        manner = sound.manner | {"pedal": sound.expression.pedal_without_piece}
        path = unused_path(self._context.folder / "tunes" / f"{safe_name(run.name)}.html")
        self._writing = Job(_write(run, path, find_takes, manner))
        self._writing.start()
        self._remark = remark
        self._context.say(f"Saving the page of {run.name}{remark} …")

    def _need_run(self) -> Run:
        run = self._run()
        if run is None:
            raise LSTMMusicError("choose a run first")
        return run

    def _need_shown(self) -> Takes:
        takes = self.shown(self._asked) if self._asked else {}
        if not takes:
            raise LSTMMusicError("Listening shows no take of this run any more; choose another one")
        return takes


def _generate(run: Run) -> Takes:
    """Generate the take that is called a new one, with the best weights of a run."""
    network, grid = load_network(run.file)
    take = generate(network, config=grid, until_end=network.config.endings, seed=0, quiet=True)
    update = run.updates if run.best_update is None else run.best_update
    return {f"Generated for this page by the best weights, of update {update:,}": take}


def _write(run: Run, path: Path, find_takes: Callable[[], Takes | None], manner: dict[str, Any]) -> Work[Path]:
    yield Progress(0, 1)
    export_page(run, path, takes=find_takes(), **manner)
    return path
