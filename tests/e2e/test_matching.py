"""A click sets temperature and threshold so that tunes are like the music, and bars show how near they are."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from e2e.lab import SLOW

pytestmark = pytest.mark.browser


def test_click_matches_the_music_bars_show_it_and_undo_restores_the_sliders(open_studio):
    studio = open_studio(sound_card=False)
    temperature = studio.control("Listening", "Temperature")
    table = studio.root.get_by_role("table", name="Compared with the music")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Polyphony", "Notes / second", "Range", "Restruck", "Note length"], timeout=SLOW * 1000
    )
    music, tune = (table.get_by_role("row", name=re.compile(name)) for name in ("^Music", "^This tune"))
    target, before = music.text_content(), tune.text_content()
    assert re.fullmatch(r"Music\d\.\d\d+\.\d\d+ st(\d+%|–)\d\.\d\d s", target)
    assert table.bounding_box()["height"] <= 50
    studio.enter("Listening", "Temperature, number", "5")
    expect(tune).not_to_have_text(before)
    strayed = tune.text_content()

    studio.button("Match the music").click()
    expect(studio.root.get_by_role("progressbar", name="Matching")).to_be_visible()
    expect(studio.button("Cancel matching")).to_be_visible()
    done = studio.root.get_by_role("status").filter(has_text="as the music has")
    expect(done).to_be_visible(timeout=SLOW * 1000)
    found, threshold = re.match(r"Temperature ([\d.]+), threshold ([\d.]+): ", done.inner_text()).groups()
    expect(temperature).to_have_attribute("aria-valuetext", found)
    expect(studio.control("Listening", "Threshold")).to_have_attribute("aria-valuetext", threshold)
    assert 0.5 <= float(found) <= 2
    expect(tune).not_to_have_text(strayed)
    expect(music).to_have_text(target)

    studio.button("Undo").filter(visible=True).click()
    expect(temperature).to_have_attribute("aria-valuetext", "5")
    expect(done).to_be_hidden()
    expect(tune).to_have_text(strayed)
