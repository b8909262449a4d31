"""Inspect takes: why a note sounds or does not, and where two takes diverge."""

from __future__ import annotations

import numpy as np

from lstmmusic.errors import ConfigError
from lstmmusic.generation.sampler import Take
from lstmmusic.music.pitches import note_name
from lstmmusic.settings import check_number


def explain(take: Take, step: int, column: int) -> str:
    """Explain why a note of a take sounds or does not.

    Parameters
    ----------
    take : Take
    step : int
        Counted from the start of the tune, primer included; 0 is the first.
    column : int
        Of the roll; 0 is the lowest pitch.

    Returns
    -------
    str
        Three lines: step and note; the numbers; and the reason.

    Raises
    ------
    ConfigError
        If the tune has no such step or column.
    """
    config = take.tune.config
    check_number("step", step, 0, len(take.tune) - 1, whole=True)
    check_number("column", column, 0, config.pitches - 1, whole=True)
    place = f"step {step}, {note_name(config.lowest + column)}"
    probability = float(take.probabilities[step, column])
    sounds = bool(take.tune.roll[step, column])
    state = "it sounds" if sounds else "it does not sound"
    if step < take.primer_steps:
        return f"{place}\npredicted probability {probability:.2f}\ngiven by the primer: {state}"
    uniform = float(take.uniforms[step - take.primer_steps, column])
    threshold = float(np.float32(take.threshold))  # as it was compared when sampling
    if sounds != (threshold <= probability > uniform):  # as in a `Continuation` whose settings changed meanwhile
        reason = f"sampled with other settings: {state}"
    elif probability < threshold:
        low, high = _format_distinct(probability, threshold)
        reason = f"{low} is below the threshold {high}: it never sounds"
    elif uniform < probability:
        low, high = _format_distinct(uniform, probability)
        reason = f"the random number {low} is below {high}: {state}"
    else:
        low, high = _format_distinct(probability, uniform)
        reason = f"the random number {high} is not below {low}: {state}"
    settings = f"temperature {take.temperature:g}, threshold {take.threshold:g}"
    return f"{place}\nprobability {probability:.2f}, random number {uniform:.2f}; {settings}\n{reason}"


def _format_distinct(low: float, high: float) -> tuple[str, str]:
    """Format two numbers with two decimals, or with as many more as show which is greater."""
    digits = next((digits for digits in range(2, 9) if f"{low:.{digits}f}" != f"{high:.{digits}f}"), 2)
    return f"{low:.{digits}f}", f"{high:.{digits}f}"


def first_difference(take: Take, other: Take) -> int | None:
    """Find the first step where two takes differ.

    Returns
    -------
    int or None
        Counted from the start of the tunes; if one is only longer, the length of the other. None: the tunes are equal.

    Raises
    ------
    ConfigError
        If the takes are on different grids.
    """
    if take.tune.config != other.tune.config:
        raise ConfigError(f"the takes are on different grids: {take.tune.config} and {other.tune.config}")
    one, two = take.tune.packed, other.tune.packed
    common = min(len(one), len(two))
    different = np.flatnonzero((one[:common] != two[:common]).any(axis=1))
    if len(different):
        return int(different[0])
    return None if len(one) == len(two) else common
