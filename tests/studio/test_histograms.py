"""Histograms of weights and gradients while a run trains."""

from __future__ import annotations

import numpy as np

from lstmmusic.analysis.weights import weight_histograms
from lstmmusic.studio import Studio
from lstmmusic.studio.training.histograms import fold
from tests.studios import start_run, stop_run, until

TRAINING, LISTENING = 2, 3


def read_shares(studio: Studio) -> np.ndarray:
    view = studio.training.histograms.view
    return np.frombuffer(view.shares, np.uint8).reshape(len(view.updates), 2, 4, -1) if view.updates else np.zeros(0)


def test_histograms_are_measured_only_while_they_are_looked_at(studio: Studio) -> None:
    histograms = studio.training.histograms
    studio.places.selected_index = TRAINING
    start_run(studio, updates=3)
    assert histograms.view.updates == []
    histograms.button.value = True
    assert histograms.view.layout.display is None
    assert studio.training.health.layout.display == "none"
    until(lambda: histograms.view.updates, studio)
    first = histograms.view.updates[0]
    assert read_shares(studio)[0, ..., 1:].max(axis=-1).tolist() == [[255] * 4] * 2
    until(lambda: len(histograms.view.updates) > 1, studio)
    assert histograms.view.updates[1] > first
    studio.places.selected_index = LISTENING
    stop_run(studio)
    studio.places.selected_index = TRAINING
    until(lambda: histograms.view.updates[-1] == len(studio.session.trainer.losses), studio)
    expected = fold(weight_histograms(studio.session.trainer.network))[:, 1:].argmax(axis=-1)
    np.testing.assert_array_equal(read_shares(studio)[-1, 0, :, 1:].argmax(axis=-1), expected)


def test_bins_of_both_signs_become_one_of_a_magnitude() -> None:
    np.testing.assert_array_equal(fold(np.float32([[1, 2, 3, 40, 50]])), [[3, 42, 51]])


def test_another_run_begins_another_history(studio: Studio) -> None:
    histograms = studio.training.histograms
    studio.places.selected_index = TRAINING
    histograms.button.value = True
    start_run(studio, updates=2)
    until(lambda: histograms.view.updates, studio)
    stop_run(studio)
    before = studio.session.trainer
    start_run(studio, updates=2)
    until(lambda: histograms.view.updates and studio.session.trainer is not before, studio)
    assert histograms.view.updates[-1] <= len(studio.session.trainer.losses)
    assert sorted(histograms.view.updates) == histograms.view.updates
