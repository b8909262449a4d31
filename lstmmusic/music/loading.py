"""Load music: a folder, or one of the collections that need no download.

Each `load_*` function runs a `loading_*` generator (see `lstmmusic.base.progress`), which applications may run too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from lstmmusic.base.progress import Progress, Work, finish
from lstmmusic.base.words import count_of
from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError, MidiError, plain_text
from lstmmusic.music import cache
from lstmmusic.music.builtin import COLLECTIONS
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.formats.reading import read_file
from lstmmusic.music.gathering import Gathering, corpora_folder, recall_corpus
from lstmmusic.music.intake import find_files, read_files
from lstmmusic.music.note_table import MAX_NOTES, NoteTable
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.score import Part, Score
from lstmmusic.music.source import STORED, Source
from lstmmusic.music.store import SUFFIX, Store
from lstmmusic.music.storing import corpus_in
from lstmmusic.music.verdicts import Facts, Verdict
from lstmmusic.settings import check_choice, checked

# Finer than anyone plays or hears, in the file's own tempo, and with every MIDI pitch.
FINE = RollConfig(step=0.02, unit="seconds", lowest=0, highest=127)

# Of rolls, onsets and velocities; a corpus with more of them is stored in a file.
STORED_BYTES = 2**29

# Fewer notes are alike by chance.
MIN_COPIED = 3


@checked
def load_folder(
    folder: str | Path,
    config: RollConfig | None = None,
    *,
    left_out: Collection[str] = (),
    parts_left_out: Collection[str] = (),
    pedal: bool = False,
    stored: bool | None = None,
    quiet: bool = False,
    cluster: str | None = None,
) -> Corpus:
    """Load every music file in a folder and its subfolders.

    The notes of each file are kept in the user's cache folder, and a file is read again when it has changed. Many
    files are read by several processes. A corpus with more than 512 MiB of rolls (`STORED_BYTES`), about 20,000 tunes
    of 1,000 steps, is stored in a file of the cache folder, and trained from there; the same files are not read again.

    Parameters
    ----------
    folder : str or Path
    config : RollConfig, optional
        The grid; by default steps of 0.3 s and the 88 keys of a piano.
    left_out : collection of str
        Files to leave out, by their paths in the folder, with '/'; `Corpus.choose` takes them back.
    parts_left_out : collection of str
        Instruments and names of tracks whose notes to leave out; see `list_parts`.
    pedal : bool
        Whether a note lasts until the sustain pedal rises.
    stored : bool, optional
        Whether to store the tunes in a file, or to keep them in memory, whatever their size.
    quiet : bool
        Show no progress bar.
    cluster : str, optional
        The address of a cluster on which the files are read, 'auto' or 'ray://host:10001'; all its machines must see
        the folder. The corpus is the same.

    Returns
    -------
    Corpus
        Its `verdicts` has an entry for each file: `path`, `used`, `reason` and more.

    Raises
    ------
    ClusterError
        If the cluster cannot be reached.
    CorpusError
        If the folder is missing, or has no file that can be used, or a machine of the cluster does not see it.
    SaveError
        If the tunes cannot be stored, for instance because the disk is full.
    """
    source = Source("folder", str(folder), left_out=tuple(left_out), parts_left_out=tuple(parts_left_out), pedal=pedal)
    return finish(loading(source, config or RollConfig(), stored=stored, cluster=cluster), "Reading music", quiet=quiet)


@checked
def load_builtin(
    name: str,
    config: RollConfig | None = None,
    *,
    left_out: Collection[str] = (),
    parts_left_out: Collection[str] = (),
    pedal: bool = False,
    quiet: bool = False,
) -> Corpus:
    """Load a collection that is there without a download.

    Parameters
    ----------
    name : str
        'chorales', 'pieces', 'palestrina', 'quartets', 'madrigals', 'irish', 'fiddle', 'airs', 'german', 'oldgerman',
        'ballads', 'lorraine' or 'chinese'.
    config : RollConfig, optional
        The grid; by default one that suits the collection.
    left_out, parts_left_out, pedal, quiet
        See `load_folder`; a file is named as its `Verdict.name` says.

    Returns
    -------
    Corpus

    Raises
    ------
    ConfigError
        If there is no collection of that name: the message lists all.
    CorpusError
        If its files are missing.
    """
    check_choice("name", name, tuple(COLLECTIONS))
    source = Source(name, left_out=tuple(left_out), parts_left_out=tuple(parts_left_out), pedal=pedal)
    return finish(loading(source, config or COLLECTIONS[name].grid), f"Reading {COLLECTIONS[name].title}", quiet=quiet)


@checked
def load_pieces(config: RollConfig | None = None, *, quiet: bool = False) -> Corpus:
    """Load the bundled piano pieces: ten public-domain editions of the Mutopia Project; see `load_builtin`."""
    return load_builtin("pieces", config or RollConfig(), quiet=quiet)


@checked
def load_chorales(config: RollConfig | None = None, *, quiet: bool = False) -> Corpus:
    """Load the chorales of J. S. Bach from the installed music21, without a download; see `load_builtin`.

    The first time takes some seconds.
    """
    return load_builtin("chorales", config or RollConfig(), quiet=quiet)


def loading(
    source: Source, config: RollConfig, *, stored: bool | None = None, cluster: str | None = None
) -> Work[Corpus]:
    """Load what a source describes, before any split, and yield the progress.

    For another grid or other parts, load again: what was read is cached.

    Parameters
    ----------
    source : Source
    config : RollConfig
        A corpus of the kind 'stored' has a grid of its own.
    stored : bool, optional
        See `load_folder`.
    cluster : str, optional
        See `load_folder`.

    Yields
    ------
    Progress
        After each file.

    Returns
    -------
    Corpus
        In the order of the paths of the files.

    Raises
    ------
    CorpusError
        If no file can be used.
    """
    source = replace(source, held_out=None, seed=0)
    if source.kind == STORED:
        yield Progress(0, 1)
        return corpus_in(Store(source.folder), source).leaving_out(source.left_out)
    refused: dict[Path, str] = {}
    if source.kind == "folder":
        files, refused = find_files(source.folder)
        name, paths = plain_text(source.folder), sorted([*files, *refused])
        root = str(Path(source.folder).expanduser())
    else:
        name, paths = COLLECTIONS[source.kind].title, COLLECTIONS[source.kind].paths()
        root = os.path.commonpath((min(map(str, paths)), max(map(str, paths))))
    place = _place_of(paths, refused, source, config)
    if stored is not False and (known := recall_corpus(place)):
        yield Progress(len(paths), len(paths))
        return corpus_in(known, source).leaving_out(source.left_out)
    tables: list[NoteTable] = []
    originals: dict[int, tuple[Path, int]] = {}
    known_parts: dict[Part, Part] = {}  # each equal part once: ten thousand files have few different ones
    notes_read = 0
    with (
        closing(read_files([path for path in paths if path not in refused], reader_of(source), cluster)) as scores,
        Gathering(place, config, STORED_BYTES if stored is None else 0 if stored else None) as gathering,
    ):
        for done, path in enumerate(paths, start=1):
            found = MidiError(refused[path]) if path in refused else next(scores)
            facts, tune, original, reason = None, None, None, ""
            if isinstance(found, Score):
                facts = Facts.of(found, known_parts)
                try:
                    score = _with_chosen_parts(found, source)
                    tune = quantise(score, config, pedal=source.pedal)
                except MidiError as error:
                    found = error
                else:
                    original, words = _find_copy(score, path, originals)
                    table = NoteTable.of(score)
                    reason = "; ".join(filter(None, (_describe(score, table, tune), words)))
                    notes_read += len(table)
                    if notes_read <= MAX_NOTES:
                        tables.append(table)
            reason = str(found) if isinstance(found, MidiError) else reason
            gathering.add(Verdict(path, tune is not None, reason, name_within(path, root), facts, original, tune))
            yield Progress(done, len(paths))
        if not gathering.tunes:
            raise CorpusError(
                f"none of the {count_of(len(paths), 'file')} of {name} can be used: {'; '.join(gathering.reasons)}"
            )
        notes = NoteTable.join(tables, left_out=notes_read - sum(map(len, tables))) if tables else None
        corpus = gathering.end(name, source, notes)
    return (corpus or corpus_in(Store(place), source)).leaving_out(source.left_out)


def _place_of(paths: Sequence[Path], refused: dict[Path, str], source: Source, config: RollConfig) -> Path:
    """Return where the corpus of some files, as they are now, is stored in the cache."""
    reader = reader_of(source)
    entries = cache.entries_of(paths, f"{reader.__module__}.{reader.__qualname__}")
    what = [config, source.parts_left_out, source.pedal, *((str(path), words) for path, words in refused.items())]
    digest = hashlib.sha256("\0".join(map(repr, what)).encode())
    for path, entry in zip(paths, entries, strict=True):
        digest.update(f"{entry.name if entry else path!r}\0".encode(errors="surrogateescape"))
    return corpora_folder() / f"{digest.hexdigest()}{SUFFIX}"


@checked
def read_original(
    path: str | Path, source: Source | None = None, config: RollConfig = FINE, pedal: bool = True
) -> Tune:
    """Read one file of a corpus on another grid; from the cache, in milliseconds.

    Parameters
    ----------
    path : str or Path
        For instance one of `Corpus.paths`.
    source : Source, optional
        `Corpus.source`, which determines how files are read, and which parts are left out; by default any file that
        `load_folder` reads, with all parts.
    config : RollConfig
        By default `FINE`, which loses nothing audible.
    pedal : bool
        Whether a note lasts until the sustain pedal rises.

    Returns
    -------
    Tune

    Raises
    ------
    MidiError
        If the file cannot be read, has no note in the range, or is too long for the grid: for `FINE`, longer than about
        two and a half hours.
    """
    return quantise(read_chosen_parts(path, source or Source("folder")), config, pedal=pedal)


@checked
def read_chosen_parts(path: str | Path, source: Source) -> Score:
    """Read the score of one file of a corpus, without the parts that are left out; from the cache, in milliseconds.

    Parameters
    ----------
    path : str or Path
        For instance one of `Corpus.paths`.
    source : Source
        `Corpus.source`.

    Returns
    -------
    Score
        For instance for `Expression.of`.

    Raises
    ------
    MidiError
        If the file cannot be read, or all its notes are left out.
    """
    with closing(read_files([Path(path)], reader_of(source))) as scores:
        score = next(scores)
    if isinstance(score, MidiError):
        raise score
    return _with_chosen_parts(score, source)


def name_within(path: Path, root: str) -> str:
    """Return the path of a file relative to a folder, with '/'; its name if it is that folder, as a tunebook may be."""
    text = str(path)
    if text == root:
        return path.name
    return text.removeprefix(os.path.join(root, "")).replace(os.sep, "/")  # noqa: PTH118 - ten times as fast


def reader_of(source: Source) -> Callable[[Path], Score]:
    """Return the function that reads the files of a source."""
    return read_file if source.kind in ("folder", STORED) else COLLECTIONS[source.kind].read


def _with_chosen_parts(score: Score, source: Source) -> Score:
    """Leave out the notes of the parts that the user left out.

    Raises
    ------
    MidiError
        If no notes are left.
    """
    if not source.parts_left_out:
        return score
    names = set(source.parts_left_out)
    score = score.without([n for n, part in enumerate(score.parts) if part.instrument in names or part.name in names])
    if not len(score.notes):
        some = ", ".join(source.parts_left_out[:3])
        raise MidiError(f"{score.name} has notes only in parts that are left out ({some}); choose others")
    return score


def _find_copy(score: Score, path: Path, originals: dict[int, tuple[Path, int]]) -> tuple[Path | None, str]:
    """Find an earlier score with the same notes in the same rhythm, at any pitch, and describe it.

    Velocities, tempi, instruments and a silence at the beginning do not count.
    """
    notes = score.notes
    if len(notes) < MIN_COPIED:
        return None, ""
    lowest = int(notes.pitches.min())
    # Quotients of whole numbers: equal rhythms have equal bits, at any resolution.
    rhythm = (notes.ticks - notes.ticks[0, 0]) / score.resolution
    # Four times as fast as those of hashlib; of ten thousand scores, two have one digest by chance in 1 of 10^11 loads.
    digest = hash(((notes.pitches - lowest).tobytes(), rhythm.T.tobytes()))
    original, its_lowest = originals.setdefault(digest, (path, lowest))
    if original is path:
        return None, ""
    up = lowest - its_lowest
    name = plain_text(original.name)
    if up == 0:
        return original, f"exact copy of {name}"
    return original, f"copy of {name}, transposed {'up' if up > 0 else 'down'} by {count_of(abs(up), 'semitone')}"


def _describe(score: Score, table: NoteTable, tune: Tune) -> str:
    """Describe in one line what the grid keeps of a score; `count_lost_notes` would take three times as long."""
    notes, config = len(table), tune.config
    outside = np.count_nonzero((table.pitches < config.lowest) | (table.pitches > config.highest))
    merged = notes - outside - (0 if tune.packed_velocities is None else len(tune.packed_velocities))
    lost = [f"{count:,} {how}" for count, how in ((outside, "outside the pitches"), (merged, "merged")) if count]
    damage = "damaged: what could be read is used" if score.damaged else ""
    parts = [damage, f"{count_of(len(tune), 'step')}, {count_of(notes, 'note')}", ", ".join(lost)]
    return "; ".join(filter(None, parts))
