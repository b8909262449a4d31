"""The piano in an empty page: how it is played, and what it records."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from lstmmusic.views import KeysView

from .bare_view import BareView

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("closed_views")]

LISTEN = """() => {
  window.heard = [];
  document.addEventListener("lstmmusic-key", ({ detail }) => heard.push([detail.id, detail.pitch, detail.down]));
}"""
# Stands for a keyboard that is connected: neither Chromium nor this machine has one.
CONNECT = """() => {
  const input = { name: "Stage <b>Piano</b>", state: "connected" };
  window.keyboard = input;
  navigator.requestMIDIAccess = async () => ({ inputs: new Map([["one", input]]) });
}"""
SEND = "message => keyboard.onmidimessage({ data: new Uint8Array(message), timeStamp: performance.now() })"

ORDER = "kind => views[0].listeners.forEach(([event, listener]) => event === 'msg:custom' && listener({ kind }))"


@pytest.fixture
def piano(page) -> BareView:
    page.evaluate(LISTEN)
    return BareView(page, KeysView(sounds="player"), 660)


def heard(piano: BareView) -> list:
    return piano.page.evaluate("() => heard")


def test_keys_of_the_computer_play_and_are_recorded(piano):
    keyboard = piano.page.keyboard
    piano.canvas.focus()
    keyboard.press("g")  # before Record: heard, and not recorded
    keyboard.press("Space")
    keyboard.down("a")
    keyboard.down("e")
    began = piano.page.evaluate("() => performance.now()")
    piano.page.wait_for_function("began => performance.now() > began + 120", arg=began)
    keyboard.up("a")
    keyboard.press("x")
    keyboard.press("a")
    keyboard.press("Space")
    ((first, third, octave),) = [message["notes"] for message in piano.sent()]
    assert [first[2], third[2], octave[2]] == [60, 63, 72]
    assert first[0] == 0
    assert 0.1 < first[1] < 1
    assert first[1] <= third[1] <= octave[0]  # shifting lets go of what is held
    assert heard(piano)[:2] == [["player", 67, True], ["player", 67, False]]
    assert [down for _, pitch, down in heard(piano) if pitch == 60] == [True, False]


def test_held_notes_end_with_the_recording(piano):
    piano.page.get_by_role("button", name="Record").click()
    piano.page.keyboard.down("a")
    piano.page.get_by_role("button", name="Stop").click()
    ((note,),) = [message["notes"] for message in piano.sent()]
    assert note[1] > note[0] == 0
    assert piano.page.get_by_role("status").inner_text() == "1 note recorded"


def test_discarded_recording_ends_and_a_new_one_can_start(piano):
    page, status = piano.page, piano.page.get_by_role("status")
    invitation = status.inner_text()
    page.get_by_role("button", name="Record").click()
    page.keyboard.press("a")
    page.keyboard.down("s")
    page.evaluate(ORDER, "discard")
    expect(page.get_by_role("button", name="Record")).to_have_attribute("aria-pressed", "false")
    assert status.inner_text() == invitation
    assert heard(piano)[-1] == ["player", 62, True]  # it still sounds
    page.keyboard.up("s")
    page.get_by_role("button", name="Record").click()
    page.keyboard.press("d")
    page.get_by_role("button", name="Stop").click()
    assert [[note[2] for note in message["notes"]] for message in piano.sent()] == [[64]]
    assert [(pitch, down) for _, pitch, down in heard(piano)] == [
        (60, True), (60, False), (62, True), (62, False), (64, True), (64, False),
    ]  # fmt: skip


def test_pointer_glides_from_key_to_key(piano):
    box = piano.canvas.bounding_box()
    mouse = piano.page.mouse
    white = box["width"] / 22
    mouse.move(box["x"] + 0.5 * white, box["y"] + box["height"] - 8)
    mouse.down()
    mouse.move(box["x"] + 1.5 * white, box["y"] + box["height"] - 8)
    mouse.move(box["x"] + 1.0 * white, box["y"] + 8)  # the black key between them
    mouse.up()
    assert [(pitch, down) for _, pitch, down in heard(piano)] == [
        (48, True), (48, False), (50, True), (50, False), (49, True), (49, False),
    ]  # fmt: skip


def test_midi_keyboard_plays_with_its_velocities(piano):
    page = piano.page
    page.evaluate(CONNECT)
    page.get_by_role("button", name="MIDI keyboard").click()
    page.get_by_text("Connected: Stage <b>Piano</b>").wait_for()
    page.get_by_role("button", name="Record").click()
    for message in ([0x90, 60, 101], [0x91, 64, 30], [0x90, 60, 0], [0x81, 64, 10]):
        page.evaluate(SEND, message)
    page.get_by_role("button", name="Stop").click()
    ((first, second),) = [message["notes"] for message in piano.sent()]
    assert [first[2:], second[2:]] == [[60, 101], [64, 30]]


def test_refused_midi_is_reported_with_advice(piano):
    piano.page.evaluate("() => { navigator.requestMIDIAccess = async () => { throw new DOMException('no'); }; }")
    piano.page.get_by_role("button", name="MIDI keyboard").click()
    expect(piano.page.get_by_role("status")).to_contain_text("allow MIDI for this site")


def test_held_notes_stop_when_the_view_is_closed(piano):
    piano.canvas.focus()
    piano.page.keyboard.down("a")
    piano.page.evaluate("() => window.views[0].end()")
    assert heard(piano) == [["player", 60, True], ["player", 60, False]]
