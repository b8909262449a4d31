"""Learned by heart: how much of what the run generates occurs in its training music, at several of its updates."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

from lstmmusic.analysis.copies import find_copies
from lstmmusic.analysis.copy_index import CopyIndex
from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.sampler import Sampler
from lstmmusic.music.roll import Tune
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import text, toggle
from lstmmusic.studio.listening.measures import SEARCHED_STEPS, measure_usual
from lstmmusic.studio.looks import show
from lstmmusic.training.trainer import Trainer
from lstmmusic.training.weights import WeightSnapshot, spread

UPDATES, PRIMERS, TAKES, STEPS, PRIMER_STEPS = 12, 2, 8, 48, 16
HEIGHT = 44  # pixels of the curve


@dataclass(frozen=True, eq=False)
class Course:
    """The share of copied steps at some updates of a run, as far as it is measured.

    Parameters
    ----------
    trainer : Trainer
    left : tuple of WeightSnapshot
        The weights that are still to be measured.
    index : CopyIndex or None
        Of the training music; None before the first measurement.
    usual : float or None
        The share of the steps of held-out tunes; None if there are none.
    shares : tuple of (int, float)
        Updates so far, and the share after each.
    """

    trainer: Trainer
    left: tuple[WeightSnapshot, ...]
    index: CopyIndex | None = None
    usual: float | None = None
    shares: tuple[tuple[int, float], ...] = field(default=())


def measure_next(course: Course) -> Course:
    """Measure the share of the first weights that are left; to be called between two updates."""
    trainer = course.trainer
    held_out: Sequence[Tune] = trainer.validated.tunes if trainer.validated else ()
    index, usual = course.index, course.usual
    if index is None:
        index = CopyIndex(trainer.training.in_memory(SEARCHED_STEPS).tunes)
        usual = measure_usual(held_out, index)
    snapshot, *left = course.left
    share = measure_share(snapshot, held_out or trainer.training.tunes, index)
    return Course(trainer, tuple(left), index, usual, (*course.shares, (snapshot.update, share)))


def measure_share(snapshot: WeightSnapshot, tunes: Sequence[Tune], index: CopyIndex) -> float:
    """Return which fraction of the steps that a network generates after openings of tunes occurs in other music."""
    network, shares = snapshot.network(), []
    for tune in tunes[:PRIMERS]:
        sampler = Sampler(network, tune.part(0, min(PRIMER_STEPS, len(tune))), index.config)
        takes = sampler.takes(STEPS, takes=TAKES, quiet=True)
        shares += [find_copies(take.tune, index, start=take.primer_steps).share for take in takes]
    return sum(shares) / len(shares)


class ByHeart:
    """A button that measures how much is copied along the run, and the curve of it.

    Parameters
    ----------
    context : Context

    Attributes
    ----------
    button : ToggleButton
    box : HTML
    """

    def __init__(self, context: Context) -> None:
        self._session, self._submit = context.session, context.between_updates
        self._measuring: Latest[Course] = Latest(self._submit)
        self._trainer: Trainer | None = None  # whose curve it is
        self.box = text()
        show(self.box, False)
        self.button = toggle(
            "By heart",
            f"Show how much of what the run generates occurs in its training music, in any key, at {UPDATES} of its "
            f"updates: where it rises, the network learns by heart. Click twice to measure again",
        )
        self.button.observe(lambda _: context.act(self._switch), "value")

    @property
    def busy(self) -> bool:
        """Whether something is still to be measured."""
        return self._measuring.busy

    def refresh(self) -> None:
        """Show what is measured, and measure on.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if self._trainer is not self._session.trainer:
            self._clear()
        course = self._measuring.take()
        if course is None or course.trainer is not self._trainer or not self.button.value:
            return
        if course.left:
            self._measuring.ask(partial(measure_next, course))
        self.box.value = draw(course)

    def _switch(self) -> None:
        show(self.box, self.button.value)
        if not self.button.value:
            self._clear()
            return
        trainer = self._session.trainer
        if trainer is None:
            self.button.value = False
            raise LSTMMusicError("there is no run yet; press Start")
        last = trainer.newest_snapshot() if self._session.active else trainer.best_snapshot()
        earlier = [each for each in trainer.weight_snapshots if each.update < last.update]
        self._trainer, self.box.value = trainer, "Measuring …"
        self._measuring.ask(partial(measure_next, Course(trainer, tuple(spread([*earlier, last], UPDATES)))))

    def _clear(self) -> None:
        """Forget the run, and what was measured of it."""
        self._measuring, self._trainer, self.box.value = Latest(self._submit), None, ""


def draw(course: Course) -> str:
    """Return HTML with the curve, on the axis of the loss above it."""
    shares, usual = course.shares, course.usual
    last = max(1, len(course.trainer.losses), shares[-1][0])
    top = next(each for each in (0.1, 0.2, 0.5, 1.0) if each >= max([*(share for _, share in shares), usual or 0]))
    places = [(100 * update / last, HEIGHT * (1 - share / top)) for update, share in shares]
    words = ", ".join(f"update {update:,}: {share:.0%}" for update, share in shares)
    label = f"Share of generated steps that occur in the training music: {words}"
    marks = [
        f'<circle cx="{x:.2f}%" cy="{y:.1f}" r="3.5" fill="var(--jp-brand-color1)">'
        f"<title>Update {update:,}: {share:.0%} of the steps</title></circle>"
        for (x, y), (update, share) in zip(places, shares, strict=True)
    ]
    lines = [
        f'<line x1="{x:.2f}%" y1="{y:.1f}" x2="{right:.2f}%" y2="{below:.1f}" stroke="var(--jp-brand-color1)" '
        'stroke-width="2"/>'
        for (x, y), (right, below) in pairwise(places)
    ]
    axis = (
        f'<text x="-6" y="8" text-anchor="end">{top:.0%}</text>'
        f'<text x="-6" y="{HEIGHT}" text-anchor="end">0%</text>'
        f'<text x="0" y="{HEIGHT + 14}">0</text>'
        f'<text x="100%" y="{HEIGHT + 14}" text-anchor="end">{last:,} updates</text>'
    )
    if usual is not None:
        y = HEIGHT * (1 - usual / top)
        lines.insert(
            0, f'<line x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" stroke-dasharray="5 4"/>'
        )
        label += f"; of held-out tunes: {usual:.0%}"
    left = f" Measuring {len(course.left)} more …" if course.left else ""
    dashed = "" if usual is None else f" Dashed: of held-out tunes, {usual:.0%}."
    return (
        f'<span role="status">Generated steps that occur in the training music: '
        f"{shares[-1][1]:.0%} at update {shares[-1][0]:,}.{dashed}{left}</span>"
        f'<div style="padding: 4px 28px 0 56px; line-height: 0">'
        f'<svg role="img" aria-label="{html.escape(label)}" width="100%" height="{HEIGHT + 18}" '
        'style="overflow: visible; font-size: 11px; fill: var(--jp-ui-font-color2); color: var(--jp-ui-font-color2)">'
        f'<rect width="100%" height="{HEIGHT}" fill="none" stroke="var(--jp-border-color1)"/>'
        f"{''.join(lines)}{''.join(marks)}{axis}</svg></div>"
    )
