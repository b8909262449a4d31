"""A player for MIDI devices: a synthesiser at a cable, or another program. It sends notes, and makes no sound."""

from __future__ import annotations

import atexit
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol

from lstmmusic.errors import PlaybackError, mapped_errors
from lstmmusic.sound.player import Player
from lstmmusic.sound.sdl import import_midi
from lstmmusic.sound.timeline import Passage, events

_NOTE, _CONTROL, _PROGRAM = 0x90, 0xB0, 0xC0
_VOLUME, _SOUND_OFF, _NOTES_OFF = 7, 120, 123


class Port(Protocol):
    """What notes are sent to; `pygame.midi.Output` is one."""

    def write_short(self, status: int, data1: int = 0, data2: int = 0) -> None:
        """Send one message at once."""

    def close(self) -> None:
        """Give the device back."""


class MidiPlayer(Player):
    """Plays through a MIDI device, on its first channel, by this machine's monotonic clock.

    One thread sends the notes. A device that fails while it plays is a `problem`, and the tune is over.

    Parameters
    ----------
    port : Port
        Closed with the player, and at the exit of Python; before that all notes are let go.
    name : str
        What messages call the device.
    """

    def __init__(self, port: Port, name: str) -> None:
        super().__init__()
        self.description = f"the MIDI device {name}"
        self._port, self._name = port, name
        self._due: Iterator[tuple[float, int, int]] | None = None  # while it plays
        self._began = 0.0
        self._sounding: set[int] = set()
        self._closed = False
        self._change = threading.Condition(threading.RLock())  # held whenever the port is used
        self._thread = threading.Thread(target=self._send_all, name="lstmmusic-midi", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def close(self) -> None:
        """Let all notes go, and give the device back; may be called twice."""
        with self._change:
            if self._closed:
                return
            self.stop()
            self._closed = True
            self._change.notify()
            self._guarded(self._port.close)
        atexit.unregister(self.close)
        self._thread.join()

    def _begin(self, passage: Passage) -> None:
        with self._change:
            if self._closed:
                raise PlaybackError("this player is closed; choose the MIDI device anew")
            self._cease()
            self._guarded(lambda: self._port.write_short(_PROGRAM, self._instrument))
            self._set_volume()
            if self.problem.startswith(self.description):
                raise PlaybackError(self.problem)
            self._began = time.monotonic()
            self._due = self._lay_down(passage)
            self._change.notify()

    def _lay_down(self, passage: Passage) -> Iterator[tuple[float, int, int]]:
        """Yield when each note begins or ends, its pitch, and its velocity or 0."""
        told = events(passage).tolist()
        rounds = itertools.count() if passage.loop else range(1)
        began = self._began
        if not told:
            return
        for number in rounds:
            for seconds, pitch, velocity in told:
                yield began + number * passage.length + seconds, int(pitch), int(velocity)

    def _cease(self) -> None:
        with self._change:
            if self._closed:
                return
            self._due, sounding = None, sorted(self._sounding)
            self._sounding.clear()
            self._change.notify()

            def let_go() -> None:
                for pitch in sounding:  # some devices know no other way
                    self._port.write_short(_NOTE, pitch, 0)
                for control in (_NOTES_OFF, _SOUND_OFF):
                    self._port.write_short(_CONTROL, control, 0)

            self._guarded(let_go)

    def _elapsed(self) -> float | None:
        with self._change:
            return None if self._due is None else time.monotonic() - self._began

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
        """Use the port; a device that is gone is a problem, and no end of anything else."""
        try:
            action()
        except Exception as error:  # noqa: BLE001 - whatever a device and its driver think of
            self._due = None
            self._sounding.clear()
            self.problem = f"{self.description} does not answer ({error}); connect it again, or choose another place"


def list_midi_devices(*, anew: bool = False) -> list[str]:
    """Names of the MIDI devices to which notes can be sent; [] where there are none, or no MIDI at all.

    Parameters
    ----------
    anew : bool
        Look whether some have come or gone since they were listed first, which ends what a `MidiPlayer` plays.
    """
    if anew:
        import_midi().quit()
    return list(_find_outputs())


def open_midi_player(name: str) -> MidiPlayer:
    """Open a MIDI device.

    Raises
    ------
    PlaybackError
        If it is not there any more, or another program has it.
    """
    number = _find_outputs().get(name)
    if number is None:
        raise PlaybackError(f"there is no MIDI device {name}; connect it again, or choose another place")
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
    except Exception:  # noqa: BLE001 - a machine without MIDI, of which pygame says so in many ways
        return {}
    return {
        name.decode("utf-8", "replace"): number
        for number, (_, name, _, is_output, _) in enumerate(devices)
        if is_output
    }
