"""Curves as arrays, smoothed and thinned out before they are sent. Knows nothing about widgets."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

LONGEST_CURVE = 2000  # points: about two for each pixel across
_LONGEST_REST = 500  # points before the part that is zoomed, and after it
_CHUNK = 1024
_LEAST_WEIGHT = 1e-3

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def read_curve(name: str, updates: ArrayLike, losses: ArrayLike) -> Curve:
    """Return the updates and losses of a curve, each of shape (n,), without those that are not finite."""
    x, y = np.asarray(updates, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"{name} has shape {y.shape} at updates of shape {x.shape}; both must be (n,)")
    finite = np.isfinite(x) & np.isfinite(y)
    return x[finite], y[finite]


def automatic_weight(size: int) -> float:
    """Return the weight with which a curve of this many points is smoothed: lower for short ones, which would lag."""
    return float(1 - 1 / np.clip(size / 20, 1, 20))


def smooth(values: ArrayLike, weight: float) -> NDArray[np.float64]:
    """Smooth a curve exponentially, without a bias towards zero at its start.

    Parameters
    ----------
    values : array of float, shape (n,)
    weight : float in [0, 1]

    Returns
    -------
    array of float64, shape (n,)
        At each point the mean of the points up to it, the one k points ago counting ``weight ** k``. A weight below a
        thousandth changes nothing.
    """
    curve = np.asarray(values, dtype=np.float64)
    if curve.size == 0 or weight < _LEAST_WEIGHT:
        return curve.copy()
    # A chunk is summed at once, which divides by its smallest power: in a longer one that would underflow.
    length = _CHUNK if weight == 1 else max(1, min(_CHUNK, int(-500 / np.log(weight))))
    powers = weight ** np.arange(min(length, curve.size))
    summed = np.cumsum(1 / powers)
    means = np.empty_like(curve)
    total = weights = 0.0
    for start in range(0, curve.size, length):
        part = curve[start : start + length]
        power = powers[: part.size]
        totals = (np.cumsum(part / power) + weight * total) * power
        counts = (summed[: part.size] + weight * weights) * power
        means[start : start + length] = totals / counts
        total, weights = totals[-1], counts[-1]
    return means


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
        kept = np.zeros(size, dtype=bool)
        kept[[0, -1]] = True
        for extremes in (rows.argmin(axis=1), rows.argmax(axis=1)):
            kept[np.minimum(starts + extremes, size - 1)] = True
        x, y = x[kept], y[kept]
    return np.stack([x, y]).astype("<f4")


def thin(x: NDArray[np.float64], y: NDArray[np.float64], part: tuple[float, float] | None) -> NDArray[np.float32]:
    """Thin a curve out, but less from the first to the last update of a part that is zoomed.

    Parameters
    ----------
    x, y : arrays of float, shape (n,), x ascending
    part : (float, float) or None

    Returns
    -------
    array of float32, shape (2, m)
        The whole curve in at most `LONGEST_CURVE` points; with a part, that many points in it, and fewer around it.
    """
    if part is None or len(y) <= LONGEST_CURVE:
        return decimate(x, y, LONGEST_CURVE)
    start, stop = np.searchsorted(x, part[0]), np.searchsorted(x, part[1], side="right")
    pieces = ((slice(start), _LONGEST_REST), (slice(start, stop), LONGEST_CURVE), (slice(stop, None), _LONGEST_REST))
    return np.concatenate([decimate(x[piece], y[piece], limit) for piece, limit in pieces], axis=1)
