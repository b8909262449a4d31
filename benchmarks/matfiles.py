"""The piano-roll sets of Boulanger-Lewandowski et al. (2012), as .mat files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.io import loadmat

from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError, MidiError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune

SPLITS = ("traindata", "validdata", "testdata")


def load_mat(path: str | Path) -> tuple[Corpus, Corpus, Corpus]:
    """Load the training, validation and test tunes of a set.

    Parameters
    ----------
    path : str or Path
        Keys `traindata`, `validdata` and `testdata`, each an array (1, tunes) of objects, each an array
        (steps, pitches) of zeros and ones; column 0 of 88 is MIDI pitch 21.

    Raises
    ------
    CorpusError
        If the file is not such a set; the message says why.
    """
    path = Path(path)
    if not path.is_file():
        raise CorpusError(f"{path} was not found; check the path")
    try:
        content = loadmat(path)
    except Exception as error:
        raise CorpusError(f"{path.name} cannot be read as a .mat file ({error})") from error
    missing = [key for key in SPLITS if key not in content]
    if missing:
        raise CorpusError(f"{path.name} lacks {', '.join(missing)}; a set has {', '.join(SPLITS)}")
    pieces = {key: [np.atleast_2d(piece) for piece in content[key].ravel()] for key in SPLITS}
    for key, rolls in pieces.items():
        if not rolls or not all(len(roll) for roll in rolls):
            raise CorpusError(f"{path.name}: {key} is empty, or contains an empty tune")
    widths = {roll.shape[1] for rolls in pieces.values() for roll in rolls}
    if len(widths) > 1 or not 1 <= min(widths) <= 128:
        raise CorpusError(f"{path.name} has tunes of {sorted(widths)} pitches; all need the same number, at most 128")
    (pitches,) = widths
    lowest = 21 if pitches <= 88 else 0
    config = RollConfig(lowest=lowest, highest=lowest + pitches - 1)
    try:
        splits = [
            Corpus(
                f"{path.stem} {key}", config, tuple(Tune(roll, f"{key} {n}", config) for n, roll in enumerate(rolls))
            )
            for key, rolls in pieces.items()
        ]
    except MidiError as error:
        raise CorpusError(f"{path.name}: {error}") from error
    return splits[0], splits[1], splits[2]
