"""pygame's mixer, of which a process has one: opened when it is first needed, shared, and closed with its last user.

It plays one tune. Whoever plays last is heard, and whoever was heard before falls silent, as if stopped.
pygame is imported where it is first needed, since it is slow to load and says hello.
"""

from __future__ import annotations

import importlib
import io
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from lstmmusic.errors import PlaybackError

SAMPLE_RATE = 44_100
BUFFER = 1024  # samples that the synth makes at a time


class MixerShare:
    """A player's share of the mixer.

    Raises
    ------
    PlaybackError
        If this machine has no sound card that pygame can use.
    """

    _lock: ClassVar[threading.RLock] = threading.RLock()
    _shares: ClassVar[int] = 0
    _heard: ClassVar[MixerShare | None] = None
    _ours: ClassVar[bool] = False  # another program in this process may have opened the mixer before

    def __init__(self) -> None:
        with self._lock:
            self._mixer = import_mixer()
            if not MixerShare._shares:
                MixerShare._ours = self._mixer.get_init() is None
                open_mixer()
            MixerShare._shares += 1
            self._closed = False

    def play(self, midi: bytes, soundfont: Path, *, volume: float, repeats: bool) -> None:
        """Play a MIDI file in place of what sounds; returns at once.

        Raises
        ------
        PlaybackError
            If the share was given back, or the synth refuses the file or the SoundFont.
        """
        with self._lock:
            if self._closed or self._mixer.get_init() is None:
                raise PlaybackError("this player is closed; make a new PygamePlayer()")
            music = self._mixer.music
            # What sounds is replaced and not ended first: the synth then keeps the samples that it has read.
            MixerShare._heard = self
            load(music, midi, soundfont)
            music.set_volume(volume)
            music.play(loops=-1 if repeats else 0)

    def stop(self) -> None:
        """Fall silent, if this share is heard."""
        with self._lock:
            if self._is_heard():
                self._mixer.music.stop()
                MixerShare._heard = None

    def set_volume(self, volume: float) -> None:
        """Be as loud as this, from 0 to 1, if this share is heard."""
        with self._lock:
            if self._is_heard():
                self._mixer.music.set_volume(volume)

    def elapsed(self) -> float | None:
        """Return for how many seconds this share has been heard, or None if it is not."""
        with self._lock:
            if not self._is_heard() or not self._mixer.music.get_busy():
                return None
            return float(max(0, self._mixer.music.get_pos())) / 1000

    def close(self) -> None:
        """Give the share back; may be called twice."""
        with self._lock:
            if self._closed:
                return
            self.stop()
            self._closed = True
            MixerShare._shares -= 1
            if not MixerShare._shares and MixerShare._ours:
                self._mixer.quit()

    def _is_heard(self) -> bool:
        return MixerShare._heard is self and self._mixer.get_init() is not None


def import_mixer() -> Any:
    """Import pygame's mixer without its greeting."""
    return _import("mixer")


def import_midi() -> Any:
    """Import pygame's access to MIDI devices."""
    return _import("midi")


def _import(module: str) -> Any:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    # Otherwise a kernel whose sound card is open could not be ended by a signal: SDL would make an event of it.
    os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")
    return importlib.import_module(f"pygame.{module}")


def open_mixer() -> None:
    """Open the sound card, unless it is open."""
    mixer = import_mixer()
    try:
        with quiet_libraries():
            mixer.init(frequency=SAMPLE_RATE, size=-16, channels=2, buffer=BUFFER)
    except Exception as problem:  # pygame.error, a name that is there only after the import
        raise PlaybackError(f"this machine has no sound card that pygame can use ({problem})") from problem


def load(music: Any, midi: bytes, soundfont: Path) -> None:
    """Have the synth read a MIDI file and a SoundFont.

    Raises
    ------
    PlaybackError
        If it cannot.
    """
    os.environ["SDL_SOUNDFONTS"] = str(soundfont)  # SDL_mixer reads it each time
    try:
        with quiet_libraries() as said:
            music.load(io.BytesIO(midi), "mid")
    except Exception as problem:
        raise PlaybackError(f"the synth of this system's pygame cannot play the tune: {problem}") from problem
    if b"Failed to load SoundFont" in b"".join(said):  # FluidSynth would go on, and be silent
        raise PlaybackError(f"the synth cannot read the SoundFont {soundfont}; choose another")


@contextmanager
def quiet_libraries() -> Iterator[list[bytes]]:
    """Keep what C libraries say out of the notebook; it is in the list afterwards.

    Without a sound card, ALSA complains in eight lines; FluidSynth warns that a piano has no drums.
    """
    said: list[bytes] = []
    saved = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(saved, 2)
            os.close(saved)
            file.seek(0)
            said.append(file.read())
