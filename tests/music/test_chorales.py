"""Which of music21's files are chorales, and their names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.errors import CorpusError
from lstmmusic.music import chorales
from lstmmusic.music.chorales import chorale_paths, read_chorale


def chorale(stem: str) -> Path:
    return next(path for path in chorale_paths() if path.stem == stem)


def test_parts_stay_together_if_their_measures_differ() -> None:
    # Two pickups of BWV 171.6 are filled up to whole measures in the silent parts only; music21 lets the parts drift.
    score = read_chorale(chorale("bwv171.6"))
    final = score.pitches[score.beats[:, 0] == 157.0]
    assert sorted(set(final.tolist())) == [
        50,
        57,
        66,
        74,
        78,
        81,
    ]  # the last chord of the voices, with two trumpets above


def test_score_is_sorted_and_timed() -> None:
    score = read_chorale(chorale("bwv66.6"))
    assert score.name == "BWV 66.6"
    assert (score.pitches.dtype, score.beats.dtype, score.seconds.dtype) == (np.uint8, np.float64, np.float64)
    assert np.array_equal(np.lexsort((score.pitches, score.beats[:, 0])), np.arange(len(score.pitches)))
    assert np.array_equal(score.beats * 4, np.round(score.beats * 4))
    np.testing.assert_allclose(score.seconds, score.beats * 0.6)


def test_paths_are_unique_and_in_catalogue_order() -> None:
    stems = [path.stem for path in chorale_paths()]
    assert stems[:3] == ["bwv1.6", "bwv2.6", "bwv3.6"]
    assert stems.index("bwv4.8") < stems.index("bwv10.7") < stems.index("bwv112.5") < stems.index("bwv248.5")
    assert len(stems) == len(set(stems)) > 380
    assert chorales.LEFT_OUT.isdisjoint(stems)
    there = {path.stem for path in chorale_paths()[0].parent.iterdir()}
    assert there >= chorales.LEFT_OUT


def test_missing_music21_is_reported_with_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "music21", None)
    with pytest.raises(CorpusError, match="pip install music21"):
        chorale_paths()


def test_music21_without_its_corpus_is_reported_with_a_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "music21").mkdir()
    (tmp_path / "music21" / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "music21", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(CorpusError, match="force-reinstall music21"):
        chorale_paths()


def test_music21_is_never_imported() -> None:
    code = (
        "import sys; from lstmmusic.music.chorales import chorale_paths, read_chorale; "
        "read_chorale(chorale_paths()[0]); sys.exit('music21' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
