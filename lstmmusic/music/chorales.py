"""Bach's chorales, as the installed music21 carries them: which of its MusicXML files, and what each is called.

music21 itself is never imported: that takes seconds, and its own parser over twenty times as long as ElementTree.
The files stay where they are, and this module knows nothing of grids or training.
"""

from __future__ import annotations

import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from lstmmusic.errors import CorpusError
from lstmmusic.music.musicxml import read_musicxml
from lstmmusic.music.score import Score

# Quarter notes a minute. The files name no tempo; at this one an eighth note lasts 0.3 s.
TEMPO = 100

# BWV 846 is a prelude of the Well-Tempered Clavier. Each of the others has a twin that stays, with more than 60 % of
# the same progressions of four chords in the voices, in whatever key (the next most alike pair has 50 %; in 248.23
# interludes hide it): a setting that Bach used twice, or that is there with and without its instruments. It would
# stand in training and validation at once. The file with fewer parts stays, or else the first.
# fmt: off
LEFT_OUT = frozenset({
    "bwv846", "bwv12.7", "bwv18.5-w", "bwv20.11", "bwv41.6", "bwv112.5-sc", "bwv137.5", "bwv175.7", "bwv177.4",
    "bwv190.7-inst", "bwv227.11", "bwv244.17", "bwv248.9-1", "bwv248.23-2", "bwv248.35-3c", "bwv248.42-4",
    "bwv248.64-6", "bwv274", "bwv279", "bwv280", "bwv398", "bwv414",
})
# fmt: on


def chorale_paths() -> list[Path]:
    """Find the chorales that music21 carries, each setting once.

    Most have four voices and nothing else; in some, instruments double the voices or add to them.

    Returns
    -------
    list of Path
        MusicXML files in the order of the catalogue of Bach's works, BWV 1.6 before BWV 10.7.

    Raises
    ------
    CorpusError
        If music21 is not installed, or was installed without its corpus.
    """
    spec = find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError("the chorales come with music21, which is not installed; run: pip install music21")
    folder = Path(spec.submodule_search_locations[0], "corpus", "bach")
    paths = [path for path in folder.glob("bwv*") if path.suffix in (".mxl", ".xml") and path.stem not in LEFT_OUT]
    if not paths:
        raise CorpusError(f"no chorales in {folder}; run: pip install --force-reinstall music21")
    return sorted(paths, key=_catalogue_order)


def _catalogue_order(path: Path) -> list[str | int]:
    return [int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", path.stem)]


def read_chorale(path: Path) -> Score:
    """Read one of `chorale_paths`; its name becomes its number, such as BWV 1.6.

    Raises
    ------
    MidiError
        If the file cannot be read.
    """
    return replace(read_musicxml(path, TEMPO), name=path.stem.replace("bwv", "BWV ", 1))
