"""What is said about the losses of a run, and what can be compared of those of two runs."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.music.roll import Tune
from lstmmusic.network.probabilities import NoteProbabilities
from lstmmusic.runs.listing import Run
from lstmmusic.studio.losses import compare_losses, describe_validation, rank_runs
from lstmmusic.training.evaluation import Parts
from lstmmusic.training.snapshot import Curves, TrainingSnapshot


def make_run(
    name: str, *, loss: str = "cross-entropy", step: float = 0.3, held_out: str = "a", best: float = 7.0
) -> Run:
    training, roll = TrainingConfig(loss=loss), RollConfig(step)  # type: ignore[arg-type]
    return Run(
        Path(name), name, datetime.now(UTC), NetworkConfig(), training, training, roll, "music", None, None, (), 9, 1,
        1.0, True, best == best, 1.0, 8.0, best, 9, held_out=held_out,
    )  # fmt: skip


def test_losses_of_one_kind_on_one_grid_share_an_axis() -> None:
    assert compare_losses(make_run("one"), make_run("two", best=8.0)) == (True, "")
    share_axis, words = compare_losses(make_run("one"), make_run("two", held_out="b"))
    assert share_axis
    assert words == "Their validation is on different tunes: compare how it falls, not which is lower."
    assert compare_losses(make_run("one"), make_run("two", held_out="", best=math.nan)) == (True, "")


def test_losses_that_cannot_be_compared_have_their_own_axes_and_a_reason() -> None:
    share_axis, words = compare_losses(make_run("one"), make_run("two", loss="squared-error", best=8.25))
    assert not share_axis
    assert "A minimises the cross-entropy, and B the squared error" in words
    assert "their validation, on the same tunes, in nats per step: best 7.00 and 8.25." in words
    share_axis, words = compare_losses(make_run("one"), make_run("two", step=0.1, held_out="b"))
    assert not share_axis
    assert "A has steps of 0.3 seconds, pitches 21 to 108, and B steps of 0.1 seconds" in words
    assert "validation" not in words


def test_runs_are_ranked_among_those_with_the_same_validation() -> None:
    runs = [
        make_run("<b>worse", best=8.0),
        make_run("elsewhere", held_out="b", best=1.0),
        make_run("best"),
        make_run("unknown", best=math.nan),
        make_run("alone", held_out="", best=math.nan),
    ]
    other = replace(runs[0].training, batch_size=4, epochs=9, seed=3, l1=1.0, clip=2.0)
    runs[0] = replace(runs[0], training=other, initial_config=other)
    first, second, third = [table for table in rank_runs(runs).split("<table>") if table]
    names = [
        name for row in first.split("<tr>") for name in ("&lt;b&gt;worse", "best", "unknown") if f"<td>{name}" in row
    ]
    assert names == ["best", "&lt;b&gt;worse", "unknown"]
    assert "music, steps of 0.3 seconds, pitches 21 to 108; validated on the same tunes, in nats per step" in first
    assert "<td>8.000</td>" in first
    assert "and 1 more" in first
    assert "elsewhere" in second
    assert "no tune was held out" in third


def make_snapshot(validation: float, loss: str = "cross-entropy") -> TrainingSnapshot:
    """Make a snapshot after an epoch in which training went from 40 to 10."""
    roll = np.zeros((4, 88), np.uint8)
    curves = Curves.of([40, 10, 10], [(0, 50), (1, 20), (3, validation)])
    probabilities = NoteProbabilities(roll.astype(np.float32), "probability")
    config = TrainingConfig(loss=loss)  # type: ignore[arg-type]
    return TrainingSnapshot(curves, 2, 0.5, 1.0, Tune(roll), probabilities, config, parts=Parts(validation, 0, 0, 0))


@pytest.mark.parametrize(
    ("validation", "loss", "said"),
    [
        (8.5, "cross-entropy", ""),
        (7.5, "cross-entropy", " It may lie far below training: the ? beside the curves says why."),
        (14.5, "cross-entropy", ""),
        (16.0, "cross-entropy", " It is far above training: the network memorises its tunes, or those held out are"),
        (16.0, "squared-error", ""),  # of another kind
    ],
)
def test_validation_far_from_training_is_explained(validation: float, loss: str, said: str) -> None:
    words = describe_validation(make_snapshot(validation, loss), 5)
    assert words.startswith(f"Last validation: notes {validation:.2f} nats per step.{said}")
    assert bool(said) == (" It " in words)


def test_missing_and_meagre_validation_are_named() -> None:
    snapshot = make_snapshot(9.0)
    assert describe_validation(snapshot, 0).startswith("No tune is held out, so that nothing shows whether")
    assert describe_validation(snapshot, 1) == "Last validation, of a single tune: notes 9.00 nats per step."
    assert describe_validation(replace(snapshot, parts=None), 1) == ""  # a run of an earlier version
