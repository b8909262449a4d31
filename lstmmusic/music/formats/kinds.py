"""The kinds of music files: which there are, by the endings of their names, and how large they may be."""

from __future__ import annotations

from pathlib import PurePath

MIDI, MUSICXML, ABC, HUMDRUM, ZIP = "MIDI", "MusicXML", "ABC", "Humdrum", "zip"

KINDS = dict.fromkeys((".mid", ".midi", ".kar", ".rmi"), MIDI) | {
    ".musicxml": MUSICXML,
    ".mxl": MUSICXML,
    ".xml": MUSICXML,
    ".abc": ABC,
    ".krn": HUMDRUM,
    ".zip": ZIP,
}
SUFFIXES = tuple(KINDS)

# Of a file: forty times a long piano piece; any such content is read in less than 10 s and 500 MB.
MAX_BYTES = 4_000_000

# MusicXML takes some thirty times the bytes of MIDI. Of a collection only what is asked for is in memory.
_LIMITS = {MUSICXML: 16_000_000, ABC: 16_000_000, ZIP: 1_000_000_000}


def kind_of(path: PurePath) -> str:
    """Return the kind of a file by its name, or ""."""
    return KINDS.get(path.suffix.lower(), "")


def limit_of(kind: str) -> int:
    """Return the most bytes that a file of a kind may have."""
    return _LIMITS.get(kind, MAX_BYTES)


def excess_of(size: int, limit: int) -> str:
    """Return in words that a number of bytes is over a limit, or ""."""
    return f"has {size / 1e6:,.1f} MB; the limit is {limit / 1e6:,g} MB" if size > limit else ""
