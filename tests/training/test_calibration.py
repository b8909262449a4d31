from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig, Output, RollConfig
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.training.batches import Rolls
from lstmmusic.training.calibration import EVERY, LIMIT, calibrate, draw_openings, gain_after, log_odds_of
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


def calibrated(tunes: list[Tune], output: Output, rounds: int, config: NetworkConfig | None = None) -> StackedLSTM:
    """Calibrate a network that gives each note the probability 0.4, whatever came before."""
    config = config or NetworkConfig(8, (2, 2, 2), output=output, relative_hidden=2)
    network = StackedLSTM(config, initial_weight_std=0.0)
    network.output.init_bias(np.full(8, 0.4))
    rolls, wanted = Rolls(tunes, CPU, config), log_odds_of(tunes)
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
    log_odds = network.sampling_bias.numpy()[:2] + np.log(0.4 / 0.6)
    np.testing.assert_allclose(log_odds, np.log([0.15 / 0.85, 0.7 / 0.3]), atol=0.1)
    np.testing.assert_allclose(notes_per_step(*log_odds), notes_per_step(*log_odds_of(tunes)[:2]), rtol=0.05)


def test_transitions_are_counted_by_runs_of_ones() -> None:
    roll = np.array([[1, 0], [1, 1], [0, 1], [1, 1]], np.uint8)
    config = RollConfig(lowest=60, highest=61)
    tunes = [Tune(roll, "one", config, onsets=roll), Tune(roll[:1], "two", config)]
    begins, goes_on, struck, ends = np.exp(log_odds_of(tunes))
    assert (begins, goes_on) == pytest.approx(((2 + 1) / (0 + 1), (3 + 1) / (1 + 1)))
    assert struck == pytest.approx((3 + 1) / (0 + 1))  # the onsets are those of the roll
    assert ends == pytest.approx((2 + 1) / (3 + 1))


def test_notes_are_struck_again_and_tunes_end_as_in_the_music() -> None:
    tunes = []
    for tune in make_chains(0.3, 0.8, 30, 60):
        onsets = tune.roll * (np.random.default_rng(len(tunes)).random(tune.roll.shape) < 0.25)
        tunes.append(Tune(tune.roll, tune.name, SMALL, onsets=onsets))
    network = calibrated(tunes, "independent", 30)
    assert network.articulation is not None
    assert network.ending is not None
    struck, ends = network.sampling_bias.numpy()[2:]  # both were even odds
    assert 1 / (1 + np.exp(-struck)) == pytest.approx(0.25, abs=0.02)
    assert ends == pytest.approx(-LIMIT)  # as far as it may go: a tune has 60 steps
    plain = calibrated(tunes, "independent", 2, NetworkConfig(8, (2, 2, 2), output="independent").rolls_only())
    assert not plain.sampling_bias[2:].any()


def test_the_end_is_as_likely_as_in_the_music() -> None:
    tunes = make_chains(0.3, 0.8, 30, 5)
    assert calibrated(tunes, "joint", 30).sampling_bias[3].item() == pytest.approx(np.log(31 / 121), abs=0.1)


@pytest.mark.parametrize(("begins", "goes_on"), [(0.0, 0.0), (0.3, 0.0), (1.0, 1.0)])
def test_extreme_music_keeps_the_bias_within_its_limits(begins: float, goes_on: float) -> None:
    bias = calibrated(make_chains(begins, goes_on, 1, 4), "joint", 6).sampling_bias
    assert bias.isfinite().all()
    assert bias.abs().max() <= LIMIT


def test_half_of_the_openings_are_beginnings_and_the_others_are_from_anywhere() -> None:
    tunes = [*make_chains(0.3, 0.6, 3, 40), *make_chains(0.3, 0.6, 1, 9), *make_chains(0.3, 0.6, 1, 1)]
    padded = [np.concatenate((np.zeros((16, 8)), tune.roll)) for tune in tunes]
    allowed = {
        roll[stop : stop + 16].tobytes(): (number, stop)
        for number, (roll, tune) in enumerate(zip(padded, tunes, strict=True))
        for stop in range(min(len(tune) - 1, 16), len(tune))
        if stop
    }
    found = []
    for seed in range(20):
        rolls = Rolls(tunes, CPU)
        openings = rolls.batch(draw_openings(rolls, np.random.default_rng(seed))).targets.double().numpy()
        found += [allowed[opening.tobytes()] for opening in openings.swapaxes(0, 1)]
    assert set(found[::2]) == {(0, 16), (1, 16), (2, 16), (3, 8)}
    assert len(set(found)) > 0.9 * (3 * 24 + 1)
