from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from lstmmusic.analysis import copies, copy_index
from lstmmusic.analysis.copies import find_copies
from lstmmusic.analysis.copy_index import CopyIndex
from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, CorpusError
from lstmmusic.music.metre import Metre
from lstmmusic.music.roll import Tune

WIDE = RollConfig(step=0.5, unit="beats")
NARROW = RollConfig(step=1, unit="beats", lowest=60, highest=64)


def make_tune(random: np.random.Generator, steps: int, config: RollConfig) -> Tune:
    """Make music that often repeats itself, with held chords and silence."""
    shapes = random.integers(0, 2, (3, 3))
    shapes[0] = 0
    roll = np.zeros((steps, config.pitches), np.uint8)
    for step in range(steps):
        if step and random.random() < 0.3:
            roll[step] = roll[step - 1]
            continue
        at = random.integers(config.pitches - 2)
        roll[step, at : at + 3] = shapes[random.integers(3)]
    return Tune(roll, "random", config)


def normal_form(stretch: NDArray[np.uint8]) -> bytes:
    """Return what stretches have in common that are equal in some key."""
    used = np.flatnonzero(stretch.any(axis=0))
    return np.roll(stretch, -int(used[0]) if len(used) else 0, axis=1).tobytes()


def search_exhaustively(tune: Tune, training: Sequence[Tune], shortest: int, changes: int) -> list[int]:
    """Return how long the longest copied stretch is that covers each step, by trying all."""
    roll, found = tune.roll, [0] * len(tune)
    for size in range(shortest, len(tune) + 1):
        known = {normal_form(each.roll[at : at + size]) for each in training for at in range(len(each) - size + 1)}
        for start in range(len(tune) - size + 1):
            stretch = roll[start : start + size]
            changed = (stretch[1:] != stretch[:-1]).any(axis=1) & stretch[1:].any(axis=1)
            if changed.sum() >= changes and normal_form(stretch) in known:
                found[start : start + size] = [size] * size
    return found


@pytest.mark.parametrize("config", [NARROW, WIDE])
@pytest.mark.parametrize("shortest", [2, 5])
def test_copies_match_an_exhaustive_search(monkeypatch: pytest.MonkeyPatch, config: RollConfig, shortest: int) -> None:
    monkeypatch.setattr(copy_index, "BLOCK", 60)  # tunes of several blocks
    for seed in range(6):
        random = np.random.default_rng(seed)
        training = [make_tune(random, steps, config) for steps in (40, 0, 3, 30, 25)]
        tune, index = make_tune(random, 40, config), CopyIndex(training, shortest=shortest)
        for changes in (0, 1, 3):
            found = find_copies(tune, index, changes=changes)
            assert found.lengths.tolist() == search_exhaustively(tune, training, shortest, changes)
            assert found.share == np.mean(found.lengths > 0)
            assert {stretch.steps for stretch in found.stretches} == set(found.lengths.tolist()) - {0}
            for stretch in found.stretches:
                source = training[stretch.source].roll[stretch.step : stretch.step + stretch.steps]
                copy = np.zeros_like(source)
                steps, columns = np.nonzero(source)
                copy[steps, columns + stretch.transposition] = 1
                np.testing.assert_array_equal(copy, tune.roll[stretch.start : stretch.stop])
            for step, (source, at, up) in enumerate(found.sources.tolist()):
                ways = [
                    (each.source, each.step + step - each.start, each.transposition, each.steps)
                    for each in found.stretches
                    if each.start <= step < each.stop
                ]
                assert (source, at, up, found.lengths[step]) in (ways or [(-1, -1, 0, 0)])


def compose(random: np.random.Generator, steps: int) -> Tune:
    """Make music in four parts that nothing repeats."""
    roll = np.zeros((steps, WIDE.pitches), np.uint8)
    roll[np.arange(steps)[:, None], random.integers(20, 60, (steps, 4))] = 1
    return Tune(roll, "composed", WIDE)


def test_a_copied_bar_in_another_key_is_found_and_shuffled_music_has_none() -> None:
    random = np.random.default_rng(0)
    training = [compose(random, steps) for steps in (50, 60, 70)]
    index, roll = CopyIndex(training), compose(random, 40).roll
    assert index.shortest == 8
    roll[11:23] = np.roll(training[1].roll[30:42], -5, axis=1)
    tune = Tune(roll, "take", WIDE, metre=(Metre(0.0, 3, 4),))
    found = find_copies(tune, index)
    (stretch,) = found.stretches
    assert stretch == found.longest == copies.Stretch(11, 23, source=1, step=30, transposition=-5)
    assert np.flatnonzero(found.lengths).tolist() == list(range(11, 23))
    assert found.sources[12].tolist() == [1, 31, -5]
    assert (found.bars(), found.seconds(tempo=60)) == (pytest.approx(2), 6)
    assert (found.share, find_copies(tune, index, start=13).share) == (12 / 40, 10 / 27)
    assert not find_copies(tune, index, start=16).stretches  # seven steps are no bar
    assert not find_copies(tune, index, leave_out=1).stretches
    shuffled = Tune(random.permutation(training[0].roll), "shuffled", WIDE)
    assert not find_copies(shuffled, training).lengths.any()


