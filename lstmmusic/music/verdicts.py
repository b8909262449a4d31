"""What was found in each file, whether it is used, and why: verdicts, also on more files than fit into memory."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmmusic.music.roll import Tune
from lstmmusic.music.score import Part, Score

_LEFT_OUT = "left out; "


@dataclass(frozen=True, slots=True)
class Facts:
    """A summary of the music in a file.

    Parameters
    ----------
    beats, seconds : float
        Its length, with the rests at the end.
    tempo : float
        The average, in quarter notes per minute.
    metre : str
        The time signature that lasts longest, such as "3/4", or "".
    key : str
        The key signature that lasts longest, such as "F♯ minor", or "".
    parts : tuple of (Part, int)
        Each part that has notes, including drums, and the number of its notes.
    damaged : bool
        Whether part of the file could not be read.
    """

    beats: float
    seconds: float
    tempo: float
    metre: str
    key: str
    parts: tuple[tuple[Part, int], ...]
    damaged: bool

    @classmethod
    def of(cls, score: Score, known: dict[Part, Part] | None = None) -> Facts:
        """Summarise a score; its parts are added to `known`, or replaced by equal ones there, which saves memory."""
        known = {} if known is None else known
        counts = np.bincount(np.concatenate((score.notes.parts, score.drums.parts)), minlength=len(score.parts))
        present = ((part, count) for part, count in zip(score.parts, counts.tolist(), strict=True) if count)
        parts = tuple((known.setdefault(part, part), count) for part, count in present)
        beats = score.length / score.resolution
        return cls(beats, score.duration, score.tempo, score.metre, score.key, parts, score.damaged)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a file is used, and why.

    Parameters
    ----------
    path : Path
    used : bool
    reason : str
        Why it was left out; or its steps and notes, how many of these the grid loses, and what it is a copy of.
    name : str
        The path relative to the folder, with '/', or the name within a built-in collection.
    facts : Facts, optional
        Of the file, where it was read.
    copy_of : Path, optional
        The first file with the same notes, perhaps transposed.
    tune : Tune, optional
        The tune, where the file can be used; also while the user leaves it out.
    """

    path: Path
    used: bool
    reason: str
    name: str = ""
    facts: Facts | None = None
    copy_of: Path | None = None
    tune: Tune | None = field(default=None, compare=False, repr=False)

    def choose(self, used: bool) -> Verdict:
        """Return the verdict after the user's choice, which matters only if the file can be used."""
        if used == self.used or self.tune is None:
            return self
        reason = self.reason.removeprefix(_LEFT_OUT) if used else _LEFT_OUT + self.reason
        return replace(self, used=used, reason=reason)


class PartCount(NamedTuple):
    """Notes that can be left out together: those of an instrument, or of the tracks with one name."""

    label: str
    tunes: int
    notes: int
    track: bool


class LazyVerdicts(Sequence[Verdict]):
    """Verdicts that are made when they are asked for, and what is known of all without that.

    Attributes
    ----------
    elements : type
        That of all elements, which need not be made to know it.
    used, usable : ndarray of bool, shape (verdicts,)
        Whether the network learns from each file, and whether it could.
    originals : ndarray of int, shape (verdicts,)
        The place of the first file with the same notes, perhaps transposed: its own, if there is none before it.
    """

    elements = Verdict
    used: NDArray[np.bool_]
    usable: NDArray[np.bool_]
    originals: NDArray[np.int64]

    @property
    @abstractmethod
    def names(self) -> Sequence[str]:
        """`Verdict.name` of each."""

    @property
    @abstractmethod
    def parts(self) -> Sequence[PartCount]:
        """What `list_parts` returns."""

    @property
    @abstractmethod
    def has_drums(self) -> bool:
        """What `has_drums` returns."""

    @abstractmethod
    def choose(self, left_out: Collection[str]) -> LazyVerdicts:
        """Return the verdicts after the user's choice: all but these names are used."""

    @abstractmethod
    def tunes(self) -> Sequence[Tune]:
        """Return the tunes of those that are used."""


Found = dict[tuple[bool, str], tuple[int, int]]


def count_parts(facts: Iterable[Facts], found: Found) -> None:
    """Add the parts of some files to the tunes and notes that were `found` in others."""
    for each in facts:
        here: dict[tuple[bool, str], int] = {}
        for part, notes in each.parts:
            for key in () if part.drums else ((False, part.instrument), (True, part.name)):
                here[key] = here.get(key, 0) + notes
        for key, notes in here.items():
            tunes, before = found.get(key, (0, 0))
            found[key] = tunes + 1, before + notes


def sort_parts(found: Found) -> list[PartCount]:
    """List what was found as `list_parts` does."""
    counts = [PartCount(label, *numbers, track) for (track, label), numbers in found.items() if label]
    return sorted(counts, key=lambda count: (count.track, -count.notes, count.label))
