"""A table of tunes, or of other things that have names: a tick, a small picture of the roll, the name, and columns.

The table may have tens of thousands of rows. They stay in Python; the browser gets the page that it shows. Nothing here
knows about files or corpora.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lstmmusic.views.base import View, read_bundle, read_css
from lstmmusic.views.rows import LazyRows, Search, Table, TuneRow, look_up

_LONGEST_TEXT = 500  # characters that are sent of a name or a reason
_COLUMNS, _ROWS = 120, 24  # the most cells of a thumbnail


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


class TunesView(View):
    """A table of tunes, one page at a time.

    Python owns all that it shows: a tick changes when `on_tick` has led to `update` or `show`.

    Traits: `selected`, the index of a row or -1; `label`, the name of the table; `compact`, whether it is without rolls
    and reasons, for rows that are not tunes; `columns`, titles of columns beside the names, of which the last give
    way first where the table is narrow, and five fit; `widths` of the columns in pixels, where they are not the usual
    ones: one of 0 has the width that is left, which it shares with the names; `verb`, what a tick is for; `only`, what
    lists nothing but rows without a tick, or empty; `hint`, what can be found; `page_size`, rows of a page; `fill`,
    whether it takes the height
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
    widths = traitlets.Tuple(default_value=()).tag(sync=True)
    verb = traitlets.Unicode("Learn from").tag(sync=True)
    only = traitlets.Unicode("Left out only").tag(sync=True)
    hint = traitlets.Unicode("a name").tag(sync=True)
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
        self._table = Table()
        self._found = look_up(self._table, Search())
        self._turns = True  # to the row that is selected
        self._on_open = on_open
        self._on_tick = on_tick
        super().__init__(**traits)
        self.set_trait("can_tick", on_tick is not None)
        self.on_msg(self._on_message)

    def show(
        self,
        rows: Sequence[TuneRow],
        thumbnail: Callable[[int], ArrayLike | None] | None = None,
        *,
        selected: int | None = None,
    ) -> None:
        """Replace the rows, in one message.

        Where the names are the same, or a row is `selected`, search, order and page stay; otherwise they are reset,
        with the selection.

        Parameters
        ----------
        rows : sequence of TuneRow
            A `LazyRows` is kept as it is.
        thumbnail : callable, optional
            Returns the roll of the row with an index, of shape (steps, pitches), or None. It is called for rows on the
            page that is shown, in the thread that turns to it.
        selected : int, optional
            The index that the row which is selected has now, or -1 for none.
        """
        if isinstance(rows, LazyRows):
            table = Table(rows, thumbnail, tuple([f"{name}\n".casefold() for name in rows.names]))
        else:
            table = Table(tuple(rows), thumbnail, tuple([row.searched for row in rows]))
        same = table.names == self._table.names
        with self.hold_sync():
            if selected is not None or not same:
                self._select(-1 if selected is None else selected, table)
            self._table = table
            self._count()
            if same or selected is not None:
                self.turn()
            else:
                self._turn(0, Search())

    def update(self, rows: Mapping[int, TuneRow]) -> None:
        """Replace some rows, in one message; search, order, page, selection and thumbnails stay.

        Parameters
        ----------
        rows : mapping of int to TuneRow
            The new rows by their indices. For a `LazyRows`, call `show` with another one.
        """
        table = self._table
        changed, searched = list(table.rows), list(table.searched)
        for index, row in rows.items():
            changed[index], searched[index] = row, row.searched
        self._table = replace(table, rows=tuple(changed), searched=tuple(searched))
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
            What the name, or the words beside it, must contain, in upper or lower case.
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
        table = self._table
        self.set_trait("total", len(table.rows))
        self.set_trait("left_out", len(table.rows) - sum(map(table.used, range(len(table.rows)))))

    def _turn(self, first: int, search: Search) -> None:
        table, found = self._table, self._found
        if found.table is not table or found.search != search:
            found = self._found = look_up(table, search)
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
            flags = {"used": bool(row.used), "usable": bool(row.usable), "look": row.look}
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

    def _select(self, index: int, table: Table) -> None:
        """Select a row of a table that is about to be shown, without turning to it."""
        self._table, self._turns = table, False
        try:
            self.selected = index
        finally:
            self._turns = True

    @traitlets.observe("selected")
    def _on_selected(self, _: Any) -> None:
        if not self._turns:
            return
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
                self._tick(found.table, [index], ticked)
            case {"kind": "tick_all", "ticked": bool(ticked)}:
                self._tick(found.table, sorted(matches), ticked)
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

    def _tick(self, table: Table, indices: Sequence[int], ticked: bool) -> None:
        changed = [index for index in indices if table.usable(index) and table.used(index) != ticked]
        if self._on_tick and changed:
            self._on_tick(changed, ticked)


def _plain(text: str) -> str:
    """Shorten a text, and replace what UTF-8 cannot encode, as in the names of some files."""
    short = text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
    return short.encode("utf-8", "replace").decode("utf-8")
