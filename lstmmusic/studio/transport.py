"""The line above all places: a run is started, paused, stepped and stopped here, and says how far it is."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lstmmusic.studio.controls import Act, button, column, row, text
from lstmmusic.studio.session import Session
from lstmmusic.training.snapshot import TrainingSnapshot


class Transport:
    """Buttons, progress and status of the run at hand.

    Parameters
    ----------
    session : Session
    start : callable
        Begins a new run with the settings of the places.
    act : callable
        Runs what a control asks for.
    """

    def __init__(self, session: Session, start: Callable[[], None], act: Act) -> None:
        self._session = session
        self.start_button = button("Start", "Begin a new run with these settings", act, start, "success")
        self.pause_button = button("Pause", "Hold on, or go on", act, self.pause_or_resume)
        self.step_button = button("Step", "Make one update, and hold on", act, session.step)
        self.stop_button = button("Stop", "End the run; what was learned stays", act, session.stop)
        self.progress = widgets.FloatProgress(max=1, tooltip="", layout=widgets.Layout(width="auto", flex="1 1 80px"))
        self.status = text()
        buttons = (self.start_button, self.pause_button, self.step_button, self.stop_button)
        self.box = column(row(*buttons, self.progress), self.status)

    def pause_or_resume(self) -> None:
        """Hold on, or go on; a run that was stopped, or given more epochs, goes on too."""
        if self._session.state == "running" and not self._session.pausing:
            self._session.pause()
        else:
            self._session.go_on()

    def refresh(self, *, has_music: bool, loading: bool) -> None:
        """Show what can be pressed, and how far the run is."""
        session = self._session
        self.start_button.disabled = not has_music or session.active
        self.pause_button.disabled = not (session.active or session.can_go_on)
        goes_on = session.can_go_on and session.state != "running"
        self.pause_button.description = "Pausing …" if session.pausing else "Resume" if goes_on else "Pause"
        self.step_button.disabled = session.state == "running" or not session.can_go_on
        self.stop_button.disabled = not session.active
        if session.error:
            self.status.value = _coloured(str(session.error), "--jp-error-color1")
        elif session.seen is not None:
            self.progress.value = session.seen.done
            self.status.value = describe(session.seen, session.state, str(session.trainer and session.trainer.device))
            if session.problem:
                words = f"{session.problem}. Training goes on in memory."
                self.status.value = f"{self.status.value} {_coloured(words, '--jp-error-color1')}"
        elif session.active:
            self.status.value = "Beginning …"
        elif has_music:
            self.status.value = "Ready: press Start, or listen to the bundled network under Listening."
        elif loading:
            self.status.value = "Reading the music …"
        else:
            self.status.value = "No music is loaded: choose some under Music, and press Load music."


def _coloured(words: str, colour: str) -> str:
    return f'<span style="color: var({colour})">{html.escape(words)}</span>'


def describe(snapshot: TrainingSnapshot, state: str, device: str) -> str:
    """HTML that tells in a line how training goes."""
    _, training, _, validation = snapshot.curves
    parts: list[Any] = [f"<b>{'Loaded' if state == 'ready' else state.capitalize()}</b> on {device}"]
    parts += [f"epoch {snapshot.epoch} of {snapshot.epochs}"]
    if len(training):
        parts += [f"update {len(training):,}", f"training {training[-1]:.2f}"]
    if len(validation):
        parts += [f"validation {validation[-1]:.2f}, best {validation.min():.2f}"]
    if state == "running" and snapshot.done > 0:
        left = snapshot.seconds / snapshot.done * (1 - snapshot.done)
        parts += [f"{int(left // 60)}:{int(left % 60):02d} left"]
    return " · ".join(parts)
