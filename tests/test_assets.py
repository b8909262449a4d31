"""The assets are what PROVENANCE.md and the licences say, and they can be used."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pretty_midi
import pytest

ASSETS = Path(__file__).parents[1] / "assets"
PIECES = sorted((ASSETS / "pieces").glob("*.mid"))


def provenance() -> dict[str, list[str]]:
    """Return the rows of the table by file name: title, composer, typesetter, source, licence, sha256."""
    lines = (ASSETS / "pieces" / "PROVENANCE.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {file: rest for file, *rest in rows[2:]}


def test_table_lists_exactly_the_pieces() -> None:
    others = {path.name for path in (ASSETS / "pieces").iterdir()} - {"PROVENANCE.md"}
    assert others == {path.name for path in PIECES} == provenance().keys()
    assert len(PIECES) == 10


@pytest.mark.parametrize("path", PIECES, ids=lambda path: path.stem)
def test_piece_matches_its_row_in_the_table(path: Path) -> None:
    title, composer, typesetter, source, licence, sha256 = provenance()[path.name]
    assert title
    assert typesetter
    assert path.name.startswith(composer.split()[-1].lower())
    assert "https://www.mutopiaproject.org/ftp/" in source
    assert licence == "Public Domain"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


# LilyPond repeats key and time signatures on every track; the tempo is on the first, as it should be.
@pytest.mark.filterwarnings("ignore:Tempo, Key or Time signature change events:RuntimeWarning")
@pytest.mark.parametrize("path", PIECES, ids=lambda path: path.stem)
def test_piece_has_notes(path: Path) -> None:
    midi = pretty_midi.PrettyMIDI(str(path))
    assert sum(len(part.notes) for part in midi.instruments if not part.is_drum) > 200
    assert 60 < midi.get_end_time() < 600


def test_soundfont_is_complete_and_has_its_licence() -> None:
    folder = ASSETS / "soundfont"
    sound = (folder / "FluidR3Mono_YamahaGrand.sf3").read_bytes()
    assert sound[:4] == b"RIFF"
    assert sound[8:12] == b"sfbk"
    assert int.from_bytes(sound[4:8], "little") + 8 == len(sound)
    assert hashlib.sha256(sound).hexdigest() in (folder / "PROVENANCE.md").read_text(encoding="utf-8")
    assert "Permission is hereby granted" in (folder / "COPYRIGHT.txt").read_text(encoding="utf-8")
