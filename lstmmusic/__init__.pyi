from .analysis.copies import Copies, Stretch, find_copies
from .analysis.copy_index import CopyIndex
from .analysis.gradients import StateGradients, gradient_through_time
from .analysis.memory import divergence_by_past
from .analysis.surgery import Operation, operate
from .analysis.surprise import RankedTune, Surprise, SurprisingNote, most_surprising, rank, surprise
from .analysis.units import (
    LayerUnits,
    Moment,
    order_by_firing,
    order_by_likeness,
    read_units,
    strongest_moments,
    unit_effect,
)
from .analysis.weights import Connection, connection_strengths, gradient_histograms, histogram_edges, weight_histograms
from .base.jobs import Job
from .cluster.training import train_together
from .compat.checkpoints import load_2016, save_2016
from .config import Cluster, NetworkConfig, RollConfig, TrainingConfig
from .errors import (
    BusyError,
    CheckpointError,
    ClusterError,
    ConfigError,
    CorpusError,
    DamageWarning,
    LSTMMusicError,
    MidiError,
    PlaybackError,
    SaveError,
    TrainingError,
)
from .exports import write_csv, write_curves, write_picture
from .figures import plot_loss, plot_probabilities, plot_roll, plot_take
from .generation.continuation import Continuation
from .generation.diagnosis import Diagnosis, Reference, Remedy, diagnose, find_remedy
from .generation.editing import branch, continue_edited
from .generation.inspection import explain, first_difference
from .generation.matching import Match, match_music
from .generation.regeneration import Regeneration, regenerate
from .generation.sampler import Sampler, Take, generate, generate_takes
from .music.corpus import Corpus, describe_loaded, list_parts
from .music.expression import Expression
from .music.formats.midi_writer import write_score
from .music.formats.reading import read_score
from .music.grids import GridSuggestion, convert_grid, describe_grids, describe_step, suggest_grids
from .music.loading import load_builtin, load_chorales, load_folder, load_pieces, read_chosen_parts, read_original
from .music.metre import Metre, parse_metre
from .music.note_table import LostNotes, NoteTable, count_lost_notes
from .music.playing import write_midi
from .music.roll import Tune, find_notes, read_midi
from .music.score import Notes, Part, Score
from .music.source import Source
from .music.statistics import (
    Ends,
    Measures,
    Overview,
    PitchCount,
    Playing,
    copied,
    find_collapses,
    measure,
    measure_ends,
    measure_playing,
    survey,
)
from .music.storing import open_corpus, store_corpus
from .music.texture import Texture, measure_texture
from .music.uploads import store_upload
from .music.verdicts import Facts, PartCount, Verdict
from .network.devices import choose_device, leave_a_core
from .network.model import StackedLSTM
from .pages.run_page import export_page
from .presets import PRESETS
from .runs.as_code import PrimerSource, as_code
from .runs.as_command import as_command
from .runs.bundled import load_bundled
from .runs.checkpoint import load_network, load_run, load_weight_snapshots, load_weights, save_run
from .runs.favourites import (
    Favourite,
    delete_favourite,
    find_favourites,
    load_favourite,
    rename_favourite,
    restore_favourite,
    save_favourite,
)
from .runs.listing import Run, find_runs
from .runs.recipe import Recipe
from .runs.starts import load_start
from .runs.store import delete_run, duplicate_run, rename_run, restore_run
from .runs.training import RunProgress, train
from .sound.midi_player import MidiPlayer, list_midi_devices, open_midi_player
from .sound.player import NullPlayer, Player, PygamePlayer, open_player
from .sound.render import render_wav
from .studio import Studio
from .sweeps.plan import Between
from .sweeps.processes import Processes
from .sweeps.sweep import SweepResult
from .sweeps.sweeping import sweep
from .training.advice import Advice, advise
from .training.cost import Cost, estimate_cost
from .training.evaluation import Likelihood, evaluate, marginal_baseline, markov_baseline
from .training.snapshot import Change, LayerHealth, TrainingSnapshot, Update
from .training.start import Start
from .training.trainer import Trainer
from .training.weights import WeightSnapshot, nearest_snapshot

