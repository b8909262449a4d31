"""The takes that are asked for, until they are there. Knows nothing about widgets.

They are generated in the background, between two updates: all, or at first the one that is shown, part by part, while a
slider moves; and what the user does to a take meanwhile is done to the takes that come.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lstmmusic.base.progress import advance
from lstmmusic.studio.context import Latest, Submit
from lstmmusic.studio.listening.previews import Previews
from lstmmusic.studio.listening.takes import Growth, Made, Part, Request, TakeMaker, add_work, completing, working_on
from lstmmusic.studio.listening.work import Work
from lstmmusic.training.trainer import Trainer

Answer = Made | Part | None


@dataclass(frozen=True, eq=False)
class Asked:
    """What was asked for.

    Parameters
    ----------
    request : Request
    grow : callable
        Begins to generate its takes.
    resume : callable
        Continues them until all are there, or a part that is to be shown.
    """

    request: Request
    grow: Callable[[], Growth]
    resume: Callable[[], Answer]


class Making:
    """What was asked for last, and its takes once they are there.

    Parameters
    ----------
    submit : callable
        Runs a function in the background, between two updates.

    Attributes
    ----------
    work : tuple of Work
        What is done to the takes that were asked for last.
    follows : bool
        Whether these are the takes of the controls, and so of the newest weights.
    """

    def __init__(self, submit: Submit) -> None:
        self.work: tuple[Work, ...] = ()
        self.follows = False
        self._submit, self._maker = submit, TakeMaker()
        self._latest: Latest[Answer] = Latest(submit)
        self._previews = Previews(self._maker, submit)
        self._asked: Asked | None = None

    @property
    def busy(self) -> bool:
        """Whether takes are still to come."""
        return self._latest.busy

    @property
    def rests(self) -> bool:
        """Whether none are, nor are likely to be asked for in a moment."""
        return self._previews.rests and not self.busy

    def ask(self, request: Request, grow: Callable[[], Growth] | None = None, *, in_parts: bool = False) -> None:
        """Generate takes, which stay until others are asked for."""
        grow = grow or partial(self._maker.making, request)
        # Who moves a slider sees each answer, and work builds on what it was done to.
        gives_way = None if request.slides or request.work or request.given else self._latest
        self._asked = Asked(request, grow, partial(_generate, grow(), gives_way, in_parts=in_parts))
        self._latest.ask(self._asked.resume)
        self.work, self.follows = () if request.given else request.work, False

    def ask_for_controls(self, request: Request, shown: tuple[Made, int] | None, *, in_parts: bool) -> None:
        """Generate the takes of the controls; of variations that the user asks for, at first the one that is shown."""
        grow = self._previews.find(request, *shown) if shown and request.slides else None
        # The first steps of a take to which something was done are not yet as that left them.
        self.ask(request, grow, in_parts=in_parts and grow is not None and not request.work)
        self.follows = True

    @property
    def awaited(self) -> bool:
        """Whether something is still to come that the user has asked for."""
        return self._pending is not None

    @property
    def _pending(self) -> Asked | None:
        """What the user has asked for, and is still to come."""
        return self._asked if self._asked and self.busy and not self._asked.request.follows else None

    def awaits_others(self, made: Made) -> bool:
        """Return whether takes are to come that are no variations of some takes: of another run, or other music."""
        if self._pending is None:
            return False
        request = self._pending.request
        other_run = request.trainer is not None and not made.is_of(request.trainer)
        return other_run or request.source != made.request.source

    def add(self, made: Made, work: Work) -> None:
        """Do some work to takes, or to their variations that are to come; they follow the weights as before."""
        follows, pending = self.follows, self._pending
        request = add_work(pending.request if pending else made.request, work)
        grow = pending.grow if pending else partial(completing, made)
        self.ask(request, lambda: working_on(grow(), request))
        self.follows = follows

    def drop(self) -> None:
        """Wait no longer for what was asked for."""
        self._latest = Latest(self._submit)

    def take(self, show: Callable[[Part], None]) -> Made | None:
        """Return takes that are there now, or None; if there is a part of one, `show` it, and continue then.

        Raises
        ------
        Exception
            What went wrong in the background: it would do so again with the next weights, which are not followed.
        """
        try:
            answer = self._latest.take()
        except Exception:
            self.follows = False
            raise
        if not isinstance(answer, Part):
            return answer
        asked = None if self.busy else self._asked
        try:
            show(answer)
        finally:
            if asked and asked is self._asked:  # nothing else
                self._latest.ask(asked.resume)
        return None

    def hurry(self) -> None:
        """Generate the takes that did not follow a slider now, whether it rests or not."""
        self._previews.hurry()

    def complete(self, made: Made | None) -> tuple[Made, Made] | None:
        """Once a slider rests, generate the takes that did not follow it; return takes, and the same completed."""
        return self._previews.complete(made, busy=self.busy)

    def repeat(self, made: Made | None, trainer: Trainer | None) -> None:
        """Let the work that was done to takes be done again when the network of the controls generates others."""
        foreign = made is None or made.request.given or (made.run and not made.is_of(trainer))
        self.work = () if made is None or foreign else made.request.work


def _generate(growth: Growth, gives_way: Latest[Answer] | None, *, in_parts: bool) -> Answer:
    """Generate takes until they are there, or a part that is to be shown; None if it `gives_way` to a newer wish."""
    while not (gives_way and gives_way.outdated):
        now = advance(growth)
        if isinstance(now, Made) or (in_parts and isinstance(now, Part)):
            return now
    return None
