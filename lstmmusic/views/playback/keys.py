"""A piano in the page, to record notes with the pointer, the computer's keyboard, or a MIDI keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from lstmmusic.sound.timeline import TimedTune
from lstmmusic.views.base import CanvasView, read_bundle, read_css


class KeysView(CanvasView):
    """Three octaves of a piano, and a button that records what is played on it.

    The keys A to ; of the computer's keyboard play, in the rows of a piano, while the view has the focus; Z and X shift
    them by an octave, and the space bar starts and ends a recording. A MIDI keyboard plays once its button was pressed
    and the browser has been allowed to.

    Traits: `height` of the keys in pixels, below a row of 30; `sounds`, the `ident` of the `SoundView` that sounds what
    is played, or "" for none; `lowest` and `highest`, the pitches of the roll: keys beyond them are pale.

    Parameters
    ----------
    on_played : callable, optional
        Gets what was recorded: float32, (notes, 4), with start and end in seconds, MIDI pitch and velocity.
    """

    _esm = read_bundle("keys")
    _css = read_css("canvas", "playback/keys")
    height = traitlets.Int(64, min=40).tag(sync=True)
    sounds = traitlets.Unicode("").tag(sync=True)
    lowest = traitlets.Int(21, min=0, max=127).tag(sync=True)
    highest = traitlets.Int(108, min=0, max=127).tag(sync=True)

    def __init__(self, on_played: Callable[[NDArray[np.float32]], None] | None = None, **traits: object) -> None:
        super().__init__(**traits)
        self._on_played = on_played
        self.on_msg(self._on_message)

    def discard(self) -> None:
        """End the current recording, and discard it."""
        self.send({"kind": "discard"})

    def _on_message(self, _: object, content: Any, __: object) -> None:
        """Pass on what was recorded, if it is valid."""
        if self._on_played is None or not isinstance(content, dict) or content.get("kind") != "played":
            return
        try:
            notes = TimedTune(content["notes"], 0).table
        except (KeyError, ValueError, TypeError):
            return
        self._on_played(notes)
