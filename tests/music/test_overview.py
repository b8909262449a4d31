from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, CorpusError
from lstmmusic.music.corpus import Corpus, load_pieces
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.statistics import PitchCount, measure, survey

BEATS = RollConfig(step=0.5, unit="beats", lowest=60, highest=66)


def test_overview_of_a_small_corpus() -> None:
    roll = np.zeros((6, 7), int)
    roll[0:4, 0] = 1  # C4, held, and repeated in step 2
    roll[1:3, 4] = 1  # E4
    roll[4, 4] = 1
    onsets = np.zeros_like(roll)
    onsets[[0, 2, 1, 4], [0, 0, 4, 4]] = 1
    corpus = Corpus("two", BEATS, (Tune(roll, "struck", BEATS, onsets), Tune(roll, "held", BEATS)))
    overview = survey(corpus, tempo=60)
    assert (overview.tunes, overview.steps, overview.notes) == (2, 12, 4 + 3)
    assert overview.minutes == pytest.approx(12 * 0.5 / 60)
    assert overview.polyphony == pytest.approx(7 / 5)
    assert overview.most_used == (PitchCount(64, "E4", 4), PitchCount(60, "C4", 3))
    assert (overview.lowest, overview.highest) == (60, 64)
    assert overview.pitch_classes == pytest.approx([3 / 7, 0, 0, 0, 4 / 7, *[0] * 7])
    assert survey(corpus, tempo=120).minutes == pytest.approx(overview.minutes / 2)


def test_overview_of_the_pieces_equals_a_slow_count() -> None:
    corpus = load_pieces(quiet=True)
    overview = survey(corpus)
    pitches = np.concatenate([find_notes(tune)[:, 2] for tune in corpus.tunes])
    sounding = np.concatenate([tune.roll.sum(axis=1) for tune in corpus.tunes])
    assert overview.notes == len(pitches)
    assert (overview.lowest, overview.highest) == (pitches.min(), pitches.max())
    assert overview.polyphony == pytest.approx(sounding[sounding > 0].mean())
    assert overview.pitch_classes == pytest.approx(measure(corpus.tunes).pitch_classes)
    values, counts = np.unique(pitches, return_counts=True)
    assert [use.notes for use in overview.most_used] == sorted(counts.tolist(), reverse=True)[:5]
    assert all(counts[values == use.pitch] == use.notes for use in overview.most_used)
    assert overview.minutes == pytest.approx(corpus.steps * 0.3 / 60)  # whatever the tempo
    assert survey(corpus, tempo=50) == overview


def test_of_equal_counts_the_lower_pitch_is_first() -> None:
    corpus = Corpus("scale", RollConfig(), (Tune(np.eye(88, dtype=int)),))
    assert [use.name for use in survey(corpus).most_used] == ["A0", "B♭0", "B0", "C1", "C♯1"]


def test_silence_and_invalid_tempos_are_refused() -> None:
    silence = Corpus("silence", BEATS, (Tune(np.zeros((5, 7)), config=BEATS),))
    with pytest.raises(CorpusError, match="no note sounds in silence"):
        survey(silence)
    with pytest.raises(ConfigError, match="tempo"):
        survey(silence, tempo=0)
