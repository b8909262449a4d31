"""Controls for surgery: what is switched off, held or scaled, listed so that each can be undone."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial

from lstmmusic.analysis.surgery import Action, Operation, Part
from lstmmusic.base.words import count_of
from lstmmusic.config import NetworkConfig
from lstmmusic.errors import LSTMMusicError
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, choice, column, on_choice, on_value, quietly, row, slider, text
from lstmmusic.studio.inside.reading import fits
from lstmmusic.studio.looks import show

MOST = 12  # operations, of which each has a button
ABOUT_LOSS = "Of the held-out tunes, lower is better; then how much more it is than without the operations"

UNIT: tuple[Part, bool] = ("unit", False)
# What is operated on: a part, and whether of all units of the layer.
PARTS: dict[str, tuple[Part, bool]] = {
    "the unit": UNIT,
    "its input gate": ("input gate", False),
    "its forget gate": ("forget gate", False),
    "its output gate": ("output gate", False),
    "the whole layer": ("unit", True),
    "input gates of the layer": ("input gate", True),
    "forget gates of the layer": ("forget gate", True),
    "output gates of the layer": ("output gate", True),
}
SKIPS: dict[str, tuple[Part, bool]] = {
    "skip from the input": ("from input", True),
    "skip to the output": ("to output", True),
}


class Surgery:
    """The controls, and the operations for which they stand.

    Parameters
    ----------
    context : Context
    target : callable
        Returns the layer that is shown, and its chosen unit or None.
    """

    def __init__(self, context: Context, target: Callable[[], tuple[int, int | None]]) -> None:
        act = context.act
        self._session, self._target = context.session, target
        self.operations: tuple[Operation, ...] = ()
        self.part = choice(
            "Operate on",
            f"What is switched off, held or scaled: click a unit first. Default: {next(iter(PARTS))}",
            dict(PARTS),
        )
        self.off = button(
            "Off",
            "Let it say nothing: whatever reads it has 0 from now on. The picture shows what it would say",
            act,
            lambda: self._operate("off", 0.0),
        )
        self.hold = slider(
            "Hold at",
            "Keep it at this value: -1 to 1, and gates from 0, which is shut, to 1, which is open. Default: 0",
            (-1, 1),
            0.0,
            step=0.05,
        )
        self.scale = slider(
            "Scale by",
            "Multiply what it says: above 1 is louder, below it softer, and below 0 the opposite. Default: 1",
            (-3, 3),
            1.0,
            step=0.05,
        )
        self.hold.continuous_update = self.scale.continuous_update = True
        on_value(self.hold, "value", act, lambda value: self._operate("hold", value))
        on_value(self.scale, "value", act, lambda value: self._operate("scale", value))
        on_choice(self.part, "value", act, self.refresh)
        self.buttons = tuple(button("", "Undo this", act, partial(self._undo, place)) for place in range(MOST))
        self.loss = text()
        self.box = column(self.part, row(self.off), self.hold, self.scale, self.loss, *self.buttons)
        self.refresh()

    def offer(self, config: NetworkConfig, layer: int) -> None:
        """Offer the connections that a layer of a network has; operations on what it does not have are dropped."""
        self.operations = tuple(each for each in self.operations if fits(each, config))
        skips = {
            name: part
            for name, part in SKIPS.items()
            if config.skip and layer != (0 if part[0] == "from input" else len(config.hidden) - 1)
        }
        options = tuple((PARTS | skips).items())
        if options != self.part.options:
            value = self.part.value
            with quietly(self.part):
                self.part.options = options
                self.part.value = value if value in dict(options).values() else UNIT

    def switched(self, layer: int) -> list[int]:
        """Return the units of a layer with an operation of their own."""
        return sorted({each.unit for each in self.operations if each.layer == layer and each.unit is not None})

    def clear(self) -> None:
        """Undo everything."""
        self._set(())
        with quietly(self.hold, self.scale):
            self.hold.value, self.scale.value = 0.0, 1.0

    def show_losses(self, losses: tuple[float | None, ...], *, has_tunes: bool) -> None:
        """Show the validation loss with the operations, and how much more it is than that without, which is first."""
        words = ""
        if self.operations and not has_tunes:
            words = "No held-out tunes on this grid: no validation loss"
        elif self.operations:
            words = "Validation loss: measuring …"
            before, now = losses if len(losses) == 2 else (None, None)
            if before is not None and now is not None:
                words = f"Validation loss {now:.2f}, {describe_change(now - before)} nats per step"
        value = f'<span role="status" title="{ABOUT_LOSS}">{html.escape(words)}</span>'
        if self.loss.value != value:
            self.loss.value = value

    def refresh(self) -> None:
        """Enable what is possible for the chosen part."""
        part, whole = self.part.value
        needs_unit = not whole and self._target()[1] is None
        is_gate = part.endswith("gate")
        self.off.disabled = needs_unit
        self.hold.disabled = needs_unit or part in ("from input", "to output")
        self.scale.disabled = needs_unit or is_gate
        self.hold.low = 0.0 if is_gate else -1.0
        if self.hold.slider[0] != self.hold.low:
            self.hold.slider = [self.hold.low, 1.0]
        if self.hold.value < self.hold.low:
            with quietly(self.hold):
                self.hold.value = 0.0
        for place, each in enumerate(self.buttons):
            known = place < len(self.operations)
            label = f"× {self.operations[place]}" if known else ""
            if each.description != label:
                each.description, each.tooltip = label, f"Undo: {label[2:]}"
            show(each, known)

    def _operate(self, action: Action, value: float) -> None:
        """Do something to the chosen part, instead of what was done to it before.

        Raises
        ------
        LSTMMusicError
            If no unit is chosen, or too much is switched.
        """
        part, whole = self.part.value
        layer, unit = self._target()
        if unit is None and not whole:
            raise LSTMMusicError("no unit is chosen; click a row of the units first")
        operation = Operation(layer, None if whole else unit, part, action, float(value))
        place = (operation.layer, operation.unit, operation.part)
        others = tuple(each for each in self.operations if (each.layer, each.unit, each.part) != place)
        if len(others) >= MOST:
            raise LSTMMusicError(f"{count_of(MOST, 'part')} are switched already; undo one of them first")
        self._set((*others, operation))

    def _undo(self, place: int) -> None:
        self._set((*self.operations[:place], *self.operations[place + 1 :]))

    def _set(self, operations: tuple[Operation, ...]) -> None:
        self.operations = operations
        self._session.hold_updates()
        self.refresh()


def describe_change(nats: float) -> str:
    """Return a change of the loss with its sign, and one that rounds to zero without."""
    words = f"{nats:+.3f}"
    return words[1:] if float(words) == 0 else words
