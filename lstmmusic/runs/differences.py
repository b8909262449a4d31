"""In which settings runs differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from lstmmusic.runs.as_code import settings_in_words
from lstmmusic.runs.listing import Run


def compare_settings(one: Run, other: Run) -> list[tuple[str, str, str]]:
    """Compare the settings of two runs.

    Returns
    -------
    list of (str, str, str)
        The name of each setting that differs, and its value in each run, in words.
    """
    first, second = settings_in_words(one), settings_in_words(other)
    return [(name, first[name], second[name]) for name in first if first[name] != second[name]]


def find_differences(settings: Sequence[Mapping[str, str]]) -> list[list[tuple[str, str]]]:
    """Find out what is special about each of several runs.

    Parameters
    ----------
    settings : sequence of mapping of str to str
        The settings of each run, as `settings_in_words` returns them.

    Returns
    -------
    list of list of (str, str)
        For each run, the settings that are not the same in all of them, and their values: first the values that the
        fewest others have.
    """
    counts = {name: Counter(each[name] for each in settings) for name in (settings[0] if settings else ())}
    differing = {name: count for name, count in counts.items() if len(count) > 1}
    return [
        sorted(((name, each[name]) for name in differing), key=lambda part: differing[part[0]][part[1]])
        for each in settings
    ]
