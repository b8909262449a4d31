"""The Network place: the size of the network, its picture, and what training it would cost."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial

from lstmmusic.base.jobs import Job
from lstmmusic.base.progress import Progress
from lstmmusic.base.words import count_of
from lstmmusic.config import LAYERS, NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import find_devices
from lstmmusic.settings import settings_of
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, choice, column, halves, on_value, side_by_side, table, text
from lstmmusic.studio.settings import SettingControls
from lstmmusic.studio.start_choice import StartChoice
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
    """

    def __init__(self, context: Context, next_run: Callable[[], tuple[Corpus, NetworkConfig, TrainingConfig]]) -> None:
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
        switches.layout.padding = "0 0 0 20px"
        on_value(strikes, "value", context.act, partial(setattr, velocities, "value"))  # which need strikes
        self.missing, self.size, self.diagram = text(), text(), text()
        self.controls = halves(
            column(self.start.box, *sizes, switches, self.missing, self.device, self.probe_button, self.size),
            self.diagram,
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
            self.size.value, self.diagram.value = describe_cost(config, cost, unknown), draw_network(config)

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


def draw_network(config: NetworkConfig) -> str:
    """Return an SVG of the network: boxes as wide as its layers, and its connections."""
    names = ["Input notes", *(layer.capitalize() for layer in LAYERS), "Predicted notes"]
    sizes = [config.pitches, *config.hidden, config.pitches]
    middle, height, gap = 300, 44, 54
    tops = [4 + (len(sizes) - 1 - place) * (height + gap) for place in range(len(sizes))]
    widths = [90 + 230 * size / max(512, *sizes) for size in sizes]
    shapes = []
    for place, (name, size, top, width) in enumerate(zip(names, sizes, tops, widths, strict=True)):
        layer = 0 < place < len(sizes) - 1
        fill = "var(--jp-brand-color3, #bbdefb)" if layer else "var(--jp-layout-color2, #eee)"
        ink = "#212121" if layer else "var(--jp-ui-font-color1, #212121)"  # a layer is light in both themes
        shapes.append(
            f'<rect x="{middle - width / 2:.0f}" y="{top}" width="{width:.0f}" height="{height}" rx="6" fill="{fill}" '
            f'stroke="var(--jp-border-color1, #bdbdbd)"/>'
            f'<g text-anchor="middle" fill="{ink}"><text x="{middle}" y="{top + 18}" font-weight="600">{name}</text>'
            f'<text x="{middle}" y="{top + 34}">{size} {"units" if layer else "pitches"}</text></g>'
        )
        if layer:  # its state at the step before
            right = middle + width / 2
            shapes.append(_arrow(f"M {right:.0f} {top + 10} c 34 -8 34 32 4 24", "brand-color1"))
        if place:
            shapes.append(_arrow(f"M {middle} {tops[place - 1]} V {top + height + 6}", "ui-font-color2"))
    if config.skip:
        for place in (2, 3):  # from the input to every layer, and from every layer to the output
            bend = middle - 175 - 35 * place
            left, start = middle - widths[place] / 2 - 6, middle - widths[0] / 2
            shapes.append(_curve(start, tops[0] + height / 2, bend, left, tops[place] + height / 2))
        for place in (1, 2):
            bend = middle + 175 + 35 * (4 - place)
            start, right = middle + widths[place] / 2, middle + widths[4] / 2 + 6
            shapes.append(_curve(start, tops[place] + height / 2 + 8, bend, right, tops[4] + height / 2))
    marker = (
        '<marker id="lstmmusic-tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M 0 0 L 8 4 L 0 8 z" fill="var(--jp-ui-font-color2, #616161)"/></marker>'
    )
    units = ", ".join(map(str, config.hidden))
    words = f"{config.pitches} input pitches, three layers of {units} units, {config.pitches} predicted pitches"
    return (
        f'<svg role="img" aria-label="The network: {words}" viewBox="0 0 600 {tops[0] + height + 8}" '
        f'style="display: block; width: 100%; height: 100%; font-size: 13px">'
        f"<defs>{marker}</defs>{''.join(shapes)}</svg>"
    )


def _arrow(path: str, colour: str) -> str:
    return (
        f'<path d="{path}" fill="none" stroke="var(--jp-{colour}, #616161)" stroke-width="1.5" '
        f'marker-end="url(#lstmmusic-tip)"/>'
    )


def _curve(x: float, y: float, bend: float, to_x: float, to_y: float) -> str:
    path = f"M {x:.0f} {y:.0f} C {bend:.0f} {y:.0f}, {bend:.0f} {to_y:.0f}, {to_x:.0f} {to_y:.0f}"
    return _arrow(path, "ui-font-color3")
