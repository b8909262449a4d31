from __future__ import annotations

import itertools
import json
import math
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.errors import CheckpointError
from lstmmusic.music.source import Source
from lstmmusic.runs.checkpoint import HEADER, load_network, load_run, save_run
from lstmmusic.runs.listing import find_runs, read_curves, read_run
from lstmmusic.training.snapshot import Change
from lstmmusic.training.trainer import Trainer
from tests.conftest import SMALL, make_scales, mode

NETWORK = NetworkConfig(pitches=8, hidden=(6, 7, 8)).rolls_only()
CONFIG = TrainingConfig(epochs=4, batch_size=2, length=20)
SOURCE = Source("folder", "midi", held_out=0.3)


def make_run(path: Path, updates: int = 5, *, change: bool = False, network: NetworkConfig = NETWORK) -> Trainer:
    training, validation = (replace(part, source=SOURCE) for part in make_scales(6, 30).split(0.3))
    trainer = Trainer(training, validation, network, CONFIG, device="cpu")
    for update in itertools.islice(trainer.steps(), updates):
        if change and update.number == 2:
            trainer.change(clip=0.5)
    save_run(trainer, path)
    return trainer


def read_file(file: Path) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """Read the header and the tensors of a run, unchecked."""
    with safe_open(file, "pt") as opened:
        tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no dict
        return json.loads(opened.metadata()[HEADER]), tensors


def write_file(file: Path, header: object, tensors: dict[str, torch.Tensor]) -> None:
    save_file(tensors, file, metadata={HEADER: json.dumps(header)})


def edit_run(file: Path, **changes: object) -> None:
    header, tensors = read_file(file)
    write_file(file, header | changes, tensors)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "runs" / "first" / "run.safetensors"
    make_run(file)
    return file


def test_listed_run_has_settings_position_and_losses(tmp_path: Path) -> None:
    trainer = make_run(tmp_path / "runs" / "one" / "run.safetensors", change=True)
    (run,), broken = find_runs(tmp_path)
    assert not broken
    assert (run.path, run.name) == (tmp_path / "runs" / "one", "one")
    assert run.file == tmp_path / "runs" / "one" / "run.safetensors"
    assert run.saved.timestamp() == pytest.approx(run.file.stat().st_mtime)
    assert (run.network, run.roll, run.source) == (NETWORK, SMALL, SOURCE)
    assert run.training == replace(CONFIG, clip=0.5)
    assert run.changes == (Change(2, {"clip": 0.5}, before={"clip": CONFIG.clip}),)
    assert run.music == "scales, 4 + 2 tunes"
    assert (run.updates, run.epoch, run.done, run.seconds) == (5, trainer.epoch, trainer.done, trainer.seconds)
    assert run.validated
    assert not run.finished
    assert run.loss == trainer.losses[-1]
    assert (run.best_update, run.best) == min(trainer.validations, key=lambda entry: entry[1])
    assert run.takes == ()


def test_run_without_updates_has_no_losses(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "new" / "run.safetensors", 0)
    ((run,), _) = find_runs(tmp_path)
    assert (run.updates, run.done, run.best_update) == (0, 0.0, None)
    assert math.isnan(run.loss)
    assert math.isnan(run.best)


def test_run_is_finished_after_its_last_epoch(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "whole.safetensors", 1000)
    ((run,), _) = find_runs(tmp_path)
    assert run.finished
    assert (run.epoch, run.done) == (4, 1.0)


def test_run_whose_epochs_were_lowered_to_the_complete_ones_is_finished(tmp_path: Path) -> None:
    trainer = make_run(tmp_path / "one.safetensors", 7)
    assert (trainer.epoch, trainer.position) == (1, 4)
    trainer.change(epochs=1)
    save_run(trainer, tmp_path / "one.safetensors")
    run = read_run(tmp_path / "one.safetensors")
    assert run.finished
    assert run.done == 1
    loaded = load_run(tmp_path / "one.safetensors", trainer.training, trainer.validation, device="cpu")
    assert list(loaded.steps()) == []


def test_curves_match_the_trainer(tmp_path: Path) -> None:
    trainer = make_run(tmp_path / "one.safetensors")
    run = read_run(tmp_path / "one.safetensors")
    curves = read_curves(run)
    assert curves.updates.tolist() == [1, 2, 3, 4, 5]
    assert curves.training.tolist() == trainer.losses.tolist()
    assert list(zip(curves.validation_updates, curves.validation, strict=True)) == trainer.validations


