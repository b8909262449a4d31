"""Bach's chorales in the installed music21: which of its MusicXML files they are, and their names.

music21 itself is never imported: that takes seconds, and its own parser takes over twenty times as long as ElementTree.
Nothing here knows about grids or training.
"""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from lstmmusic.errors import CorpusError
from lstmmusic.music.formats.reading import read_file
from lstmmusic.music.score import Score, constant_tempo

# Quarter notes per minute. The files give no tempo; at this one an eighth note lasts 0.3 s.
TEMPO = 100

# BWV 846 is a prelude of the Well-Tempered Clavier. Each of the others shares more than 60 % of its progressions of
# four chords, in any key, with a chorale that is included (the next most similar pair shares 50 %; interludes hide it
# in 248.23): Bach used a setting twice, or there are versions with and without instruments. One could end up in
# training and the other in validation. The file with fewer parts is included, or else the first.
# fmt: off
LEFT_OUT = frozenset({
    "bwv846", "bwv12.7", "bwv18.5-w", "bwv20.11", "bwv41.6", "bwv112.5-sc", "bwv137.5", "bwv175.7", "bwv177.4",
    "bwv190.7-inst", "bwv227.11", "bwv244.17", "bwv248.9-1", "bwv248.23-2", "bwv248.35-3c", "bwv248.42-4",
    "bwv248.64-6", "bwv274", "bwv279", "bwv280", "bwv398", "bwv414",
})
# fmt: on


def find_in_music21(*patterns: str) -> list[Path]:
    """Find files in the corpus of the installed music21.

    Parameters
    ----------
    *patterns : str
        As in `Path.glob`; files of an earlier one come first, and each in the order of their numbers: BWV 1.6 before
        BWV 10.7.

    Raises
    ------
    CorpusError
        If music21 is not installed, or lacks its corpus.
    """
    spec = find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError("this music comes with music21, which is not installed; run: pip install music21")
    corpus = Path(spec.submodule_search_locations[0], "corpus")
    paths = [path for pattern in patterns for path in sorted(corpus.glob(pattern), key=_by_number)]
    if not paths:
        raise CorpusError(f"no {patterns[0]} in {corpus}; run: pip install --force-reinstall music21")
    return paths


def chorale_paths() -> list[Path]:
    """Find the chorales in music21, each setting once.

    Most have four voices only; in some, instruments double the voices or add to them.

    Returns
    -------
    list of Path
        MusicXML files in catalogue order, BWV 1.6 before BWV 10.7.

    Raises
    ------
    CorpusError
        If music21 is not installed, or lacks its corpus.
    """
    paths = find_in_music21("bach/bwv*")
    return [path for path in paths if path.suffix in (".mxl", ".xml") and path.stem not in LEFT_OUT]


def _by_number(path: Path) -> list[str | int]:
    # Paths of one pattern have words and numbers at the same places.
    return [int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", str(path.with_suffix("")))]


def read_chorale(path: Path) -> Score:
    """Read one of `chorale_paths`; its name is its catalogue number, such as BWV 1.6.

    Raises
    ------
    MidiError
        If the file cannot be read.
    """
    name = path.stem.replace("bwv", "BWV ", 1)
    # Without the rests that fill up the last bar: saved runs name the rolls of their music by a digest.
    return replace(read_file(path), name=name, tempi=constant_tempo(TEMPO), length=0)
