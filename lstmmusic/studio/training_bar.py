"""The bar above all places: it starts, pauses, steps and stops the current run, and shows its progress."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets

from lstmmusic.runs.listing import Run
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, column, row, text
from lstmmusic.studio.looks import layout, show
from lstmmusic.training.snapshot import TrainingSnapshot


class TrainingBar:
    """Buttons, progress and status of the current run.

    Parameters
    ----------
    context : Context
    start : callable
        Starts a new run with the settings of the places.
    continue_run : callable
        Loads a run, and resumes it.

    Attributes
    ----------
    show_me : Widget
        The button of a `Tour`.
    offer : Widget
        A line that offers to continue the run that was interrupted last, until there is a current run.
    """

    def __init__(self, context: Context, start: Callable[[], None], continue_run: Callable[[Run], None]) -> None:
        self._session, self._task = context.session, context.task
        act = context.act

        def press(action: Callable[[], None]) -> None:
            self._task.check_idle()  # a click may be on its way when a run starts to be replaced
            action()

        self.start_button = button("Start", "Start a new run with these settings", act, start, "success")
        self.pause_button = button("Pause", "Pause or resume training", act, partial(press, self.pause_or_resume))
        self.step_button = button("Step", "Make one update, then pause", act, partial(press, self._session.step))
        self.stop_button = button(
            "Stop", "Stop and save the run; it can be resumed later", act, partial(press, self._session.stop)
        )
        self.progress = widgets.FloatProgress(max=1, tooltip="", layout=layout(width="auto", flex="1 1 80px"))
        self.status = text()
        self.status.add_class("lstmmusic-status")
        self._interrupted: Run | None = None
        self._dismissed = False
        self.question = text()
        self.continue_button = button(
            "Continue", "Load this run with its music, and resume it", act, partial(self._continue, continue_run)
        )
        self.dismiss_button = button("Not now", "Hide this question; the run stays under Runs", act, self._dismiss)
        self.offer = row(self.question, self.continue_button, self.dismiss_button)
        self.show_me = button("Show me", "A first run in five steps, from bubble to bubble", act, lambda: None)
        self.ask = button("?", "Explain what is clicked next, or chosen with Tab and Enter", act, lambda: None)
        self.ask.add_class("lstmmusic-ask")
        buttons = (self.start_button, self.pause_button, self.step_button, self.stop_button)
        self.box = column(row(*buttons, self.progress, self.show_me, self.ask), self.status)

    def pause_or_resume(self) -> None:
        """Pause a run that trains; resume one that is paused, was stopped, or was given more epochs."""
        if self._session.state == "running" and not self._session.pausing:
            self._session.pause()
        else:
            self._session.resume()

    def _continue(self, continue_run: Callable[[Run], None]) -> None:
        run = self._interrupted
        self._dismiss()
        if run:
            continue_run(run)

    def _dismiss(self) -> None:
        self._dismissed = True

    def _show_offer(self, interrupted: Run | None) -> None:
        run = None if self._dismissed or self._session.trainer or self._task.doing else interrupted
        self._interrupted = run
        if run:
            self.question.value = f"Continue '{html.escape(run.name)}' from update {run.updates:,}?"
        show(self.offer, run)

    def refresh(self, *, has_music: bool, loading: bool, interrupted: Run | None) -> None:
        """Show which buttons can be pressed, how far the run is, and which run can be continued."""
        self._show_offer(interrupted)
        session = self._session
        busy = bool(self._task.doing) or session.stopping
        self.start_button.disabled = busy or not has_music or session.active
        self.pause_button.disabled = busy or not (session.active or session.can_resume)
        resumes = session.can_resume and session.state != "running"
        self.pause_button.description = "Pausing …" if session.pausing else "Resume" if resumes else "Pause"
        self.step_button.disabled = busy or session.state == "running" or not session.can_resume
        self.stop_button.disabled = busy or not session.active
        if session.snapshot is not None:
            self.progress.value = session.snapshot.done
        self.status.value = self._describe(has_music=has_music, loading=loading)

    def _describe(self, *, has_music: bool, loading: bool) -> str:
        session = self._session
        if self._task.doing:
            return html.escape(self._task.doing)
        if session.error:
            return _coloured(str(session.error) or repr(session.error), "--jp-error-color1")
        if session.snapshot is not None:
            doing = "workers start …" if session.awaits_workers else session.state
            state = "stopping …" if session.stopping else doing
            status = describe(session.snapshot, state, str(session.trainer and session.trainer.device))
            if session.problem:
                problem = f"{session.problem}. Training continues in memory."
                status = f"{status} {_coloured(problem, '--jp-error-color1')}"
            return status
        if session.active:
            return "Starting …"
        if has_music:
            return "Ready: press Start, or listen to a bundled network under Listening."
        if loading:
            return "Reading the music …"
        return "No music is loaded: choose some under Music, and press Load music."


def _coloured(words: str, colour: str) -> str:
    return f'<span style="color: var({colour})">{html.escape(words)}</span>'


def describe(snapshot: TrainingSnapshot, state: str, device: str) -> str:
    """Return one line of HTML about the progress of training."""
    _, training, _, validation = snapshot.curves
    parts: list[Any] = [f"<b>{'Loaded' if state == 'ready' else state.capitalize()}</b> on {device}"]
    parts += [f"epoch {snapshot.epoch} of {snapshot.config.epochs}"]
    if len(training):
        parts += [f"update {len(training):,}", f"training {training[-1]:.2f}"]
    if len(validation):
        parts += [f"validation {validation[-1]:.2f}, best {validation.min():.2f}"]
    if state == "running" and snapshot.done > 0:
        left = snapshot.seconds / snapshot.done * (1 - snapshot.done)
        parts += [f"{int(left // 60)}:{int(left % 60):02d} left"]
    return " · ".join(parts)
