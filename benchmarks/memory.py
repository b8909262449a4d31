"""How much memory does a large corpus take? Ten thousand tunes in training, above what an empty Python takes."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any

import numpy as np

from lstmmusic.config import RollConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.training.trainer import Trainer

BAR = 1024  # mebibytes

# The peak of resident memory of a process, as Linux tells it. What the module `resource` tells has in it the memory of
# the process that started this one.
PEAK = "next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM'))"


def add_command(commands: Any) -> None:
    """Add `memory` to the command line."""
    parser = commands.add_parser("memory", help=__doc__)
    parser.add_argument("--tunes", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=2_000, help="of each tune (default: 2000)")
    parser.add_argument("--updates", type=int, default=5, help="of training (default: 5)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Train in a process of its own, and print one line of JSON."""
    sizes = arguments.tunes, arguments.steps, arguments.updates
    empty = kibibytes_at_most("")
    training = kibibytes_at_most(f"from benchmarks.memory import train; train{sizes}")
    row = {
        "work": f"{arguments.updates} updates on {arguments.tunes:,} tunes of {arguments.steps:,} frames",
        "mebibytes": round((training - empty) / 1024, 1),
        "bar": BAR,
    }
    print(json.dumps(row))


def kibibytes_at_most(code: str) -> int:
    """Run Python in a process of its own; return the most memory that it had."""
    command = [sys.executable, "-c", f"{code}\nprint({PEAK})"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def train(tunes: int, steps: int, updates: int) -> None:
    """Make noise with as many notes as music has, and begin to learn it with the default settings."""
    config = RollConfig()
    random = np.random.default_rng(0)
    made = []
    for number in range(tunes):
        roll = (random.random((steps, config.pitches), np.float32) < 0.045).view(np.uint8)
        onsets = roll.copy()
        onsets[1:] &= 1 - roll[:-1]
        made.append(Tune(roll, f"noise {number}", config, onsets))
    # Few are held out: their loss is measured before the first update, a batch at a time, which takes long for many.
    trainer = Trainer(*Corpus("noise", config, tuple(made)).split(0.001))
    for _ in zip(range(updates), trainer.steps(), strict=False):
        pass
