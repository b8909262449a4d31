from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lstmmusic.errors import ConfigError
from lstmmusic.music.source import Source
from lstmmusic.runs.listing import read_run
from lstmmusic.runs.locks import locked
from lstmmusic.runs.recipe import Recipe
from lstmmusic.runs.training import train
from lstmmusic.sweeps.execution import Event, PlannedRun
from lstmmusic.sweeps.processes import Processes
from tests.conftest import until
from tests.processes import ROOT
from tests.runs.test_recipe import assert_same

LONG = 1_000_000  # epochs


def plan(recipe: Recipe, folder: Path, name: str, epochs: int = 3) -> PlannedRun:
    return PlannedRun(name, replace(recipe, training=replace(recipe.training, epochs=epochs)), folder / "runs" / name)


def own_processes() -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.ZombieProcess):  # of another test
            if "lstmmusic.sweeps" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_run_in_a_process_equals_the_same_run_alone_to_the_last_bit(recipe: Recipe, tmp_path: Path) -> None:
    runs = [plan(recipe, tmp_path, "one"), plan(recipe, tmp_path, "two", 2)]
    events = list(Processes(threads=1, device="cpu").run(runs))
    assert [(event.name, event.kind) for event in events if event.kind != "progress"] == [
        ("one", "finished"),
        ("two", "finished"),
    ]
    names = [event.name for event in events]
    assert names == sorted(names)  # one after the other
    for run in runs:
        list(train(run.recipe, tmp_path / "alone" / run.name, device="cpu"))
        assert_same(run.path, tmp_path / "alone" / run.name)
        mine = [event.progress for event in events if event.name == run.name and event.progress]
        assert {record.epoch for record in mine} == set(range(run.recipe.training.epochs + 1))
        assert mine[-1].saved == mine[-1].update == read_run(run.path).updates
    assert not own_processes()


def test_runs_that_are_stopped_are_saved_and_others_follow(recipe: Recipe, tmp_path: Path) -> None:
    runs = [plan(recipe, tmp_path, "one", LONG), plan(recipe, tmp_path, "two"), plan(recipe, tmp_path, "three", 1)]
    processes, ends = Processes(threads=1, device="cpu"), {}
    for event in processes.run(runs):
        if event.progress and event.progress.update > 3:
            processes.stop("one")
            processes.stop("two")  # which has not begun
        if event.kind != "progress":
            ends[event.name] = event
    assert {name: event.kind for name, event in ends.items()} == {
        "one": "stopped",
        "two": "stopped",
        "three": "finished",
    }
    assert ends["one"].progress
    assert ends["one"].progress.update == ends["one"].progress.saved == read_run(runs[0].path).updates > 3
    assert not runs[1].path.exists()


def kill_while_it_trains(run: PlannedRun, number: signal.Signals) -> tuple[Event, int]:
    """End the process of a run with a signal after some updates; return the last event, and the updates before."""
    updates = 0
    for event in Processes(threads=1, device="cpu", autosave=0.0).run([run]):
        if event.progress and event.progress.update > 5 and not updates:
            updates = event.progress.update
            (process,) = own_processes()
            process.send_signal(number)
    return event, updates


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_killed_process_is_reported_and_its_run_continues_to_the_last_bit(recipe: Recipe, tmp_path: Path) -> None:
    run = plan(recipe, tmp_path, "killed", 60)
    event, updates = kill_while_it_trains(run, signal.SIGKILL)
    assert (event.kind, event.name) == ("interrupted", "killed")
    assert "was ended by SIGKILL" in event.reason
    saved = read_run(run.path)
    assert not saved.finished
    assert saved.updates >= updates  # it was saved after each
    *_, last = Processes(threads=1, device="cpu").run([run])
    assert last.kind == "finished"
    list(train(run.recipe, tmp_path / "alone", device="cpu"))
    assert_same(run.path, tmp_path / "alone")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals")
def test_process_that_is_asked_to_end_saves_its_run(recipe: Recipe, tmp_path: Path) -> None:
    run = plan(recipe, tmp_path, "ended", LONG)
    event, updates = kill_while_it_trains(run, signal.SIGTERM)
    assert (event.kind, event.reason) == ("interrupted", "its process was asked to end: continue it")
    assert event.progress
    assert event.progress.saved == read_run(run.path).updates >= updates


def test_closing_ends_all_processes_and_saves_their_runs(recipe: Recipe, tmp_path: Path) -> None:
    runs = [plan(recipe, tmp_path, name, LONG) for name in ("one", "two", "three")]
    with closing(Processes(2, threads=1, device="cpu").run(runs)) as events:
        trained: set[str] = set()
        for event in events:
            trained |= {event.name} if event.progress and event.progress.update > 2 else set()
            if len(trained) == 2:
                break
        assert len(own_processes()) == 2
    assert not own_processes()
    assert trained == {"one", "two"}
    assert all(read_run(run.path).updates > 2 for run in runs[:2])


PARENT = """
import sys
from pathlib import Path
from lstmmusic.runs.recipe import Recipe
from lstmmusic.sweeps.execution import PlannedRun
from lstmmusic.sweeps.processes import Processes
run = PlannedRun("orphan", Recipe.from_json(sys.argv[1]), Path(sys.argv[2]))
for event in Processes(threads=1, device="cpu", autosave=1000).run([run]):
    print(event.progress.update, flush=True)
"""


def test_run_whose_parent_was_killed_is_saved_and_ends(recipe: Recipe, tmp_path: Path) -> None:
    run = plan(recipe, tmp_path, "orphan", LONG)
    command = [sys.executable, "-c", PARENT, run.recipe.to_json(), str(run.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as parent:
        assert parent.stdout
        updates = next(made for made in map(int, parent.stdout) if made > 2)
        (process,) = psutil.Process(parent.pid).children()
        parent.kill()
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE)
    assert read_run(run.path).updates >= updates
    with locked(run.path):
        pass


def test_reasons_of_runs_that_cannot_be_trained_are_reported(recipe: Recipe, tmp_path: Path) -> None:
    nowhere = replace(recipe, source=Source("folder", str(tmp_path / "nowhere")))
    other = plan(recipe, tmp_path, "other")
    list(train(other.recipe, other.path, device="cpu"))
    open_elsewhere = plan(recipe, tmp_path, "open")
    open_elsewhere.path.mkdir()
    runs = [
        PlannedRun("nowhere", nowhere, tmp_path / "runs" / "nowhere"),
        replace(other, recipe=replace(recipe, training=replace(recipe.training, clip=0.5))),
        open_elsewhere,
    ]
    with locked(open_elsewhere.path):
        ends = {event.name: event for event in Processes(3, threads=1, device="cpu").run(runs)}
    assert {name: event.kind for name, event in ends.items()} == {
        "nowhere": "interrupted",
        "other": "failed",
        "open": "interrupted",
    }
    assert "nowhere" in ends["nowhere"].reason
    assert "other has a run with other settings (clip)" in ends["other"].reason
    assert "open is open in another studio" in ends["open"].reason


def test_limits_of_processes_are_checked() -> None:
    with pytest.raises(ConfigError, match="at_once is 0; it must be a whole number from 1 to 64"):
        Processes(0)
    with pytest.raises(ConfigError, match="threads is 0"):
        Processes(threads=0)
