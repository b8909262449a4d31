"""Histograms of the weights and gradients of the run that trains, in the place of the health of its layers."""

from __future__ import annotations

import time

from lstmmusic.analysis.magnitudes import HIGHEST, LOWEST, Magnitudes, measure_magnitudes
from lstmmusic.config import PARTS
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import column, toggle
from lstmmusic.training.trainer import Trainer
from lstmmusic.views import HealthView, MagnitudesView

# Seconds between two measurements, which take five milliseconds of training each.
PERIOD = 2.0


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
        self._counting: Latest[tuple[Trainer, int, Magnitudes]] = Latest(context.between_updates)
        self._shown: tuple[Trainer, int] | None = None  # what is measured or being measured, and after which update
        self._asked = 0.0
        self.view = MagnitudesView(powers=(LOWEST, HIGHEST))
        self.button = toggle("Weights", "Show how large the weights and gradients of each layer are, since this opened")
        self.button.observe(lambda _: context.act(self._turn), "value")
        self.box = column(health, self.view)
        self._turn()

    def _turn(self) -> None:
        for view, on in ((self.view, self.button.value), (self._health, not self.button.value)):
            view.layout.display = None if on else "none"

    def refresh(self, *, in_view: bool) -> None:
        """Show what was measured, and measure again now and then while it is looked at.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        trainer, update, found = self._counting.take() or (None, 0, None)
        if trainer is self._session.trainer and found:
            self.view.show(update, [part.capitalize() for part in PARTS], found.weights, found.gradients)
        trainer = self._session.trainer
        if trainer is None or not (self.button.value and in_view) or self._counting.busy:
            return
        if self._shown and self._shown[0] is not trainer:
            self.view.clear()
        newest = trainer, len(trainer.losses)
        if newest != self._shown and time.monotonic() > self._asked + PERIOD:
            self._shown, self._asked = newest, time.monotonic()
            self._counting.ask(lambda: (trainer, len(trainer.losses), measure_magnitudes(trainer.network)))
