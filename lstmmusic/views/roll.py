"""A grid of steps against pitches: a tune, or the probability of each note."""

from __future__ import annotations

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lstmmusic.views.base import View, read_static


class RollView(View):
    """A grid of steps against pitches: a tune, or the probability of each note.

    Traits: `palette`, "roll" or "probability"; `lowest`, the MIDI pitch of the first column; `step`, the length of a
    step in `unit` ("seconds" or "beats"); `primer`, how many steps at the left were given; `playhead`, the place that
    sounds now in steps, or -1; `title`; `empty`, the text while there is nothing to show; `height` in pixels;
    `meaning`, what the pointer says of a number, "probability" or words that follow it; `primer_meaning`, the same in
    the primer, or "" where that is no other.
    `shape`, `count` of notes and mean `polyphony` are set by `show`.
    """

    _esm = read_static("canvas.js", "roll.js")
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
