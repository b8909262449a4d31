from .checkpoint import load_network, load_run, load_weights, save_run
from .config import PRESETS, NetworkConfig, RollConfig, TrainingConfig
from .data import Corpus, Verdict, load_chorales, load_folder, load_pieces
from .devices import choose_device, leave_a_core
from .errors import (
    CheckpointError,
    ConfigError,
    CorpusError,
    LSTMMusicError,
    MidiError,
    PlaybackError,
    SaveError,
    TrainingError,
)
from .evaluation import Score, marginal_loss, markov_loss, score
from .figures import plot_loss, plot_probabilities, plot_roll, plot_take
from .generation import Take, generate, generate_takes
from .job import Job
from .measures import Measures, copied, find_collapses, measure
from .model import StackedLSTM
from .pianoroll import Tune, find_notes, read_midi, write_midi
from .playback import NullPlayer, Player, PygamePlayer, open_player
from .recipes import as_code
from .run_folders import delete_run, duplicate_run, rename_run, restore_run
from .runs import Run, find_runs
from .seed2016 import load_2016, save_2016
from .snapshots import TrainingSnapshot, Update
from .studio import Studio
from .synth import render_wav
from .training import Trainer

__version__: str

__all__ = [
    "PRESETS",
    "CheckpointError",
    "ConfigError",
    "Corpus",
    "CorpusError",
    "Job",
    "LSTMMusicError",
    "Measures",
    "MidiError",
    "NetworkConfig",
    "NullPlayer",
    "PlaybackError",
    "Player",
    "PygamePlayer",
    "RollConfig",
    "Run",
    "SaveError",
    "Score",
    "StackedLSTM",
    "Studio",
    "Take",
    "Trainer",
    "TrainingConfig",
    "TrainingError",
    "TrainingSnapshot",
    "Tune",
    "Update",
    "Verdict",
    "as_code",
    "choose_device",
    "copied",
    "delete_run",
    "duplicate_run",
    "find_collapses",
    "find_notes",
    "find_runs",
    "generate",
    "generate_takes",
    "leave_a_core",
    "load_2016",
    "load_chorales",
    "load_folder",
    "load_network",
    "load_pieces",
    "load_run",
    "load_weights",
    "marginal_loss",
    "markov_loss",
    "measure",
    "open_player",
    "plot_loss",
    "plot_probabilities",
    "plot_roll",
    "plot_take",
    "read_midi",
    "rename_run",
    "render_wav",
    "restore_run",
    "save_2016",
    "save_run",
    "score",
    "write_midi",
]
