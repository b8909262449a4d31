"""How much memory does training on ten thousand tunes take, above that of an empty Python process?"""

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

# Peak resident memory of a process on Linux. The figure of the module `resource` includes the memory of the process
# that started this one.
PEAK = "next(int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmHWM'))"


def add_command(commands: Any) -> None:
    """Add `memory` to the command line."""
    parser = commands.add_parser("memory", help=__doc__)
    parser.add_argument("--tunes", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=2_000, help="length of each tune (default: 2000)")
    parser.add_argument("--updates", type=int, default=5, help="number of training updates (default: 5)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Train in a separate process, and print one line of JSON."""
    sizes = arguments.tunes, arguments.steps, arguments.updates
    empty = peak_kibibytes("")
    training = peak_kibibytes(f"from benchmarks.memory import train; train{sizes}")
    row = {
        "work": f"{arguments.updates} updates on {arguments.tunes:,} tunes of {arguments.steps:,} steps",
        "mebibytes": round((training - empty) / 1024, 1),
        "bar": BAR,
    }
    print(json.dumps(row))


def peak_kibibytes(code: str) -> int:
    """Run Python code in a separate process; return its peak memory."""
    command = [sys.executable, "-c", f"{code}\nprint({PEAK})"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def train(tunes: int, steps: int, updates: int) -> None:
    """Make noise with as many notes as music has, and train on it with the default settings."""
    config = RollConfig()
    random = np.random.default_rng(0)
    made = []
    for number in range(tunes):
        roll = (random.random((steps, config.pitches), np.float32) < 0.045).view(np.uint8)
        onsets = roll.copy()
        onsets[1:] &= 1 - roll[:-1]
        made.append(Tune(roll, f"noise {number}", config, onsets, velocities=onsets * np.uint8(80)))
    # Few validation tunes: their loss is computed before the first update, one batch at a time, which would take long.
    trainer = Trainer(*Corpus("noise", config, tuple(made)).split(0.001))
    for _ in zip(range(updates), trainer.steps(), strict=False):
        pass
