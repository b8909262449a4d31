"""Numbers in words: counts of things, and steps of a grid as beats or seconds."""

from __future__ import annotations

import math

from lstmmusic.config import RollConfig

_FRACTIONS = {1 / 8: "⅛", 1 / 6: "⅙", 1 / 4: "¼", 1 / 3: "⅓", 1 / 2: "½", 2 / 3: "⅔", 3 / 4: "¾"}


def plural(count: int, noun: str) -> str:
    """Return a count and its noun, such as "1 file" or "2 files"."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def describe_step(grid: RollConfig) -> str:
    """Return the length of a step, such as "¼ beat" or "0.3 s"."""
    if grid.unit == "seconds":
        return f"{grid.step:g} s"
    fraction = next((sign for value, sign in _FRACTIONS.items() if math.isclose(grid.step, value, rel_tol=1e-3)), None)
    return f"{fraction or f'{grid.step:g}'} beat{'s' * (grid.step > 1)}"


def describe_steps(steps: int, grid: RollConfig) -> str:
    """Return the length of a number of steps, such as "75 beats" or "90 s"."""
    length = round(steps * grid.step, 2)
    return f"{length:,g} " + ("s" if grid.unit == "seconds" else f"beat{'s' * (length != 1)}")
