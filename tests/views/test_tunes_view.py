"""The table of tunes without a browser: what it sends of many rows, in which order, and what a page may request."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest
from traitlets import TraitError

from lstmmusic.views.rows import LazyRows, TuneCell, TuneRow
from lstmmusic.views.tunes import TunesView, shrink
from tests.wires import Wire, receive

pytestmark = pytest.mark.usefixtures("closed_views")


def make_rows(count):
    return [TuneRow(f"Tune {n}.mid", n % 5 != 0, "no notes" if n % 5 == 0 else f"{n} notes") for n in range(count)]


def request(view, **message):
    receive(view, message)


def request_page(view, first=0, find="", only_left_out=False):
    request(view, kind="page", first=first, find=find, only_left_out=only_left_out)


def indices(view):
    return [row["index"] for row in view.rows_shown]


def picture(view, offset):
    sizes = [int(np.prod(row["shape"])) for row in view.rows_shown]
    begin = sum(sizes[:offset])
    cells = np.frombuffer(view.thumbnails, np.uint8)[begin : begin + sizes[offset]]
    return cells.reshape(view.rows_shown[offset]["shape"])


# --- thumbnails ---


def test_small_roll_is_its_own_thumbnail():
    roll = np.eye(10, 24, dtype=np.uint8)
    np.testing.assert_array_equal(shrink(roll), roll)


def test_cell_sounds_where_anything_in_it_does():
    roll = np.zeros((1000, 88), np.uint8)
    roll[[0, 499, 999], [0, 40, 87]] = 1
    small = shrink(roll)
    assert small.shape == (120, 24)
    assert small.dtype == np.uint8
    assert sorted(map(tuple, np.argwhere(small))) == [(0, 0), (59, 11), (119, 23)]


@pytest.mark.parametrize(("lowest", "highest"), [(0, 3), (84, 87), (40, 40), (10, 70), (0, 87)])
def test_pitches_that_occur_are_kept_whole(lowest, highest):
    roll = np.zeros((5, 88), np.uint8)
    roll[0, lowest] = roll[4, highest] = 1
    small = shrink(roll)
    assert small.shape == (5, 24)
    columns = np.flatnonzero(small.any(axis=0))
    assert columns[-1] - columns[0] == min(highest - lowest, 23)


@pytest.mark.parametrize("shape", [(0, 88), (7, 0), (0, 0), (3, 5), (500, 88)])
def test_silence_has_a_thumbnail(shape):
    small = shrink(np.zeros(shape, np.uint8))
    assert small.shape == (min(shape[0], 120), min(shape[1], 24))
    assert not small.any()


def test_array_that_is_not_a_roll_has_no_thumbnail():
    with pytest.raises(ValueError, match=r"shape \(88,\); it must be \(steps, pitches\)"):
        shrink(np.zeros(88))


# --- pages ---


def test_only_the_shown_page_is_made_and_sent():
    asked = []
    view = TunesView()
    view.comm = wire = Wire()
    view.show(make_rows(386), lambda index: asked.append(index) or np.eye(3, 30))
    [(message, buffers)] = wire.sent
    assert asked == indices(view) == list(range(8))
    assert (view.total, view.matching, view.left_out, view.first) == (386, 386, 78, 0)
    assert {"rows_shown", "total", "left_out", "matching"} <= set(message["state"])
    assert [len(each) for each in buffers] == [8 * 3 * 24]
    assert len(json.dumps(message)) < 2000


def test_thumbnails_follow_their_rows():
    rolls = {0: np.eye(3, 24), 2: np.ones((2, 24))}
    view = TunesView()
    view.show(make_rows(3), rolls.get)
    assert [row["shape"] for row in view.rows_shown] == [[3, 24], [0, 0], [2, 24]]
    np.testing.assert_array_equal(picture(view, 0), np.eye(3, 24))
    np.testing.assert_array_equal(picture(view, 2), np.ones((2, 24)))


@pytest.mark.parametrize(
    ("first", "begin", "shown"),
    [(8, 8, 8), (15, 8, 8), (16, 16, 4), (19, 16, 4), (20, 16, 4), (10**30, 16, 4), (-1, 0, 8), (-(10**30), 0, 8)],
)
def test_requested_page_is_clipped_to_the_table(first, begin, shown):
    view = TunesView()
    view.show(make_rows(20))
    request_page(view, first)
    assert view.first == begin
    assert indices(view) == list(range(begin, begin + shown))


def test_search_ignores_case_and_counts():
    view = TunesView()
    view.show(make_rows(40))
    request_page(view, find="tUNE 1")
    assert (view.find, view.matching, view.total) == ("tUNE 1", 11, 40)
    assert indices(view) == [1, 10, 11, 12, 13, 14, 15, 16]
    request_page(view, 8, "tUNE 1")
    assert indices(view) == [17, 18, 19]
    request_page(view, 8, "tUNE 1", True)
    assert (view.first, view.matching, view.only_left_out, indices(view)) == (0, 2, True, [10, 15])
    request_page(view, find="nothing like it")
    assert (view.matching, view.rows_shown, view.thumbnails) == (0, [], b"")
    request_page(view)
    assert view.matching == 40


def test_page_is_one_message():
    view = TunesView()
    view.show(make_rows(40), lambda index: np.full((1, 24), index > 9))
    view.comm = wire = Wire()
    request_page(view, 8, only_left_out=False)
    [(message, _)] = wire.sent
    assert (set(message["state"]), message["buffer_paths"]) == ({"first", "rows_shown"}, [["thumbnails"]])


def test_new_verdicts_on_the_same_files_keep_page_search_and_selection():
    view = TunesView()
    view.show(make_rows(40))
    request_page(view, 8, "tune")
    view.selected = 12
    rows = [TuneRow(row.name, False, "other reasons") for row in make_rows(40)]
    view.show(rows)
    assert (view.first, view.find, view.selected, view.left_out) == (8, "tune", 12, 40)
    assert view.rows_shown[0]["reason"] == "other reasons"
    view.show(rows[:30])
    assert (view.first, view.find, view.selected, view.matching) == (0, "", -1, 30)
    view.show([])
    assert (view.total, view.left_out, view.matching, view.rows_shown) == (0, 0, 0, [])


def test_another_page_size_applies_at_once():
    view = TunesView(page_size=3)
    view.show(make_rows(20))
    view.turn(7)
    assert indices(view) == [6, 7, 8]
    view.page_size = 5
    assert indices(view) == [5, 6, 7, 8, 9]


def test_replaced_rows_keep_page_search_order_selection_and_thumbnails():
    view = TunesView()
    view.show(make_rows(40), lambda index: np.full((1, 24), index))
    view.sort(0, descending=True)
    view.turn(8, "tune 1")
    view.selected = 11
    before, thumbnails = view.rows_shown, view.thumbnails
    view.comm = wire = Wire()
    view.update({10: TuneRow("Tune 10.mid", True, "used again"), 39: TuneRow("Tune 39.mid", False, "left out by you")})
    assert len(wire.sent) == 1
    assert (view.first, view.find, view.sorted_by, view.selected) == (8, "tune 1", 0, 11)
    assert (view.left_out, view.matching, view.matching_used) == (8, 11, 10)
    assert view.rows_shown == [
        row | {"used": True, "reason": "used again"} if row["index"] == 10 else row for row in before
    ]
    assert view.thumbnails == thumbnails


# --- ticks ---


def ticked_view(rows, **traits):
    """Return a view whose ticks are applied, and what was requested."""
    requests = []

    def on_tick(indices, ticked):
        requests.append((indices, ticked))
        for index in indices:
            rows[index] = replace(rows[index], used=ticked)
        view.update({index: rows[index] for index in indices})

    view = TunesView(on_tick=on_tick, **traits)
    view.show(rows)
    return view, requests


def test_tick_is_one_request_and_one_answer():
    view, requests = ticked_view(make_rows(20))
    view.comm = wire = Wire()
    request(view, kind="tick", index=3, ticked=False)
    assert requests == [([3], False)]
    assert [row["used"] for row in view.rows_shown] == [False, True, True, False, True, False, True, True]
    assert (view.left_out, view.matching_used, len(wire.sent)) == (5, 15, 1)
    request(view, kind="tick", index=3, ticked=False)  # clicked twice, before the answer
    assert len(requests) == 1
    request(view, kind="tick", index=3, ticked=True)
    assert (requests[1:], view.left_out) == ([([3], True)], 4)


def test_tick_of_the_head_is_for_rows_that_match_and_can_be_used():
    rows = make_rows(40)
    rows[10] = replace(rows[10], usable=False)
    view, requests = ticked_view(rows)
    view.sort(0, descending=True)
    request_page(view, find="tune 1")
    assert (view.matching, view.matching_usable, view.matching_used) == (11, 10, 9)
    request(view, kind="tick_all", ticked=True)
    assert requests.pop() == ([15], True)
    request(view, kind="tick_all", ticked=True)
    assert requests == []
    request(view, kind="tick_all", ticked=False)
    assert requests.pop() == ([1, 11, 12, 13, 14, 15, 16, 17, 18, 19], False)
    assert (view.matching_usable, view.matching_used, view.left_out) == (10, 0, 17)


def test_row_that_cannot_be_used_has_no_tick():
    view, requests = ticked_view([TuneRow("page.mid", False, "no MIDI", usable=False)])
    assert view.rows_shown[0]["usable"] is False
    request(view, kind="tick", index=0, ticked=True)
    request(view, kind="tick_all", ticked=True)
    assert requests == []


def test_table_without_a_listener_cannot_be_ticked():
    view = TunesView()
    view.show(make_rows(3))
    before = view.get_state()
    request(view, kind="tick", index=1, ticked=False)
    assert (view.can_tick, view.get_state()) == (False, before)
    assert TunesView(on_tick=print).can_tick


# --- columns ---


def make_cells(*keys):
    return [TuneRow(f"{index}", True, "", cells=(TuneCell(f"<{key}>", key),)) for index, key in enumerate(keys)]


def test_texts_of_cells_are_sent():
    view = TunesView(columns=("Length", "Key"))
    view.show([TuneRow("a", True, "", cells=(TuneCell("2:05", 125), TuneCell("F\udce9"))), TuneRow("b", True, "")])
    assert [row["cells"] for row in view.rows_shown] == [["2:05", "F?"], []]


@pytest.mark.parametrize(
    ("keys", "ascending", "descending"),
    [
        ([3, 20, 1.5], [2, 0, 1], [1, 0, 2]),
        (["B", "a", "c"], [1, 0, 2], [2, 0, 1]),
        ([1, None, 2, float("nan"), 0], [4, 0, 2, 1, 3], [2, 0, 4, 1, 3]),
        ([1, 0, 1, 0], [1, 3, 0, 2], [0, 2, 1, 3]),  # equal keys stay in their order
        (["4/4", 2, "", 1], [3, 1, 2, 0], [0, 2, 1, 3]),
    ],
)
def test_rows_are_sorted_by_a_column(keys, ascending, descending):
    view = TunesView(columns=("Length",))
    view.show(make_cells(*keys))
    view.sort(1)
    assert (indices(view), view.sorted_by, view.descending) == (ascending, 1, False)
    view.sort(1, descending=True)
    assert (indices(view), view.sorted_by, view.descending) == (descending, 1, True)
    view.sort(-1, descending=True)
    assert (indices(view), view.sorted_by, view.descending) == ([*range(len(keys))], -1, False)


def test_clicks_on_a_title_sort_up_down_and_not_at_all():
    view = TunesView(columns=("Length", "Tempo"), page_size=2)
    view.show(make_cells(2, 1, 3))
    view.turn(2)
    orders = []
    for column in (1, 1, 1, 1, 0, 2):
        request(view, kind="sort", column=column)
        orders.append((view.sorted_by, view.descending, view.first))
        view.turn(2)
    assert orders == [(1, False, 0), (1, True, 0), (-1, False, 0), (1, False, 0), (0, False, 0), (2, False, 0)]
    assert [row["index"] for row in view.rows_shown] == [2]  # no row has a tempo, so nothing moved


def test_search_and_selection_follow_the_order():
    view = TunesView(columns=("Length",), page_size=2)
    view.show(make_cells(*range(10)))
    view.sort(1, descending=True)
    view.selected = 2
    assert (view.first, indices(view)) == (6, [3, 2])
    request(view, kind="select", position=0)
    assert (view.selected, view.first) == (9, 0)
    view.turn(0, "2")
    assert (view.sorted_by, indices(view)) == (1, [2])
    view.show(make_cells(*range(9, -1, -1)))  # the same names with other lengths
    view.turn(0, "")
    assert (view.sorted_by, indices(view)) == (1, [0, 1])
    view.show(make_cells(5, 6))
    assert (view.sorted_by, view.descending, indices(view)) == (-1, False, [0, 1])


@pytest.mark.parametrize("column", [-2, 2])
def test_missing_columns_are_refused(column):
    with pytest.raises(ValueError, match=rf"column is {column}; it must be from -1 to 1"):
        TunesView(columns=("Length",)).sort(column)


# --- selection ---


def test_selected_row_is_shown():
    view = TunesView()
    view.show(make_rows(40))
    view.selected = 21
    assert (view.first, indices(view)[5]) == (16, 21)
    view.turn(0, "Tune 1")
    view.selected = 30  # which does not match the search
    assert (view.first, view.find) == (0, "Tune 1")


def test_page_selects_by_place_among_the_matches():
    view = TunesView()
    view.show(make_rows(60))
    request_page(view, only_left_out=True)
    view.comm = wire = Wire()
    request(view, kind="select", position=9)
    assert (view.selected, view.first) == (45, 8)
    assert len(wire.sent) == 1


@pytest.mark.parametrize("index", [-2, 20])
def test_missing_rows_cannot_be_selected(index):
    view = TunesView()
    view.show(make_rows(20))
    with pytest.raises(TraitError, match="selected"):
        view.selected = index
    assert view.selected == -1


def test_opened_row_is_reported_once():
    opened = []
    view = TunesView(opened.append)
    view.show(make_rows(20))
    for index in (3, 20, -1):
        request(view, kind="open", index=index)
    assert opened == [3]
    quiet = TunesView()
    quiet.show(make_rows(1))
    request(quiet, kind="open", index=0)


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        {},
        {"kind": "page"},
        {"kind": "page", "first": "1", "find": "", "only_left_out": False},
        {"kind": "page", "first": 1, "find": None, "only_left_out": False},
        {"kind": "page", "first": 8.0, "find": "", "only_left_out": False},
        {"kind": "select", "position": 20},
        {"kind": "select", "position": -1},
        {"kind": "open", "index": None},
        {"kind": "open", "index": 20},
        {"kind": "sort"},
        {"kind": "sort", "column": -1},
        {"kind": "sort", "column": 1},
        {"kind": "sort", "column": "Name"},
        {"kind": "tick", "index": 20, "ticked": True},
        {"kind": "tick", "index": -1, "ticked": False},
        {"kind": "tick", "index": 1, "ticked": "no"},
        {"kind": "tick_all"},
        {"kind": "tick_all", "ticked": 1},
    ],
)
def test_malformed_requests_change_nothing(message):
    def fail(*arguments):
        pytest.fail(f"called with {arguments}")

    view = TunesView(fail, fail)
    view.show(make_rows(20))
    before = view.get_state()
    receive(view, message)
    assert view.get_state() == before


@pytest.mark.parametrize("name", ["first", "find", "only_left_out", "sorted_by", "matching", "total", "rows_shown"])
def test_traits_of_show_and_turn_are_read_only(name):
    view = TunesView()
    with pytest.raises(TraitError, match="read-only"):
        setattr(view, name, getattr(view, name))


def test_unknown_traits_are_refused():
    with pytest.raises(TypeError, match="has no trait pages"):
        TunesView(pages=2)


# --- names from files ---


def test_long_names_and_invalid_unicode_can_be_sent():
    names = ["x" * 10_000, "caf\udce9.mid", "a\nb\0c", "‮dim.exe", "<b>name</b>"]
    view = TunesView()
    view.show([TuneRow(name, False, name) for name in names])
    long, cut, *others = [row["name"] for row in view.rows_shown]
    assert (len(long), long[-1]) == (500, "…")
    assert cut == "caf?.mid"
    assert others == names[2:]  # the page shows them as text
    json.dumps(view.rows_shown, ensure_ascii=False).encode()
    request_page(view, find="\udce9")
    view.find.encode()


def test_fifty_thousand_rows_are_fast():
    lengths = np.random.default_rng(0).permutation(50_000).tolist()
    rows = [replace(row, cells=(TuneCell(f"{n}", n),)) for row, n in zip(make_rows(50_000), lengths, strict=True)]
    packed = np.packbits(np.random.default_rng(0).random((2000, 88)) < 0.04, axis=1)
    view = TunesView(columns=("Length",))
    view.comm = wire = Wire()
    took = []
    for request in (
        lambda: view.show(rows, lambda _: np.unpackbits(packed, axis=1, count=88)),
        lambda: view.turn(8000),
        lambda: view.sort(1, descending=not view.descending),
        lambda: view.update({4: rows[5]}),
    ):
        attempts = []
        for _ in range(3):  # the best of some, since the first fills caches
            began = time.process_time()
            request()
            attempts.append(time.process_time() - began)
        took.append(min(attempts))
    assert max(took) < 0.2
    assert took[1] < 0.02
    assert max(len(json.dumps(message)) for message, _ in wire.sent) < 2000


# --- rows that are made when they are shown ---


class Counted(LazyRows):
    """Many rows, which know how many of them were made."""

    def __init__(self, count):
        self.made = []
        self.usable = np.arange(count) % 10 != 0
        self.used = np.arange(count) % 5 != 0

    def __len__(self):
        return len(self.used)

    def __getitem__(self, place):
        self.made.append(place)
        return TuneRow(f"Tune {place}.mid", bool(self.used[place]), "", usable=bool(self.usable[place]))

    @property
    def names(self):
        return [f"Tune {place}.mid" for place in range(len(self))]

    def keys(self, column):
        return self.names if column == 0 else [-place for place in range(len(self))]


def test_rows_are_made_when_they_are_shown():
    ticks = []
    view, rows = TunesView(on_tick=lambda *asked: ticks.append(asked), columns=("Length",)), Counted(100_000)
    view.show(rows, thumbnail=lambda _: np.eye(8, dtype=np.uint8))
    assert (view.total, view.left_out, view.matching_usable, view.matching_used) == (100_000, 20_000, 90_000, 80_000)
    assert indices(view) == rows.made == list(range(8))
    request_page(view, 50_000)
    assert indices(view) == list(range(50_000, 50_008))
    request_page(view, find="TUNE 7777", only_left_out=True)
    assert indices(view) == [77770, 77775]
    request_page(view)
    request(view, kind="sort", column=1)
    assert indices(view) == list(range(99_999, 99_991, -1))
    request(view, kind="tick", index=99_995, ticked=True)
    request(view, kind="tick", index=99_990, ticked=True)  # which cannot be used
    request(view, kind="tick_all", ticked=False)
    assert [(len(places), ticked) for places, ticked in ticks] == [(1, True), (80_000, False)]
    assert len(rows.made) < 50
    again = Counted(100_000)
    again.used[99_999] = False
    view.show(again)
    assert (indices(view)[0], view.rows_shown[0]["used"], view.sorted_by) == (99_999, False, 1)
