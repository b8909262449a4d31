"""Histograms of the weights and gradients of the run that trains, in the place of the health of its layers."""

from __future__ import annotations

import math
from functools import partial
from typing import NamedTuple

import numpy as np

from lstmmusic.analysis.weights import Fractions, gradient_histograms, histogram_edges, weight_histograms
from lstmmusic.config import PARTS
from lstmmusic.studio.context import Context, Latest, Pace
from lstmmusic.studio.controls import column, toggle
from lstmmusic.studio.looks import show
from lstmmusic.training.trainer import Trainer
from lstmmusic.views import HealthView, MagnitudesView

# Seconds between two measurements, each of which takes some milliseconds of training.
PERIOD = 2.0


class Counted(NamedTuple):
    """Histograms of magnitudes after an update of a run; see `fold`."""

    trainer: Trainer
    update: int
    weights: Fractions
    gradients: Fractions

    @classmethod
    def of(cls, trainer: Trainer) -> Counted:
        """Measure the weights as they are now; to be called between two updates."""
        weights, gradients = weight_histograms(trainer.network), gradient_histograms(trainer.network)
        shown = np.zeros_like(weights) if gradients is None else gradients
        return cls(trainer, len(trainer.losses), fold(weights), fold(shown))


def fold(histograms: Fractions) -> Fractions:
    """Return histograms of magnitudes of histograms between `histogram_edges`: zeros first, then ever larger ones."""
    bins = histograms.shape[1] // 2
    return np.concatenate(
        (histograms[:, bins : bins + 1], histograms[:, bins + 1 :] + histograms[:, :bins][:, ::-1]), axis=1
    )


class Histograms:
    """The button that shows the histograms, and the view that it shows, in the place of another.

    Parameters
    ----------
    context : Context
    health : HealthView
        What is shown otherwise.
    """

    def __init__(self, context: Context, health: HealthView) -> None:
        self._session, self._health = context.session, health
        self._counting: Latest[Counted] = Latest(context.between_updates)
        self._asked: tuple[Trainer, int] | None = None  # what is measured, and after which update
        self._pace = Pace(PERIOD)
        magnitudes = histogram_edges()
        self.view = MagnitudesView(height=136, powers=(math.log10(abs(magnitudes).min()), math.log10(magnitudes.max())))
        self.button = toggle("Weights", "Show how large the weights and gradients of each layer are, since this opened")
        self.button.observe(lambda _: context.act(self._turn), "value")
        self.box = column(health, self.view)
        self._turn()

    def _turn(self) -> None:
        for view, on in ((self.view, self.button.value), (self._health, not self.button.value)):
            show(view, on)

    def refresh(self, *, in_view: bool) -> None:
        """Show what was measured, and measure again now and then while it is looked at.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        counted, trainer = self._counting.take(), self._session.trainer
        if counted and counted.trainer is trainer:
            self.view.show(counted.update, [part.capitalize() for part in PARTS], counted.weights, counted.gradients)
        if trainer is None or not (self.button.value and in_view) or self._counting.busy:
            return
        if self._asked and self._asked[0] is not trainer:
            self.view.clear()
        newest = trainer, len(trainer.losses)
        if newest != self._asked and self._pace.due:
            self._asked = newest
            self._counting.ask(self._pace.timed(partial(Counted.of, trainer)))
