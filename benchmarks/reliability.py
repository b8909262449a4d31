"""How reliable is it? Files of all kinds, killed processes, repeated starts and stops, and long runs."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
import torch

from lstmmusic.base.jobs import Job
from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import MidiError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.formats.reading import read_file
from lstmmusic.music.loading import load_pieces
from lstmmusic.music.roll import quantise
from lstmmusic.runs.checkpoint import load_run, save_run
from lstmmusic.studio.session import Session
from lstmmusic.training.trainer import Trainer

NETWORK = NetworkConfig(hidden=(8, 8, 8), joint_hidden=8)
CONFIG = TrainingConfig(batch_size=2, length=20, epochs=100_000)


def add_command(commands: Any) -> None:
    """Add `reliability` to the command line."""
    parser = commands.add_parser("reliability", help=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, help="folders of files to read, music or not")
    parser.add_argument("--kills", type=int, default=0, help="how often to kill a process that trains and saves")
    parser.add_argument("--cycles", type=int, default=0, help="how often to start and stop a run")
    parser.add_argument("--hours", type=float, default=0.0, help="duration of training with autosave")
    parser.add_argument("--seed", type=int, default=0)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Measure each part in a separate process; print a row and a line of JSON for each figure."""
    for folder in arguments.folders:
        in_subprocess(read_folder, folder)
    if arguments.kills:
        in_subprocess(kill, arguments.kills, arguments.seed)
    if arguments.cycles:
        in_subprocess(start_and_stop, arguments.cycles)
    if arguments.hours:
        in_subprocess(train_on, arguments.hours)


def in_subprocess(measure: Callable[..., None], *arguments: Any) -> None:
    """Call a function of this module in a forked process, in which everything is imported already."""
    process = multiprocessing.get_context("fork").Process(target=measure, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        report(f"{measure.__name__}{arguments} ended its process", process.exitcode, "as exit status", 0)


def report(work: str, value: float, unit: str, bar: float | None) -> None:
    """Print a row and its line of JSON; `bar` is the largest acceptable value."""
    print(f"{work:60} {value:12,.4g} {unit:12} {'' if bar is None else f'{bar:g}'}")
    print(json.dumps({"work": work, "value": value, "unit": unit, "bar": bar}), flush=True)


def read_folder(folder: Path) -> None:
    """Read and quantise every file of a folder, regardless of its extension."""
    refused = crashes = 0
    slowest = 0.0
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    for path in paths:
        began = time.perf_counter()
        try:
            quantise(read_file(path), RollConfig())
        except MidiError as error:
            refused += 1
            crashes += not str(error)
        except Exception as error:  # noqa: BLE001 - these are counted
            crashes += 1
            print(f"{path}: {error!r}", file=sys.stderr)
        slowest = max(slowest, time.perf_counter() - began)
    name = folder.name
    report(f"{name}: files read", len(paths), "files", None)
    report(f"{name}: refused, each with a reason in words", refused, "files", None)
    report(f"{name}: exceptions that escaped", crashes, "files", 0)
    report(f"{name}: slowest file", slowest, "seconds", 10)
    report(f"{name}: peak memory of the process, including torch", peak_memory(), "MB", 500)


def peak_memory() -> float:
    """Return the peak memory of this process on Linux, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6


def openings() -> tuple[Corpus, Corpus]:
    """Return a small corpus, so that updates are fast."""
    pieces = load_pieces(quiet=True)
    return replace(pieces, tunes=tuple(tune.part(0, 50) for tune in pieces.tunes)).split(0.2)


def kill(times: int, seed: int) -> None:
    """Repeatedly kill a process that trains and saves, and check what is left each time."""
    torch.set_num_threads(1)
    generator = random.Random(seed)
    music = openings()
    whole = Trainer(*music, NETWORK, CONFIG, device="cpu")
    steps = whole.steps()
    survived = lost = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.safetensors")
        for _ in range(times):
            reported = kill_once(path, music, generator.uniform(0, 0.05))
            left = load_run(path, *music, device="cpu")
            made = len(left.losses)
            # The uninterrupted run catches up.
            list(islice(steps, made - len(whole.losses)))
            lost += max(0, reported - made)
            survived += is_same(left, whole) and reported <= made <= reported + 1
    report(f"kills of {times}, at random moments, after which the run resumed bit-exactly", survived, "kills", None)
    report("saved updates that were lost", lost, "updates", 0)


def kill_once(path: Path, music: tuple[Corpus, Corpus], wait: float) -> int:
    """Let a process resume a run and save each update; kill it; return how many updates it reported as saved."""
    reading, writing = os.pipe()
    # Forked, since starting Python takes a hundred times as long; no other thread runs in this process.
    child = os.fork()
    if not child:
        trainer = (
            load_run(path, *music, device="cpu") if path.exists() else Trainer(*music, NETWORK, CONFIG, device="cpu")
        )
        for _ in trainer.steps():
            save_run(trainer, path)
            os.write(writing, len(trainer.losses).to_bytes(8, "little"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        first = pipe.read(8)
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        numbers = first + pipe.read()
    return int.from_bytes(numbers[-8:], "little")


def is_same(one: Trainer, other: Trainer) -> bool:
    """Return whether two runs have bit-identical losses, weights and states of their random generators."""
    weights = (run.network.state_dict().values() for run in (one, other))
    return (
        one.losses == other.losses
        and all(torch.equal(*pair) for pair in zip(*weights, strict=True))
        and torch.equal(one.learner.random.get_state(), other.learner.random.get_state())
    )


def start_and_stop(times: int) -> None:
    """Start and stop the training of one network; print what the process leaked after the first tenth."""
    torch.set_num_threads(1)
    trainer = Trainer(*openings(), NETWORK, CONFIG, device="cpu")
    before = usage()
    for number in range(times):
        if number == times // 10:
            before = usage()
        job = Job(trainer.steps(), observe=trainer.snapshot)
        job.start()
        job.request_snapshot().result(60)
        job.stop()
        job.wait(60)
    report_growth(f"{times} times start and stop", before)


def train_on(hours: float) -> None:
    """Train with autosave for hours; print what the process leaked after a tenth of them, and in the second half."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        session = Session(Path(folder))
        session.start(*load_pieces(quiet=True).split(0.2), NetworkConfig(), TrainingConfig(epochs=1_000_000), "cpu")
        before = half = usage()
        for passed in ticks(hours * 3600):
            session.autosave()
            if passed < hours * 360:
                before = usage()
            if passed < hours * 1800:
                half = usage()
        saved = session.saved[0]
        report(f"{hours:g} hours of training: MB gained in the second half", usage()[2] - half[2], "MB", None)
        report_growth(f"{hours:g} hours of training, {saved:,} updates saved", before)
        session.release()
        report("problems with saving", int(bool(session.problem)), "problems", 0)


def ticks(seconds: float) -> Iterator[float]:
    """Yield the seconds that have passed, five times a second, as often as the studio checks whether to save."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        yield passed
        time.sleep(0.2)


def usage() -> tuple[int, int, float]:
    """Return the threads and open files of this process, and its memory in MB."""
    process = psutil.Process()
    return threading.active_count(), process.num_fds(), process.memory_info().rss / 1e6


def report_growth(work: str, before: tuple[int, int, float]) -> None:
    """Print how much more of each resource this process uses than before."""
    units = (("threads", 0), ("file handles", 0), ("MB", None))
    for now, then, (unit, bar) in zip(usage(), before, units, strict=True):
        report(f"{work}: {unit} gained", now - then, unit, bar)
