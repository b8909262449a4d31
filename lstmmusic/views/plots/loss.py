"""The loss of a run, or of several runs on one plot."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import traitlets
from numpy.typing import ArrayLike

from lstmmusic.views.base import CanvasView, is_finite, read_bundle, read_css
from lstmmusic.views.palette import MOST_RUNS
from lstmmusic.views.plots.curves import Curve, automatic_weight, read_curve, smooth, thin


class OverlaidRun(NamedTuple):
    """A run of several on one plot.

    Parameters
    ----------
    name : str
    look : int
        The number of its colour and dashes, from 0 to below `MOST_RUNS`.
    training, validation : (array of float, array of float)
        The number of each update, ascending, and the loss, both of shape (n,). Those of training may be left out.
    """

    name: str
    look: int
    training: tuple[ArrayLike, ArrayLike] = ((), ())
    validation: tuple[ArrayLike, ArrayLike] = ((), ())


class LossView(CanvasView):
    """The loss while a model learns.

    Traits: `baseline`, a loss to compare with (dashed, called `baseline_label`) or None; `logarithmic`, the scale,
    which the page can switch; `unit` of the losses, and `validation_unit` if that of validation differs; `height` in
    pixels; `live`: send ``{"kind": "tick"}`` for each second in which no curve came; `smoothing`, the weight of the
    updates before in the smoothed loss, 0 to 1, or None to choose it by the number of updates; `marks`, what was
    changed at which update, as ``{"update": 120, "text": "clip 30 → 10"}``; `overfitting`, the update from which on it
    is shaded, or None; `name` of the run; `empty`, the text while there is nothing to show;
    `help`, what the button "?" explains, if not empty; `snapshots`, updates of which the weights can be heard: if there
    are any, a marker below the updates shows and chooses `heard`, one of them, or None for the weights after them,
    which are the `last`, "newest" or "best". `overlaid` is set by `overlay`: the name and look of each run, and how
    many of the numbers in `overlaid_curves` are its smoothed loss, and its validation.

    Dragging over a part of the updates zooms in. The page then sends ``{"kind": "zoom", "from": a, "to": b}``, and gets
    that part in full detail; ``None`` for both ends it.
    """

    _esm = read_bundle("loss")
    _css = read_css("canvas", "plots/loss")
    training = traitlets.Bytes().tag(sync=True)
    smoothed = traitlets.Bytes().tag(sync=True)
    validation = traitlets.Bytes().tag(sync=True)
    name = traitlets.Unicode("").tag(sync=True)
    overlaid = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    overlaid_curves = traitlets.Bytes(read_only=True).tag(sync=True)
    baseline = traitlets.Float(None, allow_none=True).tag(sync=True)
    baseline_label = traitlets.Unicode("baseline").tag(sync=True)
    logarithmic = traitlets.Bool(False).tag(sync=True)
    smoothing = traitlets.Float(None, allow_none=True, min=0, max=1)
    unit = traitlets.Unicode("nats per step").tag(sync=True)
    validation_unit = traitlets.Unicode("").tag(sync=True)
    empty = traitlets.Unicode("The loss appears here once a run trains").tag(sync=True)
    marks = traitlets.List(traitlets.Dict()).tag(sync=True)
    overfitting = traitlets.Float(None, allow_none=True).tag(sync=True)
    snapshots = traitlets.List(traitlets.Int()).tag(sync=True)
    heard = traitlets.Int(None, allow_none=True).tag(sync=True)
    last = traitlets.Enum(("newest", "best"), "newest").tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)
    help = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits: object) -> None:
        self._lock = threading.RLock()  # the page zooms in one thread, and another one shows new curves
        self._shown: tuple[Curve, Curve] | None = None  # training and validation
        self._overlaid: tuple[tuple[OverlaidRun, tuple[Curve, Curve]], ...] = ()
        self._part: tuple[float, float] | None = None  # updates to which a page has zoomed
        super().__init__(**traits)
        self.on_msg(self._on_message)

    def show(
        self, updates: ArrayLike, training: ArrayLike, validation_updates: ArrayLike = (), validation: ArrayLike = ()
    ) -> None:
        """Replace the curves, in one message of at most 48 KB, or 72 KB for a page that zooms.

        Parameters
        ----------
        updates, training : arrays of float, shape (n,)
            The number of each update, ascending, and its training loss. Losses that are not finite are left out.
        validation_updates, validation : arrays of float, shape (m,)

        Raises
        ------
        ValueError
            If the two arrays of a curve differ in shape or are not (n,).
        """
        run = read_curve("training", updates, training), read_curve("validation", validation_updates, validation)
        with self._lock, self.hold_sync():
            self._shown = run
            self._draw()

    def overlay(self, runs: Sequence[OverlaidRun]) -> None:
        """Show several runs instead of the one of `show`, in one message of at most 32 KB for each; none ends it.

        Parameters
        ----------
        runs : sequence of OverlaidRun
            At most `MOST_RUNS`, of different looks.

        Raises
        ------
        ValueError
            If the two arrays of a curve differ in shape or are not (n,), or if there are too many runs.
        """
        if len(runs) > MOST_RUNS or not all(0 <= run.look < MOST_RUNS for run in runs):
            raise ValueError(f"{len(runs)} runs cannot be told apart; at most {MOST_RUNS} can")
        curves = [(read_curve("training", *run.training), read_curve("validation", *run.validation)) for run in runs]
        with self._lock, self.hold_sync():
            self._overlaid = tuple(zip(runs, curves, strict=True))
            self._draw_overlaid()

    def clear(self) -> None:
        """Show no run."""
        with self._lock, self.hold_sync():
            self.name = ""
            self.show((), ())
            self.overlay(())

    def _draw(self) -> None:
        if self._shown is None:
            return
        training, validation = self._shown
        curves = {"training": training, "smoothed": self._smooth(training), "validation": validation}
        for name, (at, losses) in curves.items():
            self.set_trait(name, thin(at, losses, self._part).tobytes())

    def _draw_overlaid(self) -> None:
        described, curves = [], []
        for run, (training, validation) in self._overlaid:
            parts = [thin(*curve, self._part) for curve in (self._smooth(training), validation)]
            described.append({"name": run.name, "look": run.look, "sizes": [part.shape[1] for part in parts]})
            curves += [part.tobytes() for part in parts]
        self.set_trait("overlaid", described)
        self.set_trait("overlaid_curves", b"".join(curves))

    def _smooth(self, training: Curve) -> Curve:
        x, y = training
        return x, smooth(y, automatic_weight(y.size) if self.smoothing is None else self.smoothing)

    def _redraw(self) -> None:
        with self._lock, self.hold_sync():
            self._draw()
            self._draw_overlaid()

    def _on_message(self, _: object, content: Any, __: object) -> None:
        """Show the part to which a page zooms in full detail; without a valid part, show everything."""
        if not isinstance(content, dict) or content.get("kind") != "zoom":
            return
        ends = content.get("from"), content.get("to")
        numbers = [float(end) for end in ends if is_finite(end)]
        part = (numbers[0], numbers[1]) if len(numbers) == 2 and numbers[0] < numbers[1] else None
        if part != self._part:
            self._part = part
            self._redraw()

    @traitlets.observe("smoothing")
    def _on_smoothing(self, _: object) -> None:
        self._redraw()

    @traitlets.validate("marks")
    def _check_marks(self, proposal: Any) -> Any:
        for mark in proposal["value"]:
            if set(mark) != {"update", "text"} or type(mark["update"]) is not int or type(mark["text"]) is not str:
                raise traitlets.TraitError(f'a mark is {mark}; it must be {{"update": number, "text": words}}')
        return proposal["value"]
