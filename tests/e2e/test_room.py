"""The studio in windows of several sizes: plots fill it and stay in view, and a narrow one has a drawer of controls."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from .studio_page import TWO_FRAMES, StudioPage

pytestmark = pytest.mark.browser

ZOOMED = (853, 533)  # what 1280x800 is at 150 %
SCROLLBAR = 15  # pixels of width that a headless browser, which hides it, has more than others
LEAST = 0.48  # of the height of the window: what a place is about, where the window is narrow or low
MAIN = {"Listening": "Piano roll", "Music": "Tunes", "Training": "Loss curve", "Runs": "Runs"}
PANEL = ".jp-WindowedPanel-outer"  # the part of JupyterLab that scrolls
# How far below the last plot of the open place its room ends, and how far beyond that the plot reaches.
EMPTY = """root => {
  const seen = element => element.getClientRects().length;
  const place = [...root.querySelectorAll(".lstmmusic-place")].find(seen).getBoundingClientRect();
  const plots = [...root.querySelectorAll(".lstmmusic-plots *")].filter(seen);
  return place.bottom - Math.max(...plots.map(plot => plot.getBoundingClientRect().bottom));
}"""
FOCUSED = "element => element.contains(document.activeElement)"


@pytest.fixture(scope="module")
def studio(open_shared_studio) -> StudioPage:
    return open_shared_studio(sound_card=False)


def resize(studio: StudioPage, width: int, height: int) -> None:
    studio.page.set_viewport_size({"width": width, "height": height})
    studio.page.wait_for_function(
        """([panel, selector]) => {
          const { height } = document.querySelector(selector).getBoundingClientRect();
          return Math.abs(document.querySelector(panel).clientHeight - 8 - height) <= 1;
        }""",
        arg=[PANEL, ".lstmmusic-studio"],
    )
    studio.page.evaluate(TWO_FRAMES)  # views follow the size of what they are in


def check_in_view(studio: StudioPage, part: Locator) -> None:
    """Check that a part of the studio is wholly in the part of the page that shows it."""
    box, panel = part.bounding_box(), studio.page.locator(PANEL).bounding_box()
    assert box["y"] >= panel["y"]
    assert box["y"] + box["height"] <= panel["y"] + panel["height"]
    assert part.evaluate(
        """element => {
          const { x, y, width, height } = element.getBoundingClientRect();
          const shown = place => element.contains(document.elementFromPoint(x + width / 2, place));
          return shown(y + 2) && shown(y + height - 2);
        }"""
    )


@pytest.mark.parametrize("size", [(900, 800), ZOOMED])
def test_plot_is_in_view_and_its_controls_are_a_drawer_where_the_page_is_narrow(studio, size):
    keyboard = studio.page.keyboard
    studio.open("Listening")  # where most is above what it is about
    resize(studio, *size)
    for tab, name in MAIN.items():
        studio.open(tab)
        plot = studio.root.locator(".lstmmusic-main").filter(visible=True)
        expect(
            studio.picture(name).or_(studio.root.get_by_role("grid", name=name)).and_(plot.locator("*"))
        ).to_have_count(1)
        studio.page.evaluate(TWO_FRAMES)
        for part in (studio.root, studio.tab(tab), plot, studio.player):
            check_in_view(studio, part)
        box = plot.bounding_box()
        assert box["height"] >= LEAST * size[1] - 1
        assert box["width"] >= 0.85 * studio.root.bounding_box()["width"]

        drawer = studio.root.get_by_role("button", name="Controls", exact=True).filter(visible=True)
        controls = studio.root.locator(f"#{drawer.get_attribute('aria-controls')}")
        expect(drawer).to_have_attribute("aria-expanded", "false")
        expect(controls).to_be_hidden()
        studio.tab(tab).focus()
        keyboard.press("Tab")
        expect(drawer).to_be_focused()
        keyboard.press("Tab")
        assert studio.root.locator(".lstmmusic-plots").filter(visible=True).evaluate(FOCUSED)
        keyboard.press("Shift+Tab")

        before = plot.bounding_box()
        keyboard.press("Enter")
        expect(drawer).to_have_attribute("aria-expanded", "true")
        expect(controls).to_be_visible()
        keyboard.press("Tab")
        assert controls.evaluate(FOCUSED)
        assert plot.bounding_box() == before
        last = controls.locator(":is(button, input, select):enabled").filter(visible=True).last
        last.focus()
        check_in_view(studio, last)
        keyboard.press("Escape")
        expect(drawer).to_be_focused()
        expect(controls).to_be_hidden()
        expect(drawer).to_have_attribute("aria-expanded", "false")

        keyboard.press("Enter")
        for _ in range(60):
            keyboard.press("Tab")
            if not controls.evaluate(FOCUSED):
                break
        expect(controls).to_be_hidden()  # rather than over what has the focus now


def test_controls_scroll_beside_plots_that_stay(studio):
    resize(studio, 1280 - SCROLLBAR, 800)
    studio.open("Training")
    expect(studio.root.get_by_role("button", name="Controls", exact=True)).to_have_count(0)
    studio.button("More settings").click()
    resize(studio, 1280 - SCROLLBAR, 600)
    controls = studio.root.locator(".lstmmusic-controls").filter(visible=True)
    assert controls.evaluate("element => element.scrollHeight > element.clientHeight")
    before = studio.loss.bounding_box()
    check_in_view(studio, studio.loss)
    last = studio.control("Training", "Train without a page")
    last.scroll_into_view_if_needed()
    check_in_view(studio, last)
    studio.page.set_viewport_size({"width": 1282 - SCROLLBAR, "height": 600})
    studio.page.evaluate(TWO_FRAMES)
    check_in_view(studio, last)  # it stays where it was scrolled to
    studio.page.set_viewport_size({"width": 1280 - SCROLLBAR, "height": 600})
    studio.page.evaluate(TWO_FRAMES)
    assert studio.loss.bounding_box() == before
    check_in_view(studio, studio.tab("Training"))
    studio.button("Main settings").click()


def test_nothing_lies_empty_in_a_large_window(studio):
    for size in ((1280 - SCROLLBAR, 800), (1440, 900), (1920, 1080)):
        resize(studio, *size)
        check_in_view(studio, studio.root)
        for tab in ("Music", "Network", "Training", "Listening", "Inside", "Runs"):
            studio.open(tab)
            studio.page.evaluate(TWO_FRAMES)
            assert -1 <= studio.root.evaluate(EMPTY) <= 12, (tab, size)


def test_controls_in_use_stay_open_when_the_page_becomes_narrow(studio):
    resize(studio, 1440, 900)
    studio.control("Training", "Epochs").focus()
    resize(studio, 900, 800)
    expect(studio.control("Training", "Epochs")).to_be_focused()
    resize(studio, 1440, 900)
    expect(studio.control("Training", "Epochs")).to_be_visible()


def test_studio_fits_an_output_of_limited_height(studio):
    style = studio.page.add_style_tag(
        content=".jp-OutputArea:has(.lstmmusic-studio) { max-height: 24em; overflow-y: auto; }"
    )
    studio.page.set_viewport_size({"width": 1281, "height": 900})
    studio.page.wait_for_function(
        "() => document.querySelector('.lstmmusic-studio').getBoundingClientRect().height === 400"
    )
    studio.open("Training")
    assert studio.loss.bounding_box()["height"] >= 150
    style.evaluate("element => element.remove()")
