"""`lstmmusic train` makes runs that the studio opens, and stops without losing anything."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.music.loading import load_folder
from lstmmusic.music.source import Source
from lstmmusic.runs.listing import find_runs, read_curves, read_run
from lstmmusic.studio import Studio
from lstmmusic.training.trainer import Trainer
from tests.command.running import COMMAND, SMALL, environment, records, run_command, write_scales
from tests.conftest import SMALL as GRID
from tests.studios import Recorder, until

CONFIG = TrainingConfig(batch_size=2, length=20, epochs=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_scales(tmp_path)
    return tmp_path


def train_alone(folder: Path, config: TrainingConfig) -> Trainer:
    """Train the network of `SMALL` without the command."""
    music = load_folder(folder / "midi", GRID, quiet=True)
    trainer = Trainer(*music.split(0.3), NetworkConfig(8, (6, 6, 6)), config, device="cpu")
    assert list(trainer.steps())
    return trainer


def test_run_equals_one_in_python_and_opens_in_the_studio(
    folder: Path, player: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run_command("train", *SMALL, "--epochs", "2", "--name", "first", "--json", folder=folder)
    *lines, end = records(done.stdout)
    trainer = train_alone(folder, CONFIG)
    assert [line["loss"] for line in lines[1 : len(trainer.losses) + 1]] == list(trainer.losses)
    assert (lines[0]["update"], lines[0]["loss"]) == (0, None)
    assert (end["event"], end["path"], end["done"]) == ("end", str(folder / "runs" / "first"), 1)
    assert end["best"] == min(loss for _, loss in trainer.validations)

    (run,), broken = find_runs(folder)
    assert not broken
    assert (run.source, run.training) == (Source("folder", "midi", held_out=0.3), CONFIG)
    np.testing.assert_array_equal(read_curves(run).training, trainer.losses)
    monkeypatch.chdir(folder)
    studio = Studio(folder, player=player)
    try:
        studio.places.selected_index = 5
        until(lambda: studio.runs.chosen, studio)
        studio.runs.load_button.click()
        until(lambda: studio.session.path == run.path and not studio.session.active, studio)
        assert studio.session.trainer is not None
        assert list(studio.session.trainer.losses) == list(trainer.losses)
    finally:
        studio.close()


def test_run_that_was_interrupted_is_saved_and_resumes_to_the_last_bit(folder: Path) -> None:
    words = [*COMMAND, "train", *SMALL, "--epochs", "100000", "--name", "it's long", "--json"]
    process = subprocess.Popen(
        words, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(4)]
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    made = records("".join(lines) + rest)[-1]["update"]
    run = read_run(folder / "runs" / "it's long")
    assert run.updates == made
    assert "lstmmusic train --resume 'it'\"'\"'s long'" in said
    assert "Traceback" not in said

    words = ["train", "--resume", "it's long", "--updates", str(made + 3), "--threads", "1", "--device", "cpu"]
    assert run_command(*words, folder=folder).stdout == f"{run.path}\n"
    again = read_curves(read_run(run.path)).training
    trainer = train_alone(folder, replace(CONFIG, epochs=-(-(made + 3) // 2)))
    np.testing.assert_array_equal(again, trainer.losses[: made + 3])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
def test_run_that_the_system_ends_is_saved(folder: Path) -> None:
    words = [*COMMAND, "train", *SMALL, "--epochs", "100000", "--name", "long", "--json"]
    process = subprocess.Popen(words, cwd=folder, env=environment(), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    process.terminate()
    rest, _ = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGTERM
    assert read_run(folder / "runs" / "long").updates == records(rest)[-1]["update"]


def test_settings_change_when_a_run_is_resumed(folder: Path) -> None:
    run_command("train", *SMALL, "--epochs", "1", "--name", "one", folder=folder)
    run_command("train", "--resume", "runs/one", "--epochs", "2", "--clip", "0.5", "--quiet", folder=folder)
    run = read_run(folder / "runs" / "one")
    assert (run.finished, run.training.epochs, run.training.clip) == (True, 2, 0.5)
    (change,) = run.changes
    assert change.settings == {"epochs": 2, "clip": 0.5}


def test_nothing_is_left_of_a_run_that_cannot_begin(folder: Path) -> None:
    done = run_command("train", "--music", "nowhere", "--name", "one", folder=folder, status=1)
    assert "nowhere" in done.stderr
    done = run_command("train", *SMALL, "--start-from", "nothing", "--name", "one", folder=folder, status=1)
    assert "nothing" in done.stderr
    assert find_runs(folder) == ((), ())
    run_command("train", *SMALL, "--updates", "1", "--name", "one", folder=folder)
    done = run_command("train", *SMALL, "--updates", "1", "--name", "one", folder=folder, status=1)
    assert "there is already a run 'one'; choose another --name" in done.stderr
    assert len(find_runs(folder)[0]) == 1


def test_run_in_another_folder_finds_its_music_and_its_start_there(folder: Path) -> None:
    run_command("train", *SMALL, "--updates", "1", "--name", "one", "--folder", "a studio", folder=folder)
    words = ("--start-from", "one", "--updates", "2", "--folder", "a studio", "--quiet", "--name", "two")
    start = [word for word in SMALL if word not in ("--hidden", "6")]
    done = run_command("train", *start, *words, folder=folder)
    run = read_run(done.stdout.removesuffix("\n"))
    assert run.path == folder / "a studio" / "runs" / "two"
    assert run.source == Source("folder", str(folder / "midi"), held_out=0.3)
    assert run.started_from is not None
    assert run.started_from.source == "runs/one"
    assert run.network.hidden == (6, 6, 6)
