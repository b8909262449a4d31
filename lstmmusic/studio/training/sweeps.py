"""Sweeps in the studio: a form, the progress of the sweep that trains, and the offer to continue one after a restart.

The runs train in processes of their own, or on a cluster. A job hands on what they report; only `refresh` shows it.
"""

from __future__ import annotations

import html
import logging
import math
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from lstmmusic.base.jobs import Job
from lstmmusic.base.words import count_of
from lstmmusic.errors import BusyError, LSTMMusicError, SaveError, plain_text
from lstmmusic.music.corpus import Corpus
from lstmmusic.runs.locks import lock_run
from lstmmusic.runs.recipe import Recipe
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, column, row, text
from lstmmusic.studio.looks import layout, show
from lstmmusic.studio.training.sweep_form import SweepForm
from lstmmusic.sweeps.execution import Event
from lstmmusic.sweeps.file import find_sweeps, free_sweep_name
from lstmmusic.sweeps.plan import Swept
from lstmmusic.sweeps.processes import Processes
from lstmmusic.sweeps.sweep import Sweep, SweptRun, default_sweep_name
from lstmmusic.sweeps.sweeping import Sweeping
from lstmmusic.sweeps.trials import Trials

SHOWN = 12  # rows of the table of runs

# Longer than a process needs to save its run.
TIMEOUT = 90.0  # seconds

logger = logging.getLogger(__name__)

WORDS = {"waiting": "", "finished": "", "stopped": "stopped", "hopeless": "hopeless", "failed": "failed"}


class Sweeps:
    """The sweep of this studio: one at a time.

    Parameters
    ----------
    context : Context
    next_run : callable
        Returns the music, and the recipe of what the studio would start.
    device : callable
        Returns the device that is chosen.
    saved : callable
        Called when a run of the sweep was saved.

    Attributes
    ----------
    box : Widget
        The form, and below it the progress.
    offer : Widget
        A line that offers to continue the sweep that was interrupted last.
    sweeping : Sweeping or None
        The sweep that trains, or has trained last.
    """

    def __init__(
        self,
        context: Context,
        next_run: Callable[[], tuple[Corpus, Recipe]],
        device: Callable[[], str],
        saved: Callable[[], object],
    ) -> None:
        act = context.act
        self._context, self._device, self._saved = context, device, saved
        self.sweeping: Sweeping | None = None
        self._job: Job[Event] = Job(iter(()))
        self._shown: tuple[Any, ...] = ()
        self._last_saved: dict[str, int] = {}
        self._interrupted: Sweep | None = None
        self.form = SweepForm(context, next_run)
        self.start_button = button(
            "Start sweep",
            "Train these runs, one after the other, also while no page shows the studio; they appear under Runs",
            act,
            self.start,
            "success",
        )
        self.stop_run_button = button(
            "Stop this run", "Stop the run that trains, and save it; the next one starts", act, self._stop_run
        )
        self.stop_all_button = button(
            "Stop all", "Stop the sweep, and save its runs; it can be continued", act, self._stop_all
        )
        self.continue_button = button("Continue sweep", "Train the runs that are left", act, self._continue, "success")
        self.progress = widgets.FloatProgress(max=1, tooltip="", layout=layout(width="auto", flex="0 0 auto"))
        self.status, self.runs = text(), text()
        self.box = column(
            self.form.box,
            row(self.start_button, self.continue_button, self.stop_run_button, self.stop_all_button),
            *(self.progress, self.status, self.runs),
        )
        self.question = text()
        self.yes_button = button("Continue", "Train the runs of this sweep that are left", act, self._continue)
        self.no_button = button(
            "Not now", "Hide this question; the sweep can be continued under Training", act, self._dismiss
        )
        self.offer = row(self.question, self.yes_button, self.no_button)
        show(self.offer, False)
        self.looking: Future[Sweep | None] | None = context.submit(lambda: find_interrupted(context.folder))
        self._show_buttons()

    @property
    def active(self) -> bool:
        """Whether a sweep trains."""
        return self._job.active

    @property
    def offered(self) -> Sweep | None:
        """The sweep that is offered to be continued."""
        return None if self.offer.layout.display == "none" else self._interrupted

    def start(self) -> None:
        """Start the sweep of the form."""
        self.form.check()
        asked = self.form.asked
        if asked is None:
            raise LSTMMusicError("this is no sweep yet: give a setting some values, for instance 0.002, 0.004")
        folder = self._context.folder
        name = free_sweep_name(folder, default_sweep_name(datetime.now().astimezone(), asked.plan))
        self._begin(Sweep.of(asked.plan, folder, name))

    def _begin(self, sweep: Sweep) -> None:
        if self.active:
            raise BusyError("a sweep trains already; press Stop all first")
        self._dismiss()
        self._interrupted, cluster = None, self._context.session.cluster
        sweeping = Sweeping(sweep, Trials(cluster) if cluster else Processes(device=self._device()))
        self.sweeping, self._shown, self._last_saved = sweeping, (), {}
        self._job = Job(sweeping.events())
        self._job.start()

    def _continue(self) -> None:
        sweep = self._left
        if sweep:
            self._begin(sweep)

    @property
    def _left(self) -> Sweep | None:
        """The sweep that can be continued."""
        sweep = self.sweeping.sweep if self.sweeping else self._interrupted
        return sweep if sweep and sweep.waiting and not self.active else None

    def _dismiss(self) -> None:
        show(self.offer, False)

    def _stop_run(self) -> None:
        training = self._training()
        if self.sweeping and training:
            self.sweeping.stop(training.name)

    def _stop_all(self) -> None:
        if self.sweeping:
            self.sweeping.stop_all()

    def _training(self) -> SweptRun | None:
        """Return the run that trains: they are trained in their order."""
        waiting = self.sweeping.sweep.waiting if self.sweeping and self.active else ()
        ended = self._job.latest
        # A run that was interrupted waits again, and is not the next one.
        later = [run for run in waiting if not run.reason]
        return next(iter(later), None) if ended is None or ended.kind != "progress" else _named(waiting, ended.name)

    def refresh(self) -> None:
        """Show what the runs have reported since the last time.

        Raises
        ------
        Exception
            What ended the sweep, or the measurement of its cost.
        """
        if self.looking and self.looking.done():
            looking, self.looking = self.looking, None
            self._offer(looking.result())
        self.form.refresh(self._device(), busy=self.active or self._context.session.active)
        self._show_buttons()
        sweeping, job = self.sweeping, self._job
        if sweeping is None:
            return
        now = sweeping.sweep, sweeping.progress, self.active
        if now != self._shown:
            self._shown = now
            self._show(sweeping)
        saved = {name: one.saved for name, one in sweeping.progress.items()}
        if saved != self._last_saved:
            self._last_saved = saved
            self._saved()
        if job.error:
            error, self._job = job.error, Job(iter(()))
            raise error

    def _offer(self, sweep: Sweep | None) -> None:
        if sweep and not self.active:
            self._interrupted = sweep
            show(self.offer)
            left = f"{len(sweep.waiting)} of {count_of(len(sweep.runs), 'run')} left"
            self.question.value = f"Continue the sweep '{html.escape(plain_text(sweep.name))}' ({left})?"

    def _show_buttons(self) -> None:
        active = self.active
        self.start_button.disabled = active or self.form.asked is None
        shown = {
            self.start_button: not active,
            self.continue_button: self._left is not None,
            self.stop_run_button: active,
            self.stop_all_button: active,
            self.progress: self.sweeping is not None,
        }
        for each, is_shown in shown.items():
            show(each, is_shown)

    def _show(self, sweeping: Sweeping) -> None:
        sweep, progress = sweeping.sweep, sweeping.progress
        done = sum(_part_done(run, sweeping) for run in sweep.runs)
        self.progress.value = done / len(sweep.runs)
        ended = len(sweep.runs) - len(sweep.waiting)
        words = [f"{ended} of {count_of(len(sweep.runs), 'run')} done"]
        training = self._training()
        if training:
            words += [f"training {_describe(training)}"]
            if training.name in progress:
                record = progress[training.name]
                words += [f"epoch {record.epoch + 1}", f"update {record.update:,}"]
                words += [record.problem] if record.problem else []
        words += [sweeping.problem] if sweeping.problem else []
        self.status.value = f'<span role="status">{html.escape(" · ".join(words))}</span>'
        self.runs.value = describe_runs(sweeping)

    def close(self) -> None:
        """Stop the sweep, and wait until its runs are saved; it can be continued."""
        self.form.close()
        self._stop_all()
        self._job.stop()
        if not self._job.wait(TIMEOUT):
            raise SaveError(f"the sweep has not stopped after {TIMEOUT:g} s; try again when its update is done")


