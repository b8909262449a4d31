"""The Network place: the size of the network, its picture, and what training it would cost."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial

from lstmmusic.base.jobs import Job
from lstmmusic.base.progress import Progress
from lstmmusic.base.words import count_of
from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import find_devices
from lstmmusic.settings import settings_of
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, choice, column, halves, on_value, side_by_side, table, text
from lstmmusic.studio.looks import arrange
from lstmmusic.studio.network.diagram import Diagram
from lstmmusic.studio.network.start_choice import StartChoice
from lstmmusic.studio.settings import SettingControls
from lstmmusic.training.construction import find_missing
from lstmmusic.training.cost import Cost, estimating_cost
from lstmmusic.training.trainer import Trainer


class NetworkPlace:
    """The size of the network, the device that computes it, and how long training takes.

    Parameters
    ----------
    context : Context
    next_run : callable
        Returns the music and the settings that a run would be started with.
    show_units : callable
        Shows the units of a layer.

    Attributes
    ----------
    in_view : bool
        Whether the place is the one that is shown.
    """

    def __init__(
        self,
        context: Context,
        next_run: Callable[[], tuple[Corpus, NetworkConfig, TrainingConfig]],
        show_units: Callable[[int], None],
    ) -> None:
        self.in_view = False
        self._next_run = next_run
        self._probe: Job[Progress] = Job(iter(()))  # an idle one, until a cost is measured
        self._wanted: tuple[object, ...] = ()  # what a cost depends on, as it is set now
        self._probed: tuple[object, ...] = ()  # as it was set when the cost was measured
        self._shown: tuple[object, ...] = ()
        self._music: Corpus | None = None  # for the next run
        self._missing: dict[str, str] = {}  # what it does not have: see `find_missing`
        self.settings = SettingControls(
            NetworkConfig, ("hidden", "output", "skip", "strikes", "velocities", "metre", "endings")
        )
        self.start = StartChoice(context.act, context.say, self.settings)
        self.device = choice(
            "Device", "The processor that trains; auto chooses the fastest. Default: auto", ["auto", *find_devices()]
        )
        self.probe_button = button(
            "Measure cost",
            "Train on some of the music for a second, without keeping the result",
            context.act,
            self.probe,
        )
        *sizes, skip, strikes, velocities, metre, endings = self.settings
        for each in (skip, strikes, velocities, metre, endings):
            each.indent = False
        switches = side_by_side((skip, strikes, velocities), (metre, endings))
        arrange(switches, padding="0 0 0 20px")
        on_value(strikes, "value", context.act, partial(setattr, velocities, "value"))  # which need strikes
        self.missing, self.size = text(), text()
        self.diagram = Diagram(context, show_units)
        self.controls = halves(
            column(self.start.box, *sizes, switches, self.missing, self.device, self.probe_button, self.size),
            self.diagram.view,
        )

    def config(self, pitches: int) -> NetworkConfig:
        """Return the network that a run starts from, or read the settings of a new one off the controls."""
        if self.start.chosen:
            return self.start.chosen.network
        values = self.settings.values()
        return NetworkConfig(pitches, **values | {"velocities": values["velocities"] and values["strikes"]})

    def show_preset(self, config: NetworkConfig) -> None:
        """Set the controls to a preset, unless a run starts from a network that has its own settings."""
        if not self.start.chosen:
            self.settings.show(config)

    def follows(self, preset: NetworkConfig) -> bool:
        """Return whether the controls are set to a preset, but for what the music does not have."""
        return self.start.chosen is not None or self.settings.differ(preset) <= set(self._missing)

    def show_run(self, trainer: Trainer) -> None:
        """Show the network of a run, and what it started from."""
        self.settings.show(trainer.network.config)
        self.start.show(trainer.started_from, trainer.network.config)

    def probe(self) -> None:
        """Measure in the background what training would cost."""
        self.close()
        training, network, config = self._next_run()
        self._probed = self._wanted
        self._probe = Job(estimating_cost(training, network, config, device=self.device.value))
        self._probe.start()

    def refresh(
        self, pitches: int, corpus: Corpus | None, training: TrainingConfig, grid: RollConfig, *, busy: bool
    ) -> None:
        """Show how large the network would be, and what it would cost if that was measured for these settings.

        `corpus` is the training music of the next run, and `grid` that of its music.

        Raises
        ------
        Exception
            What ended the measurement.
        """
        self.start.refresh(grid, disabled=busy)
        if corpus is not self._music:
            self._music, self._missing = corpus, find_missing(corpus) if corpus else {}
        config, missing = self.config(pitches), {}
        if not self.start.chosen:  # which keeps its own parts
            missing = {name: reason for name, reason in self._missing.items() if getattr(config, name)}
            config = config.without(missing)
        probe = self._probe
        # Other settings, for instance learning rates, do not change the cost.
        counts = (training.batch_size, training.length, training.updates_per_batch, training.optimizer)
        music = (corpus.name, len(corpus), corpus.config) if corpus else ()
        self._wanted = (config, *counts, self.device.value, *music)
        for part in self.settings:
            part.disabled = busy or self.start.chosen is not None
        if not self.settings.of["strikes"][0].value:
            self.settings.of["velocities"][0].disabled = True
        self.device.disabled = busy
        self.probe_button.disabled = busy or corpus is None or probe.active
        if probe.error:
            self._probe = Job(iter(()))
            raise probe.error
        cost = probe.result if self._probed == self._wanted else None
        unknown = "measuring …" if probe.active else "measured between runs" if busy else "press the button above"
        if self._shown != (config, missing, cost, unknown):
            self._shown = config, missing, cost, unknown
            self.missing.value = html.escape(describe_missing(missing))
            self.size.value = describe_cost(config, cost, unknown)
        self.diagram.refresh(config, in_view=self.in_view)

    def close(self) -> None:
        """Stop measuring."""
        self._probe.stop()


def describe_missing(missing: dict[str, str]) -> str:
    """Say in words which parts that are switched on a new network would not have, and why; see `find_missing`."""
    labels = settings_of(NetworkConfig)
    return " ".join(f"{labels[name].label}: off, as {reason}." for name, reason in missing.items())


def describe_cost(config: NetworkConfig, cost: Cost | None, unknown: str) -> str:
    """Return HTML with what a network costs; `unknown` is shown for time and memory until they are measured."""
    rows = {
        "Learns": config.learned,
        "Parameters": f"{config.parameters:,}",
        "Weights": f"{config.parameters * 4 / 2**20:.1f} MB",
        "Epoch": f"{cost.seconds_per_epoch:.1f} s, {count_of(cost.updates_per_epoch, 'update')}" if cost else unknown,
        "Training memory": f"{cost.memory / 2**20:,.0f} MB" if cost else unknown,
    }
    return table(rows)
