"""What is laid on a tune when it is played or exported, and is not learned: a tempo curve and the sustain pedal.

Both come from the score of a piece, such as the one that a primer was cut out of, or from a simple rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, mapped_errors
from lstmmusic.music.roll import Tune, find_starts
from lstmmusic.music.score import Score, TempoMap, sustained_ends
from lstmmusic.settings import checked

TEMPI = (5.0, 1000.0)  # quarter notes per minute

TempoCurve = Literal["strict", "piece"]
Pedal = Literal["none", "bass", "piece"]

_BEAT = 0.6  # seconds, on a grid in seconds
_SETTLED = 0.25  # of a step after which the pedal goes down again: later, so that the notes before are damped


def _rows() -> NDArray[np.float64]:
    return np.zeros((0, 2))


@dataclass(frozen=True, eq=False)
class Expression:
    """A tempo curve and presses of the sustain pedal, which are laid on a tune when it is played or exported.

    Parameters
    ----------
    tempi : array_like of float, shape (changes, 2)
        Step, and quarter notes per minute from there on, 5 to 1000; the first at step 0. Empty: one tempo, which the
        player chooses. On a grid in seconds, whose steps have their length, they do not count.
    pedal : array_like of float, shape (presses, 2)
        The step at which the pedal goes down, and the one at which it rises, perhaps between two steps; in order.

    Raises
    ------
    ConfigError
        If a table has another shape or order, or a tempo is out of range.
    """

    tempi: NDArray[np.float64] = field(default_factory=_rows)
    pedal: NDArray[np.float64] = field(default_factory=_rows)

    def __post_init__(self) -> None:
        tempi, pedal = _as_table("tempi", self.tempi), _as_table("pedal", self.pedal)
        steps, quarters = tempi.T
        if len(tempi) and (steps[0] != 0 or (np.diff(steps) <= 0).any()):
            raise ConfigError("the steps of tempi must increase from 0")
        if not ((quarters >= TEMPI[0]) & (quarters <= TEMPI[1])).all():
            raise ConfigError(f"tempi must be from {TEMPI[0]:g} to {TEMPI[1]:g} quarter notes per minute")
        if (pedal[:, 0] >= pedal[:, 1]).any() or (pedal[1:, 0] < pedal[:-1, 1]).any() or (pedal < 0).any():
            raise ConfigError("each press of the pedal must end after it begins, from step 0 on, and before the next")
        object.__setattr__(self, "tempi", tempi)
        object.__setattr__(self, "pedal", pedal)

    def __repr__(self) -> str:
        """Return a line, and not the arrays, as notebooks show what a cell returns."""
        return f"<Expression: {len(self.tempi):,} tempi, {len(self.pedal):,} presses of the pedal>"

    @classmethod
    @checked
    def of(
        cls,
        tune: Tune,
        piece: Score | None = None,
        *,
        start: int = 0,
        tempo: TempoCurve = "strict",
        pedal: Pedal = "none",
    ) -> Expression:
        """Make what is laid on a tune.

        Parameters
        ----------
        tune : Tune
        piece : Score, optional
            The music with which the tune begins.
        start : int
            The step of the piece, on the grid of the tune, at which the tune begins.
        tempo : {'strict', 'piece'}
            'piece' follows the tempi of the piece up to its end, and then has its average tempo. On a grid in seconds,
            the timing of the piece is in the grid already.
        pedal : {'none', 'bass', 'piece'}
            'bass' changes the pedal with the bass: it rises when the lowest note of what sounds begins, within a beat
            only if that is no higher than the bass before, goes down again a quarter of a step later, and holds for a
            bar at most. 'piece' presses it as in the piece, where that ends as 'bass' does.

        Raises
        ------
        ConfigError
            If 'piece' is chosen without a piece.
        """
        if piece is None and "piece" in (tempo, pedal):
            raise ConfigError("tempo and pedal can be as in the piece only if there is one; give its score")
        tempi, presses = _rows(), _rows()
        if piece and tempo == "piece" and tune.config.unit == "beats":
            tempi = _find_tempi(piece, tune.config, start)
        if pedal != "none":
            presses = _press_with_bass(tune)
        if piece and pedal == "piece":
            end = min(float(_to_steps(piece, tune.config, start, piece.length)), len(tune))
            later = presses[presses[:, 0] >= end]
            presses = np.concatenate((_find_presses(piece, tune.config, start, max(end, 0)), later))
        return cls(tempi, presses)

    def tempo_map(self, config: RollConfig, tempo: float) -> TempoMap:
        """Return when the steps of a grid are played: at `tempo` quarter notes per minute, unless there are tempi."""
        if config.unit == "seconds":
            return TempoMap(np.zeros(1), np.array([config.step]))
        tempi = self.tempi if len(self.tempi) else np.array([[0.0, tempo]])
        return TempoMap(tempi[:, 0], config.step * 60 / tempi[:, 1])

    def sustain(self, notes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Let notes, as `find_notes` lists them, last until the pedal rises, or until the same pitch begins again."""
        sounding = notes.astype(np.float64)
        if len(notes) and len(self.pedal):
            presses = np.insert(self.pedal, 0, 0, axis=1)
            sounding[:, 1] = sustained_ends(sounding[:, :2], notes[:, 2], presses, np.zeros(len(notes), np.int64))
        return sounding