def _named(runs: tuple[SweptRun, ...], name: str) -> SweptRun | None:
    return next((run for run in runs if run.name == name), None)


def _part_done(run: SweptRun, sweeping: Sweeping) -> float:
    if run.state != "waiting":
        return 1.0
    return sweeping.progress[run.name].done if run.name in sweeping.progress else 0.0


def _describe(run: SweptRun) -> str:
    return ", ".join(Swept.of(key).describe(value) for key, value in run.values.items())


def describe_runs(sweeping: Sweeping) -> str:
    """Return an HTML table of the runs that have begun, the best first: values, best validation loss, state."""
    progress = sweeping.progress
    runs = [run for run in sweeping.sweep.runs if run.name in progress or run.state != "waiting" or run.reason]

    def best(run: SweptRun) -> float:
        loss = progress[run.name].best if run.name in progress else math.nan
        return math.inf if math.isnan(loss) else loss

    rows = []
    for run in sorted(runs, key=best)[:SHOWN]:
        loss = "" if math.isinf(best(run)) else f"{best(run):.3f}"
        state = html.escape(": ".join(filter(None, (WORDS[run.state], run.reason))))
        rows.append(f"<tr><th>{html.escape(_describe(run))}</th><td>{loss}</td><td>{state}</td></tr>")
    more = f"<p>and {len(runs) - SHOWN:,} more, under Runs</p>" if len(runs) > SHOWN else ""
    head = "<tr><th>Run</th><th>Best validation</th><th></th></tr>"
    return f"<table>{head}{''.join(rows)}</table>{more}" if rows else ""


def find_interrupted(folder: Path) -> Sweep | None:
    """Return the sweep that was saved last, if it has runs left, and no studio has it open."""
    found, problems = find_sweeps(folder)
    for problem in problems:
        logger.warning("a sweep cannot be continued: %s", problem)
    if not found or not found[0].waiting:
        return None
    try:
        lock_run(found[0].path).release()
    except (BusyError, SaveError):
        return None
    return found[0]
