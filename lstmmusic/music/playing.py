"""How tunes are played: as scores in a tempo, and as MIDI files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lstmmusic.base.files import write_atomically
from lstmmusic.config import RollConfig
from lstmmusic.music.expression import TEMPI, Expression
from lstmmusic.music.formats.midi_writer import encode_midi
from lstmmusic.music.metre import to_signatures
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.score import VELOCITY, Notes, Part, Score, events
from lstmmusic.settings import check_number, checked


def seconds_per_step(config: RollConfig, tempo: float) -> float:
    """Return the length of a step in seconds at `tempo` quarter notes per minute."""
    return config.step if config.unit == "seconds" else config.step * 60 / tempo


def check_playing(tempo: float, velocity: int, instrument: int) -> None:
    """Check how a tune is to be played; see `write_midi`."""
    check_number("tempo", tempo, *TEMPI)
    check_number("velocity", velocity, 1, 127, whole=True)
    check_number("instrument", instrument, 0, 127, whole=True)


def played_velocities(
    velocities: NDArray[np.uint8] | None, notes: int, velocity: int, *, flat: bool = False
) -> NDArray[np.uint8]:
    """Return the velocities at which a number of notes are played, given their own, if known; see `write_midi`."""
    if velocities is None or flat:
        return np.full(notes, velocity, np.uint8)
    return np.asarray(np.rint(velocities * (velocity / VELOCITY)).clip(1, 127), np.uint8)


def to_score(
    tune: Tune,
    *,
    tempo: float = 100.0,
    velocity: int = VELOCITY,
    flat: bool = False,
    instrument: int = 0,
    expression: Expression | None = None,
) -> Score:
    """Turn a tune into a score with one part; see `write_midi`."""
    check_playing(tempo, velocity, instrument)
    expression = expression or Expression()
    beat = round(6e7 / tempo)  # microseconds
    quarters = tune.config.step if tune.config.unit == "beats" else tune.config.step * 1e6 / beat  # per step
    # A step has at least four ticks; pretty_midi reads at most ten million, so a long tune gets longer ones.
    resolution = int(min(max(960, 4 / quarters + 1), max(24, 9e6 / max(len(tune) * quarters, 1))))
    ticks = quarters * resolution  # per step
    followed = expression.tempi[expression.tempi[:, 0] < len(tune)] if tune.config.unit == "beats" else ()
    tempi = [(round(step * ticks), round(6e7 / each)) for step, each in followed]
    presses = expression.pedal[expression.pedal[:, 0] < len(tune)].clip(max=len(tune))
    table = find_notes(tune)
    velocities = played_velocities(tune.packed_velocities, len(table), velocity, flat=flat)
    return Score(
        tune.name,
        resolution,
        Notes.of(np.rint(table[:, :2] * ticks), table[:, 2], velocities),
        (Part(track=1, program=instrument, name=tune.name),),
        tempi=events(tempi or [(0, beat)]),
        time_signatures=to_signatures(tune.metre, tune.config, resolution),
        pedal=np.insert(np.rint(presses * ticks).astype(np.int64), 0, 0, axis=1),
        length=round(len(tune) * ticks),
    )


@checked
def write_midi(
    tune: Tune,
    path: str | Path,
    *,
    tempo: float = 100.0,
    velocity: int = VELOCITY,
    flat: bool = False,
    instrument: int = 0,
    expression: Expression | None = None,
) -> None:
    """Write a tune as a MIDI file, with metre and the rests at its end, which `read_midi` reads back to the same tune.

    Parameters
    ----------
    tune : Tune
    path : str or Path
    tempo : float
        Quarter notes per minute. A grid in beats is played at this tempo; a grid in seconds keeps its
        speed, and the tempo only determines where other programs draw bar lines.
    velocity : int
        Velocity of each note, 1 to 127. If the tune has velocities, these are multiplied by ``velocity / 80``, and
        limited to 1 to 127.
    flat : bool
        Whether every note has that velocity, also where the tune has its own.
    instrument : int
        General MIDI program, 0 to 127; 0 is a grand piano.
    expression : Expression, optional
        Its tempi, if it has any, count instead of `tempo`, and its pedal is pressed.

    Raises
    ------
    ConfigError
        If tempo, velocity or instrument is out of range.
    SaveError
        If the file cannot be written; an existing one is unharmed.
    """
    score = to_score(tune, tempo=tempo, velocity=velocity, flat=flat, instrument=instrument, expression=expression)
    write_atomically(path, encode_midi(score))
