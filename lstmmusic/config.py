"""Settings as frozen, validated dataclasses. They know nothing of torch, files or widgets."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from lstmmusic.errors import ConfigError

StepUnit = Literal["seconds", "beats"]
Loss = Literal["cross-entropy", "squared-error"]
Optimizer = Literal["adam", "rmsprop"]
ClipKind = Literal["norm", "element"]
Cell = Literal["standard", "peephole", "2016"]
Output = Literal["joint", "independent"]

MIDI_PITCHES = range(128)


def check_number(name: str, value: object, low: float, high: float, *, whole: bool = False) -> None:
    """Refuse a setting that is no number, or not within [low, high].

    Raises
    ------
    ConfigError
        Naming the field, its value and the allowed range.
    """
    kind = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        bounds = f"at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
        raise ConfigError(f"{name} is {value!r}; it must be a {'whole ' if whole else ''}number {bounds}")


def check_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    """Refuse a setting that is none of `choices`."""
    if value not in choices:
        raise ConfigError(f"{name} is {value!r}; it must be one of {', '.join(map(str, choices))}")


def _make_plain(config: Any) -> None:
    """Make lists and arrays tuples, and numpy's numbers Python's, so that equal settings are equal, and fit JSON."""

    def plain(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(plain(part) for part in value)
        return plain(value.tolist()) if hasattr(value, "tolist") else value

    for name in (f.name for f in fields(config)):
        object.__setattr__(config, name, plain(getattr(config, name)))


def _from_dict(cls: type[Any], values: dict[str, Any]) -> Any:
    """Make a config from parsed JSON."""
    if not isinstance(values, dict):
        raise ConfigError(f"the settings for {cls.__name__} are no table of names and values")
    if unknown := set(values) - {f.name for f in fields(cls)}:
        raise ConfigError(f"unknown settings for {cls.__name__}: {sorted(unknown)}")
    return cls(**values)


@dataclass(frozen=True)
class RollConfig:
    """The grid that is laid over music: how long a step lasts, and which pitches count.

    Parameters
    ----------
    step : float
        Length of a step, in `unit`: 0.01 to 60.
    unit : {'seconds', 'beats'}
        In beats (quarter notes), a tune keeps its metre whatever its tempo.
    lowest, highest : int
        MIDI pitches, both included; 21 to 108 are the 88 keys of a piano.
    """

    step: float = 0.3
    unit: StepUnit = "seconds"
    lowest: int = 21
    highest: int = 108

    def __post_init__(self) -> None:
        _make_plain(self)
        check_number("step", self.step, 0.01, 60)
        object.__setattr__(self, "step", float(self.step))  # 1 and 1.0 are one grid, and have one fingerprint
        check_choice("unit", self.unit, get_args(StepUnit))
        check_number("lowest", self.lowest, 0, 127, whole=True)
        check_number("highest", self.highest, self.lowest, 127, whole=True)

    def __str__(self) -> str:
        """Return the grid in words, for messages."""
        return f"steps of {self.step:g} {self.unit}, pitches {self.lowest} to {self.highest}"

    @property
    def pitches(self) -> int:
        """Number of pitches: the width of a roll."""
        return self.highest - self.lowest + 1

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RollConfig:
        """Inverse of `dataclasses.asdict`, through JSON too."""
        config: RollConfig = _from_dict(cls, values)
        return config


@dataclass(frozen=True)
class NetworkConfig:
    """The shape of a network.

    Parameters
    ----------
    pitches : int
        Width of a frame: inputs, and notes that are predicted.
    hidden : tuple of int
        Units of each LSTM layer, from the input upwards.
    skip : bool
        Whether the input reaches every layer and every layer the output (Graves 2013, arXiv:1308.0850,
        figure 1); otherwise each layer sees the one below it, and the output the top one.
    cell : {'standard', 'peephole', '2016'}
        With peepholes, the gates look at the cell too; '2016' has a slip in layer 1, and is there to read the
        checkpoints of that year (see `lstmmusic.compat.checkpoints`).
    output : {'joint', 'independent'}
        Whether the notes of a frame are drawn with a view of each other; see `lstmmusic.network.outputs`.
    joint_hidden : int
        Hidden units of the joint output.
    """

    pitches: int = 88
    hidden: tuple[int, int, int] = (120, 120, 120)
    skip: bool = True
    cell: Cell = "standard"
    output: Output = "joint"
    joint_hidden: int = 128

    def __post_init__(self) -> None:
        _make_plain(self)
        check_number("pitches", self.pitches, 1, 128, whole=True)
        if not isinstance(self.hidden, tuple) or len(self.hidden) != 3:
            raise ConfigError(f"hidden is {self.hidden!r}; it must be three layer sizes, such as (120, 120, 120)")
        for layer, size in enumerate(self.hidden, start=1):
            check_number(f"hidden size of layer {layer}", size, 1, 8192, whole=True)
        check_choice("skip", self.skip, (True, False))
        check_choice("cell", self.cell, get_args(Cell))
        check_choice("output", self.output, get_args(Output))
        check_number("joint_hidden", self.joint_hidden, 1, 8192, whole=True)

    @property
    def parameters(self) -> int:
        """Number of weights and biases that are trained."""
        below = [0, *self.hidden[:-1]]
        inputs = [wide + self.pitches if self.skip or wide == 0 else wide for wide in below]
        layers = sum(4 * size * (wide + size + 1) for wide, size in zip(inputs, self.hidden, strict=True))
        layers += 0 if self.cell == "standard" else 3 * sum(self.hidden)
        features = sum(self.hidden) if self.skip else self.hidden[-1]
        outputs = (features + 1) * self.pitches
        if self.output == "joint":
            outputs += self.joint_hidden * (features + 1 + 3 * self.pitches + 1)
        return layers + outputs

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NetworkConfig:
        """Inverse of `dataclasses.asdict`, through JSON too."""
        config: NetworkConfig = _from_dict(cls, values)
        return config


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is trained; the defaults are the preset `recommended`.

    Parameters
    ----------
    loss : {'cross-entropy', 'squared-error'}
        Summed over the notes of a frame, averaged over frames.
    optimizer : {'adam', 'rmsprop'}
        RMSprop averages squared gradients with decay 0.9, as in 2016.
    rates : tuple of float
        Learning rates of layers 1, 2, 3 and of the output.
    clip, clip_kind : float, {'norm', 'element'}
        Bound on the norm of all gradients together, or on the magnitude of each element (2016).
    batch_size : int
        Crops of tunes in a mini-batch.
    length : int
        Steps in a crop; longer tunes are cut at random offsets, shorter ones are used whole.
    transpose : int
        Semitones by which music is moved up or down at most: half of the tunes, drawn anew in each epoch, are, as
        far as their notes stay in range.
    epochs : int
        Passes over every frame of the training tunes.
    epochs_per_batch : int
        Updates that are made on a mini-batch before the next one is drawn.
    l1 : float
        Weight of the sum of the magnitudes of all weights (not biases) in the loss.
    weight_spread : float or None
        Standard deviation of Gaussian initial weights and biases (2016: 0.1). None scales each matrix
        by its size, opens the forget gates (bias 1), and starts the output from how often each note sounds.
    state_spread : float
        Initial states of a crop are uniform in [0, state_spread] in training; zero elsewhere.
    epsilon : float
        Smallest number that the optimiser divides by.
    dropout : tuple of float
        Shares of the input, of what passes between layers, and of what reaches the output, that are left out at
        random; see `lstmmusic.network.model.Noise`.
    drop_connect : float
        Share of the recurrent weights that are left out at random.
    weight_decay : float
        How much each update of Adam shrinks the weights of the layers, in units of its learning rate (AdamW,
        Loshchilov and Hutter 2019); RMSprop, as in 2016, knows none.
    averaging : float
        Decay of a running average of the weights, which is what is validated and generates; 0 keeps none.
    cooldown : float
        Share of the run, at its end, in which the rates fall to zero along a cosine.
    seed : int
        Of everything random in training: weights, order, offsets, states.
    """

    loss: Loss = "cross-entropy"
    optimizer: Optimizer = "adam"
    rates: tuple[float, float, float, float] = (4e-3, 4e-3, 4e-3, 4e-3)
    clip: float = 1.0
    clip_kind: ClipKind = "norm"
    batch_size: int = 8
    length: int = 100
    transpose: int = 6
    epochs: int = 60
    epochs_per_batch: int = 1
    l1: float = 0.0
    weight_spread: float | None = None
    state_spread: float = 0.0
    epsilon: float = 1e-8
    dropout: tuple[float, float, float] = (0.1, 0.4, 0.4)
    drop_connect: float = 0.3
    weight_decay: float = 0.1
    averaging: float = 0.998
    cooldown: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        _make_plain(self)
        check_choice("loss", self.loss, get_args(Loss))
        check_choice("optimizer", self.optimizer, get_args(Optimizer))
        if not isinstance(self.rates, tuple) or len(self.rates) != 4:
            raise ConfigError(f"rates is {self.rates!r}; it must be four numbers: for layers 1, 2, 3 and the output")
        for name, rate in zip(("layer 1", "layer 2", "layer 3", "the output"), self.rates, strict=True):
            check_number(f"rate of {name}", rate, 0, 1e3)
        check_number("clip", self.clip, 1e-9, 1e9)
        check_choice("clip_kind", self.clip_kind, get_args(ClipKind))
        check_number("batch_size", self.batch_size, 1, 4096, whole=True)
        check_number("length", self.length, 2, 100_000, whole=True)
        check_number("transpose", self.transpose, 0, 64, whole=True)
        check_number("epochs", self.epochs, 1, 1_000_000, whole=True)
        check_number("epochs_per_batch", self.epochs_per_batch, 1, 1000, whole=True)
        check_number("l1", self.l1, 0, 1e3)
        if self.weight_spread is not None:
            check_number("weight_spread", self.weight_spread, 0, 10)
        check_number("state_spread", self.state_spread, 0, 10)
        check_number("epsilon", self.epsilon, 1e-30, 1)
        if not isinstance(self.dropout, tuple) or len(self.dropout) != 3:
            raise ConfigError(f"dropout is {self.dropout!r}; it must be three shares: input, between layers, output")
        for place, share in zip(("input", "between layers", "output"), self.dropout, strict=True):
            check_number(f"dropout ({place})", share, 0, 0.95)
        check_number("drop_connect", self.drop_connect, 0, 0.95)
        check_number("weight_decay", self.weight_decay, 0, 10)
        check_number("averaging", self.averaging, 0, 0.99999)
        check_number("cooldown", self.cooldown, 0, 1)
        check_number("seed", self.seed, 0, 2**63 - 1, whole=True)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainingConfig:
        """Inverse of `dataclasses.asdict`, through JSON too."""
        config: TrainingConfig = _from_dict(cls, values)
        return config
