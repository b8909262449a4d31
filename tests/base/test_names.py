from __future__ import annotations

import pytest

from lstmmusic.base.files import safe_name
from lstmmusic.errors import ConfigError


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("my run", "my run"),
        ("  Für Elise,\t3x120 v1.2 ", "Für Elise, 3x120 v1.2"),
        ("Fu\u0308r", "Für"),
        ("../../etc/passwd", "etc-passwd"),
        ("/absolute/path", "absolute-path"),
        ("..\\..\\windows", "windows"),
        ("C:\\music", "C--music"),
        (".hidden", "hidden"),
        ("a\x00b\x1b[31m\u202e\ud800", "a-b-[31m"),
        ("what? <b>*</b>", "what- -b----b"),
        ("ends in dots...", "ends in dots"),
        ("CON", "run CON"),
        ("lpt1.txt", "run lpt1.txt"),
        ("console", "console"),
    ],
)
def test_names_are_made_safe(typed: str, name: str) -> None:
    assert safe_name(typed) == name
    assert safe_name(name) == name


def test_long_names_are_cut_between_characters() -> None:
    for letter in ("a", "ü", "𝄞"):
        name = safe_name(letter * 300)
        assert set(name) == {letter}
        assert 150 < len(name.encode()) <= 160


@pytest.mark.parametrize("typed", ["", "  ", ".", "..", "../..", "///", "\n"])
def test_names_without_usable_characters_are_refused(typed: str) -> None:
    with pytest.raises(ConfigError, match="is not a name; type letters or digits"):
        safe_name(typed)
