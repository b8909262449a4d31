"""Decode Ogg Vorbis, the format of samples in SF3 files, with pygame's mixer in another process.

A process has only one mixer, with one sample rate, and the notebook's may be playing.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import PlaybackError, mapped_errors
from lstmmusic.sound.fluidsynth import run_module
from lstmmusic.sound.sdl import import_mixer
from lstmmusic.sound.soundfont_tables import Sample

_TIMEOUT = 120.0  # seconds


def decode(samples: Sequence[Sample]) -> list[NDArray[np.int16]]:
    """Decode samples, each at its own rate; uncompressed ones are returned unchanged.

    Raises
    ------
    PlaybackError
        If this system's pygame decodes no Vorbis, a sample is damaged, or there is no space for temporary files.
    """
    decoded = {}
    with _unpacking(), tempfile.TemporaryDirectory(prefix="lstmmusic-") as name:
        folder = Path(name)
        streams = [(number, sample) for number, sample in enumerate(samples) if sample.vorbis]
        for number, sample in streams:
            (folder / f"{number}-{sample.rate}.ogg").write_bytes(sample.data)
        if streams:
            done = run_module("lstmmusic.sound.vorbis", name, timeout=_TIMEOUT, SDL_AUDIODRIVER="dummy")
            if done.returncode != 0:
                reason = done.stderr.strip().rpartition("\n")[2]
                raise PlaybackError(
                    f"this system's pygame cannot decode the compressed samples of the SoundFont ({reason}); "
                    f"choose an SF2 file, which has uncompressed samples"
                )
            decoded = {number: np.load(folder / f"{number}-{sample.rate}.npy") for number, sample in streams}
    return [
        decoded[number] if sample.vorbis else np.frombuffer(sample.data[: len(sample.data) // 2 * 2], "<i2")
        for number, sample in enumerate(samples)
    ]


def _unpacking() -> AbstractContextManager[None]:
    return mapped_errors(
        PlaybackError,
        lambda reason: (
            f"the samples of the SoundFont could not be decoded, which needs some temporary files ({reason}); free "
            f"some space, or set TMPDIR to another folder"
        ),
        OSError,
    )


def _decode_folder(folder: Path) -> None:
    """Decode each stream in a folder into a file beside it."""
    mixer = import_mixer()
    streams = sorted(folder.glob("*.ogg"), key=lambda path: int(path.stem.partition("-")[2]))
    for path in streams:
        rate = int(path.stem.partition("-")[2])
        if not mixer.get_init() or mixer.get_init()[0] != rate:
            mixer.quit()
            mixer.init(frequency=rate, size=-16, channels=1, allowedchanges=0)
        np.save(path.with_suffix(".npy"), np.frombuffer(mixer.Sound(str(path)).get_raw(), np.int16))


if __name__ == "__main__":
    _decode_folder(Path(sys.argv[1]))
