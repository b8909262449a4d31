"""Settings of the shape of a network, and how many weights that makes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from lstmmusic.config.base import Config
from lstmmusic.errors import ConfigError
from lstmmusic.settings import setting

Cell = Literal["standard", "peephole", "2016"]
Output = Literal["joint", "independent", "relative"]

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
        slider=(8, 1024),
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
