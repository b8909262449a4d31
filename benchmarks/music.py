"""How similar to the training music are takes of each output, in numbers?"""

from __future__ import annotations

import argparse
import json
import logging
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
from lstmmusic.config import Output
from lstmmusic.generation.sampler import generate
from lstmmusic.music.builtin import COLLECTIONS
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import load_builtin, load_folder
from lstmmusic.music.pitches import PITCH_CLASSES
from lstmmusic.music.roll import Tune
from lstmmusic.music.statistics import Measures, copied, find_collapses, measure
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
    parser.add_argument(
        "--outputs", nargs="+", choices=get_args(Output), default=get_args(Output), help="(default: all)"
    )
    parser.add_argument("--takes", type=int, default=100, help="takes of each output (default: 100)")
    parser.add_argument("--steps", type=int, default=100, help="length of each take (default: 100)")
    parser.add_argument("--minutes", type=float, default=10.0, help="training time of each output (default: 10)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads (default: all cores)")
    parser.add_argument("--picture", type=Path, default=Path("music.png"), help="to write (default: music.png)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Train all outputs and generate takes; print a line of JSON for each set of tunes, and draw a picture."""
    torch.set_num_threads(arguments.threads)
    training, validation, test = load(arguments.music)
    sets: dict[str, Sequence[Tune]] = {"training": training.tunes, "test": test.tunes}
    for output in arguments.outputs:
        network, config = PRESETS["recommended"]
        network = replace(network, pitches=training.config.pitches, output=output)
        trainer = train(
            training, validation, network, replace(config, seed=arguments.seed), arguments.minutes, arguments.device
        )
        sets[output] = continue_tunes(trainer.best_network(), validation.tunes, arguments.takes, arguments.steps)
    measures = {name: measure(tunes) for name, tunes in sets.items()}
    for name, tunes in sets.items():
        print(json.dumps({"of": name, "tunes": len(tunes)} | compare(tunes, measures[name], training.tunes, measures)))
    draw(sets, measures, arguments.picture)
    logger.info("wrote %s", arguments.picture)


def load(music: str) -> tuple[Corpus, Corpus, Corpus]:
    """Load a set, or a built-in collection or a folder with about a tenth each for validation and test."""
    if Path(music).suffix == ".mat":
        return load_mat(music)
    rest, test = load_corpus(music).split(0.1, seed=1)
    return *rest.split(0.11, seed=1), test


def load_corpus(music: str) -> Corpus:
    """Load a built-in collection, or a folder."""
    return load_builtin(music, quiet=True) if music in COLLECTIONS else load_folder(music, quiet=True)


def continue_tunes(network: StackedLSTM, primers: Sequence[Tune], takes: int, steps: int) -> list[Tune]:
    """Let a network continue the opening of each tune in turn; return only what it generated.

    Without a threshold and at temperature 1, as it was trained.
    """
    openings = [tune.part(0, PRIMER_STEPS) for tune in primers if len(tune) >= PRIMER_STEPS]
    return [
        generate(network, openings[take % len(openings)], steps, threshold=0, seed=take, quiet=True).generated
        for take in range(takes)
    ]


def compare(
    tunes: Sequence[Tune], own: Measures, training: Sequence[Tune], measures: dict[str, Measures]
) -> dict[str, Any]:
    """Return all figures of a set; for the training set, those that compare with it are 0."""
    numbers = {name: value for name, value in vars(own).items() if isinstance(value, float)}
    known = measures["training"]
    is_training = own is known
    compared = {
        "chord_size_total_variation": total_variation(own.chord_sizes, known.chord_sizes),
        "pitch_class_divergence": divergence(own.pitch_classes, known.pitch_classes),
        "copied": 0.0 if is_training else copied(tunes, training),
        "collapsed": 0 if is_training else sum(how is not None for how in find_collapses(tunes, training)),
    }
    return {name: round(value, 5) for name, value in (numbers | compared).items()}


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
