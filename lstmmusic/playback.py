"""Sound: players of tunes, and WAV files without a sound card. The synth is the FluidSynth in pygame's wheel.

pygame is imported where it is first needed, since it is slow to load and says hello.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import wave
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lstmmusic.errors import PlaybackError
from lstmmusic.pianoroll import Tune, find_notes, seconds_per_step, write_midi

SAMPLE_RATE = 44_100
BUFFER = 1024  # samples that the synth makes at a time
RELEASE = 1.5  # seconds that the last note needs to die away

logger = logging.getLogger(__name__)


def find_soundfont() -> Path:
    """Path of the bundled grand piano."""
    packaged = Path(__file__).parent / "assets"
    folder = packaged if packaged.is_dir() else Path(__file__).parents[1] / "assets"
    return folder / "soundfont" / "FluidR3Mono_YamahaGrand.sf3"


def duration(tune: Tune, tempo: float = 100.0) -> float:
    """Seconds from the start of a tune to the end of its last note."""
    return float(find_notes(tune)[:, 1].max(initial=0)) * seconds_per_step(tune.config, tempo)


class Player(ABC):
    """Something that plays a tune, one at a time.

    Attributes
    ----------
    description : str
        Where the sound comes out, or why there is none.
    """

    description: str

    @abstractmethod
    def play(self, tune: Tune, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0) -> None:
        """Begin to play a tune, in place of what is playing; returns at once."""

    @abstractmethod
    def pause(self) -> None:
        """Hold on."""

    @abstractmethod
    def resume(self) -> None:
        """Go on after a pause."""

    @abstractmethod
    def stop(self) -> None:
        """Be silent."""

    @property
    @abstractmethod
    def playing(self) -> bool:
        """Whether a tune sounds."""

    @property
    @abstractmethod
    def position(self) -> float:
        """Seconds of the tune that have sounded."""

    def close(self) -> None:
        """Give back what the player holds; may be called twice."""
        self.stop()


class NullPlayer(Player):
    """Plays nothing, for machines with no sound card.

    Parameters
    ----------
    reason : str
        Why there is no sound.
    """

    def __init__(self, reason: str = "no player was chosen") -> None:
        self.description = reason

    def play(self, tune: Tune, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0) -> None:
        """Do nothing."""

    def pause(self) -> None:
        """Do nothing."""

    def resume(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    @property
    def playing(self) -> bool:
        """Never."""
        return False

    @property
    def position(self) -> float:
        """None: 0 seconds."""
        return 0.0


class PygamePlayer(Player):
    """Plays through pygame's MIDI synth on this machine's sound card.

    Parameters
    ----------
    soundfont : str or Path, optional
        An SF2 or SF3 file; by default the bundled piano.

    Raises
    ------
    PlaybackError
        If there is no sound card, or no such SoundFont.
    """

    def __init__(self, soundfont: str | Path | None = None) -> None:
        self._mixer = _open_mixer(Path(soundfont) if soundfont else find_soundfont())
        self._folder = tempfile.TemporaryDirectory(prefix="lstmmusic-")
        self._closed = False
        self.description = "this machine's sound card, through pygame"

    def play(self, tune: Tune, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0) -> None:
        """Begin to play a tune, in place of what is playing; returns at once.

        Raises
        ------
        PlaybackError
            If the player was closed, or the synth refuses the tune.
        """
        if self._closed:
            raise PlaybackError("this player is closed; make a new PygamePlayer()")
        path = Path(self._folder.name) / "tune.mid"
        self.stop()
        write_midi(tune, path, tempo=tempo, velocity=velocity, instrument=instrument)
        try:
            with _silent_stderr():  # FluidSynth warns that a piano has no drums
                self._mixer.music.load(str(path))
            self._mixer.music.play()
        except Exception as error:  # pygame.error, a name that is there only after the import
            raise PlaybackError(f"the synth cannot play this tune: {error}") from error

    def pause(self) -> None:
        """Hold on."""
        if not self._closed:
            self._mixer.music.pause()

    def resume(self) -> None:
        """Go on after a pause."""
        if not self._closed:
            self._mixer.music.unpause()

    def stop(self) -> None:
        """Be silent."""
        if not self._closed:
            self._mixer.music.stop()
            self._mixer.music.unload()

    @property
    def playing(self) -> bool:
        """Whether a tune sounds, or is paused."""
        return not self._closed and bool(self._mixer.music.get_busy())

    @property
    def position(self) -> float:
        """Seconds of the tune that have sounded."""
        return 0.0 if self._closed else max(0, self._mixer.music.get_pos()) / 1000

    def close(self) -> None:
        """Close the sound card; may be called twice."""
        if not self._closed:
            self.stop()
            self._closed = True
            self._mixer.quit()
            self._folder.cleanup()


def open_player() -> Player:
    """Open the sound card, or say why not: a `NullPlayer` has the reason as its description."""
    try:
        return PygamePlayer()
    except PlaybackError as error:
        return NullPlayer(str(error))


def render_wav(
    tune: Tune,
    path: str | Path,
    *,
    tempo: float = 100.0,
    velocity: int = 80,
    instrument: int = 0,
    soundfont: str | Path | None = None,
) -> None:
    """Write the sound of a tune as a WAV file, 44.1 kHz 16-bit stereo; needs no sound card.

    SDL's disk driver writes samples into a file instead of to a sound card, in a process of its own, since
    a process has only one driver.

    Parameters
    ----------
    tune : Tune
    path : str or Path
    tempo, velocity, instrument
        As for `lstmmusic.pianoroll.write_midi`.
    soundfont : str or Path, optional
        By default the bundled piano.

    Raises
    ------
    PlaybackError
        If the synth is missing from this system's pygame, or fails.
    """
    length = duration(tune, tempo) + RELEASE
    with tempfile.TemporaryDirectory(prefix="lstmmusic-") as folder:
        midi, raw = Path(folder) / "tune.mid", Path(folder) / "tune.raw"
        write_midi(tune, midi, tempo=tempo, velocity=velocity, instrument=instrument)
        command = [sys.executable, "-m", "lstmmusic.playback", str(midi), str(soundfont or find_soundfont())]
        environment = os.environ | {
            "SDL_AUDIODRIVER": "disk",
            "SDL_DISKAUDIOFILE": str(raw),
            "SDL_DISKAUDIODELAY": "0",
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
        }
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=60 + length, check=False
        )
        if done.returncode != 0 or not raw.is_file():
            message = done.stderr.strip().splitlines()[-1:] or ["no sound was written"]
            raise PlaybackError(f"the synth could not render the tune: {message[0]}")
        samples = np.fromfile(raw, np.int16).reshape(-1, 2)
    # The driver writes silence while the tune is loaded. FluidSynth dithers: from the buffer in which it begins to
    # play, samples are not all zero, not even where the tune is silent.
    began = int(np.argmax(samples.any(axis=1))) // BUFFER * BUFFER
    samples = samples[began:]
    wanted = round(length * SAMPLE_RATE)
    silence = np.zeros((max(0, wanted - len(samples)), 2), np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.concatenate((samples[:wanted], silence)).tobytes())


def _open_mixer(soundfont: Path) -> Any:
    """Open pygame's mixer with a SoundFont, and return it."""
    if not soundfont.is_file():
        raise PlaybackError(f"the SoundFont {soundfont} is not there; check the path")
    with soundfont.open("rb") as file:
        magic = file.read(12)
    if magic[:4] != b"RIFF" or magic[8:] != b"sfbk":
        raise PlaybackError(f"{soundfont} is no SoundFont; choose an SF2 or SF3 file")
    # SDL_mixer reads the name of the SoundFont when it first plays MIDI.
    os.environ["SDL_SOUNDFONTS"] = str(soundfont)
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    from pygame import error, mixer

    try:
        with _silent_stderr():
            mixer.init(frequency=SAMPLE_RATE, size=-16, channels=2, buffer=BUFFER)
    except error as problem:
        raise PlaybackError(f"this machine has no sound card that pygame can use ({problem})") from problem
    return mixer


@contextmanager
def _silent_stderr() -> Iterator[None]:
    """Keep what C libraries say out of the notebook: without a sound card, ALSA complains in eight lines."""
    saved = os.dup(2)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def _render(midi: str, soundfont: str) -> None:
    """Play a MIDI file to its end, as fast as the driver takes samples."""
    mixer = _open_mixer(Path(soundfont))
    from pygame import time

    mixer.music.load(midi)
    mixer.music.play()
    while mixer.music.get_busy():
        time.wait(2)
    time.wait(2)
    mixer.quit()


if __name__ == "__main__":
    _render(*sys.argv[1:])
