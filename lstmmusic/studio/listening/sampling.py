"""The controls of how tunes are sampled: length and end, metre, temperature, threshold, seed and number of takes."""

from __future__ import annotations

import html
import random
from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lstmmusic.config import RollConfig, SamplingConfig
from lstmmusic.generation.diagnosis import Settings
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.free_running import default_threshold
from lstmmusic.network.model import StackedLSTM
from lstmmusic.settings import settings_of
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import (
    Widget,
    beside,
    choice,
    column,
    control,
    illustrate,
    on_choice,
    quietly,
    slider,
    text,
    toggle,
    whole,
)
from lstmmusic.studio.grid import describe_steps
from lstmmusic.studio.listening.takes import Made, Request
from lstmmusic.studio.looks import show

METRES = ("4/4", "3/4", "2/4", "2/2", "6/8", "9/8", "12/8", "5/4")
SEEDS = 10_000  # short enough to be remembered
SETTINGS = ("temperature", "threshold", "seed", "metre")  # controls with the names of keywords of `generate`

_SETTINGS = settings_of(SamplingConfig)


def _control(name: str) -> Widget:
    """Make the control of a setting, which may have the values of its slider."""
    setting, default = _SETTINGS[name], getattr(SamplingConfig, name)
    label = f"{setting.label} ({setting.unit})" if setting.unit else setting.label
    traits: dict[str, Any] = {"step": setting.step or 1, "whole": setting.whole, "logarithmic": setting.logarithmic}
    tooltip = f"{setting.help}. Default: {setting.format(default)}"
    return slider(label, tooltip, setting.slider or (0, 1), default or 0, **traits)


class SamplingControls:
    """The controls, and what they mean.

    Parameters
    ----------
    context : Context
    slide : callable
        Called while temperature or threshold are dragged.
    change : callable
        Called when another control has changed.
    """

    def __init__(self, context: Context, slide: Callable[[], None], change: Callable[[], None]) -> None:
        self._default_threshold = 0.0  # of the network that generates
        self._usual_metre = METRES[0]  # of the music
        self.steps = _control("steps")
        self.length = text()
        self.ending = choice(
            "Ending",
            "Whether a tune has the length above, or stops earlier where the network ends it. Default: for this length",
            {"for this length": False, "until it ends, at most this length": True},
        )
        self.metre = control(
            widgets.Combobox,
            "Metre",
            "The metre of a tune that starts from silence: choose one or type it, such as 3/4. Default: the usual one "
            "of the music",
            options=METRES,
            value=METRES[0],
            ensure_option=False,
            continuous_update=False,
        )
        self.offered = text()
        self.temperature, self.threshold = _control("temperature"), _control("threshold")
        self.takes = _control("takes")
        self.seed = whole("Seed", f"{_SETTINGS['seed'].help}. Default: a new one at each Generate", 0, 2**31 - 1, 0)
        self.keep_seed = toggle("Keep", "Generate with this seed again, rather than with a new one each time")
        illustrated = {self.temperature: "temperature", self.threshold: "threshold", self.steps: "length"}
        for each, picture in illustrated.items():
            illustrate(each, picture)
        for each in (self.temperature, self.threshold):
            each.continuous_update = True
            on_choice(each, "value", context.act, slide)
        for each in (self.seed, self.steps, self.takes, self.ending, self.metre):
            on_choice(each, "value", context.act, change)
        self.box = column(
            *(beside(self.steps, self.length, 88), self.ending, self.metre, self.offered),
            *(self.temperature, self.threshold, self.takes, beside(self.seed, self.keep_seed, 60)),
        )

    @property
    def settings(self) -> dict[str, Any]:
        """Keywords of `Sampler.takes`."""
        return {name: getattr(self, name).value for name in SETTINGS} | {"until_end": self.ending.value}

    def restore(self, request: Request) -> None:
        """Show what takes were asked for with, without asking for them again."""
        values = {getattr(self, name): request.settings[name] for name in SETTINGS}
        values |= {self.ending: request.settings["until_end"], self.steps: request.steps, self.takes: request.takes}
        with quietly(*values):
            for each, value in values.items():
                each.value = value

    def read(self, index: int) -> Settings:
        """Return the settings of a take; takes have seeds one after the other."""
        return Settings(self.temperature.value, self.threshold.value, self.seed.value + index)

    def write(self, settings: Settings, index: int) -> None:
        """Set the controls so that a take gets these settings, without asking for it."""
        with quietly(self.temperature, self.threshold, self.seed):
            self.temperature.value, self.threshold.value = settings.temperature, settings.threshold
            self.seed.value = max(0, settings.seed - index)

    def throw(self) -> None:
        """Choose a new seed, unless it is to be kept."""
        if not self.keep_seed.value:
            with quietly(self.seed):
                # Far from those of the takes before.
                self.seed.value = (self.seed.value + random.randrange(100, SEEDS - 100)) % SEEDS

    def use_threshold_of(self, network: StackedLSTM | None) -> None:
        """Set the threshold to the default of a network, which training adapts, unless the user has set another."""
        before, self._default_threshold = self._default_threshold, default_threshold(network) if network else 0.0
        if self.threshold.value == before:
            with quietly(self.threshold):
                self.threshold.value = self._default_threshold

    def use_metre_of(self, corpus: Corpus) -> None:
        """Set the metre to the usual one of the music, unless the user has set another."""
        if corpus.metre and self.metre.value == self._usual_metre:
            self._usual_metre = str(corpus.metre[0])
            with quietly(self.metre):
                self.metre.value = self._usual_metre

    def offer(self, made: Made) -> None:
        """Enable what the network of takes can be asked for, and say why the rest cannot.

        Where the metre cannot be chosen, its control is hidden, which leaves room for the others.
        """
        primer, words = made.sampler.primer, []
        self.ending.disabled = not made.network.config.endings
        self.metre.disabled = not made.sampler.asks_for_metre
        show(self.metre, not self.metre.disabled)
        if self.ending.disabled:
            words += ["Ending: this network has not learned endings."]
        if self.metre.disabled and primer and primer.metre:
            words += [f"Metre: {primer.metre[0]}, as in the primer."]
        self.offered.value = html.escape(" ".join(words))
        show(self.offered, words)

    def refresh(self, grid: RollConfig) -> None:
        """Say how long the tune is on a grid."""
        self.length.value = f"= {describe_steps(self.steps.value, grid)}"
