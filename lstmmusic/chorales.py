"""Bach's chorales, as the installed music21 carries them: its MusicXML files read, and what was read cached.

music21 itself is never imported: that takes seconds, and its own parser over twenty times as long as ElementTree.
The files stay where they are, and this module knows nothing of grids or training.
"""

from __future__ import annotations

import logging
import os
import re
import tempfile
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import platformdirs

from lstmmusic.errors import CorpusError
from lstmmusic.files import DAMAGE
from lstmmusic.musicxml import read_musicxml
from lstmmusic.scores import Score

_log = logging.getLogger(__name__)

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

# Raise it when the arrays of the cache change, or when the same music21 gives other chorales or other notes.
_CACHE_FORMAT = 1


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


def read_cache() -> list[Score] | None:
    """Read what `write_cache` wrote.

    Returns
    -------
    list of Score or None
        None if there is no cache, if it is of another version of music21 or of this module, or if it is damaged,
        which a warning in the log tells.
    """
    path = _cache_path()
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if arrays["key"].item() != _cache_key():
                _log.info("%s is out of date", path)
                return None
            cuts = np.cumsum(arrays["counts"])[:-1]
            notes = [np.split(arrays[name], cuts) for name in ("pitches", "beats", "seconds")]
            return [Score(str(name), *rest) for name, *rest in zip(arrays["names"], *notes, strict=True)]
    except FileNotFoundError:
        return None
    except (*DAMAGE, PackageNotFoundError) as error:
        _log.warning("the cache of chorales %s is not used (%s); they are read anew", path, error)
        return None


def write_cache(scores: list[Score]) -> None:
    """Keep scores for `read_cache`, which then returns the same; a folder that cannot be written is only logged.

    Parameters
    ----------
    scores : list of Score
        All the chorales: whoever reads the cache takes it for the whole corpus.
    """
    path = _cache_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Another process may be reading: it sees the old file or the new one, whole.
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            unfinished = Path(folder, path.name)
            np.savez_compressed(
                unfinished,
                key=np.array(_cache_key()),
                names=np.array([score.name for score in scores]),
                counts=np.array([len(score.pitches) for score in scores]),
                pitches=np.concatenate([score.pitches for score in scores]),
                beats=np.concatenate([score.beats for score in scores]),
                seconds=np.concatenate([score.seconds for score in scores]),
            )
            unfinished.replace(path)
    except (OSError, PackageNotFoundError) as error:
        _log.warning("the chorales are not cached in %s (%s); they will be read anew each time", path.parent, error)


def _cache_path() -> Path:
    return Path(os.environ.get("LSTMMUSIC_CACHE") or platformdirs.user_cache_dir("lstmmusic"), "chorales.npz")


def _cache_key() -> str:
    return f"{_CACHE_FORMAT} music21 {version('music21')}"
