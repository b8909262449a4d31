"""Settings as frozen, validated dataclasses, without torch, files or widgets; see `lstmmusic.settings`."""

from lstmmusic.config.base import Config
from lstmmusic.config.cluster import Cluster
from lstmmusic.config.network import (
    ARTICULATION_VALUES,
    COUNTS,
    ENDING_HIDDEN,
    LAYERS,
    LEVELS,
    LOUDNESSES,
    MISSES,
    OCTAVE,
    PASSAGE_VALUES,
    PLACES,
    REACH,
    TONALITIES,
    Cell,
    NetworkConfig,
    Output,
)
from lstmmusic.config.roll import MIDI_PITCHES, RollConfig, StepUnit
from lstmmusic.config.sampling import SamplingConfig
from lstmmusic.config.training import CHANGEABLE, PARTS, RENAMED, ClipKind, Loss, Optimizer, TrainingConfig, rename_old

__all__ = [
    "ARTICULATION_VALUES",
    "CHANGEABLE",
    "COUNTS",
    "ENDING_HIDDEN",
    "LAYERS",
    "LEVELS",
    "LOUDNESSES",
    "MIDI_PITCHES",
    "MISSES",
    "OCTAVE",
    "PARTS",
    "PASSAGE_VALUES",
    "PLACES",
    "REACH",
    "RENAMED",
    "TONALITIES",
    "Cell",
    "ClipKind",
    "Cluster",
    "Config",
    "Loss",
    "NetworkConfig",
    "Optimizer",
    "Output",
    "RollConfig",
    "SamplingConfig",
    "StepUnit",
    "TrainingConfig",
    "rename_old",
]
