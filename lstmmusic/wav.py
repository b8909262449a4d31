"""WAV files of tunes: through FluidSynth where pygame has it, and otherwise by mixing the same samples."""

from __future__ import annotations

import io
import wave
from pathlib import Path

from lstmmusic.files import write_atomically
from lstmmusic.mixer import SAMPLE_RATE
from lstmmusic.mixing import mix
from lstmmusic.passages import lay_out
from lstmmusic.pianoroll import Tune, check_manner
from lstmmusic.soundfont import find_soundfont, find_unheard, read_instrument, read_soundfont
from lstmmusic.synth import RELEASE, synthesise
from lstmmusic.timed import time_tune
from lstmmusic.vorbis import decode


def render_wav(
    tune: Tune,
    path: str | Path,
    *,
    tempo: float = 100.0,
    velocity: int = 80,
    instrument: int = 0,
    soundfont: str | Path | None = None,
) -> str:
    """Write the sound of a tune as a WAV file, 44.1 kHz 16-bit stereo; needs no sound card.

    Parameters
    ----------
    tune : Tune
    path : str or Path
    tempo, velocity, instrument
        As for `lstmmusic.pianoroll.write_midi`.
    soundfont : str or Path, optional
        An SF2 or SF3 file; by default the bundled piano.

    Returns
    -------
    str
        Which notes cannot be heard, and why; or "".

    Raises
    ------
    PlaybackError
        If the tune has no steps, the SoundFont is none, or the sound cannot be made.
    SaveError
        If the file cannot be written; one that was there is unharmed.
    """
    check_manner(tempo, velocity, instrument)
    passage = lay_out(time_tune(tune, tempo=tempo, velocity=velocity))
    font = read_soundfont(soundfont or find_soundfont())
    program = font.choose(instrument)
    unheard = find_unheard(font, program, passage.notes)
    samples = synthesise(passage, font.path, program=program)
    if samples is None:
        source = read_instrument(font.path, program=program, velocity=velocity)
        sounds = decode(source.samples)
        samples = mix(passage, source, sounds, rest=RELEASE, rate=SAMPLE_RATE)
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    write_atomically(path, content.getvalue())
    return unheard
