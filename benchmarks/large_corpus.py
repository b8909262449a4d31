"""What does a corpus that is larger than memory cost: how much memory, and how much speed?

The tunes are noise with as many notes as music has, a few of them over and over: their rolls differ in nothing that
costs memory or time, and a hundred thousand are made in a minute.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from benchmarks.memory import peak_kibibytes
from lstmmusic.config import RollConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.music.storing import open_corpus, writing
from lstmmusic.network.devices import keep_freed_memory
from lstmmusic.training.batches import Crops, Rolls, epoch_crops
from lstmmusic.training.trainer import Trainer

TUNES, STEPS = 100_000, 1_000
MEBIBYTES, SPEED = 1024, 0.9  # what it must reach

KINDS = 64  # different tunes
WINDOWS = 4  # that are read for the peak of the memory


def add_command(commands: Any) -> None:
    """Add `corpus` to the command line."""
    parser = commands.add_parser("corpus", help=__doc__)
    parser.add_argument("--tunes", type=int, default=TUNES)
    parser.add_argument("--steps", type=int, default=STEPS, help="length of each tune (default: 1000)")
    parser.add_argument("--times", type=int, default=50, help="updates that are timed each way (default: 50)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print a line of JSON for each figure."""
    for row in measure(arguments.tunes, arguments.steps, arguments.times):
        print(json.dumps(row), flush=True)


def measure(tunes: int = TUNES, steps: int = STEPS, times: int = 50) -> Iterator[dict[str, Any]]:
    """Make a corpus, and measure the memory and the speed of training on it: a dict for each figure."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "large.corpus")
        began = time.perf_counter()
        make(path, tunes, steps)
        size = path.stat().st_size / 2**20
        yield {
            "work": f"making {tunes:,} tunes of {steps:,} steps",
            "seconds": round(time.perf_counter() - began, 1),
            "mebibytes": round(size, 1),
        }
        empty = peak_kibibytes("import torch")
        code = f"from benchmarks.large_corpus import train; train({str(path)!r})"
        yield {
            "work": f"training on {tunes:,} tunes of {steps:,} steps, peak memory above a process with torch alone",
            "mebibytes": round((peak_kibibytes(code) - empty) / 1024, 1),
            "bar": MEBIBYTES,
        }
        yield from time_updates(path, min(tunes, 4_000), times)


def make(path: Path, tunes: int, steps: int) -> None:
    """Write a corpus of noise."""
    config, random = RollConfig(), np.random.default_rng(0)
    kinds = []
    for number in range(min(KINDS, tunes)):
        roll = (random.random((steps, config.pitches), np.float32) < 0.045).view(np.uint8)
        onsets = roll.copy()
        onsets[1:] &= 1 - roll[:-1]
        loudness = onsets * random.integers(1, 128, onsets.shape, np.uint8)
        kinds.append(Tune(roll, f"noise {number}", config, onsets, velocities=loudness))
    with writing(path, config, durable=False) as writer:
        for number in range(tunes):
            writer.add(kinds[number % len(kinds)])
        writer.end("noise", None, None)


def train(path: str, updates: int = 100) -> None:
    """Train on a stored corpus, read the tunes of some windows as an epoch does, and validate."""
    trainer = Trainer(*open_corpus(path).split(), device="cpu")
    for _ in islice(trainer.steps(), updates):
        pass
    _, crops = crops_of(trainer)
    for place in crops.ends[:WINDOWS]:
        trainer.position = place
        next(trainer.steps())


def crops_of(trainer: Trainer) -> tuple[Rolls, Crops]:
    """Return rolls like those of a trainer, none of which is in memory yet, and the crops of an epoch."""
    rolls, config = Rolls(trainer.training.tunes, trainer.device, trainer.network.config), trainer.config
    random = torch.Generator().manual_seed(config.seed)
    return rolls, epoch_crops(rolls, config.length, config.transpose, random, trainer.window)


def time_updates(path: Path, tunes: int, times: int) -> Iterator[dict[str, Any]]:
    """Time updates on some tunes of a stored corpus, and on the same tunes in memory, in turn."""
    keep_freed_memory()
    whole = open_corpus(path)
    stored = replace(whole, tunes=whole.tunes[:tunes])
    memory = Corpus(whole.name, whole.config, tuple(stored.tunes))
    trainers = [Trainer(corpus, device="cpu") for corpus in (stored, memory)]
    trainers[1].window = trainers[0].window  # the same crops, in the same order
    runs = [trainer.steps() for trainer in trainers]
    for run in runs:
        next(run)  # which reads the first window
    seconds: list[list[float]] = [[], []]
    busy: list[list[float]] = [[], []]
    losses: list[list[float]] = [[], []]
    for turn in range(times):
        for way in (0, 1) if turn % 2 else (1, 0):
            began, worked = time.perf_counter(), time.process_time()
            losses[way].append(next(runs[way]).loss)
            seconds[way].append(time.perf_counter() - began)
            busy[way].append(time.process_time() - worked)
    rolls, crops = crops_of(trainers[0])
    began, worked = time.perf_counter(), time.process_time()
    for place in (0, *crops.ends[:-1]):
        rolls.hold(crops.tunes_at(place))
    # In an epoch, each window is read once.
    updates = len(crops) / trainers[0].config.batch_size
    reading, working = (time.perf_counter() - began) / updates, (time.process_time() - worked) / updates
    ours, theirs = median(seconds[0]) + reading, median(seconds[1])
    yield {
        "work": f"updates on {tunes:,} tunes in a file, against in memory",
        "ours_ms": round(1000 * ours, 2),
        "of_it_reading_ms": round(1000 * reading, 3),
        "plain_ms": round(1000 * theirs, 2),
        "ratio": round(theirs / ours, 3),
        "cpu_ratio": round(median(busy[1]) / (median(busy[0]) + working), 3),  # other programs change it less
        "bar": SPEED,
        "same_losses": losses[0] == losses[1],
        "threads": torch.get_num_threads(),
    }
