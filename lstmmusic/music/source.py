"""Where a corpus comes from, so that it can be loaded again; nothing here reads files."""

from __future__ import annotations

import json
from dataclasses import dataclass

from lstmmusic.config import Config
from lstmmusic.errors import ConfigError
from lstmmusic.music.builtin import COLLECTIONS
from lstmmusic.settings import check_choice, check_number

# Characters of JSON that may list what the user left out: far more than ten thousand files need, and half of what the
# header of a saved run may have.
MAX_LEFT_OUT = 4_000_000

# The kinds of a `Source` that are no built-in collection.
FOLDER, STORED = "folder", "stored"


@dataclass(frozen=True)
class Source(Config):
    """Where a corpus comes from, what of it the user left out, and which part of it is held out.

    Parameters
    ----------
    kind : str
        'folder'; 'stored', for a file that `store_corpus` has written; or the name of a built-in collection, such as
        'chorales'.
    folder : str
        The folder of music files, for the kind 'folder'; for the kind 'stored', the path of the file.
    held_out : float or None
        Fraction of the tunes in the validation part, after `Corpus.split`.
    seed : int
        The seed of that split.
    left_out : tuple of str
        Names of the files that are left out: see `Verdict.name`.
    parts_left_out : tuple of str
        Instruments and names of tracks whose notes are left out: see `list_parts`.
    pedal : bool
        Whether a note lasts until the sustain pedal rises.
    """

    kind: str
    folder: str = ""
    held_out: float | None = None
    seed: int = 0
    left_out: tuple[str, ...] = ()
    parts_left_out: tuple[str, ...] = ()
    pedal: bool = False

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, (*COLLECTIONS, FOLDER, STORED))
        if not isinstance(self.folder, str):
            raise ConfigError(f"folder is {self.folder!r}; it must be a path")
        if self.held_out is not None:
            check_number("held_out", self.held_out, 0.001, 0.999)
        check_number("seed", self.seed, 0, 2**63 - 1, whole=True)
        check_choice("pedal", self.pedal, (False, True))
        for name in ("left_out", "parts_left_out"):
            names = getattr(self, name)
            if not isinstance(names, list | tuple) or not all(isinstance(each, str) for each in names):
                raise ConfigError(f"{name} is {names!r}; it must be a tuple of names")
            object.__setattr__(self, name, tuple(sorted(set(names))))
        if len(json.dumps((self.left_out, self.parts_left_out))) > MAX_LEFT_OUT:
            raise ConfigError(f"{len(self.left_out):,} files are left out, too many to save; move them to a folder")
