"""Blind tests: votes are counted, X is fair, and the chance of guessing agrees with a count of all outcomes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.music.roll import Tune
from lstmmusic.studio.runs.blind import BlindTest, chance_of_guessing, describe_votes
from lstmmusic.studio.runs.takes_beside import describe_playing


def test_votes_are_counted():
    test = BlindTest(np.random.default_rng(0))
    wanted = [True, False, True, True]
    for right in wanted:
        assert test.vote(test.hidden if right else 1 - test.hidden) is right
    assert (test.right, test.trials) == (3, 4)


def test_x_is_chosen_at_random_for_each_trial():
    test = BlindTest(np.random.default_rng(0))
    drawn = []
    for _ in range(2000):
        drawn.append(test.hidden)
        test.vote(0)
    same = np.mean(np.diff(drawn) == 0)
    assert np.mean(drawn) == pytest.approx(0.5, abs=0.04)
    assert same == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("trials", [1, 2, 7])
def test_chance_of_guessing_is_the_share_of_all_outcomes(trials):
    outcomes = [sum(votes) for votes in itertools.product((0, 1), repeat=trials)]
    for right in range(trials + 1):
        assert chance_of_guessing(right, trials) == pytest.approx(np.mean(np.array(outcomes) >= right))


def test_chance_is_exact_for_many_trials():
    assert chance_of_guessing(0, 2000) == 1  # more outcomes than a float can count
    assert chance_of_guessing(1000, 2000) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("right", "trials", "words"),
    [
        (0, 0, "No votes yet."),
        (7, 10, "7 of 10 right; guessing does as well in 17% of such tests."),
        (8, 8, "8 of 8 right; guessing does as well in 0.39% of such tests."),
        (20, 20, "20 of 20 right; guessing does as well in less than 0.1% of such tests."),
        (0, 3, "0 of 3 right; guessing does as well in 100% of such tests."),
    ],
)
def test_votes_are_described(right, trials, words):
    assert describe_votes(right, trials) == words


def test_impossible_votes_are_refused():
    with pytest.raises(ValueError, match="answer is 2"):
        BlindTest(np.random.default_rng(0)).vote(2)
    with pytest.raises(ValueError, match="right is 3; it must be from 0 to 2"):
        chance_of_guessing(3, 2)


def test_how_a_tune_is_played_is_described() -> None:
    grid = RollConfig(lowest=60, highest=61)
    roll = [[1, 1], [1, 0]]
    assert describe_playing(Tune(roll, config=grid)) == ""
    assert describe_playing(Tune(roll, config=grid, velocities=[[60, 80], [0, 0]])) == "Velocity: 70\xa0±\xa010"
    struck = Tune(roll, config=grid, onsets=roll, velocities=[[80, 80], [80, 0]])
    assert describe_playing(struck) == "Restruck: 33%, notes per onset: 1.5, velocity: 80 always"
