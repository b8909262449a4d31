"""What is said about the losses of a run, and which runs share a plot."""

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
from lstmmusic.studio.losses import Axis, describe_validation, share_axes
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


def test_losses_of_one_kind_on_one_grid_share_a_plot() -> None:
    three = [make_run("one"), make_run("two", best=8.0), make_run("three", held_out="", best=math.nan)]
    assert share_axes(three, "ABC") == ((Axis((0, 1, 2), "nats per step", training=True),), "")
    axes, words = share_axes([make_run("one"), make_run("two", held_out="b")], "AB")
    assert axes == (Axis((0, 1), "nats per step", training=True),)
    assert words == "The validation is on different tunes: compare how it falls, not which is lower."
    assert share_axes([make_run("one", loss="squared-error")], "A") == ((Axis((0,), "squared error", True),), "")
    assert share_axes([], "") == ((), "")


def test_squared_errors_are_never_drawn_in_nats() -> None:
    squared = make_run("two", loss="squared-error", best=8.25)
    axes, words = share_axes([make_run("one"), squared, make_run("three", best=math.nan)], "ABC")
    assert axes == (Axis((0, 1), "nats per step", training=False),)
    assert "different losses (A, C cross-entropy, B squared error): what is drawn is their validation" in words
    assert words.endswith("Not drawn, for want of validation: C.")
    axes, words = share_axes([squared, squared], "AB")
    assert axes == (Axis((0, 1), "nats per step", training=False),)
    assert words == "These runs minimise the squared error: what is drawn is their validation, in nats per step."
    blind = [make_run("two", loss="squared-error", best=math.nan)] * 2
    assert share_axes(blind, "AB") == ((Axis((0, 1), "squared error", training=True),), "")
    assert share_axes([make_run("one", best=math.nan), blind[0]], "AB")[0] == ()


def test_losses_of_other_steps_have_plots_of_their_own() -> None:
    runs = [make_run("one"), make_run("two", step=0.1, held_out="b"), make_run("three")]
    axes, words = share_axes(runs, "ABC")
    assert axes == (Axis((0, 2), "nats per step", training=True), Axis((1,), "nats per step", training=True))
    assert words.startswith("Losses of steps that differ cannot be compared: A, C steps of 0.3 seconds, pitches 21 to")
    assert "B steps of 0.1 seconds" in words


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
    words = describe_validation(make_snapshot(validation, loss), 5, 5)
    assert words.startswith(f"Last validation: notes {validation:.2f} nats per step.{said}")
    assert bool(said) == (" It " in words)


def test_missing_and_meagre_validation_are_named() -> None:
    snapshot = make_snapshot(9.0)
    assert describe_validation(snapshot, 0, 0).startswith("No tune is held out, so that nothing shows whether")
    assert describe_validation(snapshot, 1, 1) == "Last validation, of a single tune: notes 9.00 nats per step."
    sample = describe_validation(snapshot, 50, 15_000)
    assert sample == "Last validation, of a sample of 50 of 15,000 held-out tunes: notes 9.00 nats per step."
    assert describe_validation(replace(snapshot, parts=None), 1, 1) == ""  # a run of an earlier version
