"""A heat map of what the units of a layer do in each step of a tune, and the traces of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lstmmusic.views.base import CanvasView, read_bundle, read_css

_ZERO = 127  # the byte of zero where numbers are signed; 254 is the limit

Numbers = NDArray[np.float64]


class UnitsView(CanvasView):
    """A heat map of units against steps, on the axis of time of a `RollView` that is as wide.

    Traits of the picture: `layer`, counted from 1, and `quantity`, the name of what is shown; `title`; `note`, a line
    beside it; `empty`, the text while there is nothing to show; `bars`, `step` and `unit`, as of a `RollView`;
    `switched`, the units with a mark beside them; `height` in pixels; `fill`, whether it takes the height that its
    container gives it.

    Traits that the browser changes, too: `chosen`, the unit that is outlined, counted from 0, and `at`, the step, each
    None where nothing is chosen; `first` and `span`, the step at the left and how many are shown, 0 for all; they can
    be linked to those of a `RollView`, as can `follows`, `follows_tune` and `tempo_map`, which let its `playhead`
    follow a player.

    A click chooses a unit and a step, and so do the arrows, Home, End, Page Up and Page Down; Enter seeks the step on
    the player, Escape chooses nothing; the wheel and the keys + and - zoom. `shape`, `order`, `signed`, `limit` and the
    bytes are set by `show`, `trace` and `show_past`.
    """

    _esm = read_bundle("units")
    _css = read_css("canvas")
    values = traitlets.Bytes().tag(sync=True)
    shape = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0)).tag(sync=True)
    order = traitlets.List(traitlets.Int()).tag(sync=True)
    signed = traitlets.Bool(True).tag(sync=True)
    limit = traitlets.Float(1.0).tag(sync=True)
    layer = traitlets.Int(1, min=1).tag(sync=True)
    quantity = traitlets.Unicode("").tag(sync=True)
    switched = traitlets.List(traitlets.Int()).tag(sync=True)
    step = traitlets.Float(1.0).tag(sync=True)
    unit = traitlets.Enum(("steps", "seconds", "beats"), default_value="steps").tag(sync=True)
    bars = traitlets.List(traitlets.Tuple(*(traitlets.Float() for _ in range(3)))).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    empty = traitlets.Unicode("Nothing to show yet").tag(sync=True)
    chosen = traitlets.Int(None, allow_none=True).tag(sync=True)
    at = traitlets.Int(None, allow_none=True).tag(sync=True)
    traces = traitlets.Bytes().tag(sync=True)
    trace_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    trace_limit = traitlets.Float(1.0).tag(sync=True)
    past = traitlets.Bytes().tag(sync=True)
    first = traitlets.Float(0.0, min=0).tag(sync=True)
    span = traitlets.Float(0.0, min=0).tag(sync=True)
    playhead = traitlets.Float(-1.0).tag(sync=True)
    follows = traitlets.Unicode("").tag(sync=True)
    follows_tune = traitlets.Int(0, min=0).tag(sync=True)
    tempo_map = traitlets.List(traitlets.Tuple(), default_value=[(0.0, 1.0)]).tag(sync=True)

    @traitlets.validate("chosen", "at")
    def _check_index(self, proposal: traitlets.Bunch) -> int | None:
        value, length = proposal["value"], self.shape[proposal["trait"].name == "chosen"]
        if value is not None and not 0 <= value < length:
            raise traitlets.TraitError(
                f"{proposal['trait'].name} is {value}; it must be None or from 0 to below {length}"
            )
        return value  # type: ignore[no-any-return]

    def show(self, numbers: ArrayLike, *, order: Sequence[int] | None = None, signed: bool = True) -> None:
        """Replace the heat map, in one message of a byte for each number; traces and the past are removed.

        A unit or a step that is chosen stays so as far as there is one.

        Parameters
        ----------
        numbers : array, shape (steps, units)
            From `-limit` to `limit` if they are `signed`, where the limit is 1 or what the numbers reach; otherwise
            from 0 to 1.
        order : sequence of int, optional
            The units from the top; by default as they are.
        signed : bool

        Raises
        ------
        ValueError
            If the array has another shape, or numbers that are not finite or not from 0 to 1, or if the order does not
            have each unit once.
        """
        given = np.asarray(numbers, np.float64)
        if given.ndim != 2 or not np.isfinite(given).all():
            raise ValueError(f"numbers has shape {given.shape}; it must be (steps, units), of finite numbers")
        if not signed and not np.all((given >= 0) & (given <= 1)):
            raise ValueError("numbers that are not signed must be from 0 to 1")
        units = given.shape[1]
        rows = np.arange(units) if order is None else np.asarray(order, np.int64)
        if sorted(rows.tolist()) != list(range(units)):
            raise ValueError(f"order must have each of the {units} units once")
        limit = _round_limit(given) if signed else 1.0
        bytes_of = np.rint(given / limit * _ZERO) + _ZERO if signed else np.rint(given * 255)
        with self.hold_sync():
            self.clear_traces()
            self.shape = given.shape
            self.order, self.signed, self.limit = rows.tolist(), signed, limit
            for name, length in (("at", given.shape[0]), ("chosen", units)):
                value = getattr(self, name)
                if value is not None and value >= length:
                    self.set_trait(name, None)
            self.values = bytes_of.astype(np.uint8)[:, rows].tobytes()

    def trace(self, lines: Mapping[str, ArrayLike]) -> None:
        """Draw lines of the chosen unit below the heat map.

        Parameters
        ----------
        lines : mapping of str to array, shape (steps,)
            At most five, by the name of each.

        Raises
        ------
        ValueError
            If a line has another length than the heat map.
        """
        drawn = [np.asarray(line, "<f4") for line in lines.values()]
        if any(line.shape != self.shape[:1] for line in drawn):
            raise ValueError(f"lines have shapes {[line.shape for line in drawn]}; each must be {self.shape[:1]}")
        with self.hold_sync():
            self.trace_names = list(lines)
            self.trace_limit = _round_limit(np.stack(drawn)) if drawn else 1.0
            self.traces = b"".join(line.tobytes() for line in drawn)

    def show_past(self, weights: ArrayLike) -> None:
        """Draw a bar for each step, from the first on, below everything, on a logarithmic scale; of no step, nothing.

        Parameters
        ----------
        weights : array, shape (at most steps,)
            0 or more; the largest has the highest bar.
        """
        self.past = np.asarray(weights, "<f4").tobytes()

    def clear_traces(self) -> None:
        """Remove the lines and the bars below the heat map."""
        with self.hold_sync():
            self.traces = self.past = b""
            self.trace_names = []

    def clear(self) -> None:
        """Show nothing."""
        with self.hold_sync():
            self.title = self.note = ""
            self.show(np.zeros((0, 1)))


def _round_limit(numbers: NDArray[np.floating]) -> float:
    """Return 1, or the next half above the largest number."""
    largest = float(np.abs(numbers).max(initial=0))
    return 1.0 if largest <= 1 else float(np.ceil(2 * largest) / 2)
