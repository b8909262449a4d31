"""A piano in the page, on which notes are played in: with the pointer, the computer's keyboard, or a MIDI keyboard."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from lstmmusic.views.base import CanvasView, read_static

Played = NDArray[np.float64]  # (notes, 4): start and end in seconds, MIDI pitch, velocity


class KeysView(CanvasView):
    """Three octaves of a piano, and a button that records what is played on it.

    The keys A to ; of the computer's keyboard play, in the rows of a piano, while the view has the focus; Z and X shift
    them by an octave, and the space bar begins and ends a recording. A MIDI keyboard plays once its button was pressed
    and the browser has been allowed to.

    Traits: `height` of the keys in pixels, below a row of 30; `sounds`, the `ident` of the `SoundView` that sounds what
    is played, or "" for none; `lowest` and `highest`, the pitches that count, between which keys are drawn in full.
    """

    _esm = read_static("canvas.js", "keys.js")
    _css = read_static("canvas.css", "keys.css")
    height = traitlets.Int(64, min=40).tag(sync=True)
    sounds = traitlets.Unicode("").tag(sync=True)
    lowest = traitlets.Int(21, min=0, max=127).tag(sync=True)
    highest = traitlets.Int(108, min=0, max=127).tag(sync=True)

    def __init__(self, on_played: Callable[[Played], None] | None = None, **traits: object) -> None:
        super().__init__(**traits)
        self._on_played = on_played
        self.on_msg(self._take)

    def _take(self, _: object, content: Any, __: object) -> None:
        """Hand on what was recorded, if it is what the page sends."""
        if self._on_played and isinstance(content, dict) and content.get("kind") == "played":
            self._on_played(_check(content.get("notes")))


def _check(notes: Any) -> Played:
    """Return the notes of a message that are notes; sorted by start."""
    good = [
        [float(value) for value in note]
        for note in (notes if isinstance(notes, list) else ())
        if isinstance(note, list) and len(note) == 4 and all(_is_number(value) for value in note)
    ]
    table = np.array(sorted(good), np.float64).reshape(-1, 4)
    start, end, pitch, velocity = table.T
    right = (start >= 0) & (start <= end) & (pitch >= 0) & (pitch <= 127) & (velocity >= 1) & (velocity <= 127)
    kept: Played = table[right & (pitch == np.rint(pitch))]
    return kept


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
