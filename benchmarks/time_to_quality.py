"""How soon is it as good as plain training at its best, and as an earlier preset?"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import repeat
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmarks.matfiles import load_mat
from benchmarks.music import load_corpus
from benchmarks.nll import plan_epochs
from benchmarks.plain import PlainNetwork
from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import choose_device
from lstmmusic.presets import PRESETS, Preset
from lstmmusic.training.batches import Rolls
from lstmmusic.training.evaluation import evaluate
from lstmmusic.training.trainer import Trainer

Curve = Sequence[tuple[float, float]]  # seconds, and the validation loss then

logger = logging.getLogger(__name__)

LEARNING_RATES = 1e-3, 3e-3, 1e-2  # of the plain way
EARLIER_NAME = "preset of 2b62f24"
RECOMMENDED = "recommended"
CLOCKS = {"wall": perf_counter, "CPU": process_time}
BARS = {"plain": 5.0, EARLIER_NAME: 3.0}  # how many times as fast as each, to its own best

# What `recommended` was in the commit 2b62f24.
EARLIER = Preset(
    NetworkConfig(hidden=(120, 120, 120), skip=True, cell="standard", output="joint", joint_hidden=128),
    TrainingConfig(
        loss="cross-entropy",
        optimizer="adam",
        learning_rates=(4e-3, 4e-3, 4e-3, 4e-3),
        clip=1.0,
        clip_kind="norm",
        batch_size=8,
        length=100,
        transpose=6,
        updates_per_batch=1,
        l1=0.0,
        initial_weight_std=None,
        initial_state_max=0.0,
        epsilon=1e-8,
        dropout=(0.1, 0.4, 0.4),
        drop_connect=0.3,
        weight_decay=0.1,
        ema_decay=0.998,
        learning_rate_decay=0.2,
    ),
)


@dataclass
class Race:
    """Training on a clock of its own, which stands still while others train, and during validation.

    Parameters
    ----------
    updates : iterator
        Each makes an update.
    validate : callable
        Returns the validation loss, in nats per step.
    clock : callable
        Returns seconds.
    """

    updates: Iterator[object]
    validate: Callable[[], float]
    clock: Callable[[], float] = perf_counter
    seconds: float = 0.0
    curve: list[tuple[float, float]] = field(default_factory=list)  # seconds, and the loss then
    finished: bool = False

    def warm_up(self) -> None:
        """Make the first update, in which torch loads and plans what it needs, outside of the clock."""
        next(self.updates)

    def train(self, until: float) -> None:
        """Train until the clock shows `until`, then validate."""
        began = self.clock() - self.seconds
        while self.seconds < until and not self.finished:
            self.finished = next(self.updates, self) is self
            self.seconds = self.clock() - began
        self.curve.append((self.seconds, self.validate()))


def add_command(commands: Any) -> None:
    """Add `time` to the command line."""
    parser = commands.add_parser("time", help=__doc__)
    parser.add_argument("music", metavar="FILE.mat|chorales|pieces|FOLDER", help="what to learn")
    parser.add_argument("--minutes", type=float, default=6.0, help="training time of each system (default: 6)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads (default: all cores)")
    parser.add_argument("--clock", default="wall", choices=list(CLOCKS), help="CPU on a busy machine (default: wall)")
    parser.add_argument("--at-once", action="store_true", help="each in a process of its own, where each has a core")
    parser.add_argument("--out", type=Path, help="JSON file to write the curves to (default: in the line of JSON)")
    parser.add_argument("--figure", type=Path, help="PNG file to draw the curves in (default: none)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Train all systems, print how soon `recommended` is as good as the others, and a line of JSON."""
    plain, ours = [f"plain, {rate:g}" for rate in LEARNING_RATES], [RECOMMENDED, EARLIER_NAME]
    curves = train_at_once(arguments, plain + ours) if arguments.at_once else train(arguments, plain + ours)
    best_plain = min(plain, key=lambda name: lowest(curves[name])[1])
    compared = {"plain": curves[best_plain], EARLIER_NAME: curves[EARLIER_NAME]}
    rows = {name: compare(curves[RECOMMENDED], curve, BARS[name]) for name, curve in compared.items()}
    print(f"{'to the best loss of':22} {'nats':>7} {'its s':>7} {'ours, s':>8} {'ratio':>7} {'bar':>5}")
    for name, row in rows.items():
        soon, ratio = ("never" if row[key] is None else row[key] for key in ("our_seconds", "ratio"))
        print(f"{name:22} {row['nats']:7} {row['seconds']:7} {soon:>8} {ratio:>7} {row['bar']:5}")
    result = {
        "data": Path(arguments.music).stem,
        "minutes": arguments.minutes,
        "clock": arguments.clock,
        "seed": arguments.seed,
        "device": str(choose_device(arguments.device)),
        "threads": arguments.threads,
        "at_once": arguments.at_once,
        "recommended_nats": lowest(curves[RECOMMENDED])[1],
        "plain_learning_rate": LEARNING_RATES[plain.index(best_plain)],
        **rows,
    }
    if arguments.figure:
        draw(curves, best_plain, rows, arguments.clock, arguments.figure)
    if arguments.out:
        arguments.out.write_text(json.dumps(curves) + "\n")
    print(json.dumps(result if arguments.out else result | {"curves": curves}))


