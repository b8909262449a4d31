"""The takes that are asked for, until they are there. Knows nothing about widgets.

They are generated in the background, between two updates: all, or at first the one that is shown, while a slider moves;
and what the user does to a take meanwhile is done to the takes that come.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lstmmusic.studio.context import Latest, Submit
from lstmmusic.studio.listening.previews import Previews
from lstmmusic.studio.listening.takes import Made, Request, TakeMaker, add_work, work_on
from lstmmusic.studio.listening.work import Work
from lstmmusic.training.trainer import Trainer


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
        self._latest: Latest[Made] = Latest(submit)
        self._previews = Previews(self._maker, submit)
        self._asked: tuple[Request, Callable[[], Made]] | None = None  # and what generates it

    @property
    def busy(self) -> bool:
        """Whether takes are still to come."""
        return self._latest.busy

    @property
    def rests(self) -> bool:
        """Whether none are, nor are likely to be asked for in a moment."""
        return self._previews.rests and not self.busy

    def ask(self, request: Request, make: Callable[[], Made] | None = None) -> None:
        """Generate takes, which stay until others are asked for."""
        make = make or partial(self._maker.make, request)
        self._latest.ask(make)
        self._asked, self.work, self.follows = (request, make), () if request.given else request.work, False

    def ask_for_controls(self, request: Request, shown: tuple[Made, int] | None) -> None:
        """Generate the takes of the controls; of variations that the user asks for, at first the one that is shown."""
        slides = request.varies and not request.follows
        self.ask(request, self._previews.find(request, *shown) if shown and slides else None)
        self.follows = True

    @property
    def _pending(self) -> tuple[Request, Callable[[], Made]] | None:
        """What the user has asked for, and is still to come."""
        return self._asked if self._asked and self.busy and not self._asked[0].follows else None

    def awaits_others(self, made: Made) -> bool:
        """Return whether takes are to come that are no variations of some takes: of another run, or other music."""
        if self._pending is None:
            return False
        request = self._pending[0]
        other_run = request.trainer is not None and not made.is_of(request.trainer)
        return other_run or request.source != made.request.source

    def add(self, made: Made, work: Work) -> None:
        """Do some work to takes, or to their variations that are to come; they follow the weights as before."""
        follows, (before, make) = self.follows, self._pending or (made.request, lambda: made)
        request = add_work(before, work)
        self.ask(request, lambda: work_on(make(), request))
        self.follows = follows

    def drop(self) -> None:
        """Wait no longer for what was asked for."""
        self._latest = Latest(self._submit)

    def take(self) -> Made | None:
        """Return takes that are there now, or None.

        Raises
        ------
        Exception
            What went wrong in the background: it would do so again with the next weights, which are not followed.
        """
        try:
            return self._latest.take()
        except Exception:
            self.follows = False
            raise

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
