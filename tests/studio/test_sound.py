"""The studio's sound: SoundFonts of the user, instruments, and devices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lstmmusic.errors import LSTMMusicError
from lstmmusic.sound.midi_player import list_midi_devices
from lstmmusic.studio import sound as studio_sound
from lstmmusic.studio.sound import CARD, LOOK, PAGE, Sound
from tests.fonts import KEYS, make_font
from tests.studios import Recorder

pytestmark = pytest.mark.usefixtures("closed_views")


class Page:
    """Runs the actions of controls as the studio does, and keeps the message of an error."""

    message = ""

    def act(self, action) -> None:
        self.message = ""
        try:
            action()
        except LSTMMusicError as error:
            self.message = str(error)


@pytest.fixture
def page():
    return Page()


@pytest.fixture
def sound(page):
    opened = Sound(Recorder(), page.act)
    yield opened
    opened.close()


def write_font(path: Path, seconds: float = 0.1, presets=(("grand", 0, 0), ("flute", 73, 0))) -> str:
    tone = np.ones(int(seconds * 44_100), "<i2")
    zones = [{KEYS: 21 | 108 << 8, 53: 0}]
    path.write_bytes(make_font([(tone, 0, 0, 44_100, 69, 0)], zones, presets=presets))
    return str(path)


def test_soundfont_of_the_user_offers_its_instruments_and_is_sent_to_the_page(sound, page, tmp_path):
    assert sound.instruments.menu.options[0] == ("0 Yamaha Grand Piano", 0)
    assert sound.instruments.menu.options[1] == ("1 Bright Acoustic Piano (not available)", 1)
    sound.instruments.field.value = write_font(tmp_path / "small.sf2")
    assert page.message == ""
    assert [name for name, _ in sound.instruments.menu.options[:3]] == [
        *("0 grand", "73 flute", "1 Bright Acoustic Piano (not available)")
    ]
    assert sound.page.instrument["name"] == "grand"
    sound.instruments.menu.value = 73
    assert (sound.player.instrument, sound.page.instrument["name"]) == (73, "flute")
    assert sound.manner["instrument"] == 73
    sound.instruments.field.value = ""
    assert (sound.instruments.menu.value, sound.page.instrument["name"]) == (73, "Yamaha Grand Piano")


def test_soundfont_without_a_piano_plays_its_first_instrument(sound, page, tmp_path):
    sound.instruments.field.value = write_font(tmp_path / "flute.sf2", presets=[("flute", 73, 0)])
    assert (page.message, sound.instruments.menu.value, sound.page.instrument["name"]) == ("", 73, "flute")
    sound.instruments.menu.value = 40
    assert "no instrument 40, and no piano to replace it; choose one of: 73 flute" in page.message


def test_broken_soundfont_is_reported_and_the_current_one_stays(sound, page, tmp_path):
    good = write_font(tmp_path / "good.sf2")
    for before in ("", good):
        sound.instruments.field.value = before
        (tmp_path / "cut.sf2").write_bytes(Path(good).read_bytes()[:-50])
        for broken, reason in (
            (tmp_path / "cut.sf2", "damaged"),
            (tmp_path / "missing.sf2", "cannot be read"),
            (tmp_path, "cannot be read"),
            ("~nobody of that name/a.sf2", "cannot be read"),
        ):
            sound.instruments.field.value = str(broken)
            assert reason in page.message
            assert sound.instruments.field.value == before


def test_page_keeps_its_piano_if_samples_are_too_large_and_says_why(sound, page, tmp_path):
    sound.instruments.field.value = write_font(tmp_path / "large.sf2", 30)
    sound.place.value = PAGE
    sound.refresh()
    assert page.message == ""
    assert sound.page.instrument["name"] == "Yamaha Grand Piano"
    assert "grand has samples of 2.6 MB, and a page takes at most 2 MB" in sound.status.value
    sound.instruments.field.value = ""
    sound.refresh()
    assert "samples" not in sound.status.value


def test_midi_devices_are_listed_and_a_lost_one_is_reported(sound, page):
    assert sound.place.options[:2] == ("this machine", "this page")
    sound.place.value = PAGE
    sound.place.value = LOOK
    if list_midi_devices():
        assert page.message == ""
    else:
        assert "no MIDI device was found; connect one" in page.message
    assert (sound.place.value, sound.place.options[-1]) == ("this machine", LOOK)
    sound.place.options = [*sound.place.options, "an organ that is gone"]
    sound.place.value = "an organ that is gone"
    assert "there is no MIDI device an organ that is gone" in page.message
    assert sound.place.value == "this machine"
    assert sound.player is sound.card


def test_sound_card_gets_the_instrument_that_was_chosen_for_a_midi_device(sound, page, monkeypatch):
    device = Recorder()
    monkeypatch.setattr(studio_sound, "open_midi_player", lambda name: device)
    monkeypatch.setattr(studio_sound, "list_midi_devices", lambda **_: ["an organ"])
    sound.place.options = [*sound.place.options, "an organ"]
    sound.place.value = "an organ"
    sound.instruments.menu.value = 40
    assert (device.instrument, sound.card.instrument) == (40, 0)
    sound.place.value = CARD
    assert sound.card.instrument == 40
