"""Settings as frozen, validated dataclasses, without torch, files or widgets; see `lstmmusic.settings`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, Self

from lstmmusic.errors import ConfigError
from lstmmusic.settings import Value, check_number, check_settings, setting, settings_of

StepUnit = Literal["seconds", "beats"]
Loss = Literal["cross-entropy", "squared-error"]
Optimizer = Literal["adam", "rmsprop"]
ClipKind = Literal["norm", "element"]
Cell = Literal["standard", "peephole", "2016"]
Output = Literal["joint", "independent", "relative"]

MIDI_PITCHES = range(128)
OCTAVE = 12  # semitones
REACH = 2  # semitones within which a relative output sees how long the notes around a pitch have sounded
PASSAGE_VALUES = 4  # that a relative output reads of passages for each pitch
PLACES = 9  # values that say where in the bar a step lies: see `lstmmusic.music.metre.places`
TONALITIES = 2  # moving averages of pitch classes that a relative output reads
MISSES = (1, 2, 4)  # of a passage among the lower notes of a step: so many or more are distinguished
COUNTS = 12  # numbers of lower notes that a relative output distinguishes; more count as this many
LEVELS = 16  # of velocity that a network distinguishes: 0 to 7, 8 to 15, and so on
ARTICULATION_VALUES = 21  # that a network reads of a note of which it predicts how it is played
ENDING_HIDDEN = 24  # units for whether a tune ends
LOUDNESSES = 3  # moving averages of velocity that it reads

LAYERS = ("layer 1", "layer 2", "layer 3")
PARTS = (*LAYERS, "output")  # each has its own learning rate, and its gradient is monitored

# Fields of `TrainingConfig` in files of 0.1.0 and before, and their names now.
RENAMED = {
    "rates": "learning_rates",
    "epochs_per_batch": "updates_per_batch",
    "weight_spread": "initial_weight_std",
    "state_spread": "initial_state_max",
    "averaging": "ema_decay",
    "cooldown": "learning_rate_decay",
}


def rename_old(values: Any) -> Any:
    """Rename the fields of a `TrainingConfig` from an older file."""
    return {RENAMED.get(name, name): value for name, value in values.items()} if isinstance(values, dict) else values


@dataclass(frozen=True)
class Config:
    """The base of the configs: a frozen dataclass that checks its settings, and can be saved as JSON."""

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Inverse of `dataclasses.asdict`, also for values that were saved as JSON.

        Raises
        ------
        ConfigError
            If a setting is unknown or not allowed.
        """
        if not isinstance(values, dict):
            raise ConfigError(f"the settings for {cls.__name__} are not a table of names and values")
        if unknown := set(values) - {each.name for each in fields(cls)}:
            raise ConfigError(f"unknown settings for {cls.__name__}: {sorted(unknown)}")
        return cls(**values)


@dataclass(frozen=True)
class RollConfig(Config):
    """The grid on which music becomes a piano roll.

    Parameters
    ----------
    step : float
        Length of a step, in `unit`.
    unit : {'seconds', 'beats'}
        In beats (quarter notes), a tune keeps its metre at any tempo.
    lowest, highest : int
        MIDI pitches, both included; 21 to 108 are the 88 keys of a piano.
    """

    step: float = setting(
        0.3,
        "Time step",
        "How long a column of the piano roll lasts; shorter keeps more of the rhythm and takes longer to learn",
        bounds=(0.01, 60),
        slider=(0.05, 2),
        step=0.05,
    )
    unit: StepUnit = setting(
        "seconds",
        "Step unit",
        "Seconds of the clock, or beats (quarter notes), which follow the tempo",
        choices={"seconds": "seconds", "beats": "beats"},
    )
    lowest: int = setting(21, "Lowest pitch", "MIDI number of the lowest pitch that is kept", bounds=(0, 127))
    highest: int = setting(108, "Highest pitch", "MIDI number of the highest pitch that is kept", bounds=(0, 127))

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "step", float(self.step))  # 1 and 1.0 are one grid, and have one fingerprint
        check_number("highest", self.highest, self.lowest, 127, whole=True)

    def __str__(self) -> str:
        """Return the grid in words, for messages."""
        return f"steps of {self.step:g} {self.unit}, pitches {self.lowest} to {self.highest}"

    @property
    def pitches(self) -> int:
        """Number of pitches: the width of a roll."""
        return self.highest - self.lowest + 1


