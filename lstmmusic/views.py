"""Live pictures for a notebook: a loss curve, and a grid of steps against pitches.

A view is told whole arrays and sends them to the browser as bytes, in one message. It knows nothing about models,
training or files.
"""

from __future__ import annotations

from pathlib import Path

import anywidget
import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

_LONGEST_CURVE = 2000


def _read(*names: str) -> str:
    static = Path(__file__).parent / "static"
    return "\n".join((static / name).read_text(encoding="utf-8") for name in names)


def smooth(values: ArrayLike, weight: float) -> NDArray[np.float64]:
    """Smooth a curve exponentially, without a bias towards zero at its start.

    Parameters
    ----------
    values : array of float, shape (n,)
    weight : float in [0, 1)

    Returns
    -------
    array of float64, shape (n,)
        At each point the mean of the points up to it, the one k points ago counting ``weight ** k`` as long as that is
        a thousandth or more.
    """
    curve = np.asarray(values, dtype=np.float64)
    if curve.size == 0:
        return curve
    weights = weight ** np.arange(curve.size)
    weights = weights[weights >= 1e-3]
    sums = np.cumsum(weights)[np.minimum(np.arange(curve.size), weights.size - 1)]
    return np.convolve(curve, weights)[: curve.size] / sums


def decimate(x: NDArray[np.float64], y: NDArray[np.float64], limit: int) -> NDArray[np.float32]:
    """Thin a curve out, so that it looks the same when it is drawn.

    Parameters
    ----------
    x, y : arrays of float, shape (n,)
    limit : int
        The most points to keep, at least 4.

    Returns
    -------
    array of float32, shape (2, m), m <= limit
        The first and the last point, and the lowest and the highest of each stretch of equal length.
    """
    size = len(y)
    if size > limit:
        stretch = -(-size // (limit // 2 - 1))
        rows = np.pad(y, (0, -size % stretch), mode="edge").reshape(-1, stretch)
        starts = np.arange(len(rows)) * stretch
        extremes = np.concatenate([starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)])
        kept = np.unique(np.concatenate([[0, size - 1], np.minimum(extremes, size - 1)]))
        x, y = x[kept], y[kept]
    return np.stack([x, y]).astype("<f4")


