"""FluidSynth, from pygame's wheel, in a separate process, so that it needs no sound card.

SDL's disk driver writes samples to a file instead of a sound card, and a process has only one driver.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.sdl import BUFFER, SAMPLE_RATE, import_mixer, load, open_mixer
from lstmmusic.sound.timeline import Passage, encode_midi

RELEASE = 1.5  # seconds for the last note to fade
_VOLUMES = (1.0, 0.25, 0.0625)  # tried in order until nothing is clipped
_CEILING = 0.97  # peak after a lower volume was needed

logger = logging.getLogger(__name__)


def synthesise(passage: Passage, soundfont: Path, *, program: int) -> NDArray[np.int16] | None:
    """Render a passage with FluidSynth, faster than real time.

    Returns
    -------
    ndarray of int16, shape (samples, 2), or None
        At 44.1 kHz, with `RELEASE` seconds after the passage. None if this system's pygame has no FluidSynth, or if it
        cannot read the SoundFont.

    Raises
    ------
    PlaybackError
        If it does not finish, or the disk is full.
    """
    for volume in _VOLUMES:
        samples = _write(passage, soundfont, program, volume)
        loudest = 0 if samples is None else find_peak(samples)
        if loudest < np.iinfo(np.int16).max:
            break
    if samples is None or volume == _VOLUMES[0]:
        return samples
    scaled: NDArray[np.int16] = np.rint(samples * (_CEILING * np.iinfo(np.int16).max / loudest)).astype(np.int16)
    return scaled


def _write(passage: Passage, soundfont: Path, program: int, volume: float) -> NDArray[np.int16] | None:
    """Record a passage with the disk driver; what exceeds 16 bits is clipped."""
    with tempfile.TemporaryDirectory(prefix="lstmmusic-") as folder:
        midi, raw = Path(folder) / "tune.mid", Path(folder) / "tune.raw"
        midi.write_bytes(encode_midi(passage, program=program, rest=RELEASE))
        environment = {
            "SDL_AUDIODRIVER": "disk",
            "SDL_DISKAUDIOFILE": str(raw),
            "SDL_DISKAUDIODELAY": "0",
            "SDL_MIXER_DISABLE_NATIVEMIDI": "1",  # the synth of Windows would play, and nothing be written
        }
        arguments = (str(midi), str(soundfont), str(volume))
        done = run_module("lstmmusic.sound.fluidsynth", *arguments, timeout=60 + passage.length, **environment)
        samples = np.fromfile(raw, np.int16) if done.returncode == 0 and raw.is_file() else np.zeros(0, np.int16)
    samples = samples[: len(samples) // 2 * 2].reshape(-1, 2)
    if not samples.any():
        logger.info("pygame's synth cannot be used: %s", done.stderr.strip().rpartition("\n")[2] or "it is silent")
        return None
    # The driver writes zeros while the tune is loaded. FluidSynth dithers: from its first buffer on, samples are not
    # all zero, even where the tune is silent.
    start = int(np.argmax(samples.any(axis=1))) // BUFFER * BUFFER
    samples = samples[start:]
    if len(samples) < passage.length * SAMPLE_RATE:
        # SDL does not notice when its driver cannot write.
        raise PlaybackError(f"the sound was cut off; free some space in {tempfile.gettempdir()}")
    length = round((passage.length + RELEASE) * SAMPLE_RATE)
    return np.pad(samples[:length], ((0, max(0, length - len(samples))), (0, 0)))


def find_peak(samples: NDArray[np.int16]) -> int:
    """Return the largest magnitude, without a copy of the samples."""
    return max(int(samples.max(initial=0)), -int(samples.min(initial=0)))


def run_module(module: str, *arguments: str, timeout: float, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a module of this package in another process.

    Raises
    ------
    PlaybackError
        If it does not finish in time.
    """
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", module, *arguments]
    environment = os.environ | variables | {"PYTHONPATH": path}
    try:
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout, check=False)
    except subprocess.TimeoutExpired as error:
        raise PlaybackError(f"the sound was not ready within {error.timeout:.0f} seconds; try again") from error


def _render(midi: str, soundfont: str, volume: str) -> None:
    """Play a MIDI file to its end, as fast as the driver accepts samples."""
    open_mixer()
    mixer = import_mixer()
    load(mixer, Path(midi).read_bytes(), Path(soundfont))
    mixer.music.set_volume(float(volume))
    mixer.music.play()
    while mixer.music.get_busy():
        time.sleep(0.002)
    time.sleep(0.002)
    mixer.quit()


if __name__ == "__main__":
    _render(*sys.argv[1:])
