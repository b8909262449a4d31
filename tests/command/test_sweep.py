"""`lstmmusic sweep` trains and ranks runs, and continues where it was."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.command.program import make_parser
from lstmmusic.command.sweep import read_sweep
from lstmmusic.command.train import read_cluster
from lstmmusic.config import Cluster
from lstmmusic.runs.listing import find_runs, read_curves, read_run
from tests.command.running import COMMAND, SMALL, environment, records, run_command, write_scales


def test_sweep_ranks_its_runs_which_equal_those_trained_alone(tmp_path: Path) -> None:
    write_scales(tmp_path)
    words = ("--values", "learning-rates=0.002,0.02", "--epochs", "1", "--name", "rates", "--json")
    *events, best, second = records(run_command("sweep", *SMALL, *words, folder=tmp_path).stdout)
    assert [event["name"] for event in events if event["event"] == "finished"] == [
        "rates learning rate 0.002",
        "rates learning rate 0.02",
    ]
    assert (best["state"], best["values"]) == ("finished", {"learning_rates": 0.02})
    assert best["best"] < second["best"]
    alone = ("--learning-rates", "0.02", "0.02", "0.02", "0.1", "--epochs", "1", "--name", "alone", "--quiet")
    run_command("train", *SMALL, *alone, folder=tmp_path)
    one, other = read_run(best["path"]), read_run(tmp_path / "runs" / "alone")
    np.testing.assert_array_equal(read_curves(one).training, read_curves(other).training)


def test_interrupted_sweep_continues(tmp_path: Path) -> None:
    write_scales(tmp_path)
    words = ("--values", "clip=0.5,1", "--updates-per-batch", "5", "--epochs", "4", "--name", "it's", "--json")
    process = subprocess.Popen(
        [*COMMAND, "sweep", *SMALL, *words],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert "lstmmusic sweep --resume 'it'\"'\"'s'" in said
    assert "waiting" in {each["state"] for each in records(rest) if each["event"] == "result"}
    lines = run_command("sweep", "--resume", "it's", "--threads", "1", "--device", "cpu", folder=tmp_path).stdout
    assert [line.split("\t")[1] for line in lines.splitlines()] == ["finished", "finished"]
    assert [run.finished for run in find_runs(tmp_path)[0]] == [True, True]


def test_sweep_without_values_or_with_wrong_ones_is_refused(tmp_path: Path) -> None:
    run_command("sweep", folder=tmp_path, status=2)
    assert "has no values" in run_command("sweep", "--values", "clip", folder=tmp_path, status=2).stderr
    done = run_command("sweep", "--values", "clip=1,2", "clip=3", folder=tmp_path, status=2)
    assert "clip comes twice" in done.stderr
    assert "not a setting" in run_command("sweep", "--values", "x=1", folder=tmp_path, status=1).stderr
    done = run_command("sweep", "--resume", "one", "--epochs", "3", folder=tmp_path, status=2)
    assert "a sweep that is resumed keeps its epochs" in done.stderr
    assert not list(tmp_path.iterdir())


def test_sweep_that_could_not_be_finished_says_so(tmp_path: Path) -> None:
    write_scales(tmp_path)
    (tmp_path / "runs").write_text("a file in the place of the folder")
    words = ("--values", "clip=1", "--epochs", "1", "--name", "lost", "--quiet")
    done = run_command("sweep", *SMALL, *words, folder=tmp_path, status=1)
    assert "1 run could not be finished. Continue with: lstmmusic sweep --resume lost" in done.stderr
    assert done.stdout == "–\twaiting\tlost clip 1\n"


def test_runs_are_drawn_at_random_and_hopeless_ones_are_to_end_early(tmp_path: Path) -> None:
    words = ("--values", "clip=0.1 to 10", "--random", "4", "--sweep-seed", "7", "--stop-early", "--minutes", "2")
    planned = read_sweep(make_parser("sweep").parse_args(["sweep", *words]), tmp_path)
    plan = planned.plan
    assert (plan.number, plan.seed, plan.stop_early, plan.recipe.minutes) == (4, 7, True, 2.0)
    drawn = [run.values["clip"] for run in planned.runs]
    assert len(set(drawn)) == 4
    assert all(0.1 <= clip <= 10 for clip in drawn)


@pytest.mark.parametrize("command", ["sweep", "train"])
def test_machines_of_a_cluster_are_named(command: str) -> None:
    parser = make_parser(command)
    words = ("--cluster", "ray://host:10001", "--storage", "s3://runs", "--threads", "3")
    found = read_cluster(parser.parse_args([command, *words]))
    assert found == Cluster("ray://host:10001", cores=3, storage="s3://runs")
    assert read_cluster(parser.parse_args([command])) is None
    with pytest.raises(SystemExit, match="2"):
        read_cluster(parser.parse_args([command, "--storage", "s3://runs"]))
