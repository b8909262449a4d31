"""Runs in a zip file: as they were saved, and nothing else."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from lstmmusic.base.progress import Progress
from lstmmusic.errors import SaveError
from lstmmusic.runs.checkpoint import load_run
from lstmmusic.runs.listing import find_runs
from lstmmusic.runs.runs_zip import zip_runs
from tests.runs.test_listing import make_run
from tests.runs.test_store import everything


def test_exported_runs_can_be_unpacked_and_loaded(tmp_path: Path) -> None:
    runs = tmp_path / "here" / "runs"
    trainers = {name: make_run(runs / name / "run.safetensors") for name in ("one", "two", "three")}
    trainers["old"] = make_run(runs / "old.safetensors")
    (runs / "one" / "favourites").mkdir()
    (runs / "one" / "favourites" / "take.safetensors").write_bytes(b"take")
    chosen = [run for run in find_runs(tmp_path / "here")[0] if run.name != "two"]
    path = tmp_path / "runs.zip"
    assert [*zip_runs(chosen, path)] == [Progress(number, 3) for number in range(4)]
    with zipfile.ZipFile(path) as zipped:
        zipped.extractall(tmp_path / "there" / "runs")
    expected = {name: content for name, content in everything(runs).items() if not name.startswith("two")}
    assert everything(tmp_path / "there" / "runs") == expected
    found, broken = find_runs(tmp_path / "there")
    assert (sorted(run.name for run in found), broken) == (["old", "one", "three"], ())
    for run in found:
        trainer = trainers[run.name]
        again = load_run(run.file, trainer.training, trainer.validation, device="cpu")
        assert again.losses.tolist() == trainer.losses.tolist()


def test_what_does_not_belong_to_a_run_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    make_run(folder / "run.safetensors")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").write_bytes(b"secret")
    (folder / ".run.safetensors.0123.part").write_bytes(b"half")
    (folder / "favourites" / ".deleted" / "1").mkdir(parents=True)
    (folder / "favourites" / ".deleted" / "1" / "take.safetensors").write_bytes(b"take")
    (folder / "file").symlink_to(tmp_path / "secret" / "file")
    (folder / "takes").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe")
    (folder / "old.txt").write_bytes(b"text")
    os.utime(folder / "old.txt", (0, 0))  # before what a zip file can say
    [*zip_runs(find_runs(tmp_path)[0], tmp_path / "runs.zip")]
    with zipfile.ZipFile(tmp_path / "runs.zip") as zipped:
        assert zipped.namelist() == ["one/old.txt", "one/run.safetensors"]


def test_run_that_is_gone_leaves_no_zip_file(tmp_path: Path) -> None:
    make_run(tmp_path / "runs" / "one" / "run.safetensors")
    make_run(tmp_path / "runs" / "old.safetensors")
    runs, _ = find_runs(tmp_path)
    (tmp_path / "runs" / "old.safetensors").unlink()
    with pytest.raises(SaveError, match=r"^old could not be exported.*list the runs again"):
        [*zip_runs(runs, tmp_path / "runs.zip")]
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
