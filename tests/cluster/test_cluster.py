"""A real Ray on this machine, with two nodes of one core each."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from lstmmusic.base import cluster as base
from lstmmusic.base.cluster import call_all, connected, import_ray
from lstmmusic.base.processes import Death
from lstmmusic.cluster.training import train_together
from lstmmusic.command.output import Output
from lstmmusic.command.program import COMMANDS, make_parser
from lstmmusic.config import Cluster, NetworkConfig, TrainingConfig
from lstmmusic.errors import ClusterError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import load_folder
from lstmmusic.music.playing import write_midi
from lstmmusic.music.source import Source
from lstmmusic.runs.checkpoint import load_run
from lstmmusic.runs.listing import read_curves, read_run
from lstmmusic.runs.recipe import Recipe
from lstmmusic.runs.training import train
from lstmmusic.studio.session import Session
from lstmmusic.sweeps.execution import PlannedRun
from lstmmusic.sweeps.trials import Trials
from lstmmusic.training.trainer import Trainer
from tests.conftest import SMALL, make_scales
from tests.runs.test_recipe import assert_same

pytest.importorskip("ray", reason="Ray is not installed: pip install 'lstmmusic[cluster]'")
pytestmark = [
    pytest.mark.ray,
    # Of Ray's own parts.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray"),
    pytest.mark.filterwarnings("ignore::FutureWarning:ray"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

LONG = 1_000_000  # epochs
TRAINING = TrainingConfig(epochs=3, batch_size=4, length=20, initial_state_max=0.1, seed=3, epsilon=1e-5)
NETWORK = NetworkConfig(8, (6, 7, 8))


class Machines:
    """A Ray of two nodes of one core each.

    One is started for all tests: tests of a module stay in one process, unless it is run alone on several.
    """

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster as LocalCluster

        node = {"num_cpus": 1, "object_store_memory": 100_000_000}
        self._cluster = LocalCluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
        self._cluster.add_node(**node)
        self.address = self._cluster.address

    def close(self) -> None:
        self._cluster.shutdown()

    def lose_head(self) -> None:
        """Kill everything that runs on the head, at once, as a power failure does."""
        processes = [
            psutil.Process(each.process.pid) for some in self._cluster.head_node.all_processes.values() for each in some
        ]
        for process in [*processes, *(child for each in processes for child in each.children(recursive=True))]:
            process.kill()


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    before = set(psutil.Process().children(recursive=True))
    import_ray()
    machines = Machines()
    try:
        yield machines
    finally:
        machines.close()
    _, left = psutil.wait_procs(set(psutil.Process().children(recursive=True)) - before, timeout=20)
    assert not left


@pytest.fixture
def address(machines: Machines) -> str:
    return machines.address


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music") / "scales"
    for tune in make_scales(6, 30).tunes:
        write_midi(tune, folder / f"{tune.name}.mid")
    return folder


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; several processes start, which takes a minute where all cores are busy."""
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


def kill(*words: str) -> int:
    """Kill the processes that Ray has named so; return how many."""
    killed = 0
    for process in psutil.Process().children(recursive=True):
        if any(word in " ".join(process.cmdline()) for word in words):
            process.kill()
            killed += 1
    return killed


def test_folder_is_read_on_a_cluster_as_on_this_machine(
    address: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "broken.mid").write_bytes(b"MThd")
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "one"))
    here = load_folder(folder, SMALL, quiet=True)
    monkeypatch.setenv("LSTMMUSIC_CACHE", str(tmp_path / "two"))
    there = load_folder(folder, SMALL, quiet=True, cluster=address)
    assert [replace(verdict, tune=None) for verdict in there.verdicts] == [
        replace(verdict, tune=None) for verdict in here.verdicts
    ]
    for mine, other in zip(there.tunes, here.tunes, strict=True):
        assert np.array_equal(mine.packed, other.packed)
        assert np.array_equal(mine.packed_onsets, other.packed_onsets)
        assert np.array_equal(mine.packed_velocities, other.packed_velocities)
    assert isinstance(load_folder(folder, SMALL, quiet=True), Corpus)  # from the cache, without the cluster


