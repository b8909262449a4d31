"""Corpora: tunes to learn from, of one grid, with what was found in each file, and how they are split.

Nothing here reads files, or knows about networks or widgets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.base.words import count_of
from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError
from lstmmusic.music.metre import Metres, find_usual
from lstmmusic.music.note_table import NoteTable
from lstmmusic.music.roll import Tune
from lstmmusic.music.source import Source
from lstmmusic.music.stored import StoredTunes
from lstmmusic.music.tunes import draw, lengths_of, metres_of, select
from lstmmusic.music.verdicts import Found, LazyVerdicts, PartCount, Verdict, count_parts, sort_parts
from lstmmusic.settings import check_fields, check_number, checked

# Of a stored corpus, for what would take long with all of it.
SAMPLED_STEPS = 200_000


@dataclass(frozen=True)
class Corpus:
    """Tunes on one grid, and a verdict on each file.

    Parameters
    ----------
    name : str
    config : RollConfig
        The grid of every tune.
    tunes : tuple of Tune
        Of a corpus that is stored in a file, a sequence that reads each tune when it is asked for.
    verdicts : tuple of Verdict
        Those of used files are in the order of the tunes.
    source : Source, optional
        Where it can be loaded from again.
    all_notes : NoteTable, optional
        The notes of the tunes before quantisation, up to `lstmmusic.music.note_table.MAX_NOTES`; also of those that the
        user left out. See `notes`.
    """

    name: str
    config: RollConfig
    tunes: Sequence[Tune]
    verdicts: Sequence[Verdict] = ()
    source: Source | None = None
    all_notes: NoteTable | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_fields(self)
        if self.is_stored:
            return
        object.__setattr__(self, "tunes", tuple(self.tunes))
        for tune in self.tunes:
            if tune.config is not self.config and tune.config != self.config:
                raise CorpusError(f"{tune.name!r} is on another grid ({tune.config}) than the corpus ({self.config})")

    def __repr__(self) -> str:
        """Return a line, and not all tunes and verdicts, as notebooks show what a cell returns."""
        return f"<Corpus {self.name!r}: {count_of(len(self), 'tune')}; {self.config}>"

    def __len__(self) -> int:
        """Return the number of tunes."""
        return len(self.tunes)

    @property
    def steps(self) -> int:
        """Number of steps in all tunes together."""
        return int(lengths_of(self.tunes).sum())

    @property
    def is_stored(self) -> bool:
        """Whether the tunes are in a file, and not in memory."""
        return isinstance(self.tunes, StoredTunes)

    @property
    def left_out(self) -> frozenset[str]:
        """`Verdict.name` of the files that could be used, and are not."""
        names = self.names
        return frozenset(names[place] for place in np.flatnonzero(self.usable & ~self.used).tolist())

    @property
    def names(self) -> Sequence[str]:
        """`Verdict.name` of each file."""
        if isinstance(self.verdicts, LazyVerdicts):
            return self.verdicts.names
        return [verdict.name for verdict in self.verdicts]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Whether each file can be used."""
        if isinstance(self.verdicts, LazyVerdicts):
            return self.verdicts.usable
        return np.array([verdict.tune is not None for verdict in self.verdicts], bool)

    @property
    def used(self) -> NDArray[np.bool_]:
        """Whether each file is used."""
        if isinstance(self.verdicts, LazyVerdicts):
            return self.verdicts.used
        return np.array([verdict.used for verdict in self.verdicts], bool)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The file of each tune; empty if there are no verdicts, as in the parts of a split corpus."""
        return tuple(verdict.path for verdict in self.verdicts if verdict.used)

    @cached_property
    def notes(self) -> NoteTable | None:
        """The notes of the tunes before quantisation; for `count_lost_notes` and `suggest_grids`."""
        if self.all_notes is None:
            return None
        used = self.used[self.usable].tolist()
        table = self.all_notes if all(used) else self.all_notes.select(used)
        return table if table.lengths else None

    @cached_property
    def metre(self) -> Metres:
        """The metre of most steps, for a tune that begins from nothing; empty if that is unknown."""
        return find_usual(zip(metres_of(self.tunes), lengths_of(self.tunes).tolist(), strict=True))

    def fingerprint(self) -> str:
        """Return a digest of grid and rolls: equal for equal music, wherever it is. All of it is read once."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        digest = hashlib.sha256(repr(self.config).encode())
        in_bytes = self.config.pitches % 8 == 0  # then the rows of a roll are packed one after the other
        for tune in self.tunes:
            digest.update(len(tune).to_bytes(8, "little"))
            digest.update(memoryview(tune.packed if in_bytes else np.packbits(tune.roll)))  # type: ignore[arg-type]
        return digest.hexdigest()[:16]

    def in_memory(self, steps: int = SAMPLED_STEPS) -> Corpus:
        """Return this corpus if it is in memory, and otherwise a sample of its tunes; see `sample`."""
        return self.sample(steps) if self.is_stored else self

    def sample(self, steps: int, seed: int = 0) -> Corpus:
        """Return a random sample of the tunes, in their order and in memory; its name says so.

        Parameters
        ----------
        steps : int
            The most steps of all tunes together; one tune is kept even if it has more.
        seed : int
            The same seed draws the same tunes.

        Returns
        -------
        Corpus
            This one, if it has no more steps and is in memory. Another has the verdicts of its tunes.
        """
        places = draw(self.tunes, steps, seed)
        if len(places) == len(self) and not self.is_stored:
            return self
        verdicts: tuple[Verdict, ...] = ()
        if self.verdicts:
            used = np.flatnonzero(self.used)
            verdicts = tuple(self.verdicts[place] for place in used[places].tolist())
        tunes = tuple(verdict.tune for verdict in verdicts if verdict.tune) or tuple(select(self.tunes, places))
        name = self.name
        if len(places) < len(self):
            name = f"a sample of {count_of(len(places), 'tune')} of the {len(self):,} of {self.name}"
        return replace(self, name=name, tunes=tunes, verdicts=verdicts, all_notes=None)

    @checked
    def choose(self, left_out: Collection[str]) -> Corpus:
        """Return the corpus without some files, and with all others that can be used; nothing is read again.

        Parameters
        ----------
        left_out : collection of str
            `Verdict.name` of each file to leave out. All others are used, so that `choose(())` uses every file.

        Returns
        -------
        Corpus
            Its `source` remembers the choice.

        Raises
        ------
        CorpusError
            If there is no file of such a name, as in a corpus that was not loaded from files.
        """
        names = set(left_out)
        if unknown := names.difference(self.names):
            raise CorpusError(
                f"{self.name} has no file {sorted(map(str, unknown))[0]!r} to leave out; see the name of each verdict"
            )
        return self.leaving_out(names)

    def leaving_out(self, names: Collection[str]) -> Corpus:
        """Return the same as `choose`, but accept and remember names that no file has."""
        if not self.verdicts:
            return self
        source = self.source and replace(self.source, left_out=tuple(names))
        if isinstance(self.verdicts, LazyVerdicts):
            chosen = self.verdicts.choose(names)
            return replace(self, tunes=chosen.tunes(), verdicts=chosen, source=source)
        verdicts = tuple(verdict.choose(verdict.name not in names) for verdict in self.verdicts)
        tunes = tuple(verdict.tune for verdict in verdicts if verdict.used and verdict.tune is not None)
        return replace(self, tunes=tunes, verdicts=verdicts, source=source)

    @checked
    def split(self, validation: float = 0.15, seed: int = 0) -> tuple[Corpus, Corpus]:
        """Split the tunes into a training and a validation part.

        Copies of a tune, also transposed ones, are in one part (see `Verdict.copy_of`), unless there is no other tune.

        Parameters
        ----------
        validation : float
            Fraction of the tunes to hold out, between 0 and 1; at least one tune is held out.
        seed : int

        Raises
        ------
        CorpusError
            If there are fewer than two tunes.

        Notes
        -----
        Splitting a part again loses its `source`, which describes one split only.
        """
        check_number("validation", validation, 0.001, 0.999)
        check_number("seed", seed, 0, 2**63 - 1, whole=True)
        if len(self) < 2:
            raise CorpusError(
                f"{self.name} has {count_of(len(self), 'tune')}; training needs two or more, one of them held out: "
                f"add music"
            )
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed)).tolist()
        wanted = min(len(self) - 1, max(1, round(validation * len(self))))
        is_held_out = np.zeros(len(self), bool)
        is_held_out[self._hold_out(order, wanted)] = True
        whole = self.source if self.source and self.source.held_out is None else None
        source = whole and replace(whole, held_out=validation, seed=seed)
        training, held = (
            replace(
                self,
                tunes=select(self.tunes, np.flatnonzero(is_held_out == is_held)),
                verdicts=(),
                source=source,
                all_notes=None,
            )
            for is_held in (False, True)
        )
        return training, held

    def _hold_out(self, order: list[int], wanted: int) -> list[int]:
        """Choose tunes in this order until as many as wanted are held out; copies come with each other."""
        originals: Sequence[Path | int]
        if isinstance(self.verdicts, LazyVerdicts):
            originals = self.verdicts.originals[self.verdicts.used].tolist()
        else:
            originals = [verdict.copy_of or verdict.path for verdict in self.verdicts if verdict.used]
        groups: dict[Path | int, list[int]] = {}
        for index in order:
            groups.setdefault(originals[index] if originals else index, []).append(index)
        if len(groups) == 1:
            return order[:wanted]
        chosen: list[int] = []
        for group in groups.values():
            if len(chosen) + len(group) <= wanted:
                chosen += group
        return chosen or min(groups.values(), key=len)


