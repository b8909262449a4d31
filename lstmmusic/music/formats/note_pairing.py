"""Pair the note-ons and note-offs of MIDI files, for all keys at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.int64]
Mask = NDArray[np.bool_]


def pair_notes(ticks: Array, keys: Array, on: Mask, silences: Array, until: Array) -> tuple[Array, Array]:
    """Find when each note ends.

    Each note-off ends the note of its key that began first. If it comes in the tick of the note-on, and the next event
    of the key in a later tick is a note-off without a note, that one ends the note. Where a key is struck more often
    than released, the notes that are left end with its next note-off.

    Parameters
    ----------
    ticks : ndarray of int64, shape (events,)
        In the order of the file.
    keys : ndarray of int64, shape (events,)
        A number for each pitch of a channel of a track.
    on : ndarray of bool, shape (events,)
        Whether it is a note-on.
    silences : ndarray of int64, shape (events,)
        Rises from one event of a key to the next where something between them ends all its notes. That is for notes
        that are not turned off before the key is struck again.
    until : ndarray of int64, shape (events,)
        When the note of each note-on ends if it is never turned off.

    Returns
    -------
    indices : ndarray of int64, shape (notes,)
        The note-ons.
    ends : ndarray of int64, shape (notes,)
        The tick at which the note of each ends.
    """
    small = np.min_scalar_type(int(keys.max(initial=0)))  # numpy sorts numbers of 16 bits several times as fast
    order = np.argsort(keys.astype(small), kind="stable")
    ticks, keys, on, silences = ticks[order], keys[order], on[order], silences[order]
    first = np.ones(len(keys), bool)  # of a group: notes are paired within it
    first[1:] = (keys[1:] != keys[:-1]) | (on[1:] & (silences[1:] != silences[:-1]))
    group, begins = np.cumsum(first) - 1, np.flatnonzero(first)

    # A note-off without a note lets the balance of a group fall below all its values before, and below zero.
    change = np.where(on, 1, -1)
    balance = np.cumsum(change)
    balance -= (balance - change)[begins][group]
    apart = group * (2 * len(keys) + 1)  # groups far below each other, for one running minimum
    low = np.minimum(np.minimum.accumulate(balance - apart) + apart, 0)
    before = np.append(0, low[:-1])
    before[begins] = 0
    surplus = low < before

    starts, stops = np.flatnonzero(on), np.flatnonzero(~on & ~surplus)
    starts_of, stops_of = (np.bincount(group[each], minlength=len(begins)) for each in (starts, stops))
    rank = np.arange(len(starts)) - (np.cumsum(starts_of) - starts_of)[group[starts]]
    ended = rank < stops_of[group[starts]]  # the first ones of each group, as many as there are note-offs
    when = group * (int(ticks.max(initial=0)) + 1) + ticks
    struck = np.cumsum(on)
    stale = np.flatnonzero(ticks[stops] == ticks[starts[ended]])
    following = np.searchsorted(when, when[stops[stale]], "right")  # the next event in a later tick
    inside = following < len(keys)
    stale, following = stale[inside], following[inside]
    late = surplus[following] & ~first[following] & (struck[following] == struck[stops[stale]])
    stops[stale[late]] = following[late]
    indices = order[starts]
    ends = until[indices]
    held, offs = starts[~ended], np.flatnonzero(~on)
    if len(held) and len(offs):
        # Where keys are struck more often than released, each release ends those that the others leave.
        release = offs[np.minimum(np.searchsorted(when[offs], when[held], "right"), len(offs) - 1)]
        released = (group[release] == group[held]) & (ticks[release] > ticks[held])
        ends[~ended] = np.where(released, np.minimum(ticks[release], ends[~ended]), ends[~ended])
    ends[ended] = ticks[stops]
    return indices, ends
