"""Corpora in a file: written once, complete or not at all, and opened without reading the tunes.

See `lstmmusic.music.store` for the file.
"""

from __future__ import annotations

import itertools
import json
import shutil
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, overload

import numpy as np
from numpy.typing import NDArray

from lstmmusic.base.files import replacing
from lstmmusic.base.progress import Progress, Work, finish
from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, CorpusError, mapped_errors, plain_text
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.metre import Metres
from lstmmusic.music.note_table import NoteTable
from lstmmusic.music.roll import Tune
from lstmmusic.music.score import Part
from lstmmusic.music.source import STORED, Source
from lstmmusic.music.store import COLUMNS, DAMAGED, FORMAT, HEAD, MAGIC, ONSETS, VELOCITIES, Store
from lstmmusic.music.stored import StoredTunes
from lstmmusic.music.tally import row_of
from lstmmusic.music.tunes import room_of
from lstmmusic.music.verdicts import Facts, Found, LazyVerdicts, PartCount, Verdict, count_parts, sort_parts
from lstmmusic.settings import checked


@checked
def store_corpus(corpus: Corpus, path: str | Path, *, quiet: bool = False) -> Corpus:
    """Store a corpus in a file, from which it can be trained without being in memory.

    Parameters
    ----------
    corpus : Corpus
        Of a part of `Corpus.split`, which has no verdicts, only the tunes are stored: none can be left out later.
    path : str or Path
        Ends in .corpus by convention. Folders are created as needed. A file is replaced once the new one is complete.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    Corpus
        What `open_corpus` returns.

    Raises
    ------
    SaveError
        If it cannot be written; an existing file is unharmed.
    """
    return finish(storing(corpus, path), "Storing music", quiet=quiet)


def storing(corpus: Corpus, path: str | Path) -> Work[Corpus]:
    """`store_corpus` as a generator, a tune at a time; see `lstmmusic.base.progress`."""
    verdicts = corpus.verdicts if int(corpus.used.sum()) == len(corpus) else ()
    with writing(path, corpus.config) as writer:
        parts: Sequence[Verdict | Tune] = verdicts or corpus.tunes
        for done, each in enumerate(parts, start=1):
            writer.add(each)
            yield Progress(done, len(parts))
        writer.end(corpus.name, corpus.source, corpus.all_notes)
    return open_corpus(path)


@checked
def open_corpus(path: str | Path) -> Corpus:
    """Open a corpus that `store_corpus` has written; its tunes are read when they are asked for.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Corpus
        Its `source` is this file, so that runs need no other to be resumed.

    Raises
    ------
    CorpusError
        If there is no such file, it is a link, it is no stored corpus, is not complete, or is damaged.
    """
    store = Store(path)
    with _checking(store):
        made_from = _source_of(store)
    source = Source(STORED, str(store.path))
    if made_from:
        source = replace(source, parts_left_out=made_from.parts_left_out, pedal=made_from.pedal)
    corpus = corpus_in(store, source)
    left_out = tuple(corpus.left_out)
    return replace(corpus, source=replace(source, left_out=left_out)) if left_out else corpus


def opening(path: str | Path) -> Work[Corpus]:
    """`open_corpus` as a generator; see `lstmmusic.base.progress`."""
    yield Progress(0, 1)
    return open_corpus(path)


def corpus_in(store: Store, source: Source | None) -> Corpus:
    """Return the corpus in an open file, with the files used as it says."""
    with _checking(store):
        notes, about, index = None, store.about, store.index
        if about["all_notes"] is not None:
            lengths = tuple(index["score"].tolist())
            notes = NoteTable(index["pitch"], index["beat"], index["second"], lengths, int(about["all_notes"]))
        name = plain_text(str(about["name"]))
        verdicts = StoredVerdicts(store) if len(index["used"]) else ()
        tunes = verdicts.tunes() if isinstance(verdicts, StoredVerdicts) else StoredTunes(store)
        return Corpus(name, store.config, tunes, verdicts, source, notes)


def _source_of(store: Store) -> Source | None:
    found = store.about["source"]
    return Source.from_dict(found) if found else None


@contextmanager
def _checking(store: Store) -> Iterator[None]:
    """Raise what the values of a foreign file cause as a `CorpusError`."""
    damage = ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError, ConfigError
    message = f"{plain_text(store.path.name)} is damaged"
    with mapped_errors(CorpusError, lambda reason: f"{message} ({reason}); store the music again", *damage):
        yield


