from __future__ import annotations

from lstmmusic.music.pitches import note_name


def test_note_names() -> None:
    assert [note_name(pitch) for pitch in (21, 60, 61, 69, 108)] == ["A0", "C4", "C♯4", "A4", "C8"]
