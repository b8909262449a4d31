"""The places where a network and its training are set: controls, and the configs that they stand for."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from lstmmusic.config import PRESETS, NetworkConfig, TrainingConfig
from lstmmusic.devices import find_devices
from lstmmusic.studio.controls import Widget, choice, column, control, number, slider, text, whole
from lstmmusic.training import CHANGEABLE


class NetworkPlace:
    """How large the network is, and what computes it."""

    def __init__(self) -> None:
        self.hidden = [
            slider(
                widgets.IntSlider,
                f"Layer {layer}",
                f"Units in layer {layer}: more can remember more, and take longer (h{layer}_length in 2016)",
                8,
                512,
                120,
                step=8,
            )
            for layer in (1, 2, 3)
        ]
        self.output = choice(
            "Chords",
            "Whether the notes of a chord are drawn with a view of each other (2016: each note by itself)",
            {"drawn together": "joint", "each note by itself": "independent"},
        )
        self.skip = control(
            widgets.Checkbox,
            "Skip connections",
            "The input reaches every layer, and every layer the output",
            value=True,
        )
        self.device = choice("Device", "What computes; auto takes the fastest", ["auto", *find_devices()])
        self.size = text()
        self.controls = column(*self.hidden, self.output, self.skip, self.device, self.size, padding="4px")

    def config(self, pitches: int) -> NetworkConfig:
        """Read the shape off the controls."""
        one, two, three = (layer.value for layer in self.hidden)
        return NetworkConfig(pitches, (one, two, three), skip=self.skip.value, output=self.output.value)

    def show(self, config: NetworkConfig) -> None:
        """Set the controls to a shape."""
        for layer, size in zip(self.hidden, config.hidden, strict=True):
            layer.value = size
        self.skip.value = config.skip
        self.output.value = config.output

    def refresh(self, pitches: int) -> None:
        """Show how large the network would be."""
        count = self.config(pitches).parameters
        self.size.value = f"{count:,} parameters, {count * 4 / 2**20:.1f} MB"


def _share(label: str, tooltip: str, high: float = 0.9) -> Widget:
    return slider(widgets.FloatSlider, label, tooltip, 0, high, 0, step=0.05, readout_format=".0%")


class TrainingPlace:
    """How the network learns.

    Parameters
    ----------
    network : NetworkPlace
        Which a preset sets too.
    """

    def __init__(self, network: NetworkPlace) -> None:
        self._network = network
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
                "Keys ±, semitones",
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
        names = list(self.named)
        finer = names.index("l1")
        finer_settings = column(*self.dropout, *(self.named[name] for name in names[finer:]))
        self.controls = column(
            *(self.preset, *self.rates, *(self.named[name] for name in names[:finer])),
            widgets.Accordion([finer_settings], titles=("Finer settings",)),
            padding="4px",
        )

    @property
    def fixed(self) -> list[Widget]:
        """Controls that count for a new run only."""
        return [self.preset, *self.dropout, *(w for name, w in self.named.items() if name not in CHANGEABLE)]

    def _take_preset(self, _: Any = None) -> None:
        network, training = PRESETS[self.preset.value]
        self._network.show(network)
        self.show(training)

    def show(self, config: TrainingConfig) -> None:
        """Set the controls to a config."""
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
