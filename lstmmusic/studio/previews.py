"""While a slider moves, only the take that is shown follows it; the others do once it rests. Knows no widgets."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from lstmmusic.studio.context import Latest, Submit
from lstmmusic.studio.takes import Made, Request, TakeMaker, complete

# Seconds without a move after which a slider rests.
REST = 0.3


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
        self._moved = 0.0  # when a slider was moved last
        self._completing: Latest[tuple[Made, Made]] = Latest(submit)

    def find(self, request: Request, made: Made, index: int) -> Callable[[], Made] | None:
        """Return what generates one take of a request, in the place of one of several; None if all are to be made.

        To be called when a slider has moved.
        """
        self._moved = time.monotonic()
        if not len(made.takes) == request.takes > 1 or request.work or made.request.work:
            return None
        return partial(self._maker.make_one, request, index, made)

    def complete(self, made: Made | None, *, busy: bool) -> tuple[Made, Made] | None:
        """Ask for the other takes once a slider rests and nothing else is asked for; return these takes, and all.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        completed = self._completing.take()
        rests = time.monotonic() > self._moved + REST
        if made and made.only is not None and completed is None and rests and not (busy or self._completing.busy):
            self._completing.ask(lambda: (made, complete(made)))
        return completed