def test_call_that_kills_its_process_affects_no_other(address: str) -> None:
    arguments = [*map(str, range(40)), "__import__('os')._exit(1)", "41"]
    answers = list(call_all(eval, arguments, address))
    assert answers == [*range(40), Death(external=False), 41]


@pytest.mark.parametrize("scheme", ["", "ray://"])
@pytest.mark.parametrize("listens", [False, True])
def test_address_without_ray_is_refused_soon(scheme: str, listens: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PATIENCE", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"{scheme}127.0.0.1:{server.getsockname()[1]}"
        if not listens:
            server.close()
        with (
            pytest.raises(ClusterError, match=f"the cluster at {address} cannot be reached: .*(refused|is not Ray)"),
            connected(address),
        ):
            pass


def test_cluster_with_too_few_cores_is_refused(address: str) -> None:
    trainer = Trainer(make_scales(2, 30), None, NETWORK, TRAINING, device="cpu")
    with (
        pytest.raises(ClusterError, match="2 CPU cores, and 5 workers need 5"),
        closing(train_together(trainer, Cluster(address, workers=5))) as updates,
    ):
        next(updates)


def test_runs_of_a_sweep_on_a_cluster_equal_the_same_runs_alone(address: str, folder: Path, tmp_path: Path) -> None:
    recipe = Recipe(Source("folder", str(folder), held_out=0.3, seed=5), SMALL, NETWORK, TRAINING)
    long = replace(recipe, training=replace(TRAINING, epochs=LONG))
    runs = [
        PlannedRun(name, which, tmp_path / "runs" / name)
        for name, which in (("one", recipe), ("long", long), ("two", recipe), ("never", long))
    ]
    storage = tmp_path / "storage"
    trials = Trials(Cluster(address, storage=str(storage), checkpoint_seconds=0.1))
    ends, killed_at, back = {}, 0, 0
    trials.stop("none of these")
    for event in trials.run(runs):
        if event.name == "one":
            trials.stop("never")
        if event.name == "long" and event.progress:
            if not killed_at and event.progress.saved > 5:
                killed_at = event.progress.saved
                assert kill("ImplicitFunc", "train_trial", "_Trial") >= 1
            elif killed_at and not back:
                back = event.progress.update
            elif back and "two" in ends:
                trials.stop("long")
        if event.kind != "progress":
            ends[event.name] = event
    assert {name: event.kind for name, event in ends.items()} == {
        "one": "finished",
        "two": "finished",
        "long": "stopped",
        "never": "stopped",
    }
    assert back >= killed_at > 5
    for name in ("one", "two"):
        list(train(recipe, tmp_path / "alone" / name, device="cpu"))
        assert_same(tmp_path / "runs" / name, tmp_path / "alone" / name)
        assert_same(storage / name, tmp_path / "alone" / name)
    assert read_run(tmp_path / "runs" / "long").updates == ends["long"].progress.update


def test_command_trains_a_run_on_two_workers(address: str, folder: Path, tmp_path: Path) -> None:
    words = ("--music", str(folder), "--held-out", "0.3", "--lowest", "60", "--highest", "67", "--hidden", "6")
    words += ("--batch-size", "4", "--length", "20", "--updates", "3", "--device", "cpu", "--folder", str(tmp_path))
    for name, where in (("together", ("--cluster", address, "--workers", "2")), ("alone", ())):
        options = make_parser("train").parse_args(["train", *words, *where, "--name", name])
        assert COMMANDS["train"].run(options, Output("train", quiet=True)) == 0
    together, alone = (read_run(tmp_path / "runs" / name) for name in ("together", "alone"))
    assert together.updates == alone.updates == 3
    assert read_curves(together).training == pytest.approx(read_curves(alone).training, abs=1e-5)


def test_session_trains_on_two_workers_as_on_one_machine(address: str, tmp_path: Path) -> None:
    music = make_scales(6, 60).split(validation=0.3, seed=0)
    session = Session(tmp_path, Cluster(address, storage=str(tmp_path / "storage"), checkpoint_seconds=2))
    session.start(*music, NETWORK, replace(TRAINING, epochs=LONG), "cpu")
    together = session.trainer
    assert together
    wait_for(lambda: len(together.losses) > 0)
    session.pause()
    wait_for(lambda: session.state == "paused")
    made = len(together.losses)
    session.step()
    wait_for(lambda: session.state == "paused")
    assert len(together.losses) == made + 1
    session.change(lambda config: {"learning_rates": (0.001,) * 4}).result(60)
    session.resume()
    wait_for(lambda: len(together.losses) > made + 1)
    killed_at = len(together.losses)
    assert kill("RayTrainWorker")
    wait_for(lambda: len(together.losses) > killed_at + 1)
    session.stop()
    wait_for(lambda: session.state == "stopped")
    session.save().result(60)
    stopped, epochs = len(together.losses), together.epoch + 2
    assert read_run(session.path).updates == stopped
    session.cluster = None
    session.change(lambda config: {"epochs": epochs})
    session.resume()  # here
    wait_for(lambda: session.state == "finished")
    assert session.snapshot
    assert len(session.snapshot.health) == 4
    session.release()
    assert together.epoch == epochs
    assert [(change.update, tuple(change.settings)) for change in together.changes] == [
        (made + 1, ("learning_rates",)),
        (stopped, ("epochs",)),
    ]

    alone = Trainer(*music, NETWORK, replace(TRAINING, epochs=LONG), device="cpu")
    steps = alone.steps()
    list(itertools.islice(steps, made + 1))
    alone.change(learning_rates=(0.001,) * 4)
    list(itertools.islice(steps, stopped - made - 1))
    alone.change(epochs=epochs)
    list(steps)
    assert list(together.losses) == pytest.approx(list(alone.losses), abs=1e-5)
    assert dict(together.validations) == pytest.approx(dict(alone.validations), abs=1e-5)
    assert read_run(session.path).updates == len(alone.losses)
    assert load_run(next((tmp_path / "storage").rglob("run.safetensors")), *music).losses


def test_head_that_dies_costs_no_run(
    machines: Machines, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "INTERVAL", 0.2)
    monkeypatch.setattr(base, "PATIENCE", 1.0)
    recipe = Recipe(Source("folder", str(folder), held_out=0.3, seed=5), SMALL, NETWORK, replace(TRAINING, epochs=LONG))
    run = PlannedRun("a run", recipe, tmp_path / "runs" / "a run")
    session = Session(tmp_path, Cluster(machines.address, workers=1))
    session.start(*make_scales(6, 60).split(0.3), NETWORK, replace(TRAINING, epochs=LONG), "cpu")
    together = session.trainer
    assert together
    wait_for(lambda: len(together.losses) > 0)
    saved, lost = 0, False

    def train_until_lost() -> None:
        nonlocal saved, lost
        for event in Trials(Cluster(machines.address, checkpoint_seconds=0.1)).run([run]):
            saved = event.progress.saved if event.progress else saved
            if saved > 5 and not lost:
                machines.lose_head()
                lost = True

    with pytest.raises(ClusterError, match="the cluster is lost"):
        train_until_lost()
    assert read_run(run.path).updates >= saved > 5
    progress = next(train(recipe, run.path, device="cpu"))  # continued here
    assert progress.update >= saved
    wait_for(lambda: session.state == "failed")
    assert isinstance(session.error, ClusterError)
    made = len(together.losses)
    session.cluster = None
    session.resume()
    wait_for(lambda: len(together.losses) > made)
    session.release()
    assert read_run(session.path).updates == len(together.losses)
