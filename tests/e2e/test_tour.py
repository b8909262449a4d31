"""A first run in plain words: "Show me" leads from control to control, and "?" explains each of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from .studio_page import SLOW, StudioPage

pytestmark = pytest.mark.browser

TITLES = ("hear", "choose music", "Start", "watch this line fall", "hear again")
ZOOMED = {"width": 853, "height": 533}  # what 1280x800 is at 150 %
MARK = "xpath=ancestor::*[contains(@class, 'widget-inline-hbox') or contains(@class, 'lstmmusic-number')][1]"


@pytest.fixture(scope="module")
def shared(open_shared_studio) -> StudioPage:
    return open_shared_studio(sound_card=False)


def stop(studio: StudioPage, number: int) -> Locator:
    """Wait for a bubble of the tour, which points at something and has the focus."""
    name = f"Show me, {number} of {len(TITLES)}: {TITLES[number - 1]}"
    bubble = studio.root.get_by_role("dialog", name=name, exact=True)
    expect(bubble).to_have_attribute("data-side", re.compile("below|above|right|left"), timeout=SLOW * 1000)
    expect(bubble.get_by_role("button", name="Done" if number == len(TITLES) else "Next")).to_be_focused()
    expect(studio.root.get_by_role("dialog")).to_have_count(1)
    return bubble


def check_free(studio: StudioPage, bubble: Locator, target: Locator) -> None:
    """Check that a bubble is in the window, and what it points at is in view beside it."""
    expect(target).to_be_in_viewport(ratio=0.95)
    expect(bubble).to_be_in_viewport(ratio=0.95)
    one, other = bubble.bounding_box(), target.bounding_box()
    apart = [
        one[along] + one[size] <= other[along] or other[along] + other[size] <= one[along]
        for along, size in (("x", "width"), ("y", "height"))
    ]
    assert any(apart), (one, other)


def steps(studio: StudioPage) -> list[tuple[Locator, Callable[[], object]]]:
    """What each bubble points at, and how the user does what it says."""
    play = studio.player.get_by_role("button", name=re.compile("^(Play|Pause)$"))
    music = studio.root.get_by_label("Music", exact=True).filter(visible=True).last
    takes = studio.root.get_by_role("toolbar", name="Takes").filter(visible=True)
    return [
        (play, play.click),
        (music, studio.button("Load music").click),
        (studio.button("Start"), studio.button("Start").click),
        (studio.loss, lambda: studio.root.get_by_role("dialog").get_by_role("button", name="Next").click()),
        (takes, takes.get_by_role("button", name=re.compile("^Play: ")).first.click),
    ]


@pytest.mark.parametrize(("theme", "size"), [("Light", {"width": 1280, "height": 800}), ("Dark", ZOOMED)])
def test_tour_leads_from_the_first_tune_to_those_of_the_own_network(open_studio, theme, size):
    studio = open_studio(theme=theme, sound_card=False)
    studio.page.set_viewport_size(size)
    show_me = studio.button("Show me")
    expect(show_me).to_have_class(re.compile("lstmmusic-dot"))
    expect(studio.root.get_by_role("dialog")).to_have_count(0)  # nothing opens by itself
    show_me.click()
    for number, (target, do) in enumerate(steps(studio), 1):
        check_free(studio, stop(studio, number), target)
        do()
    expect(studio.root.get_by_role("dialog")).to_have_count(0)
    expect(show_me).not_to_have_class(re.compile("lstmmusic-dot"))
    studio.expect_status("Running", SLOW)
    expect(studio.player.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    if size == ZOOMED:  # the drawer that was opened for the music is closed again
        studio.open("Music")
        expect(studio.root.get_by_role("button", name="Controls", exact=True).filter(visible=True)).to_have_attribute(
            "aria-expanded", "false"
        )


# Beside other tests, the menu that Tab had led to was once without the focus; it is not known what took it.
@pytest.mark.flaky(reruns=2)
def test_tour_goes_back_and_forth_by_keys_and_ends_with_the_focus_where_it_was(shared):
    studio = shared
    keyboard, show_me = studio.page.keyboard, studio.button("Show me")
    show_me.press("Enter")
    bubble = stop(studio, 1)
    expect(bubble.get_by_role("button", name="Back")).to_be_disabled()
    keyboard.press("Enter")
    bubble = stop(studio, 2)
    keyboard.press("Tab")
    expect(bubble.get_by_role("button", name="Close")).to_be_focused()
    keyboard.press("Tab")
    menu = studio.root.get_by_label("Music", exact=True).filter(visible=True).last
    expect(menu).to_be_focused()
    keyboard.press("Shift+Tab")
    expect(bubble.get_by_role("button", name="Next")).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    stop(studio, 1)
    keyboard.press("Escape")
    expect(studio.root.get_by_role("dialog")).to_have_count(0)
    expect(show_me).to_be_focused()
    keyboard.press("Enter")
    stop(studio, 1).get_by_role("button", name="Close").click()
    expect(studio.root.get_by_role("dialog")).to_have_count(0)
    expect(show_me).to_be_focused()


def test_question_mark_explains_a_control_by_mouse_and_key(shared):
    studio = shared
    page, keyboard = studio.page, studio.page.keyboard
    dialog = studio.root.get_by_role("dialog")
    for tab, label, picture in (
        ("Listening", "Temperature", True),  # a NumberView
        ("Network", "Chords", False),  # a menu
        ("Network", "Skip connections", False),  # a check box
        ("Music", "Time step", False),  # a slider of ipywidgets
    ):
        control = studio.control(tab, label).first
        box = control.bounding_box()
        studio.root.locator(".lstmmusic-help").filter(visible=True).first.wait_for()
        mark = control.locator(MARK).locator(".lstmmusic-help")
        mark.click()
        expect(dialog).to_have_accessible_name(f"Help: {label}")
        expect(dialog).to_have_accessible_description(re.compile(r"\S Default: \S"))
        expect(dialog.get_by_role("img")).to_have_count(int(picture))
        check_free(studio, dialog, control)
        mark.click()
        expect(dialog).to_have_count(0)

        control.focus()
        keyboard.press("Alt+Shift+Slash" if picture else "F1")
        expect(dialog).to_have_accessible_name(f"Help: {label}")
        expect(dialog).to_be_focused()
        keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(control).to_be_focused()
        assert [control.bounding_box()[side] for side in ("x", "width")] == [box["x"], box["width"]]
        expect(control).to_have_accessible_description(re.compile(r"\. Default: \S"))

    studio.open("Listening")
    studio.button("Generate").focus()
    keyboard.press("F1")
    expect(dialog).to_have_accessible_description(re.compile("Generate takes with a new seed"))
    page.mouse.click(5, 5)
    expect(dialog).to_have_count(0)
    assert studio.root.locator(".lstmmusic-help[tabindex]").count() == 0  # no stops of Tab
    # A finger that rests on a button asks about it, and presses it not.
    endless = studio.root.get_by_role("button", name="Endless")
    endless.dispatch_event("pointerdown", {"pointerType": "touch", "isPrimary": True})
    expect(dialog).to_have_accessible_name("Help: Endless")
    endless.dispatch_event("pointerup", {"pointerType": "touch", "isPrimary": True})
    endless.dispatch_event("click")
    expect(dialog).to_have_count(1)
    expect(endless).not_to_have_class(re.compile("mod-active"))

    page.keyboard.press("Escape")

    # Nor does a click after "?", which also asks about what cannot be pressed; nor Enter.
    ask = studio.button("Explain what is clicked next, or chosen with Tab and Enter")
    stop_button = studio.button("Stop")
    expect(stop_button).to_be_disabled()
    for pressed, name in ((endless, "Endless"), (stop_button, "Stop")):
        ask.click()
        expect(ask).to_have_attribute("aria-pressed", "true")
        box = pressed.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(dialog).to_have_accessible_name(f"Help: {name}")
        expect(ask).to_have_attribute("aria-pressed", "false")
        keyboard.press("Escape")
    ask.focus()
    keyboard.press("Enter")
    endless.focus()
    keyboard.press("Enter")
    expect(dialog).to_have_accessible_name("Help: Endless")
    keyboard.press("Escape")
    expect(endless).not_to_have_class(re.compile("mod-active"))
    ask.click()
    endless.focus()
    keyboard.press("Escape")
    expect(ask).to_have_attribute("aria-pressed", "false")
