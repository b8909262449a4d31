"""How well each layer learns: the norm of its gradient, and how much of it is clipped and of its gates saturated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import traitlets

from lstmmusic.views.base import CanvasView, read_bundle

LONGEST_HISTORY = 120  # calls

# Name, norm of its gradient, share of its elements or of the updates that was clipped, share of saturated gates.
Layer = tuple[str, float, float, float | None]


class HealthView(CanvasView):
    """A strip for each layer: gradient norm, share clipped, saturated gates.

    Traits: `by_norm`, whether gradients are clipped by their norm: what is clipped are then whole updates, and not
    elements; `empty`, the text while there is nothing to show; `height` in pixels. `names` of the layers and `history`,
    float32 of shape (calls, layers, 3), are set by `show`; a layer without gates has no number there.
    """

    _esm = read_bundle("health")
    height = traitlets.Int(112, min=80).tag(sync=True)
    by_norm = traitlets.Bool(False).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    history = traitlets.Bytes().tag(sync=True)
    empty = traitlets.Unicode("How well each layer learns appears here once a run trains").tag(sync=True)

    def show(self, layers: Sequence[Layer]) -> None:
        """Add the state of the layers, in one message of at most 6 KB for four of them; the last 120 calls are kept.

        Parameters
        ----------
        layers : sequence of (str, float, float, float or None)
            For each layer its name, the norm of its gradient, the share of the gradient's elements (or of the last
            updates, see `by_norm`) that were clipped and the share of its gates that are saturated, in [0, 1], or None
            for a layer without gates. Names other than before start a new history.

        Raises
        ------
        ValueError
            If a norm is negative, or a share is outside [0, 1].
        """
        names = [name for name, *_ in layers]
        now = np.array([[np.nan if value is None else value for value in values] for _, *values in layers], "<f4")
        for name, (norm, *shares) in zip(names, now, strict=True):
            if norm < 0:
                raise ValueError(f"{name} has a gradient norm of {norm:g}; it must be 0 or more")
            if any(share < 0 or share > 1 for share in shares):
                raise ValueError(f"{name} has shares of {shares[0]:g} and {shares[1]:g}; they must lie in [0, 1]")
        before = np.frombuffer(self.history, "<f4") if names == self.names else np.zeros(0, "<f4")
        kept = before[max(0, before.size - (LONGEST_HISTORY - 1) * now.size) :]
        with self.hold_sync():
            self.names = names
            self.history = np.concatenate([kept, now.ravel()]).tobytes()

    def clear(self) -> None:
        """Remove everything, as when a new run starts."""
        with self.hold_sync():
            self.names = []
            self.history = b""
