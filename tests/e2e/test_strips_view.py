"""The list of strips in a browser, with its Python half behind it."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

from lstmmusic.music.roll import Tune
from lstmmusic.views import Strip, StripsView

from .heard_view import HeardView
from .live_view import LiveView
from .studio_page import TWO_FRAMES

pytestmark = pytest.mark.browser


def make_strips(count, **options):
    roll = np.random.default_rng(count).random((64, 88)) < 0.03
    return [Strip(Tune(roll), f"{n + 1}", 16, f"Take {n + 1}, seed {n}", **options) for n in range(count)]


@pytest.fixture
def open_list(page, closed_views):
    """Open a list whose strips are shown when the page asks to."""

    def open_it(strips, chosen=None, width=800, **options):
        acted = []

        def act_on(action, index):
            acted.append((action, index))
            if action == "show":
                view.chosen = index

        view = StripsView("Takes", act_on, **options)
        view.show(strips, chosen)
        return view, LiveView(page, view, width), acted

    return open_it


def test_strip_is_shown_by_a_click_and_by_arrow_keys(page, open_list):
    _, live, acted = open_list(make_strips(4), 0)
    assert page.get_by_role("toolbar", name="Takes").count() == 1
    page.get_by_role("button", name="Take 2, seed 1", exact=True).click()
    shown = page.get_by_role("button", name="Take 2, seed 1, shown", exact=True)
    expect(shown).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[aria-pressed=true]")).to_have_count(1)
    for key, title in (("ArrowRight", "Take 3, seed 2"), ("End", "Take 4, seed 3"), ("Home", "Take 1, seed 0")):
        page.keyboard.press(key)
        expect(page.get_by_role("button", name=f"{title}, shown", exact=True)).to_be_focused()
    page.keyboard.press("ArrowLeft")  # there is none before
    live.settle()
    assert acted == [("show", 1), ("show", 2), ("show", 3), ("show", 0)]


def test_tab_reaches_the_buttons_of_one_strip(page, open_list):
    _, live, acted = open_list(make_strips(3), 1)
    names = []
    for _ in range(4):
        page.keyboard.press("Tab")
        names.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
    title = "Take 2, seed 1"
    assert names == [f"{title}, shown", f"Play: {title}", f"Add to favourites: {title}", f"Download: {title}"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("button", name="Play: Take 3, seed 2", exact=True).click()
    live.settle()
    assert acted == [("download", 1), ("play", 2)]


def test_focus_stays_where_strips_are_replaced(page, open_list):
    view, live, _ = open_list(make_strips(3), 1)
    page.get_by_role("button", name="Add to favourites: Take 2, seed 1", exact=True).focus()
    view.show(make_strips(3, favourite=True), 1)
    live.pass_on()
    expect(page.get_by_role("button", name="Remove from favourites: Take 2, seed 1", exact=True)).to_be_focused()
    view.show([])
    live.pass_on()
    assert page.get_by_role("button").count() == 0


def test_chosen_strip_is_scrolled_to(page, open_list):
    view, live, _ = open_list(make_strips(30), 0, width=400)
    view.chosen = 20
    live.pass_on()
    expect(page.get_by_role("button", name="Take 21, seed 20, shown", exact=True)).to_be_in_viewport(ratio=1)
    assert page.evaluate("[document.documentElement.scrollWidth <= innerWidth, view.el.clientHeight]") == [True, 56]
    page.get_by_role("button", name="Take 21, seed 20, shown", exact=True).press("End")
    expect(page.get_by_role("button", name="Take 30, seed 29, shown", exact=True)).to_be_in_viewport(ratio=1)


def test_strip_that_was_chosen_while_the_list_was_hidden_is_scrolled_to(page, open_list):
    view, live, _ = open_list(make_strips(30), 0, width=400)
    page.evaluate("view.el.hidden = true")
    page.evaluate(TWO_FRAMES)  # in which the page reports sizes
    view.chosen = 20
    live.pass_on()
    page.evaluate("view.el.hidden = false")
    expect(page.get_by_role("button", name="Take 21, seed 20, shown", exact=True)).to_be_in_viewport(ratio=1)


def test_empty_list_says_so(page, open_list):
    open_list([], empty="No favourites yet")
    expect(page.get_by_role("toolbar", name="Takes")).to_have_text("No favourites yet")


def test_closed_view_stops_listening(page, open_list):
    _, live, _ = open_list(make_strips(2))
    assert live.listened_to()
    live.end()
    assert live.listened_to() == []
    assert page.get_by_role("toolbar").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_mark_of_the_shown_strip_is_not_only_a_colour(page, closed_views, theme):
    view = StripsView("Takes", print)
    view.show(make_strips(2), 0)
    HeardView(page, view, theme=theme)
    style = (
        "each => each.map((label) => [getComputedStyle(label, '::before').content, getComputedStyle(label).fontWeight])"
    )
    marks = page.locator(".lstmmusic-strip-label").evaluate_all(style)
    assert marks == [['"▸ "', "600"], ["none", "400"]]
    page.keyboard.press("Tab")
    outline = "button => getComputedStyle(button).outlineStyle + getComputedStyle(button).outlineWidth"
    assert page.locator(":focus").evaluate(outline) == "solid2px"
