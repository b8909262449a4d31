"""Which weights of the run are heard: the newest, or those of an earlier update, to hear how it learned."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import control, on_choice, quietly
from lstmmusic.training.trainer import Trainer
from lstmmusic.training.weights import WeightSnapshot, nearest_snapshot

LAST = -1  # an update: the newest while the run trains, and then the best


class Learning:
    """A slider over the snapshots of the run's weights.

    Parameters
    ----------
    context : Context
    changed : callable
        Called when the user chooses other weights.
    """

    def __init__(self, context: Context, changed: Callable[[], None]) -> None:
        self._offered: tuple[tuple[WeightSnapshot, ...], bool] = (), False
        self.slider = control(
            widgets.SelectionSlider,
            "Learning",
            "Hear the network as it was after an update of the run, with the same random numbers. Default: newest",
            options=[("newest", LAST)],
            disabled=True,
        )
        on_choice(self.slider, "value", context.act, changed)

    @property
    def snapshot(self) -> WeightSnapshot | None:
        """The weights that are chosen; None for the last."""
        chosen = self.slider.value
        return next((snapshot for snapshot in self._offered[0] if snapshot.update == chosen), None)

    def show(self, snapshot: WeightSnapshot | None) -> None:
        """Choose weights that were chosen before, if they are still kept."""
        self.slider.value = snapshot.update if snapshot in self._offered[0] else LAST

    def offer(self, trainer: Trainer | None, *, active: bool) -> None:
        """Offer the snapshots of a run; those that are no longer kept are replaced by the nearest."""
        snapshots = trainer.weight_snapshots if trainer else ()
        if (snapshots, active) == self._offered:
            return
        of_other_run = self._offered[0][:1] != snapshots[:1]
        self._offered = snapshots, active
        chosen = self.slider.value
        if chosen != LAST:
            nearest = None if of_other_run else nearest_snapshot(snapshots, chosen)
            chosen = nearest.update if nearest else LAST
        with quietly(self.slider):
            last = ("newest" if active else "best", LAST)
            self.slider.options = [*((f"update {one.update:,}", one.update) for one in snapshots), last]
            self.slider.value = chosen
            self.slider.disabled = not snapshots


def describe_weights(weights: WeightSnapshot, trainer: Trainer, *, newest: bool, chosen: bool) -> str:
    """Return from which update of a run a tune is.

    Parameters
    ----------
    weights : WeightSnapshot
    trainer : Trainer
    newest : bool
        Whether they were the newest when the tune was generated, rather than the best.
    chosen : bool
        Whether the user chose them.
    """
    made = len(trainer.losses)
    if chosen or newest:
        return f"From update {weights.update:,} · newest {made:,}"
    return f"From update {weights.update:,}, the best of {made:,}"
