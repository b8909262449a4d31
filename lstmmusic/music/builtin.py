"""Collections of music that need no download: the bundled pieces, and what the installed music21 carries.

music21's files are read at run time and never copied; music21 itself is not imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from lstmmusic.base.files import assets
from lstmmusic.config import RollConfig
from lstmmusic.music.chorales import chorale_paths, find_in_music21, read_chorale
from lstmmusic.music.formats.containers import list_members
from lstmmusic.music.formats.reading import read_file
from lstmmusic.music.score import Score, constant_tempo

# Quarter notes per minute, where the files give none: a minim, which is a beat, has half of them.
VOCAL_TEMPO = 180

# Tunebooks of O'Neill's 1850 that were transcribed twice: two versions of a tune could end up in training and
# validation. The book with more tunes is included, or else the last.
TRANSCRIBED_TWICE = ("0626-0635", "0732-0758_bs", "1116-1135_mh", "1556-1576", "1577-1624", "1710-1750")

_NAMES = {"haydn": "Haydn", "mozart": "Mozart", "beethoven": "Beethoven", "schumann_robert": "Schumann"}
_QUARTET = re.compile(r"(?:opus(?P<opus>\d+)|k(?P<k>\d+))(?:no(?P<number>\d+))?(?:/movement(?P<movement>\d+))?\.\w+$")

_NOTICE = "music21 distributes its encodings with permission, and some may not be used commercially"

_ESSEN = (
    "From the Essen collection, encoded under Helmut Schaffrath and Ewa Dahlig-Turek, in ABC by Seymour Shlien; from "
    "the corpus of music21, which has permission for non-commercial distribution and use."
)

# Books of the Essen collection with songs of Lorraine, Luxembourg and Ireland; others that are left out of the German
# songs have old ones, ballads, Chinese songs and tests.
_BORDERS = ("lot", "lux", "irl")


@dataclass(frozen=True)
class Collection:
    """Music that needs no download.

    Parameters
    ----------
    name : str
        As `load_builtin` takes it.
    title : str
    paths : callable
        Finds the files, or the tunes in tunebooks; raises CorpusError where they are missing.
    read : callable
        A function of a module that reads one of them.
    grid : RollConfig
        Steps that suit the rhythm, with the 88 keys of a piano.
    about : str
        What it is, where it comes from, and what its licence asks.
    """

    name: str
    title: str
    paths: Callable[[], list[Path]]
    read: Callable[[Path], Score]
    grid: RollConfig
    about: str


def read_titled(path: Path) -> Score:
    """Read a file that has a title."""
    return read_file(path, titled=True)


def read_movement(path: Path) -> Score:
    """Read a movement of a mass; the files give no tempo."""
    return replace(read_titled(path), tempi=constant_tempo(VOCAL_TEMPO))


def read_madrigal(path: Path) -> Score:
    """Read a madrigal, named by its book and number: the titles in the files are scanned and illegible."""
    _, book, number = path.stem.split(".")
    return replace(read_file(path), name=f"Book {book}, No. {number}", tempi=constant_tempo(VOCAL_TEMPO))


def read_quartet(path: Path) -> Score:
    """Read a movement of a string quartet, or a whole one, named by the path: many files have no title."""
    found = _QUARTET.search(path.as_posix())
    composer = next((_NAMES[name] for name in path.parts[-3:] if name in _NAMES), "")
    number = {} if found is None else {key: value for key, value in found.groupdict().items() if value}
    work = f"K. {number['k']}" if "k" in number else f"Op. {number.get('opus', path.stem)}"
    work += f" No. {number['number']}" if "number" in number else ""
    movement = [f"movement {number['movement']}"] if "movement" in number else []
    return replace(read_file(path), name=", ".join(filter(None, (composer, work, *movement))))


def find_pieces() -> list[Path]:
    """Find the bundled piano pieces."""
    return sorted((assets() / "pieces").glob("*.mid"))


def find_quartets() -> list[Path]:
    """Find the string quartets; of Op. 18 No. 1, the better encoding."""
    return find_in_music21(
        "haydn/opus*/*.mxl",
        "mozart/k[!5]*/*.mxl",
        "beethoven/opus18no1/*.krn",
        "beethoven/opus59*/*.mxl",
        "beethoven/opus*.mxl",
        "schumann_robert/opus*/*.mxl",
    )


def find_madrigals() -> list[Path]:
    """Find the madrigals of Monteverdi."""
    return [path for path in find_in_music21("monteverdi/*.mxl") if not path.stem.endswith("_old")]


def find_tunes(*patterns: str, without: tuple[str, ...] = ()) -> list[Path]:
    """Find the tunes of tunebooks in music21's corpus, without the books whose names begin as those in `without`."""
    books = [book for book in find_in_music21(*patterns) if not book.stem.startswith(without)]
    return [tune for book in books for tune in list_members(book)[0]]


