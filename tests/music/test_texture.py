"""How dense and wide music is."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.statistics import measure
from lstmmusic.music.texture import MOST_WINDOWS, WINDOW_STEPS, cut_windows, measure_texture
from tests.conftest import make_scales

BEATS = RollConfig(lowest=60, highest=79, step=0.5, unit="beats")


def make_tune() -> Tune:
    roll = np.zeros((8, 20), np.uint8)
    roll[0:4, 0] = 1  # struck again after two steps
    roll[2:4, 10] = 1
    onsets = np.zeros_like(roll)
    onsets[[0, 2, 2], [0, 0, 10]] = 1
    return Tune(roll, "two", BEATS, onsets)


def test_texture_of_a_tune() -> None:
    texture = measure_texture([make_tune()], tempo=60)
    assert texture.polyphony == 6 / 4
    assert texture.notes_per_second == 3 / (8 * 0.5)
    assert texture.pitch_range == pytest.approx(np.subtract(*np.quantile([60, 60, 70], (0.95, 0.05))))
    assert texture.restruck == pytest.approx(1 / 3)
    assert texture.note_length == 2 * 0.5
    fast = measure_texture([make_tune()], tempo=120)
    assert (fast.notes_per_second, fast.note_length) == (2 * texture.notes_per_second, texture.note_length / 2)


def test_silence_has_no_notes_and_no_range() -> None:
    silence = measure_texture([Tune(np.zeros((70, 20)), "silence", BEATS)])
    assert silence.notes_per_second == 0
    assert all(map(math.isnan, (silence.polyphony, silence.pitch_range, silence.restruck, silence.note_length)))
    both = measure_texture([make_tune(), Tune(np.zeros((70, 20)), "silence", BEATS)], tempo=60)
    assert (both.polyphony, both.notes_per_second) == (1.5, 3 / 8)
    with pytest.raises(CorpusError, match="no tunes to measure"):
        measure_texture([])


def test_windows_cover_tunes_and_are_bounded() -> None:
    tunes = make_scales(5, 190).tunes
    windows = list(cut_windows(tunes))
    assert sum(map(len, windows)) == sum(map(len, tunes))
    assert all(abs(len(window) - WINDOW_STEPS) <= 2 for window in windows)
    rolls = np.concatenate([window.roll for window in windows])
    np.testing.assert_array_equal(rolls, np.concatenate([tune.roll for tune in tunes]))
    assert measure_texture(tunes).polyphony == pytest.approx(measure(tunes).polyphony)
    many = list(cut_windows(tunes * 100))
    assert len(many) == MOST_WINDOWS
    of_many, of_few = map(astuple, (measure_texture(tunes * 100), measure_texture(tunes)))
    assert of_many == pytest.approx(of_few, rel=0.01, nan_ok=True)


def test_window_begins_the_notes_that_it_cuts() -> None:
    roll = np.ones((128, 20), np.uint8)
    onsets = np.zeros_like(roll)
    onsets[0] = 1
    first, second = cut_windows([Tune(roll, "held", BEATS, onsets, onsets * 80)])
    assert len(find_notes(first)) == len(find_notes(second)) == 20