def test_a_training_tune_is_a_copy_of_itself_unless_it_is_left_out() -> None:
    random = np.random.default_rng(0)
    training = [compose(random, 40) for _ in range(4)]
    training[2] = Tune(np.concatenate((np.zeros_like(training[2].roll[:3]), training[2].roll[:37])), "rests", WIDE)
    for number, tune in enumerate(training):
        found = find_copies(tune, training)
        assert found.share == 1
        assert found.stretches == (copies.Stretch(0, 40, number, 0, 0),)
        assert find_copies(tune, training, leave_out=number).share == 0


@pytest.mark.parametrize("period", [1, 16])
def test_long_music_that_repeats_itself_is_searched_in_nearly_linear_time(period: int) -> None:
    steps = 50_000
    roll = np.zeros((steps, WIDE.pitches), np.uint8)
    if period > 1:  # else it is silent
        roll[np.arange(steps), 40 + np.arange(steps) % period] = 1
    tune = Tune(roll, "long", WIDE)
    began = time.process_time()
    found = find_copies(tune, [tune], changes=0)
    assert found.stretches == (copies.Stretch(0, steps, 0, 0, 0),)
    assert (
        time.process_time() - began < 4
    )  # seconds of the processor: about .5, and 8 or 20 for all pairs of equal windows


def test_chords_may_span_more_than_five_octaves() -> None:
    lowest = np.arange(12) % 5
    rolls = np.zeros((3, 12, WIDE.pitches), np.uint8)
    for roll, up, span in zip(rolls, (0, 7, 7), (70, 70, 71), strict=True):
        roll[np.arange(12), lowest + up] = roll[np.arange(12), lowest + up + span] = 1
    tune, same, other = (Tune(roll, "wide", WIDE) for roll in rolls)
    assert find_copies(tune, [other, same]).stretches == (copies.Stretch(0, 12, 1, 0, -7),)
    assert not find_copies(tune, [other]).stretches


def test_held_repeated_and_silent_steps_are_no_copies() -> None:
    roll = np.zeros((60, WIDE.pitches), np.uint8)
    roll[:30, 40:50:4] = 1
    roll[40:50, 45] = 1
    roll[55:, 45] = 1
    tune = Tune(roll, "held", WIDE)
    assert find_copies(tune, [tune]).share == 0
    assert find_copies(tune, [tune], changes=2).share == 1
    assert find_copies(tune, [tune], changes=3).share == 0


def test_seconds_and_bars_of_a_grid_in_seconds_and_of_changing_metres() -> None:
    config = RollConfig(step=0.25)
    tune = Tune(compose(np.random.default_rng(0), 40).roll, "tune", config)
    found = find_copies(tune, [tune])
    assert (found.seconds(tempo=90), found.bars(tempo=120)) == (10, pytest.approx(5))
    metre = Metre(0.0, 2, 4), Metre(20.0, 5, 4)
    found = find_copies(Tune(tune.roll, "tune", WIDE, metre=metre), [Tune(tune.roll, "tune", WIDE)])
    assert found.bars() == pytest.approx(5 + 2)
    none = find_copies(tune.part(0, 1), [tune])
    assert (none.longest, none.seconds(), none.bars(), none.share) == (None, 0, 0, 0)


def test_what_cannot_be_searched_is_refused() -> None:
    tune = compose(np.random.default_rng(0), 20)
    other = Tune(tune.roll, "other", RollConfig())
    with pytest.raises(CorpusError, match="no training music"):
        find_copies(tune, [])
    with pytest.raises(CorpusError, match="several grids"):
        CopyIndex([tune, other])
    with pytest.raises(ConfigError, match="another grid"):
        find_copies(other, [tune])
    with pytest.raises(ConfigError, match="start"):
        find_copies(tune, [tune], start=21)
    with pytest.raises(ConfigError, match="leave_out"):
        find_copies(tune, [tune], leave_out=1)
    with pytest.raises(ConfigError, match="shortest"):
        CopyIndex([tune], shortest=1)
    assert find_copies(tune, [tune], start=20).share == 0
