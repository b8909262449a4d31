from __future__ import annotations

from lstmmusic.base.words import count_of


def test_one_of_a_thing_is_no_plural() -> None:
    assert [count_of(number, "file") for number in (0, 1, 2, 1000)] == ["0 files", "1 file", "2 files", "1,000 files"]
