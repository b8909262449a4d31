"""What a user does to takes: editing one, branching it, regenerating a stretch. Knows nothing about widgets.

Each is a step that can be repeated: where the temperature changes, or the network continues to learn, the takes are
generated again and the same work is done to them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from lstmmusic.generation.editing import branch, continue_edited
from lstmmusic.generation.regeneration import regenerate
from lstmmusic.generation.sampler import Take
from lstmmusic.music.cells import cells_of
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM

BRANCHES = 4


@dataclass(frozen=True, eq=False)
class Takes:
    """Takes as a tree in the order in which they are listed: the branches of a take follow it.

    Parameters
    ----------
    takes : tuple of Take
    depths : tuple of int
        How many branches lead to each.
    """

    takes: tuple[Take, ...]
    depths: tuple[int, ...]

    def replace(self, index: int, take: Take) -> Takes:
        """Return these with another take in place of one."""
        return Takes((*self.takes[:index], take, *self.takes[index + 1 :]), self.depths)

    def branch(self, index: int, branches: tuple[Take, ...]) -> Takes:
        """Return these with branches of a take, before those that it has."""
        depth = self.depths[index] + 1
        return Takes(
            (*self.takes[: index + 1], *branches, *self.takes[index + 1 :]),
            (*self.depths[: index + 1], *(depth for _ in branches), *self.depths[index + 1 :]),
        )


@dataclass(frozen=True, eq=False)
class Edit:
    """Notes were changed: what follows `stop` is sampled again. `makes` is what the take becomes by it."""

    index: int
    tune: Tune
    stop: int
    makes: ClassVar[str] = "edit of"

    def do(self, takes: Takes, network: StackedLSTM, settings: dict[str, Any]) -> Takes:
        """Continue the edited tune with the random numbers of the take."""
        take = takes.takes[self.index]
        steps = max(len(take.tune), self.stop) - take.primer_steps
        edited = continue_edited(network, take, self.tune, self.stop, steps=max(steps, 1), **settings)
        return takes.replace(self.index, edited)


@dataclass(frozen=True, eq=False)
class Branching:
    """A take was continued from a step in several ways."""

    index: int
    step: int
    seed: int
    makes: ClassVar[str] = "branches of"

    def do(self, takes: Takes, network: StackedLSTM, settings: dict[str, Any]) -> Takes:
        """Add the branches after the take."""
        take = takes.takes[self.index]
        step = min(self.step, len(take.tune))
        made = branch(network, take, step, branches=BRANCHES, seed=self.seed, quiet=True, **settings)
        return takes.branch(self.index, made)


@dataclass(frozen=True, eq=False)
class Regenerating:
    """Steps [start, stop) were regenerated, so that they fit what precedes and what follows."""

    index: int
    start: int
    stop: int
    seed: int
    makes: ClassVar[str] = "regenerated"

    def do(self, takes: Takes, network: StackedLSTM, settings: dict[str, Any]) -> Takes:
        """Replace the steps."""
        take = takes.takes[self.index]
        stop = min(self.stop, len(take.tune))
        if self.start >= stop:  # the tune has ended earlier
            return takes
        manner = {name: value for name, value in settings.items() if name != "until_end"}
        found = regenerate(network, take, self.start, stop, seed=self.seed, quiet=True, **manner)
        return takes.replace(self.index, found.take)


# Something that was done to a take: to which, in the order of the list at that time, and how it is done; the settings
# are the temperature, the threshold, and how a tune ends.
Work = Edit | Branching | Regenerating


def work_on(works: tuple[Work, ...], index: int) -> tuple[Work, ...]:
    """Return the work that was done to one take, as it is done where there are no others."""
    return tuple(replace(work, index=0) for work in works if work.index == index)


def do_all(works: tuple[Work, ...], takes: Takes, network: StackedLSTM, settings: dict[str, Any]) -> Takes:
    """Do work in its order, as far as there are the takes for it."""
    for work in works:
        if work.index < len(takes.takes):
            takes = work.do(takes, network, settings)
    return takes


def append_work(works: tuple[Work, ...], new: Work) -> tuple[Work, ...]:
    """Return work with some more; an edit contains the one before it of the same take."""
    if works and isinstance(new, Edit) and isinstance(works[-1], Edit) and works[-1].index == new.index:
        works = works[:-1]
    return (*works, new)


def end_of_changes(before: Tune, after: Tune) -> int:
    """Return the step after the last one that differs between two tunes of the same length, or 0."""
    changed = np.flatnonzero((cells_of(before) != cells_of(after)).any(axis=1))
    return int(changed[-1]) + 1 if len(changed) else 0
