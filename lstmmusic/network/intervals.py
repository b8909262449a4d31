"""What notes add to the sums of the pitches around them: the same vectors at the same intervals.

A strip is a matrix with the vectors of all weights that pitches share, in the order of the intervals from a note up to
the pitches that it reaches, with zeros around them. So what a note adds to a block of adjacent pitches is a piece of
the strip, and its place is all that must be known of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lstmmusic.config import COUNTS, OCTAVE, REACH
from lstmmusic.network.devices import to_device


@dataclass(frozen=True)
class Layout:
    """Where each vector is in a strip, and where the pieces begin that an event adds to each block of pitches.

    Events are, in this order: a note in each of the last steps, the newest first; a note in this step; a pitch class in
    the last step; every step itself; and a note in this step that is the first from below, the second, ...

    Parameters
    ----------
    pitches, window, steps : int
        See `lstmmusic.config.NetworkConfig`.
    """

    pitches: int
    window: int
    steps: int

    @property
    def blocks(self) -> int:
        """Number of blocks of adjacent pitches, each at most an octave."""
        return -(-self.pitches // OCTAVE)

    @property
    def width(self) -> int:
        """Pitches of a block; some of the last one may be beyond the highest pitch."""
        return -(-self.pitches // self.blocks)

    @property
    def reached(self) -> int:
        """Pitches of all blocks."""
        return self.blocks * self.width

    @property
    def counted(self) -> int:
        """The number of the first event that is a note which is the first, the second, ... from below."""
        return (self.steps + 1) * self.pitches + OCTAVE + 1

    def arrange(
        self,
        of_steps: Tensor,
        of_lower: Tensor,
        of_classes: Tensor,
        of_lower_classes: Tensor,
        of_counts: Tensor,
        own: Tensor,
    ) -> Tensor:
        """Arrange the weights of a relative output, (hidden, weights), as a strip, (places, hidden)."""
        hidden, width = len(of_steps), self.width
        zeros = of_steps.new_zeros(hidden, width)
        parts = [zeros]
        for of_step in of_steps.view(hidden, self.steps, -1).unbind(1):
            parts += [of_step.flip(1), zeros]
        up = torch.arange(max(self.reached, OCTAVE + width), device=zeros.device)
        near = functional.pad(of_lower, (0, self.reached))[:, : self.reached - 1]
        parts.append(of_lower_classes[:, -up[1 : self.reached] % OCTAVE] + near)
        parts.append(of_classes[:, -up[: OCTAVE + width - 1] % OCTAVE])
        parts.append(functional.pad(own.t(), (0, self.reached - self.pitches)))
        for of_count in of_counts.unbind(1):
            parts += [zeros, of_count[:, None].expand(-1, width)]
        return torch.cat(parts, dim=1).t().contiguous()

    def around(self, dense: Tensor) -> Tensor:
        """Return how long the notes around each pitch have sounded or been silent, and what it sees of itself only.

        Parameters
        ----------
        dense : Tensor, (rows, 2 or more, pitches)
            Durations of sounding and silence, and anything else of each pitch.

        Returns
        -------
        Tensor, (rows, pitches of all blocks, 2 * (2 * REACH + 1) or more)
            Durations from the lowest pitch up: a view if there is nothing else.
        """
        above = self.reached - self.pitches
        padded = functional.pad(dense[:, :2].transpose(1, 2), (0, 0, REACH, REACH + above))
        around = padded.flatten(1).unfold(1, 2 * (2 * REACH + 1), 2)
        if dense.shape[1] == 2:
            return around
        return torch.cat((around, functional.pad(dense[:, 2:], (0, above)).transpose(1, 2)), dim=2)

    @property
    def lower(self) -> int:
        """Where what a note in this step adds to the next higher pitch is."""
        return self.width + self.steps * (2 * self.window + 1 + self.width)

    @property
    def places(self) -> NDArray[np.int64]:
        """Where the piece of each event for each block begins, (events, blocks); 0 for a piece of zeros."""
        return _find_places(self)


@lru_cache(maxsize=16)
def _find_places(layout: Layout) -> NDArray[np.int64]:
    """See `Layout.places`; in the order in which `Layout.arrange` puts the parts."""
    pitches, window, blocks, width = layout.pitches, layout.window, layout.blocks, layout.width
    lowest = np.arange(blocks) * width  # pitches
    up = lowest - np.arange(pitches)[:, None]  # from each note to each block
    start, places = width, []
    for _ in range(layout.steps):
        places.append(np.where((up > -window - width) & (up <= window), start + window + up, 0))
        start += 2 * window + 1 + width
    places.append(np.where(up > 1 - width, layout.lower - 1 + up, 0))
    start += blocks * width - 1
    places.append(start + (lowest - np.arange(OCTAVE)[:, None]) % OCTAVE)
    start += OCTAVE + width - 1
    places.append(start + lowest[None])
    start += blocks * width
    above = np.clip(up + width - 1, 0, width)
    for count in range(COUNTS):
        places.append(np.where(above > 0, start + 2 * width * count + above, 0))
    return np.concatenate(places)


def find_events(layout: Layout, before: Tensor, notes: Tensor) -> Tensor:
    """Find all events but the last kind.

    Parameters
    ----------
    layout : Layout
    before : Tensor of zeros and ones, (rows, steps * pitches)
        The last steps, the newest first.
    notes : Tensor of zeros and ones, (rows, pitches)

    Returns
    -------
    Tensor of zeros and ones, (rows, events)
    """
    last = functional.pad(before[:, : layout.pitches], (0, -layout.pitches % OCTAVE))
    classes = last.view(len(last), -1, OCTAVE).amax(1)
    return torch.cat((before, notes, classes, notes.new_ones(len(notes), 1)), dim=1)


def count_notes(layout: Layout, notes: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the events of the last kind.

    Parameters
    ----------
    layout : Layout
    notes : ndarray of zeros and ones, (rows, pitches)

    Returns
    -------
    row, event : ndarray of int64, (found,)
    """
    row, note = find_entries(notes)
    count = _ranks(row, len(notes))
    counted = count < COUNTS
    return row[counted], layout.counted + count[counted] * layout.pitches + note[counted]


