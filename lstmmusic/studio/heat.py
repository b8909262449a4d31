"""The heat maps of note probabilities: each says which probability it shows, and has a menu to choose another."""

from __future__ import annotations

from functools import partial

import numpy as np

from lstmmusic.config import NetworkConfig
from lstmmusic.labels import set_grid
from lstmmusic.music.roll import Tune
from lstmmusic.network.probabilities import (
    AS_SAMPLED,
    GIVEN_TRUE,
    MARGINAL_SAMPLES,
    PLAIN,
    NoteProbabilities,
)
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import choice, widen_label
from lstmmusic.studio.looks import show
from lstmmusic.views import RollView


class HeatMap:
    """A heat map and the menu above it, whose value is whether the probability of each note by itself is shown.

    Parameters
    ----------
    view : RollView
    default, tooltip : str
        The other entry of the menu, and the help of the menu.
    """

    def __init__(self, view: RollView, default: str, tooltip: str) -> None:
        self.view = view
        self.menu = choice(
            "Shown", tooltip, {default: False, f"each note by itself ({MARGINAL_SAMPLES} samples)": True}
        )
        widen_label(self.menu, "auto")

    def offer(self, config: NetworkConfig) -> None:
        """Hide the menu if its entries mean the same for this network."""
        show(self.menu, config.output != "independent")

    def show(self, probabilities: NoteProbabilities, tune: Tune, title: str) -> None:
        """Show probabilities of a tune and what they mean, in one message."""
        with self.view.hold_sync():
            set_grid(self.view, tune)
            set_meaning(self.view, probabilities)
            self.view.title = title
            self.view.show(probabilities.values, notes=tune.roll)


def clear(view: RollView) -> None:
    """Empty a view."""
    view.title = ""
    view.show(np.zeros((0, 1)))


def set_meaning(view: RollView, probabilities: NoteProbabilities) -> None:
    """Set what a view says about the number below the pointer; a primer was given, not sampled."""
    view.meaning = probabilities.words
    view.primer_meaning = GIVEN_TRUE if probabilities.meaning == AS_SAMPLED else ""


def heading(probabilities: NoteProbabilities) -> str:
    """Return the meaning as the start of a title."""
    return f"Each {probabilities.words}" if probabilities.samples else probabilities.words.capitalize()


class ExcerptMap(HeatMap):
    """The notes that a network predicts in a tune while it learns."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            RollView(
                height=110, fill=True, palette="probability", empty="What the network predicts in a held-out tune"
            ),
            GIVEN_TRUE,
            "The probability of a note given the true lower notes of its step, as in training, or by itself, averaged "
            f"over samples of the others. Default: {GIVEN_TRUE}",
        )
        self._context = context
        self.menu.observe(lambda _: context.act(self._choose), "value")

    def show_excerpt(self, probabilities: NoteProbabilities, excerpt: Tune) -> None:
        """Show what is predicted in an excerpt."""
        which = "Predicted" if probabilities.meaning == PLAIN else f"{heading(probabilities)},"
        self.show(probabilities, excerpt, f"{which} in {excerpt.name}")

    def _choose(self) -> None:
        self._context.submit(partial(self._context.session.take_snapshot, self.menu.value))
