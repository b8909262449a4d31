from __future__ import annotations

from dataclasses import asdict, replace
from typing import get_args

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.generation.diagnosis import Ailment, Reference, Settings, diagnose, find_remedy, list_candidates
from lstmmusic.generation.sampler import Sampler
from lstmmusic.music.chorales import chorale_paths, read_chorale
from lstmmusic.music.roll import quantise
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.bundled import load_bundled
from tests.conftest import SMALL, make_scales

SCALES = Reference.of(make_scales(6, 60).tunes)


def make_network(bias: float | list[float]) -> StackedLSTM:
    """A network with these log-odds, independent of its input."""
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(4, 4, 4), output="independent"), initial_weight_std=0.01)
    with torch.no_grad():
        network.output.linear.bias.copy_(torch.as_tensor(bias).expand(8))
    return network


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    network, config = load_bundled()
    return Sampler(network, None, config)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.of([quantise(read_chorale(path), RollConfig()) for path in chorale_paths()[:20]])


@pytest.mark.parametrize(
    ("temperature", "threshold", "words"),
    [
        (1.0, 0.95, "Lower the threshold to "),
        (20.0, 0.1, "Lower the temperature to "),
        (0.01, 0.1, "Raise the temperature to "),
        (0.05, 0.95, "Raise the temperature to 1 and lower the threshold to 0"),
    ],
)
def test_remedy_of_absurd_settings_works_and_has_a_description(
    sampler: Sampler, reference: Reference, temperature: float, threshold: float, words: str
) -> None:
    take = sampler.take(200, temperature=temperature, threshold=threshold, seed=4, quiet=True)
    remedy = find_remedy(sampler, take, reference)
    assert remedy is not None
    assert remedy.works
    assert remedy.words.startswith(words)
    assert remedy.settings.seed == 4
    again = sampler.take(200, **asdict(remedy.settings), quiet=True)
    assert diagnose(again, reference) is None
    np.testing.assert_array_equal(again.tune.roll, remedy.take.tune.roll)


def test_good_take_needs_no_remedy(sampler: Sampler, reference: Reference) -> None:
    assert find_remedy(sampler, sampler.take(200, quiet=True), reference) is None


def test_smaller_changes_than_the_remedy_do_not_help(sampler: Sampler, reference: Reference) -> None:
    before = Settings(0.3, 0.3, 4)
    take = sampler.take(200, **asdict(before), quiet=True)
    diagnosis, remedy = diagnose(take, reference), find_remedy(sampler, take, reference)
    assert diagnosis is not None
    assert remedy is not None
    candidates = list_candidates(before, diagnosis.ailment, sampler.threshold)
    smaller = candidates[: candidates.index(remedy.settings)]
    assert smaller
    assert all(diagnose(sampler.take(200, **asdict(one), quiet=True), reference) for one in smaller)


def test_default_settings_are_tried_with_other_seeds_first() -> None:
    default = Settings(1.0, 0.05, 4)
    assert [one.seed for one in list_candidates(default, "a drone", 0.05)[:4]] == [5, 6, 7, 4]
    assert [one.seed for one in list_candidates(replace(default, temperature=3.0), "a drone", 0.05)[-3:]] == [5, 6, 7]


@pytest.mark.parametrize("ailment", get_args(Ailment))
@pytest.mark.parametrize(("temperature", "threshold"), [(1.0, 0.1), (1.0, 0.05), (1.25, 0.05), (0.8, 0.3)])
def test_no_settings_are_tried_twice(ailment: Ailment, temperature: float, threshold: float) -> None:
    candidates = list_candidates(Settings(temperature, threshold, 4), ailment, 0.05)
    assert len(candidates) == len(set(candidates))
    assert Settings(1.0, 0.05, 5) in candidates


@pytest.mark.parametrize(
    "bias", [-30.0, [30.0, 30.0, -30.0, -30.0, -30.0, -30.0, -30.0, -30.0]], ids=["silence", "one chord held"]
)
def test_network_that_no_settings_help_needs_training(bias: float | list[float]) -> None:
    broken = Sampler(make_network(bias), None, SMALL)
    take = broken.take(60, quiet=True)
    remedy = find_remedy(broken, take, SCALES)
    assert remedy is not None
    assert not remedy.works
    assert remedy.words.startswith("Train the network longer")
    assert remedy.settings == Settings(1.0, 0.1, 0), "no change comes closer"
    assert remedy.take is take


def test_closest_change_is_suggested_where_none_helps() -> None:
    # With a bias this far off, a higher temperature lets a few notes through, and no more.
    broken = Sampler(make_network(-6.0), None, SMALL)
    remedy = find_remedy(broken, broken.take(200, threshold=0.0, quiet=True), SCALES)
    assert remedy is not None
    assert not remedy.works
    assert "closest: Raise the temperature to 1." in remedy.words
    assert remedy.settings.temperature > 1
