"""A curve: how much predictions change where only the last steps are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lstmmusic.views.base import CanvasView, read_bundle, read_css


class PastView(CanvasView):
    """The change of predictions against the number of steps that are known, on a logarithmic axis.

    Traits: `chosen`, a number of steps that is marked, or None; `empty`, the text while there is nothing to show;
    `height` in pixels. `lengths` and `divergences` are set by `show`.
    """

    _esm = read_bundle("past")
    _css = read_css("canvas")
    height = traitlets.Int(140, min=80).tag(sync=True)
    lengths = traitlets.List(traitlets.Int(min=1)).tag(sync=True)
    divergences = traitlets.Bytes().tag(sync=True)
    chosen = traitlets.Int(None, allow_none=True, min=1).tag(sync=True)
    empty = traitlets.Unicode("Nothing to show yet").tag(sync=True)

    def show(self, lengths: Sequence[int], divergences: ArrayLike) -> None:
        """Replace the curve, in one message.

        Parameters
        ----------
        lengths : sequence of int
            Numbers of steps, ascending, of the whole axis.
        divergences : array, shape (n,)
            Nats per step, of the first n of them.

        Raises
        ------
        ValueError
            If there are more divergences than lengths, or some that are not finite.
        """
        given = np.asarray(divergences, "<f4")
        if given.ndim != 1 or len(given) > len(lengths) or not np.isfinite(given).all():
            raise ValueError(
                f"divergences has shape {given.shape}; it must be one finite number for each of the {len(lengths)} "
                f"lengths, or for the first of them"
            )
        with self.hold_sync():
            self.lengths, self.divergences = list(lengths), given.tobytes()
