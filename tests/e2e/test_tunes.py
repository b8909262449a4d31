"""The table of tunes in a browser, with its Python half behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import expect

from lstmmusic.views import TuneCell, TuneRow, TunesView

from .live_view import LiveView

pytestmark = pytest.mark.browser


def make_rows(count):
    return [TuneRow(f"Tune {n}.mid", n % 5 != 0, "no notes" if n % 5 == 0 else f"{n} notes") for n in range(count)]


@pytest.fixture
def open_table(page):
    def open_it(rows, thumbnail=None, **options):
        view = TunesView(**options)
        view.show(rows, thumbnail)
        return view, LiveView(page, view)

    return open_it


def names(page):
    return page.locator(".lstmmusic-tunes-name").all_text_contents()


def test_pages_are_turned_and_searched(page, open_table):
    view, _ = open_table(make_rows(386))
    expect(page.get_by_role("status")).to_have_text("1–8 of 386")
    expect(page.get_by_role("button", name="Previous")).to_be_disabled()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("status")).to_have_text("9–16 of 386")
    assert names(page) == [f"Tune {n}.mid" for n in range(8, 16)]
    page.get_by_label("Find").fill("TUNE 38")
    expect(page.get_by_role("status")).to_have_text("1–7 of 7")
    expect(page.get_by_role("button", name="Next")).to_be_disabled()
    page.get_by_label("Left out only (78)").check()
    expect(page.get_by_role("status")).to_have_text("1–2 of 2")
    assert names(page) == ["Tune 380.mid", "Tune 385.mid"]
    page.get_by_label("Find").fill("nothing like it")
    expect(page.get_by_text("Nothing matches the search")).to_be_visible()
    assert (view.find, view.only_left_out, view.matching) == ("nothing like it", True, 0)


def test_page_has_the_rows_for_which_there_is_room(page, open_table):
    style = "margin: 0; display: flex; flex-direction: column; height: {}px"
    view, _ = open_table([], fill=True)
    page.evaluate("style => document.body.setAttribute('style', style)", style.format(700))
    view.show(make_rows(100))
    expect(page.get_by_role("status")).to_have_text("1–15 of 100")
    rows = page.locator("[data-index]")
    last, grid = (part.bounding_box() for part in (rows.last, page.get_by_role("grid")))
    assert last["y"] + last["height"] <= grid["y"] + grid["height"] <= 700
    assert view.page_size == 15
    page.get_by_role("button", name="Next").click()
    page.evaluate("style => document.body.setAttribute('style', style)", style.format(100))
    expect(rows).to_have_count(4)
    assert names(page)[0] == "Tune 12.mid"  # the page with the row that was the first


@pytest.fixture
def open_ticks(open_table):
    """Open a table whose ticks are applied as soon as Python gets them."""

    def open_it(rows, **options):
        def on_tick(indices, ticked):
            for index in indices:
                rows[index] = replace(rows[index], used=ticked, reason="" if ticked else "left out by you")
            view.update({index: rows[index] for index in indices})

        view, live = open_table(rows, on_tick=on_tick, **options)
        return view, live

    return open_it


def test_ticks_are_shown_with_their_reasons(page, open_table):
    rows = make_rows(2)
    open_table([*rows, TuneRow("page.mid", False, "is not a MIDI file", usable=False)], on_tick=print)
    for row, name, reason in ((1, "Tune 0.mid", "no notes"), (2, "Tune 1.mid", "1 notes")):
        tick = page.get_by_role("row").nth(row).get_by_role("checkbox", name=f"Learn from {name}")
        expect(tick).to_be_checked(checked=row == 2)
        expect(page.get_by_role("row").nth(row)).to_contain_text(reason)
    bad = page.get_by_role("row").nth(3)
    expect(bad).to_contain_text("is not a MIDI file")
    expect(bad.get_by_role("img", name="Unusable")).to_be_visible()
    assert bad.get_by_role("checkbox").count() == 0


def test_tick_shows_what_python_says(page, open_ticks):
    view, live = open_ticks(make_rows(20))
    tick = page.get_by_role("checkbox", name="Learn from Tune 3.mid")
    row = page.locator("[data-index='3']")
    live.busy = True
    tick.click()
    live.wait_for(messages=1)
    expect(tick).to_be_checked()  # until Python has answered
    live.free()
    expect(tick).not_to_be_checked()
    expect(row).to_contain_text("left out by you")
    expect(page.get_by_label("Left out only (5)")).to_be_visible()
    expect(page.locator("[aria-live]")).to_have_text("Tune 3.mid: left out by you")
    expect(page.get_by_role("grid")).to_be_focused()
    assert (view.selected, live.heard) == (-1, [{"kind": "tick", "index": 3, "ticked": False}])
    live.busy = False
    tick.dblclick()  # which requests the same twice and opens nothing, or ticks and unticks
    live.settle()
    assert {message["kind"] for message in live.heard} == {"tick"}


def test_space_toggles_the_selected_row(page, open_ticks):
    _, live = open_ticks([*make_rows(3), TuneRow("page.mid", False, "", usable=False)])
    page.get_by_role("grid").focus()
    for key in ("Space", "ArrowDown", "ArrowDown", "Space"):
        page.keyboard.press(key)
    expect(page.get_by_role("checkbox", name="Learn from Tune 1.mid")).not_to_be_checked()
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="Learn from Tune 1.mid")).to_be_checked()
    expect(page.locator("[aria-live]")).to_have_text("Tune 1.mid: ticked")
    page.keyboard.press("End")
    page.keyboard.press("Space")
    live.settle()
    assert [(message["index"], message["ticked"]) for message in live.heard] == [(1, False), (1, True)]


def test_tick_of_the_head_is_for_all_that_match(page, open_ticks):
    view, live = open_ticks(make_rows(40))
    head = page.get_by_role("columnheader").first.get_by_role("checkbox")
    expect(head).to_have_accessible_name("Learn from all listed: 32 of 40")
    expect(head).to_have_js_property("indeterminate", True)
    head.click()
    expect(head).to_be_checked()
    assert (head.evaluate("head => head.indeterminate"), view.left_out) == (False, 0)
    page.get_by_label("Find").fill("Tune 1")
    expect(head).to_have_accessible_name("Learn from all listed: 11 of 11")
    head.press("Space")
    expect(head).not_to_be_checked()
    expect(head).to_be_focused()
    assert (view.left_out, live.heard[-1]) == (11, {"kind": "tick_all", "ticked": False})
    page.get_by_label("Find").fill("nothing like it")
    expect(head).to_be_disabled()


def test_ticks_without_a_listener_are_disabled(page, open_table):
    _, live = open_table(make_rows(3))
    for tick in page.get_by_role("grid").get_by_role("checkbox").all():
        expect(tick).to_be_disabled()
    page.locator(".lstmmusic-tunes-tick").nth(2).click()
    live.settle()
    assert live.heard == []


COLUMNS = ("Length", "Tempo", "Metre", "Key", "Tracks")


def make_cells(*lengths):
    cells = [TuneCell(text, text) for text in ("120", "4/4", "B♭ minor", "12")]
    return [
        TuneRow(f"Tune {n}.mid", True, "", cells=(TuneCell(f"{length} s", length), *cells))
        for n, length in enumerate(lengths)
    ]


def test_titles_sort(page, open_table):
    _, live = open_table(make_cells(20, 3, 100), columns=COLUMNS)
    title = page.get_by_role("columnheader", name="Length")
    button = title.get_by_role("button", name="Length", exact=True)
    expect(title).to_have_attribute("aria-sort", "none")
    for order, arrow, shown in [
        ("ascending", "▲", [1, 0, 2]),
        ("descending", "▼", [2, 0, 1]),
        ("none", "", [0, 1, 2]),
    ]:
        button.press("Enter")
        expect(title).to_have_attribute("aria-sort", order)
        expect(title.locator(".lstmmusic-tunes-arrow")).to_have_text(arrow)
        expect(button).to_be_focused()
        assert names(page) == [f"Tune {n}.mid" for n in shown]
    assert page.locator("[aria-sort]:not([aria-sort=none])").count() == 0
    assert live.heard == [{"kind": "sort", "column": 1}] * 3
    expect(page.locator("[data-index='0']").get_by_role("gridcell")).to_have_text(
        ["", "", "Tune 0.mid", "20 s", "120", "4/4", "B♭ minor", "12"]
    )


def test_reason_takes_the_place_of_missing_cells(page, open_table):
    tune, page_file = make_cells(20)[0], TuneRow("page.mid", False, "is not a MIDI file: " + "no music " * 9, False)
    open_table([tune, page_file, replace(tune, name="short", cells=tune.cells[:2])], columns=COLUMNS)
    assert [page.locator(f"[data-index='{n}'] .lstmmusic-tunes-cell").count() for n in range(3)] == [5, 0, 5]
    reason = page.locator("[data-index='1'] .lstmmusic-tunes-reason")
    assert reason.evaluate("reason => reason.scrollWidth <= reason.clientWidth")


def test_focus_of_a_title_is_visible(page, open_table):
    open_table(make_cells(20), columns=("Length", "A title that is too long"))
    page.get_by_role("searchbox", name="Find").focus()
    for _ in range(5):
        page.keyboard.press("Tab")
    button = page.get_by_role("button", name="A title that is too long")
    expect(button).to_be_focused()
    expect(button).to_have_css("outline-style", "solid")
    assert button.evaluate("button => getComputedStyle(button.parentElement).overflow") == "visible"
    assert button.evaluate("button => button.offsetWidth <= button.parentElement.clientWidth")


def test_columns_can_be_replaced(page, open_table):
    view, live = open_table(make_cells(20), columns=("Length", "<img src=x>"))
    expect(page.get_by_role("columnheader")).to_have_text(["", "Roll", "Name", "Length", "<img src=x>"])
    view.columns = ("Length",)
    live.pass_on()
    expect(page.get_by_role("columnheader")).to_have_text(["", "Roll", "Name", "Length"])
    expect(page.locator("[data-index='0'] .lstmmusic-tunes-cell")).to_have_text(["20 s"])


def test_keys_select_across_pages_and_open(page, open_table):
    opened = []
    view, live = open_table(make_rows(20), on_open=opened.append)
    grid = page.get_by_role("grid")
    selected = page.locator("[role=row][aria-selected=true]")
    grid.focus()
    for keys, index in [
        (["ArrowDown"], 0),
        (["ArrowUp"], 0),
        (["ArrowDown"] * 2, 2),
        (["PageDown"], 10),
        (["End"], 19),
        (["ArrowDown"], 19),
        (["PageUp"], 11),
        (["Home"], 0),
    ]:
        for key in keys:
            page.keyboard.press(key)
        expect(selected).to_have_attribute("data-index", str(index))
        expect(grid).to_have_attribute("aria-activedescendant", selected.get_attribute("id"))
        expect(grid).to_be_focused()
        live.settle()
        assert view.selected == index
    for _ in range(8):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("status")).to_have_text("9–16 of 20")
    expect(selected).to_have_attribute("data-index", "8")
    page.keyboard.press("Enter")
    live.settle()
    assert live.heard[-1] == {"kind": "open", "index": 8}
    assert opened == [8]


def test_click_selects_and_double_click_opens(page, open_table):
    opened = []
    view, live = open_table(make_rows(20), on_open=opened.append)
    page.get_by_text("Tune 3.mid").click()
    expect(page.get_by_role("row", selected=True)).to_contain_text("Tune 3.mid")
    live.settle()
    assert (view.selected, opened) == (3, [])
    page.get_by_text("Tune 5.mid").dblclick()
    expect(page.get_by_role("row", selected=True)).to_contain_text("Tune 5.mid")
    live.settle()
    assert (view.selected, opened) == (5, [5])


def test_changes_by_python_or_another_page_are_shown(page, open_table):
    view, live = open_table(make_rows(40))
    view.selected = 20
    live.pass_on()
    expect(page.get_by_role("row", selected=True)).to_contain_text("Tune 20.mid")
    expect(page.get_by_role("status")).to_have_text("17–24 of 40")
    view.turn(0, "tune 1")
    live.pass_on()
    expect(page.get_by_label("Find")).to_have_value("tune 1")
    view.show([])
    live.pass_on()
    expect(page.get_by_text("No music yet")).to_be_visible()
    expect(page.get_by_label("Find")).to_have_value("")


def test_names_are_text(page, open_table):
    hostile = "<img src=x onerror=\"window.harmed = 1; document.title = 'harmed'\">"
    rows = [hostile, "a\nb", "\u202egnp.mid", "x" * 10_000, "<script>window.harmed = 1</script>", "'\"&amp;"]
    open_table([TuneRow(name, False, name) for name in rows])
    expect(page.get_by_text(hostile).first).to_be_visible()
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("window.harmed") is None
    heights = page.locator("[data-index]").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    assert heights == [40] * len(rows)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    long = page.locator("[data-index='3'] .lstmmusic-tunes-name")
    assert len(long.get_attribute("title")) == 500
    assert check_cut(long) == "xx…"


def test_names_are_cut_in_the_middle(page, open_table):
    names = [f"which learning rate is best learning rate {rate}" for rate in (0.002, 0.004)]
    cells = (TuneCell(names[0]), TuneCell("paused"))
    rows = [TuneRow(name, False, "", cells=cells) for name in names]
    _, live = open_table(rows, columns=("Unlike the others", "State"), widths=(0, 60), compact=True)
    live.resize(480)
    for name in names:
        words = page.get_by_role("gridcell", name=name, exact=True).first.locator(".lstmmusic-tunes-name")
        expect(words).to_have_attribute("title", name)
        assert check_cut(words) == name[-3:]
    assert check_cut(page.locator(".lstmmusic-tunes-wide").nth(1)) == "002"
    live.resize(1200)
    assert check_cut(words) is None


def check_cut(name):
    """Check that the end of a name is seen whole; return its last letters, or None if all of it is seen."""
    return name.evaluate(
        """(name) => {
          const [start, end] = [...name.children].slice(-2);
          const [whole, shown] = [name, end].map((each) => each.getBoundingClientRect());
          if (shown.right > whole.right || getComputedStyle(start).textOverflow !== "ellipsis") throw "cut";
          return start.scrollWidth > start.clientWidth ? end.textContent.slice(-3) : null;
        }"""
    )


def test_thumbnails_have_high_notes_at_the_top(page, open_table):
    roll = np.zeros((2, 24))
    roll[0, 0] = roll[1, 20] = 1  # a low note, then a high one
    open_table([TuneRow("up", True, ""), TuneRow("silent", False, "")], {0: roll}.get)
    pixels = page.locator(".lstmmusic-tunes-notes").evaluate(
        """async (notes) => {
          const image = new Image();
          image.src = getComputedStyle(notes).maskImage.slice(5, -2);
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
          canvas.drawImage(image, 0, 0);
          const { data } = canvas.getImageData(0, 0, image.width, image.height);
          const sounding = [];
          for (let at = 0; at < data.length / 4; at++) {
            if (data[at * 4 + 3]) sounding.push([at % image.width, Math.floor(at / image.width)]);
          }
          return sounding;
        }"""
    )
    assert pixels == [[1, 3], [0, 23]]
    assert page.locator(".lstmmusic-tunes-none").count() == 1


def test_closed_view_stops_listening(open_table):
    _, live = open_table(make_rows(3))
    assert len(live.listened_to()) > 5
    live.end()
    assert live.listened_to() == []


def test_narrow_table_fits(page, open_table):
    _, live = open_table([*make_cells(20, 3), TuneRow("page.mid", False, "is not a MIDI file")], columns=COLUMNS)
    for width, columns in ((320, 1), (390, 2), (430, 3), (480, 3), (600, 4), (700, 5), (900, 5)):
        live.resize(width)
        assert page.evaluate("view.el.scrollWidth") <= width
        names_wide = page.locator(".lstmmusic-tunes-name").evaluate_all("all => all.map((name) => name.clientWidth)")
        assert min(names_wide) >= 140
        assert page.get_by_role("columnheader").count() == columns + (3 if width > 475 else 2)
        for cell in page.locator("[data-index='0'] .lstmmusic-tunes-cell:visible").all():
            assert cell.evaluate("cell => cell.scrollWidth <= cell.clientWidth")
        expect(page.get_by_text("is not a MIDI file", exact=True)).to_be_visible()


def test_click_counts_although_another_row_changes_meanwhile(page, open_ticks):
    rows = make_rows(4)
    view, live = open_ticks(rows)
    ticks = page.locator("[data-index]").get_by_role("checkbox")
    expect(ticks.nth(2)).to_be_checked()
    ticks.nth(2).hover()
    page.mouse.down()
    rows[1] = replace(rows[1], used=False, reason="left out meanwhile")
    rows[3] = replace(rows[3], name="Another name.mid")
    view.update({1: rows[1], 3: rows[3]})
    live.pass_on()
    expect(page.locator("[data-index]").nth(3)).to_contain_text("Another name")
    page.mouse.up()
    expect(ticks.nth(2)).not_to_be_checked()
    assert not rows[2].used
    assert names(page) == ["Tune 0.mid", "Tune 1.mid", "Tune 2.mid", "Another name.mid"]
