"""How similar to the training music are takes of each output, in numbers?"""

from __future__ import annotations

import argparse
import json
import logging
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from benchmarks.matfiles import load_mat
from benchmarks.nll import train
from lstmmusic.config import Output, RollConfig
from lstmmusic.errors import CorpusError
from lstmmusic.generation.sampler import Take, generate
from lstmmusic.music.builtin import COLLECTIONS
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import load_builtin, load_folder
from lstmmusic.music.pitches import PITCH_CLASSES
from lstmmusic.music.roll import Tune
from lstmmusic.music.statistics import (
    Measures,
    copied,
    find_collapses,
    measure,
    measure_ends,
    measure_playing,
)
from lstmmusic.network.model import StackedLSTM
from lstmmusic.presets import PRESETS

logger = logging.getLogger(__name__)

PRIMER_STEPS = 16


def add_command(commands: Any) -> None:
    """Add `music` to the command line."""
    parser = commands.add_parser("music", help=__doc__)
    parser.add_argument(
        "music",
        metavar="FILE.mat|NAME|FOLDER",
        help="a set of Boulanger-Lewandowski et al. (2012), a built-in collection, or a folder of music",
    )
    parser.add_argument("--beats", type=float, help="time step in quarter notes (default: 0.3 seconds)")
    parser.add_argument(
        "--primers",
        choices=("validation", "training"),
        default="validation",
        help="the tunes whose openings are continued (default: validation)",
    )
    parser.add_argument(
        "--outputs", nargs="+", choices=get_args(Output), default=get_args(Output), help="(default: all)"
    )
    parser.add_argument("--takes", type=int, default=100, help="takes of each output (default: 100)")
    parser.add_argument("--steps", type=int, default=100, help="length of each take (default: 100)")
    parser.add_argument(
        "--longest", type=int, default=400, help="of takes that may end by themselves, in steps (default: 400)"
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="training time of each output (default: 10)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads (default: all cores)")
    parser.add_argument("--picture", type=Path, default=Path("music.png"), help="to write (default: music.png)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Train all outputs and generate takes; print a line of JSON for each set of tunes, and draw a picture."""
    torch.set_num_threads(arguments.threads)
    config = None if arguments.beats is None else RollConfig(step=arguments.beats, unit="beats")
    training, validation, test = load(arguments.music, config)
    primers = (training if arguments.primers == "training" else validation).tunes
    ended: dict[str, Sequence[Tune]] = {"training": training.tunes, "test": test.tunes}
    sets = ended | {"originals": originals(primers, arguments.takes, arguments.steps)}
    for output in arguments.outputs:
        network, preset = PRESETS["recommended"]
        network = replace(network, pitches=training.config.pitches, output=output)
        trainer = train(
            training, validation, network, replace(preset, seed=arguments.seed), arguments.minutes, arguments.device
        )
        trained = trainer.best_network()
        takes = continue_tunes(trained, primers, arguments.takes, arguments.steps)
        sets[output] = [take.generated for take in takes]
        until_end = continue_tunes(trained, primers, arguments.takes, arguments.longest, until_end=True)
        ended[output] = [take.generated for take in until_end if take.ended]
    for name, tunes in sets.items():
        figures = compare(tunes, training.tunes, ended.get(name, ()))
        print(json.dumps({"of": name, "tunes": len(tunes)} | {key: _to_json(value) for key, value in figures.items()}))
    logger.info("null: not known, such as the velocities of tunes that have none, or infinite")
    draw(sets, {name: measure(tunes) for name, tunes in sets.items()}, arguments.picture)
    logger.info("wrote %s", arguments.picture)


def _to_json(value: float) -> float | None:
    return round(value, 5) if math.isfinite(value) else None


def load(music: str, config: RollConfig | None = None) -> tuple[Corpus, Corpus, Corpus]:
    """Load a set, or a built-in collection or a folder with about a tenth each for validation and test."""
    if Path(music).suffix == ".mat":
        if config is not None:
            raise CorpusError("a set of rolls has a grid of its own; leave out --beats")
        return load_mat(music)
    rest, test = load_corpus(music, config).split(0.1, seed=1)
    return *rest.split(0.11, seed=1), test


def load_corpus(music: str, config: RollConfig | None = None) -> Corpus:
    """Load a built-in collection, or a folder."""
    return (load_builtin if music in COLLECTIONS else load_folder)(music, config, quiet=True)


def continue_tunes(
    network: StackedLSTM, primers: Sequence[Tune], takes: int, steps: int, *, until_end: bool = False
) -> list[Take]:
    """Let a network continue the opening of each tune in turn.

    Without a threshold and at temperature 1, as it was trained.
    """
    openings = [tune.part(0, PRIMER_STEPS) for tune in primers if len(tune) >= PRIMER_STEPS]
    return [
        generate(
            network,
            openings[take % len(openings)],
            steps,
            threshold=0,
            seed=take,
            until_end=until_end,
            quiet=True,
        )
        for take in range(takes)
    ]


def originals(primers: Sequence[Tune], takes: int, steps: int) -> list[Tune]:
    """Return what follows the openings of `continue_tunes` in the music itself, each once, and at most as long."""
    longer = [tune for tune in primers if len(tune) > PRIMER_STEPS]
    return [tune.part(PRIMER_STEPS, min(PRIMER_STEPS + steps, len(tune))) for tune in longer[:takes]]


def compare(tunes: Sequence[Tune], training: Sequence[Tune], ended: Sequence[Tune]) -> dict[str, float]:
    """Return all figures of a set, given those of its tunes that end and were not cut.

    Those that compare a set with the training tunes are 0 for these.
    """
    own, known = measure(tunes), measure(training)
    playing, known_playing = measure_playing(tunes), measure_playing(training)
    is_training = tunes is training
    numbers = vars(own) | vars(playing) | vars(measure_ends(ended))
    return {name: value for name, value in numbers.items() if isinstance(value, float)} | {
        "velocity_total_variation": total_variation(playing.velocity_levels, known_playing.velocity_levels),
        "ended": len(ended) / len(tunes),
        "chord_size_total_variation": total_variation(own.chord_sizes, known.chord_sizes),
        "pitch_class_divergence": divergence(own.pitch_classes, known.pitch_classes),
        "copied": 0.0 if is_training else copied(tunes, training),
        "collapsed": 0 if is_training else sum(how is not None for how in find_collapses(tunes, training)),
    }


def total_variation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the total variation distance of two distributions: 0 if they are equal, 1 if they are disjoint."""
    return float(0.5 * np.abs(one - other).sum())


def divergence(of: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return the Kullback-Leibler divergence from a reference, in nats; infinite where only that is zero."""
    positive = of > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(of[positive] * np.log(of[positive] / reference[positive])))


