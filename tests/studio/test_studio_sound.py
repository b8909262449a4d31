"""The studio's sound: SoundFonts of the user, instruments, and places where it is heard."""

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


class Heard:
    """What the studio does with what a control asks for: an error is said."""

    said = ""

    def act(self, action) -> None:
        self.said = ""
        try:
            action()
        except LSTMMusicError as error:
            self.said = str(error)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def sound(heard):
    made = Sound(Recorder(), heard.act)
    yield made
    made.close()


def write_font(path: Path, seconds: float = 0.1, presets=(("grand", 0, 0), ("flute", 73, 0))) -> str:
    tone = np.ones(int(seconds * 44_100), "<i2")
    zones = [{KEYS: 21 | 108 << 8, 53: 0}]
    path.write_bytes(make_font([(tone, 0, 0, 44_100, 69, 0)], zones, presets=presets))
    return str(path)


def test_font_of_the_user_offers_its_instruments_and_goes_to_the_page(sound, heard, tmp_path):
    assert sound.instruments.menu.options[0] == ("0 Yamaha Grand Piano", 0)
    assert sound.instruments.menu.options[1] == ("1 Bright Acoustic Piano (not here)", 1)
    sound.instruments.field.value = write_font(tmp_path / "small.sf2")
    assert heard.said == ""
    assert [name for name, _ in sound.instruments.menu.options[:3]] == [
        *("0 grand", "73 flute", "1 Bright Acoustic Piano (not here)")
    ]
    assert sound.page.instrument["name"] == "grand"
    sound.instruments.menu.value = 73
    assert (sound.player.instrument, sound.page.instrument["name"]) == (73, "flute")
    assert sound.manner["instrument"] == 73
    sound.instruments.field.value = ""
    assert (sound.instruments.menu.value, sound.page.instrument["name"]) == (73, "Yamaha Grand Piano")


def test_font_without_a_piano_plays_what_it_has(sound, heard, tmp_path):
    sound.instruments.field.value = write_font(tmp_path / "flute.sf2", presets=[("flute", 73, 0)])
    assert (heard.said, sound.instruments.menu.value, sound.page.instrument["name"]) == ("", 73, "flute")
    sound.instruments.menu.value = 40
    assert "no instrument 40, and no piano to replace it; choose one of: 73 flute" in heard.said


def test_broken_font_is_said_and_the_one_before_stays(sound, heard, tmp_path):
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
            assert reason in heard.said
            assert sound.instruments.field.value == before


def test_page_keeps_its_piano_when_samples_are_too_many_and_says_why(sound, heard, tmp_path):
    sound.instruments.field.value = write_font(tmp_path / "large.sf2", 30)
    sound.place.value = PAGE
    sound.refresh()
    assert heard.said == ""
    assert sound.page.instrument["name"] == "Yamaha Grand Piano"
    assert "grand has samples of 2.6 MB, and a page takes at most 2 MB" in sound.status.value
    sound.instruments.field.value = ""
    sound.refresh()
    assert "samples" not in sound.status.value


def test_midi_devices_are_listed_only_where_there_are_some_and_a_lost_one_is_said(sound, heard):
    assert sound.place.options[:2] == ("this machine", "this page")
    sound.place.value = PAGE
    sound.place.value = LOOK
    if list_midi_devices():
        assert heard.said == ""
    else:
        assert "no MIDI device was found; connect one" in heard.said
    assert (sound.place.value, sound.place.options[-1]) == ("this machine", LOOK)
    sound.place.options = [*sound.place.options, "an organ that is gone"]
    sound.place.value = "an organ that is gone"
    assert "there is no MIDI device an organ that is gone" in heard.said
    assert sound.place.value == "this machine"
    assert sound.player is sound.card


def test_card_that_is_heard_again_has_the_instrument_that_is_chosen(sound, heard, monkeypatch):
    device = Recorder()
    monkeypatch.setattr(studio_sound, "open_midi_player", lambda name: device)
    monkeypatch.setattr(studio_sound, "list_midi_devices", lambda **_: ["an organ"])
    sound.place.options = [*sound.place.options, "an organ"]
    sound.place.value = "an organ"
    sound.instruments.menu.value = 40
    assert (device.instrument, sound.card.instrument) == (40, 0)
    sound.place.value = CARD
    assert sound.card.instrument == 40
