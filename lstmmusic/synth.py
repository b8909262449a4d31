"""The synth: the FluidSynth in pygame's wheel, and WAV files made with it where there is no sound card.

pygame is imported where it is first needed, since it is slow to load and says hello.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from lstmmusic.errors import PlaybackError
from lstmmusic.files import write_atomically
from lstmmusic.pianoroll import Tune, find_notes, seconds_per_step, write_midi
from lstmmusic.soundfont import find_soundfont

SAMPLE_RATE = 44_100
BUFFER = 1024  # samples that the synth makes at a time
RELEASE = 1.5  # seconds that the last note needs to die away


def duration(tune: Tune, tempo: float = 100.0) -> float:
    """Seconds from the start of a tune to the end of its last note."""
    return float(find_notes(tune)[:, 1].max(initial=0)) * seconds_per_step(tune.config, tempo)


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
    SaveError
        If the file cannot be written; one that was there is unharmed.
    """
    length = duration(tune, tempo) + RELEASE
    with tempfile.TemporaryDirectory(prefix="lstmmusic-") as folder:
        midi, raw = Path(folder) / "tune.mid", Path(folder) / "tune.raw"
        write_midi(tune, midi, tempo=tempo, velocity=velocity, instrument=instrument)
        command = [sys.executable, "-m", "lstmmusic.synth", str(midi), str(soundfont or find_soundfont())]
        environment = os.environ | {
            "SDL_AUDIODRIVER": "disk",
            "SDL_DISKAUDIOFILE": str(raw),
            "SDL_DISKAUDIODELAY": "0",
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]),
        }
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, text=True, timeout=60 + length, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise PlaybackError(f"the synth did not finish within {error.timeout:.0f} seconds; try again") from error
        if done.returncode != 0 or not raw.is_file():
            message = done.stderr.strip().splitlines()[-1:] or ["no sound was written"]
            raise PlaybackError(f"the synth could not render the tune: {message[0]}")
        samples = np.fromfile(raw, np.int16)
    samples = samples[: len(samples) // 2 * 2].reshape(-1, 2)
    # The driver writes silence while the tune is loaded. FluidSynth dithers: from the buffer in which it begins to
    # play, samples are not all zero, not even where the tune is silent.
    began = int(np.argmax(samples.any(axis=1))) // BUFFER * BUFFER
    samples = samples[began:]
    if len(samples) < (length - RELEASE) * SAMPLE_RATE:
        # SDL does not notice when its driver can write no more.
        raise PlaybackError(f"the sound was cut off; free some space in {tempfile.gettempdir()}")
    wanted = round(length * SAMPLE_RATE)
    silence = np.zeros((max(0, wanted - len(samples)), 2), np.int16)
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(np.concatenate((samples[:wanted], silence)).tobytes())
    write_atomically(path, content.getvalue())


def open_mixer(soundfont: Path) -> Any:
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
        with silent_stderr():
            mixer.init(frequency=SAMPLE_RATE, size=-16, channels=2, buffer=BUFFER)
    except error as problem:
        raise PlaybackError(f"this machine has no sound card that pygame can use ({problem})") from problem
    return mixer


@contextmanager
def silent_stderr() -> Iterator[None]:
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
    mixer = open_mixer(Path(soundfont))
    from pygame import time

    mixer.music.load(midi)
    mixer.music.play()
    while mixer.music.get_busy():
        time.wait(2)
    time.wait(2)
    mixer.quit()


if __name__ == "__main__":
    _render(*sys.argv[1:])
