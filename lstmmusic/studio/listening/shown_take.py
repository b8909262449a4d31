"""The piano roll of the take that is shown, with the probabilities of its notes under it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

import numpy as np

from lstmmusic.base.words import count_of
from lstmmusic.generation.sampler import Take
from lstmmusic.labels import set_grid
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.probabilities import (
    AS_SAMPLED,
    MARGINAL_SAMPLES,
    PLAIN,
    NoteProbabilities,
    note_probabilities,
)
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import choice, widen_label
from lstmmusic.studio.heat import set_meaning
from lstmmusic.studio.looks import arrange, show
from lstmmusic.views import RollEdit, RollView
from lstmmusic.views.roll.roll import MOST_VERSIONS


class ShownTake:
    """The roll, and a menu of which probabilities are under it.

    Parameters
    ----------
    context : Context
    edit : callable
        Gets the tune with its notes as the user has changed them, and its take, after which others may be shown.

    Attributes
    ----------
    take : Take or None
    view : RollView
    menu : Dropdown
        Its value is whether the probability of each note by itself is shown.
    """

    def __init__(self, context: Context, edit: Callable[[Tune, Take], None]) -> None:
        self.take: Take | None = None
        self._context, self._edit = context, edit
        self._network: StackedLSTM | None = None
        self._before: Take | None = None  # with which it is compared
        self._shown: NoteProbabilities | None = None
        self._drawn: deque[tuple[int, Take]] = deque(maxlen=MOST_VERSIONS)  # and the version of the view, from which on
        self._marginal: Future[NoteProbabilities] | None = None  # of this take
        self.view = RollView(
            on_edit=lambda edited: context.act(partial(self._on_edit, edited)),
            height=140,
            tools=True,
            fill=True,
            empty="Press Generate: a tune appears here",
        )
        self.menu = choice(
            "Heat map",
            "Under the notes: the probability of a note as it was sampled, given the lower notes of its step, or by "
            "itself at temperature 1, averaged over samples of the others. Default: as sampled",
            {"as sampled": False, f"each note by itself ({MARGINAL_SAMPLES} samples)": True},
        )
        widen_label(self.menu, "auto")
        arrange(self.menu, width="210px")
        self.menu.observe(lambda _: context.act(lambda: None), "value")  # which refreshes

    def show(self, take: Take, network: StackedLSTM, before: Take | None = None) -> None:
        """Show a take of a network; what differs from the take before is marked."""
        self.take, self._network, self._before, self._marginal = take, network, before, None
        independent = network.config.output == "independent"
        show(self.menu, not independent)  # its entries would mean the same
        self._shown = NoteProbabilities(take.probabilities, PLAIN if independent else AS_SAMPLED)
        self._draw(take, self._shown, before)

    def show_part(self, part: Take, network: StackedLSTM, before: Take | None = None) -> None:
        """Show the first steps of a take that is being generated, and behind them still those of the take before."""
        meaning = PLAIN if network.config.output == "independent" else AS_SAMPLED
        self._shown = self._marginal = None
        drawn, start = part, len(part.tune)
        if self.take and start < len(self.take.tune):
            drawn = part.followed_by(_rest_of(self.take, start))
        self._draw(part, NoteProbabilities(drawn.probabilities, meaning), before, drawn)

    @property
    def in_part(self) -> bool:
        """Whether what is shown is the first part of a take, rather than the take."""
        return self.take is not None and self._shown is None

    def restore(self) -> None:
        """Show the take as it is, without what was edited, or the part of another one that is shown."""
        if self.in_part and self.take and self._network:
            self.show(self.take, self._network, self._before)
        else:
            self.view.restore()

    def refresh(self) -> None:
        """Show what the menu asks for, once it is computed.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        take, network, shown = self.take, self._network, self._shown
        if take is None or network is None or shown is None or shown.meaning == PLAIN:
            return
        if not self.menu.value:
            if shown.samples:
                self._show(NoteProbabilities(take.probabilities, AS_SAMPLED))
        elif not shown.samples:
            self._marginal = self._marginal or self._context.between_updates(
                partial(note_probabilities, network, take.tune, marginal=True)
            )
            computed = self._marginal
            if computed.done():
                if computed.exception():
                    self._marginal, self.menu.value = None, False  # what is shown, and so that it can be tried again
                self._show(computed.result())

    def _show(self, probabilities: NoteProbabilities) -> None:
        self._shown = probabilities
        if self.take is not None:
            self._draw(self.take, probabilities, self._before)

    def _draw(
        self, take: Take, probabilities: NoteProbabilities, before: Take | None, drawn: Take | None = None
    ) -> None:
        """Draw a take, or what is `drawn` in its place: it and steps of another one behind it."""
        drawn = drawn or take
        tune, ended = drawn.tune, ""
        if drawn is not take:
            ended = f", being generated: from step {len(take.tune)} on as before"
        elif take.ended:
            ended = f", ended by itself after {count_of(len(take.generated), 'step')}"
        with self.view.hold_sync():
            set_grid(self.view, tune)
            self.view.primer = take.primer_steps
            self.view.temperature, self.view.threshold = take.temperature, take.threshold
            self.view.title = f"Tune {tune.name}, temperature {take.temperature:.2g}, seed {take.seed}{ended}"
            set_meaning(self.view, probabilities)
            self.view.show(
                tune.roll,
                onsets=tune.onsets,
                velocities=tune.velocities,
                probabilities=probabilities.values,
                uniforms=None if probabilities.samples else drawn.uniforms,
                before=None if before is None else before.tune.roll[: len(take.tune)],
            )
            self._drawn.append((self.view.version, take))

    def _on_edit(self, edited: RollEdit) -> None:
        take = [take for version, take in self._drawn if version <= edited.version][-1]
        tune = take.tune
        roll, onsets, velocities = (grid[: len(tune)] for grid in edited.grids())
        self._edit(
            Tune(
                roll.astype(np.uint8),
                tune.name,
                tune.config,
                onsets.astype(np.uint8),
                None if tune.velocities is None else velocities,
                metre=tune.metre,
            ),
            take,
        )


def _rest_of(take: Take, start: int) -> Take:
    """Return the steps of a take from one on, which it has generated."""
    uniforms = take.uniforms[start - take.primer_steps :]
    rest = take.tune.part(start, len(take.tune))
    return replace(take, tune=rest, primer_steps=0, probabilities=take.probabilities[start:], uniforms=uniforms)
