"""Settings of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

from lstmmusic.config.base import Config
from lstmmusic.config.network import LAYERS
from lstmmusic.settings import Value, setting, settings_of

Loss = Literal["cross-entropy", "squared-error"]
Optimizer = Literal["adam", "rmsprop"]
ClipKind = Literal["norm", "element"]

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
