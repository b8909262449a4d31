"""The studio's sound: SoundFonts of the user, instruments, and devices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lstmmusic.errors import LSTMMusicError
from lstmmusic.sound.midi_player import list_midi_devices
from lstmmusic.studio import sound as studio_sound
from lstmmusic.studio.instruments import SAME
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
    instruments = sound.instruments
    assert instruments.menu.options == (("0 Yamaha Grand Piano", 0),)
    instruments.field.value = write_font(tmp_path / "small.sf2")
    assert page.message == ""
    assert instruments.menu.options == (("0 grand", 0), ("73 flute", 73))
    assert sound.page.instrument["name"] == "grand"
    instruments.menu.value = 73
    assert (sound.player.instrument, sound.page.instrument["name"]) == (73, "flute")
    assert sound.manner["instrument"] == 73
    instruments.field.value = ""  # whose only instrument is another one
    assert (instruments.menu.value, sound.page.instrument["name"]) == (0, "Yamaha Grand Piano")
    assert (sound.player.instrument, sound.manner["instrument"]) == (0, 0)


def test_soundfont_without_a_piano_plays_its_first_instrument(sound, page, tmp_path):
    sound.instruments.field.value = write_font(tmp_path / "flute.sf2", presets=[("flute", 73, 0)])
    assert (page.message, sound.instruments.menu.value, sound.page.instrument["name"]) == ("", 73, "flute")
    assert sound.instruments.menu.options == (("73 flute", 73),)


def test_midi_files_may_name_an_instrument_that_the_soundfont_lacks(sound):
    sound.instruments.midi_menu.value = 40
    assert (sound.manner["instrument"], sound.player.instrument) == (40, 0)
    sound.instruments.midi_menu.value = SAME
    assert sound.manner["instrument"] == 0
    assert sound.instruments.midi_menu.label == "as the instrument"
    assert sound.instruments.midi_menu.index == 0  # which a page shows


def test_soundfonts_of_the_system_are_offered(sound, page, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "soundfonts").mkdir()
    path = write_font(tmp_path / "soundfonts" / "found.sf2", presets=[("flute", 73, 0)])
    sound.instruments.search()
    assert path in sound.instruments.field.options
    assert sound.instruments.field.value == ""  # the bundled piano plays
    sound.instruments.field.value = path
    assert (page.message, sound.soundfont) == ("", Path(path))


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


def test_midi_device_plays_the_program_and_the_sound_card_the_instrument(sound, page, monkeypatch, tmp_path):
    device = Recorder()
    monkeypatch.setattr(studio_sound, "open_midi_player", lambda name: device)
    monkeypatch.setattr(studio_sound, "list_midi_devices", lambda **_: ["an organ"])
    sound.instruments.field.value = write_font(tmp_path / "small.sf2")
    sound.place.options = [*sound.place.options, "an organ"]
    sound.place.value = "an organ"
    sound.instruments.menu.value = 73
    assert (device.instrument, sound.card.instrument) == (73, 0)
    sound.instruments.midi_menu.value = 19
    assert (device.instrument, sound.card.instrument) == (19, 0)
    sound.place.value = CARD
    assert sound.card.instrument == 73
