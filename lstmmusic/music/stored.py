"""Tunes in a file as a sequence, each of which is read when it is asked for; see `lstmmusic.music.store`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, overload

import numpy as np

from lstmmusic.errors import CorpusError, plain_text
from lstmmusic.music.metre import Metres
from lstmmusic.music.roll import Tune
from lstmmusic.music.store import ONSETS, VELOCITIES, Numbers, Store
from lstmmusic.music.tally import Tally


class StoredTunes(Sequence[Tune]):
    """Tunes in a file, each of which is made when it is asked for.

    Parameters
    ----------
    store : Store
    numbers : ndarray of int64, shape (tunes,)
        Which of its tunes, ascending.

    Attributes
    ----------
    elements : type
        That of all elements, which need not be made to know it.
    lengths : ndarray of int64, shape (tunes,)
        Steps of each tune.
    """

    elements = Tune

    def __init__(self, store: Store, numbers: Numbers | None = None) -> None:
        self.store = store
        self.numbers: Numbers = np.arange(len(store)) if numbers is None else numbers
        self.lengths: Numbers = store.lengths[self.numbers]

    def __reduce__(self) -> tuple[Any, ...]:
        """Open the same file in the other process."""
        return _reopen, (self.store.path, self.store.checksum, self.numbers)

    def __repr__(self) -> str:
        """Return a line, and not the tunes."""
        return f"<{len(self):,} tunes in {plain_text(self.store.path.name)}>"

    def __len__(self) -> int:
        """Return the number of tunes."""
        return len(self.numbers)

    @overload
    def __getitem__(self, place: int) -> Tune: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Tune]: ...
    def __getitem__(self, place: int | slice) -> Tune | Sequence[Tune]:
        """Read a tune; a slice is read when its tunes are asked for, but at once if it goes backwards."""
        if isinstance(place, slice):
            if place.step is not None and place.step < 0:
                return tuple(map(self.__getitem__, range(*place.indices(len(self)))))
            return StoredTunes(self.store, self.numbers[place])
        return self.store.tune(int(self.numbers[place]))

    def __iter__(self) -> Iterator[Tune]:
        """Read the tunes one by one."""
        return map(self.store.tune, self.numbers.tolist())

    def __contains__(self, tune: object) -> bool:
        """Return whether a tune that was read from the file is one of these; nothing is read."""
        number = self.store.number_of(tune)
        place = int(np.searchsorted(self.numbers, number))
        return place < len(self) and self.numbers[place] == number

    def select(self, places: Numbers) -> StoredTunes:
        """Return those at some places, ascending; nothing is read or copied."""
        return StoredTunes(self.store, self.numbers[places])

    def block(self, start: int, stop: int) -> Iterator[Tune]:
        """Read the tunes at places [start, stop), if possible at once."""
        return self.store.read(self.numbers[start:stop])

    @cached_property
    def tally(self) -> Tally:
        """Their numbers."""
        return self.store.tally(self.numbers)

    @property
    def rooms(self) -> Numbers:
        """Semitones by which each tune can be moved down, and up: (tunes, 2)."""
        index = self.store.index
        return np.stack((index["down"], index["up"]), axis=1)[self.numbers].astype(np.int64)

    @property
    def metres(self) -> Iterator[Metres]:
        """The metre of each tune."""
        return map(self.store.metres.__getitem__, self.store.index["metre"][self.numbers].tolist())

    @property
    def has_onsets(self) -> bool:
        """Whether a tune says where notes begin."""
        return bool((self.store.index["flags"][self.numbers] & ONSETS).any())

    @property
    def velocity_bounds(self) -> set[int]:
        """The lowest and the highest velocity of each tune that has velocities and notes."""
        index = self.store.index
        some = self.numbers[(index["flags"][self.numbers] & VELOCITIES > 0) & (index["notes"][self.numbers] > 0)]
        return {*np.unique(index["softest"][some]).tolist(), *np.unique(index["loudest"][some]).tolist()}


def _reopen(path: Path, checksum: int, numbers: Numbers) -> StoredTunes:
    store = Store(path)
    if store.checksum != checksum:
        raise CorpusError(f"{plain_text(path.name)} has other music than before; load it again")
    return StoredTunes(store, numbers)
