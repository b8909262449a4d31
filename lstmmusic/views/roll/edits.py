"""What was edited in a roll: its notes as a list, as the page sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Drawn = tuple[tuple[int, int], int]  # the shape of a roll, and the MIDI pitch of its first column


class RollNote(NamedTuple):
    """A note of a roll."""

    pitch: int
    """MIDI pitch."""
    start: int
    """First step."""
    steps: int
    """Number of steps, at least 1."""
    velocity: int
    """1 to 127, or 0 where the roll has no velocities."""


@dataclass(frozen=True)
class RollEdit:
    """The notes of a roll after an edit.

    Attributes
    ----------
    notes : tuple of RollNote
        All notes, of which none overlaps another of its pitch.
    first : int
        The first step that differs from what was shown before.
    shape : (int, int)
        Steps and pitches of the roll.
    lowest : int
        MIDI pitch of its first column.
    version : int
        The `version` of the view that was edited; it may show another tune since.
    """

    notes: tuple[RollNote, ...]
    first: int
    shape: tuple[int, int]
    lowest: int
    version: int

    def grids(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.uint8]]:
        """Return which cells sound, where notes start and their velocities, each of shape (steps, pitches)."""
        roll, onsets = np.zeros(self.shape, np.bool_), np.zeros(self.shape, np.bool_)
        velocities = np.zeros(self.shape, np.uint8)
        for pitch, start, steps, velocity in self.notes:
            column = pitch - self.lowest
            roll[start : start + steps, column] = True
            onsets[start, column], velocities[start, column] = True, velocity
        return roll, onsets, velocities


def read_edit(content: dict[str, Any], buffers: Sequence[Any], drawn: Mapping[int, Drawn]) -> RollEdit:
    """Return what a page sent about one of the rolls that were drawn, by version.

    Raises
    ------
    ValueError
        If it is damaged, or does not fit the roll.
    """
    version, first = content.get("version"), content.get("first")
    if type(version) is not int or version not in drawn:
        raise ValueError(f"an edit of version {version!r} does not fit the last {len(drawn)}")
    shape, lowest = drawn[version]
    if not isinstance(first, int) or isinstance(first, bool) or not 0 <= first < shape[0] or len(buffers) != 1:
        raise ValueError(f"an edit from step {first!r} does not fit a roll of {shape[0]} steps")
    numbers = np.frombuffer(buffers[0], "<i4").astype(np.int64)
    if numbers.size % 4 or numbers.size // 4 > shape[0] * shape[1]:
        raise ValueError(f"{numbers.size} numbers are no notes of a roll of shape {shape}")
    notes = numbers.reshape(-1, 4)
    pitch, start, steps, velocity = notes.T
    column = pitch - lowest
    fits = (column >= 0) & (column < shape[1]) & (start >= 0) & (steps >= 1) & (start + steps <= shape[0])
    if not np.all(fits & (velocity >= 0) & (velocity <= 127)):
        raise ValueError("a note lies outside the roll")
    order = np.lexsort((start, column))
    same = column[order][1:] == column[order][:-1]
    if np.any(same & ((start + steps)[order][:-1] > start[order][1:])):
        raise ValueError("two notes of a pitch overlap")
    return RollEdit(tuple(RollNote(*row) for row in notes.tolist()), first, shape, lowest, version)
