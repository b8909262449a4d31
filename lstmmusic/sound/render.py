"""WAV files of tunes: rendered by FluidSynth if pygame has it, and otherwise mixed from the same samples."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstmmusic.base.files import write_atomically
from lstmmusic.music.expression import Expression
from lstmmusic.music.playing import check_playing
from lstmmusic.music.roll import Tune
from lstmmusic.music.score import VELOCITY
from lstmmusic.settings import checked
from lstmmusic.sound.fluidsynth import RELEASE, find_peak, synthesise
from lstmmusic.sound.sdl import SAMPLE_RATE
from lstmmusic.sound.soundfont import (
    Instrument,
    Zone,
    describe_silent_notes,
    find_soundfont,
    read_instrument,
    read_soundfont,
)
from lstmmusic.sound.timeline import Passage, make_passage, time_tune
from lstmmusic.sound.vorbis import decode

_LEVEL = 0.6  # of one note at velocity 127: about that of FluidSynth
_CEILING = 0.97  # a louder mix is scaled down to this peak
_NORMALISED = round(32768 * 10 ** (-1 / 20))  # -1 dBFS: so that a player that resamples does not clip
_DITHER = 2  # a peak that FluidSynth's silence has
_BLOCK = 1 << 20  # samples that are scaled at once
_INAUDIBLE = 1e-4  # -80 dB
_HUNDRED_DECIBELS = np.log(1e5)


@checked
def render_wav(
    tune: Tune,
    path: str | Path,
    *,
    tempo: float = 100.0,
    velocity: int = VELOCITY,
    flat: bool = False,
    instrument: int = 0,
    soundfont: str | Path | None = None,
    normalise: bool = True,
    expression: Expression | None = None,
) -> str:
    """Render a tune as a WAV file, 44.1 kHz 16-bit stereo; needs no sound card.

    Parameters
    ----------
    tune : Tune
    path : str or Path
    tempo, velocity, flat, instrument, expression
        As for `lstmmusic.music.playing.write_midi`.
    soundfont : str or Path, optional
        An SF2 or SF3 file; by default the bundled piano.
    normalise : bool
        Whether to scale the sound to a peak of -1 dBFS; silence stays silence. Otherwise it is as loud as it is played,
        but for one that would clip, which is scaled down.

    Returns
    -------
    str
        Which notes cannot be heard, and why; or "".

    Raises
    ------
    PlaybackError
        If the tune has no steps, the SoundFont cannot be read, or rendering fails.
    SaveError
        If the file cannot be written; an existing one is unharmed.
    """
    check_playing(tempo, velocity, instrument)
    passage = make_passage(time_tune(tune, tempo=tempo, velocity=velocity, flat=flat, expression=expression))
    font = read_soundfont(soundfont or find_soundfont())
    program = font.choose(instrument)
    problem = describe_silent_notes(font, program, passage.notes)
    samples = synthesise(passage, font.path, program=program)
    if samples is None:
        source = read_instrument(font.path, program=program, velocity=velocity)
        sounds = decode(source.samples)
        samples = mix(passage, source, sounds, rest=RELEASE, rate=SAMPLE_RATE)
    loudest = find_peak(samples)
    factor = np.float32(_NORMALISED / loudest if normalise and loudest > _DITHER else 1)
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for block in np.array_split(samples, len(samples) // _BLOCK + 1):
            file.writeframes(np.rint(block * factor).astype("<i2").tobytes())
    write_atomically(path, content.getvalue())
    return problem


def mix(
    passage: Passage, instrument: Instrument, sounds: Sequence[NDArray[np.int16]], *, rest: float, rate: int
) -> NDArray[np.int16]:
    """Mix a passage from the samples of an instrument.

    Parameters
    ----------
    passage : Passage
    instrument : Instrument
    sounds : sequence of ndarray of int16
        Each of `instrument.samples`, decoded.
    rest : float
        Seconds to add, in which the last note fades.
    rate : int
        Samples per second.

    Returns
    -------
    ndarray of int16, shape (samples, 2)
        The same in both channels; nothing is clipped.
    """
    length = round((passage.length + rest) * rate)
    mixed = np.zeros(length, np.float32)
    of_sample = {id(sample): sound for sample, sound in zip(instrument.samples, sounds, strict=True)}
    starts = np.rint(passage.notes[:, 0] * rate).astype(np.int64)
    held = np.rint(passage.notes[:, 1] * rate).astype(np.int64) - starts
    distinct, which = np.unique(np.column_stack((held, passage.notes[:, 2:])), axis=0, return_inverse=True)
    for number, (samples_held, pitch, velocity) in enumerate(distinct.astype(np.int64).tolist()):
        for zone in instrument.zones:
            if not zone.lowest <= pitch <= zone.highest:
                continue
            voice = _voice(zone, of_sample[id(zone.sample)], pitch, samples_held, rate)
            voice *= np.float32(_LEVEL * (velocity / 127) ** 2)
            for start in starts[which.reshape(-1) == number].tolist():
                part = mixed[start : start + len(voice)]
                part += voice[: len(part)]
    loudest = float(np.abs(mixed).max(initial=0))
    mixed *= np.float32(32767 * min(1.0, _CEILING / max(loudest, 1e-9)))
    return np.repeat(np.rint(mixed).astype(np.int16)[:, None], 2, axis=1)


def _voice(zone: Zone, sound: NDArray[np.int16], pitch: int, held: int, rate: int) -> NDArray[np.float32]:
    """Return a note, held for a number of samples and then released, until it is inaudible."""
    speed = 2 ** (((pitch - zone.root) * 100 + zone.tuning) / 1200) * zone.sample.rate / rate
    fading = _HUNDRED_DECIBELS / (zone.release * rate)  # per sample
    count = held + int(-np.log(_INAUDIBLE) / fading) + 1
    loop = zone.loop if zone.loop and zone.loop[1] < len(sound) else None
    places = np.arange(count) * speed
    if loop:
        first, last = loop
        places = np.where(places < last, places, first + (places - first) % (last - first))
    else:
        places = places[places < len(sound) - 1]
    before = places.astype(np.int64)
    share = places - before
    values = sound / 32768
    wave = values[before] * (1 - share) + values[before + 1] * share
    time = np.arange(len(wave))
    decay = np.exp(-_HUNDRED_DECIBELS / zone.decay * np.maximum(0, time / rate - zone.hold))
    loudness = zone.gain * np.maximum(decay, zone.sustain) * np.exp(-fading * np.maximum(0, time - held))
    voice: NDArray[np.float32] = (wave * loudness).astype(np.float32)
    return voice