class StoredVerdicts(LazyVerdicts):
    """The verdicts on the files of a stored corpus.

    Parameters
    ----------
    store : Store
    used : ndarray of bool, shape (verdicts,), optional
        Which are used; by default as the file says.
    """

    def __init__(self, store: Store, used: NDArray[np.bool_] | None = None) -> None:
        index = store.index
        self.store = store
        self.usable = index["tune"] >= 0
        self.used = ((index["used"] > 0) & self.usable) if used is None else used
        places = np.arange(len(self.usable))
        self.originals = np.where(index["original"] < 0, places, index["original"])

    def __reduce__(self) -> tuple[Any, ...]:
        """Open the same file in the other process."""
        return _reopen, (self.tunes(), self.used)

    def __len__(self) -> int:
        """Return the number of verdicts."""
        return len(self.used)

    @overload
    def __getitem__(self, place: int) -> Verdict: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Verdict]: ...
    def __getitem__(self, place: int | slice) -> Verdict | Sequence[Verdict]:
        """Read a verdict, with its tune."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        place = range(len(self))[place]
        store = self.store
        with _checking(store):
            tune, original = int(store.index["tune"][place]), int(store.index["original"][place])
            verdict = replace(
                self._make(place, store.record(place)),
                copy_of=Path(_check_text(store.record(original)[0])) if original >= 0 else None,
                tune=store.tune(tune) if tune >= 0 else None,
            )
        return verdict.choose(bool(self.used[place]))

    def without_tunes(self) -> Iterator[Verdict]:
        """Read all verdicts, but not their tunes."""
        with _checking(self.store):
            for place, record in enumerate(self.store.records()):
                yield self._make(place, record)

    def _make(self, place: int, record: Any) -> Verdict:
        path, reason, facts = record
        return Verdict(
            path=Path(_check_text(path)),
            used=bool(self.usable[place]),
            reason=plain_text(_check_text(reason)),
            name=self.store.label(place),
            facts=_read_facts(facts) if facts else None,
        )

    @cached_property
    def names(self) -> Sequence[str]:
        """`Verdict.name` of each."""
        return self.store.labels()

    @cached_property
    def parts(self) -> Sequence[PartCount]:
        """What `list_parts` returns."""
        with _checking(self.store):
            rows = self.store.about["parts"]
            return [PartCount(plain_text(_check_text(a)), int(b), int(c), bool(d)) for a, b, c, d in rows]

    @property
    def has_drums(self) -> bool:
        """Whether a file has drums."""
        return bool(self.store.about.get("drums"))

    def choose(self, left_out: Collection[str]) -> StoredVerdicts:
        """Return the verdicts after the user's choice."""
        names = left_out if isinstance(left_out, set | frozenset) else set(left_out)
        used = self.usable.copy()
        if names:
            used &= np.fromiter((name not in names for name in self.names), bool, len(self))
        return StoredVerdicts(self.store, used)

    def tunes(self) -> StoredTunes:
        """Return the tunes of those that are used."""
        return StoredTunes(self.store, self.store.index["tune"][self.used].astype(np.int64))


def _reopen(tunes: StoredTunes, used: NDArray[np.bool_]) -> StoredVerdicts:
    return StoredVerdicts(tunes.store, used)