def test_newest_run_is_listed_first(file: Path) -> None:
    for name, age in (("old", 100), ("older", 200), ("new", -100)):
        other = file.parents[1] / f"{name}.safetensors"
        shutil.copy(file, other)
        at = file.stat().st_mtime - age
        os.utime(other, (at, at))
    runs, _ = find_runs(file.parents[2])
    assert [run.name for run in runs] == ["new", "first", "old", "older"]


def test_run_of_the_first_version_is_listed(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    shutil.copy(
        Path(__file__).parents[1] / "data" / "format-1-first.safetensors", tmp_path / "runs" / "mine.safetensors"
    )
    ((run,), broken) = find_runs(tmp_path)
    assert not broken
    assert (run.name, run.updates, run.source, run.changes, run.takes) == ("mine", 5, None, (), ())
    assert run.training.transpose == 0
    assert run.initial_config == run.training


def test_unknown_initial_settings_are_not_guessed(tmp_path: Path) -> None:
    file = tmp_path / "one.safetensors"
    make_run(file, change=True)
    edit_run(file, began=None)
    assert read_run(file).initial_config is None
    edit_run(file, began=json.loads(json.dumps({"clip": 2.0})))
    initial = read_run(file).initial_config
    assert initial.clip == 2.0


def test_two_hundred_runs_are_listed_within_a_second(tmp_path: Path) -> None:
    first = tmp_path / "runs" / "run 0" / "run.safetensors"
    make_run(first, 1, network=NetworkConfig(pitches=8, hidden=(120, 120, 120)))
    for number in range(1, 200):
        folder = first.parents[1] / f"run {number}"
        folder.mkdir()
        os.link(first, folder / first.name)
    started = time.process_time()  # other processes are not counted
    runs, _ = find_runs(tmp_path)
    took = time.process_time() - started
    assert len(runs) == 200
    assert took < 1


def test_entries_that_are_not_runs_are_reported_beside_the_others(file: Path) -> None:
    shelf = file.parents[1]
    (shelf / "notes.txt").write_text("no run")
    (shelf / "empty").mkdir()
    (shelf / "half.safetensors").write_bytes(file.read_bytes()[:500])
    (shelf / "folder" / "run.safetensors").mkdir(parents=True)
    os.mkfifo(shelf / "pipe.safetensors")
    (shelf / ".deleted").mkdir()
    runs, broken = find_runs(file.parents[2])
    assert [run.name for run in runs] == ["first"]
    reasons = {entry.path.name: entry.reason for entry in broken}
    assert reasons.keys() == {"notes.txt", "empty", "half.safetensors", "folder", "pipe.safetensors"}
    assert "has no run.safetensors: it was not saved yet" in reasons["empty"]
    assert "not a saved run" in reasons["notes.txt"]
    assert "not a saved run" in reasons["half.safetensors"]


@pytest.mark.parametrize(
    "changes",
    [
        {"position": {}},
        {"position": {"epoch": 1, "position": 0, "repeats": 0, "crops": 0, "seconds": 1}},
        {"position": {"epoch": 1, "position": 0, "repeats": 0, "crops": 1, "seconds": float("inf")}},
        {"position": {"epoch": "1", "position": 0, "repeats": 0, "crops": 1, "seconds": 1}},
        {"network": 3},
        {"network": {"hidden": [6, 7]}},
        {"training": None},
        {"training": {"clip": -1}},
        {"began": {"clip": "__import__('os')"}},
        {"source": {"kind": "exec"}},
        {"source": ["chorales"]},
        {"changes": 3},
        {"changes": [3]},
        {"changes": [{"update": 1, "settings": {"no such": 1}, "reason": ""}]},
        {"digests": 5},
        {"roll": {"step": float("nan")}},
        {"format": 2},
    ],
)
def test_damaged_header_is_reported(file: Path, changes: dict[str, object]) -> None:
    edit_run(file, **changes)
    runs, (broken,) = find_runs(file.parents[2])
    assert not runs
    assert broken.path == file.parent
    assert "damaged" in broken.reason or "format" in broken.reason


@pytest.mark.parametrize("bad", ["shape", "value"])
def test_damaged_curves_are_reported(file: Path, bad: str) -> None:
    run = read_run(file.parent)
    header, tensors = read_file(file)
    if bad == "shape":
        tensors["validations"] = tensors["validations"].flatten()
    else:
        tensors["losses"][1] = math.nan
    write_file(file, header, tensors)
    assert "damaged" in find_runs(file.parents[2])[1][0].reason
    with pytest.raises(CheckpointError, match=r"first is .*damaged"):
        read_curves(run)


@pytest.mark.usefixtures("modes")
def test_unreadable_run_is_reported_beside_the_others(file: Path, tmp_path: Path) -> None:
    for name in ("closed", "listed", "shut"):
        shutil.copytree(file.parent, file.parents[1] / name)
    (file.parents[1] / "closed" / "takes").mkdir()
    closed = read_run(file.parents[1] / "closed")
    with (
        mode(file.parents[1] / "closed", 0),
        mode(file.parents[1] / "listed", 0o400),
        mode(file.parents[1] / "shut" / file.name, 0),
    ):
        runs, broken = find_runs(tmp_path)
        assert closed.takes == ()
        with pytest.raises(CheckpointError, match="cannot be read"):
            load_network(closed.file)
    assert [run.path for run in runs] == [file.parent]
    assert [one.path.name for one in broken] == ["closed", "listed", "shut"]
    assert all("cannot be read (Permission denied); check the file" in one.reason for one in broken)
    with mode(file.parents[1], 0):
        assert "cannot be listed (Permission denied)" in find_runs(tmp_path)[1][0].reason


def test_links_are_not_followed(file: Path, tmp_path: Path) -> None:
    shelf = file.parents[1]
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "takes").mkdir(parents=True)
    (elsewhere / "takes" / "secret.mid").touch()
    shutil.copy(file, elsewhere / "run.safetensors")
    (shelf / "folder").symlink_to(elsewhere)
    (shelf / "file.safetensors").symlink_to(file)
    (shelf / "round").symlink_to("round")
    (shelf / "inside").mkdir()
    (shelf / "inside" / "run.safetensors").symlink_to(elsewhere / "run.safetensors")
    (file.parent / "takes").mkdir()
    (file.parent / "takes" / "link.mid").symlink_to(elsewhere / "takes" / "secret.mid")
    (run,), broken = find_runs(tmp_path)
    assert run.takes == ()
    shutil.rmtree(file.parent / "takes")
    (file.parent / "takes").symlink_to(elsewhere / "takes")
    assert run.takes == ()
    assert {entry.path.name for entry in broken} == {"folder", "file.safetensors", "round", "inside"}
    assert all("is not followed; put a copy of the run here" in entry.reason for entry in broken)


