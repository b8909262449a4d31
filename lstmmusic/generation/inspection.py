"""Inspect takes: why a note sounds or does not, and where two takes diverge."""

from __future__ import annotations

import numpy as np

from lstmmusic.errors import ConfigError
from lstmmusic.generation.sampler import Take
from lstmmusic.music.pitches import note_name
from lstmmusic.music.roll import Tune, find_starts
from lstmmusic.settings import check_number, checked

# Why a note sounds, or why it is silent; the page uses the same sentences. "just" is for numbers that look equal.
REASONS = {
    "sounds": "random number {random} is below {probability}: sounds",
    "just_sounds": "random number {random} is just below {probability}: sounds",
    "silent": "random number {random} is not below {probability}: silent",
    "below_threshold": "{probability} is below the threshold {threshold}: never sounds",
    "just_below_threshold": "just below the threshold {threshold}: never sounds",
    "primer": "given by the primer",
    "edited": "given by an edit",
}


@checked
def explain(take: Take, step: int, column: int) -> str:
    """Explain why a note of a take sounds or does not.

    Parameters
    ----------
    take : Take
    step : int
        Counted from the start of the tune, primer included; 0 is the first.
    column : int
        The column of the roll; 0 is the lowest pitch.

    Returns
    -------
    str
        Three lines: step and note, whether it is struck, held or struck again, and its velocity; the numbers; and the
        reason.

    Raises
    ------
    ConfigError
        If the tune has no such step or column.
    """
    config = take.tune.config
    check_number("step", step, 0, len(take.tune) - 1, whole=True)
    check_number("column", column, 0, config.pitches - 1, whole=True)
    place = f"step {step}, {note_name(config.lowest + column)}{_describe_note(take.tune, step, column)}"
    probability = float(take.probabilities[step, column])
    sounds = bool(take.tune.roll[step, column])
    state = "sounds" if sounds else "silent"
    if step < take.primer_steps:
        return f"{place}\npredicted probability {probability:.2f}\n{REASONS['primer']}: {state}"
    if step in take.edited:
        return f"{place}\npredicted probability {probability:.2f}\n{REASONS['edited']}: {state}"
    uniform = float(take.uniforms[step - take.primer_steps, column])
    threshold = float(np.float32(take.threshold))  # as it was compared when sampling
    if sounds != (threshold <= probability > uniform):  # as in a `Continuation` whose settings changed meanwhile
        reason = f"sampled with other settings: {state}"
    elif probability < threshold:
        low, high = _format_distinct(probability, threshold)
        reason = REASONS["below_threshold"].format(probability=low, threshold=high)
    elif uniform < probability:
        low, high = _format_distinct(uniform, probability)
        reason = REASONS["sounds"].format(random=low, probability=high)
    else:
        low, high = _format_distinct(probability, uniform)
        reason = REASONS["silent"].format(random=high, probability=low)
    settings = f"temperature {take.temperature:g}, threshold {take.threshold:g}"
    return f"{place}\nprobability {probability:.2f}, random number {uniform:.2f}; {settings}\n{reason}"


def _describe_note(tune: Tune, step: int, column: int) -> str:
    """Return whether a note is struck, held or struck again, and its velocity, as far as that is known."""
    roll, starts = tune.roll[: step + 1, column], find_starts(tune)[: step + 1]
    if not roll[-1]:
        return ""
    begins = np.flatnonzero(np.unpackbits(starts, axis=1)[:, column])[-1]
    words = ""
    if tune.onsets is not None:
        words = ", held" if begins < step else ", struck again" if step and roll[-2] else ", struck"
    velocities = tune.velocities
    return words if velocities is None else f"{words}, velocity {velocities[begins, column]}"


def _format_distinct(low: float, high: float) -> tuple[str, str]:
    """Format two numbers with two decimals, or with as many as it takes to show which is greater."""
    digits = next((digits for digits in range(2, 9) if f"{low:.{digits}f}" != f"{high:.{digits}f}"), 2)
    return f"{low:.{digits}f}", f"{high:.{digits}f}"


@checked
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
