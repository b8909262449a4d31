"""The place where it is set how the network learns, and where it is watched while it does."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from typing import Any

import ipywidgets as widgets

from lstmmusic.config import TrainingConfig
from lstmmusic.presets import PRESETS
from lstmmusic.studio.background import InTurn
from lstmmusic.studio.controls import (
    Act,
    Widget,
    choice,
    column,
    control,
    halves,
    number,
    on_choice,
    pages,
    quietly,
    row,
    slider,
    text,
    whole,
)
from lstmmusic.studio.heat import ExcerptMap
from lstmmusic.studio.network import NetworkPlace
from lstmmusic.studio.session import Session
from lstmmusic.training.advice import advise, find_overfitting
from lstmmusic.training.snapshot import TrainingSnapshot
from lstmmusic.training.trainer import CHANGEABLE, Trainer
from lstmmusic.views import HealthView, LossView


def _share(label: str, tooltip: str, high: float = 0.9) -> Widget:
    return slider(widgets.FloatSlider, label, tooltip, 0, high, 0, step=0.05, readout_format=".0%")


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
        parts = {"Rate, layer 1": "R1", "Rate, layer 2": "R2", "Rate, layer 3": "R3", "Rate, output": "Rout"}
        self.rates = [
            slider(
                widgets.FloatLogSlider,
                label,
                f"Learning rate: how far an update moves the weights of this part ({old} in 2016)",
                -6,
                0,
                2e-3,
                step=0.05,
                readout_format=".1e",
            )
            for label, old in parts.items()
        ]
        self.named: dict[str, Widget] = {
            "loss": choice(
                "Loss",
                "What is made small (in 2016, a line of code to comment in)",
                {"cross-entropy": "cross-entropy", "squared error": "squared-error"},
            ),
            "optimizer": choice(
                "Optimiser", "How gradients become updates (2016: RMSprop)", {"Adam": "adam", "RMSprop": "rmsprop"}
            ),
            "clip": number("Clip at", "Bound on gradients, against jumps (gradClip in 2016)", 1e-9, 1e9, 1.0),
            "clip_kind": choice(
                "Clip what",
                "All gradients together, or each element (2016)",
                {"norm of all": "norm", "each element": "element"},
            ),
            "batch_size": whole("Mini-batch", "Tunes that an update learns from (sizeOfMiniBatch in 2016)", 1, 4096, 8),
            "length": whole("Length, steps", "Steps of a tune in an update (lengthOfMB in 2016)", 2, 100_000, 100),
            "transpose": whole(
                "Keys, semitones",
                "Half of the tunes are heard in another key, so many semitones away at most (2016: 0)",
                0,
                64,
                6,
            ),
            "epochs": whole("Epochs", "Passes over all tunes (noOfEpoch in 2016)", 1, 1_000_000, 20),
            "epochs_per_batch": whole(
                "Updates a batch", "Updates on a mini-batch before the next (noOfEpochPerMB in 2016)", 1, 1000, 1
            ),
            "l1": number("L1", "Weight of the size of all weights in the loss (lam in 2016)", 0, 1000, 0),
            "weight_spread": number(
                "Weight spread",
                "Spread of the first weights; 0 fits it to the layers (sigRand in 2016)",
                0,
                10,
                0,
                0.01,
            ),
            "state_spread": number("State spread", "Spread of the first states (muRand in 2016)", 0, 10, 0, 0.01),
            "epsilon": number("Epsilon", "Smallest number that is divided by (epsilon in 2016)", 1e-30, 1, 1e-8),
            "drop_connect": _share("Drop recurrent", "Share of the weights from a layer to itself that rest"),
            "weight_decay": number(
                "Weight decay", "How much each update of Adam shrinks the weights of the layers", 0, 10, 0.05, 0.01
            ),
            "averaging": number(
                "Averaging",
                "What is tested and plays: a running average of the weights; 0: none",
                0,
                0.99999,
                0.995,
                0.001,
            ),
            "cooldown": _share("Cool down", "Share of the run, at its end, in which the rates fall to zero", 1.0),
            "seed": whole("Seed", "The same seed trains the same network", 0, 2**31 - 1, 0),
        }
        places = {"Drop inputs": "the notes that it hears", "Drop between": "what passes between layers"}
        places["Drop at the end"] = "what reaches the output"
        self.dropout = [
            _share(label, f"Share of {what} that is left out at random, so that it learns no tune by heart")
            for label, what in places.items()
        ]
        self.preset.observe(self._take_preset, "value")
        self._take_preset()
        for index, rate in enumerate(self.rates):
            on_choice(rate, "value", act, partial(self._change_rate, index))
        for name in set(CHANGEABLE) - {"rates"}:
            on_choice(self.named[name], "value", act, partial(self._change_named, name))
        names = list(self.named)
        finer = names.index("l1")
        settings = pages(
            {
                "Main settings": column(self.preset, *self.rates, *(self.named[name] for name in names[:finer])),
                "Finer settings": column(*self.dropout, *(self.named[name] for name in names[finer:])),
            }
        )
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
        self.loss = LossView(height=220, floor_label="each note's own Markov chain")
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
        return [self.preset, *self.dropout, *(w for name, w in self.named.items() if name not in CHANGEABLE)]

    def _take_preset(self, _: Any = None) -> None:
        network, training = PRESETS[self.preset.value]
        self._network.show(network)
        self.show(training)

    def _change(self, change: Callable[[TrainingConfig], dict[str, Any]]) -> None:
        changing = self._session.change(change)
        if changing:
            self._changing.add(changing)

    def _change_named(self, name: str) -> None:
        value = self.named[name].value
        self._change(lambda _: {name: value})

    def _change_rate(self, index: int) -> None:
        value = self.rates[index].value
        self._change(lambda config: {"rates": (*config.rates[:index], value, *config.rates[index + 1 :])})

    def _show_run(self, trainer: Trainer) -> None:
        """Set the controls to what a run has."""
        self.show(trainer.config)
        self._network.show(trainer.network.config)

    def take_up(self, trainer: Trainer) -> None:
        """Show the settings and the floor of a run that is taken up."""
        self._show_run(trainer)
        plain = trainer.config.loss == "cross-entropy"
        self.loss.unit = "nats per frame" if plain else "squared error (validation: nats per frame)"
        self.loss.floor = None if trainer.validation is None else trainer.floor
        self.map.offer(trainer.network.config)
        self.health.clear()

    def show(self, config: TrainingConfig) -> None:
        """Set the controls to a config; the run at hand stays as it is, of which they may not reach every value."""
        with quietly(*self.rates, *self.named.values()):
            for rate, value in zip(self.rates, config.rates, strict=True):
                rate.value = value
            for share, value in zip(self.dropout, config.dropout, strict=True):
                share.value = value
            for name, widget in self.named.items():
                widget.value = getattr(config, name) or 0 if name == "weight_spread" else getattr(config, name)

    def config(self) -> TrainingConfig:
        """Read the settings off the controls."""
        values = {name: widget.value for name, widget in self.named.items()}
        values["weight_spread"] = values["weight_spread"] or None
        one, two, three, output = (rate.value for rate in self.rates)
        on_input, between, on_output = (share.value for share in self.dropout)
        rates, dropout = (one, two, three, output), (on_input, between, on_output)
        return TrainingConfig(rates=rates, dropout=dropout, **values)

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
        self.loss.show(snapshot.updates, snapshot.training, snapshot.validation_updates, snapshot.validation)
        if snapshot.changes and snapshot.changes[-1].reason and session.trainer:
            self.show(session.trainer.config)  # something was changed without being asked for
        overfits = find_overfitting(snapshot)
        self.loss.overfitting = None if overfits is None else snapshot.validation_updates[overfits]
        self.loss.marks = [{"update": change.update, "text": str(change)} for change in snapshot.changes]
        self.map.show_excerpt(snapshot.probabilities, snapshot.excerpt)
        if snapshot.health:
            self.health.show(
                [(part.name, part.gradient_norm, part.clipped, part.saturated) for part in snapshot.health]
            )
        self.advice.value = " ".join(
            f"<b>{html.escape(advice.words)}</b> {html.escape(advice.remedy)}" for advice in advise(snapshot)
        )
