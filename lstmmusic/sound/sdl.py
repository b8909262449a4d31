"""pygame's mixer, the only one of a process: opened when first needed, shared, and closed with its last user.

It plays one tune: a player that starts stops the one before. pygame is imported when it is first needed, since it is
slow to load and prints a greeting. The SoundFont is chosen and messages are silenced by functions of the C libraries,
so that playing changes neither the environment nor file descriptor 2 of the process.
"""

from __future__ import annotations

import ctypes
import importlib
import io
import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from lstmmusic.errors import PlaybackError, mapped_errors

SAMPLE_RATE = 44_100
BUFFER = 1024  # samples per call of the synth


class MixerShare:
    """A player's share of the mixer.

    Raises
    ------
    PlaybackError
        If this machine has no sound card that pygame can use.
    """

    _lock: ClassVar[threading.RLock] = threading.RLock()
    _shares: ClassVar[int] = 0
    _current: ClassVar[MixerShare | None] = None  # the one that is heard
    _ours: ClassVar[bool] = False  # other code in this process may have opened the mixer before

    def __init__(self) -> None:
        with self._lock:
            self._mixer = import_mixer()
            if not MixerShare._shares:
                MixerShare._ours = self._mixer.get_init() is None
                open_mixer()
            MixerShare._shares += 1
            self._closed = False

    def play(self, midi: bytes, soundfont: Path, *, volume: float, repeats: bool) -> None:
        """Start a MIDI file instead of what sounds, and return at once.

        Raises
        ------
        PlaybackError
            If the share is closed, or the synth refuses the file or the SoundFont.
        """
        with self._lock:
            if self._closed or self._mixer.get_init() is None:
                raise PlaybackError("this player is closed; make a new PygamePlayer()")
            music = self._mixer.music
            # Replacing what sounds, without stopping it first, lets the synth keep the samples that it has read.
            MixerShare._current = self
            load(self._mixer, midi, soundfont)
            music.set_volume(volume)
            music.play(loops=-1 if repeats else 0)

    def stop(self) -> None:
        """Stop, if this share is playing."""
        with self._lock:
            if self._is_current():
                self._mixer.music.stop()
                MixerShare._current = None

    def set_volume(self, volume: float) -> None:
        """Set the volume, from 0 to 1, if this share is playing."""
        with self._lock:
            if self._is_current():
                self._mixer.music.set_volume(volume)

    def elapsed(self) -> float | None:
        """Return for how many seconds this share has been playing, or None if it is not."""
        with self._lock:
            if not self._is_current() or not self._mixer.music.get_busy():
                return None
            return float(max(0, self._mixer.music.get_pos())) / 1000

    def close(self) -> None:
        """Release the share; may be called twice."""
        with self._lock:
            if self._closed:
                return
            self.stop()
            self._closed = True
            MixerShare._shares -= 1
            if not MixerShare._shares and MixerShare._ours:
                self._mixer.quit()

    def _is_current(self) -> bool:
        return MixerShare._current is self and self._mixer.get_init() is not None


def import_mixer() -> Any:
    """Import pygame's mixer without its greeting, and keep the messages of its synth out of the notebook."""
    mixer = _import("mixer")
    for level in range(5):  # from panic to debug; it warns, for instance, that a piano has no drums
        _handle_messages(mixer, level, None)
    return mixer


def import_midi() -> Any:
    """Import pygame's access to MIDI devices."""
    midi = _import("midi")
    if library := find_spec("pygame.pypm"):
        _silence_alsa(str(library.origin))
    return midi


def _import(module: str) -> Any:
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    # Otherwise SDL would turn the signals that end a kernel into events.
    os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")
    return importlib.import_module(f"pygame.{module}")


def open_mixer() -> None:
    """Open the sound card, unless it is open."""
    mixer = import_mixer()
    _silence_alsa("libasound.so.2")  # SDL loads it by this name
    # pygame.error is an Exception; its name is there only after the import.
    with mapped_errors(
        PlaybackError, lambda reason: f"this machine has no sound card that pygame can use ({reason})", Exception
    ):
        mixer.init(frequency=SAMPLE_RATE, size=-16, channels=2, buffer=BUFFER)


def load(mixer: Any, midi: bytes, soundfont: Path) -> None:
    """Load a MIDI file and a SoundFont into the synth.

    Raises
    ------
    PlaybackError
        If it cannot.
    """
    errors: list[bytes] = []
    keep_error = _MessageHandler(lambda _level, message, _data: errors.append(message))
    _handle_messages(mixer, _ERROR, keep_error)
    try:
        with (
            mapped_errors(
                PlaybackError,
                lambda reason: f"the synth of this system's pygame cannot play the tune: {reason}",
                Exception,
            ),
            _without_separators(soundfont) as path,
        ):
            _choose_soundfont(mixer, path)
            mixer.music.load(io.BytesIO(midi), "mid")
    finally:
        _handle_messages(mixer, _ERROR, None)
    if any(error.startswith(b"Failed to load SoundFont") for error in errors):  # it would continue in silence
        raise PlaybackError(f"the synth cannot read the SoundFont {soundfont}; choose another")


def _choose_soundfont(mixer: Any, path: Path) -> None:
    if set_soundfonts := _c_function(mixer.__file__, "Mix_SetSoundFonts"):
        set_soundfonts(os.fsencode(path))
    # On Windows an extension module does not lead to the functions of its libraries.
    elif hasattr(mixer, "set_soundfont"):  # pygame-ce, where a name that is not UTF-8 would end the process
        mixer.set_soundfont(str(path))
    else:
        os.environ["SDL_SOUNDFONTS"] = str(path)


@contextmanager
def _without_separators(path: Path) -> Iterator[Path]:
    """Give another path of a file where SDL would split this one, as it does lists of SoundFonts."""
    if os.name == "nt" or not re.search("[:;]", str(path)):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="lstmmusic-") as folder:
        link = Path(folder) / "soundfont"
        link.symlink_to(path)
        yield link


_ERROR = 1  # one of FluidSynth's levels of messages
_MessageHandler = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


def _handle_messages(mixer: Any, level: int, handler: Any) -> None:
    """Pass FluidSynth's messages of a level to a function; None drops them."""
    if set_handler := _c_function(mixer.__file__, "fluid_set_log_function"):
        set_handler(level, handler, None)


def _silence_alsa(library: str) -> None:
    """Keep the messages of Linux's sound system out of the notebook: eight lines where there is no sound card."""
    set_handler, no_effect = (
        _c_function(library, f"snd_{name}") for name in ("lib_error_set_handler", "asoundlib_version")
    )
    if set_handler:
        # pygame holds the GIL while SDL opens the card in another thread, where a Python handler would wait for ever.
        set_handler(no_effect)


@lru_cache
def _c_function(library: str, name: str) -> Callable[..., Any] | None:
    """Find a C function in a library or in those it was linked with; None if there is none, as on Windows."""
    try:
        function: Callable[..., Any] = getattr(ctypes.CDLL(library), name)
    except (OSError, AttributeError):
        return None
    return function
