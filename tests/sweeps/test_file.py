from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmmusic.errors import CheckpointError
from lstmmusic.music.source import Source
from lstmmusic.runs.recipe import Recipe
from lstmmusic.sweeps.file import MAX_BYTES, find_sweeps, free_sweep_name, load_sweep, save_sweep
from lstmmusic.sweeps.plan import Between, Plan
from lstmmusic.sweeps.sweep import Sweep
from tests.runs.test_recipe import JSON


def make(folder: Path, name: str = "mine") -> Sweep:
    plan = Plan(Recipe(Source("chorales")), {"clip": (0.5, 1.0), "hidden": ((8, 9, 10), 16)}, stop_early=True)
    made = Sweep.of(plan, folder, name)
    return made.with_state(made.runs[1].name, "failed", "the loss is nan")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sweep = make(tmp_path_factory.mktemp("saved"))
    save_sweep(sweep)
    return sweep.path


def spoil(saved: Path, change: Callable[[Any], Any], folder: Path) -> Path:
    content = json.loads(saved.read_text())
    change(content)
    path = folder / "sweeps" / "spoilt.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def test_sweep_is_the_same_after_it_was_saved(tmp_path: Path) -> None:
    sweep = make(tmp_path)
    save_sweep(sweep)
    assert load_sweep(sweep.path) == sweep
    drawn = Sweep.of(Plan(Recipe(Source("chorales")), {"clip": Between(0.5, 2)}, number=3), tmp_path, "drawn")
    save_sweep(drawn)
    os.utime(sweep.path, (1, 1))
    assert find_sweeps(tmp_path) == ((drawn, sweep), ())
    assert find_sweeps(tmp_path / "nowhere") == ((), ())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sweeps").touch()
    assert find_sweeps(tmp_path / "other")[1][0].endswith("sweeps cannot be listed (Not a directory); check the folder")
    assert free_sweep_name(tmp_path, "mine") == "mine-2"
    assert free_sweep_name(tmp_path, "other: one") == "other- one"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda all: all.update(format=2), "has format 2; this version reads format 1"),
        (lambda all: all.pop("plan"), "is not a sweep"),
        (lambda all: all["plan"].update(command="rm"), "a plan has"),
        (lambda all: all["plan"]["recipe"]["training"].update(clip=1e99), "clip is 1e"),
        (lambda all: all["plan"]["settings"].update(clip=[1.0] * 5), "same value twice"),
        (lambda all: all["plan"]["settings"].update(clip=list(range(1, 2000))), "from 1 to 1000 values"),
        (lambda all: all["runs"][0].update(name="../../elsewhere"), "is not the name of a run"),
        (lambda all: all["runs"][0].update(name="/etc"), "is not the name of a run"),
        (lambda all: all["runs"][0].update(name=".locks"), "is not the name of a run"),
        (lambda all: all["runs"][0].update(name=5), "is not the name of a run"),
        (lambda all: all["runs"][0].update(name=all["runs"][1]["name"]), "two runs have one name"),
        (lambda all: all["runs"][0].update(state="rm"), "state is 'rm'"),
        (lambda all: all["runs"][0].update(values={"clip": 1.0}), "other settings than the plan"),
        (lambda all: all["runs"][0]["values"].update(clip="much"), "clip is 'much'"),
        (lambda all: all["runs"][0]["values"].update(hidden=[8, 8, 99999]), "99999"),
        (lambda all: all.update(runs=[]), "number of runs is 0"),
        (lambda all: all.update(runs=all["runs"] * 1000), "number of runs is 4000"),
    ],
)
def test_hostile_sweep_is_refused(saved: Path, tmp_path: Path, change: Callable[[Any], Any], message: str) -> None:
    path = spoil(saved, change, tmp_path)
    with pytest.raises(CheckpointError, match=message):
        load_sweep(path)
    found, (reason,) = find_sweeps(tmp_path)
    assert not found
    assert "spoilt.json" in reason


@pytest.mark.parametrize("content", [b"", b"\xff\xfe{", b"[" * 100_000, b"7", b"null", b'{"format": 1}', b"{}"])
def test_file_that_is_no_sweep_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sweeps" / "no.json"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"no\.json"):
        load_sweep(path)


def test_sweep_that_is_too_large_is_left_out_unread(tmp_path: Path) -> None:
    path = tmp_path / "sweeps" / "large.json"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(CheckpointError, match="the size of the file"):
        load_sweep(path)


def test_sweep_behind_a_link_is_not_followed(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "one" / "sweeps").mkdir(parents=True)
    (tmp_path / "one" / "sweeps" / "mine.json").symlink_to(saved)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "sweeps").symlink_to(saved.parent)
    for folder in ("one", "two"):
        with pytest.raises(CheckpointError, match="leads elsewhere"):
            load_sweep(tmp_path / folder / "sweeps" / "mine.json")


def test_reasons_in_a_foreign_sweep_are_made_printable(saved: Path, tmp_path: Path) -> None:
    path = spoil(saved, lambda all: all["runs"][0].update(reason="a\nb\x1b[31m"), tmp_path)
    assert load_sweep(path).runs[0].reason == "a�b�[31m"


@given(
    where=st.sampled_from([(), ("plan",), ("runs",), ("runs", 0), ("runs", 0, "values")]),
    key=st.sampled_from(["format", "plan", "runs", "recipe", "settings", "name", "values", "state", "clip", "hidden"]),
    value=JSON,
)
def test_any_value_in_a_file_is_a_sweep_or_a_checkpoint_error(
    saved: Path, where: tuple[Any, ...], key: str, value: object
) -> None:
    def change(content: Any) -> None:
        for part in where:
            content = content[part]
        content[0 if isinstance(content, list) else key] = value

    folder = saved.parents[1] / "spoilt"
    try:
        sweep = load_sweep(spoil(saved, change, folder))
    except CheckpointError:
        return
    shelf = (folder / "runs").resolve()
    assert all(sweep.run_folder(run).resolve().parent == shelf for run in sweep.runs)


def test_results_of_runs_that_were_moved_have_no_run(tmp_path: Path) -> None:
    sweep = make(tmp_path)
    assert [result.run for result in sweep.results()] == [None] * 4
    assert replace(sweep, runs=sweep.runs[:1]).waiting == sweep.runs[:1]
