"""In which settings runs differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

Settings = Sequence[Mapping[str, str]]  # of each run, as `settings_in_words` returns them


def list_differing(settings: Settings) -> list[str]:
    """List the settings that are not the same in all runs."""
    return [name for name in (settings[0] if settings else ()) if len({each[name] for each in settings}) > 1]


def find_differences(settings: Settings) -> list[list[tuple[str, str]]]:
    """Find out what is special about each of several runs.

    Parameters
    ----------
    settings : sequence of mapping of str to str

    Returns
    -------
    list of list of (str, str)
        For each run, the settings that are not the same in all of them, and their values: first the values that the
        fewest others have.
    """
    counts = {name: Counter(each[name] for each in settings) for name in list_differing(settings)}
    return [
        sorted(((name, each[name]) for name in counts), key=lambda part: counts[part[0]][part[1]]) for each in settings
    ]
