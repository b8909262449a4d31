"""A table of tunes: a tick for what the network learns from, a small picture of the roll, the name, and columns.

The table may have tens of thousands of rows. They stay in Python; the browser gets the page that it shows. Nothing here
knows about files or corpora.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lstmmusic.views.base import View, read_bundle, read_css

_LONGEST_TEXT = 500  # characters that are sent of a name or a reason
_COLUMNS, _ROWS = 120, 24  # the most cells of a thumbnail


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
    """

    name: str
    used: bool
    reason: str
    usable: bool = True
    cells: tuple[TuneCell, ...] = ()

    def key(self, column: int) -> float | str | None:
        """Return what the rows are sorted by: column 0 has the names, column n the cells n - 1."""
        if column == 0:
            return self.name
        return self.cells[column - 1].key if column <= len(self.cells) else None


def shrink(roll: ArrayLike, columns: int = _COLUMNS, rows: int = _ROWS) -> NDArray[np.uint8]:
    """Make a thumbnail of a roll: the range of pitches that occur, widened to `rows` of them if possible.

    Parameters
    ----------
    roll : array, shape (steps, pitches)
        Zero where nothing sounds.
    columns, rows : int
        The most cells along the steps and along the pitches.

    Returns
    -------
    array of uint8, shape (at most columns, at most rows)
        1 in each cell in which something sounds, 0 in the others.

    Raises
    ------
    ValueError
        If the roll has another number of dimensions.
    """
    cells: NDArray[np.bool_] = np.asarray(roll) != 0
    if cells.ndim != 2:
        raise ValueError(f"a roll has shape {cells.shape}; it must be (steps, pitches)")
    sounding = np.flatnonzero(cells.any(axis=0))
    if sounding.size:
        low, high = int(sounding[0]), int(sounding[-1]) + 1
        low = max(0, min(low - (rows - (high - low)) // 2, low, cells.shape[1] - rows))
        cells = cells[:, low : max(high, low + rows)]
    for axis, most in enumerate((columns, rows)):
        size = cells.shape[axis]
        if size > most:
            cells = np.logical_or.reduceat(cells, np.arange(most) * size // most, axis=axis)
    return cells.astype(np.uint8)


@dataclass(frozen=True)
class _Table:
    """The arguments of `show`; replaced as a whole, since another thread may turn the page meanwhile."""

    rows: tuple[TuneRow, ...] = ()
    thumbnail: Callable[[int], ArrayLike | None] | None = None
    names: tuple[str, ...] = ()  # in lower case, to be searched


@dataclass(frozen=True)
class _Search:
    """Which rows are shown, and in which order."""

    find: str = ""
    only_left_out: bool = False
    sorted_by: int = -1
    descending: bool = False


@dataclass(frozen=True)
class _Found:
    """The rows of a table that match a search, in its order."""

    table: _Table
    search: _Search
    matches: Sequence[int]
    usable: int
    used: int


def _look_up(table: _Table, search: _Search) -> _Found:
    matches: Sequence[int] = range(len(table.rows))
    if search.find:
        wanted = search.find.casefold()
        matches = [index for index in matches if wanted in table.names[index]]
    if search.only_left_out:
        matches = [index for index in matches if not table.rows[index].used]
    rows = [table.rows[index] for index in matches]
    if search.sorted_by >= 0:
        matches = _sort(matches, (row.key(search.sorted_by) for row in rows), search.descending)
    return _Found(table, search, matches, sum(row.usable for row in rows), sum(row.used for row in rows))


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


class TunesView(View):
    """A table of tunes, one page at a time.

    Python owns all that it shows: a tick changes when `on_tick` has led to `update` or `show`.

    Traits: `selected`, the index of a row or -1; `label`, the name of the table; `compact`, whether it is without rolls
    and reasons, for rows that are not tunes; `columns`, titles of columns beside the names, of which the last give
    way first where the table is narrow, and five fit; `page_size`, rows of a page; `fill`, whether it takes the height
    that its container gives it, and sets that to the rows for which there is room; `empty`, the text while there are no
    rows. Set by `show`, `update`, `turn` and `sort`: `first`, how many rows are on the pages before; `find` and
    `only_left_out`, the search; `sorted_by` and `descending`, the order; `matching`, the number of rows that match the
    search, and `matching_usable` and `matching_used` of them; `total` and `left_out`, of all rows.

    Parameters
    ----------
    on_open : callable, optional
        Gets the index of a row that was double-clicked, or on which Enter was pressed.
    on_tick : callable, optional
        Gets a list of indices, ascending, and whether they are to be used: those of rows that can be used, and that are
        not yet as wanted. Without it the ticks cannot be changed.
    """

    _esm = read_bundle("tunes")
    _css = read_css("canvas", "tunes")
    page_size = traitlets.Int(8, min=1, max=50).tag(sync=True)
    fill = traitlets.Bool(False).tag(sync=True)
    selected = traitlets.Int(-1, min=-1).tag(sync=True)
    label = traitlets.Unicode("Tunes").tag(sync=True)
    compact = traitlets.Bool(False).tag(sync=True)
    columns = traitlets.Tuple(default_value=()).tag(sync=True)
    empty = traitlets.Unicode("No music yet").tag(sync=True)
    can_tick = traitlets.Bool(False, read_only=True).tag(sync=True)
    first = traitlets.Int(0, read_only=True).tag(sync=True)
    find = traitlets.Unicode("", read_only=True).tag(sync=True)
    only_left_out = traitlets.Bool(False, read_only=True).tag(sync=True)
    sorted_by = traitlets.Int(-1, read_only=True).tag(sync=True)
    descending = traitlets.Bool(False, read_only=True).tag(sync=True)
    matching = traitlets.Int(0, read_only=True).tag(sync=True)
    matching_usable = traitlets.Int(0, read_only=True).tag(sync=True)
    matching_used = traitlets.Int(0, read_only=True).tag(sync=True)
    total = traitlets.Int(0, read_only=True).tag(sync=True)
    left_out = traitlets.Int(0, read_only=True).tag(sync=True)
    rows_shown = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    thumbnails = traitlets.Bytes(read_only=True).tag(sync=True)

    def __init__(
        self,
        on_open: Callable[[int], object] | None = None,
        on_tick: Callable[[list[int], bool], object] | None = None,
        **traits: object,
    ) -> None:
        self._table = _Table()
        self._found = _look_up(self._table, _Search())
        self._on_open = on_open
        self._on_tick = on_tick
        super().__init__(**traits)
        self.set_trait("can_tick", on_tick is not None)
        self.on_msg(self._on_message)

    def show(self, rows: Sequence[TuneRow], thumbnail: Callable[[int], ArrayLike | None] | None = None) -> None:
        """Replace the rows, in one message.

        Where the names are the same, search, order, page and selection stay; otherwise they are reset.

        Parameters
        ----------
        rows : sequence of TuneRow
        thumbnail : callable, optional
            Returns the roll of the row with an index, of shape (steps, pitches), or None. It is called for rows on the
            page that is shown, in the thread that turns to it.
        """
        rows = tuple(rows)
        names = tuple([row.name.casefold() for row in rows])
        same = names == self._table.names
        self._table = _Table(rows, thumbnail, names)
        with self.hold_sync():
            if not same:
                self.selected = -1
            self._count()
            if same:
                self.turn()
            else:
                self._turn(0, _Search())

    def update(self, rows: Mapping[int, TuneRow]) -> None:
        """Replace some rows, in one message; search, order, page, selection and thumbnails stay.

        Parameters
        ----------
        rows : mapping of int to TuneRow
            The new rows by their indices.
        """
        table = self._table
        changed, names = list(table.rows), list(table.names)
        for index, row in rows.items():
            changed[index], names[index] = row, row.name.casefold()
        self._table = replace(table, rows=tuple(changed), names=tuple(names))
        with self.hold_sync():
            self._count()
            self.turn()

    def turn(self, first: int | None = None, find: str | None = None, only_left_out: bool | None = None) -> None:
        """Turn to another page, or search; what is None stays as it is.

        Parameters
        ----------
        first : int
            A row of the page, counted among those that match.
        find : str
            What the name must contain, in upper or lower case.
        only_left_out : bool
            Show only rows that are not used.
        """
        search = self._found.search
        if find is not None:
            search = replace(search, find=find)
        if only_left_out is not None:
            search = replace(search, only_left_out=only_left_out)
        self._turn(self.first if first is None else first, search)

    def sort(self, column: int, descending: bool = False) -> None:
        """Sort the rows, and turn to the first page.

        Parameters
        ----------
        column : int
            0 for the names, n for the nth of `columns`; -1 for the order of `show`.
        descending : bool
            Begin with the largest.

        Raises
        ------
        ValueError
            If there is no such column.
        """
        if not -1 <= column <= len(self.columns):
            raise ValueError(f"column is {column}; it must be from -1 to {len(self.columns)}, the last of the columns")
        self._turn(0, replace(self._found.search, sorted_by=column, descending=descending and column >= 0))

    def _count(self) -> None:
        rows = self._table.rows
        self.set_trait("total", len(rows))
        self.set_trait("left_out", sum(not row.used for row in rows))

    def _turn(self, first: int, search: _Search) -> None:
        table, found = self._table, self._found
        if found.table is not table or found.search != search:
            found = self._found = _look_up(table, search)
        begin = max(min(first, len(found.matches) - 1), 0) // self.page_size * self.page_size
        shown, pictures = [], []
        for index in found.matches[begin : begin + self.page_size]:
            row = table.rows[index]
            roll = table.thumbnail(index) if table.thumbnail else None
            picture = np.zeros((0, 0), np.uint8) if roll is None else shrink(roll)
            pictures.append(picture.tobytes())
            texts = {
                "name": _plain(row.name),
                "reason": _plain(row.reason),
                "cells": [_plain(cell.text) for cell in row.cells],
            }
            flags = {"used": bool(row.used), "usable": bool(row.usable)}
            shown.append({"index": index, **texts, **flags, "shape": list(picture.shape)})
        with self.hold_sync():
            self.set_trait("first", begin)
            self.set_trait("find", search.find)
            self.set_trait("only_left_out", search.only_left_out)
            self.set_trait("sorted_by", search.sorted_by)
            self.set_trait("descending", search.descending)
            self.set_trait("matching", len(found.matches))
            self.set_trait("matching_usable", found.usable)
            self.set_trait("matching_used", found.used)
            self.set_trait("rows_shown", shown)
            self.set_trait("thumbnails", b"".join(pictures))

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> int:
        index = int(proposal["value"])
        if index >= len(self._table.rows):
            raise traitlets.TraitError(f"selected is {index}; it must be -1 or below {len(self._table.rows)}, the rows")
        return index

    @traitlets.observe("selected")
    def _on_selected(self, _: Any) -> None:
        with suppress(ValueError):  # it does not match the search
            position = self._found.matches.index(self.selected)
            if not self.first <= position < self.first + self.page_size:
                self.turn(position)

    @traitlets.observe("page_size")
    def _on_page_size(self, _: Any) -> None:
        self.turn()

    def _on_message(self, _: object, content: object, __: object) -> None:
        """Carry out a request of the page; malformed ones, and those about rows that are gone, are ignored."""
        found = self._found
        matches, rows = found.matches, found.table.rows
        match content:
            case {"kind": "page", "first": int(first), "find": str(find), "only_left_out": bool(only_left_out)}:
                self.turn(first, _plain(find), only_left_out)
            case {"kind": "sort", "column": int(column)} if 0 <= column <= len(self.columns):
                self._sort_next(column)
            case {"kind": "select", "position": int(position)} if 0 <= position < len(matches):
                with self.hold_sync():
                    self.selected = matches[position]
            case {"kind": "tick", "index": int(index), "ticked": bool(ticked)} if 0 <= index < len(rows):
                self._tick(rows, [index], ticked)
            case {"kind": "tick_all", "ticked": bool(ticked)}:
                self._tick(rows, sorted(matches), ticked)
            case {"kind": "open", "index": int(index)} if self._on_open and 0 <= index < self.total:
                self._on_open(index)

    def _sort_next(self, column: int) -> None:
        """Sort by a column ascending, then descending, then not."""
        if self.sorted_by != column:
            self.sort(column)
        elif self.descending:
            self.sort(-1)
        else:
            self.sort(column, descending=True)

    def _tick(self, rows: Sequence[TuneRow], indices: Sequence[int], ticked: bool) -> None:
        changed = [index for index in indices if rows[index].usable and rows[index].used != ticked]
        if self._on_tick and changed:
            self._on_tick(changed, ticked)


def _plain(text: str) -> str:
    """Shorten a text, and replace what UTF-8 cannot encode, as in the names of some files."""
    short = text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
    return short.encode("utf-8", "replace").decode("utf-8")