class Writer:
    """Writes the parts of a file, one tune at a time; see `writing`."""

    def __init__(self, file: BinaryIO, tallies: BinaryIO, records: BinaryIO, config: RollConfig) -> None:
        self.bytes = 0  # of tunes
        self._file, self._tallies, self._records = file, tallies, records
        self._config = config
        self._columns: defaultdict[str, list[int]] = defaultdict(list)
        self._texts = {"names": bytearray(), "labels": bytearray()}
        self._metres: dict[Metres, int] = {}
        self._places: dict[Path, int] = {}
        self._parts: Found = {}
        self._drums = False
        file.write(bytes(HEAD.size))

    def add(self, each: Verdict | Tune) -> None:
        """Write a verdict with its tune, or a tune that came from no file."""
        if isinstance(each, Tune):
            self._add_tune(each)
            return
        record = json.dumps((str(each.path), each.choose(True).reason, _write_facts(each.facts))).encode()
        self._records.write(record)
        self._texts["labels"] += each.name.encode("utf-8", "surrogateescape")
        if each.facts:
            count_parts([each.facts], self._parts)
            self._drums |= any(part.drums for part, _ in each.facts.parts)
        column = self._columns
        column["used"].append(each.used)
        column["original"].append(self._places.get(each.copy_of, -1) if each.copy_of else -1)
        self._places[each.path] = len(self._places)
        column["record_end"].append((column["record_end"] or [0])[-1] + len(record))
        column["label_end"].append(len(self._texts["labels"]))
        column["tune"].append(-1 if each.tune is None else len(column["steps"]))
        if each.tune is not None:
            self._add_tune(each.tune)

    def _add_tune(self, tune: Tune) -> None:
        if tune.config != self._config:
            raise CorpusError(f"{tune.name!r} is on another grid than the corpus")
        velocities = tune.packed_velocities
        parts = [part for part in (tune.packed, tune.packed_onsets, velocities) if part is not None]
        checksum = 0
        for part in parts:
            content = part.tobytes()
            self._file.write(content)
            self.bytes += len(content)
            checksum = zlib.crc32(content, checksum)
        self._tallies.write(row_of(tune).tobytes())
        self._texts["names"] += tune.name.encode("utf-8", "surrogateescape")
        has_onsets, has_velocities = tune.packed_onsets is not None, velocities is not None
        down, up = room_of(tune)
        bounds = velocities if velocities is not None and len(velocities) else np.zeros(1, np.uint8)
        row = {
            "steps": len(tune),
            "notes": 0 if velocities is None else len(velocities),
            "flags": ONSETS * has_onsets + VELOCITIES * has_velocities + DAMAGED * tune.damaged,
            "checksum": checksum,
            "down": down,
            "up": up,
            "softest": int(bounds.min()),
            "loudest": int(bounds.max()),
            "metre": self._metres.setdefault(tune.metre, len(self._metres)),
            "name_end": len(self._texts["names"]),
        }
        for name, value in row.items():
            self._columns[name].append(value)

    def end(self, name: str, source: Source | None, notes: NoteTable | None) -> None:
        """Write what is known once all tunes are there."""
        for part in (self._tallies, self._records):
            part.seek(0)
            shutil.copyfileobj(part, self._file, 1 << 20)
        columns: dict[str, Any] = {**self._columns, **{n: np.frombuffer(t, np.uint8) for n, t in self._texts.items()}}
        if notes:
            columns |= {"pitch": notes.pitches, "beat": notes.beats, "second": notes.seconds, "score": notes.lengths}
        arrays = {each: np.asarray(columns.get(each, ()), dtype) for each, (dtype, _) in COLUMNS.items()}
        about = {
            "name": name,
            "grid": asdict(self._config),
            "source": source and asdict(source),
            "metres": list(self._metres),
            "parts": sort_parts(self._parts),
            "drums": self._drums,
            "all_notes": notes and notes.left_out,
            "counts": {count: len(arrays[each]) for each, (_, count) in COLUMNS.items()},
        }
        text = json.dumps(about).encode()
        index = b"".join((len(text).to_bytes(8, "little"), text, *(array.tobytes() for array in arrays.values())))
        at = self._file.tell()
        self._file.write(index)
        self._file.seek(0)
        self._file.write(HEAD.pack(MAGIC, FORMAT, zlib.crc32(index), at, len(index)))


@contextmanager
def writing(path: str | Path, config: RollConfig, *, durable: bool = True) -> Iterator[Writer]:
    """Write a file that is there once it is complete, and not before: when this ends after `Writer.end`."""
    with replacing(path, durable=durable) as file:
        # What comes after the tunes waits beside them; its files have no name, and are gone if the process is killed.
        folder = Path(file.name).parent
        with TemporaryFile(dir=folder) as tallies, TemporaryFile(dir=folder) as records:
            yield Writer(file, tallies, records, config)


def _write_facts(facts: Facts | None) -> Any:
    if facts is None:
        return None
    parts = [(list(vars(part).values()), notes) for part, notes in facts.parts]
    return facts.beats, facts.seconds, facts.tempo, facts.metre, facts.key, parts, facts.damaged


def _read_facts(found: Any) -> Facts:
    beats, seconds, tempo, metre, key, parts, damaged = found
    known = tuple((_read_part(*part), int(notes)) for part, notes in itertools.islice(parts, 10_000))
    texts = plain_text(_check_text(metre)), plain_text(_check_text(key))
    return Facts(float(beats), float(seconds), float(tempo), *texts, known, bool(damaged))


def _read_part(track: Any, channel: Any, program: Any, name: Any, drums: Any) -> Part:
    if not 0 <= int(program) <= 127:
        raise ValueError("a part has no such program")
    return Part(int(track), int(channel), int(program), plain_text(_check_text(name)), bool(drums))


def _check_text(text: Any) -> str:
    if not isinstance(text, str):
        raise TypeError("a name is no text")
    return text
