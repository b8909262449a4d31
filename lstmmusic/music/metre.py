"""Metres on a grid: where bars and beats begin, and where in the bar each step lies."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.config import PLACES, RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.music.formats.notation import DENOMINATORS, irregular_bar
from lstmmusic.music.score import events
from lstmmusic.settings import check_choice, check_number, checked

# Times that rounding put just below a half of a step, or just above, are at the half.
_HALF = 0.5 + 1e-6

# A tune with more changes of metre has an unknown one: no music has so many.
MAX_CHANGES = 1000


class Metre(NamedTuple):
    """A time signature, and the step at which the first bar of it begins.

    Parameters
    ----------
    start : float
        Perhaps between two steps, or before the first.
    numerator : int
        1 to 255.
    denominator : int
        A power of two from 1 to 64.
    """

    start: float
    numerator: int
    denominator: int

    def __str__(self) -> str:
        """Return the time signature, such as "3/4"."""
        return f"{self.numerator}/{self.denominator}"

    @property
    def bar(self) -> float:
        """The length of a bar in quarter notes."""
        return 4 * self.numerator / self.denominator

    @property
    def beat(self) -> float:
        """The length of a beat in quarter notes; dotted in compound metres: 6, 9, 12, ... of a note value."""
        is_compound = self.numerator > 3 and self.numerator % 3 == 0
        return (12 if is_compound else 4) / self.denominator


Metres = tuple[Metre, ...]


@checked
def parse_metre(text: str) -> Metres:
    """Return the metre of a whole tune that is written as "3/4"; empty, which means unknown, for "".

    Raises
    ------
    ConfigError
        If it is no metre, or one that MIDI cannot express.
    """
    if not text.strip():
        return ()
    found = re.fullmatch(r"\s*([0-9]{1,9})\s*/\s*([0-9]{1,9})\s*", text)
    if not found:
        raise ConfigError(f"the metre is {text!r:.80}; it must be two numbers, such as 3/4")
    metre = (Metre(0.0, int(found[1]), int(found[2])),)
    check_metre(metre)
    return metre


def check_metre(metre: Sequence[Metre]) -> None:
    """Refuse what is not a metre that a tune can have.

    Raises
    ------
    ConfigError
        If a number is out of range, the starts do not increase, or there are more than `MAX_CHANGES`.
    """
    for each in metre:
        check_number("the start of a metre", each.start, -1e9, 1e9)
        check_number("the numerator of a metre", each.numerator, 1, 255, whole=True)
        check_choice("the denominator of a metre", each.denominator, DENOMINATORS)
    if any(each.start >= following.start for each, following in pairwise(metre)):
        raise ConfigError("each metre must start after the one before it")
    if len(metre) > MAX_CHANGES:
        raise ConfigError(f"there are {len(metre):,} metres; a tune can have {MAX_CHANGES:,}")


def nearest_steps(times: ArrayLike, config: RollConfig) -> NDArray[np.float64]:
    """Return the step that begins nearest to each time, in the unit of the grid: whole numbers, as floats."""
    # Half a step always rounds up: numpy's rounding to even would make equal notes unequal.
    steps: NDArray[np.float64] = np.floor(np.asarray(times) / config.step + _HALF)
    return steps


def trim(metre: Metres, config: RollConfig, steps: int) -> Metres:
    """Leave out what is not in effect in steps [0, steps), and let the first start less than a bar before step 0."""
    while metre and math.floor(metre[-1].start + _HALF) >= steps:
        metre = metre[:-1]
    while len(metre) > 1 and metre[1].start + _HALF < 1:  # then the second is in effect from step 0
        metre = metre[1:]
    if metre and metre[0].start < 0:
        bar = metre[0].bar / config.step
        first = metre[0]._replace(start=math.fmod(metre[0].start, bar) or 0.0)
        metre = (first, *metre[1:])
    return metre


def shift(metre: Metres, config: RollConfig, start: int, stop: int) -> Metres:
    """Return the metre of steps [start, stop) of a tune."""
    return trim(tuple(each._replace(start=each.start - start) for each in metre), config, stop - start)


def from_signatures(table: NDArray[np.int64], resolution: int, config: RollConfig, steps: int) -> Metres:
    """Return the metre of a tune on a grid in beats, of so many steps.

    A first bar that is shorter than those after it, a pick-up, becomes the end of such a bar, which began before the
    tune.

    Parameters
    ----------
    table, resolution
        See `Score.time_signatures` and `Score.resolution`.
    config : RollConfig
    steps : int

    Returns
    -------
    tuple of Metre
        Equal ones are mostly one object, which saves memory. Empty, which means unknown, if there are too many.
    """
    if not 0 < len(table) <= MAX_CHANGES:
        return ()
    metre = _read(table.tobytes(), resolution, config)
    return metre if len(metre) == 1 and not metre[0].start else trim(metre, config, steps)


@lru_cache(maxsize=1024)
def _read(table: bytes, resolution: int, config: RollConfig) -> Metres:
    rows = np.frombuffer(table, np.int64).reshape(-1, 3).tolist()
    metre = tuple(Metre(tick / resolution / config.step, *row) for tick, *row in rows)
    if len(metre) > 1 and not metre[0].start:
        first, second = metre[:2]
        start = second.start * config.step  # in quarter notes
        if start < second.bar and start <= first.bar + 1e-6:
            metre = (second._replace(start=(start - second.bar) / config.step), *metre[2:])
    return metre


def to_signatures(metre: Metres, config: RollConfig, resolution: int) -> NDArray[np.int64]:
    """Return the `Score.time_signatures` of a tune, with a time signature for its pick-up: see `from_signatures`."""
    ticks = config.step * resolution  # of a step
    rows = [(round(start * ticks), *row) for start, *row in metre]
    if rows and rows[0][0] < 0:
        first, *rows = rows
        whole = 4 * resolution
        begins = round(first[0] + whole * first[1] / first[2])  # the first bar line
        if not rows or begins < rows[0][0]:
            rows = [(begins, *first[1:]), *rows]
        if rows[0][0] > 0:
            rows = [(0, *irregular_bar(rows[0][0], first[2], whole)), *rows]
    return events(rows)


def spans(metre: Metres, config: RollConfig) -> NDArray[np.float64]:
    """Return start, length of a bar, and length of a beat of each metre in steps: float64, (metres, 3)."""
    rows = [(each.start * config.step, each.bar, each.beat) for each in metre]
    return np.array(rows, np.float64).reshape(-1, 3) / config.step


def places(metre: Metres, config: RollConfig, start: int, stop: int) -> NDArray[np.float32]:
    """Describe where in the bar steps lie, for a network.

    Parameters
    ----------
    metre : tuple of Metre
        Empty where it is unknown.
    config : RollConfig
        A grid in beats.
    start, stop : int
        The steps [start, stop).

    Returns
    -------
    ndarray of float32, shape (stop - start, PLACES)
        Whether the metre is known (all else is 0 where it is not); whether the step is the nearest to the start of a
        bar, and to that of a beat; cosine and sine of the phase in the bar, and in the beat; the length of a bar in
        whole notes; whether a bar has three beats or a multiple.
    """
    table = np.zeros((stop - start, PLACES), np.float32)
    if not metre:
        return table
    rows = spans(metre, config)
    begins = np.floor(rows[:, 0] + _HALF)
    known = table[max(int(begins[0]) - start, 0) :]
    steps = np.arange(stop - len(known), stop)
    which = np.searchsorted(begins, steps, "right") - 1
    first, bar, beat = rows[which].T
    in_bar = (steps - first) % bar
    in_beat = in_bar % beat
    known[:, 0] = 1
    for column, within, length in ((1, in_bar, bar), (2, in_beat, beat)):
        known[:, column] = (within <= _HALF) | (length - within < 1 - _HALF)
        phase = 2 * np.pi * within / length
        known[:, 2 * column + 1] = np.cos(phase)
        known[:, 2 * column + 2] = np.sin(phase)
    known[:, 7] = bar * config.step / 4
    in_three = np.array([round(each.bar / each.beat) % 3 == 0 for each in metre])
    known[:, 8] = in_three[which]
    return table


def find_usual(tunes: Iterable[tuple[Metres, int]]) -> Metres:
    """Return the metre of most steps, as that of a whole tune; empty if that is unknown, or there is no tune.

    Parameters
    ----------
    tunes : iterable of (tuple of Metre, int)
        The metre of each tune, and its number of steps.
    """
    steps: defaultdict[tuple[int, ...], float] = defaultdict(float)
    for metre, length in tunes:
        starts = [max(0.0, each.start) for each in metre]
        starts.append(length)
        steps[()] += starts[0]
        for each, (start, end) in zip(metre, pairwise(starts), strict=True):
            steps[each[1:]] += end - start
    most = max(steps, key=steps.__getitem__, default=())
    return (Metre(0.0, *most),) if most else ()
