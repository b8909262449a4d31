"""A grid of steps against pitches: a tune, or the probability of each note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lstmmusic.views.base import CanvasView, read_bundle, read_css
from lstmmusic.views.roll.edits import Drawn, RollEdit, read_edit

WHOLE = np.iinfo(np.uint16).max  # means 1 in probabilities, and "not drawn" in random numbers, which are below 1

Grid = NDArray[np.float64]

MOST_VERSIONS = 16  # that can still be edited: a page may not have received the newer ones


class RollView(CanvasView):
    """A grid of steps against pitches: a tune, or the probability of each note.

    Traits of the picture: `palette`, "roll" or "probability"; `lowest`, the MIDI pitch of the first column; `step`, the
    length of a step in `unit` ("seconds" or "beats"); `bars`, for each metre in order the step at which it begins and
    the lengths of a bar and of a beat in steps, or empty where it is unknown; `primer`, the number of steps that were
    given; `playhead`, the place that sounds now in steps, or -1; `follows`, the `ident` of a `SoundView` in the same
    page that moves the playhead while it plays its tune number `follows_tune`, and `tempo_map` of that: each step from
    which a tempo holds, the first 0, and the seconds per step from there on; `title`; `empty`, the text while there is
    nothing to show; `waiting`, whether another tune is still to come, which a bar that moves says if that takes a
    while; `height` in pixels; `compact`, with no axes; `legend`, whether to name the colours of primer and generated
    notes. Where the notes of a tune differ in velocity, their depth of colour shows it, and so does a lane below the
    plot with a stem for each onset, which is added to `height`.

    Traits of the size: `tools`, fixed before it is shown, whether there is a line below with what the pointer or the
    keys inspect and with buttons that zoom and fill the screen: then notes are at least 6 pixels high, and the pitches
    scroll where there is no room for all that the tune uses; `fill`, whether it takes the height that its container
    gives it, of which `height` is then the least, and the lane a part; `place`, a name of what is shown: while it stays
    the same, a new tune does not reset the zoom; it is not sent.

    Traits of what the pointer reads: `meaning` of a number, "probability" or words that follow it; `primer_meaning`,
    the meaning of numbers in the primer, or "" where it is the same; `threshold` and `temperature` of the sampler.

    On a roll that follows a player, a click seeks that step, playing or not, and a dragged stretch of whole steps
    becomes its loop, whose ends and middle can be dragged in turn; where the roll is `selectable`, what is dragged is
    the selection. Keys do what they do in the player's row, but for the arrows, Home and End, which walk
    over the cells as on every roll: Enter seeks the cell, Shift with an arrow lets a loop grow from it, and Escape ends
    the loop. None of this waits for Python.

    Traits that the browser changes, too: `selection`, steps (start, stop) that can be dragged where `selectable` is
    true; `first` and `span`, the step at the left and how many are shown, 0 for all; `pitch_first` and `pitch_span`,
    with tools, the lowest column and how many are shown, 0 for those that the tune uses, as far as there is room;
    `lane`, whether the lane of velocities is shown where there is one; `underlay`, whether the probabilities that the
    pointer reads lie under the notes of a tune, which are then frames.

    On a roll with tools, steps that are dragged along the axis of time, or with Shift, or marked by the key M become
    the `selection`, which is None where nothing is marked; a tune at another place, and Escape, unmark them.

    Two more lanes below the plot show what was measured of a tune, once `show_surprise` and `show_copies` are called: a
    bar for each step with the nats that a network needed for it, with `surprise_top` at the top, or 0 for a round
    number above the most; and a band where the tune is a copy of other music. `surprising` and `copying`, which the
    browser changes too, are whether they are shown; `measured`, whether there are buttons for that, with tools. The key
    N walks from one of the notes that surprised most to the next; a click on the band, or the key C, calls `on_hear`.

    Where it is `editable`, the button "Edit" or the key E switches `editing`: then the pointer draws, moves, lengthens
    and deletes notes, and so do keys: Enter selects the note in the cell or draws one, arrows move it, Shift with an
    arrow lengthens it, Delete deletes it. The page shows an edit at once, and until `show` or `restore` is called.

    `shape`, `count` of notes, mean `polyphony`, `velocities`, the lowest and the highest, or zeros where they are not
    known, and `note`, a line beside the title, are set by `show`.

    Parameters
    ----------
    on_edit : callable, optional
        Gets each edit, a `RollEdit`, also one of a tune that was shown before; without it nothing can be edited.
    on_hear : callable, optional
        Gets the index of a stretch that was given to `show_copies`, and a step of it, to play its source from there.
    """

    _esm = read_bundle("roll")
    _css = read_css("canvas", "roll/roll")
    height = traitlets.Int(260, min=60).tag(sync=True)
    cells = traitlets.Bytes().tag(sync=True)
    notes = traitlets.Bytes().tag(sync=True)
    onsets = traitlets.Bytes().tag(sync=True)
    changed = traitlets.Bytes().tag(sync=True)
    probabilities = traitlets.Bytes().tag(sync=True)
    uniforms = traitlets.Bytes().tag(sync=True)
    shape = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0)).tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    polyphony = traitlets.Float(0.0).tag(sync=True)
    velocities = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0)).tag(sync=True)
    note = traitlets.Unicode("").tag(sync=True)
    palette = traitlets.Enum(("roll", "probability"), default_value="roll").tag(sync=True)
    lowest = traitlets.Int(21, min=0, max=127).tag(sync=True)
    step = traitlets.Float(1.0).tag(sync=True)
    bars = traitlets.List(traitlets.Tuple(*(traitlets.Float() for _ in range(3)))).tag(sync=True)
    unit = traitlets.Enum(("seconds", "beats"), default_value="seconds").tag(sync=True)
    primer = traitlets.Int(0, min=0).tag(sync=True)
    playhead = traitlets.Float(-1.0).tag(sync=True)
    follows = traitlets.Unicode("").tag(sync=True)
    follows_tune = traitlets.Int(0, min=0).tag(sync=True)
    tempo_map = traitlets.List(traitlets.Tuple(), default_value=[(0.0, 1.0)]).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)
    meaning = traitlets.Unicode("probability").tag(sync=True)
    primer_meaning = traitlets.Unicode("").tag(sync=True)
    threshold = traitlets.Float(0.0, min=0, max=1).tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True)
    empty = traitlets.Unicode("Nothing to show yet").tag(sync=True)
    waiting = traitlets.Bool(False).tag(sync=True)
    compact = traitlets.Bool(False).tag(sync=True)
    legend = traitlets.Bool(False).tag(sync=True)
    selectable = traitlets.Bool(False).tag(sync=True)
    selection = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=None, allow_none=True).tag(sync=True)
    first = traitlets.Float(0.0, min=0).tag(sync=True)
    span = traitlets.Float(0.0, min=0).tag(sync=True)
    lane = traitlets.Bool(True).tag(sync=True)
    editable = traitlets.Bool(False).tag(sync=True)
    editing = traitlets.Bool(False).tag(sync=True)
    version = traitlets.Int(0).tag(sync=True)
    underlay = traitlets.Bool(False).tag(sync=True)
    pitch_first = traitlets.Float(0.0, min=0).tag(sync=True)
    pitch_span = traitlets.Float(0.0, min=0).tag(sync=True)
    tools = traitlets.Bool(False).tag(sync=True)
    measured = traitlets.Bool(False).tag(sync=True)
    surprising = traitlets.Bool(False).tag(sync=True)
    copying = traitlets.Bool(False).tag(sync=True)
    surprise = traitlets.Bytes().tag(sync=True)
    surprise_top = traitlets.Float(0.0, min=0).tag(sync=True)
    marks = traitlets.List(traitlets.Tuple(traitlets.Int(), traitlets.Int(), traitlets.Float())).tag(sync=True)
    copies = traitlets.List(traitlets.Tuple(traitlets.Int(), traitlets.Int(), traitlets.Unicode())).tag(sync=True)
    place = traitlets.Unicode("")
    _shown_place: str | None = None  # at the latest call of `show`

    def __init__(
        self,
        on_edit: Callable[[RollEdit], None] | None = None,
        on_hear: Callable[[int, int], None] | None = None,
        **traits: object,
    ) -> None:
        super().__init__(**{"editable": on_edit is not None, **traits})
        self._on_edit, self.on_hear = on_edit, on_hear
        self._drawn: dict[int, Drawn] = {}  # by version
        self.on_msg(self._on_message)

    @traitlets.validate("selection")
    def _check_selection(self, proposal: traitlets.Bunch) -> tuple[int, int] | None:
        if proposal["value"] is None:
            return None
        start, stop = proposal["value"]
        if not 0 <= start <= stop:
            raise traitlets.TraitError(
                f"selection is {start}, {stop}; it must be None, or steps (start, stop), 0 <= start <= stop"
            )
        return start, stop

    def show(
        self,
        cells: ArrayLike,
        *,
        notes: ArrayLike | None = None,
        onsets: ArrayLike | None = None,
        velocities: ArrayLike | None = None,
        probabilities: ArrayLike | None = None,
        uniforms: ArrayLike | None = None,
        before: ArrayLike | None = None,
    ) -> None:
        """Replace the cells, in one message.

        Its surprise and its copies are removed. The zoom is reset, unless `place` is what it was in the call before. A
        selection that reaches beyond the last step is cut there.

        Parameters
        ----------
        cells : array, shape (steps, pitches)
            Probabilities, or whether a note sounds (0.5 and above), in [0, 1].
        notes, onsets : array, shape (steps, pitches), optional
            The notes to mark on top of probabilities; where a note starts, which distinguishes a repeated note from
            a held one.
        velocities : array of int, shape (steps, pitches), optional
            Of `cells` that are a tune: 1 to 127 where a note starts, zeros elsewhere.
        probabilities : array, shape (steps, pitches), optional
            What the pointer reads; by default it reads `cells`, unless they are a tune.
        uniforms : array, shape (at most steps, pitches), optional
            The random numbers in [0, 1) that were compared with the probabilities, for the last steps; NaN where none
            was drawn. The pointer then shows why a note sounds or does not.
        before : array, shape (any, pitches), optional
            The roll with which to compare `notes`, or `cells` that are a tune: cells of the steps that both have and
            that sound in only one of them are marked and counted in `note`, which otherwise becomes "".

        Raises
        ------
        ValueError
            If an array has another shape, or values outside [0, 1], or if velocities are not where notes start.
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
        sounding = given >= 0.5 if notes is None else layers["notes"] >= 0.5
        changed = np.zeros((0, 0), np.bool_) if before is None else _compare(before, sounding)
        numbers = b"" if uniforms is None else _encode_uniforms(uniforms, given.shape)
        encoded = {name: np.rint(layer * 255).astype(np.uint8) for name, layer in layers.items()}
        starts = _find_starts(given >= 0.5, layers["onsets"])
        extent = 0, 0
        if velocities is not None:
            struck = _check_velocities(velocities, starts)
            extent = (int(struck[starts].min()), int(struck.max())) if starts.any() else extent
            encoded["cells"] = _encode_velocities(struck, starts, given >= 0.5)
        with self.hold_sync():
            if self._shown_place is not None and (not self.place or self.place != self._shown_place):
                self.first = self.span = self.pitch_first = self.pitch_span = 0.0
                if not self.selectable:
                    self.set_trait("selection", None)
            self._shown_place = self.place
            self.shape = given.shape
            self.surprise, self.marks, self.copies = b"", [], []
            self._renew()
            self.count = int(starts.sum())
            self.velocities = extent
            self.polyphony = float(given.sum() / max(len(given), 1))
            for name in ("cells", "notes", "onsets"):
                self.set_trait(name, encoded[name].tobytes())
            self.probabilities = np.rint(layers["probabilities"] * WHOLE).astype("<u2").tobytes()
            self.uniforms = numbers
            self.changed = (changed.astype(np.uint8) * np.uint8(255)).tobytes()
            self.note = "" if before is None else _describe_changes(changed)
            if self.selection is not None:
                start, stop = (min(step, len(given)) for step in self.selection)
                self.set_trait("selection", (start, stop) if self.selectable or start < stop else None)

    def show_surprise(self, nats: ArrayLike, marks: Sequence[tuple[int, int, float]] = ()) -> None:
        """Show the nats of each step, and mark notes, each with its own, until `show` is called.

        Parameters
        ----------
        nats : array, shape (steps,)
            0 or more; NaN where they are not known.
        marks : sequence of (int, int, float)
            Step, pitch (column) and nats of the notes to mark, the most surprising first.

        Raises
        ------
        ValueError
            If the array has another shape or is negative, or if a mark is outside of the tune.
        """
        values = np.asarray(nats, np.float64)
        steps, pitches = self.shape
        if values.shape != (steps,) or np.any(values < 0):
            raise ValueError(f"nats has shape {values.shape}; it must be ({steps},), and 0 or more")
        if any(not (0 <= step < steps and 0 <= column < pitches) for step, column, _ in marks):
            raise ValueError(f"marks must be within {steps} steps and {pitches} pitches")
        with self.hold_sync():
            self.surprise = values.astype("<f4").tobytes()
            self.marks = [tuple(mark) for mark in marks]

    def show_copies(self, stretches: Sequence[tuple[int, int, str]]) -> None:
        """Show which steps are copies, until `show` is called.

        Parameters
        ----------
        stretches : sequence of (int, int, str)
            The first step of each, the step after its last, and where it stands, in words.

        Raises
        ------
        ValueError
            If one is outside of the tune.
        """
        if any(not 0 <= start < stop <= self.shape[0] for start, stop, _ in stretches):
            raise ValueError(f"stretches must be within {self.shape[0]} steps")
        self.copies = [tuple(stretch) for stretch in stretches]

    def restore(self) -> None:
        """Show again what was shown before an edit that is refused."""
        self._renew()

    def _renew(self) -> None:
        """Let the page discard what was edited, also where the tune is the same."""
        self.version += 1
        self._drawn[self.version] = self.shape, self.lowest
        self._drawn.pop(self.version - MOST_VERSIONS, None)

    def _on_message(self, _: object, content: Any, buffers: list[Any]) -> None:
        """Pass on an edit, or what is to be heard, if it is valid."""
        if isinstance(content, dict) and content.get("kind") == "hear":
            self._hear(content)
            return
        if self._on_edit is None or not isinstance(content, dict) or content.get("kind") != "edit":
            return
        try:
            edit = read_edit(content, buffers, self._drawn)
        except ValueError:
            self.restore()
            return
        self._on_edit(edit)

    def _hear(self, content: dict[str, Any]) -> None:
        copy, step = content.get("copy"), content.get("step")
        if self.on_hear is None or content.get("version") != self.version:
            return
        if type(copy) is type(step) is int and 0 <= copy < len(self.copies):
            start, stop, _ = self.copies[copy]
            if start <= step < stop:
                self.on_hear(copy, step)


