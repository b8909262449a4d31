"""What the pictures of tunes and losses say beside them: axes, bar lines, units, and what each curve is."""

from __future__ import annotations

from lstmmusic.config import TrainingConfig
from lstmmusic.music.metre import spans
from lstmmusic.music.roll import Tune
from lstmmusic.views import LossView, RollView

NATS = "nats per step"

ABOUT_PARTS = "The curves, and what counts as best, are of the notes alone."
ABOUT_CURVES = f"""Faint: the loss of each update. Strong: smoothed. Dashed: validation, on held-out tunes; a ring \
marks its best, whose weights are kept.
Validation may lie below training: training is measured while a part of the units is dropped at random (dropout), with \
the weights before each update; validation with all units and averaged weights (EMA). It matters whether validation \
still falls, not which line is lower.
{ABOUT_PARTS}"""


def show_units(view: LossView, training: TrainingConfig, name: str = "") -> None:
    """Show in which units the losses of a run are, and its name if it has a plot of its own."""
    plain = training.loss == "cross-entropy"
    unit = NATS if plain else "squared error"
    with view.hold_sync():
        view.unit = f"{name}: {unit}" if name else unit
        view.validation_unit = "" if plain else NATS


def set_grid(view: RollView, tune: Tune) -> None:
    """Label the axes of a view, draw the bar lines of a tune, and keep the zoom while tunes have the same name."""
    config = tune.config
    view.place = tune.name
    view.lowest, view.step, view.unit = config.lowest, config.step, config.unit
    view.bars = [tuple(row) for row in spans(tune.metre, config).tolist()]