def load(music: str) -> tuple[Corpus, Corpus]:
    """Load the training and validation tunes of a set, of a built-in collection, or of a folder."""
    if Path(music).suffix == ".mat":
        return load_mat(music)[:2]
    return load_corpus(music).split(0.15, seed=0)


def train_at_once(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, Curve]:
    """Train each system in a process of its own, all at the same time."""
    show_progress = partial(logging.basicConfig, level=logging.INFO, format="%(message)s")
    with ProcessPoolExecutor(len(names), multiprocessing.get_context("spawn"), show_progress) as processes:
        curves = processes.map(train, repeat(arguments), [[name] for name in names])
        return {name: curve for of_one in curves for name, curve in of_one.items()}


def train(arguments: argparse.Namespace, names: Sequence[str]) -> dict[str, Curve]:
    """Train systems in turn, and return their curves."""
    torch.set_num_threads(arguments.threads)
    training, validation = load(arguments.music)
    limit, seed, device = 60 * arguments.minutes, arguments.seed, str(choose_device(arguments.device))
    presets = {RECOMMENDED: PRESETS[RECOMMENDED], EARLIER_NAME: EARLIER}
    races = {}
    for name in names:
        if name in presets:
            races[name] = our_race(training, validation, presets[name], seed, limit, device)
        else:
            races[name] = plain_race(training, validation, float(name.removeprefix("plain, ")), seed, device)
        races[name].clock = CLOCKS[arguments.clock]
    train_alternately(races, limit)
    return {name: [(round(at, 2), round(loss, 4)) for at, loss in race.curve] for name, race in races.items()}


def our_race(training: Corpus, validation: Corpus, preset: Preset, seed: int, limit: float, device: str) -> Race:
    """Train with a preset, whose learning-rate decay is planned to end with the time."""
    network = replace(preset.network, pitches=training.config.pitches)
    config = replace(preset.training, seed=seed, epochs=1_000_000)
    # Without validation tunes, whose loss is measured outside of the clock.
    trainer = Trainer(training, None, network, config, device=device)

    def updates() -> Iterator[None]:
        for _ in trainer.steps():
            if race.seconds and trainer.position == 0 and trainer.repeats == 0:
                plan_epochs(trainer, race.seconds, limit)
            yield

    race = Race(updates(), lambda: evaluate(trainer.ema_network, validation.tunes).per_step)
    return race


