"""The studio's controls: each place's widgets, and the settings that they stand for. They start nothing."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import ipywidgets as widgets

from lstmmusic.config import PRESETS, NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.pianoroll import Tune

CHORALES, PIECES, FOLDER = "Bach chorales", "Piano pieces", "My folder"

Widget = Any  # ipywidgets has no types


def _control(kind: type[Widget], description: str, tooltip: str, **traits: Any) -> Widget:
    return kind(
        description=description,
        tooltip=tooltip,
        style={"description_width": "118px"},
        layout=widgets.Layout(width="auto"),
        **traits,
    )


def _rate(name: str, old: str) -> Widget:
    return _control(
        widgets.FloatLogSlider,
        name,
        f"Learning rate: how far each update moves the weights of this part ({old} in 2016)",
        value=2e-3,
        min=-6,
        max=0,
        step=0.05,
        readout_format=".1e",
        continuous_update=False,
    )


def _choices(description: str, tooltip: str, options: dict[str, Any] | list[str]) -> Widget:
    return _control(
        widgets.Dropdown, description, tooltip, options=list(options.items() if isinstance(options, dict) else options)
    )


def _whole(description: str, tooltip: str, low: int, high: int, value: int) -> Widget:
    return _control(widgets.BoundedIntText, description, tooltip, min=low, max=high, value=value)


def _number(description: str, tooltip: str, low: float, high: float, value: float, step: float | None = None) -> Widget:
    return _control(widgets.BoundedFloatText, description, tooltip, min=low, max=high, value=value, step=step)


def _slider(
    kind: type[Widget], description: str, tooltip: str, low: float, high: float, value: Any, **more: Any
) -> Widget:
    return _control(kind, description, tooltip, min=low, max=high, value=value, continuous_update=False, **more)


class Place:
    """A group of controls: `box` shows them, and each is an attribute.

    Parameters
    ----------
    children : list of Widget
        From top to bottom.
    """

    def __init__(self, children: list[Widget]) -> None:
        self.box = widgets.VBox(children, layout=widgets.Layout(padding="4px"))


class MusicPlace(Place):
    """Which music, and on which grid."""

    def __init__(self) -> None:
        self.source = _choices("Music", "What the network learns from", [CHORALES, PIECES, FOLDER])
        self.folder = _control(
            widgets.Text,
            "Folder",
            "A folder of MIDI files on the machine where the notebook runs; folders below it count too",
            placeholder="/path/to/midi/files",
            disabled=True,
        )
        self.step = _number(
            "Time step", "How long one column of the piano roll lasts (dt in 2016)", 0.01, 60, 0.3, 0.05
        )
        self.unit = _control(
            widgets.ToggleButtons,
            "Unit",
            "Seconds of the clock, or beats (quarter notes)",
            options=["seconds", "beats"],
        )
        self.unit.style.button_width = "80px"
        self.pitches = _slider(
            widgets.IntRangeSlider, "Pitches", "Lowest and highest MIDI pitch; 21 to 108 is a piano", 0, 127, (21, 108)
        )
        self.held_out = _slider(
            widgets.FloatSlider,
            "Held out",
            "Share of the tunes that the network never learns from; they tell how well it has learned",
            0.05,
            0.5,
            0.15,
            step=0.05,
            readout_format=".0%",
        )
        self.load = widgets.Button(description="Load music", layout=widgets.Layout(width="auto"))
        self.progress = widgets.IntProgress(layout=widgets.Layout(width="auto", visibility="hidden"))
        self.summary = widgets.HTML()
        self.source.observe(self._allow_folder, "value")
        super().__init__(
            [
                *(self.source, self.folder, self.step, self.unit, self.pitches, self.held_out),
                *(self.load, self.progress, self.summary),
            ]
        )

    def _allow_folder(self, change: Any) -> None:
        self.folder.disabled = change["new"] != FOLDER

    def config(self) -> RollConfig:
        """Read the grid off the controls."""
        low, high = self.pitches.value
        return RollConfig(step=self.step.value, unit=self.unit.value, lowest=low, highest=high)


class NetworkPlace(Place):
    """How large the network is."""

    def __init__(self, devices: list[str]) -> None:
        self.hidden = [
            _slider(
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
        self.skip = _control(
            widgets.Checkbox,
            "Skip connections",
            "The input reaches every layer, and every layer the output",
            value=True,
            indent=True,
        )
        self.device = _choices("Device", "What computes", devices)
        self.size = widgets.HTML()
        super().__init__([*self.hidden, self.skip, self.device, self.size])

    def config(self, pitches: int) -> NetworkConfig:
        """Read the shape off the controls."""
        one, two, three = (slider.value for slider in self.hidden)
        return NetworkConfig(pitches=pitches, hidden=(one, two, three), skip=self.skip.value)


class TrainingPlace(Place):
    """How it learns."""

    def __init__(self) -> None:
        self.preset = _choices("Preset", "Settings that belong together", list(PRESETS))
        self.rates = [_rate(f"Rate, layer {n}", f"R{n}") for n in (1, 2, 3)] + [_rate("Rate, output", "Rout")]
        self.named = {
            "loss": _choices(
                "Loss",
                "What is made small (2016: a line of code to comment in)",
                {"cross-entropy": "cross-entropy", "squared error": "squared-error"},
            ),
            "optimizer": _choices(
                "Optimiser", "How gradients become steps (2016: RMSprop)", {"Adam": "adam", "RMSprop": "rmsprop"}
            ),
            "clip": _number("Clip at", "Bound on gradients, against jumps (gradClip in 2016)", 1e-9, 1e9, 1.0),
            "clip_kind": _choices(
                "Clip what",
                "All gradients together, or each element (2016)",
                {"norm of all": "norm", "each element": "element"},
            ),
            "batch_size": _whole(
                "Mini-batch", "Tunes that one update learns from (sizeOfMiniBatch in 2016)", 1, 4096, 8
            ),
            "length": _whole("Length, steps", "Steps of each tune in an update (lengthOfMB in 2016)", 2, 100_000, 100),
            "epochs": _whole("Epochs", "Passes over all tunes (noOfEpoch in 2016)", 1, 1_000_000, 20),
            "epochs_per_batch": _whole(
                "Updates a batch", "Updates on a mini-batch before the next (noOfEpochPerMB in 2016)", 1, 1000, 1
            ),
            "l1": _number("L1", "Weight of the size of all weights in the loss (lam in 2016)", 0, 1000, 0),
            "weight_spread": _number(
                "Weight spread",
                "Spread of the first weights; 0: fitted to the layers (sigRand in 2016)",
                0,
                10,
                0,
                0.01,
            ),
            "state_spread": _number("State spread", "Spread of the first states (muRand in 2016)", 0, 10, 0, 0.01),
            "epsilon": _number("Epsilon", "Smallest number that is divided by (epsilon in 2016)", 1e-30, 1, 1e-8),
            "seed": _whole("Seed", "The same seed trains the same network", 0, 2**31 - 1, 0),
        }
        self.preset.observe(lambda change: self.show(PRESETS[change["new"]].training), "value")
        self.show(PRESETS[self.preset.value].training)
        finer = widgets.VBox([self.named[name] for name in ("l1", "weight_spread", "state_spread", "epsilon", "seed")])
        finer_part = widgets.Accordion([finer], titles=("Finer settings",))
        coarse = [widget for name, widget in self.named.items() if widget not in finer.children]
        super().__init__([self.preset, *self.rates, *coarse, finer_part])

    def show(self, config: TrainingConfig) -> None:
        """Set the controls to a config."""
        for slider, rate in zip(self.rates, config.rates, strict=True):
            slider.value = rate
        for name, widget in self.named.items():
            value = getattr(config, name)
            widget.value = 0 if value is None else value

    def config(self) -> TrainingConfig:
        """Read the settings off the controls."""
        values = {name: widget.value for name, widget in self.named.items()}
        values["weight_spread"] = values["weight_spread"] or None
        assert set(values) | {"rates"} == {field.name for field in fields(TrainingConfig)}
        return TrainingConfig(rates=tuple(slider.value for slider in self.rates), **values)

    def changeable(self) -> list[Widget]:
        """List the controls that count at once while training runs."""
        names = ("clip", "clip_kind", "batch_size", "epochs", "epochs_per_batch", "l1")
        return [*self.rates, *(self.named[name] for name in names)]


class ListeningPlace(Place):
    """From what music is made, and how daringly."""

    def __init__(self) -> None:
        self.primer = _choices(
            "Primer", "What the network hears before it goes on by itself", {"none: from silence": None}
        )
        self.part = _slider(widgets.IntRangeSlider, "Its steps", "Which part of that tune is heard", 0, 16, (0, 16))
        self.steps = _slider(widgets.IntSlider, "Go on for", "Steps to generate", 8, 1000, 200, step=8)
        self.temperature = _slider(
            widgets.FloatLogSlider,
            "Temperature",
            "Below 1: the likely gets surer. Above 1: more surprises",
            -1,
            1,
            1.0,
            step=0.05,
            base=10,
            readout_format=".2f",
        )
        self.threshold = _slider(
            widgets.FloatSlider,
            "Threshold",
            "Notes less likely than this never sound (genProbThreshold in 2016)",
            0,
            0.9,
            0.1,
            step=0.01,
        )
        self.seed = _whole("Seed", "The same seed gives the same tune", 0, 2**31 - 1, 0)
        self.tempo = _slider(
            widgets.IntSlider, "Tempo, ♩/min", "Where the time step is in beats: how fast it is played", 30, 240, 100
        )
        self.primer.observe(self._fit_part, "value")
        self.velocity = _slider(widgets.IntSlider, "Loudness", "MIDI velocity of each note", 1, 127, 80)
        super().__init__(
            [
                *(self.primer, self.part, self.steps, self.temperature, self.threshold, self.seed),
                *(self.tempo, self.velocity),
            ]
        )

    def offer(self, tunes: list[tuple[str, Tune]]) -> None:
        """Offer tunes as primers, and choose the first."""
        self.primer.options = [*tunes, ("none: from silence", None)]
        self.primer.index = 0
        self._fit_part()

    def _fit_part(self, _: Any = None) -> None:
        tune: Tune | None = self.primer.value
        self.part.disabled = tune is None
        if tune is not None:
            self.part.max = len(tune)
            self.part.value = (0, min(16, len(tune)))

    def read_primer(self) -> Tune | None:
        """Read the primer off the controls."""
        tune: Tune | None = self.primer.value
        start, stop = self.part.value
        return tune.part(start, stop) if tune is not None and stop > start else None


class RunsPlace(Place):
    """Where runs are saved."""

    def __init__(self) -> None:
        self.path = _control(
            widgets.Text,
            "File",
            "Where the run is saved: weights, optimiser, settings, curves",
            value="runs/my-run.safetensors",
        )
        self.save = widgets.Button(description="Save run", layout=widgets.Layout(width="auto"))
        self.load = widgets.Button(description="Load run", layout=widgets.Layout(width="auto"))
        super().__init__([self.path, self.save, self.load])