COLLECTIONS = {
    collection.name: collection
    for collection in (
        Collection(
            "chorales",
            "Bach chorales",
            chorale_paths,
            read_chorale,
            RollConfig(),
            f"Chorales of Johann Sebastian Bach in four voices, each once. From the corpus of music21: {_NOTICE}.",
        ),
        Collection(
            "pieces",
            "piano pieces",
            find_pieces,
            read_file,
            RollConfig(),
            "Ten piano pieces, bundled with LSTMmusic: public-domain editions of the Mutopia Project.",
        ),
        Collection(
            "palestrina",
            "Palestrina",
            partial(find_in_music21, "palestrina/*.krn"),
            read_movement,
            RollConfig(1, "beats"),
            "Movements of masses by Giovanni Pierluigi da Palestrina, mostly in four to six voices. Encoded by "
            "John Miller (copyright 2000, rights to all derivative electronic formats reserved) and converted to "
            "Humdrum by Bret Aarden; from the corpus of music21.",
        ),
        Collection(
            "quartets",
            "string quartets",
            find_quartets,
            read_quartet,
            RollConfig(0.25, "beats"),
            "Movements of string quartets of Haydn, Mozart, Beethoven and Schumann, and some whole quartets. From "
            f"the corpus of music21: {_NOTICE}.",
        ),
        Collection(
            "madrigals",
            "Monteverdi madrigals",
            find_madrigals,
            read_madrigal,
            RollConfig(0.5, "beats"),
            "Madrigals of Claudio Monteverdi, books 3 to 5, in five or six voices. From the corpus of music21: "
            f"{_NOTICE}; some files carry the notice of an edition, Ut Orpheus Edizioni 2003.",
        ),
        Collection(
            "irish",
            "Irish tunes",
            partial(find_tunes, "oneills1850/*.abc", without=TRANSCRIBED_TWICE),
            read_titled,
            RollConfig(0.25, "beats"),
            "The melodies of O'Neill's Music of Ireland (Chicago 1903), transcribed into ABC by volunteers whom "
            f"the files name. From the corpus of music21: {_NOTICE}.",
        ),
        Collection(
            "fiddle",
            "fiddle tunes",
            partial(find_tunes, "ryansMammoth/*.abc"),
            read_titled,
            RollConfig(0.25, "beats"),
            "Reels, jigs, hornpipes and strathspeys of Ryan's Mammoth Collection (Boston 1883), transcribed into "
            f"ABC by Ray Davies and others whom the files name. From the corpus of music21: {_NOTICE}.",
        ),
        Collection(
            "german",
            "German folk songs",
            partial(find_tunes, "essenFolksong/*.abc", without=("test", "altdeu", "ballad", "han", *_BORDERS)),
            read_titled,
            RollConfig(0.25, "beats"),
            f"Folk and children's songs of Germany. {_ESSEN}",
        ),
        Collection(
            "oldgerman",
            "Old German songs",
            partial(find_tunes, "essenFolksong/altdeu*.abc"),
            read_titled,
            RollConfig(0.25, "beats"),
            f"Old songs of Germany, many of them printed in the 16th and 17th centuries. {_ESSEN}",
        ),
        Collection(
            "ballads",
            "German ballads",
            partial(find_tunes, "essenFolksong/ballad*.abc"),
            read_titled,
            RollConfig(0.25, "beats"),
            f"Narrative songs of Germany. {_ESSEN}",
        ),
        Collection(
            "lorraine",
            "songs of Lorraine, Luxembourg and Ireland",
            partial(find_tunes, *(f"essenFolksong/{book}.abc" for book in _BORDERS)),
            read_titled,
            RollConfig(0.25, "beats"),
            f"Folk songs, most of them from Lorraine and Luxembourg. {_ESSEN}",
        ),
        Collection(
            "chinese",
            "Chinese folk songs",
            partial(find_tunes, "essenFolksong/han*.abc"),
            read_titled,
            RollConfig(0.25, "beats"),
            f"Songs of the Han, mostly pentatonic. {_ESSEN}",
        ),
        Collection(
            "airs",
            "Aird's airs",
            partial(find_tunes, "airdsAirs/*.abc"),
            read_titled,
            RollConfig(0.25, "beats"),
            "Scotch, English, Irish and foreign airs for fife, violin or flute, printed by James Aird in Glasgow "
            f"from 1778 on, transcribed into ABC by Jack Campin. From the corpus of music21: {_NOTICE}.",
        ),
    )
}