def draw(sets: dict[str, Sequence[Tune]], measures: dict[str, Measures], path: Path) -> None:
    """Plot the chord sizes and pitch classes of the sets, and a tune of each."""
    figure = Figure(figsize=(12, 7), layout="constrained")
    FigureCanvasAgg(figure)
    halves = ["sizes"] * len(sets) + ["classes"] * len(sets)
    axes = figure.subplot_mosaic([halves, [name for name in sets for _ in range(2)]])
    wide = 0.8 / len(sets)
    most = max(int(np.flatnonzero(own.chord_sizes > 0.002)[-1]) for own in measures.values())
    for number, (name, own) in enumerate(measures.items()):
        at = (number - (len(sets) - 1) / 2) * wide
        axes["sizes"].bar(np.arange(most + 1) + at, own.chord_sizes[: most + 1], wide, label=name)
        axes["classes"].bar(np.arange(12) + at, own.pitch_classes, wide)
    axes["sizes"].set(xlabel="simultaneous notes", ylabel="fraction of steps", xticks=range(most + 1))
    axes["sizes"].legend()
    axes["classes"].set(xlabel="pitch class", ylabel="fraction of notes")
    axes["classes"].set_xticks(range(12), PITCH_CLASSES)
    rolls = {name: tunes[0].roll[:64].T for name, tunes in sets.items()}
    used = np.flatnonzero(np.any([roll.any(axis=1) for roll in rolls.values()], axis=0))
    lowest = sets["training"][0].config.lowest
    for name, roll in rolls.items():
        axes[name].imshow(
            roll[used[0] : used[-1] + 1],
            origin="lower",
            aspect="auto",
            cmap="gray_r",
            extent=(0, roll.shape[1], lowest + used[0] - 0.5, lowest + used[-1] + 0.5),
        )
        axes[name].set(title=name, xlabel="step", ylabel="MIDI pitch")
    figure.savefig(path, dpi=100)
