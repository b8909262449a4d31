"""While a slider moves, only the take that is shown follows it; the others do once it rests. Knows no widgets."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from lstmmusic.base.progress import advance
from lstmmusic.studio.context import Latest, Submit
from lstmmusic.studio.listening.takes import Growth, Made, Request, TakeMaker, completing

# Seconds after the answer to a user's move in which another may come.
REST = 0.5


class Previews:
    """Takes of which only one was generated, until the others are.

    Parameters
    ----------
    maker : TakeMaker
    submit : callable
        Runs a function in the background, between two updates.
    """

    def __init__(self, maker: TakeMaker, submit: Submit) -> None:
        self._maker = maker
        self._asked = 0.0  # when something was asked for or answered last
        self._completing: Latest[tuple[Made, Made] | None] = Latest(submit)

    def find(self, request: Request, made: Made, index: int) -> Callable[[], Growth] | None:
        """Return what generates one take of a request, in the place of one of several; None if all are to be made."""
        if not len(made.takes) == request.takes > 1:  # or there are branches, which come from the others
            return None
        return partial(self._maker.making_one, request, index, made)

    @property
    def rests(self) -> bool:
        """Whether the user seems to be content: what may wait does not delay an answer then."""
        return time.monotonic() > self._asked + REST

    def hurry(self) -> None:
        """Complete takes now, as the user wants one of the others."""
        self._asked = 0.0

    def complete(self, made: Made | None, *, busy: bool) -> tuple[Made, Made] | None:
        """Ask for the other takes once a slider rests and nothing else is asked for; return these takes, and all.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        completed = self._completing.take()
        if busy:
            self._asked = time.monotonic()
        if made and made.only is not None and completed is None and self.rests and not self._completing.busy:
            self._completing.ask(partial(self._generate_others, made))
        return completed

    def _generate_others(self, made: Made) -> tuple[Made, Made] | None:
        """Generate the other takes, unless the user asks for something else meanwhile."""
        growth = completing(made)
        while self.rests:
            if isinstance(now := advance(growth), Made):
                return made, now
        return None
