"""How far validation is from training, and whether the losses of two runs can be compared."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lstmmusic.config import TrainingConfig
from lstmmusic.runs.differences import compare_settings
from lstmmusic.runs.listing import Run
from lstmmusic.settings import settings_of
from lstmmusic.training.snapshot import TrainingSnapshot

MOST_SETTINGS = 4  # that are listed of a run

# Of validation to training; a dropout of 40% makes it about 0.85, and other tunes another 10% of difference.
FAR_BELOW, FAR_ABOVE = 0.8, 1.5


def describe_validation(snapshot: TrainingSnapshot, held_out: int) -> str:
    """Say in words what the last validation was, and why it is missing or far from training.

    Parameters
    ----------
    snapshot : TrainingSnapshot
    held_out : int
        The number of tunes that are held out.
    """
    updates, training, at, validation = snapshot.curves
    if not held_out:
        return "No tune is held out, so that nothing shows whether the network learns or memorises: load more tunes."
    if snapshot.parts is None:
        return ""
    words = f"Last validation{', of a single tune' * (held_out == 1)}: {snapshot.parts} nats per step."
    if len(validation) < 2 or snapshot.config.loss != "cross-entropy":
        return words
    first, last = np.searchsorted(updates, at[-2:], side="right")
    ratio = validation[-1] / training[first:last].mean() if first < last else 1.0
    if ratio < FAR_BELOW:
        words += " It may lie far below training: the ? beside the curves says why."
    elif ratio > FAR_ABOVE:
        words += " It is far above training: the network memorises its tunes, or those held out are unlike them."
    return words


class Comparability(NamedTuple):
    """Whether the losses of two runs may share an axis, and what a reader has to know about them."""

    share_axis: bool
    words: str


def compare_losses(one: Run, other: Run) -> Comparability:
    """Find out what can be compared of the losses of two runs, which are called A and B."""
    same_loss, same_grid = one.training.loss == other.training.loss, one.roll == other.roll
    notes = []
    if not same_loss:
        named = settings_of(TrainingConfig)["loss"].choices
        first, second = (named[run.training.loss] for run in (one, other))
        notes.append(f"A minimises the {first}, and B the {second}.")
    if not same_grid:
        notes.append(f"A has {one.roll}, and B {other.roll}: losses of steps that differ cannot be compared.")
    validated = one.best == one.best and other.best == other.best
    if validated and same_grid and one.held_out != other.held_out:
        notes.append("Their validation is on different tunes: compare how it falls, not which is lower.")
    elif validated and same_grid and not same_loss:
        best = f"{one.best:.2f} and {other.best:.2f}"
        notes.append(f"What can be compared is their validation, on the same tunes, in nats per step: best {best}.")
    return Comparability(same_loss and same_grid, " ".join(notes))


def rank_runs(runs: Sequence[Run]) -> str:
    """Return HTML with a table for each group of runs whose validation can be compared, the best run first."""
    groups: dict[object, list[Run]] = {}
    for run in runs:
        groups.setdefault((run.roll, run.held_out or run.music), []).append(run)
    return "".join(_rank(sorted(group, key=lambda run: (run.best != run.best, run.best))) for group in groups.values())


def _rank(group: Sequence[Run]) -> str:
    best = group[0]
    about = "validated on the same tunes" if best.held_out else "no tune was held out"
    heads = ("Run", "Best validation", "Updates", "Minutes", "Unlike the first")
    rows = []
    for run in group:
        unlike = [f"{name} {value}" for name, _, value in compare_settings(best, run)]
        cells = (
            run.name,
            f"{run.best:.3f}" if run.best == run.best else "",
            f"{run.updates:,}",
            f"{run.seconds / 60:.1f}",
            "; ".join(unlike[:MOST_SETTINGS])
            + f" and {len(unlike) - MOST_SETTINGS} more" * (len(unlike) > MOST_SETTINGS),
        )
        rows.append("".join(f"<td>{html.escape(cell)}</td>" for cell in cells))
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join(f"<tr>{cells}</tr>" for cells in rows)
    caption = html.escape(f"{best.music}, {best.roll}; {about}, in nats per step")
    return f'<table><caption style="text-align: left">{caption}</caption><tr>{head}</tr>{body}</table>'
