"""Looking closely at takes: why a note sounds or does not, and where two takes part."""

from __future__ import annotations

import numpy as np

from lstmmusic.errors import ConfigError
from lstmmusic.generation.sampler import Take
from lstmmusic.music.pitches import note_name
from lstmmusic.settings import check_number


def explain(take: Take, step: int, column: int) -> str:
    """Say why a note of a take sounds, or why it does not.

    Parameters
    ----------
    take : Take
    step : int
        From the beginning of the tune, with its primer; 0 is the first.
    column : int
        Of the roll; 0 is the lowest pitch.

    Returns
    -------
    str
        Three lines: step and note; the numbers; and what follows from them.

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
        return f"{place}\nexpected with probability {probability:.2f}\ngiven by the primer: {state}"
    drawn = float(take.uniforms[step - take.primer_steps, column])
    threshold = float(np.float32(take.threshold))  # as it was when it was compared
    if sounds != (threshold <= probability > drawn):  # as in a `Continuation` whose settings were changed on the way
        reason = f"drawn with other settings than those: {state}"
    elif probability < threshold:
        low, high = _tell_apart(probability, threshold)
        reason = f"{low} is below the threshold {high}: it never sounds"
    elif drawn < probability:
        low, high = _tell_apart(drawn, probability)
        reason = f"{low} drawn is below {high}: {state}"
    else:
        low, high = _tell_apart(probability, drawn)
        reason = f"{high} drawn is not below {low}: {state}"
    settings = f"temperature {take.temperature:g}, threshold {take.threshold:g}"
    return f"{place}\nprobability {probability:.2f}, drawn {drawn:.2f}; {settings}\n{reason}"


def _tell_apart(low: float, high: float) -> tuple[str, str]:
    """Write two numbers with two decimals, or as many more as it takes to see which is greater."""
    digits = next((digits for digits in range(2, 9) if f"{low:.{digits}f}" != f"{high:.{digits}f}"), 2)
    return f"{low:.{digits}f}", f"{high:.{digits}f}"


def first_difference(take: Take, other: Take) -> int | None:
    """Find the first step in which two takes differ.

    Returns
    -------
    int or None
        From the beginning of the tunes; where one only goes on for longer, the length of the other. None: they are
        the same tune.

    Raises
    ------
    ConfigError
        If the takes lie on different grids.
    """
    if take.tune.config != other.tune.config:
        raise ConfigError(f"the takes lie on different grids: {take.tune.config} and {other.tune.config}")
    one, two = take.tune.packed, other.tune.packed
    common = min(len(one), len(two))
    different = np.flatnonzero((one[:common] != two[:common]).any(axis=1))
    if len(different):
        return int(different[0])
    return None if len(one) == len(two) else common
