from .advice import Advice, advise
from .bundled import load_bundled
from .checkpoint import load_network, load_run, load_weights, save_run
from .config import NetworkConfig, RollConfig, TrainingConfig
from .continuation import Continuation
from .cost import Cost, estimate_cost
from .data import Corpus, Verdict, load_chorales, load_folder, load_pieces
from .deleted_runs import delete_run, restore_run
from .devices import choose_device, leave_a_core
from .diagnosis import Diagnosis, Reference, diagnose
from .errors import (
    BusyError,
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
from .exports import write_csv, write_picture
from .figures import plot_loss, plot_probabilities, plot_roll, plot_take
from .generation import Sampler, Take, generate, generate_takes
from .inspection import explain, first_difference
from .job import Job
from .measures import Measures, copied, find_collapses, measure
from .midi_player import MidiPlayer, list_midi_devices, open_midi_player
from .model import StackedLSTM
from .notes import LostNotes, NoteTable, count_lost_notes
from .originals import read_original
from .overview import Overview, PitchCount, survey
from .pianoroll import Tune, find_notes, read_midi, write_midi
from .playback import NullPlayer, Player, PygamePlayer, open_player
from .presets import PRESETS
from .recipes import as_code
from .remedies import Remedy, find_remedy
from .run_folders import duplicate_run, rename_run
from .runs import Run, find_runs
from .seed2016 import load_2016, save_2016
from .snapshots import Change, LayerHealth, TrainingSnapshot, Update
from .studio import Studio
from .training import Trainer
from .uploads import store_upload
from .wav import render_wav

__version__: str

__all__ = [
    "PRESETS",
    "Advice",
    "BusyError",
    "Change",
    "CheckpointError",
    "ConfigError",
    "Continuation",
    "Corpus",
    "CorpusError",
    "Cost",
    "Diagnosis",
    "Job",
    "LSTMMusicError",
    "LayerHealth",
    "LostNotes",
    "Measures",
    "MidiError",
    "MidiPlayer",
    "NetworkConfig",
    "NoteTable",
    "NullPlayer",
    "Overview",
    "PitchCount",
    "PlaybackError",
    "Player",
    "PygamePlayer",
    "Reference",
    "Remedy",
    "RollConfig",
    "Run",
    "Sampler",
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
    "advise",
    "as_code",
    "choose_device",
    "copied",
    "count_lost_notes",
    "delete_run",
    "diagnose",
    "duplicate_run",
    "estimate_cost",
    "explain",
    "find_collapses",
    "find_notes",
    "find_remedy",
    "find_runs",
    "first_difference",
    "generate",
    "generate_takes",
    "leave_a_core",
    "list_midi_devices",
    "load_2016",
    "load_bundled",
    "load_chorales",
    "load_folder",
    "load_network",
    "load_pieces",
    "load_run",
    "load_weights",
    "marginal_loss",
    "markov_loss",
    "measure",
    "open_midi_player",
    "open_player",
    "plot_loss",
    "plot_probabilities",
    "plot_roll",
    "plot_take",
    "read_midi",
    "read_original",
    "rename_run",
    "render_wav",
    "restore_run",
    "save_2016",
    "save_run",
    "score",
    "store_upload",
    "survey",
    "write_csv",
    "write_midi",
    "write_picture",
]
