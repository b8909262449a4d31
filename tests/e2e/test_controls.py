"""Numbers, sliders and tabs: what was typed is kept or refused in words, and screen readers hear what is shown."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from lstmmusic.views import NumberView

from .heard_view import HeardView
from .studio_page import SLOW

pytestmark = pytest.mark.browser


@pytest.fixture
def rate(closed_views):
    return NumberView(
        description="Rate, layer 1",
        tooltip="How far",
        low=0,
        high=1000,
        value=0.004,
        slider=[1e-6, 1],
        step=0.05,
        logarithmic=True,
    )


def test_typed_number_is_kept_exactly_and_the_slider_says_its_value(page, rate):
    shown = HeardView(page, rate, 350)
    slider = page.get_by_role("slider", name="Rate, layer 1", exact=True)
    field = page.get_by_role("textbox", name="Rate, layer 1, number", exact=True)
    expect(slider).to_have_attribute("aria-valuetext", "0.004")
    for typed, value in ((".8", 0.8), ("0.123456", 0.123456), ("0", 0), ("500", 500), ("3e-7", 3e-7)):
        field.fill(typed)
        field.press("Enter")
        assert shown.get("value") == value
        expect(slider).to_have_attribute("aria-valuetext", re.compile(rf"^{value:g}$|^{value}$|^3e-7$"))
        expect(field).to_have_value(re.compile(rf"^{value:g}$|^{value}$|^3e-7$"))
    assert [each["value"] for each in shown.saved()] == [0.8, 0.123456, 0, 500, 3e-7]
    field.fill("0.01")
    field.press("Enter")
    slider.press("ArrowLeft")
    expect(field).to_have_value("0.00891")
    rate.value = 0.02  # what Python sets is shown
    shown.send()
    expect(slider).to_have_attribute("aria-valuetext", "0.02")


def test_number_that_is_not_allowed_is_refused_in_words(page, closed_views):
    view = NumberView(description="Units", low=1, high=8192, value=120, whole=True, slider=[8, 1024], step=8)
    shown = HeardView(page, view, 350)
    field, refused = page.get_by_role("textbox", name="Units, number"), page.get_by_role("alert")
    expect(refused).to_be_hidden()
    for typed in ("9000", "12.5", "many", ""):
        field.fill(typed)
        field.press("Enter")
        expect(refused).to_have_text("Type a whole number from 1 to 8,192. It stays 120.")
        expect(field).to_have_value(typed)
        expect(field).to_have_attribute("aria-invalid", "true")
    field.press("Escape")
    expect(field).to_have_value("120")
    expect(refused).to_be_hidden()
    field.fill("1024")
    page.keyboard.press("Tab")
    expect(field).to_have_value("1024")
    assert [each["value"] for each in shown.saved()] == [1024]
    view.disabled = True
    shown.send()
    expect(field).to_be_disabled()
    for part in (field, page.get_by_role("slider", name="Units")):
        expect(part).to_have_attribute("aria-disabled", "true")


def test_half_typed_number_survives_what_python_sets(page, rate):
    shown = HeardView(page, rate, 350)
    field = page.get_by_role("textbox")
    field.press("End")
    field.press_sequentially("1")
    rate.value = 0.5
    shown.send()
    expect(field).to_have_value("0.0041")
    field.press("Enter")
    assert shown.saved()[-1]["value"] == 0.0041


def test_field_without_slider_has_the_label_and_steps_by_arrow_keys(page, closed_views):
    view = NumberView(description="Epochs", low=1, high=3, value=2, whole=True)
    shown = HeardView(page, view, 350)
    field = page.get_by_label("Epochs", exact=True)
    for key in ("ArrowUp", "ArrowUp", "ArrowDown"):
        field.press(key)
    assert [each["value"] for each in shown.saved()] == [3, 2]


def test_studio_keeps_typed_numbers_names_locked_sliders_and_reaches_the_open_tab(open_studio):
    studio = open_studio(sound_card=False)
    root, page = studio.root, studio.page
    studio.enter("Network", "Units, layer 1, number", "1024")
    expect(root.get_by_label("Parameters")).to_have_count(0)
    expect(root.get_by_role("group", name=re.compile("layers of 1024, 120, 120 units"))).to_be_visible()
    studio.control("Network", "Units, layer 1").press("ArrowLeft")
    expect(root.get_by_role("group", name=re.compile("layers of 1016, 120, 120 units"))).to_be_visible()
    assert root.locator('[title*="<span"]').count() == 0

    studio.tab("Network").focus()
    studio.tab("Network").press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(studio.tab("Network")).to_be_focused()
    for tab in ("Runs", "Training"):
        studio.open(tab)
        expect(root.locator('.widget-tab [role="tab"][tabindex="0"]')).to_have_text([tab])

    rates = studio.control("Training", "Rate, layer 1")
    expect(rates).to_have_attribute("aria-valuetext", "0.004")
    studio.open("Music")
    root.get_by_role("button", name="More ▸").filter(visible=True).click()
    expect(root.get_by_role("slider", name="Pitches, highest")).to_have_attribute("aria-valuetext", "108")
    step = root.get_by_role("slider", name="Time step")
    expect(step).to_have_attribute("aria-valuetext", re.compile("s$|beat$"))
    studio.train(updates=2)
    studio.open("Network")
    expect(root.get_by_role("slider", name="Units, layer 1", exact=True)).to_be_disabled(timeout=SLOW * 1000)
