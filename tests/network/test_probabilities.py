from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.probabilities import MARGINAL_SAMPLES, note_probabilities
from tests.conftest import SMALL

ROLL = (np.random.default_rng(0).random((12, 8)) < 0.3).astype(np.uint8)


def network(output: str) -> StackedLSTM:
    random = torch.Generator().manual_seed(0)
    config = NetworkConfig(8, (6, 6, 6), output=output, relative_hidden=6).rolls_only()
    return StackedLSTM(config, initial_weight_std=1.0, generator=random)


@pytest.mark.parametrize("output", ["joint", "relative"])
def test_lower_notes_matter_where_they_are_given_and_not_for_a_note_by_itself(output: str) -> None:
    other = ROLL.copy()
    other[-1, 0] ^= 1  # the lowest note of the last step, which is given to all others
    for marginal, words in ((False, "given the true lower notes"), (True, f"by itself ({MARGINAL_SAMPLES} samples)")):
        tunes = [Tune(roll, config=SMALL) for roll in (ROLL, other)]
        one, two = (note_probabilities(network(output), tune, marginal=marginal) for tune in tunes)
        assert one.words == two.words == words
        assert one.values.shape == ROLL.shape
        np.testing.assert_array_equal(one.values[:-1], two.values[:-1])
        assert np.array_equal(one.values, two.values) == marginal


@pytest.mark.parametrize("marginal", [False, True])
def test_independent_notes_have_one_probability(marginal: bool) -> None:
    independent = network("independent")
    probabilities = note_probabilities(independent, Tune(ROLL, config=SMALL), marginal=marginal)
    assert (probabilities.words, probabilities.samples) == ("probability", 0)
    np.testing.assert_array_equal(probabilities.values, independent.expectations(ROLL))
    before = np.pad(ROLL, ((1, 0), (0, 0)))[:-1]
    np.testing.assert_allclose(probabilities.values, independent.probabilities(before), atol=1e-6)