def _curve(name: str, updates: ArrayLike, losses: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = np.asarray(updates, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"{name} has shape {y.shape} at updates of shape {x.shape}; both must be (n,)")
    finite = np.isfinite(x) & np.isfinite(y)
    return x[finite], y[finite]


class _View(anywidget.AnyWidget):
    _css = _read("canvas.css")
    height = traitlets.Int(260, min=80).tag(sync=True)

    def __init__(self, **traits: object) -> None:
        unknown = sorted(name for name in traits if not self.has_trait(name))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no trait {', '.join(unknown)}")
        super().__init__(**traits)


class LossView(_View):
    """The loss while a model learns.

    Traits: `floor`, a loss to compare with (dashed, called `floor_label`) or None; `logarithmic`, the scale; `unit` of
    the losses; `height` in pixels; `live`: send ``{"kind": "tick"}`` for each second in which no curve came.
    """

    _esm = _read("canvas.js", "loss.js")
    training = traitlets.Bytes().tag(sync=True)
    smoothed = traitlets.Bytes().tag(sync=True)
    validation = traitlets.Bytes().tag(sync=True)
    floor = traitlets.Float(None, allow_none=True).tag(sync=True)
    floor_label = traitlets.Unicode("floor").tag(sync=True)
    logarithmic = traitlets.Bool(False).tag(sync=True)
    unit = traitlets.Unicode("nats per frame").tag(sync=True)
    live = traitlets.Bool(False).tag(sync=True)

    def show(
        self, updates: ArrayLike, training: ArrayLike, validation_updates: ArrayLike = (), validation: ArrayLike = ()
    ) -> None:
        """Show these curves instead of those before, in one message of at most 48 KB.

        Parameters
        ----------
        updates, training : arrays of float, shape (n,)
            The number of each update and its training loss. Losses that are not finite are left out.
        validation_updates, validation : arrays of float, shape (m,)

        Raises
        ------
        ValueError
            If the two arrays of a curve differ in shape or are not (n,).
        """
        x, y = _curve("training", updates, training)
        checks = _curve("validation", validation_updates, validation)
        weight = 1 - 1 / np.clip(y.size / 20, 1, 20)  # a short curve would lag behind with the weight of a long one
        curves = {"training": (x, y), "smoothed": (x, smooth(y, weight)), "validation": checks}
        with self.hold_sync():
            for name, (at, losses) in curves.items():
                self.set_trait(name, decimate(at, losses, _LONGEST_CURVE).tobytes())


class RollView(_View):
    """A grid of steps against pitches: a tune, or the probability of each note.

    Traits: `palette`, "roll" or "probability"; `lowest`, the MIDI pitch of the first column; `step`, the length of a
    step in `unit` ("seconds" or "beats"); `primer`, how many steps at the left were given; `playhead`, the place that
    sounds now in steps, or -1; `title`; `empty`, the text while there is nothing to show; `height` in pixels;
    `meaning`, what the pointer says of a number, "probability" or words that follow it; `primer_meaning`, the same in
    the primer, or "" where that is no other.
    `shape`, `count` of notes and mean `polyphony` are set by `show`.
    """

    _esm = _read("canvas.js", "roll.js")
    cells = traitlets.Bytes().tag(sync=True)
    notes = traitlets.Bytes().tag(sync=True)
    onsets = traitlets.Bytes().tag(sync=True)
    probabilities = traitlets.Bytes().tag(sync=True)
    shape = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0)).tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    polyphony = traitlets.Float(0.0).tag(sync=True)
    palette = traitlets.Enum(("roll", "probability"), default_value="roll").tag(sync=True)
    lowest = traitlets.Int(21, min=0, max=127).tag(sync=True)
    step = traitlets.Float(1.0).tag(sync=True)
    unit = traitlets.Enum(("seconds", "beats"), default_value="seconds").tag(sync=True)
    primer = traitlets.Int(0, min=0).tag(sync=True)
    playhead = traitlets.Float(-1.0).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    meaning = traitlets.Unicode("probability").tag(sync=True)
    primer_meaning = traitlets.Unicode("").tag(sync=True)
    empty = traitlets.Unicode("Nothing to show yet").tag(sync=True)

    def show(
        self,
        cells: ArrayLike,
        *,
        notes: ArrayLike | None = None,
        onsets: ArrayLike | None = None,
        probabilities: ArrayLike | None = None,
    ) -> None:
        """Show these cells instead of those before, in one message.

        Parameters
        ----------
        cells : array, shape (steps, pitches)
            Probabilities, or whether a note sounds (0.5 and above), in [0, 1].
        notes, onsets, probabilities : array, shape (steps, pitches), optional
            The notes to mark on top of probabilities; where a note begins, which tells a repeated note from a held
            one; what the pointer reads in a roll.

        Raises
        ------
        ValueError
            If an array is no (steps, pitches), differs in shape from `cells` or leaves [0, 1].
        """
        given = np.asarray(cells, dtype=np.float64)
        if given.ndim != 2:
            raise ValueError(f"cells has shape {given.shape}; it must be (steps, pitches)")
        layers = {"cells": given}
        for name, layer in (("notes", notes), ("onsets", onsets), ("probabilities", probabilities)):
            layers[name] = np.zeros((0, 0)) if layer is None else np.asarray(layer, dtype=np.float64)
            if layer is not None and layers[name].shape != given.shape:
                raise ValueError(f"{name} has shape {layers[name].shape}; it must be that of cells, {given.shape}")
        for name, values in layers.items():
            if not np.all((values >= 0) & (values <= 1)):
                raise ValueError(f"{name} has values outside [0, 1]")
        sounding = np.pad(given >= 0.5, ((1, 0), (0, 0)))
        held = sounding[:-1] if onsets is None else sounding[:-1] & (layers["onsets"] < 0.5)
        with self.hold_sync():
            self.shape = given.shape
            self.count = int((sounding[1:] & ~held).sum())
            self.polyphony = float(given.sum() / max(len(given), 1))
            for name, values in layers.items():
                self.set_trait(name, np.rint(values * 255).astype(np.uint8).tobytes())
