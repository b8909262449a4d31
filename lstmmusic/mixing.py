"""Mixing: the sound of a passage from the samples of an instrument, where there is no FluidSynth. Arrays only.

It does what `soundfont` reads of an instrument: pitch, loop, loudness and how it fades; no reverberation, no filter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lstmmusic.passages import Passage
from lstmmusic.soundfont import Instrument, Zone

_LEVEL = 0.6  # of one note as loud as can be: about that of FluidSynth
_CEILING = 0.97  # what is louder is made softer as a whole
_GONE = 1e-4  # 80 dB softer
_HUNDRED_DECIBELS = np.log(1e5)


def mix(
    passage: Passage,
    instrument: Instrument,
    sounds: Sequence[NDArray[np.int16]],
    *,
    rest: float,
    rate: int,
) -> NDArray[np.int16]:
    """Mix the samples of an instrument into the sound of a passage.

    Parameters
    ----------
    passage : Passage
    instrument : Instrument
    sounds : sequence of ndarray of int16
        What each of `instrument.samples` is when it is decoded.
    rest : float
        Seconds to add, in which the last note dies away.
    rate : int
        Samples per second.

    Returns
    -------
    ndarray of int16, shape (samples, 2)
        The same on both sides; nothing is clipped.
    """
    length = round((passage.length + rest) * rate)
    mixed = np.zeros(length, np.float32)
    of_sample = {id(sample): sound for sample, sound in zip(instrument.samples, sounds, strict=True)}
    starts = np.rint(passage.notes[:, 0] * rate).astype(np.int64)
    held = np.rint(passage.notes[:, 1] * rate).astype(np.int64) - starts
    alike, which = np.unique(np.column_stack((held, passage.notes[:, 2:])), axis=0, return_inverse=True)
    for number, (samples_held, pitch, velocity) in enumerate(alike.astype(np.int64).tolist()):
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
    """Return a note, held for a number of samples and then let go, until it is gone."""
    speed = 2 ** (((pitch - zone.root) * 100 + zone.tuning) / 1200) * zone.sample.rate / rate
    fading = _HUNDRED_DECIBELS / (zone.release * rate)  # a sample
    count = held + int(-np.log(_GONE) / fading) + 1
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
