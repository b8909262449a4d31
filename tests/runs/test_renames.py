"""Runs that were renamed are found by their earlier names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lstmmusic.runs.listing import find_runs, read_run
from lstmmusic.runs.renames import RENAMED, find_renamed, remember_rename
from lstmmusic.runs.store import delete_run, rename_run, restore_run
from tests.runs.test_listing import make_run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    make_run(tmp_path / "runs" / "first" / "run.safetensors", 1)
    return tmp_path / "runs"


def test_run_is_found_by_each_earlier_name(runs: Path) -> None:
    first = runs / "first"
    assert find_renamed(first) == first
    second = rename_run(read_run(first), "rate 0.004")
    third = rename_run(second, "best")
    assert find_renamed(first) == find_renamed(second.path) == third.path == runs / "best"
    deleted = delete_run(third)
    assert find_renamed(first) == first
    assert find_renamed(restore_run(deleted).path) == third.path
    rename_run(third, "first")
    assert find_renamed(second.path) == first
    assert [run.name for run in find_runs(runs.parent)[0]] == ["first"]


def test_names_that_lead_in_circles_are_left_alone(runs: Path) -> None:
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        remember_rename(runs / one, runs / other)
    assert find_renamed(runs / "a") == runs / "a"


@pytest.mark.parametrize("name", ["../other", "..", "", "/tmp", "first\n", "\0", "x" * 2000, "con"])
def test_file_from_somebody_else_names_no_other_place(name: str, runs: Path) -> None:
    (runs / RENAMED).mkdir()
    (runs / RENAMED / "old").write_text(name)
    assert find_renamed(runs / "old") == runs / "old"


def test_links_and_pipes_are_not_followed(runs: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "old").write_text("first")
    (runs / RENAMED).symlink_to(tmp_path / "elsewhere")
    assert find_renamed(runs / "old") == runs / "old"
    rename_run(read_run(runs / "first"), "second")
    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["old"]
    (runs / RENAMED).unlink()
    (runs / RENAMED).mkdir()
    (runs / RENAMED / "old").symlink_to(tmp_path / "elsewhere" / "old")
    os.mkfifo(runs / RENAMED / "pipe")
    assert find_renamed(runs / "old") == runs / "old"
    assert find_renamed(runs / "pipe") == runs / "pipe"
