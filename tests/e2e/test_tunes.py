"""The table of tunes in a browser, with its Python half behind it."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from lstmmusic.views import TuneRow, TunesView

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
    return page.locator(".lstmmusic-tunes-name").all_inner_texts()


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
    expect(page.get_by_text("No tune matches the search")).to_be_visible()
    assert (view.find, view.only_left_out, view.matching) == ("nothing like it", True, 0)


def test_verdicts_are_words(page, open_table):
    open_table(make_rows(2))
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("left out")
    expect(rows.nth(1)).to_contain_text("no notes")
    expect(rows.nth(2)).to_contain_text("used")


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
    assert heights == [34] * len(rows)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    long = page.locator("[data-index='3'] .lstmmusic-tunes-name")
    assert len(long.get_attribute("title")) == 500
    assert (
        long.evaluate("name => name.scrollWidth > name.clientWidth && getComputedStyle(name).textOverflow")
        == "ellipsis"
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
    _, live = open_table(make_rows(3))
    for width in (360, 500, 900):
        live.resize(width)
        assert page.evaluate("view.el.scrollWidth") <= width
        expect(page.get_by_text("left out", exact=True)).to_be_visible()
