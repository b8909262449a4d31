"""Which weights of the run are heard: the newest, or those of an earlier update, to hear how it learned."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets

from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, control, on_choice, on_value, quietly, widen_label
from lstmmusic.studio.listening.takes import Made
from lstmmusic.studio.looks import show
from lstmmusic.studio.session import Session
from lstmmusic.training.trainer import Trainer
from lstmmusic.training.weights import WeightSnapshot, nearest_snapshot
from lstmmusic.views import LossView

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
        widen_label(self.slider, "auto")  # there is a button beside it
        on_choice(self.slider, "value", context.act, changed)
        self._act = context.act
        self._loss: LossView | None = None

    def mark(self, loss: LossView) -> None:
        """Let the marker below the loss of the run show and choose the weights, too."""
        self._loss = loss
        on_value(loss, "heard", self._act, self._choose)

    @property
    def snapshots(self) -> tuple[WeightSnapshot, ...]:
        """The weights to choose from, the earliest first, without the last."""
        return self._offered[0]

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
        if (snapshots, active) != self._offered:
            self._list(snapshots, active=active)
        self._put_marker()

    def _list(self, snapshots: tuple[WeightSnapshot, ...], *, active: bool) -> None:
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

    def _choose(self, update: int | None) -> None:
        nearest = None if update is None else nearest_snapshot(self._offered[0], update)
        self.slider.value = nearest.update if nearest else LAST

    def _put_marker(self) -> None:
        if self._loss:
            (snapshots, active), chosen = self._offered, self.snapshot
            with quietly(self._loss), self._loss.hold_sync():
                self._loss.snapshots = [snapshot.update for snapshot in snapshots]
                self._loss.heard = chosen.update if chosen else None
                self._loss.last = "newest" if active else "best"


def has_others(session: Session, made: Made) -> bool:
    """Return whether a run has other weights to be heard than those of its takes: newer, or the best once it rests."""
    trainer, weights = session.trainer, made.weights
    if weights is None or trainer is None or not made.is_of(trainer):
        return False
    if session.active:
        return bool(trainer.validations) and trainer.validations[-1][0] > weights.update
    return weights.weights is not trainer.best


class Origin:
    """A button that says from which weights the takes are, and asks for others.

    Parameters
    ----------
    context : Context
    renew : callable
        Generates the takes again.
    """

    def __init__(self, context: Context, renew: Callable[[], None]) -> None:
        self._session = context.session
        self.button = button("", "Show the tune of the newest weights", context.act, renew)

    def show(self, made: Made | None, *, can_turn: bool, playing: bool) -> None:
        """Show where takes are from; the button can be clicked if there are others, and blinks while these play."""
        show(self.button, made)
        if made:
            self.button.description = f"{self._describe(made)}{' ↻' if can_turn else ''}"
        self.button.disabled = not can_turn
        blinks = can_turn and playing
        self.button.button_style = "info" if blinks else ""
        (self.button.add_class if blinks else self.button.remove_class)("lstmmusic-blinks")

    def _describe(self, made: Made) -> str:
        weights, request, trainer = made.weights, made.request, self._session.trainer
        if request.favourite:
            return f"{'Favourite' if made.favourite else 'Branches'}, {request.favourite.origin}"
        if weights is None:
            return f"From the bundled {request.bundled} network"
        if trainer is None or not made.is_of(trainer):
            return "From an earlier run"
        updates = len(trainer.losses)
        if weights.weights is trainer.best and not (request.newest or request.snapshot):
            return f"From update {weights.update:,}, the best of {updates:,}"
        return f"From update {weights.update:,} · newest {updates:,}"
