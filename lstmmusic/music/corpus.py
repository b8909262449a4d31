"""Corpora: tunes to learn from, where they come from, and a verdict on each file.

Each `load_*` function runs a `loading_*` generator (see `lstmmusic.base.progress`), which applications may run too.
Nothing here knows about networks or widgets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
import torch

from lstmmusic.base.files import assets
from lstmmusic.base.progress import Progress, Work, finish
from lstmmusic.config import Config, RollConfig
from lstmmusic.errors import ConfigError, CorpusError, MidiError, plain_text
from lstmmusic.music.chorales import chorale_paths, read_chorale
from lstmmusic.music.formats.reading import read_file
from lstmmusic.music.intake import find_files, read_files
from lstmmusic.music.note_table import MAX_NOTES, NoteTable
from lstmmusic.music.roll import Tune, find_starts, quantise
from lstmmusic.music.score import Score
from lstmmusic.settings import check_choice, check_number

Kind = Literal["chorales", "pieces", "folder"]

# Finer than anyone plays or hears, in the file's own tempo, and with every MIDI pitch.
FINE = RollConfig(step=0.02, unit="seconds", lowest=0, highest=127)


@dataclass(frozen=True)
class Source(Config):
    """Where a corpus comes from, and which part of it is held out.

    Parameters
    ----------
    kind : {'chorales', 'pieces', 'folder'}
    folder : str
        The folder of MIDI files, for the kind 'folder'.
    held_out : float or None
        Fraction of the tunes in the validation part, after `Corpus.split`.
    seed : int
        The seed of that split.
    """

    kind: Kind
    folder: str = ""
    held_out: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(Kind))
        if not isinstance(self.folder, str):
            raise ConfigError(f"folder is {self.folder!r}; it must be a path")
        if self.held_out is not None:
            check_number("held_out", self.held_out, 0.001, 0.999)
        check_number("seed", self.seed, 0, 2**63 - 1, whole=True)


@dataclass(frozen=True)
class Verdict:
    """Whether a file was used, and why.

    Parameters
    ----------
    path : Path
    used : bool
    reason : str
        Why it was left out; or its steps and notes, and how many of these the grid loses.
    """

    path: Path
    used: bool
    reason: str


@dataclass(frozen=True)
class Corpus:
    """Tunes on one grid, and a verdict on each file.

    Parameters
    ----------
    name : str
    config : RollConfig
        The grid of every tune.
    tunes : tuple of Tune
    verdicts : tuple of Verdict
        Those of used files are in the order of the tunes.
    source : Source, optional
        Where it can be loaded from again.
    notes : NoteTable, optional
        The notes of the tunes before quantisation, up to `lstmmusic.music.note_table.MAX_NOTES`; for
        `count_lost_notes`.
    """

    name: str
    config: RollConfig
    tunes: tuple[Tune, ...]
    verdicts: tuple[Verdict, ...] = ()
    source: Source | None = None
    notes: NoteTable | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        for tune in self.tunes:
            if tune.config != self.config:
                raise CorpusError(f"{tune.name!r} is on another grid ({tune.config}) than the corpus ({self.config})")

    def __len__(self) -> int:
        """Return the number of tunes."""
        return len(self.tunes)

    @property
    def steps(self) -> int:
        """Number of steps in all tunes together."""
        return sum(len(tune) for tune in self.tunes)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The file of each tune; empty if there are no verdicts, as in the parts of a split corpus."""
        return tuple(verdict.path for verdict in self.verdicts if verdict.used)

    def fingerprint(self) -> str:
        """Return a digest of grid and rolls: equal for equal music."""
        digest = hashlib.sha256(repr(self.config).encode())
        for tune in self.tunes:
            digest.update(len(tune).to_bytes(8, "little") + np.packbits(tune.roll).tobytes())
        return digest.hexdigest()[:16]

    def split(self, validation: float = 0.15, seed: int = 0) -> tuple[Corpus, Corpus]:
        """Split the tunes into a training and a validation part.

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
        if len(self) < 2:
            raise CorpusError(
                f"{self.name} has {len(self)} tune; training needs two or more, one of them held out: add music"
            )
        order = torch.randperm(len(self), generator=torch.Generator().manual_seed(seed)).tolist()
        held_out = min(len(self) - 1, max(1, round(validation * len(self))))
        parts = sorted(order[held_out:]), sorted(order[:held_out])
        whole = self.source if self.source and self.source.held_out is None else None
        source = whole and replace(whole, held_out=validation, seed=seed)
        training, held = (
            replace(self, tunes=tuple(self.tunes[i] for i in part), verdicts=(), source=source, notes=None)
            for part in parts
        )
        return training, held


def load_folder(folder: str | Path, config: RollConfig | None = None, *, quiet: bool = False) -> Corpus:
    """Load every music file in a folder and its subfolders.

    The notes of each file are kept in the user's cache folder, and a file is read again when it has changed. Many
    files are read by several processes.

    Parameters
    ----------
    folder : str or Path
    config : RollConfig, optional
        The grid; by default steps of 0.3 s and the 88 keys of a piano.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    Corpus
        Its `verdicts` has an entry for each file: `path`, `used` and `reason`.

    Raises
    ------
    CorpusError
        If the folder is missing, or has no music that can be used.
    """
    return finish(loading_folder(folder, config or RollConfig()), "Reading music", quiet=quiet)


def load_pieces(config: RollConfig | None = None, *, quiet: bool = False) -> Corpus:
    """Load the bundled piano pieces: ten public-domain editions of the Mutopia Project; see `load_folder`."""
    return finish(loading_pieces(config or RollConfig()), "Reading piano pieces", quiet=quiet)


def load_chorales(config: RollConfig | None = None, *, quiet: bool = False) -> Corpus:
    """Load the chorales of J. S. Bach from the installed music21, without a download; see `load_folder`.

    The first time takes some seconds.
    """
    return finish(loading_chorales(config or RollConfig()), "Reading chorales", quiet=quiet)


def read_original(path: str | Path, source: Source | None = None, config: RollConfig = FINE) -> Tune:
    """Read one file of a corpus on another grid; from the cache, in milliseconds.

    Parameters
    ----------
    path : str or Path
        For instance one of `Corpus.paths`.
    source : Source, optional
        `Corpus.source`, which determines the kind of file; by default a MIDI file.
    config : RollConfig
        By default `FINE`, which loses nothing audible.

    Returns
    -------
    Tune

    Raises
    ------
    MidiError
        If the file cannot be read, has no note in the range, or is too long for the grid: for `FINE`, longer than about
        two and a half hours.
    """
    read = read_chorale if source and source.kind == "chorales" else read_file
    with closing(read_files([Path(path)], read)) as scores:
        score = next(scores)
    if isinstance(score, MidiError):
        raise score
    return quantise(score, config)


def loading_folder(folder: str | Path, config: RollConfig) -> Work[Corpus]:
    """Load a folder as `load_folder` does, and yield the progress; see `loading`."""
    files, left_out = find_files(folder)
    source = Source("folder", str(folder))
    return (
        yield from loading(
            plain_text(str(folder)), sorted([*files, *left_out]), config, left_out=left_out, source=source
        )
    )


def loading_pieces(config: RollConfig) -> Work[Corpus]:
    """Load the pieces as `load_pieces` does, and yield the progress; see `loading`."""
    paths = sorted((assets() / "pieces").glob("*.mid"))
    return (yield from loading("piano pieces", paths, config, source=Source("pieces")))


def loading_chorales(config: RollConfig) -> Work[Corpus]:
    """Load the chorales as `load_chorales` does, and yield the progress; see `loading`."""
    source = Source("chorales")
    return (yield from loading("Bach chorales", chorale_paths(), config, read_chorale, source=source))


def loading(
    name: str,
    paths: Sequence[Path],
    config: RollConfig,
    read: Callable[[Path], Score] = read_file,
    left_out: Mapping[Path, str] = MappingProxyType({}),
    source: Source | None = None,
) -> Work[Corpus]:
    """Read and quantise files; one that cannot be used gets a verdict, and the others are loaded.

    Parameters
    ----------
    name : str
        The name of the corpus.
    paths : sequence of Path
    config : RollConfig
    read : callable
        See `lstmmusic.music.intake.read_files`.
    left_out : mapping of Path to str
        Paths that are not read, and why.
    source : Source, optional

    Yields
    ------
    Progress
        After each file.

    Returns
    -------
    Corpus
        In the order of the paths.

    Raises
    ------
    CorpusError
        If no file can be used.
    """
    tunes: list[Tune] = []
    verdicts: list[Verdict] = []
    tables: list[NoteTable] = []
    notes_read = 0
    with closing(read_files([path for path in paths if path not in left_out], read)) as scores:
        for done, path in enumerate(paths, start=1):
            found = MidiError(left_out[path]) if path in left_out else next(scores)
            try:
                if isinstance(found, MidiError):
                    raise found
                tune = quantise(found, config)
            except MidiError as error:
                verdicts.append(Verdict(path, False, str(error)))
            else:
                tunes.append(tune)
                verdicts.append(Verdict(path, True, _describe(found, tune)))
                notes_read += len(found.pitches)
                if notes_read <= MAX_NOTES:
                    tables.append(NoteTable.of(found))
            yield Progress(done, len(paths))
    if not tunes:
        reasons = "; ".join(verdict.reason for verdict in verdicts[:3])
        raise CorpusError(f"none of the {len(verdicts)} files of {name} can be used: {reasons}")
    notes = NoteTable.join(tables, left_out=notes_read - sum(map(len, tables))) if tables else None
    return Corpus(name, config, tuple(tunes), tuple(verdicts), source, notes)


def _describe(score: Score, tune: Tune) -> str:
    """Describe in one line what the grid keeps of a score; `count_lost_notes` would take three times as long."""
    notes = len(score.pitches)
    outside = np.count_nonzero((score.pitches < tune.config.lowest) | (score.pitches > tune.config.highest))
    merged = notes - outside - int(np.bitwise_count(find_starts(tune)).sum())
    lost = [f"{count:,} {how}" for count, how in ((outside, "outside the pitches"), (merged, "merged")) if count]
    parts = [f"{len(tune):,} steps, {notes:,} notes", ", ".join(lost)]
    if score.damaged:
        parts.append("the file is damaged or cut off; the readable part is used")
    return "; ".join(filter(None, parts))
