"""The form of a sweep, under Training: settings, their values, how many runs these make, and what they cost."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import ipywidgets as widgets

from lstmmusic.base.jobs import Job
from lstmmusic.base.progress import Progress
from lstmmusic.base.words import count_of
from lstmmusic.config import TrainingConfig
from lstmmusic.errors import ConfigError
from lstmmusic.music.corpus import Corpus
from lstmmusic.runs.recipe import Recipe
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import choice, column, control, number, on_choice, quietly, text, whole
from lstmmusic.studio.looks import show
from lstmmusic.sweeps.cost import SweepCost, estimating_sweep_cost
from lstmmusic.sweeps.halving import GET_OPTUNA, can_halve
from lstmmusic.sweeps.plan import MOST_RUNS, Between, Plan, Swept, list_swept

NONE = ""  # in the menu of a second setting

MOST_MINUTES = 100_000


@dataclass(frozen=True)
class Asked:
    """What the form asks for.

    Parameters
    ----------
    plan : Plan
    combinations : list of dict
        The values of each run.
    """

    plan: Plan
    combinations: list[dict[str, Any]]


class Axis:
    """A setting, and its values as they are typed."""

    def __init__(self, labels: tuple[str, str], options: dict[str, str], key: str) -> None:
        default = next(name for name, each in options.items() if each == key)
        self.setting = choice(labels[0], f"A setting that differs from run to run. Default: {default}", options)
        self.setting.value = key
        self.values = control(
            widgets.Text,
            labels[1],
            "Its values, separated by commas; for runs that are drawn at random also a range, such as 0.001 to 0.01. "
            "Default: none",
            continuous_update=False,
        )
        self.show()

    def show(self) -> None:
        """Show an example of values as a placeholder, and nothing where there is no setting."""
        key = self.setting.value
        show(self.values, key)
        self.values.placeholder = _example(Swept.of(key)) if key else ""

    def add_to(self, settings: dict[str, Any]) -> None:
        """Add the values to those of other settings; an axis without values adds nothing."""
        key = self.setting.value
        if key and self.values.value.strip():
            if key in settings:
                raise ConfigError("both settings are the same; choose another one")
            settings[key] = Swept.of(key).read(self.values.value)


def _example(swept: Swept) -> str:
    known = swept.setting
    if known.bounds is None:
        return ", ".join(known.choices.values() or ("on", "off"))
    return "for example 0.002, 0.004, 0.008" if known.logarithmic else known.allowed


def _label(key: str) -> str:
    swept = Swept.of(key)
    return ", ".join(filter(None, (swept.setting.label, swept.part)))


class SweepForm:
    """Controls of a sweep before it starts.

    Parameters
    ----------
    context : Context
    next_run : callable
        Returns the music, and the recipe of what the studio would start; raises if there is none.

    Attributes
    ----------
    asked : Asked or None
        What the form asks for; None while something is missing or not allowed.
    axes : tuple of Axis
        Two settings, of which the second may be none.
    """

    def __init__(self, context: Context, next_run: Callable[[], tuple[Corpus, Recipe]]) -> None:
        act = context.act
        self._next_run = next_run
        self._probe: Job[Progress] = Job(iter(()))  # an idle one, until a cost is measured
        self._probed: Asked | None = None  # whose cost was measured
        self.asked: Asked | None = None
        labels = {_label(key): key for key in list_swept()}
        self.axes = (
            Axis(("Setting", "Values"), labels, "learning_rates"),
            Axis(("Second setting", "Second values"), {"none": NONE, **labels}, NONE),
        )
        self.drawn = choice(
            "Runs",
            "Every combination of the values, or some that are drawn at random. Default: every combination",
            {"every combination": False, "drawn at random": True},
        )
        self.number = whole("Number", "How many runs are drawn. Default: 6", 1, MOST_RUNS, 6)
        self.epochs = whole(
            "Epochs",
            "Passes of each run over all training tunes. Default: as in the main settings",
            *(1, 1_000_000, TrainingConfig.epochs),
        )
        self.minutes = number(
            "Minutes",
            "Minutes of training after which a run ends, if its epochs are not done; 0: no limit. Default: 0",
            *((0, MOST_MINUTES), 0),
            step=1,
        )
        self.early = control(
            widgets.Checkbox,
            "Stop hopeless early",
            "A run ends after a ninth or a third of its epochs unless its validation loss is in the best third there. "
            "Default: off"
            if can_halve()
            else GET_OPTUNA[0].upper() + GET_OPTUNA[1:],
            value=False,
            disabled=not can_halve(),
        )
        self.summary = text(2)
        on_choice(self.drawn, "value", act, self._show_number)
        for axis in self.axes:
            on_choice(axis.setting, "value", act, axis.show)
        for each in self.controls:
            on_choice(each, "value", act, self.check)
        self._show_number()
        self.box = column(*self.controls, self.summary)

    @property
    def controls(self) -> tuple[Any, ...]:
        """All controls, in their order."""
        axes = (each for axis in self.axes for each in (axis.setting, axis.values))
        return (*axes, self.drawn, self.number, self.epochs, self.minutes, self.early)

    def _show_number(self) -> None:
        show(self.number, self.drawn.value)

    def follow(self, epochs: int) -> None:
        """Take over the epochs of the main settings, which have changed."""
        with quietly(self.epochs):
            self.epochs.value = epochs

    def check(self) -> None:
        """Read the form: either it asks for something, or the summary says what is wrong."""
        try:
            asked = self._read()
        except ConfigError as error:
            asked = None
            self._say(str(error), failed=True)
        else:
            self.summary.value = self.summary.value if asked and asked == self.asked else ""
        if asked is None or asked != self.asked:
            self.close()
            self.asked, self._probed = asked, None

    def _read(self) -> Asked | None:
        settings: dict[str, Any] = {}
        for axis in self.axes:
            axis.add_to(settings)
        if not settings:
            return None
        recipe = self._recipe()
        if not self.drawn.value and any(isinstance(values, Between) for values in settings.values()):
            raise ConfigError("A range needs runs that are drawn at random: choose that, or list the values")
        drawn = self.number.value if self.drawn.value else None
        plan = Plan(recipe, settings, drawn, stop_early=self.early.value)
        return Asked(plan, plan.combinations())

    def _recipe(self) -> Recipe:
        """Return what all runs have in common."""
        _, recipe = self._next_run()
        training = replace(recipe.training, epochs=self.epochs.value)
        return replace(recipe, training=training, minutes=self.minutes.value or None)

    def _is_outdated(self, asked: Asked) -> bool:
        """Whether other music, or settings of other pages, were chosen since."""
        try:
            return self._recipe() != asked.plan.recipe
        except ConfigError:
            return True

    def refresh(self, device: str, *, busy: bool) -> None:
        """Measure what the sweep would cost, unless the machine is busy, and show it.

        Raises
        ------
        Exception
            What ended the measurement.
        """
        if self.asked and self._is_outdated(self.asked):
            self.check()
        asked, probe = self.asked, self._probe
        if asked is None:
            return
        if self._probed is not asked and not busy:
            self._probed = asked
            training, _ = self._next_run()
            self._probe = Job(estimating_sweep_cost(asked.plan, asked.combinations, training, device=device))
            self._probe.start()
            return
        if probe.error:
            self._probe = Job(iter(()))
            raise probe.error
        cost: SweepCost | None = probe.result if self._probed is asked else None
        runs = count_of(len(asked.combinations), "run")
        if cost:
            early = ", less where runs end early" if asked.plan.stop_early else ""
            self._say(f"{runs}, about {duration(cost.seconds)} of training{early}.")
        else:
            self._say(f"{runs}; {'the cost is measured between runs' if busy else 'measuring the cost …'}")

    def close(self) -> None:
        """Stop measuring."""
        self._probe.stop()

    def _say(self, words: str, *, failed: bool = False) -> None:
        colour = ' style="color: var(--jp-error-color1)"' if failed else ""
        self.summary.value = f'<span role="status"{colour}>{html.escape(words)}</span>'

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the controls."""
        return iter(self.controls)


def duration(seconds: float) -> str:
    """Return a time in words, rounded: '40 s', '12 min', '3.5 h'."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
