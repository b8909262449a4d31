"""The sound that another process plays through SDL's disk driver, and where notes begin in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.music.roll import Tune
from tests.processes import run_python

RATE = 44_100

# SDL's disk driver is not a clock: it waits a little longer than a buffer lasts. So time is measured in what it has
# written, which `wait` watches; `mark` prints how much that is.
# Where only the order of things matters and not their time, it may write faster than real time.
FAST = {"SDL_DISKAUDIODELAY": "4"}  # milliseconds for a buffer of 23
HEAD = """
import os, signal, sys, threading, time
from pathlib import Path
import numpy as np
from lstmmusic import PygamePlayer, RollConfig, Tune
from tests.ears import make_tune
raw = Path(os.environ["SDL_DISKAUDIOFILE"])
def mark(name=""):
    now = raw.stat().st_size / 4 / 44100
    if name:
        print(name, now)
    return now
def wait(seconds):
    end, deadline = mark() + seconds, time.monotonic() + 60
    while mark() < end:
        assert time.monotonic() < deadline
        threading.Event().wait(0.002)
"""


def make_tune(*notes: tuple[int, int, int], steps: int) -> Tune:
    """Make a tune in steps of a quarter second; each note is its first step, the step after its last, and its pitch."""
    config = RollConfig(step=0.25, lowest=21, highest=115)
    roll = np.zeros((steps, config.pitches), np.uint8)
    for first, last, pitch in notes:
        roll[first:last, pitch - 21] = 1
    return Tune(roll, config=config)


def hear(code: str, folder: Path, **variables: str) -> tuple[NDArray[np.float64], dict[str, list[float]]]:
    """Run code that plays; return the sound, in mono, and the numbers that it printed, by name."""
    raw = folder / "sound.raw"
    done = run_python("-c", HEAD + code, SDL_AUDIODRIVER="disk", SDL_DISKAUDIOFILE=str(raw), **variables)
    printed: dict[str, list[float]] = {}
    for line in done.stdout.splitlines():
        name, number = line.split()
        printed.setdefault(name, []).append(float(number))
    return np.fromfile(raw, np.int16).reshape(-1, 2).mean(1) / 32768, printed


def level(sound: NDArray[np.float64], start: float, stop: float) -> float:
    part = sound[int(start * RATE) : int(stop * RATE)]
    return float(np.sqrt(np.mean(part**2)))


def strength(sound: NDArray[np.float64], start: float, pitch: int) -> float:
    """Return the fraction of the energy in a third of a second that is within a quarter tone of a pitch."""
    part = sound[int(start * RATE) :][: RATE // 3]
    energy = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 17)) ** 2
    frequency = np.fft.rfftfreq(1 << 17, 1 / RATE)
    pitch_frequency = 440 * 2 ** ((pitch - 69) / 12)
    near = np.abs(np.log2(np.maximum(frequency, 1) / pitch_frequency)) < 1 / 24
    return float(energy[near].sum() / energy.sum())


def cents(sound: NDArray[np.floating], start: float, pitch: int, rate: float = RATE) -> float:
    """Return by how many cents the loudest partial within a quarter tone of a pitch is sharp, over 0.4 s."""
    part = sound[int(start * rate) :][: int(0.4 * rate)]
    size = 1 << 19
    heard = np.log(np.abs(np.fft.rfft(part * np.hanning(len(part)), size)) + 1e-12)
    true = 440 * 2 ** ((pitch - 69) / 12) * size / rate
    low, high = (round(true * 2**octaves) for octaves in (-1 / 24, 1 / 24))
    most = low + int(heard[low:high].argmax())
    before, peak, after = heard[most - 1 : most + 2]
    exact = most + 0.5 * (before - after) / (before - 2 * peak + after)  # the top of a parabola
    return float(1200 * np.log2(exact / true))


def onsets(sound: NDArray[np.float64]) -> list[float]:
    """Return the seconds at which a sound starts after a twentieth of a second of near silence."""
    block = RATE // 500
    peaks = np.abs(sound[: len(sound) // block * block]).reshape(-1, block).max(1)
    loud = np.concatenate(([False], peaks > 0.005))
    quiet = np.convolve(loud, np.ones(25), "full")[: len(loud)]  # how many of the last 25 blocks were loud
    return [float(at * block / RATE) for at in np.flatnonzero(loud[1:] & (quiet[:-1] == 0))]


def attacks(sound: NDArray[np.floating], apart: float, rate: float = RATE) -> NDArray[np.float64]:
    """Return the seconds at which a hammer strikes: where the spectrum suddenly becomes louder, also amid other sound.

    The peaks, at least this many seconds apart, of the positive changes of all logarithmic magnitudes ("spectral
    flux", Bello et al., A Tutorial on Onset Detection in Music Signals, 2005) in 4 ms, from frames of 8 ms.
    """
    hop = round(rate / 1000)
    size, lag = 8 * hop, 4
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, (size + lag * hop, 0)), size)[::hop]
    magnitudes = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1))
    heard = np.log1p(100 * magnitudes / magnitudes.max())
    flux = np.maximum(0, heard[lag:] - heard[:-lag]).sum(axis=1)
    near = round(apart * rate / hop)
    most = np.lib.stride_tricks.sliding_window_view(np.pad(flux, near), 2 * near + 1).max(axis=1)
    return (np.flatnonzero((flux == most) & (flux > 0.25 * flux.max())) - size / 2 / hop) * hop / rate


def rise(sound: NDArray[np.floating], at: float, rate: float = RATE) -> float:
    """Return by how many decibels a sound becomes louder where a note is struck."""
    width = round(0.008 * rate)
    energy = np.convolve(np.square(sound, dtype=np.float64), np.ones(width), "valid")  # from each sample on
    struck = round(at * rate)
    before, after = energy[struck - width - 40 : struck - width].min(), energy[struck : struck + 2 * width].max()
    return float(10 * np.log10(after / before))
