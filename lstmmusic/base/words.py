"""Numbers of things in words, for messages."""

from __future__ import annotations


def count_of(number: int, noun: str) -> str:
    """Return a number of things in words: "1 tune", "1,000 tunes"."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
