"""What is known of many tunes, in memory or in a file; none in a file is read for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from lstmmusic.music.metre import Metres
from lstmmusic.music.roll import Tune
from lstmmusic.music.stored import StoredTunes
from lstmmusic.music.tally import Tally, add_up, row_of


def lengths_of(tunes: Sequence[Tune]) -> NDArray[np.int64]:
    """Return the steps of each tune."""
    return tunes.lengths if isinstance(tunes, StoredTunes) else np.array([len(tune) for tune in tunes], np.int64)


def rooms_of(tunes: Sequence[Tune]) -> NDArray[np.int64]:
    """Return by how many semitones each tune can be moved down, and up, with its notes in the range: (tunes, 2)."""
    if isinstance(tunes, StoredTunes):
        return tunes.rooms
    return np.array([room_of(tune) for tune in tunes], np.int64).reshape(-1, 2)


def room_of(tune: Tune) -> tuple[int, int]:
    """Return by how many semitones a tune can be moved down, and up, with its notes in the range of pitches."""
    used = np.flatnonzero(np.unpackbits(np.bitwise_or.reduce(tune.packed, axis=0)))
    return (int(used[0]), tune.config.pitches - 1 - int(used[-1])) if len(used) else (0, 0)


def metres_of(tunes: Sequence[Tune]) -> Iterable[Metres]:
    """Return the metre of each tune."""
    return tunes.metres if isinstance(tunes, StoredTunes) else (tune.metre for tune in tunes)


def have_onsets(tunes: Sequence[Tune]) -> bool:
    """Return whether a tune says where notes begin."""
    if isinstance(tunes, StoredTunes):
        return tunes.has_onsets
    return any(tune.packed_onsets is not None for tune in tunes)


def velocities_in(tunes: Sequence[Tune]) -> set[int]:
    """Return the lowest and the highest velocity of each tune that has velocities and notes."""
    if isinstance(tunes, StoredTunes):
        return tunes.velocity_bounds
    velocities = [tune.packed_velocities for tune in tunes if tune.packed_velocities is not None]
    return {int(bound) for each in velocities if len(each) for bound in (each.min(), each.max())}


def tally_of(tunes: Sequence[Tune]) -> Tally:
    """Count in tunes, at least one: those in a file were counted when they were stored."""
    return tunes.tally if isinstance(tunes, StoredTunes) else add_up(map(row_of, tunes), tunes[0].config.pitches)


def select(tunes: Sequence[Tune], places: NDArray[np.int64]) -> Sequence[Tune]:
    """Return the tunes at some places, ascending."""
    return tunes.select(places) if isinstance(tunes, StoredTunes) else tuple(map(tunes.__getitem__, places.tolist()))


def those_in(some: Iterable[Tune], tunes: Sequence[Tune]) -> set[Tune]:
    """Return those of some tunes that are among others, and not copies of them."""
    if isinstance(tunes, StoredTunes):
        return {tune for tune in some if tune in tunes}
    return set(tunes).intersection(some)


def draw(tunes: Sequence[Tune], steps: int, seed: int) -> NDArray[np.int64]:
    """Draw the places of a random sample of tunes, ascending, which have at most so many steps; one at least."""
    order = np.random.default_rng(seed).permutation(len(tunes))
    fit = np.cumsum(lengths_of(tunes)[order]) <= steps
    return np.sort(order[: max(1, int(np.argmin(fit)) if not fit.all() else len(fit))])
