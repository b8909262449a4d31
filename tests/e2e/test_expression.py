"""Tempo, pedal, metre and ending in the studio: chosen, heard, shown, and in the file that is downloaded."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from lstmmusic.music.formats.midi_writer import encode_midi
from lstmmusic.music.formats.reading import read_score
from lstmmusic.music.score import Notes, Score

from .studio_page import SCROLLING, SLOW, StudioPage

pytestmark = pytest.mark.browser

LEARNED = "The network learns notes, strikes and ends. Tempo and pedal are laid on afterwards."
NOTES = Notes.of([(480 * beat, 480 * beat + 480) for beat in range(24)], [48 + beat * 5 % 24 for beat in range(24)])
WALTZ = Score(
    "waltz",
    480,
    NOTES,
    tempi=np.array([[0, 1_000_000], [960, 250_000]]),  # 60 quarter notes per minute, and 240 from the third on
    pedal=np.array([[0, 0, 900], [0, 960, 1900]]),
    time_signatures=np.array([[0, 3, 4]]),
)


def train_on_waltzes(studio: StudioPage, folder: Path) -> None:
    """Train a little on two equal waltzes, on a grid in beats, and generate from the one that is held out."""
    folder.mkdir()
    for name in ("first", "second"):
        (folder / f"{name}.mid").write_bytes(encode_midi(WALTZ))
    studio.root.get_by_role("combobox", name="Music", exact=True).select_option("My folder")
    studio.enter("Music", "Folder", str(folder))
    studio.control("Music", "Step unit").select_option("beats")
    studio.button("Load music").click()
    expect(studio.root.get_by_role("grid", name="Tunes").get_by_role("row")).to_have_count(3, timeout=SLOW * 1000)
    studio.train(updates=5)
    studio.button("Stop").click()
    studio.expect_status("Stopped")
    studio.open("Listening")
    expect(studio.control("Listening", "Tempo curve")).to_be_visible(timeout=SLOW * 1000)


@pytest.fixture(scope="module")
def waltzing(open_shared_studio, tmp_path_factory) -> StudioPage:
    """A studio that has learned waltzes."""
    studio = open_shared_studio(theme="Dark", sound_card=False)
    studio.page.set_viewport_size({"width": 1280, "height": 800})
    train_on_waltzes(studio, tmp_path_factory.mktemp("music") / "waltzes")
    return studio


# Notes from now on where the playhead is, in pixels, at which second of the page.
WATCH = """() => {
  window.course = [];
  const watch = (time) => {
    const line = [...document.querySelectorAll(".lstmmusic-playhead")].find((each) => each.checkVisibility());
    if (line) window.course.push([time / 1000, line.getBoundingClientRect().x]);
    requestAnimationFrame(watch);
  };
  requestAnimationFrame(watch);
}"""


def save_midi(studio: StudioPage) -> Path:
    def find_files() -> list[str]:
        return re.findall(r"tunes/\S+\.mid", studio.message.inner_text())

    before = find_files()
    studio.button("Save MIDI").click()
    studio.wait_until(lambda: bool(set(find_files()) - set(before)), "the tune is saved")
    return studio.folder / next(name for name in find_files() if name not in before)


def check_fit(studio: StudioPage) -> None:
    height = studio.root.bounding_box()["height"]
    assert height <= 690, studio.root.inner_text()
    # Where there are more controls than height, they scroll beside what they act on.
    assert [each for each in studio.root.evaluate(SCROLLING) if "lstmmusic-controls" not in each] == []


def test_tune_is_played_and_downloaded_with_tempo_and_pedal_of_the_piece(waltzing, tmp_path):
    studio = waltzing
    expect(studio.root.get_by_text(LEARNED, exact=True)).to_be_visible()
    for name in ("Tempo curve", "Pedal"):
        studio.control("Listening", name).select_option("as in the piece")
    check_fit(studio)

    studio.page.evaluate(WATCH)
    studio.root.get_by_role("button", name=re.compile("^Play: Take 1 ")).click()
    expect(studio.player.locator(".time")).to_have_text(re.compile("^0:04 / "), timeout=SLOW * 1000)
    time, x = np.array(studio.page.evaluate("course")).T
    paces, when = np.diff(x) / np.diff(time), time[1:]
    moving = paces > 0
    paces, when = paces[moving], when[moving]
    slow, fast = np.median(paces[when < when[0] + 1]), np.median(paces[when > when[-1] - 1])
    assert fast == pytest.approx(4 * slow, rel=0.2)
    studio.player.get_by_role("button", name="Stop", exact=True).click()

    studio.button("Save MIDI").click()
    studio.expect_message("Saved ")
    link = studio.root.get_by_role("link", name="Download the .mid file")
    (tmp_path / "tune.mid").write_bytes(base64.b64decode(link.get_attribute("href").partition(",")[2]))
    score = read_score(tmp_path / "tune.mid")
    assert score.tempi[:2].tolist() == [[0, 1_000_000], [2 * score.resolution, 250_000]]
    np.testing.assert_allclose(score.pedal[:2, 1:] / score.resolution, WALTZ.pedal[:, 1:] / 480, atol=1e-3)


def test_metre_of_a_tune_from_silence_and_its_ending_are_chosen(waltzing):
    studio = waltzing
    metre = studio.root.locator(".widget-text").get_by_label("Metre", exact=True)
    expect(metre).to_be_hidden()
    expect(studio.root.get_by_text("Metre: 3/4, as in the primer.")).to_be_visible()
    check_fit(studio)
    studio.control("Listening", "Primer").select_option(index=0)
    expect(metre).to_be_visible(timeout=SLOW * 1000)
    expect(metre).to_have_value("3/4")
    check_fit(studio)
    studio.count_notes()
    studio.enter("Listening", "Metre", "6/8")
    studio.control("Listening", "Ending").select_option("until it ends, at most this length")

    def has_new_metre() -> bool:
        return read_score(save_midi(studio)).time_signatures[0].tolist() == [0, 6, 8]

    studio.wait_until(has_new_metre, "a take in another metre is made")
    studio.enter("Listening", "Metre", "three")
    studio.expect_message(".*three")
