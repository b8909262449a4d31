from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig, Output, RollConfig
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.training.batches import Rolls
from lstmmusic.training.calibration import EVERY, LIMIT, calibrate, draw_openings, gain_after, transition_log_odds
from tests.conftest import SMALL

CPU = torch.device("cpu")


def make_chains(begins: float, goes_on: float, tunes: int = 4, steps: int = 600) -> list[Tune]:
    """Make tunes in which each pitch is a Markov chain of its own."""
    random, made = np.random.default_rng(0), []
    for number in range(tunes):
        roll = np.zeros((steps, SMALL.pitches), np.uint8)
        for step in range(1, steps):
            roll[step] = random.random(SMALL.pitches) < np.where(roll[step - 1], goes_on, begins)
        made.append(Tune(roll, f"chain {number}", SMALL))
    return made


def calibrated(tunes: list[Tune], output: Output, rounds: int) -> StackedLSTM:
    """Calibrate a network that gives each note the probability 0.4, whatever came before."""
    network = StackedLSTM(NetworkConfig(8, (2, 2, 2), output=output, relative_hidden=2), initial_weight_std=0.0)
    network.output.init_bias(np.full(8, 0.4))
    rolls, wanted = Rolls(tunes, CPU), transition_log_odds(tunes)
    for number in range(1, rounds + 1):
        calibrate(network, wanted, rolls, np.random.default_rng(number), gain_after(number * EVERY))
    return network


def notes_per_step(begins: float, goes_on: float) -> float:
    """Return how many notes sound in a step of eight Markov chains with these log-odds."""
    begins, goes_on = (1 / (1 + np.exp(-log_odds)) for log_odds in (begins, goes_on))
    return 8 * begins / (begins + 1 - goes_on)


@pytest.mark.parametrize("output", ["joint", "independent", "relative"])
def test_notes_begin_and_go_on_as_in_the_music(output: Output) -> None:
    tunes = make_chains(0.15, 0.7)
    network = calibrated(tunes, output, 20)
    log_odds = network.sampling_bias.numpy() + np.log(0.4 / 0.6)
    np.testing.assert_allclose(log_odds, np.log([0.15 / 0.85, 0.7 / 0.3]), atol=0.1)
    np.testing.assert_allclose(notes_per_step(*log_odds), notes_per_step(*transition_log_odds(tunes)), rtol=0.05)


def test_transitions_are_counted_by_runs_of_ones() -> None:
    roll = np.array([[1, 0], [1, 1], [0, 1], [1, 1]], np.uint8)
    config = RollConfig(lowest=60, highest=61)
    tunes = [Tune(roll, "one", config, onsets=roll), Tune(roll[:1], "two", config)]
    np.testing.assert_allclose(transition_log_odds(tunes), np.log([(2 + 1) / (0 + 1), (3 + 1) / (1 + 1)]))


@pytest.mark.parametrize(("begins", "goes_on"), [(0.0, 0.0), (0.3, 0.0), (1.0, 1.0)])
def test_extreme_music_keeps_the_bias_within_its_limits(begins: float, goes_on: float) -> None:
    bias = calibrated(make_chains(begins, goes_on, 1, 4), "joint", 6).sampling_bias
    assert bias.isfinite().all()
    assert bias.abs().max() <= LIMIT


def test_openings_end_anywhere_in_the_tunes_and_silence_precedes_a_tune() -> None:
    tunes = make_chains(0.3, 0.6, 3, 20)
    found: set[tuple[int, int]] = set()
    for seed in range(20):
        openings = draw_openings(Rolls(tunes, CPU), np.random.default_rng(seed)).numpy()
        for opening in openings.swapaxes(0, 1):
            ends = [
                (number, stop)
                for number, tune in enumerate(tunes)
                for stop in range(1, len(tune) + 1)
                if np.array_equal(np.concatenate((np.zeros((16, 8)), tune.roll[:stop]))[-16:], opening)
            ]
            found |= {min(ends)} if ends else {(-1, -1)}
    whole = {(number, stop) for number, tune in enumerate(tunes) for stop in range(1, len(tune))}
    assert found <= whole
    assert len(found) > 0.8 * len(whole)
