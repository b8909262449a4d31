"""A table of tunes: a small picture of each roll, its name, whether it is used, and why.

The table may have tens of thousands of rows. They stay in Python; the browser gets the page that it shows. Nothing here
knows about files or corpora.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lstmmusic.views.base import View, read_bundle, read_css

_LONGEST_TEXT = 500  # characters that are sent of a name or a reason
_COLUMNS, _ROWS = 120, 24  # the most cells of a thumbnail


@dataclass(frozen=True, slots=True)
class TuneRow:
    """A row of the table.

    Parameters
    ----------
    name : str
    used : bool
        Whether the network is to learn from it.
    reason : str
        Why it was left out, or how it was used.
    """

    name: str
    used: bool
    reason: str


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
    """The rows of a table that match a search."""

    table: _Table
    find: str
    only_left_out: bool
    matches: Sequence[int]  # ascending


def _find_matches(table: _Table, find: str, only_left_out: bool) -> _Search:
    if not find and not only_left_out:
        return _Search(table, find, only_left_out, range(len(table.rows)))
    wanted = find.casefold()
    fits = (index for index, name in enumerate(table.names) if wanted in name)
    matches = [index for index in fits if not (only_left_out and table.rows[index].used)]
    return _Search(table, find, only_left_out, matches)


class TunesView(View):
    """A table of tunes, one page at a time.

    Traits: `selected`, the index of a row or -1; `page_size`, rows of a page; `empty`, the text while there are no
    rows. Set by `show` and `turn`: `first`, how many rows are on the pages before; `find` and `only_left_out`, the
    search; `matching`, the number of rows that match it; `total` and `left_out`, of all rows.

    Parameters
    ----------
    on_open : callable, optional
        Gets the index of a row that was double-clicked, or on which Enter was pressed.
    """

    _esm = read_bundle("tunes")
    _css = read_css("canvas", "tunes")
    page_size = traitlets.Int(8, min=1, max=50).tag(sync=True)
    selected = traitlets.Int(-1, min=-1).tag(sync=True)
    empty = traitlets.Unicode("No music yet").tag(sync=True)
    first = traitlets.Int(0, read_only=True).tag(sync=True)
    find = traitlets.Unicode("", read_only=True).tag(sync=True)
    only_left_out = traitlets.Bool(False, read_only=True).tag(sync=True)
    matching = traitlets.Int(0, read_only=True).tag(sync=True)
    total = traitlets.Int(0, read_only=True).tag(sync=True)
    left_out = traitlets.Int(0, read_only=True).tag(sync=True)
    rows_shown = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    thumbnails = traitlets.Bytes(read_only=True).tag(sync=True)

    def __init__(self, on_open: Callable[[int], None] | None = None, **traits: object) -> None:
        self._table = _Table()
        self._search = _find_matches(self._table, "", False)
        self._on_open = on_open
        super().__init__(**traits)
        self.on_msg(self._on_message)

    def show(self, rows: Sequence[TuneRow], thumbnail: Callable[[int], ArrayLike | None] | None = None) -> None:
        """Replace the rows, in one message.

        Where the names are the same, search, page and selection stay; otherwise they are reset.

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
            self.set_trait("total", len(rows))
            self.set_trait("left_out", sum(not row.used for row in rows))
            if same:
                self.turn()
            else:
                self.turn(0, "", False)

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
        table, search = self._table, self._search
        find = self.find if find is None else find
        only_left_out = self.only_left_out if only_left_out is None else only_left_out
        if search.table is not table or (search.find, search.only_left_out) != (find, only_left_out):
            search = self._search = _find_matches(table, find, only_left_out)
        wanted = min(self.first if first is None else first, len(search.matches) - 1)
        begin = max(wanted, 0) // self.page_size * self.page_size
        shown, pictures = [], []
        for index in search.matches[begin : begin + self.page_size]:
            row = table.rows[index]
            roll = table.thumbnail(index) if table.thumbnail else None
            picture = np.zeros((0, 0), np.uint8) if roll is None else shrink(roll)
            name, reason = _plain(row.name), _plain(row.reason)
            shown.append(
                {"index": index, "name": name, "used": bool(row.used), "reason": reason, "shape": list(picture.shape)}
            )
            pictures.append(picture.tobytes())
        with self.hold_sync():
            self.set_trait("first", begin)
            self.set_trait("find", find)
            self.set_trait("only_left_out", only_left_out)
            self.set_trait("matching", len(search.matches))
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
        matches = self._search.matches
        position = bisect_left(matches, self.selected)
        on_page = self.first <= position < self.first + self.page_size
        if not on_page and position < len(matches) and matches[position] == self.selected:
            self.turn(position)

    @traitlets.observe("page_size")
    def _on_page_size(self, _: Any) -> None:
        self.turn()

    def _on_message(self, _: object, content: object, __: object) -> None:
        """Carry out a request of the page; malformed ones, and those about rows that are gone, are ignored."""
        matches = self._search.matches
        match content:
            case {"kind": "page", "first": int(first), "find": str(find), "only_left_out": bool(only_left_out)}:
                self.turn(first, _plain(find), only_left_out)
            case {"kind": "select", "position": int(position)} if 0 <= position < len(matches):
                with self.hold_sync():
                    self.selected = matches[position]
            case {"kind": "open", "index": int(index)} if self._on_open and 0 <= index < self.total:
                self._on_open(index)


def _plain(text: str) -> str:
    """Shorten a text, and replace what UTF-8 cannot encode, as in the names of some files."""
    short = text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
    return short.encode("utf-8", "replace").decode("utf-8")