@checked
def list_parts(corpus: Corpus) -> list[PartCount]:
    """List the instruments in the files of a corpus, and then the names of tracks, each with the most notes first.

    Files that the user left out count too, drums do not.

    Returns
    -------
    list of PartCount
        The `label` is for `Source.parts_left_out`; `tunes` and `notes` are numbers; `track` is true for the name of
        tracks, and false for an instrument.
    """
    if isinstance(corpus.verdicts, LazyVerdicts):
        return list(corpus.verdicts.parts)
    found: Found = {}
    count_parts((verdict.facts for verdict in corpus.verdicts if verdict.facts), found)
    return sort_parts(found)


def has_drums(corpus: Corpus) -> bool:
    """Return whether a file of a corpus has drums."""
    if isinstance(corpus.verdicts, LazyVerdicts):
        return corpus.verdicts.has_drums
    return any(part.drums for verdict in corpus.verdicts if verdict.facts for part, _ in verdict.facts.parts)


@checked
def describe_loaded(corpus: Corpus) -> str:
    """Describe what was loaded in a line, such as "87 tunes; 14 files were left out."."""
    left_out = int((~corpus.used).sum())
    tunes, files = count_of(len(corpus), "tune"), count_of(left_out, "file")
    return f"{tunes}; {files} {'was' if left_out == 1 else 'were'} left out." if left_out else f"{tunes}."
