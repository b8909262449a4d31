"""The notes that a unit raises and lowers, as bars on a small keyboard."""

from __future__ import annotations

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lstmmusic.views.base import CanvasView, read_bundle, read_css


class EffectView(CanvasView):
    """A bar on each key of a small keyboard: up where a note becomes likelier, down where it becomes less likely.

    Traits: `lowest`, the MIDI pitch of the first key; `name` of what does so, for readers who cannot see it; `empty`,
    the text while there is nothing to show; `height` in pixels. `values` are set by `show`.
    """

    _esm = read_bundle("effect")
    _css = read_css("canvas")
    height = traitlets.Int(110, min=80).tag(sync=True)
    values = traitlets.Bytes().tag(sync=True)
    lowest = traitlets.Int(21, min=0, max=127).tag(sync=True)
    name = traitlets.Unicode("").tag(sync=True)
    empty = traitlets.Unicode("Nothing to show yet").tag(sync=True)

    def show(self, changes: ArrayLike, name: str = "") -> None:
        """Replace the bars, in one message; of no pitch, nothing is shown.

        Parameters
        ----------
        changes : array, shape (pitches,)
            Of the probability of each note.
        name : str

        Raises
        ------
        ValueError
            If the array has another shape, or changes that are not finite.
        """
        given = np.asarray(changes, "<f4")
        if given.ndim != 1 or not np.isfinite(given).all():
            raise ValueError(f"changes has shape {given.shape}; it must be (pitches,), of finite numbers")
        with self.hold_sync():
            self.name, self.values = name, given.tobytes()
