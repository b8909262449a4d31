"""How large weights and gradients are while a network learns: histograms over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lstmmusic.views.base import CanvasView, read_bundle

LONGEST_HISTORY = 240  # histograms: when there are more, every other one is left out


class MagnitudesView(CanvasView):
    """A small heat map for the weights and one for the gradients of each part of a network: time across, magnitude up.

    Traits: `names` of the parts; `powers`, the lowest and the highest power of ten; `empty`, the text while there is
    nothing to show; `height` in pixels. `updates` of the histograms and `shares`, uint8 of shape (histograms, 2, parts,
    bins), 255 for the fullest bin of a histogram but the first, are set by `show`.
    """

    _esm = read_bundle("magnitudes")
    height = traitlets.Int(190, min=80).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    powers = traitlets.Tuple(traitlets.Float(), traitlets.Float(), default_value=(-8.0, 2.0)).tag(sync=True)
    updates = traitlets.List(traitlets.Int()).tag(sync=True)
    shares = traitlets.Bytes().tag(sync=True)
    empty = traitlets.Unicode("How large weights and gradients are appears here once a run trains").tag(sync=True)

    def show(self, update: int, names: Sequence[str], weights: ArrayLike, gradients: ArrayLike) -> None:
        """Add histograms, in one message of at most 120 KB for four parts and 61 bins.

        Parameters
        ----------
        update : int
            After which update they are; not before those of the call before, or a new history begins.
        names : sequence of str
            Of the parts; others than before start a new history.
        weights, gradients : array, (parts, bins)
            How many are in each bin: the first has the zeros, the others divide the powers evenly.

        Raises
        ------
        ValueError
            If the arrays do not have a row for each name.
        """
        counts = np.stack([np.asarray(weights, np.float64), np.asarray(gradients, np.float64)])
        if counts.ndim != 3 or counts.shape[1] != len(names):
            raise ValueError(f"counts have shape {counts.shape[1:]}; they must have {len(names)} rows")
        fullest = counts[..., 1:].max(axis=2, keepdims=True)
        shares = np.divide(counts, fullest, out=np.sign(counts), where=fullest > 0)
        now = np.ceil(255 * np.minimum(shares, 1)).astype(np.uint8)
        continues = list(names) == self.names and bool(self.updates) and self.updates[-1] <= update
        before = np.frombuffer(self.shares, np.uint8).reshape(-1, *now.shape) if continues else now[:0, None]
        updates = self.updates if continues else []
        if len(updates) == LONGEST_HISTORY:
            before, updates = before[::2], updates[::2]
        with self.hold_sync():
            self.names, self.updates = list(names), [*updates, update]
            self.shares = np.concatenate([before.reshape(-1, *now.shape), now[None]]).tobytes()

    def clear(self) -> None:
        """Remove everything, as when a new run starts."""
        with self.hold_sync():
            self.names, self.updates, self.shares = [], [], b""