@dataclass(frozen=True)
class NetworkConfig(Config):
    """The shape of a network.

    Parameters
    ----------
    pitches : int
        Width of a step: inputs, and notes that are predicted.
    hidden : tuple of int
        Units of each LSTM layer, from the input upwards.
    skip : bool
        Whether the input reaches every layer and every layer the output (Graves 2013, arXiv:1308.0850,
        figure 1); otherwise each layer sees the one below it, and the output the top one.
    cell : {'standard', 'peephole', '2016'}
        With peepholes, the gates see the cell too; '2016' reproduces a slip in layer 1, so that checkpoints of that
        year can be read (see `lstmmusic.compat.checkpoints`).
    output : {'joint', 'independent', 'relative'}
        Whether the notes of a step are sampled jointly, or each by itself; see `lstmmusic.network.outputs`. A relative
        output samples them jointly too, with weights that all pitches share; see `lstmmusic.network.relative`.
    joint_hidden : int
        Hidden units of the joint output.
    relative_hidden, relative_window, relative_steps, relative_passages, relative_tonality : int, and bool
        Of the relative output: hidden units of each pitch; semitones up and down that it sees around a pitch, in the
        steps before and, only down, in the step itself; the number of steps before; how many steps before it looks for
        passages like the last steps, see `lstmmusic.network.passages`; and whether it reads the pitch classes of all
        steps before, see `lstmmusic.network.tonality`.
    strikes, velocities : bool
        Whether the network reads and predicts which notes are struck again while they sound, and how loud each note
        is; see `lstmmusic.network.articulation`. Velocities need strikes.
    metre : bool
        Whether it reads where in the bar a step lies; see `lstmmusic.music.metre`.
    endings : bool
        Whether it predicts after each step whether the tune ends.
    articulation_hidden : int
        Hidden units for strikes and velocities, of each note.

    Notes
    -----
    A new network that learns some music has only those of these parts that the music has; see
    `lstmmusic.training.construction.without_missing`.
    """

    pitches: int = setting(88, "Pitches", "Number of pitches: the width of a piano roll", bounds=(1, 128))
    hidden: tuple[int, int, int] = setting(
        (120, 120, 120),
        "Units",
        "Hidden units of the layer: more can remember more, and take longer",
        bounds=(1, 8192),
        parts=LAYERS,
        slider=(8, 512),
        step=8,
    )
    skip: bool = setting(True, "Skip connections", "Connects the input to every layer, and every layer to the output")
    cell: Cell = setting(
        "standard",
        "Cell",
        "LSTM cells, without or with peepholes; '2016' is for checkpoints of that year",
        choices={"standard": "standard", "peephole": "with peepholes", "2016": "as in 2016"},
    )
    output: Output = setting(
        "relative",
        "Chords",
        "Whether the notes of a chord are sampled together, each given the lower ones, or each by itself; relative "
        "means together, by their intervals, which are the same in every key",
        choices={
            "joint": "sampled together",
            "independent": "each note by itself",
            "relative": "together, by intervals (relative)",
        },
    )
    joint_hidden: int = setting(128, "Output units", "Hidden units of the output for chords", bounds=(1, 8192))
    relative_hidden: int = setting(
        48,
        "Relative units",
        "Hidden units of the relative output, for each pitch: more distinguishes more chords, and takes longer",
        bounds=(1, 1024),
    )
    relative_window: int = setting(
        24,
        "Relative window",
        "How far up and down the relative output sees the notes around a pitch: more spans wider chords",
        bounds=(1, 64),
        unit="semitones",
    )
    relative_steps: int = setting(
        2,
        "Relative steps",
        "How many of the last steps the relative output sees around a pitch: more takes longer",
        bounds=(1, 16),
        unit="steps",
    )
    relative_passages: int = setting(
        256,
        "Passages",
        "How far back the relative output looks for a passage like the last steps, to see what followed; 0: not at all",
        bounds=(0, 4096),
        unit="steps",
    )
    relative_tonality: bool = setting(
        True,
        "Tonality",
        "Whether the relative output sees how often each pitch class has sounded, and so the key",
    )
    strikes: bool = setting(
        True, "Strikes", "Whether it learns which notes are struck again, and which are held; without, all are held"
    )
    velocities: bool = setting(
        True, "Dynamics", "Whether it learns how loud each note is, where the music has soft and loud notes"
    )
    metre: bool = setting(
        True, "Metre", "Whether it sees where in the bar it is, where the music has bars and a step in beats"
    )
    endings: bool = setting(True, "Endings", "Whether it learns when a tune ends, so that it can end its own")
    articulation_hidden: int = setting(
        48, "Articulation units", "Hidden units for strikes and loudness: more is finer, and slower", bounds=(1, 1024)
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.velocities and not self.strikes:
            raise ConfigError("velocities need strikes: set velocities=False too, or strikes=True")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """See `Config.from_dict`; networks of earlier versions lack the parts that came later."""
        if isinstance(values, dict) and "relative_steps" in values:
            values = {"relative_passages": 0, "relative_tonality": False, **values}
        if isinstance(values, dict) and "skip" in values:
            values = {**dict.fromkeys(("strikes", "velocities", "metre", "endings"), False), **values}
        return super().from_dict(values)

    def without(self, parts: Collection[str]) -> Self:
        """Return the shape without some of strikes, velocities, metre and endings, and what needs them."""
        off: dict[str, Any] = dict.fromkeys(parts, False)
        return replace(self, **{"velocities": self.velocities and "strikes" not in parts} | off)

    def rolls_only(self) -> Self:
        """Return the shape of a network that reads and predicts zeros and ones: neither strikes nor what follows."""
        return self.without(("strikes", "velocities", "metre", "endings"))

    @property
    def learned(self) -> str:
        """What the network predicts, and what it sees beside that, in words."""
        words = {"strikes": self.strikes, "loudness": self.velocities, "endings": self.endings}
        learned = ", ".join(["notes", *(word for word, on in words.items() if on)])
        return f"{learned}; sees the metre" if self.metre else learned

    @property
    def features(self) -> int:
        """What the layers say, and the place in the bar: values that all outputs are given."""
        return (sum(self.hidden) if self.skip else self.hidden[-1]) + PLACES * self.metre

    @property
    def parameters(self) -> int:
        """Number of weights and biases that are trained."""
        below = [0, *self.hidden[:-1]]
        inputs = [wide + self.pitches if self.skip or wide == 0 else wide for wide in below]
        inputs[0] += self.pitches * self.strikes + PLACES * self.metre
        layers = sum(4 * size * (wide + size + 1) for wide, size in zip(inputs, self.hidden, strict=True))
        layers += 0 if self.cell == "standard" else 3 * sum(self.hidden)
        features = self.features
        outputs = (features + 1) * self.pitches
        outputs += self.endings * (ENDING_HIDDEN * (features + 2 * self.strikes + 2) + 1)
        if self.strikes:
            outputs += _articulation_parameters(self)
        if self.output == "joint":
            outputs += self.joint_hidden * (features + 1 + 3 * self.pitches + 1)
        if self.output == "relative":
            outputs += _relative_parameters(self, features)
        return layers + outputs


def _relative_parameters(config: NetworkConfig, features: int) -> int:
    """Count the weights of a relative output, other than the layers' own to each pitch."""
    window, hidden = config.relative_window, config.relative_hidden
    of_past = config.relative_steps * (2 * window + 1) + 2 * (2 * REACH + 1) + OCTAVE
    of_past += TONALITIES * OCTAVE * config.relative_tonality
    of_past += (PASSAGE_VALUES + 2 * len(MISSES)) * (config.relative_passages > 0)
    of_lower = window + OCTAVE + COUNTS
    return hidden * (features + 1 + config.pitches + of_past + of_lower + hidden + 1 + 1)


def _articulation_parameters(config: NetworkConfig) -> int:
    """Count the weights for strikes and velocities."""
    hidden, predicted = config.articulation_hidden, 1 + LEVELS * config.velocities
    return hidden * (config.features + 1 + ARTICULATION_VALUES + config.pitches + hidden + 1 + predicted) + predicted


def _fraction(default: Value, label: str, help: str, most: float, **metadata: Any) -> Value:
    """Return a `setting` from 0 to `most`, which a slider sets in steps of 5%."""
    return setting(default, label, help, bounds=(0, most), unit="fraction", slider=(0, most), step=0.05, **metadata)


@dataclass(frozen=True)
class TrainingConfig(Config):
    """How a network is trained; the defaults are the preset `recommended`.

    Parameters
    ----------
    loss : {'cross-entropy', 'squared-error'}
        Summed over the notes of a step, averaged over steps.
    optimizer : {'adam', 'rmsprop'}
        RMSprop averages squared gradients with decay 0.9, as in 2016.
    learning_rates : tuple of float
        For layers 1, 2 and 3 and for the output.
    clip, clip_kind : float, {'norm', 'element'}
        Bound on the norm of all gradients together, or on the magnitude of each element (2016).
    batch_size : int
        Crops of tunes in a mini-batch.
    length : int
        Steps in a crop; longer tunes are cut at random offsets, shorter ones are used whole.
    transpose : int
        Largest transposition, in semitones: a random half of the tunes in each epoch is moved up or down by at most
        this much, as far as their notes stay in range.
    epochs : int
        Passes over every step of the training tunes.
    updates_per_batch : int
        Updates that are made on a mini-batch before the next one is drawn.
    l1 : float
        Weight of the sum of the magnitudes of all weights (not biases) in the loss.
    initial_weight_std : float or None
        Standard deviation of Gaussian initial weights and biases (2016: 0.1). None scales each matrix
        by its size, opens the forget gates (bias 1), and starts the output from how often each note sounds.
    initial_state_max : float
        Initial states of a crop are uniform in [0, initial_state_max] in training; zero elsewhere.
    epsilon : float
        Added to what the optimiser divides by.
    dropout : tuple of float
        Fractions of the input, of what passes between layers, and of what reaches the output, that are dropped at
        random; see `lstmmusic.network.model.Noise`.
    drop_connect : float
        Fraction of the recurrent weights that are dropped at random.
    relative_dropout : float
        Fraction of the hidden units of a relative output that are dropped at random.
    relative_forgotten : float
        Fraction of the notes of the last steps that a relative output does not read; see `lstmmusic.network.noise`.
    weight_decay : float
        How much each update of Adam shrinks the weights of the layers, in units of its learning rate (AdamW,
        Loshchilov and Hutter 2019), and those of a relative output; RMSprop, as in 2016, has none.
    ema_decay : float
        Decay of an exponential moving average (EMA) of the weights, which is validated and generates; 0 keeps none.
    learning_rate_decay : float
        Fraction of the run, at its end, over which the learning rates decay to zero along a cosine.
    calibrate : bool
        Whether the network samples takes now and then while it learns, to correct how often their notes begin and how
        long they last; see `lstmmusic.training.calibration`.
    seed : int
        For everything random in training: weights, order, offsets, states.
    """

    loss: Loss = setting(
        "cross-entropy",
        "Loss",
        "The objective to minimise; cross-entropy fits probabilities",
        choices={"cross-entropy": "cross-entropy", "squared-error": "squared error"},
    )
    optimizer: Optimizer = setting(
        "adam", "Optimiser", "How gradients become updates", choices={"adam": "Adam", "rmsprop": "RMSprop"}
    )
    learning_rates: tuple[float, float, float, float] = setting(
        (4e-3, 4e-3, 4e-3, 2e-2),
        "Rate",
        "Learning rate: how far an update moves the weights; lower it if the loss jumps",
        bounds=(0, 1e3),
        parts=PARTS,
        slider=(1e-6, 1),
        logarithmic=True,
        step=0.05,
        changeable=True,
    )
    clip: float = setting(
        1.0, "Clip at", "Bound on the gradients: lower is steadier and slower", bounds=(1e-9, 1e9), changeable=True
    )
    clip_kind: ClipKind = setting(
        "norm",
        "Clip by",
        "What is bounded: the norm of all gradients together, or each element",
        choices={"norm": "total norm", "element": "each element"},
        changeable=True,
    )
    batch_size: int = setting(
        8,
        "Mini-batch",
        "Stretches of music in each update: more is steadier, and takes longer",
        bounds=(1, 4096),
        unit="crops",
        changeable=True,
    )
    length: int = setting(
        100,
        "Length",
        "Length of the stretches of music in each update: longer teaches longer phrases",
        bounds=(2, 100_000),
        unit="steps",
    )
    transpose: int = setting(
        6,
        "Transpose",
        "Half of the tunes are moved up or down by at most this much; 0 keeps every tune in its key",
        bounds=(0, 64),
        unit="semitones",
    )
    epochs: int = setting(
        60,
        "Epochs",
        "Passes over all training tunes: more trains longer",
        bounds=(1, 1_000_000),
        changeable=True,
    )
    updates_per_batch: int = setting(
        1,
        "Repeats",
        "Updates per mini-batch before the next one is drawn: more fits each one closer",
        bounds=(1, 1000),
        changeable=True,
    )
    l1: float = setting(
        0.0,
        "L1",
        "Weight of the sum of all weights' magnitudes in the loss: more pushes weights to 0",
        bounds=(0, 1e3),
        changeable=True,
    )
    initial_weight_std: float | None = setting(
        None,
        "Weight std",
        "Standard deviation of the initial weights: more starts wilder; 0 (None in code) fits it to each layer",
        bounds=(0, 10),
        optional=True,
        step=0.01,
    )
    initial_state_max: float = setting(
        0.0, "State max", "Largest random initial state in training: more varies the starts", bounds=(0, 10), step=0.01
    )
    epsilon: float = setting(
        1e-8, "Epsilon", "Added to what the optimiser divides by: more limits its updates", bounds=(1e-30, 1)
    )
    dropout: tuple[float, float, float] = _fraction(
        (0.1, 0.4, 0.4),
        "Dropout",
        "Fraction dropped at random in training: more keeps the network from memorising tunes",
        0.95,
        parts=("input", "hidden", "output"),
    )
    drop_connect: float = _fraction(
        0.3,
        "DropConnect",
        "Fraction of the recurrent weights dropped at random: more keeps the network from memorising tunes",
        0.95,
    )
    relative_dropout: float = _fraction(
        0.2,
        "Relative dropout",
        "Fraction of the units of a relative output dropped at random: more keeps it from memorising tunes",
        0.95,
    )
    relative_forgotten: float = _fraction(
        0.05,
        "Forgotten",
        "Fraction of the last notes that a relative output does not hear in training: more makes its chords fuller",
        0.5,
    )
    weight_decay: float = setting(
        0.1,
        "Weight decay",
        "How much each update of Adam shrinks the weights of layers and a relative output: more keeps them small",
        bounds=(0, 10),
        step=0.01,
    )
    ema_decay: float = setting(
        0.998,
        "EMA decay",
        "Decay of the averaged weights, which are validated and generate: more averages longer; 0 keeps none",
        bounds=(0, 0.99999),
        step=0.001,
    )
    learning_rate_decay: float = _fraction(
        0.2,
        "Rate decay",
        "Fraction of the run, at its end, over which the learning rates decay to zero: more slows down earlier",
        1,
    )
    calibrate: bool = setting(
        True,
        "Calibrate takes",
        "Compares takes with the training music while the network learns, and corrects how often notes begin and last",
    )
    seed: int = setting(0, "Seed", "The same seed trains the same network", bounds=(0, 2**63 - 1))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """See `Config.from_dict`; older files have other names, and their networks neither forgot nor calibrated."""
        values = rename_old(values)
        if isinstance(values, dict) and "relative_dropout" in values:
            values = {"relative_forgotten": 0.0, **values}
        if isinstance(values, dict):
            values = {"calibrate": False, **values}
        return super().from_dict(values)


# Fields of `TrainingConfig` that may change during a run.
CHANGEABLE = tuple(name for name, setting in settings_of(TrainingConfig).items() if setting.changeable)
