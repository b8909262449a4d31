"""Settings of the grid of a piano roll."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lstmmusic.config.base import Config
from lstmmusic.settings import check_number, setting

StepUnit = Literal["seconds", "beats"]

MIDI_PITCHES = range(128)


@dataclass(frozen=True)
class RollConfig(Config):
    """The grid on which music becomes a piano roll.

    Parameters
    ----------
    step : float
        Length of a step, in `unit`.
    unit : {'seconds', 'beats'}
        In beats (quarter notes), a tune keeps its metre at any tempo.
    lowest, highest : int
        MIDI pitches, both included; 21 to 108 are the 88 keys of a piano.
    """

    step: float = setting(
        0.3,
        "Time step",
        "How long a column of the piano roll lasts; shorter keeps more of the rhythm and takes longer to learn",
        bounds=(0.01, 60),
        slider=(0.05, 2),
        step=0.05,
    )
    unit: StepUnit = setting(
        "seconds",
        "Step unit",
        "Seconds of the clock, or beats (quarter notes), which follow the tempo",
        choices={"seconds": "seconds", "beats": "beats"},
    )
    lowest: int = setting(21, "Lowest pitch", "MIDI number of the lowest pitch that is kept", bounds=(0, 127))
    highest: int = setting(108, "Highest pitch", "MIDI number of the highest pitch that is kept", bounds=(0, 127))

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "step", float(self.step))  # 1 and 1.0 are one grid, and have one fingerprint
        check_number("highest", self.highest, self.lowest, 127, whole=True)

    def __str__(self) -> str:
        """Return the grid in words, for messages."""
        return f"steps of {self.step:g} {self.unit}, pitches {self.lowest} to {self.highest}"

    @property
    def pitches(self) -> int:
        """Number of pitches: the width of a roll."""
        return self.highest - self.lowest + 1
