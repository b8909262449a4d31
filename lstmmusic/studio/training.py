"""The place where it is set how the network learns, and where it is watched while it does."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lstmmusic.config import CHANGEABLE, TrainingConfig
from lstmmusic.presets import PRESETS
from lstmmusic.studio.background import InTurn
from lstmmusic.studio.controls import Act, Widget, choice, column, control, halves, pages, row, slider, text
from lstmmusic.studio.heat import ExcerptMap
from lstmmusic.studio.network import NetworkPlace
from lstmmusic.studio.session import Session
from lstmmusic.studio.settings import SettingControls
from lstmmusic.training.advice import advise, find_overfitting
from lstmmusic.training.snapshot import TrainingSnapshot
from lstmmusic.training.trainer import Trainer
from lstmmusic.views import HealthView, LossView

MAIN = (
    *("learning_rates", "loss", "optimizer", "clip", "clip_kind"),
    *("batch_size", "length", "transpose", "epochs", "updates_per_batch"),
)
FINER = (
    *("dropout", "l1", "initial_weight_std", "initial_state_max", "epsilon", "drop_connect", "weight_decay"),
    *("ema_decay", "learning_rate_decay", "seed"),
)


class TrainingPlace:
    """How the network learns, and how it gets on.

    Parameters
    ----------
    session : Session
    network : NetworkPlace
        Which a preset sets too.
    act : callable
        Runs what a control asks for.
    """

    def __init__(self, session: Session, network: NetworkPlace, act: Act) -> None:
        self._session, self._network = session, network
        self._shown: TrainingSnapshot | None = None
        self._changing: InTurn[None] = InTurn()
        self.preset = choice("Preset", "Settings that belong together", list(PRESETS))
        self.settings = SettingControls(TrainingConfig, (*MAIN, *FINER))
        self.preset.observe(self._take_preset, "value")
        self._take_preset()
        for name in CHANGEABLE:
            self.settings.on_change(name, act, self._change)
        main, finer = ([each for name in names for each in self.settings.of[name]] for names in (MAIN, FINER))
        settings = pages({"Main settings": column(self.preset, *main), "Finer settings": column(*finer)})
        self.logarithmic = control(widgets.Checkbox, "Log scale", "Draw the loss on a logarithmic scale", value=False)
        self.smoothing = slider(
            widgets.FloatSlider,
            "Smoothing",
            "How much the curve of the training loss is smoothed; at 0, as fits its length",
            0,
            0.99,
            0,
            step=0.01,
        )
        for part, width in ((self.logarithmic, "110px"), (self.smoothing, "250px")):
            part.style.description_width, part.layout.width = "auto", width
        self.loss = LossView(height=220, baseline_label="each note's own Markov chain")
        self.map = ExcerptMap(act, session.look)
        self.expected, self.shown = self.map.view, self.map.menu
        self.health = HealthView(height=112)
        self.advice = text()
        self.logarithmic.observe(lambda change: setattr(self.loss, "logarithmic", change["new"]), "value")
        self.smoothing.observe(lambda change: setattr(self.loss, "smoothing", change["new"] or None), "value")
        above = row(self.logarithmic, self.smoothing, self.map.menu)
        self.controls = halves(settings, column(above, self.loss, self.advice, self.expected, self.health))

    @property
    def fixed(self) -> list[Widget]:
        """Controls that count for a new run only."""
        fixed = (controls for name, controls in self.settings.of.items() if name not in CHANGEABLE)
        return [self.preset, *(each for controls in fixed for each in controls)]

    def _take_preset(self, _: Any = None) -> None:
        network, training = PRESETS[self.preset.value]
        self._network.show(network)
        self.show(training)

    def _change(self, change: Callable[[TrainingConfig], dict[str, Any]]) -> None:
        changing = self._session.change(change)
        if changing:
            self._changing.add(changing)

    def _show_run(self, trainer: Trainer) -> None:
        """Set the controls to what a run has."""
        self.show(trainer.config)
        self._network.show(trainer.network.config)

    def take_up(self, trainer: Trainer) -> None:
        """Show the settings and the floor of a run that is taken up."""
        self._show_run(trainer)
        plain = trainer.config.loss == "cross-entropy"
        self.loss.unit = "nats per frame" if plain else "squared error (validation: nats per frame)"
        self.loss.baseline = None if trainer.validation is None else trainer.baseline
        self.map.offer(trainer.network.config)
        self.health.clear()

    def show(self, config: TrainingConfig) -> None:
        """Set the controls to a config; the current run stays as it is."""
        self.settings.show(config)

    def config(self) -> TrainingConfig:
        """Read the settings off the controls."""
        return TrainingConfig(**self.settings.values())

    def refresh(self) -> None:
        """Show how training goes.

        Raises
        ------
        Exception
            Why a setting could not be changed.
        """
        session = self._session
        if session.active and session.trainer and not self.preset.disabled:
            self._show_run(session.trainer)  # what was set meanwhile for another run would seem to be this one's
        for setting in self.fixed:
            setting.disabled = session.active
        self._changing.take()
        self.loss.live = session.state == "running"
        snapshot = session.seen
        if snapshot is None or snapshot is self._shown:
            return
        self._shown = snapshot
        self.loss.show(*snapshot.curves)
        if snapshot.changes and snapshot.changes[-1].reason and session.trainer:
            self.show(session.trainer.config)  # something was changed without being asked for
        overfits = find_overfitting(snapshot)
        self.loss.overfitting = None if overfits is None else snapshot.curves.validation_updates[overfits]
        self.loss.marks = [{"update": change.update, "text": str(change)} for change in snapshot.changes]
        self.map.show_excerpt(snapshot.probabilities, snapshot.excerpt)
        if snapshot.health:
            self.health.show(
                [(part.name, part.gradient_norm, part.clipped, part.saturated) for part in snapshot.health]
            )
        self.advice.value = " ".join(
            f"<b>{html.escape(advice.problem)}</b> {html.escape(advice.remedy)}" for advice in advise(snapshot)
        )
