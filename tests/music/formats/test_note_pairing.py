"""The pairing of note-ons and note-offs for all keys at once, against its definition event by event."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmmusic.music.formats.note_pairing import pair_notes


class Event(NamedTuple):
    tick: int
    key: int
    on: bool
    silences: int
    until: int


def pair_one_by_one(events: list[Event]) -> dict[int, int]:
    """Return the end of the note of each note-on by its index."""
    groups: list[list[int]] = []
    last: dict[int, list[int]] = {}
    for index, event in enumerate(events):
        group = last.get(event.key)
        if group is None or (event.on and events[group[-1]].silences != event.silences):
            group = last[event.key] = []
            groups.append(group)
        group.append(index)
    ends: dict[int, int] = {}
    for group in groups:
        held: deque[int] = deque()
        pairs: dict[int, int] = {}
        surplus = set()
        for index in group:
            if events[index].on:
                held.append(index)
            elif held:
                pairs[held.popleft()] = index
            else:
                surplus.add(index)
        for start, stop in pairs.items():
            later = [index for index in group if index > stop and events[index].tick > events[stop].tick][:1]
            struck = any(events[index].on for index in group if later and stop < index <= later[0])
            stale = events[start].tick == events[stop].tick and surplus.intersection(later) and not struck
            ends[start] = events[later[0] if stale else stop].tick
        for start in held:
            offs = [events[index].tick for index in group if not events[index].on]
            ends[start] = min([events[start].until, *(tick for tick in offs if tick > events[start].tick)])
    return ends


@st.composite
def music(draw: st.DrawFn) -> list[Event]:
    events = []
    tick = silences = 0
    for _ in range(draw(st.integers(0, 24))):
        tick += draw(st.integers(0, 1))
        silences += draw(st.sampled_from([0, 0, 0, 1]))
        events.append(
            Event(tick, draw(st.integers(0, 2)), draw(st.booleans()), silences, tick + draw(st.integers(0, 9)))
        )
    return events


@settings(max_examples=300)
@given(events=music(), width=st.sampled_from([1, 40_000, 2**40]))
def test_pairs_equal_their_definition(events: list[Event], width: int) -> None:
    columns = np.array(events, np.int64).reshape(-1, 5).T
    indices, ends = pair_notes(columns[0], columns[1] * width, columns[2] == 1, columns[3], columns[4])
    assert dict(zip(indices.tolist(), ends.tolist(), strict=True)) == pair_one_by_one(events)
