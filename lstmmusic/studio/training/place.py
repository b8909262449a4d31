"""The Training place: how the network is trained, and how the current run is doing."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lstmmusic.config import CHANGEABLE, RollConfig, TrainingConfig
from lstmmusic.labels import ABOUT_CURVES, ABOUT_PARTS, show_units
from lstmmusic.presets import PRESETS
from lstmmusic.studio.context import Context, InTurn
from lstmmusic.studio.controls import (
    beside,
    choice,
    column,
    control,
    halves,
    on_value,
    pages,
    quietly,
    row,
    slider,
    text,
    widen_label,
)
from lstmmusic.studio.grid import describe_steps
from lstmmusic.studio.heat import ExcerptMap
from lstmmusic.studio.looks import arrange, show
from lstmmusic.studio.losses import describe_validation
from lstmmusic.studio.network.place import NetworkPlace
from lstmmusic.studio.settings import SettingControls
from lstmmusic.studio.training.by_heart import ByHeart
from lstmmusic.studio.training.histograms import Histograms
from lstmmusic.studio.training.sweeps import Sweeps
from lstmmusic.training.advice import advise, find_overfitting
from lstmmusic.training.snapshot import TrainingSnapshot
from lstmmusic.training.trainer import Trainer
from lstmmusic.views import HealthView, LossView

MAIN = (
    *("learning_rates", "loss", "optimizer", "clip", "clip_kind"),
    *("batch_size", "length", "transpose", "epochs", "updates_per_batch"),
)
FINER = (
    *("dropout", "l1", "initial_weight_std", "initial_state_max", "epsilon", "drop_connect", "relative_dropout"),
    "relative_forgotten",
    *("weight_decay", "ema_decay", "learning_rate_decay", "calibrate", "seed"),
)

CHANGED = ""  # in the menu of presets


class TrainingPlace:
    """Settings of training, and the progress of the current run.

    Parameters
    ----------
    context : Context
    network : NetworkPlace
        A preset sets it too.
    sweeps : Sweeps
        Shown as a page beside the settings.

    Attributes
    ----------
    in_view : bool
        Whether the place is the one that is shown.
    """

    def __init__(self, context: Context, network: NetworkPlace, sweeps: Sweeps) -> None:
        act = context.act
        self._session, self._task, self._network = context.session, context.task, network
        self._shown: TrainingSnapshot | None = None
        self.in_view = False
        self._changing: InTurn[None] = InTurn()
        self.preset = choice(
            "Preset",
            f"A set of proven values for all settings of training and of the network. Default: {next(iter(PRESETS))}",
            list(PRESETS),
        )
        self._preset = next(iter(PRESETS))  # the one that was chosen last
        self.settings = SettingControls(TrainingConfig, (*MAIN, *FINER))
        # By the value: a refresh may have named the preset of the settings before the user's choice is handled.
        on_value(self.preset, "value", act, self._apply_preset)
        self._apply_preset(self._preset)
        for name in CHANGEABLE:
            self.settings.on_change(name, act, self._change)
        self.length = text()
        main, finer = ([each for name in names for each in self.settings.of[name]] for names in (MAIN, FINER))
        for each in (self.preset, *main, *finer):
            widen_label(each, "166px")  # with their units, labels are longer here
        (epochs,), (length,) = self.settings.of["epochs"], self.settings.of["length"]
        epochs.observe(lambda change: sweeps.form.follow(change["new"]), "value")
        main[main.index(length)] = beside(length, self.length)
        self.unattended = control(
            widgets.Checkbox,
            "Train without a page",
            "Train on when no page has shown the studio for ten minutes; otherwise the run is then paused and saved. A "
            "sweep always trains on. Default: off",
            value=False,
        )
        settings = pages(
            {
                "Main settings": column(self.preset, *main),
                "More settings": column(*finer, self.unattended),
                "Sweep …": sweeps.box,
            },
            tooltips=(
                "The settings that matter most",
                "Settings that are needed rarely",
                "Train several runs that differ in a setting, and compare them",
            ),
        )
        self.smoothing = slider(
            "Smoothing",
            "How much the training curve is smoothed: more is smoother; 0 fits it to the length of the curve. "
            "Default: 0",
            (0, 0.99),
            0,
            step=0.01,
        )
        widen_label(self.smoothing, "auto")
        arrange(self.smoothing, width="250px")
        baseline = "Baseline: a Markov chain for each pitch"
        self.loss = LossView(height=150, fill=True, unit="nats per step", baseline_label=baseline, help=ABOUT_CURVES)
        self.map = ExcerptMap(context)
        self.predicted, self.shown = self.map.view, self.map.menu
        self.health = HealthView(height=112)
        self.histograms = Histograms(context, self.health)
        self.by_heart = ByHeart(context)
        self.parts, self.advice = text(), text()
        self.smoothing.observe(lambda change: setattr(self.loss, "smoothing", change["new"] or None), "value")
        self.by_heart.button.observe(lambda change: self._make_room(for_curve=change["new"]), "value")
        above = row(self.smoothing, self.map.menu, self.histograms.button, self.by_heart.button)
        plots = column(
            above, self.loss, self.by_heart.box, self.parts, self.advice, self.predicted, self.histograms.box
        )
        self.controls = halves(settings, plots, main=self.loss)

    def _make_room(self, *, for_curve: bool) -> None:
        """Let the curve of what is learned by heart take the place of the words about the last validation."""
        for words in (self.parts, self.advice):
            show(words, not for_curve)

    def _apply_preset(self, name: str) -> None:
        if name == CHANGED:
            return
        self._preset = name
        network, training = PRESETS[self._preset]
        self._network.show_preset(network)
        self.settings.show(training)

    def _name_preset(self) -> None:
        """Show in the menu whether the settings are those of a preset; of the one chosen last, if they are of several.

        Otherwise it has one more entry, so that the preset itself can be chosen again.
        """
        same = [
            name
            for name, (network, training) in PRESETS.items()
            if not self.settings.differ(training) and self._network.follows(network)
        ]
        if same and self._preset not in same:
            self._preset = same[0]
        options = [(name, name) for name in PRESETS]
        if not same:
            options.insert(0, (f"{self._preset}, changed", CHANGED))
        shown = self._preset if same else CHANGED
        if (tuple(options), shown) != (self.preset.options, self.preset.value):
            with quietly(self.preset):
                self.preset.options, self.preset.value = options, shown

    def _change(self, change: Callable[[TrainingConfig], dict[str, Any]]) -> None:
        changing = self._session.change(change)
        if changing:
            self._changing.add(changing)

    def _show_settings(self, trainer: Trainer) -> None:
        self.settings.show(trainer.config)
        self._network.show_run(trainer)

    def show_run(self, trainer: Trainer) -> None:
        """Show the settings and the baseline of a new or loaded run."""
        self._show_settings(trainer)
        show_units(self.loss, trainer.config)
        self.loss.baseline = None if trainer.validation is None else trainer.baseline
        self.map.offer(trainer.network.config)
        self.health.clear()

    def config(self) -> TrainingConfig:
        """Read the settings off the controls."""
        return TrainingConfig(**self.settings.values())

    def refresh(self, grid: RollConfig) -> None:
        """Show the progress of training; `grid` is that of the music for the next run.

        Raises
        ------
        Exception
            Why a setting could not be changed.
        """
        session = self._session
        if session.active and session.trainer:
            grid = session.trainer.training.config
        self.length.value = f"= {describe_steps(self.settings.of['length'][0].value, grid)}"
        if session.active and session.trainer and not self.preset.disabled:
            self._show_settings(session.trainer)  # settings meant for another run would seem to be those of this one
        busy = bool(self._task.doing)  # with a run that would not get a change
        for name, controls in {"preset": [self.preset], **self.settings.of}.items():
            for each in controls:
                each.disabled = busy or (session.active and name not in CHANGEABLE)
        self._name_preset()
        self._changing.take()
        self.histograms.refresh(in_view=self.in_view)
        self.by_heart.refresh()
        self.loss.live = session.state == "running"
        snapshot = session.snapshot
        if snapshot is None or snapshot is self._shown:
            return
        self._shown = snapshot
        self.loss.show(*snapshot.curves)
        if snapshot.changes and snapshot.changes[-1].reason and session.trainer:
            self.settings.show(session.trainer.config)  # settings were changed automatically
        overfits = find_overfitting(snapshot)
        self.loss.overfitting = None if overfits is None else snapshot.curves.validation_updates[overfits]
        self.loss.marks = [{"update": change.update, "text": str(change)} for change in snapshot.changes]
        self.map.show_excerpt(snapshot.probabilities, snapshot.excerpt)
        if snapshot.health:
            self.health.by_norm = snapshot.config.clip_kind == "norm"
            self.health.show(
                [(part.name, part.gradient_norm, part.clipped, part.saturated) for part in snapshot.health]
            )
        trainer = session.trainer
        tunes = [len(part or ()) for part in ((trainer.validated, trainer.validation) if trainer else (None, None))]
        said = describe_validation(snapshot, *tunes)
        self.parts.value = f'<span title="{ABOUT_PARTS}">{said}</span>' if said else ""
        self.advice.value = " ".join(
            f"<b>{html.escape(advice.problem)}</b> {html.escape(advice.remedy)}" for advice in advise(snapshot)
        )
