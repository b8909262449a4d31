from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

import lstmmusic as lm
from lstmmusic.analysis import memory
from lstmmusic.config import NetworkConfig
from lstmmusic.network.model import BLOCK, StackedLSTM
from tests.analysis.reference import CONFIGS, GRID, NAMES, inputs_of, make_network, make_tune, run_loop

ALL_STEPS = torch.tensor(list(itertools.product((0.0, 1.0), repeat=GRID.pitches)))


def log_likelihoods(network: StackedLSTM, features: Tensor) -> Tensor:
    """Return the log-likelihood of every step that there can be, (2**pitches,)."""
    with torch.no_grad():
        logits = network.output.logits(features.expand(len(ALL_STEPS), -1), ALL_STEPS).double()
    return -functional.binary_cross_entropy_with_logits(logits, ALL_STEPS.double(), reduction="none").sum(1)


def brute_force(network: StackedLSTM, tune: lm.Tune, past: int, steps: int) -> float:
    cells, of_places = inputs_of(network, tune)
    divergences = []
    for end in range(max(1, len(tune) - steps), len(tune)):
        start = max(0, end - past)
        whole, limited = (
            log_likelihoods(network, run_loop(network, cells[at:end], of_places[at:end])[0][-1]) for at in (0, start)
        )
        divergences.append(float((whole.exp() * (whole - limited)).sum()))
    return float(np.mean(divergences))


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_divergence_is_that_of_all_steps_that_there_can_be(config: NetworkConfig) -> None:
    network, tune, lengths = make_network(config), make_tune(14), (1, 3, 7, 40)
    found = lm.divergence_by_past(network, tune, lengths, steps=6, samples=100)
    expected = [brute_force(network, tune, length, 6) for length in lengths]
    exact = config.output == "independent"
    np.testing.assert_allclose(found, expected, rtol=1e-4 if exact else 0.05, atol=1e-6)
    assert found[0] > 0.01
    np.testing.assert_allclose(lm.divergence_by_past(network, tune, lengths, steps=6), expected, rtol=0.2, atol=1e-6)


def test_nothing_is_lost_with_the_whole_past_and_something_with_less() -> None:
    network, tune = make_network(CONFIGS[0]), make_tune(30)
    found = lm.divergence_by_past(network, tune, (28, 29, 30))
    assert found[0] > 0
    assert found[1:].tolist() == [0, 0]


def test_long_tunes_and_many_windows_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    network, tune = make_network(CONFIGS[3]), make_tune(2 * BLOCK + 9)
    found = lm.divergence_by_past(network, tune, (3,), steps=20)
    monkeypatch.setattr(memory, "AT_ONCE", 10)
    assert lm.divergence_by_past(network, tune, (3,), steps=20) == pytest.approx(found)
    cells, of_places = inputs_of(network, tune)
    whole = run_loop(network, cells, of_places)[0]
    expected = []
    for end in range(len(tune) - 20, len(tune)):
        limited = run_loop(network, cells[end - 3 : end], of_places[end - 3 : end])[0][-1]
        one, other = (log_likelihoods(network, features) for features in (whole[end - 1], limited))
        expected.append(float((one.exp() * (one - other)).sum()))
    assert found == pytest.approx([np.mean(expected)], rel=1e-4)
    assert len(lm.divergence_by_past(network, tune, (1, 1024), steps=512)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tune": make_tune(1)}, "the number of steps of the tune is 1; it must be a whole number at least 2"),
        ({"lengths": (1, 0)}, "a length is 0"),
        ({"lengths": (1025,)}, "a length is 1025"),
        ({"steps": 513}, "steps is 513"),
        ({"samples": 0}, "samples is 0"),
    ],
)
def test_what_cannot_be_measured_is_refused(changes: dict[str, object], words: str) -> None:
    arguments = {"tune": make_tune(5), "lengths": (1,)} | changes
    with pytest.raises(lm.ConfigError, match=words):
        lm.divergence_by_past(make_network(CONFIGS[0]), **arguments)
