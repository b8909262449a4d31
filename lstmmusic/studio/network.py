"""The place where the network is shaped, and what it would cost is told before it is trained."""

from __future__ import annotations

import html
from collections.abc import Callable

from lstmmusic.base.jobs import Job
from lstmmusic.base.progress import Progress
from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import find_devices
from lstmmusic.studio.controls import Act, button, choice, column, halves, text
from lstmmusic.studio.settings import SettingControls
from lstmmusic.training.cost import Cost, estimating_cost


class NetworkPlace:
    """How large the network is, what computes it, and how long that takes.

    Parameters
    ----------
    act : callable
        Runs what a control asks for.
    needs : callable
        Returns the music and the settings of a run, were it begun now.
    """

    def __init__(self, act: Act, needs: Callable[[], tuple[Corpus, NetworkConfig, TrainingConfig]]) -> None:
        self._needs = needs
        self._probe: Job[Progress] | None = None
        self._asked: tuple[object, ...] = ()  # what a cost would be of, were it measured now
        self._probed: tuple[object, ...] = ()  # what it is of
        self.settings = SettingControls(NetworkConfig, ("hidden", "output", "skip"))
        self.device = choice("Device", "What computes; auto takes the fastest", ["auto", *find_devices()])
        self.probe_button = button(
            "Time a few updates", "Learn from some of the music for a second, and throw that away", act, self.probe
        )
        self.size, self.diagram = text(), text()
        self.controls = halves(column(*self.settings, self.device, self.probe_button, self.size), self.diagram)

    def config(self, pitches: int) -> NetworkConfig:
        """Read the shape off the controls."""
        return NetworkConfig(pitches, **self.settings.values())

    def show(self, config: NetworkConfig) -> None:
        """Set the controls to a shape."""
        self.settings.show(config)

    def probe(self) -> None:
        """Find out what training would cost, in the background."""
        self.close()
        training, network, config = self._needs()
        self._probed = self._asked
        self._probe = Job(estimating_cost(training, network, config, device=self.device.value))
        self._probe.start()

    def refresh(self, pitches: int, corpus: Corpus | None, training: TrainingConfig, *, busy: bool) -> None:
        """Show how large the network would be, and what it would cost, as far as that is known of these settings.

        Raises
        ------
        Exception
            What ended the probe.
        """
        config = self.config(pitches)
        probe = self._probe
        # Other settings, such as rates, cost nothing.
        counts = (training.batch_size, training.length, training.updates_per_batch, training.optimizer)
        music = (corpus.name, len(corpus), corpus.config) if corpus else ()
        self._asked = (config, *counts, self.device.value, *music)
        for part in (*self.settings, self.device):
            part.disabled = busy
        self.probe_button.disabled = busy or corpus is None or bool(probe and probe.active)
        cost, unknown = None, "measured between runs" if busy else "press the button above"
        if probe and probe.active:
            unknown = "measuring …"
        elif probe:
            if probe.error:
                self._probe = None
                raise probe.error
            cost = probe.result if self._probed == self._asked else None
        self.size.value = describe_cost(config, cost, unknown)
        self.diagram.value = draw_network(config)

    def close(self) -> None:
        """Stop the probe."""
        if self._probe:
            self._probe.stop()


def describe_cost(config: NetworkConfig, cost: Cost | None, unknown: str) -> str:
    """HTML that tells what a network costs; of time and memory, until they were measured, why they are unknown."""
    rows = {
        "Parameters": f"{config.parameters:,}",
        "Weights": f"{config.parameters * 4 / 2**20:.1f} MB",
        "An epoch": f"{cost.seconds_per_epoch:.1f} s, {cost.updates_per_epoch:,} updates" if cost else unknown,
        "Memory in training": f"{cost.memory / 2**20:,.0f} MB" if cost else unknown,
    }
    cells = "".join(f"<tr><th>{name}</th><td>{html.escape(value)}</td></tr>" for name, value in rows.items())
    return f"<table>{cells}</table>"


def draw_network(config: NetworkConfig) -> str:
    """SVG of the stack: as wide as its layers are, with the connections that it has."""
    names = ["Notes heard", "Layer 1", "Layer 2", "Layer 3", "Notes expected"]
    sizes = [config.pitches, *config.hidden, config.pitches]
    middle, height, gap = 300, 44, 54
    tops = [4 + (len(sizes) - 1 - place) * (height + gap) for place in range(len(sizes))]
    widths = [90 + 230 * size / max(512, *sizes) for size in sizes]
    shapes = []
    for place, (name, size, top, width) in enumerate(zip(names, sizes, tops, widths, strict=True)):
        layer = 0 < place < len(sizes) - 1
        fill = "var(--jp-brand-color3, #bbdefb)" if layer else "var(--jp-layout-color2, #eee)"
        shapes.append(
            f'<rect x="{middle - width / 2:.0f}" y="{top}" width="{width:.0f}" height="{height}" rx="6" fill="{fill}" '
            f'stroke="var(--jp-border-color1, #bdbdbd)"/>'
            f'<text x="{middle}" y="{top + 18}" text-anchor="middle" font-weight="600">{name}</text>'
            f'<text x="{middle}" y="{top + 34}" text-anchor="middle">{size} {"units" if layer else "pitches"}</text>'
        )
        if layer:  # what it remembers from the step before
            right = middle + width / 2
            shapes.append(_arrow(f"M {right:.0f} {top + 10} c 34 -8 34 32 4 24", "brand-color1"))
        if place:
            shapes.append(_arrow(f"M {middle} {tops[place - 1]} V {top + height + 6}", "ui-font-color2"))
    if config.skip:
        for place in (2, 3):  # the input reaches every layer, and every layer the output
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
    words = (
        f"{config.pitches} pitches, three layers of {', '.join(map(str, config.hidden))} units, {config.pitches} out"
    )
    return (
        f'<svg role="img" aria-label="The network: {words}" viewBox="0 0 600 {tops[0] + height + 8}" '
        f'style="width: 100%; max-width: 640px; font-size: 13px" fill="var(--jp-ui-font-color1, #212121)">'
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
