"""The loss of a run, and of another run beside it."""

from __future__ import annotations

import threading
from typing import Any

import traitlets
from numpy.typing import ArrayLike

from lstmmusic.views.base import CanvasView, is_finite, read_bundle, read_css
from lstmmusic.views.plots.curves import Curve, automatic_weight, read_curve, smooth, thin


class LossView(CanvasView):
    """The loss while a model learns.

    Traits: `baseline`, a loss to compare with (dashed, called `baseline_label`) or None; `logarithmic`, the scale,
    which the page can switch; `unit` of the losses, and `validation_unit` if that of validation differs; `height` in
    pixels; `live`: send ``{"kind": "tick"}`` for each second in which no curve came; `smoothing`, the weight of the
    updates before in the smoothed loss, 0 to 1, or None to choose it by the number of updates; `marks`, what was
    changed at which update, as ``{"update": 120, "text": "clip 30 → 10"}``; `overfitting`, the update from which on it
    is shaded, or None; `name` of the run, shown beside another one; `empty`, the text while there is nothing to show;
    `help`, what the button "?" explains, if not empty; `snapshots`, updates of which the weights can be heard: if there
    are any, a marker below the updates shows and chooses `heard`, one of them, or None for the weights after them,
    which are the `last`, "newest" or "best". `compared_name` is set by `compare`.

    Dragging over a part of the updates zooms in. The page then sends ``{"kind": "zoom", "from": a, "to": b}``, and gets
    that part in full detail; ``None`` for both ends it.
    """

    _esm = read_bundle("loss")
    _css = read_css("canvas", "plots/loss")
    training = traitlets.Bytes().tag(sync=True)
    smoothed = traitlets.Bytes().tag(sync=True)
    validation = traitlets.Bytes().tag(sync=True)
    compared_training = traitlets.Bytes().tag(sync=True)
    compared_smoothed = traitlets.Bytes().tag(sync=True)
    compared_validation = traitlets.Bytes().tag(sync=True)
    name = traitlets.Unicode("").tag(sync=True)
    compared_name = traitlets.Unicode("").tag(sync=True)
    baseline = traitlets.Float(None, allow_none=True).tag(sync=True)
    baseline_label = traitlets.Unicode("baseline").tag(sync=True)
    logarithmic = traitlets.Bool(False).tag(sync=True)
    smoothing = traitlets.Float(None, allow_none=True, min=0, max=1)
    unit = traitlets.Unicode("nats per step").tag(sync=True)
    validation_unit = traitlets.Unicode("").tag(sync=True)
    empty = traitlets.Unicode("Press Start: the loss appears here").tag(sync=True)
    marks = traitlets.List(traitlets.Dict()).tag(sync=True)
    overfitting = traitlets.Float(None, allow_none=True).tag(sync=True)
    snapshots = traitlets.List(traitlets.Int()).tag(sync=True)
    heard = traitlets.Int(None, allow_none=True).tag(sync=True)
    last = traitlets.Enum(("newest", "best"), "newest").tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)
    help = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits: object) -> None:
        self._lock = threading.RLock()  # the page zooms in one thread, and another one shows new curves
        self._runs: dict[str, tuple[Curve, Curve]] = {}  # training and validation, by the prefix of their traits
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
            self._draw("", run)

    def compare(
        self,
        name: str,
        updates: ArrayLike,
        training: ArrayLike,
        validation_updates: ArrayLike = (),
        validation: ArrayLike = (),
    ) -> None:
        """Show the curves of another run too, until `clear_comparison`; see `show`.

        Parameters
        ----------
        name : str
            The name of the other run; that of the first is the trait `name`.
        updates, training : arrays of float, shape (n,)
        validation_updates, validation : arrays of float, shape (m,)
        """
        run = read_curve("training", updates, training), read_curve("validation", validation_updates, validation)
        with self._lock, self.hold_sync():
            self.compared_name = name
            self._draw("compared_", run)

    def clear_comparison(self) -> None:
        """Show one run only."""
        self.compare("", (), ())

    def clear(self) -> None:
        """Show no run."""
        with self._lock, self.hold_sync():
            self.name = ""
            self.show((), ())
            self.clear_comparison()

    def _draw(self, prefix: str, run: tuple[Curve, Curve]) -> None:
        self._runs[prefix] = run
        training, validation = run
        x, y = training
        weight = automatic_weight(y.size) if self.smoothing is None else self.smoothing
        curves = {"training": training, "smoothed": (x, smooth(y, weight)), "validation": validation}
        for name, (at, losses) in curves.items():
            self.set_trait(prefix + name, thin(at, losses, self._part).tobytes())

    def _redraw(self) -> None:
        with self._lock, self.hold_sync():
            for prefix, run in tuple(self._runs.items()):
                self._draw(prefix, run)

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
