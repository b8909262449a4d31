"""The heat maps of note probabilities: each says which probability it shows, and has a menu to choose another."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial

import numpy as np

from lstmmusic.config import NetworkConfig
from lstmmusic.generation.sampler import Take
from lstmmusic.music.metre import spans
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.probabilities import (
    AS_SAMPLED,
    GIVEN_TRUE,
    MARGINAL_SAMPLES,
    PLAIN,
    NoteProbabilities,
    note_probabilities,
)
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import choice
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
        self.menu.style.description_width = "auto"

    def offer(self, config: NetworkConfig) -> None:
        """Hide the menu if its entries mean the same for this network."""
        self.menu.layout.display = None if config.output != "independent" else "none"

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


def set_grid(view: RollView, tune: Tune) -> None:
    """Label the axes of a view, draw the bar lines of a tune, and keep the zoom while tunes have the same name."""
    config = tune.config
    view.place = tune.name
    view.lowest, view.step, view.unit = config.lowest, config.step, config.unit
    view.bars = [tuple(row) for row in spans(tune.metre, config).tolist()]


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
            "over samples of the others",
        )
        self._context = context
        self.menu.observe(lambda _: context.act(self._choose), "value")

    def show_excerpt(self, probabilities: NoteProbabilities, excerpt: Tune) -> None:
        """Show what is predicted in an excerpt."""
        which = "Predicted" if probabilities.meaning == PLAIN else f"{heading(probabilities)},"
        self.show(probabilities, excerpt, f"{which} in {excerpt.name}")

    def _choose(self) -> None:
        self._context.submit(partial(self._context.session.take_snapshot, self.menu.value))


class TakeMap(HeatMap):
    """The probability of each note of a take."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            RollView(height=120, fill=True, palette="probability", empty="The probability of each note of the tune"),
            "as sampled",
            "The probability of a note as it was sampled, given the lower notes of its step, or by itself at "
            "temperature 1, averaged over samples of the others",
        )
        self._context = context
        self._made: tuple[Take, StackedLSTM, NoteProbabilities] | None = None
        self._marginal: Future[NoteProbabilities] | None = None  # of this take
        self._shown: NoteProbabilities | None = None
        self.menu.observe(lambda _: context.act(lambda: None), "value")  # which refreshes

    def show_take(self, take: Take, network: StackedLSTM) -> NoteProbabilities:
        """Show the probabilities with which a network sampled a take, and return them."""
        self.offer(network.config)
        sampled = NoteProbabilities(take.probabilities, AS_SAMPLED if network.config.output != "independent" else PLAIN)
        self._made, self._marginal = (take, network, sampled), None
        self._show(take, sampled)
        return sampled

    def refresh(self) -> None:
        """Show what the menu asks for, once it is computed.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if self._made is None:
            return
        take, network, wanted = self._made
        if self.menu.value and wanted.meaning == AS_SAMPLED:
            self._marginal = self._marginal or self._context.between_updates(
                partial(note_probabilities, network, take.tune, marginal=True)
            )
            computed = self._marginal
            if not computed.done():
                return
            if computed.exception():
                self._marginal, self.menu.value = None, False  # what is shown, and so that it can be tried again
            wanted = computed.result()
        if wanted is not self._shown:
            self._show(take, wanted)

    def _show(self, take: Take, probabilities: NoteProbabilities) -> None:
        title = "Probability of each note" if probabilities.meaning == PLAIN else heading(probabilities)
        with self.view.hold_sync():
            self.view.primer = take.primer_steps
            self.show(probabilities, take.tune, f"{title}, temperature 1" if probabilities.samples else title)
        self._shown = probabilities
