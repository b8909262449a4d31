from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmmusic.config import PARTS, TrainingConfig
from lstmmusic.music.roll import Tune
from lstmmusic.network.probabilities import NoteProbabilities
from lstmmusic.training.advice import Advice, advise
from lstmmusic.training.snapshot import Curves, LayerHealth, TrainingSnapshot
from lstmmusic.training.start import Origin

PER_EPOCH, PLANNED = 40, 1000  # updates
HEALTHY = tuple(LayerHealth(part, 0.5, 0.2, None if part == "output" else 0.05) for part in PARTS)


def make_snapshot(
    training, validation=(), health: tuple[LayerHealth, ...] = HEALTHY, **settings: object
) -> TrainingSnapshot:
    """Make a snapshot from the training loss of each epoch, and the validation loss before and after each."""
    losses = np.repeat(np.array(training, np.float64), PER_EPOCH)
    roll = np.zeros((4, 88), np.uint8)
    return TrainingSnapshot(
        Curves.of(losses, [(PER_EPOCH * epoch, loss) for epoch, loss in enumerate(validation)]),
        len(training),
        len(losses) / PLANNED,
        10.0,
        Tune(roll),
        NoteProbabilities(roll.astype(np.float32), "probability"),
        TrainingConfig(**settings),
        health,
    )


def problems(snapshot: TrainingSnapshot) -> list[str]:
    return [advice.problem for advice in advise(snapshot)]


FALLING = [9, 7, 6, 5.5, 5, 4.5, 4, 3.5]


def test_no_advice_where_all_goes_well_or_nothing_is_known() -> None:
    assert advise(make_snapshot(FALLING, [10, 8, 7, 6.5, 6, 5.9, 5.8, 5.7, 5.6])) == ()
    assert advise(make_snapshot(FALLING)) == ()
    assert advise(make_snapshot([], [10], ())) == ()
    assert advise(make_snapshot([9], [10, 8], ())) == ()


def test_run_of_few_updates_should_be_longer() -> None:
    short = replace(make_snapshot([9, 7], epochs=3), done=2 / 3)
    assert advise(short) == (
        Advice(
            "All 3 epochs together are 120 updates, which is hardly enough.", "Raise the epochs to 30, or add music."
        ),
    )
    assert advise(replace(short, done=0.2)) == ()  # the epochs were raised
    assert advise(replace(short, started_from=Origin("bundled: piano", "0" * 16))) == ()


def test_overfitting_names_its_epoch_and_both_losses() -> None:
    snapshot = make_snapshot(FALLING, [10, 8, 7, 6, 5.61, 5.62, 5.7, 5.8, 5.94])
    assert advise(snapshot) == (
        Advice(
            "Overfitting since epoch 4: validation was 5.61 and is 5.94.",
            "Stop here (the best weights are kept), or use more dropout or more music.",
        ),
    )


@pytest.mark.parametrize(
    ("training", "validation"),
    [
        (FALLING, [10, 8, 7, 6.5, 6.4, 6.2, 5.6, 5.8, 5.9]),  # twice only
        (FALLING, [10, 8, 7, 6, 5.61, 5.62, 5.63, 5.64, 5.65]),  # by less than 1 %
        ([9, 7, 6, 5.5, 5.6, 5.7, 5.8, 5.9], [10, 8, 7, 6, 5.61, 5.62, 5.7, 5.8, 5.94]),  # training is worse too
    ],
)
def test_validation_that_is_worse_by_chance_is_not_overfitting(training, validation) -> None:
    assert advise(make_snapshot(training, validation)) == ()


def test_validation_that_never_improved_is_overfitting_since_epoch_0() -> None:
    assert problems(make_snapshot([9, 7, 6, 5], [5, 5.1, 5.2, 5.3, 5.4])) == [
        "Overfitting since epoch 0: validation was 5.00 and is 5.40."
    ]


def test_advice_on_a_loss_that_has_blown_up_or_does_not_fall() -> None:
    (blown_up,) = advise(make_snapshot([9, 7, 6, 9.5]))
    assert blown_up.problem == "The loss has blown up: it was 6.00 and is 9.50."
    assert blown_up.remedy.startswith("Lower the learning rates")
    assert problems(make_snapshot([9, 9, 8.9])) == ["The loss does not fall: it was 9.00 at first and is 8.90."]
    with_head_start = replace(make_snapshot([9, 9, 8.9]), started_from=Origin("bundled: piano", "0" * 16))
    assert problems(with_head_start) == []
    assert problems(make_snapshot([9, 9])) == []  # too early
    assert problems(make_snapshot([9, 8, 7])) == []


def with_layer(number: int, **changes: object) -> tuple[LayerHealth, ...]:
    return tuple(replace(layer, **changes) if n == number else layer for n, layer in enumerate(HEALTHY))


def test_advice_on_nearly_constant_clipping() -> None:
    always = tuple(replace(layer, gradient_norm=15.0, clipped=0.95) for layer in HEALTHY)
    assert problems(make_snapshot(FALLING, health=always)) == ["Nearly every update is clipped, the last from 30 to 1."]
    assert problems(make_snapshot(FALLING, health=always, clip=5.0)) == []  # usual early in training
    assert problems(make_snapshot([9, 7], health=always)) == []  # early in training, of any norm
    now_and_then = tuple(replace(layer, clipped=0.8) for layer in always)
    assert problems(make_snapshot(FALLING, health=now_and_then)) == []


def test_advice_on_a_layer_whose_elements_are_mostly_clipped() -> None:
    (advice,) = advise(make_snapshot(FALLING, health=with_layer(1, clipped=0.6), clip_kind="element", clip=1e-4))
    assert advice == Advice("Most of the gradient of layer 2 is clipped.", "Raise the clip above 0.0001.")
    assert problems(make_snapshot(FALLING, health=with_layer(1, clipped=0.4), clip_kind="element")) == []


def test_advice_on_stuck_gates() -> None:
    health = (*with_layer(0, saturated=0.71)[:2], replace(HEALTHY[2], saturated=0.62), HEALTHY[3])
    (advice,) = advise(make_snapshot(FALLING, health=health))
    assert advice.problem == "At least 62% of the gates of layer 1 and layer 3 are stuck, wide open or shut."
    assert "smaller std" in advice.remedy


def test_advice_on_parts_that_do_not_learn() -> None:
    assert problems(make_snapshot(FALLING, learning_rates=(0, 0.1, 0, 0))) == [
        "A rate of 0 keeps layer 1, layer 3 and the output from learning."
    ]
    assert problems(make_snapshot(FALLING, health=with_layer(0, gradient_norm=1e-9))) == [
        "The gradient of layer 1 is 0, so that nothing is learned there."
    ]


@pytest.mark.parametrize("norm", [float("inf"), float("nan")])
def test_gradients_that_are_not_finite_are_named_as_such_and_not_as_zero(norm: float) -> None:
    health = tuple(replace(layer, gradient_norm=norm, clipped=1.0) for layer in HEALTHY[:2]) + HEALTHY[2:]
    (advice,) = advise(make_snapshot(FALLING, health=health))
    assert advice.problem == "The gradient of layer 1 and layer 2 is not finite: an update was far too large."
    assert "Lower the learning rates" in advice.remedy