def _as_table(name: str, rows: ArrayLike) -> NDArray[np.float64]:
    with mapped_errors(ConfigError, lambda _: f"{name} must be rows of two numbers", TypeError, ValueError):
        table = np.array(rows, np.float64)
    if not table.size:
        return _rows()
    if table.ndim != 2 or table.shape[1] != 2 or not np.isfinite(table).all():
        raise ConfigError(f"{name} must be rows of two numbers")
    return table


def varies_tempo(piece: Score) -> bool:
    """Return whether a piece has more than one tempo."""
    return len(np.unique(piece.tempi[:, 1])) > 1


def _to_steps(piece: Score, config: RollConfig, start: int, ticks: ArrayLike) -> NDArray[np.float64]:
    """Convert ticks of a piece to steps of a tune that begins at a step of it."""
    times = piece.to_seconds(ticks) if config.unit == "seconds" else np.asarray(ticks) / piece.resolution
    return np.asarray(times / config.step - start, np.float64)


def _find_tempi(piece: Score, config: RollConfig, start: int) -> NDArray[np.float64]:
    """Return the tempi of a piece from a step on, and its average tempo from its end on."""
    steps = _to_steps(piece, config, start, np.append(piece.tempi[:, 0], piece.length)).clip(0)
    tempi = np.append(6e7 / piece.tempi[:, 1].clip(1), piece.tempo).clip(*TEMPI)
    before_end = np.append(steps[:-1] < steps[-1], True)
    last = np.append(steps[1:] > steps[:-1], True)  # of those at one step
    steps, tempi = steps[before_end & last], tempi[before_end & last]
    changes = np.append(True, tempi[1:] != tempi[:-1])
    return np.column_stack((steps[changes], tempi[changes]))


def _find_presses(piece: Score, config: RollConfig, start: int, end: float) -> NDArray[np.float64]:
    """Return the presses of a piece, of whichever channel, from a step on, for a number of steps."""
    ticks = piece.pedal[np.argsort(piece.pedal[:, 1], kind="stable"), 1:]
    presses = _to_steps(piece, config, start, ticks).clip(0, end)
    presses = presses[presses[:, 1] > presses[:, 0]]
    reach = np.maximum.accumulate(presses[:, 1])
    apart = np.append(True, presses[1:, 0] >= reach[:-1])[: len(presses)]
    last = np.append(apart[1:], True)[: len(presses)]
    return np.column_stack((presses[apart, 0], reach[last]))


def _press_with_bass(tune: Tune) -> NDArray[np.float64]:
    """Return the presses of a pedal that changes with the bass; see `Expression.of`."""
    if tune.config.unit == "seconds":
        beat, bar = _BEAT, 4 * _BEAT
    else:
        beat, bar = (tune.metre[0].beat, tune.metre[0].bar) if tune.metre else (1.0, 4.0)
    beat, bar = max(beat / tune.config.step, 1.0), max(bar / tune.config.step, 1.0)
    starts = np.unpackbits(find_starts(tune), axis=1, count=tune.config.pitches)
    lowest = tune.roll.argmax(axis=1)
    begins = np.flatnonzero(starts[np.arange(len(tune)), lowest])
    changes: list[int] = []
    bass = 0
    for step, pitch in zip(begins.tolist(), lowest[begins].tolist(), strict=True):
        if not changes or step - changes[-1] >= beat or pitch <= bass:
            changes.append(step)
            bass = pitch
    rises = np.append(changes[1:], len(tune))[: len(changes)]
    return np.column_stack((np.add(changes, _SETTLED), np.minimum(rises, np.add(changes, bar))))