__version__: str

__all__ = [
    "PRESETS",
    "Advice",
    "Between",
    "BusyError",
    "Change",
    "CheckpointError",
    "Cluster",
    "ClusterError",
    "ConfigError",
    "Connection",
    "Continuation",
    "Copies",
    "CopyIndex",
    "Corpus",
    "CorpusError",
    "Cost",
    "DamageWarning",
    "Diagnosis",
    "Ends",
    "Expression",
    "Facts",
    "Favourite",
    "GridSuggestion",
    "Job",
    "LSTMMusicError",
    "LayerHealth",
    "LayerUnits",
    "Likelihood",
    "LostNotes",
    "Match",
    "Measures",
    "Metre",
    "MidiError",
    "MidiPlayer",
    "Moment",
    "NetworkConfig",
    "NoteTable",
    "Notes",
    "NullPlayer",
    "Operation",
    "Overview",
    "Part",
    "PartCount",
    "PitchCount",
    "PlaybackError",
    "Player",
    "Playing",
    "PrimerSource",
    "Processes",
    "PygamePlayer",
    "RankedTune",
    "Recipe",
    "Reference",
    "Regeneration",
    "Remedy",
    "RollConfig",
    "Run",
    "RunProgress",
    "Sampler",
    "SaveError",
    "Score",
    "Source",
    "StackedLSTM",
    "Start",
    "StateGradients",
    "Stretch",
    "Studio",
    "Surprise",
    "SurprisingNote",
    "SweepResult",
    "Take",
    "Texture",
    "Trainer",
    "TrainingConfig",
    "TrainingError",
    "TrainingSnapshot",
    "Tune",
    "Update",
    "Verdict",
    "WeightSnapshot",
    "advise",
    "as_code",
    "as_command",
    "branch",
    "choose_device",
    "connection_strengths",
    "continue_edited",
    "convert_grid",
    "copied",
    "count_lost_notes",
    "delete_favourite",
    "delete_run",
    "describe_grids",
    "describe_loaded",
    "describe_step",
    "diagnose",
    "divergence_by_past",
    "duplicate_run",
    "estimate_cost",
    "evaluate",
    "explain",
    "export_page",
    "find_collapses",
    "find_copies",
    "find_favourites",
    "find_notes",
    "find_remedy",
    "find_runs",
    "first_difference",
    "generate",
    "generate_takes",
    "gradient_histograms",
    "gradient_through_time",
    "histogram_edges",
    "leave_a_core",
    "list_midi_devices",
    "list_parts",
    "load_2016",
    "load_builtin",
    "load_bundled",
    "load_chorales",
    "load_favourite",
    "load_folder",
    "load_network",
    "load_pieces",
    "load_run",
    "load_start",
    "load_weight_snapshots",
    "load_weights",
    "marginal_baseline",
    "markov_baseline",
    "match_music",
    "measure",
    "measure_ends",
    "measure_playing",
    "measure_texture",
    "most_surprising",
    "nearest_snapshot",
    "open_corpus",
    "open_midi_player",
    "open_player",
    "operate",
    "order_by_firing",
    "order_by_likeness",
    "parse_metre",
    "plot_loss",
    "plot_probabilities",
    "plot_roll",
    "plot_take",
    "rank",
    "read_chosen_parts",
    "read_midi",
    "read_original",
    "read_score",
    "read_units",
    "regenerate",
    "rename_favourite",
    "rename_run",
    "render_wav",
    "restore_favourite",
    "restore_run",
    "save_2016",
    "save_favourite",
    "save_run",
    "store_corpus",
    "store_upload",
    "strongest_moments",
    "suggest_grids",
    "surprise",
    "survey",
    "sweep",
    "train",
    "train_together",
    "unit_effect",
    "weight_histograms",
    "write_csv",
    "write_curves",
    "write_midi",
    "write_picture",
    "write_score",
]
