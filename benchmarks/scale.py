"""What do more machines bring, what does it cost if one fails, and where does it end?

Two nodes of one core each, of a Ray that is started here for the purpose, stand for two machines. "One after the other"
has the same number of threads for each run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psutil
import torch

from benchmarks import large_corpus
from lstmmusic.base.cluster import connected
from lstmmusic.cluster.training import train_together
from lstmmusic.config import Cluster, NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import LSTMMusicError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.formats.reading import read_file
from lstmmusic.music.intake import find, find_files
from lstmmusic.music.loading import load_folder
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune
from lstmmusic.music.source import Source
from lstmmusic.runs.recipe import Recipe
from lstmmusic.runs.training import train
from lstmmusic.sweeps.execution import Executor, PlannedRun
from lstmmusic.sweeps.processes import Processes
from lstmmusic.sweeps.trials import Trials
from lstmmusic.training.trainer import Trainer

PARTS = ("sweep", "failures", "together", "intake", "corpus")
WORKERS = 2
RUNS = 6
FASTER = 1.7  # the sweep, on two workers
EQUAL = 1e-5

# Long enough that the start of Ray Tune is a small part of it, as in any sweep that is worth a cluster.
SECONDS_OF_A_RUN = 20.0

FILES = 20_000
MANY_FILES, MANY_RUNS = 1_000_000, 1_000
MACHINES = (1, 8, 64)
MINUTES_OF_A_RUN = 10.0  # as in the results of `nll`

NETWORK = NetworkConfig(hidden=(64, 64, 64), output="joint")
TRAINING = TrainingConfig(batch_size=8, length=100)


def add_command(commands: Any) -> None:
    """Add `scale` to the command line."""
    parser = commands.add_parser("scale", help=__doc__)
    parser.add_argument("parts", nargs="*", help=f"which of {', '.join(PARTS)} (default: all, in about 8 minutes)")
    parser.add_argument("--files", type=int, default=FILES, help=f"files to read (default: {FILES})")
    parser.add_argument("--seconds", type=float, default=SECONDS_OF_A_RUN, help="that a run of the sweep trains")
    parser.add_argument("--tunes", type=int, default=large_corpus.TUNES, help="of the large corpus")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print a line of JSON for each measurement, and a table on paper."""
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        raise LSTMMusicError(f"there is no part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    parts = arguments.parts or PARTS
    torch.set_num_threads(1)
    costs: dict[str, float] = {}
    with TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["LSTMMUSIC_CACHE"] = str(folder / "cache")
        if set(parts) - {"corpus"}:
            recipe = make_recipe(folder)
            with two_machines() as address:
                if "sweep" in parts:
                    show(time_sweep(recipe, folder, address, arguments.seconds, costs))
                if "failures" in parts:
                    show(lose_a_worker_of_a_sweep(recipe, folder, address))
                if "together" in parts:
                    show(train_with_two(recipe, folder, address))
                if "intake" in parts:
                    show(time_intake(folder, address, arguments.files, costs))
    if "corpus" in parts:
        show(large_corpus.measure(arguments.tunes))
    if costs:
        show(on_paper(costs))


def show(rows: Iterator[dict[str, Any]]) -> None:
    """Print each row with the load of the machine at the time."""
    for row in rows:
        print(json.dumps(row | {"load": round(os.getloadavg()[0], 1)}), flush=True)


@contextmanager
def two_machines() -> Iterator[str]:
    """Start a Ray with two nodes of one core, be connected to it, and yield its address."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster as LocalCluster

    node = {"num_cpus": 1, "object_store_memory": 200_000_000, "include_dashboard": False}
    cluster = LocalCluster(initialize_head=True, head_node_args=node)
    try:
        for _ in range(WORKERS - 1):
            cluster.add_node(num_cpus=1, object_store_memory=200_000_000)
        with connected(cluster.address):
            yield cluster.address
    finally:
        cluster.shutdown()


def make_tune(name: str, steps: int, seed: int) -> Tune:
    """Make a tune of noise with four notes in a step, each of which lasts for two."""
    random = np.random.default_rng(seed)
    notes = (random.random((steps // 2, 88)) < 0.045).astype(np.uint8)
    return Tune(notes.repeat(2, axis=0), name)


def make_recipe(folder: Path) -> Recipe:
    """Make music for the runs, and what they are made of."""
    music = folder / "music"
    for number in range(20):
        write_midi(make_tune(f"tune {number}", 200, number), music / f"tune {number}.mid")
    return Recipe(Source("folder", str(music), held_out=0.2, seed=0), RollConfig(), NETWORK, TRAINING)


def plan(recipe: Recipe, folder: Path, runs: int, epochs: int) -> list[PlannedRun]:
    """Plan runs that differ in their seed."""
    return [
        PlannedRun(
            f"run {number}",
            replace(recipe, training=replace(recipe.training, seed=number, epochs=epochs)),
            folder / "runs" / f"run {number}",
        )
        for number in range(runs)
    ]


def carry_out(executor: Executor, runs: list[PlannedRun]) -> tuple[float, dict[str, Any], float]:
    """Return the seconds that all runs took together, the last event of each, and the CPU time of their processes."""
    began = looked = time.perf_counter()
    ends: dict[str, Any] = {}
    spent: dict[int, float] = {}
    for event in executor.run(runs):
        if time.perf_counter() > looked + 1:
            spent |= processes_of_runs()
            looked = time.perf_counter()
        if event.kind != "progress":
            ends[event.name] = event
    return time.perf_counter() - began, ends, sum(spent.values())


def processes_of_runs() -> dict[int, float]:
    """Return the CPU time of each process that trains a run of a sweep."""
    spent = {}
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if any(word in " ".join(process.cmdline()) for word in ("ImplicitFunc", "lstmmusic.sweeps")):
                spent[process.pid] = sum(process.cpu_times()[:2])
    return spent


def time_sweep(
    recipe: Recipe, folder: Path, address: str, seconds: float, costs: dict[str, float]
) -> Iterator[dict[str, Any]]:
    """Compare six runs on two workers with six one after the other."""
    trial = replace(recipe, training=replace(recipe.training, epochs=1_000_000), minutes=5 / 60)
    *_, last = train(trial, folder / "trial", device="cpu")
    epochs = max(1, round(last.epoch * seconds / last.seconds))
    together, ends, busy = carry_out(Trials(Cluster(address)), plan(recipe, folder / "together", RUNS, epochs))
    executor = Processes(threads=1, device="cpu")
    alone, others, busy_alone = carry_out(executor, plan(recipe, folder / "alone", RUNS, epochs))
    trained = [sum(end.progress.seconds for end in each.values()) for each in (ends, others)]
    costs["start_of_a_run"] = max(0.0, WORKERS * together - trained[0]) / RUNS
    costs["bytes_of_a_run"] = float(next((folder / "together").rglob("*.safetensors")).stat().st_size)
    yield {
        "work": f"a sweep of {RUNS} runs of {seconds:g} s, on {WORKERS} workers against one process at a time",
        "ratio": round(alone / together, 2),
        "bar": FASTER,
        "seconds": round(together, 1),
        "alone": round(alone, 1),
        "finished": sum(end.kind == "finished" for end in ends.values()),
        "trained": [round(each, 1) for each in trained],
        "cpu_seconds": [round(busy, 1), round(busy_alone, 1)],
        "start_of_a_run": round(costs["start_of_a_run"], 2),
        "equal": files_equal(folder),
    }


def files_equal(folder: Path) -> bool:
    """Return whether the runs of both executors have the same weights and losses to the last bit."""
    from safetensors.torch import load_file

    for one in (folder / "together" / "runs").rglob("*.safetensors"):
        first, second = load_file(one), load_file(folder / "alone" / one.relative_to(folder / "together"))
        if first.keys() != second.keys() or not all(first[name].equal(second[name]) for name in first):
            return False
    return True


def kill_one(word: str) -> bool:
    """Kill a process of Ray that is named so; return whether there was one."""
    for process in psutil.Process().children(recursive=True):
        if word in " ".join(process.cmdline()):
            process.kill()
            return True
    return False


def lose_a_worker_of_a_sweep(recipe: Recipe, folder: Path, address: str) -> Iterator[dict[str, Any]]:
    """Kill the process of a run in the middle of a sweep."""
    interval = 1.0
    trials = Trials(Cluster(address, checkpoint_seconds=interval))
    made = dict.fromkeys(("run 0", "run 1"), 0)
    ends: dict[str, str] = {}
    before: dict[str, int] = {}  # when it was killed
    lost, rate = 0, 0.0
    for event in trials.run(plan(recipe, folder / "failing", 2, 1_000_000)):
        if event.progress:
            lost = max(lost, made[event.name] - event.progress.update)
            made[event.name] = event.progress.update
            rate = max(rate, event.progress.update / max(event.progress.seconds, 1e-6))
        if not before and min(made.values()) > 30 and kill_one("ImplicitFunc"):
            before = dict(made)
        if before and all(made[name] > before[name] + 30 for name in made):
            for name in made:
                trials.stop(name)
        if event.kind != "progress":
            ends[event.name] = event.kind
    yield {
        "work": f"a worker killed in a sweep, with a checkpoint each {interval:g} s",
        "runs_lost": sum(kind != "stopped" for kind in ends.values()),
        "updates_lost": lost,
        "updates_in_an_interval": round(rate * interval),
    }


def train_with_two(recipe: Recipe, folder: Path, address: str) -> Iterator[dict[str, Any]]:
    """Compare a run of two workers with the same run of one, whose mini-batch is that of both; kill one meanwhile."""
    training, validation = recipe.load_music()
    config = replace(TRAINING, batch_size=2 * TRAINING.batch_size, epochs=8, epsilon=1e-5)
    alone, together = (Trainer(training, validation, NETWORK, config, device="cpu") for _ in range(2))
    list(alone.steps())
    killed = lost = 0
    highest, began, first = 0, time.perf_counter(), 0.0
    for update in train_together(together, Cluster(address)):
        if update is None:
            continue
        first = first or time.perf_counter() - began
        lost = max(lost, highest - len(together.losses))
        highest = max(highest, len(together.losses))
        if not killed and highest > len(alone.losses) / 3:
            killed = int(kill_one("RayTrainWorker"))
    yield {
        "work": f"{WORKERS} workers against one with the whole mini-batch, one of them killed",
        "updates": len(together.losses),
        "largest_difference_of_a_loss": float(np.abs(np.subtract(together.losses, alone.losses)).max()),
        "largest_difference_of_a_validation": max(
            abs(one - two) for (_, one), (_, two) in zip(together.validations, alone.validations, strict=True)
        ),
        "bar": EQUAL,
        "killed": killed,
        "updates_lost": lost,
        "seconds_until_the_first_update": round(first, 1),
        "seconds_of_an_update": [round(each.seconds / len(each.losses), 4) for each in (together, alone)],
    }


def make_files(folder: Path, files: int) -> None:
    """Make MIDI files, a thousand in a folder: different ones of the same few hundred notes."""
    kinds = 16
    contents = []
    for kind in range(kinds):
        path = folder / f"kind {kind}.mid"
        write_midi(make_tune("kind", 200, kind), path)
        contents.append(path.read_bytes())
        path.unlink()
    for number in range(files):
        place = folder / f"{number // 1000}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.mid").write_bytes(contents[number % kinds])


def time_intake(folder: Path, address: str, files: int, costs: dict[str, float]) -> Iterator[dict[str, Any]]:
    """Compare the reading of many files on two workers with one, each with an empty cache."""
    music = folder / "files"
    make_files(music, files)
    read: list[tuple[float, float, Corpus]] = []
    for turn, cluster in enumerate((address, None)):
        os.environ["LSTMMUSIC_CACHE"] = str(folder / f"cache {turn}")
        began, busy = time.perf_counter(), time.process_time()
        with one_core(cluster is None):
            corpus = load_folder(music, quiet=True, cluster=cluster)
        read.append((time.perf_counter() - began, time.process_time() - busy, corpus))
    (seconds, busy, there), (alone, _, here) = read
    sample = list(itertools.islice(find_files(music)[0], 500))
    began = time.process_time()
    for path in sample:
        find(path, read_file)
    costs["file_on_a_worker"] = (time.process_time() - began) / len(sample)
    costs["file_in_the_notebook"] = busy / files
    yield {
        "work": f"{files} files, on {WORKERS} workers against one process",
        "ratio": round(alone / seconds, 2),
        "seconds": round(seconds, 1),
        "alone": round(alone, 1),
        "equal": len(here) == len(there)
        and all(np.array_equal(one.packed, two.packed) for one, two in zip(here.tunes, there.tunes, strict=True)),
        "ms_of_a_file_on_a_worker": round(1e3 * costs["file_on_a_worker"], 3),
        "ms_of_a_file_in_the_notebook": round(1e3 * costs["file_in_the_notebook"], 3),
    }


@contextmanager
def one_core(only: bool) -> Iterator[None]:
    """Let this process use one core only, so that files are not read by several processes."""
    if not only or not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def on_paper(costs: dict[str, float]) -> Iterator[dict[str, Any]]:
    """Compute from measured costs what more machines, of one core each, would take."""
    for machines in MACHINES:
        row: dict[str, Any] = {"work": "on paper", "machines": machines}
        if "file_on_a_worker" in costs:
            worker, notebook = costs["file_on_a_worker"] / machines, costs["file_in_the_notebook"]
            row["hours_of_a_million_files"] = round(MANY_FILES * max(worker, notebook) / 3600, 2)
            row["files_saturate"] = "the machines" if worker > notebook else "the notebook, which keeps and quantises"
        if "start_of_a_run" in costs:
            a_run = 60 * MINUTES_OF_A_RUN + costs["start_of_a_run"]
            row["hours_of_a_thousand_runs"] = round(MANY_RUNS * a_run / machines / 3600, 1)
            row["part_spent_on_starts"] = round(costs["start_of_a_run"] / a_run, 3)
            kept = costs["bytes_of_a_run"] * machines / Cluster().checkpoint_seconds
            row["megabytes_per_second_into_the_storage"] = round(kept / 1e6, 2)
        yield row
