"""What the studio shows: curve, heat map, tune, status. Each method draws one thing; none of them starts any."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets

from lstmmusic.config import RollConfig
from lstmmusic.data import Corpus
from lstmmusic.generation import Take
from lstmmusic.training import TrainingSnapshot
from lstmmusic.views import LossView, RollView


class Stage:
    """The views of a studio, and the text around them."""

    def __init__(self) -> None:
        self.loss = LossView(height=185, floor_label="each note's own Markov chain")
        self.expected = RollView(
            height=190, palette="probability", empty="What the network expects in a held-out tune appears here"
        )
        self.take = RollView(
            height=215, palette="probability", empty="Press Generate: the tune and its note probabilities appear here"
        )
        self.logarithmic = widgets.ToggleButton(
            description="Log scale", tooltip="Draw the loss on a logarithmic scale", layout=widgets.Layout(width="auto")
        )
        self.logarithmic.observe(lambda change: setattr(self.loss, "logarithmic", change["new"]), "value")
        self.progress = widgets.FloatProgress(max=1, layout=widgets.Layout(width="auto", flex="1 1 80px"))
        self.status = widgets.HTML()
        self.sound = widgets.HTML()
        self.message = widgets.HTML()
        self.audio = widgets.HBox()

    def say(self, text: str, *, failed: bool = False, link: str = "") -> None:
        """Show a message; `link` is HTML of our own making, `text` never is."""
        colour = "var(--jp-error-color1)" if failed else "var(--jp-ui-font-color1)"
        self.message.value = f'<span role="status" style="color: {colour}">{html.escape(text)} {link}</span>'

    def show_run(self, snapshot: TrainingSnapshot, state: str, device: str) -> None:
        """Draw how training goes."""
        self.progress.value = snapshot.done
        self.loss.show(snapshot.updates, snapshot.training, snapshot.validation_updates, snapshot.validation)
        excerpt = snapshot.excerpt
        with self.expected.hold_sync():
            _lay_grid(self.expected, excerpt.config)
            self.expected.title = f"What the network expects in {excerpt.name}; outlined: its notes"
            self.expected.show(snapshot.probabilities, notes=excerpt.roll)
        self.show_state(snapshot, state, device)

    def show_state(self, snapshot: TrainingSnapshot, state: str, device: str) -> None:
        """Tell in a line how training goes."""
        parts = [f"<b>{state.capitalize()}</b> on {device}", f"epoch {snapshot.epoch} of {snapshot.epochs}"]
        if len(snapshot.training):
            parts += [f"update {len(snapshot.training):,}", f"training {snapshot.training[-1]:.2f}"]
        if len(snapshot.validation):
            parts += [f"validation {snapshot.validation[-1]:.2f}, best {snapshot.validation.min():.2f} nats per frame"]
        if state == "running" and snapshot.done > 0:
            left = snapshot.seconds / snapshot.done * (1 - snapshot.done)
            parts += [f"{int(left // 60)}:{int(left % 60):02d} left"]
        self.status.value = " · ".join(parts)

    def show_failure(self, error: Exception) -> None:
        """Tell why training ended."""
        self.status.value = f'<span style="color: var(--jp-error-color1)">{html.escape(str(error))}</span>'

    def show_take(self, take: Take) -> None:
        """Draw a tune over its probabilities."""
        with self.take.hold_sync():
            _lay_grid(self.take, take.tune.config)
            self.take.primer = take.primer_steps
            self.take.title = f"{take.tune.name}, temperature {take.temperature:.2g}, seed {take.seed}"
            self.take.show(take.probabilities, notes=take.tune.roll, onsets=take.tune.onsets)

    def hear(self, wav: bytes) -> None:
        """Play a WAV file in the browser."""
        self.silence()
        self.audio.children = [widgets.Audio(value=wav, format="wav", autoplay=True, loop=False)]

    def silence(self) -> None:
        """Take the browser's sound away."""
        for player in self.audio.children:
            close_all(player)
        self.audio.children = []


def describe_corpus(corpus: Corpus) -> str:
    """HTML that tells what a corpus holds, and which files were left out and why."""
    left_out = [verdict for verdict in corpus.verdicts if not verdict.used]
    reasons = "".join(f"<li>{html.escape(v.path.name)}: {html.escape(v.reason)}</li>" for v in left_out)
    details = f"<details><summary>{len(left_out)} files left out</summary><ul>{reasons}</ul></details>"
    text = f"<b>{html.escape(corpus.name)}</b>: {len(corpus)} tunes, {corpus.steps:,} steps"
    return text + (details if left_out else "")


def close_all(widget: Any) -> None:
    """Close a widget and all below it: closing a box leaves its children, layouts and styles open."""
    for child in getattr(widget, "children", ()):
        close_all(child)
    for part in (getattr(widget, "style", None), widget.layout):
        if isinstance(part, widgets.Widget):
            part.close()
    widget.close()


def _lay_grid(view: RollView, config: RollConfig) -> None:
    view.lowest, view.step, view.unit = config.lowest, config.step, config.unit
