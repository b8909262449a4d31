"""Hear it learn: the same few bars, as the run would have played them at several of its updates, one after another."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from lstmmusic.errors import LSTMMusicError
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import quietly, toggle
from lstmmusic.studio.listening.learning import Learning
from lstmmusic.studio.listening.takes import Made, Request, TakeMaker
from lstmmusic.training.weights import WeightSnapshot, spread
from lstmmusic.views import RollView

BARS, STOPS = 4, 6
COMMON_TIME = 4  # quarter notes of a bar where the metre is unknown
QUARTER = 0.6  # seconds of one on a grid in seconds
PATIENCE = 0.5  # seconds: a page may report that the tune before was stopped after the next one has begun


@dataclass(eq=False)
class Sequence:
    """The takes that are heard one after another.

    Parameters
    ----------
    requests : list of Request
        One for each take.
    before : WeightSnapshot or None
        The weights that were chosen before.
    maker : TakeMaker
    made : list of Made
        The takes that were generated so far.
    heard : int
        The number of those that have begun to play.
    turn : int
        See `Sound.turns`; -1 before the first.
    stopped : float
        The clock when the player was first seen stopped; infinity while it plays.
    """

    requests: list[Request]
    before: WeightSnapshot | None
    maker: TakeMaker = field(default_factory=TakeMaker)
    made: list[Made] = field(default_factory=list)
    heard: int = 0
    turn: int = -1
    stopped: float = math.inf


class HearLearning:
    """A button, and what it plays.

    Parameters
    ----------
    context : Context
    learning : Learning
        Its slider moves along, and returns to where it was.
    roll : RollView
        The roll whose playhead follows.
    request : callable
        Returns what asks for the take that is shown alone.
    show : callable
        Shows what is heard, which is none of the takes that are listed.
    finish : callable
        Shows again what was shown before.
    """

    def __init__(
        self,
        context: Context,
        learning: Learning,
        roll: RollView,
        request: Callable[[], Request],
        show: Callable[[Made], None],
        finish: Callable[[], None],
    ) -> None:
        self._sound, self._submit = context.sound, context.between_updates
        self._learning, self._roll = learning, roll
        self._request, self._show, self._finish = request, show, finish
        self._making: Latest[Made] = Latest(self._submit)
        self.sequence: Sequence | None = None
        self.button = toggle(
            "Hear it learn",
            f"Play {BARS} bars as the run played them at {STOPS} of its updates, the first to the last, with the same "
            "random numbers. Click again, or press Stop, to end it",
        )
        self.button.disabled = True
        self.button.observe(lambda _: context.act(self._switch), "value")

    @property
    def on(self) -> bool:
        """Whether the takes are generated or heard."""
        return self.sequence is not None

    @property
    def made(self) -> Made | None:
        """What is heard."""
        return self.sequence.made[self.sequence.heard - 1] if self.sequence and self.sequence.heard else None

    def refresh(self) -> None:
        """Play what comes next once the take before has ended, and generate the one after it.

        Raises
        ------
        Exception
            What went wrong in the background or with the sound; it ends then.
        """
        self.button.disabled = not self._learning.snapshots
        sequence = self.sequence
        if sequence is None:
            return
        try:
            made = self._making.take()
            if made:
                sequence.made.append(made)
                self._ask(sequence)
            self._play_on(sequence)
        except Exception:
            self.end()
            raise

    def end(self) -> None:
        """Stop it, and show what was shown before; weights that the user has chosen meanwhile stay."""
        sequence, made = self.sequence, self.made
        if sequence is None:
            return
        self.sequence, self.button.value = None, False
        if self._sound.turns == sequence.turn:
            self._sound.stop()
        if made and self._learning.snapshot is made.request.snapshot:
            self._choose(sequence.before)
        self._finish()

    def _switch(self) -> None:
        if not self.button.value:
            self.end()
        elif not self.on:
            request = replace(self._request(), reference=())
            if request.trainer is None:  # the page was quicker than what disables the button
                self.button.value = False
                raise LSTMMusicError("this network has no earlier weights; choose that of a run under Network")
            along = spread([*self._learning.snapshots, None], STOPS)
            requests = [replace(request, snapshot=snapshot) for snapshot in along]
            self.sequence = Sequence(requests, self._learning.snapshot)
            self._making = Latest(self._submit)  # what was generated for the last time is not waited for
            self._ask(self.sequence)

    def _ask(self, sequence: Sequence) -> None:
        """Generate the next take; one at a time, so that others can be asked for in between."""
        if len(sequence.made) < len(sequence.requests):
            self._making.ask(partial(make_bars, sequence.maker, sequence.requests[len(sequence.made)]))

    def _play_on(self, sequence: Sequence) -> None:
        view, begun = self._sound.view, sequence.heard > 0
        stopped = begun and not view.playing and not view.ended and view.position == 0
        sequence.stopped = min(sequence.stopped, time.monotonic()) if stopped else math.inf
        replaced = begun and self._sound.turns != sequence.turn
        if replaced or time.monotonic() > sequence.stopped + PATIENCE:
            self.end()
        elif begun and not view.ended:  # it plays, or is paused
            return
        elif sequence.heard == len(sequence.requests):
            self.end()
        elif sequence.heard < len(sequence.made):
            self._play(sequence)

    def _play(self, sequence: Sequence) -> None:
        made = sequence.made[sequence.heard]
        sequence.heard += 1
        self._choose(made.request.snapshot)
        self._show(made)
        update = made.weights.update if made.weights else 0
        name = f"update {update:,} ({sequence.heard} of {len(sequence.requests)})"
        self._sound.play_takes(made.takes, 0, [self._roll], piece=made.piece, names=[name], skip_primer=True)
        sequence.turn = self._sound.turns

    def _choose(self, snapshot: WeightSnapshot | None) -> None:
        with quietly(self._learning.slider):
            self._learning.show(snapshot)


def make_bars(maker: TakeMaker, request: Request) -> Made:
    """Generate the first bars of a take of a run."""
    if request.trainer is None:
        raise ValueError("a bundled network has no snapshots")
    config = request.trainer.training.config
    primer = request.primer_on(config)
    bar = primer.metre[-1].bar if primer and primer.metre else COMMON_TIME
    quarter = (1 if config.unit == "beats" else QUARTER) / config.step
    return maker.make(replace(request, steps=max(1, round(BARS * bar * quarter))))
