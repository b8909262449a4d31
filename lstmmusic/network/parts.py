"""The parts of a network that a config names; their parameters are not initialised."""

from __future__ import annotations

from lstmmusic.config import PLACES, Cell, NetworkConfig
from lstmmusic.network.articulation import Articulation
from lstmmusic.network.ending import Ending
from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.outputs import IndependentOutput, JointOutput, Output
from lstmmusic.network.passages import Passages
from lstmmusic.network.peepholes import Peephole
from lstmmusic.network.played import Played
from lstmmusic.network.reader import Reader
from lstmmusic.network.recent import Recent
from lstmmusic.network.relative import RelativeOutput
from lstmmusic.network.tonality import Tonality

# What the peephole of the output gate sees in each layer.
PEEPHOLES: dict[Cell, tuple[Peephole | None, Peephole | None, Peephole | None]] = {
    "standard": (None, None, None),
    "peephole": ("cell", "cell", "cell"),
    "2016": ("candidate", "cell", "cell"),
}


def make_layers(config: NetworkConfig) -> list[LSTMLayer]:
    """Make the three layers, from the input upwards."""
    reads = config.pitches * (1 + config.strikes) + PLACES * config.metre
    inputs = [reads, *(size + config.pitches * config.skip for size in config.hidden[:2])]
    return list(map(LSTMLayer, inputs, config.hidden, PEEPHOLES[config.cell]))


def make_readers(config: NetworkConfig) -> list[Reader]:
    """Make what reads the past beside the layers, in the order of its values among the features."""
    readers: list[Reader] = []
    if config.output == "relative":
        readers.append(Recent(config.pitches, config.relative_steps))
        if config.relative_passages:
            readers.append(Passages(config.pitches, config.relative_passages))
        if config.relative_tonality:
            readers.append(Tonality(config.pitches))
    if config.strikes:
        readers.append(Played(config.pitches))  # the last, as `Articulation` and `Ending` expect
    return readers


def make_output(config: NetworkConfig) -> Output:
    """Make what predicts the notes of a step."""
    features, pitches = config.features, config.pitches
    if config.output == "relative":
        sizes = config.relative_hidden, config.relative_window, config.relative_steps
        reads = config.relative_passages > 0, config.relative_tonality
        return RelativeOutput(features, pitches, *sizes, *reads)
    if config.output == "joint":
        return JointOutput(features, pitches, config.joint_hidden)
    return IndependentOutput(features, pitches)


def make_articulation(config: NetworkConfig) -> Articulation | None:
    """Make what predicts how notes are played, if the network has strikes."""
    if not config.strikes:
        return None
    return Articulation(config.features, config.pitches, config.articulation_hidden, config.velocities)


def make_ending(config: NetworkConfig) -> Ending | None:
    """Make what predicts the end of a tune, if the network has endings."""
    return Ending(config.features, config.pitches, config.strikes) if config.endings else None
