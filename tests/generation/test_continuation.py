"""Endless music: each bar comes from the network of its moment, and no note is lost between bars."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.generation import continuation
from lstmmusic.generation.continuation import CONTEXT_STEPS, Continuation, bar_steps
from lstmmusic.generation.sampler import generate
from lstmmusic.music.metre import parse_metre
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.network.model import StackedLSTM
from tests.conftest import SMALL, make_scales


def make_network(seed: int) -> StackedLSTM:
    torch.manual_seed(seed)
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(6, 7, 8)).rolls_only())
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.8)
    return network


NETWORKS = [make_network(seed) for seed in range(6)]
(SCALE,) = make_scales(1, 20).tunes


@pytest.mark.parametrize("primer", [SCALE, Tune(SCALE.roll, config=SMALL, onsets=SCALE.roll), None])
def test_each_note_is_returned_once_and_none_is_cut_between_bars(primer: Tune | None) -> None:
    music = Continuation(primer, SMALL, seed=3)
    bars = [music.next_bar(network) for network in NETWORKS]
    start = len(primer or ())
    assert [(bar.start, bar.stop) for bar in bars[1:]] == [
        (start + 16 * bar, start + 16 * bar + 16) for bar in range(5)
    ]
    assert (bars[0].start, bars[0].stop) == (0, start)
    assert len(bars[-1].take.tune) == start + 16 * 6
    for bar in bars:
        assert ((bar.notes[:, 0] >= bar.start) & (bar.notes[:, 0] < bar.stop)).all()
    whole = find_notes(bars[-1].take.tune)
    expected = whole[whole[:, 0] < bars[-1].stop]
    bar = (expected[:, 0] - start) // 16 + 1  # that it begins in; 0 in the primer
    expected[:, 1] = np.minimum(expected[:, 1], start + 16 * (np.maximum(bar, 0) + 1))
    assert (expected[:, 1] - expected[:, 0]).max() > 1
    assert (expected[:, 1] > start + 16 * bar).any()  # some last into the next bar
    np.testing.assert_array_equal(np.concatenate([bar.notes for bar in bars]), expected)


def test_bars_have_the_velocities_of_their_notes() -> None:
    loud = SCALE.roll * (np.arange(len(SCALE)) + 1)[:, None]
    music = Continuation(Tune(SCALE.roll, config=SMALL, onsets=SCALE.roll, velocities=loud), SMALL, seed=3)
    primer, *bars = (music.next_bar(network) for network in NETWORKS[:3])
    assert primer.velocities is not None
    assert primer.velocities.tolist() == (primer.notes[:, 0] + 1).tolist()
    for bar in bars:
        assert bar.velocities is not None
        assert bar.velocities.tolist() == [10] * len(bar.notes)  # the median of the primer
    silent = Continuation(SCALE, SMALL, seed=3)
    assert silent.next_bar(NETWORKS[0]).velocities is None


def test_context_is_as_long_as_the_recommended_network_looks_back() -> None:
    assert NetworkConfig().relative_passages <= CONTEXT_STEPS


def test_bar_is_what_the_network_generates_after_its_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(continuation, "CONTEXT_STEPS", 64)
    music = Continuation(SCALE, SMALL, seed=5)
    for network in NETWORKS[:5]:
        before = music.next_bar(network, temperature=0.9, threshold=0.2).take.tune
    context = before.part(len(before) - 64, len(before))
    take = music.next_bar(NETWORKS[5], temperature=1.1, threshold=0.05).take
    bar = generate(NETWORKS[5], context, 16, temperature=1.1, threshold=0.05, seed=10, quiet=True)
    assert (take.primer_steps, take.temperature, take.threshold) == (len(SCALE), 1.1, 0.05)
    assert len(take.probabilities) == len(take.tune) == len(SCALE) + len(take.uniforms)
    np.testing.assert_array_equal(take.tune.roll[-16:], bar.generated.roll)
    np.testing.assert_array_equal(take.probabilities[-16:], bar.probabilities[-16:])
    np.testing.assert_array_equal(take.uniforms[-16:], bar.uniforms)


@pytest.mark.parametrize(
    ("config", "steps"),
    [(RollConfig(), 16), (RollConfig(step=0.25, unit="beats"), 16), (RollConfig(step=8, unit="beats"), 1)],
)
def test_bar_has_four_beats(config: RollConfig, steps: int) -> None:
    assert bar_steps(config) == steps


def test_network_of_other_pitches_is_refused_and_the_music_continues() -> None:
    music = Continuation(SCALE, SMALL)
    with pytest.raises(ConfigError, match="pitches"):
        music.next_bar(StackedLSTM(NetworkConfig(pitches=9, hidden=(3, 3, 3))))
    assert music.next_bar(NETWORKS[0]).stop == len(SCALE)


DEAD = StackedLSTM(NetworkConfig(8, (2, 2, 2), output="independent").rolls_only(), initial_weight_std=0.0)
DEAD.output.init_bias(np.full(8, 1e-9))


def test_silent_bars_are_counted_and_settings_found_with_which_the_next_one_sounds() -> None:
    music, network = Continuation(SCALE, SMALL, seed=3), NETWORKS[0]
    assert music.silent_bars == 0
    music.next_bar(network, threshold=0.0)
    assert music.silent_bars == 0
    for silent in (1, 2):
        music.next_bar(DEAD)
        assert music.silent_bars == silent
    assert not music.find_sound(DEAD, temperature=1.0, threshold=0.0).works
    found = music.find_sound(network, temperature=1.0, threshold=0.999)
    assert found.works
    assert found.done.startswith("Threshold lowered to ")
    assert found.settings.temperature == 1.0
    bar = music.next_bar(network, temperature=1.0, threshold=found.settings.threshold).take.tune.roll[-16:]
    np.testing.assert_array_equal(bar, found.take.generated.roll)
    assert np.count_nonzero(bar.any(axis=1)) >= 8
    assert music.silent_bars == 0


@pytest.mark.parametrize(("silent", "context"), [(1, 52), (2, 36), (3, 20)])
def test_silent_bars_are_no_context(silent: int, context: int) -> None:
    music, network = Continuation(SCALE, SMALL, seed=3), NETWORKS[0]
    for each in (network, *[DEAD] * silent):
        before = music.next_bar(each, threshold=0.0).take.tune
    bar = music.next_bar(network, threshold=0.0).take.tune.roll[-16:]
    heard = (
        before.part(0, context).roll * (np.arange(context) < context - (silent > 1))[:, None]
    )  # then the music starts again
    expected = generate(network, Tune(heard, config=SMALL), 16, threshold=0.0, seed=4 + silent, quiet=True)
    np.testing.assert_array_equal(bar, expected.generated.roll)


@pytest.mark.parametrize(("metre", "context"), [("4/4", 16), ("3/4", 24)])
def test_whole_bars_are_left_out_of_the_context(metre: str, context: int) -> None:
    """So that each step has the place in the bar that it would have had."""
    grid = RollConfig(step=0.25, unit="beats", lowest=60, highest=67)
    torch.manual_seed(0)
    network = StackedLSTM(NetworkConfig(8, (6, 7, 8)))
    dead = StackedLSTM(NetworkConfig(8, (2, 2, 2), output="independent"), initial_weight_std=0.0)
    dead.output.init_bias(np.full(8, 1e-9))
    music = Continuation(Tune(np.ones((16, 8)), config=grid, metre=parse_metre(metre)), grid)
    for _ in range(2):
        before = music.next_bar(dead, threshold=0.5).take.tune
    bar = music.next_bar(network, threshold=0.0).take.tune.roll[-16:]
    heard = before.part(0, context - 1).followed_by(np.zeros((1, 8)), "", np.zeros((1, 8)))
    expected = generate(network, heard, 16, threshold=0.0, seed=2, quiet=True)
    np.testing.assert_array_equal(bar, expected.generated.roll)
