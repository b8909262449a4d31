"""One file of a corpus on any grid, such as one so fine that it is heard as it is written. It knows no corpus."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from lstmmusic.chorales import read_chorale
from lstmmusic.config import RollConfig
from lstmmusic.errors import MidiError
from lstmmusic.pianoroll import Tune, quantise
from lstmmusic.reading import read_files
from lstmmusic.scores import read_score
from lstmmusic.sources import Source

# Finer than anyone plays or hears, in the file's own tempo, and with every pitch that MIDI has.
FINE = RollConfig(step=0.02, unit="seconds", lowest=0, highest=127)


def read_original(path: str | Path, source: Source | None = None, config: RollConfig = FINE) -> Tune:
    """Read one file of a corpus on another grid; from the cache, in milliseconds.

    Parameters
    ----------
    path : str or Path
        Such as one of `Corpus.paths`.
    source : Source, optional
        That of the corpus, which tells the kind of file; by default a MIDI file.
    config : RollConfig
        By default `FINE`: so fine that nothing is lost to the ear.

    Returns
    -------
    Tune

    Raises
    ------
    MidiError
        If the file cannot be read (any more), holds no note in the range, or is too long for the grid: for `FINE`,
        longer than some two and a half hours.
    """
    read = read_chorale if source and source.kind == "chorales" else read_score
    with closing(read_files([Path(path)], read)) as scores:
        score = next(scores)
    if isinstance(score, MidiError):
        raise score
    return quantise(score, config)