def test_paths_that_lead_upwards_are_not_followed(file: Path) -> None:
    (file.parent / "takes").mkdir()
    with pytest.raises(CheckpointError, match="not followed"):
        read_run(file.parent / "takes" / "..")


def test_folder_without_runs_is_empty(tmp_path: Path) -> None:
    assert find_runs(tmp_path) == ((), ())
    (tmp_path / "runs").touch()
    runs, (broken,) = find_runs(tmp_path)
    assert not runs
    assert "cannot be listed (Not a directory)" in broken.reason


def test_missing_run_is_reported(file: Path) -> None:
    run = read_run(file.parent)
    shutil.rmtree(file.parent)
    for read in (lambda: read_curves(run), lambda: load_network(run.file)):
        with pytest.raises(CheckpointError, match="not found"):
            read()


def test_text_in_a_foreign_run_is_made_printable(file: Path) -> None:
    edit_run(file, music="\ud800\x1b[31m", changes=[{"update": 1, "settings": {"clip": 2.0}, "reason": "a\nb\udfff"}])
    run = read_run(file.parent)
    assert run.music == "\ufffd\ufffd[31m"
    assert run.changes[0].reason == "a\ufffdb\ufffd"


@pytest.mark.skipif(os.name != "posix", reason="names are bytes on POSIX alone")
def test_names_that_are_not_text_are_read_and_made_printable(file: Path, tmp_path: Path) -> None:
    file.parent.rename(file.parent.with_name(os.fsdecode(b"caf\xe9")))
    (tmp_path / "runs" / os.fsdecode(b"bad\xff\n")).mkdir()
    (run,), (broken,) = find_runs(tmp_path)
    assert run.name == "caf\ufffd"
    assert len(read_curves(run).training) == run.updates == 5
    assert load_network(run.file)[0].config == NETWORK
    assert broken.name == "bad\ufffd\ufffd"
    assert broken.reason.startswith("bad\ufffd\ufffd has no run.safetensors")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are of POSIX")
def test_pipe_in_place_of_a_run_does_not_block(file: Path, tmp_path: Path) -> None:
    file.unlink()
    os.mkfifo(file)
    os.mkfifo(tmp_path / "runs" / "pipe.safetensors")
    runs, broken = find_runs(tmp_path)
    assert not runs
    assert len(broken) == 2
