"""The rows of a table, searched and sorted. Knows nothing about widgets."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class TuneCell(NamedTuple):
    """What a row has in a column.

    Parameters
    ----------
    text : str
    key : int, float, str or None
        What the rows are sorted by: numbers stand before texts; a row without a key, or with NaN, stands at the end in
        both directions.
    """

    text: str
    key: float | str | None = None


@dataclass(frozen=True, slots=True)
class TuneRow:
    """A row of the table.

    Parameters
    ----------
    name : str
    used : bool
        Whether the network is to learn from it: the row is ticked.
    reason : str
        Why it is left out, or how it is used.
    usable : bool
        Whether it can be used; a row that cannot has no tick.
    cells : tuple of TuneCell
        One for each of the view's `columns`; those that are missing at the end stay empty. Without any, the
        reason takes their place.
    words : str
        What a search looks through, besides the name.
    look : int
        The number of the colour and dashes in which it is drawn elsewhere, or -1 where it is not.
    """

    name: str
    used: bool
    reason: str
    usable: bool = True
    cells: tuple[TuneCell, ...] = ()
    words: str = ""
    look: int = -1

    @property
    def searched(self) -> str:
        """What is searched, in lower case."""
        return f"{self.name}\n{self.words}".casefold()

    def key(self, column: int) -> float | str | None:
        """Return what the rows are sorted by: column 0 has the names, column n the cells n - 1."""
        if column == 0:
            return self.name
        return self.cells[column - 1].key if column <= len(self.cells) else None


class LazyRows(Sequence[TuneRow]):
    """Rows that are made when they are shown, and what is needed of all of them.

    Attributes
    ----------
    used, usable : ndarray of bool, shape (rows,)
        `TuneRow.used` and `TuneRow.usable` of each.
    """

    used: NDArray[np.bool_]
    usable: NDArray[np.bool_]

    @property
    @abstractmethod
    def names(self) -> Sequence[str]:
        """`TuneRow.name` of each, which alone is searched."""

    @abstractmethod
    def keys(self, column: int) -> Sequence[float | str | None]:
        """Return what `TuneRow.key` does for each row."""


@dataclass(frozen=True)
class Table:
    """The arguments of `show`; replaced as a whole, since another thread may turn the page meanwhile."""

    rows: tuple[TuneRow, ...] | LazyRows = ()
    thumbnail: Callable[[int], ArrayLike | None] | None = None
    searched: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The name of each row."""
        return list(self.rows.names) if isinstance(self.rows, LazyRows) else [row.name for row in self.rows]

    def used(self, index: int) -> bool:
        """Return whether a row is ticked."""
        return bool(self.rows.used[index]) if isinstance(self.rows, LazyRows) else self.rows[index].used

    def usable(self, index: int) -> bool:
        """Return whether a row can be ticked."""
        return bool(self.rows.usable[index]) if isinstance(self.rows, LazyRows) else self.rows[index].usable

    def keys(self, column: int, matches: Sequence[int]) -> list[float | str | None]:
        """Return what some rows are sorted by."""
        if isinstance(self.rows, LazyRows):
            return list(map(self.rows.keys(column).__getitem__, matches))
        return [self.rows[index].key(column) for index in matches]


@dataclass(frozen=True)
class Search:
    """Which rows are shown, and in which order."""

    find: str = ""
    only_left_out: bool = False
    sorted_by: int = -1
    descending: bool = False


@dataclass(frozen=True)
class Found:
    """The rows of a table that match a search, in its order."""

    table: Table
    search: Search
    matches: Sequence[int]
    usable: int
    used: int


def look_up(table: Table, search: Search) -> Found:
    """Find the rows that match a search, in its order."""
    matches: Sequence[int] = range(len(table.rows))
    if search.find:
        wanted = search.find.casefold()
        matches = [index for index in matches if wanted in table.searched[index]]
    if search.only_left_out:
        matches = [index for index in matches if not table.used(index)]
    if search.sorted_by >= 0:
        matches = _sort(matches, table.keys(search.sorted_by, matches), search.descending)
    return Found(table, search, matches, sum(map(table.usable, matches)), sum(map(table.used, matches)))


def _sort(indices: Iterable[int], keys: Iterable[float | str | None], descending: bool) -> list[int]:
    """Sort by keys; indices with the same key stay in their order, and those without one go to the end."""
    keyed: list[tuple[tuple[bool, Any], int]] = []
    rest = []
    for index, key in zip(indices, keys, strict=True):
        if key is None or key != key:
            rest.append(index)
        else:
            keyed.append(((True, key.casefold()) if isinstance(key, str) else (False, key), index))
    keyed.sort(key=itemgetter(0), reverse=descending)
    return [index for _, index in keyed] + rest
