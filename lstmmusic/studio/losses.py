"""How far validation is from training, and which runs have losses that can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from lstmmusic.base.words import count_of
from lstmmusic.config import TrainingConfig
from lstmmusic.labels import NATS
from lstmmusic.runs.listing import Run
from lstmmusic.settings import settings_of
from lstmmusic.training.snapshot import TrainingSnapshot

SQUARED = "squared error"

# Of validation to training; a dropout of 40% makes it about 0.85, and other tunes another 10% of difference.
FAR_BELOW, FAR_ABOVE = 0.8, 1.5


def describe_validation(snapshot: TrainingSnapshot, validated: int, held_out: int) -> str:
    """Say in words what the last validation was, and why it is missing or far from training.

    Parameters
    ----------
    snapshot : TrainingSnapshot
    validated, held_out : int
        The number of tunes on which validation is measured, and of those that are held out.
    """
    updates, training, at, validation = snapshot.curves
    if not held_out:
        return "No tune is held out, so that nothing shows whether the network learns or memorises: load more tunes."
    if snapshot.parts is None:
        return ""
    of = ", of a single tune" * (held_out == 1)
    if validated < held_out:
        of = f", of a sample of {validated:,} of {count_of(held_out, 'held-out tune')}"
    words = f"Last validation{of}: {snapshot.parts} nats per step."
    if len(validation) < 2 or snapshot.config.loss != "cross-entropy":
        return words
    first, last = np.searchsorted(updates, at[-2:], side="right")
    ratio = validation[-1] / training[first:last].mean() if first < last else 1.0
    if ratio < FAR_BELOW:
        words += " It may lie far below training: the ? beside the curves says why."
    elif ratio > FAR_ABOVE:
        words += " It is far above training: the network memorises its tunes, or those held out are unlike them."
    return words


class Axis(NamedTuple):
    """Runs that share a plot.

    Parameters
    ----------
    runs : tuple of int
        Their numbers.
    unit : str
        Of what is drawn.
    training : bool
        Whether their training losses are drawn too, and not their validation alone.
    """

    runs: tuple[int, ...]
    unit: str
    training: bool


def share_axes(runs: Sequence[Run], letters: str) -> tuple[tuple[Axis, ...], str]:
    """Find out which runs may share a plot, and what a reader has to know about them.

    Losses of steps that differ cannot be compared, nor squared errors with nats: of runs that minimise them, only the
    validation is drawn beside others, which is in nats.

    Parameters
    ----------
    runs : sequence of Run
    letters : str
        What each is called.

    Returns
    -------
    axes : tuple of Axis
        A plot for each grid. A run that has one alone is drawn with all its curves.
    words : str
    """
    grids: dict[object, list[int]] = {}
    for number, run in enumerate(runs):
        grids.setdefault(run.roll, []).append(number)
    axes, notes = [], []
    for group in grids.values():
        squared = [each for each in group if runs[each].training.loss != "cross-entropy"]
        validated = [each for each in group if runs[each].best == runs[each].best]
        if len(group) == 1 or not squared or (len(squared) == len(group) and not validated):
            axes.append(Axis(tuple(group), SQUARED if squared else NATS, training=True))
        else:
            axes.append(Axis(tuple(validated), NATS, training=False))
            notes.append(_explain_kinds(runs, group, squared, letters))
            if missing := [letters[each] for each in group if each not in validated]:
                notes.append(f"Not drawn, for want of validation: {', '.join(missing)}.")
        if len({runs[each].held_out for each in validated}) > 1:
            called = f" of {_join(letters[each] for each in group)}" if len(grids) > 1 else ""
            notes.append(f"The validation{called} is on different tunes: compare how it falls, not which is lower.")
    if len(grids) > 1:
        each_grid = (f"{_join(letters[each] for each in group)} {runs[group[0]].roll}" for group in grids.values())
        notes.append(f"Losses of steps that differ cannot be compared: {'; '.join(each_grid)}.")
    return tuple(axis for axis in axes if axis.runs), " ".join(notes)


def _explain_kinds(runs: Sequence[Run], group: Sequence[int], squared: Sequence[int], letters: str) -> str:
    if len(squared) == len(group):
        return "These runs minimise the squared error: what is drawn is their validation, in nats per step."
    named = settings_of(TrainingConfig)["loss"].choices
    others = [each for each in group if each not in squared]
    kinds = [
        f"{_join(letters[each] for each in part)} {named[runs[part[0]].training.loss]}" for part in (others, squared)
    ]
    words = f"The runs minimise different losses ({', '.join(kinds)})"
    return f"{words}: what is drawn is their validation, in nats per step."


def _join(letters: Iterable[str]) -> str:
    return ", ".join(letters)
