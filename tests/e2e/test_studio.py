"""The studio in a real JupyterLab: what somebody sees, presses and hears."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import TimeoutError, expect

from lstmmusic import find_notes, read_midi

from .studio_page import QUICK, SAMPLE_RATE, SLOW

pytestmark = pytest.mark.browser

PRIMER = 16  # steps that the studio gives, unless told otherwise
AUDIBLE = 100  # of 32768, root mean square


def test_train_generate_play_and_save(open_studio):
    studio = open_studio()
    assert studio.coloured(studio.roll) == 0

    studio.button("Start").click()
    losses = studio.read_losses(updates=140)  # two epochs
    assert len(set(losses)) > 5
    assert losses[-1].last < 0.85 * losses[-1].first
    assert losses[-1].validation < 0.9 * losses[0].validation

    notes = studio.generate()
    assert notes > 0
    assert studio.coloured(studio.roll) > 0.005
    assert studio.coloured(studio.odds) > 0.3  # a heat map has a colour everywhere

    studio.wait_until(lambda: studio.recording.tail(1).size == SAMPLE_RATE, "the sound card runs")
    assert studio.recording.level(seconds=600) == 0
    studio.button("Play").click()
    studio.wait_until(lambda: studio.recording.level() > AUDIBLE, "the tune is heard")
    spectrum = np.abs(np.fft.rfft(studio.recording.tail(0.5))) ** 2
    hertz = np.fft.rfftfreq(round(0.5 * SAMPLE_RATE), 1 / SAMPLE_RATE)
    assert spectrum[(hertz > 30) & (hertz < 3000)].sum() > 0.9 * spectrum.sum()  # a piano, not noise
    studio.button("Stop sound").click()
    studio.wait_until(lambda: studio.recording.level() < 1, "the tune falls silent")

    studio.button("Save MIDI").click()
    message = studio.expect_text("Saved ")
    path = studio.folder / re.search(r"tunes/\S+\.mid", message)[0]
    saved = find_notes(read_midi(path))
    assert len(saved) == notes
    assert (saved[:, 0] >= PRIMER).sum() > 20


def test_pause_resume_stop_and_settings_that_change_meanwhile(open_studio):
    studio = open_studio()
    studio.button("Start").click()
    studio.read_losses(updates=3)

    studio.control("Training", "Mini-batch").fill("4")
    studio.control("Training", "Mini-batch").press("Enter")
    rate = studio.places.get_by_role("slider").first
    before = rate.get_attribute("aria-valuenow")
    rate.press("ArrowLeft")
    expect(rate).not_to_have_attribute("aria-valuenow", before)
    now = studio.read_losses(updates=1)[-1].updates
    studio.read_losses(updates=now + 10)
    studio.expect_text("Running")

    studio.button("Pause").click()
    studio.expect_text("Paused")
    expect(studio.button("Resume")).to_be_enabled()
    held = studio.loss.get_attribute("aria-label")
    with pytest.raises(TimeoutError):
        studio.read_label(studio.loss, held, seconds=2)

    studio.button("Resume").click()
    studio.expect_text("Running")
    now = studio.read_losses(updates=1)[-1].updates
    studio.read_losses(updates=now + 5)

    studio.button("Stop").click()
    studio.expect_text("Stopped")
    expect(studio.button("Stop")).to_be_disabled()
    expect(studio.button("Start")).to_be_enabled()


def test_pointer_says_which_probability_it_reads(open_studio):
    studio = open_studio()
    studio.button("Start").click()
    studio.read_losses(updates=3)
    studio.button("Pause").click()
    studio.expect_text("Paused", SLOW)
    studio.generate()
    expected, odds = studio.picture("Note probabilities").first, studio.odds
    number = r"\d\.\d\d"
    assert re.fullmatch(f"{number} given the true notes below", studio.point_at(expected, 0.5))
    assert re.fullmatch(f"{number} as drawn, given the notes below", studio.point_at(odds, 0.5))
    assert re.fullmatch(f"{number} given the true notes below", studio.point_at(odds, 0.1))  # in the primer

    for picture in (expected, odds):
        studio.shown(picture).select_option("each note by itself (16 draws)")
        studio.expect_label(picture, "Note probabilities by itself (16 draws): ")
        assert re.fullmatch(rf"{number} by itself \(16 draws\)", studio.point_at(picture, 0.5))
    studio.shown(odds).select_option("as drawn")
    studio.expect_label(odds, "Note probabilities as drawn, given the notes below: ")

    studio.control("Network", "Chords").select_option("each note by itself")
    studio.button("Stop").click()
    studio.button("Start").click()
    studio.expect_label(expected, "Note probabilities: ")
    studio.button("Pause").click()
    studio.expect_text("Paused", SLOW)
    assert re.fullmatch(f"probability {number}", studio.point_at(expected, 0.5))
    expect(studio.shown(expected)).to_be_hidden()


def test_a_folder_that_is_not_there_is_told_and_the_music_before_stays(open_studio, tmp_path):
    studio = open_studio()
    missing = tmp_path / "no such folder"
    studio.control("Music", "Music").select_option("My folder")
    studio.control("Music", "Folder").fill(str(missing))
    studio.button("Load music").click()
    assert str(missing) in studio.expect_text(".*no such folder")
    studio.button("Start").click()
    studio.read_losses(updates=1)


def test_without_a_sound_card_the_browser_plays(open_studio):
    studio = open_studio(sound_card=False)
    place = studio.expect_text("Sound: ")
    if place.endswith("through pygame"):
        pytest.skip("this machine has a sound card")
    assert "no sound card" in place
    assert place.endswith("so it plays in the browser")

    studio.button("Start").click()
    studio.read_losses(updates=1)
    studio.generate()
    studio.button("Play").click()
    audio = studio.output.locator("audio")
    expect(audio).to_be_attached(timeout=SLOW * 1000)
    studio.page.wait_for_function("audio => audio.duration > 1", arg=audio.element_handle(), timeout=QUICK * 1000)
    studio.page.wait_for_function("audio => audio.currentTime > 0", arg=audio.element_handle(), timeout=QUICK * 1000)
    studio.button("Stop sound").click()
    expect(audio).not_to_be_attached()


def test_in_the_dark_theme(open_studio):
    studio = open_studio(theme="Dark")
    expect(studio.page.locator("body")).to_have_attribute("data-jp-theme-name", "JupyterLab Dark")
    studio.button("Start").click()
    studio.read_losses(updates=3)
    studio.generate()
    for picture in (studio.loss, studio.roll, studio.odds):
        assert studio.coloured(picture) > 0.002


@pytest.mark.skipif("LSTMMUSIC_SCREENSHOTS" not in os.environ, reason="LSTMMUSIC_SCREENSHOTS names no folder for them")
@pytest.mark.parametrize(("theme", "name"), [("Light", "studio.png"), ("Dark", "studio-dark.png")])
def test_pictures_for_the_readme(open_studio, theme, name):
    studio = open_studio(theme=theme)
    page = studio.page
    page.set_viewport_size({"width": 1280, "height": 1300})  # all of the studio at once
    page.keyboard.press("Control+b")
    expect(page.get_by_role("region", name="File Browser Section")).to_be_hidden()
    studio.button("Start").click()
    started = page.evaluate("performance.now()")
    page.wait_for_function("start => performance.now() > start + 25_000", arg=started, timeout=SLOW * 1000)
    studio.generate()
    expect(studio.button("Play")).to_be_enabled()
    studio.output.get_by_role("tab", name="Training", exact=True).click()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    box = studio.output.bounding_box()
    clip = {"x": box["x"] - 4, "y": box["y"] - 4, "width": box["width"] + 8, "height": box["height"] + 8}
    page.screenshot(path=Path(os.environ["LSTMMUSIC_SCREENSHOTS"]) / name, clip=clip)
