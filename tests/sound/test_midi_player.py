"""The player for MIDI devices, with a port that records when each message came."""

from __future__ import annotations

import threading
import time

import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import PlaybackError
from lstmmusic.music.roll import Tune
from lstmmusic.sound.midi_player import MidiPlayer, list_midi_devices, open_midi_player
from tests.conftest import until
from tests.ears import make_tune
from tests.processes import run_python

FIVE = make_tune((0, 1, 60), (1, 2, 64), (2, 3, 67), (2, 3, 72), (3, 4, 60), steps=4)  # steps of a quarter of a second


class Device:
    """A port in memory, which can be disconnected."""

    def __init__(self) -> None:
        self.messages: list[tuple[float, tuple[int, ...]]] = []
        self.threads: set[str] = set()
        self.closed = self.gone = False

    def write_short(self, status: int, data1: int = 0, data2: int = 0) -> None:
        if self.gone:
            raise OSError("no such device")
        self.messages.append((time.monotonic(), (status, data1, data2)))
        if status == 0x90 and data2:
            self.threads.add(threading.current_thread().name)

    def close(self) -> None:
        self.closed = True

    @property
    def notes(self) -> list[tuple[float, int, int]]:
        return [(at, pitch, velocity) for at, (status, pitch, velocity) in self.messages if status == 0x90]

    @property
    def sounding(self) -> set[int]:
        left: set[int] = set()
        for _, pitch, velocity in self.notes:
            (left.add if velocity else left.discard)(pitch)
        return left


@pytest.fixture
def device():
    return Device()


@pytest.fixture
def player(device):
    made = MidiPlayer(device, "Organ")
    yield made
    made.close()


@pytest.mark.flaky(reruns=2)  # a busy machine may wake the thread too late
def test_notes_are_sent_on_time_by_one_thread(device, player):
    player.volume = 0.5
    player.play(FIVE, velocity=90, instrument=19)
    assert player.playing
    until(lambda: len([note for note in device.notes if note[2]]) == 5)
    until(lambda: not player.playing and not device.sounding)
    assert (0xC0, 19, 0) in [message for _, message in device.messages]
    assert (0xB0, 7, 64) in [message for _, message in device.messages]
    started = [(at, pitch) for at, pitch, velocity in device.notes if velocity == 90]
    assert [pitch for _, pitch in started] == [60, 64, 67, 72, 60]
    first = started[0][0]
    assert [at - first for at, _ in started] == pytest.approx([0, 0.25, 0.5, 0.5, 0.75], abs=0.03)
    assert device.threads == {"lstmmusic-midi"}


def test_velocities_of_a_tune_are_sent(device, player):
    config = RollConfig(step=0.02, lowest=60, highest=60)
    roll = [[1], [1], [1], [1]]
    player.play(Tune(roll, config=config, onsets=roll, velocities=[[1], [40], [60], [127]]), velocity=120)
    until(lambda: len([note for note in device.notes if note[2]]) == 4)
    assert [velocity for _, _, velocity in device.notes if velocity] == [2, 60, 90, 127]


def test_loop_speed_and_seek_use_the_same_clock(device, player):
    player.speed, player.loop = 4, (0.25, 0.75)
    player.play(FIVE, start=0.25)
    until(lambda: len([note for note in device.notes if note[2]]) >= 30)
    assert 0.25 <= player.position < 0.75
    started = [(at, pitch) for at, pitch, velocity in device.notes if velocity]
    assert {pitch for _, pitch in started} == {64, 67, 72}
    # A busy machine may delay a message, but none is early: the most punctual ones show the clock.
    late = [at - lap * 0.125 for lap, at in enumerate(at for at, pitch in started if pitch == 64)]
    assert min(late[-4:]) - min(late[:4]) == pytest.approx(0, abs=0.03)
    player.loop = ()
    player.seek(0.75)
    # By the clock it is over, though a busy machine may not have sent the last note yet.
    until(lambda: [note[1] for note in device.notes if note[2]][-1] == 60)
    until(lambda: not player.playing and not device.sounding)


@pytest.mark.parametrize("end", [MidiPlayer.stop, MidiPlayer.pause, MidiPlayer.close])
def test_all_notes_are_turned_off_at_the_end(device, player, end):
    player.play(make_tune((0, 40, 60), (0, 40, 64), steps=40))
    until(lambda: device.sounding == {60, 64})
    asked = time.monotonic()
    end(player)
    assert time.monotonic() - asked < 0.05
    assert device.sounding == set()
    assert device.messages[-1][1] == (0xB0, 120, 0)
    assert not player.playing
    if end is MidiPlayer.close:
        assert device.closed
        assert "lstmmusic-midi" not in {thread.name for thread in threading.enumerate()}
        with pytest.raises(PlaybackError, match="is closed"):
            player.play(FIVE)


def test_lost_device_is_reported_and_can_come_back(device, player):
    player.play(make_tune(*((step, step + 1, 60) for step in range(0, 40, 2)), steps=40))
    until(lambda: device.notes)
    device.gone = True
    until(lambda: not player.playing)
    assert player.problem == (
        "the MIDI device Organ does not answer (no such device); reconnect it, or choose another output"
    )
    with pytest.raises(PlaybackError, match="does not answer"):
        player.play(FIVE)
    device.gone = False
    player.play(FIVE)
    assert (player.playing, player.problem) == (True, "")


def test_all_notes_are_turned_off_at_exit():
    code = """
from lstmmusic.sound.midi_player import MidiPlayer
from tests.ears import make_tune
import threading
started = threading.Event()
class Device:
    def write_short(self, status, data1=0, data2=0):
        print(status, data1, data2, flush=True)
        if status == 0x90:
            started.set()
    def close(self):
        print("closed", flush=True)
player = MidiPlayer(Device(), "Organ")
player.play(make_tune((0, 40, 60), steps=40))
started.wait(20)
"""
    assert run_python("-c", code).stdout.splitlines()[-4:] == ["144 60 0", "176 123 0", "176 120 0", "closed"]


def test_unknown_device_is_not_listed_and_cannot_be_opened():
    devices = list_midi_devices()  # a developer's machine may have some
    assert "no such device" not in devices
    with pytest.raises(PlaybackError, match="there is no MIDI device no such device; reconnect it"):
        open_midi_player("no such device")
