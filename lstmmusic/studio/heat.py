"""The heat maps of note probabilities: each says which probability it shows, and has a menu to ask for another."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

import numpy as np

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.generation.sampler import Take
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
from lstmmusic.studio.controls import Act, choice
from lstmmusic.views import RollView

# How what a menu offers is computed: in the background, and not in the thread of the page.
Submit = Callable[[Callable[[], NoteProbabilities]], Future[NoteProbabilities]]


class HeatMap:
    """A heat map, and the menu above it, whose value is whether each note is shown by itself.

    Parameters
    ----------
    view : RollView
    otherwise, tooltip : str
        What else the menu offers, and what it is about.
    """

    def __init__(self, view: RollView, otherwise: str, tooltip: str) -> None:
        self.view = view
        self.menu = choice(
            "Shown", tooltip, {otherwise: False, f"each note by itself ({MARGINAL_SAMPLES} samples)": True}
        )
        self.menu.style.description_width = "auto"

    def offer(self, config: NetworkConfig) -> None:
        """Hide the menu where all that it offers is the same."""
        self.menu.layout.display = None if config.output == "joint" else "none"

    def show(self, probabilities: NoteProbabilities, tune: Tune, title: str) -> None:
        """Show probabilities of a tune together with what they mean: never one without the other."""
        with self.view.hold_sync():
            lay_grid(self.view, tune.config)
            tell_meaning(self.view, probabilities)
            self.view.title = title
            self.view.show(probabilities.values, notes=tune.roll)


def empty(view: RollView) -> None:
    """Take away what a view shows."""
    view.title = ""
    view.show(np.zeros((0, 1)))


def lay_grid(view: RollView, config: RollConfig) -> None:
    """Label the axes of a view for a grid."""
    view.lowest, view.step, view.unit = config.lowest, config.step, config.unit


def tell_meaning(view: RollView, probabilities: NoteProbabilities) -> None:
    """Let the pointer say what is meant; a primer was given, and not drawn."""
    view.meaning = probabilities.words
    view.primer_meaning = GIVEN_TRUE if probabilities.meaning == AS_SAMPLED else ""


def heading(probabilities: NoteProbabilities) -> str:
    """Begin a title with what is meant."""
    return f"Each {probabilities.words}" if probabilities.samples else probabilities.words.capitalize()


class ExcerptMap(HeatMap):
    """What a network expects in a tune while it learns.

    Parameters
    ----------
    act : callable
        Runs what a control asks for.
    ask : callable
        Asks for another picture; its argument is the value of the menu.
    """

    def __init__(self, act: Act, ask: Callable[[bool], None]) -> None:
        super().__init__(
            RollView(
                height=160, palette="probability", empty="What the network expects in a held-out tune appears here"
            ),
            GIVEN_TRUE,
            "Which probability of a note: in view of the true notes below it, as it is learned; or whatever else "
            "sounds with it, averaged over draws",
        )
        self.menu.observe(lambda change: act(lambda: ask(change["new"])), "value")

    def show_excerpt(self, probabilities: NoteProbabilities, excerpt: Tune) -> None:
        """Show what is expected in an excerpt."""
        which = "Expected" if probabilities.meaning == PLAIN else f"{heading(probabilities)},"
        self.show(probabilities, excerpt, f"{which} in {excerpt.name}")


class TakeMap(HeatMap):
    """How likely each note of a take was.

    Parameters
    ----------
    act : callable
        Runs what a control asks for, and refreshes.
    submit : callable
    """

    def __init__(self, act: Act, submit: Submit) -> None:
        super().__init__(
            RollView(height=150, palette="probability", empty="How likely each of its notes was appears here"),
            "as sampled",
            "Which probability of a note: that with which it was drawn, in view of the notes below it; or whatever "
            "else sounds with it, at temperature 1, averaged over draws",
        )
        self._submit = submit
        self._made: tuple[Take, StackedLSTM, NoteProbabilities] | None = None
        self._marginal: Future[NoteProbabilities] | None = None  # of the take at hand
        self._shown: NoteProbabilities | None = None
        self.menu.observe(lambda _: act(lambda: None), "value")

    def take_up(self, take: Take, network: StackedLSTM) -> NoteProbabilities:
        """Show how a take was drawn by a network."""
        self.offer(network.config)
        drawn = NoteProbabilities(take.probabilities, AS_SAMPLED if network.config.output == "joint" else PLAIN)
        self._made, self._marginal = (take, network, drawn), None
        self._show(take, drawn)
        return drawn

    def refresh(self) -> None:
        """Show what the menu asks for; what was shown before stays until that is there.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if self._made is None:
            return
        take, network, wanted = self._made
        if self.menu.value and wanted.meaning == AS_SAMPLED:
            self._marginal = self._marginal or self._submit(
                partial(note_probabilities, network, take.tune.roll, marginal=True)
            )
            computed = self._marginal
            if not computed.done():
                return
            if computed.exception():
                self._marginal, self.menu.value = None, False  # as is shown; to be tried again
            wanted = computed.result()
        if wanted is not self._shown:
            self._show(take, wanted)

    def _show(self, take: Take, probabilities: NoteProbabilities) -> None:
        title = "How likely each note was" if probabilities.meaning == PLAIN else heading(probabilities)
        with self.view.hold_sync():
            self.view.primer = take.primer_steps
            self.show(probabilities, take.tune, f"{title}, temperature 1" if probabilities.samples else title)
        self._shown = probabilities
