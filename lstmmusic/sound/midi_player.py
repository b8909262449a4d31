"""A player for MIDI devices, such as a synthesiser or another program: it sends notes, and makes no sound."""

from __future__ import annotations

import atexit
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from lstmmusic.errors import PlaybackError, mapped_errors
from lstmmusic.settings import checked
from lstmmusic.sound.player import Player
from lstmmusic.sound.sdl import import_midi
from lstmmusic.sound.timeline import Passage, note_events

_NOTE, _CONTROL, _PROGRAM = 0x90, 0xB0, 0xC0
_VOLUME, _SOUND_OFF, _NOTES_OFF = 7, 120, 123


class Port(Protocol):
    """Receives MIDI messages, like `pygame.midi.Output`."""

    def write_short(self, status: int, data1: int = 0, data2: int = 0) -> None:
        """Send one message now."""

    def close(self) -> None:
        """Release the device."""


class MidiPlayer(Player):
    """Plays through a MIDI device, on its first channel, timed by the monotonic clock.

    One thread sends the notes. A device that fails while playing ends the tune and sets `problem`.

    Parameters
    ----------
    port : Port
        Closed with the player, or at the exit of Python, after all notes are turned off.
    name : str
        The name of the device, for messages.
    """

    def __init__(self, port: Port, name: str) -> None:
        super().__init__()
        self.description = f"the MIDI device {name}"
        self._port = port
        self._due: Iterator[tuple[float, int, int]] | None = None  # while playing
        self._started = 0.0
        self._sounding: set[int] = set()
        self._closed = False
        self._change = threading.Condition(threading.RLock())  # held while the port is used
        self._thread = threading.Thread(target=self._send_all, name="lstmmusic-midi", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def close(self) -> None:
        """Turn all notes off, and release the device; may be called twice."""
        with self._change:
            if self._closed:
                return
            self.stop()
            self._closed = True
            self._change.notify()
            self._guarded(self._port.close)
        atexit.unregister(self.close)
        self._thread.join()

    def _start(self, passage: Passage) -> None:
        with self._change:
            if self._closed:
                raise PlaybackError("this player is closed; choose the MIDI device again")
            self._silence()
            self._guarded(lambda: self._port.write_short(_PROGRAM, self._instrument))
            self._set_volume()
            if self.problem.startswith(self.description):
                raise PlaybackError(self.problem)
            self._started = time.monotonic()
            self._due = self._schedule(passage)
            self._change.notify()

    def _schedule(self, passage: Passage) -> Iterator[tuple[float, int, int]]:
        """Yield the time of each start or end of a note, its pitch, and its velocity, or 0 at an end."""
        events = note_events(passage).tolist()
        rounds = itertools.count() if passage.loop else range(1)
        started = self._started
        if not events:
            return
        for number in rounds:
            for seconds, pitch, velocity in events:
                yield started + number * passage.length + seconds, int(pitch), int(velocity)

    def _silence(self) -> None:
        with self._change:
            if self._closed:
                return
            self._due, sounding = None, sorted(self._sounding)
            self._sounding.clear()
            self._change.notify()

            def turn_off() -> None:
                for pitch in sounding:  # some devices ignore the messages below
                    self._port.write_short(_NOTE, pitch, 0)
                for control in (_NOTES_OFF, _SOUND_OFF):
                    self._port.write_short(_CONTROL, control, 0)

            self._guarded(turn_off)

    def _elapsed(self) -> float | None:
        with self._change:
            return None if self._due is None else time.monotonic() - self._started

    def _set_volume(self) -> None:
        with self._change:
            if not self._closed:
                self._guarded(lambda: self._port.write_short(_CONTROL, _VOLUME, round(127 * self._volume)))

    def _send_all(self) -> None:
        """Send each note at its time, until the player is closed."""
        due, message = None, None
        with self._change:
            while not self._closed:
                if due is not self._due:
                    due = self._due
                    message = next(due, None) if due is not None else None
                if message is None:
                    self._change.wait()
                    continue
                at, pitch, velocity = message
                left = at - time.monotonic()
                if left > 0:
                    self._change.wait(left)
                    continue
                self._guarded(partial(self._port.write_short, _NOTE, pitch, velocity))
                (self._sounding.add if velocity else self._sounding.discard)(pitch)
                message = next(due, None) if due is not None else None

    def _guarded(self, action: Callable[[], object]) -> None:
        """Use the port; a device that fails sets `problem` and ends the tune."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - drivers raise errors of many kinds
            self._due = None
            self._sounding.clear()
            self.problem = f"{self.description} does not answer ({error}); reconnect it, or choose another output"


@checked
def list_midi_devices(*, rescan: bool = False) -> list[str]:
    """List the names of the MIDI devices to which notes can be sent; [] if there are none, or no MIDI support.

    Parameters
    ----------
    rescan : bool
        Look for devices that were connected or removed since the first listing, which ends what a `MidiPlayer` plays.
    """
    if rescan:
        import_midi().quit()
    return list(_find_outputs())


@checked
def open_midi_player(name: str) -> MidiPlayer:
    """Open a MIDI device.

    Raises
    ------
    PlaybackError
        If it is not connected any more, or another program uses it.
    """
    number = _find_outputs().get(name)
    if number is None:
        raise PlaybackError(f"there is no MIDI device {name}; reconnect it, or choose another output")
    with mapped_errors(
        PlaybackError,
        lambda reason: f"the MIDI device {name} cannot be opened ({reason}); close other programs that use it",
        Exception,
    ):
        return MidiPlayer(import_midi().Output(number), name)


def _find_outputs() -> dict[str, int]:
    midi = import_midi()
    try:
        midi.init()
        devices = [midi.get_device_info(number) for number in range(midi.get_count())]
    except Exception:  # noqa: BLE001 - without MIDI support, pygame raises errors of many kinds
        return {}
    return {
        name.decode("utf-8", "replace"): number
        for number, (_, name, _, is_output, _) in enumerate(devices)
        if is_output
    }