def _find_starts(sounding: NDArray[np.bool_], onsets: Grid) -> NDArray[np.bool_]:
    before = np.pad(sounding, ((1, 0), (0, 0)))[:-1]
    held = before & (onsets < 0.5) if onsets.size else before
    return sounding & ~held


def _check_velocities(velocities: ArrayLike, starts: NDArray[np.bool_]) -> NDArray[np.uint8]:
    struck = np.asarray(velocities)
    if struck.shape != starts.shape:
        raise ValueError(f"velocities has shape {struck.shape}; it must be that of cells, {starts.shape}")
    if not np.all((struck >= starts) & (struck <= 127 * starts)):
        raise ValueError("velocities must be 1 to 127 where notes start, and 0 elsewhere")
    return struck.astype(np.uint8)


def _encode_velocities(
    struck: NDArray[np.uint8], starts: NDArray[np.bool_], sounding: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return 128, and the velocity of its note, in each cell that sounds."""
    steps = np.where(starts, np.arange(len(starts))[:, None], 0)
    latest = np.maximum.accumulate(steps, axis=0)  # where the note began that sounds here
    return np.where(sounding, 128 + np.take_along_axis(struck, latest, axis=0), 0).astype(np.uint8)


def _encode_uniforms(uniforms: ArrayLike, shape: tuple[int, ...]) -> bytes:
    """Return random numbers as bytes; rounded down, since none is 1."""
    drawn = np.asarray(uniforms, dtype=np.float64)
    if drawn.ndim != 2 or len(drawn) > shape[0] or drawn.shape[1] != shape[1]:
        raise ValueError(f"uniforms has shape {drawn.shape}; it must be (at most {shape[0]}, {shape[1]})")
    missing = np.isnan(drawn)
    if not np.all(missing | ((drawn >= 0) & (drawn <= 1))):
        raise ValueError("uniforms has values outside [0, 1]")
    numbers = np.minimum(np.floor(np.where(missing, 0, drawn) * WHOLE), WHOLE - 1)
    return np.where(missing, WHOLE, numbers).astype("<u2").tobytes()


def _compare(before: ArrayLike, sounding: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which cells sound in only one of two rolls, of the steps that both have."""
    earlier = np.asarray(before) >= 0.5
    if earlier.ndim != 2 or earlier.shape[1] != sounding.shape[1]:
        raise ValueError(f"before has shape {earlier.shape}; it must be (steps, {sounding.shape[1]})")
    common = min(len(earlier), len(sounding))
    changed = np.zeros_like(sounding)
    changed[:common] = earlier[:common] != sounding[:common]
    return changed


def _describe_changes(changed: NDArray[np.bool_]) -> str:
    count = np.count_nonzero(changed)
    if count == 0:
        return "nothing changed"
    step = changed.any(axis=1).argmax()
    return f"{count:,} cells changed from step {step} onwards" if count > 1 else f"1 cell changed, in step {step}"
