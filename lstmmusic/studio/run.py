"""The run at hand: it is started, paused and stopped here, watched as it learns, saved and loaded."""

from __future__ import annotations

import html
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import ipywidgets as widgets

from lstmmusic.checkpoint import load_run, save_run
from lstmmusic.errors import LSTMMusicError
from lstmmusic.files import unused_path
from lstmmusic.job import Job
from lstmmusic.snapshots import TrainingSnapshot, Update
from lstmmusic.studio.controls import Act, button, column, control, row, text
from lstmmusic.studio.heat import ExcerptMap
from lstmmusic.studio.music import MusicPlace
from lstmmusic.studio.settings import NetworkPlace, TrainingPlace
from lstmmusic.training import CHANGEABLE, Trainer
from lstmmusic.views import LossView

Answer = TypeVar("Answer")


class RunPlace:
    """A trainer and the job that drains it.

    Parameters
    ----------
    music, network, training
        The places from which a new run takes its settings.
    folder : Path
        Where runs are saved.
    say : callable
        Shows a message.
    act : callable
        Runs what a control asks for.

    Attributes
    ----------
    trainer : Trainer or None
        Of the run at hand.
    """

    def __init__(
        self,
        music: MusicPlace,
        network: NetworkPlace,
        training: TrainingPlace,
        folder: Path,
        say: Callable[[str], None],
        act: Act,
    ) -> None:
        self.trainer: Trainer | None = None
        self._music, self._network, self._training, self._folder, self._say = music, network, training, folder, say
        self._job: Job[Update] | None = None
        self._unsaved = self._showing = False
        self._saved: dict[Path, Path] = {}  # of the run at hand: the name that was typed, and where it was saved
        self._shown: tuple[TrainingSnapshot, str] | None = None
        self.start_button = button("Start", "Begin a new run with these settings", act, self.start, "success")
        self.pause_button = button("Pause", "Hold on, or go on", act, self.pause_or_resume)
        self.stop_button = button("Stop", "End the run; what was learned stays", act, self.stop)
        self.logarithmic = widgets.ToggleButton(
            description="Log scale", tooltip="Draw the loss on a logarithmic scale", layout=widgets.Layout(width="auto")
        )
        self.progress = widgets.FloatProgress(max=1, tooltip="", layout=widgets.Layout(width="auto", flex="1 1 80px"))
        self.status = text(lines=2)
        self.loss = LossView(height=185, floor_label="each note's own Markov chain")
        self._map = ExcerptMap(act, self._look)
        self.expected, self.shown = self._map.view, self._map.menu
        self.logarithmic.observe(lambda change: setattr(self.loss, "logarithmic", change["new"]), "value")
        for index, rate in enumerate(training.rates):
            rate.observe(lambda change, index=index: act(lambda: self._change_rate(index, change["new"])), "value")
        for name in set(CHANGEABLE) - {"rates"}:
            training.named[name].observe(
                lambda change, name=name: act(lambda: self._change(**{name: change["new"]})), "value"
            )
        self.toolbar = row(self.start_button, self.pause_button, self.stop_button, self.logarithmic, self.progress)
        self.views = column(self.loss, self._map.box)
        self.path = control(
            widgets.Text,
            "File",
            "Where the run is saved: weights, optimiser, settings, curves",
            value="runs/my-run.safetensors",
        )
        save = button("Save run", "Keep the run as it is now", act, self.save)
        load = button("Load run", "Take up a saved run; load the music that it learned first", act, self.load)
        self.controls = column(self.path, save, load, padding="4px")

    @property
    def active(self) -> bool:
        """Whether a run is running or paused."""
        return self._job is not None and self._job.active

    def start(self) -> None:
        """Begin a new run; the one before is saved if it was not."""
        if self.active:
            return
        training, validation = self._music.split()
        network, config = self._network.config(training.config.pitches), self._training.config()
        self.keep()
        self._adopt(Trainer(training, validation, network, config, device=self._network.device.value))
        self._go()

    def pause_or_resume(self) -> None:
        """Hold on, or go on; a run that was stopped, or given more epochs, goes on too."""
        if self._job and self._job.state == "running":
            self._job.pause()
        elif self._job and self._job.state == "paused":
            self._job.resume()
        else:
            self._go()

    def stop(self) -> None:
        """End the run; Resume takes it up again."""
        if self._job:
            self._job.stop()
            self._job.wait(10)

    def save(self) -> None:
        """Save the run under the name that was typed; another run that has it stays, and a number is added."""
        named = self._named()
        path = self._saved[named] if named in self._saved else unused_path(named)
        self._save_as(path)
        self._saved[named] = path
        self._say(f"Saved the run as {path}.")

    def load(self) -> None:
        """Take up the run that was named; the one at hand is saved if it was not."""
        path = self._named()
        trainer = load_run(path, *self._music.split(), device=self._network.device.value)
        self.keep()
        self._adopt(trainer)
        self._saved[path] = path
        # The controls may not reach every value of the run: showing them changes nothing in it.
        self._showing = True
        try:
            self._training.show(trainer.config)
            self._network.show(trainer.network.config)
        finally:
            self._showing = False
        self._look()
        self._say(f"Loaded {path}. Press Resume to go on, or Generate.")

    def keep(self) -> None:
        """End the run at hand, and save it unless that was done or nothing was learned."""
        if self._job:
            self._job.stop()
            self._job.wait(60)
        if self._unsaved and self.trainer and self.trainer.losses:
            path = unused_path(self._folder / "runs" / time.strftime("%Y-%m-%d-%H%M%S.safetensors"))
            self._save_as(path)
            self._say(f"The run before was saved as {path}.")

    def between_updates(self, function: Callable[[], Answer]) -> Future[Answer]:
        """Run a function while the network stands still; see `Job.call`."""
        job: Job[Update] = self._job or Job(iter(()))
        return job.call(function)

    def refresh(self) -> None:
        """Show how training goes."""
        job = self._job  # another thread may put a new one there meanwhile
        state = job.state if job else "ready"
        can_go_on = self.trainer is not None and self.trainer.epoch < self.trainer.config.epochs
        self.start_button.disabled = self._music.corpus is None or self.active
        self.pause_button.disabled = not (self.active or can_go_on)
        self.pause_button.description = "Resume" if can_go_on and state != "running" else "Pause"
        self.stop_button.disabled = not self.active
        for setting in self._training.fixed:
            setting.disabled = self.active
        self.loss.live = state == "running"
        if job is None:
            return
        if job.seen is not None and self._shown != (job.seen, state):
            self._shown = (job.seen, state)
            self._show(job.seen, state)
        if job.error:
            self.status.value = f'<span style="color: var(--jp-error-color1)">{html.escape(str(job.error))}</span>'

    def _adopt(self, trainer: Trainer) -> None:
        self._job, self._unsaved, self.trainer, self._saved = None, False, trainer, {}
        plain = trainer.config.loss == "cross-entropy"
        self.loss.unit = "nats per frame" if plain else "squared error (validation: nats per frame)"
        self.loss.floor = None if trainer.validation is None else trainer.floor
        self._map.offer(trainer.network.config)

    def _go(self) -> None:
        if self.trainer is None:
            raise LSTMMusicError("there is no run to go on with; press Start")
        self._unsaved = True
        trainer = self.trainer
        self._job = Job(trainer.steps(), observe=lambda: trainer.snapshot(marginal=self._map.marginal))
        self._job.start()

    def _look(self) -> None:
        """Picture the run anew; while it is at work, between two updates."""
        if self._job:
            self._job.look()  # `refresh` shows it
        elif self.trainer:
            self._show(self.trainer.snapshot(marginal=self._map.marginal), "loaded")

    def _change(self, **settings: Any) -> None:
        if self.trainer is not None and not self._showing:
            self.trainer.change(**settings)

    def _change_rate(self, index: int, rate: float) -> None:
        if self.trainer is not None:
            rates = list(self.trainer.config.rates)
            rates[index] = rate
            self._change(rates=tuple(rates))

    def _named(self) -> Path:
        return self._folder / Path(self.path.value).expanduser()

    def _save_as(self, path: Path) -> None:
        trainer = self.trainer
        if trainer is None:
            raise LSTMMusicError("there is no run to save yet; press Start")
        self.between_updates(lambda: save_run(trainer, path)).result(timeout=60)
        self._unsaved = False

    def _show(self, snapshot: TrainingSnapshot, state: str) -> None:
        self.progress.value = snapshot.done
        self.loss.show(snapshot.updates, snapshot.training, snapshot.validation_updates, snapshot.validation)
        self._map.show_excerpt(snapshot.probabilities, snapshot.excerpt)
        self.status.value = describe(snapshot, state, str(self.trainer.device if self.trainer else ""))


def describe(snapshot: TrainingSnapshot, state: str, device: str) -> str:
    """HTML that tells in a line how training goes."""
    parts = [f"<b>{state.capitalize()}</b> on {device}", f"epoch {snapshot.epoch} of {snapshot.epochs}"]
    if len(snapshot.training):
        parts += [f"update {len(snapshot.training):,}", f"training {snapshot.training[-1]:.2f}"]
    if len(snapshot.validation):
        parts += [f"validation {snapshot.validation[-1]:.2f}, best {snapshot.validation.min():.2f}"]
    if state == "running" and snapshot.done > 0:
        left = snapshot.seconds / snapshot.done * (1 - snapshot.done)
        parts += [f"{int(left // 60)}:{int(left % 60):02d} left"]
    return " · ".join(parts)
