"""The loss while a model learns, thinned out and smoothed before it is sent."""

from __future__ import annotations

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lstmmusic.views.base import View, read_static

_LONGEST_CURVE = 2000


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


class LossView(View):
    """The loss while a model learns.

    Traits: `floor`, a loss to compare with (dashed, called `floor_label`) or None; `logarithmic`, the scale; `unit` of
    the losses; `height` in pixels; `live`: send ``{"kind": "tick"}`` for each second in which no curve came.
    """

    _esm = read_static("canvas.js", "loss.js")
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
