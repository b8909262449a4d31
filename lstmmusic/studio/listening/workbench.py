"""What is done to the take that is shown: its notes are edited, it is continued in several ways, or regenerated."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count

from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.sampler import Take
from lstmmusic.music.roll import Tune
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button
from lstmmusic.studio.listening.shown_take import ShownTake
from lstmmusic.studio.listening.takes import Made
from lstmmusic.studio.listening.work import Branching, Edit, Regenerating, Work, end_of_changes


class Workbench:
    """The roll on which notes are edited, and buttons for the steps that are marked on it.

    Parameters
    ----------
    context : Context
    find : callable
        Returns the takes of which a take is one, which are then shown, and its index among them, or None if there are
        no such ones; of None, those that are shown.
    do : callable
        Does some work to these takes in the background.

    Attributes
    ----------
    shown : ShownTake
    branch_button, regenerate_button : Button
    """

    def __init__(
        self,
        context: Context,
        find: Callable[[Take | None], tuple[Made, int] | None],
        do: Callable[[Made, Work], None],
    ) -> None:
        self._find, self._do_work = find, do
        self._draws = count(1)  # of random numbers, which are others each time, also after an undo
        self.shown = ShownTake(context, self.edit)
        self.branch_button = button(
            "Continue from here ×4",
            "Continue the take in four ways from the first step that is marked: drag along the axis of time to mark",
            context.act,
            self.branch,
        )
        self.regenerate_button = button(
            "Regenerate",
            "Generate the marked steps again, so that they fit what follows, which stays: drag along the axis of time "
            "to mark",
            context.act,
            self.regenerate,
        )

    def edit(self, edited: Tune, of: Take | None = None) -> None:
        """Continue a take, by default that which is shown, after its notes were changed; with its random numbers."""
        take = of or self.shown.take
        stop = end_of_changes(take.tune, edited) if take else 0
        if stop:
            self._do(lambda _, index: Edit(index, edited, stop), take)
        else:
            self.shown.view.restore()

    def branch(self) -> None:
        """Continue the take in several ways from the first step that is marked."""
        self._do(partial(_branch, self._marked[0], next(self._draws)))

    def regenerate(self) -> None:
        """Regenerate the steps that are marked; each time, others."""
        start, stop = self._marked
        seed = 1000 * next(self._draws)
        self._do(lambda _, index: Regenerating(index, start, stop, seed))

    def refresh(self, *, possible: bool) -> None:
        """Enable the buttons where a take is shown, and steps are marked."""
        disabled = not possible or self.shown.view.selection is None
        self.branch_button.disabled = self.regenerate_button.disabled = disabled
        self.shown.refresh()

    @property
    def _marked(self) -> tuple[int, int]:
        """First step that is marked on the roll, and the step after the last."""
        if self.shown.view.selection is None:
            raise LSTMMusicError("no steps are marked; drag along the axis of time of the piano roll")
        start, stop = self.shown.view.selection
        return start, stop

    def _do(self, make_work: Callable[[Made, int], Work], take: Take | None = None) -> None:
        """Do some work to a take, by default that which is shown, given its takes and its place among them."""
        found = self._find(take)
        if found is None:
            self.shown.view.restore()
            raise LSTMMusicError("what is shown is none of the takes; choose one of them, or press Generate")
        made, index = found
        if made.takes[index].tune.config != made.sampler.config:
            self.shown.view.restore()
            raise LSTMMusicError("the network has another grid than this favourite; load the run that it is from")
        self._do_work(made, make_work(made, index))


def _branch(step: int, draw: int, made: Made, index: int) -> Branching:
    # Not the seeds of other takes, nor of other branches.
    return Branching(index, step, made.takes[index].seed + 1000 + 8 * draw)