def find_entries(matrix: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows and columns of the ones in a matrix of zeros and ones: numpy.nonzero, several times faster."""
    rows, columns = np.divmod(np.flatnonzero(matrix != 0), matrix.shape[1])
    return rows, columns


def find_pieces(
    layout: Layout, rows: int, row: NDArray[np.int64], event: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the pieces of the strip whose sum is what all events of a row add to a block.

    Parameters
    ----------
    layout : Layout
    rows : int
    row, event : ndarray of int64, (events,)

    Returns
    -------
    places : ndarray of int64, (pieces,)
        Where they begin, for each row and each of its blocks.
    offsets : ndarray of int64, (rows * blocks + 1,)
        Where the pieces of each block begin in `places`.
    """
    order = np.argsort(row, kind="stable")
    row, event = row[order], event[order]
    offsets = np.zeros(rows * layout.blocks + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=rows).repeat(layout.blocks), out=offsets[1:])
    at = offsets[:-1].reshape(rows, layout.blocks)[row] + _ranks(row, rows)[:, None]
    places = np.empty(at.size, np.int64)
    places[at] = layout.places[event]
    return places, offsets


def _ranks(row: NDArray[np.int64], rows: int) -> NDArray[np.int64]:
    """Return the number of each entry within its row, from zero; `row` is sorted."""
    numbers = np.bincount(row, minlength=rows)
    return np.arange(len(row)) - (numbers.cumsum() - numbers)[row]


def add_pieces(strip: Tensor, width: int, places: Tensor, offsets: Tensor) -> Tensor:
    """Add up pieces of a strip, each `width` wide: (sums, width * hidden), one for each but the last offset."""
    hidden = strip.shape[1]
    pieces = strip.as_strided((len(strip) - width + 1, width * hidden), (hidden, 1))  # they overlap
    return functional.embedding_bag(places, pieces, offsets, mode="sum", include_last_offset=True)


def sum_events(layout: Layout, strip: Tensor, events: Tensor, notes: Tensor) -> Tensor:
    """Sum up what all events of each row add, as `find_pieces` does, by a matrix product: where many are computed fast.

    Parameters
    ----------
    layout, events, notes
        As for `find_pieces`.
    strip : Tensor, (places, hidden)

    Returns
    -------
    Tensor, (rows, pitches of all blocks, hidden)
    """
    width = layout.width
    within = np.arange(width)
    places = to_device(layout.places[: layout.counted, :, None] + within, strip.device)
    sums = events @ functional.embedding(places, strip).flatten(1)  # (events, blocks * width * hidden)
    of_counts = strip[-2 * width * COUNTS :][2 * width - 1 :: 2 * width]
    of_numbers = functional.pad(of_counts.cumsum(0), (0, 0, 1, 0))
    notes = functional.pad(notes, (0, layout.reached - layout.pitches))
    below = (notes.cumsum(1) - notes).clamp(max=COUNTS).long()
    return sums.view(*notes.shape, -1) + functional.embedding(below, of_numbers)