def plain_race(training: Corpus, validation: Corpus, learning_rate: float, seed: int, device: str) -> Race:
    """Train the plain way, on crops like those of `recommended`."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = PlainNetwork(pitches=training.config.pitches, learning_rate=learning_rate).to(device)
    rolls = Rolls(training.tunes, torch.device(device))
    config = replace(PRESETS[RECOMMENDED].training, seed=seed)
    return Race(network.updates(rolls, config), lambda: evaluate(network.as_stacked(), validation.tunes).per_step)


def train_alternately(races: Mapping[str, Race], limit: float) -> None:
    """Let each train for a slice of its own clock in turn, so that other load meets all alike; log the progress."""
    for race in races.values():
        race.warm_up()
    clock = 0.0
    while clock < limit:
        # Fine enough to distinguish times a twentieth apart.
        clock = min(limit, clock + min(limit / 4, max(0.5, min(5.0, clock / 20))))
        for race in races.values():
            if race.seconds < clock and not race.finished:
                race.train(clock)
        losses = "  ".join(f"{name} {race.curve[-1][1]:.3f}" for name, race in races.items())
        logger.info("%4.0f s  %s", clock, losses)


def lowest(curve: Curve) -> tuple[float, float]:
    """Return the seconds after which the loss was lowest, and that loss."""
    return min(curve, key=lambda point: point[1])


def compare(ours: Curve, other: Curve, bar: float) -> dict[str, Any]:
    """Return how soon each reaches the other's lowest loss, and how many times as fast ours is; None if it does not."""
    seconds, loss = lowest(other)
    soon = next((seconds for seconds, own in ours if own <= loss), None)
    return {
        "nats": round(loss, 4),
        "seconds": round(seconds, 1),
        "our_seconds": None if soon is None else round(soon, 1),
        "ratio": None if soon is None else round(seconds / soon, 2),
        "bar": bar,
    }


def draw(curves: Mapping[str, Curve], best: str, rows: Mapping[str, Any], clock: str, path: Path) -> None:
    """Plot the curves, the lowest losses of the others, and when `recommended` reaches them."""
    colours = {RECOMMENDED: "tab:blue", best: "tab:red", EARLIER_NAME: "tab:green"}
    figure = Figure(figsize=(10, 5.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name, curve in curves.items():
        of_rest = name not in colours
        axes.plot(*zip(*curve, strict=True), color=colours.get(name, "silver"), linewidth=1 if of_rest else 2)
    first, last = (curves[RECOMMENDED][at][0] for at in (0, -1))
    ends = [curve[-1][1] for curve in curves.values()]
    lowest, highest = min(loss for name in colours for _, loss in curves[name]), max(ends)
    axes.set(xlabel=f"seconds of training ({clock} clock)", xscale="log")
    axes.set(ylabel="validation loss in nats per step (lower is better)")
    axes.set(
        xlim=(first / 1.05, last * 1.05), ylim=(lowest - 0.1 * (highest - lowest), highest + 0.15 * (highest - lowest))
    )
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda seconds, _: f"{seconds:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.spines[["top", "right"]].set_visible(False)
    for name, row, side in zip((best, EARLIER_NAME), rows.values(), ("right", "left"), strict=True):
        mark(axes, row, side, colours[name], colours[RECOMMENDED])
    label_ends(axes, sorted((curve[-1][1], name, colours.get(name, "gray")) for name, curve in curves.items()))
    figure.savefig(path, dpi=100)


def mark(axes: Axes, row: Mapping[str, Any], side: str, colour: str, our_colour: str) -> None:
    """Mark the lowest loss of another system and when both reach it, in words on the side where there is room."""
    axes.axhline(row["nats"], color=colour, linestyle="--", linewidth=1)
    axes.plot(row["seconds"], row["nats"], "o", color=colour)
    text = f"{row['nats']:.2f} nats: after {row['seconds']:g} s"
    if row["our_seconds"] is not None:
        axes.plot(row["our_seconds"], row["nats"], "o", color=our_colour)
        text += f", {RECOMMENDED} after {row['our_seconds']:g} s: {row['ratio']:.1f} times as fast"
    at = axes.get_xlim()[side == "right"], row["nats"]
    offset, below = ((4, 4), "bottom") if side == "left" else ((-4, -4), "top")
    axes.annotate(text, at, offset, textcoords="offset points", color=colour, ha=side, va=below)


def label_ends(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Name the curves beside their ends, given from the lowest up, without names that overlap."""
    low, high = axes.get_ylim()
    at = low
    for loss, name, colour in ends:
        at = max(loss, at + 0.05 * (high - low))
        axes.annotate(name, (1.01, at), xycoords=("axes fraction", "data"), color=colour, va="center")
