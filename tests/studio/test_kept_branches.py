"""Branches are kept with their run by themselves, and are shown as a tree again."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lstmmusic.runs.listing import find_runs
from lstmmusic.studio import Studio
from tests.studios import Recorder, finish_run, message, open_studio, press, settle, until
from tests.wires import receive


def branch(studio: Studio, index: int, step: int) -> None:
    settle(studio)  # takes of a primer that is still read would replace those with branches
    studio.listening.act_on("show", index)
    studio.listening.roll.selection = (step, step + 1)
    studio.listening.workbench.branch()
    settle(studio)


def trees(studio: Studio) -> list[str]:
    return [strip["label"] for strip in studio.listening.branches.strips.strips]


def labels(studio: Studio) -> list[str]:
    return [strip["label"] for strip in studio.listening.strips.strips]


def test_branches_of_no_run_are_in_the_history_only(studio: Studio, tmp_path: Path) -> None:
    branch(studio, 0, 20)
    assert (trees(studio), studio.listening.branches.strips.layout.display) == ([], "none")
    assert not list(tmp_path.rglob("branches"))


def test_branches_are_kept_with_the_run_and_shown_again(tmp_path: Path, player: Recorder) -> None:
    studio = open_studio(tmp_path, player)
    finish_run(studio)
    branch(studio, 1, 20)
    until(lambda: trees(studio) == ["5 takes"], studio)
    branch(studio, 3, 24)  # 2.2
    until(lambda: trees(studio) == ["9 takes"], studio)
    studio.listening.sampling.temperature.value = 1.2  # which does the same work again
    settle(studio)
    assert trees(studio) == ["9 takes"]
    studio.listening.film.go_to(studio.listening.film.history.place - 1)
    assert labels(studio)[1:] == ["2", "2.1", "2.2", "2.2.1", "2.2.2", "2.2.3", "2.2.4", "2.3", "2.4"]
    made = studio.listening.made
    studio.close()

    (run,) = find_runs(tmp_path)[0]
    assert len(list((run.path / "branches").iterdir())) == 9
    again = open_studio(tmp_path, Recorder())
    try:
        listening = again.listening
        press(again.runs.load_button, again)  # not only until its trees are listed: its takes come later
        until(lambda: trees(again) == ["9 takes"], again)
        settle(again)
        receive(listening.branches.strips, {"kind": "act", "action": "show", "index": 0})
        settle(again)
        assert message(again) == ""
        assert labels(again) == ["1", "1.1", "1.2", "1.2.1", "1.2.2", "1.2.3", "1.2.4", "1.3", "1.4"]
        for take, kept in zip(listening.made.takes, made.takes[1:], strict=True):
            np.testing.assert_array_equal(take.tune.roll, kept.tune.roll)
        assert listening.made.names[3].startswith("Take 1.2.1 after ")
        assert listening.made.names[3].endswith(f", update {made.weights.update}")
        assert listening.origin.button.description.startswith("Branches, update ")
        assert listening.sampling.seed.value == made.takes[1].seed
        branch(again, 8, 26)
        assert labels(again)[-5:] == ["1.4", "1.4.1", "1.4.2", "1.4.3", "1.4.4"]
        until(lambda: trees(again) == ["13 takes"], again)
    finally:
        again.close()


def test_tree_is_listed_again_without_a_branch_that_is_gone(studio: Studio) -> None:
    finish_run(studio)
    branch(studio, 0, 20)
    until(lambda: trees(studio) == ["5 takes"], studio)
    gone = max((studio.session.path / "branches").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    gone.unlink()
    receive(studio.listening.branches.strips, {"kind": "act", "action": "show", "index": 0})
    assert "was not found" in message(studio)
    until(lambda: trees(studio) == ["4 takes"], studio)
    receive(studio.listening.branches.strips, {"kind": "act", "action": "show", "index": 0})
    until(lambda: labels(studio) == ["1", "1.1", "1.2", "1.3"], studio)
