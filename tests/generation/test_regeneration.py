"""Stretches of takes that are regenerated to fit both sides, compared with an enumeration of what is possible."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lstmmusic.config import NetworkConfig, Output, RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.generation.inspection import explain
from lstmmusic.generation.regeneration import regenerate
from lstmmusic.generation.sampler import Take, generate, generate_takes
from lstmmusic.music.cells import cells_of
from lstmmusic.music.metre import places
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.network.model import StackedLSTM
from tests.generation.test_editing import BEATS, KINDS, make_network, make_primer

TWO = RollConfig(lowest=60, highest=61)
START, STOP, FOLLOWING = 8, 10, 4


@pytest.fixture(params=KINDS, name="network")
def any_network(request: pytest.FixtureRequest) -> StackedLSTM:
    return make_network(request.param)


def make_tiny(output: Output) -> StackedLSTM:
    config = NetworkConfig(2, (4, 4, 4), output=output, relative_hidden=4, joint_hidden=4)
    generator = torch.Generator().manual_seed(1)
    std = 0.5 if output == "relative" else 1.5
    return StackedLSTM(config.rolls_only(), initial_weight_std=std, generator=generator)


def chances_of(network: StackedLSTM, roll: NDArray[np.uint8], start: int, stop: int) -> float:
    """Return the probability of steps of a roll, given those before them."""
    expected = network.expectations(roll).astype(np.float64)[start:stop]
    return float(np.where(roll[start:stop] > 0, expected, 1 - expected).prod())


def enumerate_stretches(network: StackedLSTM, take: Take) -> dict[bytes, tuple[float, float]]:
    """Return the probability of each possible stretch, and that of what follows it."""
    found = {}
    for bits in itertools.product((0, 1), repeat=2 * (STOP - START)):
        roll = take.tune.roll
        roll[START:STOP] = np.reshape(bits, (-1, 2))
        stretch = roll[START:STOP].tobytes()
        found[stretch] = (
            chances_of(network, roll, START, STOP),
            chances_of(network, roll, STOP, STOP + FOLLOWING),
        )
    return found


@pytest.mark.parametrize("output", ["joint", "independent", "relative"])
def test_stretches_are_drawn_as_the_network_would_given_both_sides(output: Output) -> None:
    tiny = make_tiny(output)
    take = generate(tiny, None, 20, threshold=0.0, config=TWO, quiet=True)
    possible = enumerate_stretches(tiny, take)
    assert sum(before for before, _ in possible.values()) == pytest.approx(1, abs=1e-5)
    whole = sum(before * after for before, after in possible.values())
    posterior = {stretch: before * after / whole for stretch, (before, after) in possible.items()}
    prior = np.array([before for before, _ in possible.values()])
    assert np.abs(prior - list(posterior.values())).sum() > 0.2  # what follows matters

    candidates = generate_takes(tiny, take.tune.part(0, START), STOP - START, takes=1000, threshold=0.0, quiet=True)
    stretches = [candidate.generated.roll.tobytes() for candidate in candidates]
    found = regenerate(tiny, take, START, STOP, candidates=1000, following=FOLLOWING, quiet=True)
    expected = np.log([possible[stretch][1] for stretch in stretches])
    np.testing.assert_allclose(found.log_likelihoods, expected, atol=1e-3)
    weights = dict.fromkeys(possible, 0.0)
    for stretch, chance in zip(stretches, found.chances, strict=True):
        weights[stretch] += chance
    np.testing.assert_allclose([*weights.values()], [*posterior.values()], atol=0.06)


def test_one_candidate_is_drawn_in_proportion_to_the_likelihoods() -> None:
    tiny = make_tiny("joint")
    take = generate(tiny, None, 20, threshold=0.0, config=TWO, quiet=True)
    possible = enumerate_stretches(tiny, take)
    whole = sum(before * after for before, after in possible.values())
    posterior = [before * after / whole for before, after in possible.values()]
    drawn = dict.fromkeys(possible, 0)
    for seed in range(0, 100_000, 1000):
        drawn[
            regenerate(tiny, take, START, STOP, following=FOLLOWING, seed=seed).take.tune.roll[START:STOP].tobytes()
        ] += 1
    np.testing.assert_allclose(np.array([*drawn.values()]) / 100, posterior, atol=0.12)


def test_what_is_around_the_stretch_stays(network: StackedLSTM) -> None:
    take = generate(network, make_primer(network), 40, seed=3, threshold=0.0, quiet=True)
    for start, stop in ((20, 26), (0, 3), (8, 15), (48, 52)):
        found = regenerate(network, take, start, stop, candidates=16, seed=5, quiet=True)
        after = found.take
        assert found.chances.sum() == pytest.approx(1)
        assert after.tune.metre == take.tune.metre
        np.testing.assert_array_equal(cells_of(after.tune)[:start], cells_of(take.tune)[:start])
        np.testing.assert_array_equal(after.tune.roll[stop:], take.tune.roll[stop:])
        assert not np.array_equal(after.tune.roll[start:stop], take.tune.roll[start:stop])
        primer = take.tune.part(0, start) if start else None
        own = generate_takes(
            network, primer, stop - start, takes=16, seed=5, threshold=0.0, config=BEATS, metre="3/4", quiet=True
        )[found.chosen]
        np.testing.assert_array_equal(cells_of(after.tune)[start:stop], cells_of(own.tune)[start:])
        np.testing.assert_array_equal(after.probabilities[start:stop], own.probabilities[start:])
        outside = np.r_[0:start, stop : len(take.tune)]
        np.testing.assert_array_equal(after.probabilities[outside], take.probabilities[outside])
        expected = take.uniforms.copy()
        if stop > 12:
            expected[max(start - 12, 0) : stop - 12] = own.uniforms[max(12 - start, 0) :]
        np.testing.assert_array_equal(after.uniforms, expected)
        if start >= 12:
            assert "sampled with other settings" not in explain(after, start, 3)
    assert (found.log_likelihoods == 0).all()  # nothing follows


def test_likelihood_is_that_of_notes_strikes_and_velocities(network: StackedLSTM) -> None:
    take = generate(network, make_primer(network), 40, seed=3, threshold=0.0, quiet=True)
    found = [regenerate(network, take, 20, 24, candidates=6, following=following, quiet=True) for following in (0, 100)]
    assert not found[0].log_likelihoods.any()
    assert found[1].chances.argmax() in range(6)
    tune = found[1].take.tune
    cells = cells_of(tune) if network.config.strikes else tune.roll
    steps = torch.from_numpy(np.concatenate((np.zeros((1, 8)), cells)).astype(np.float32))[:, None]
    where = torch.from_numpy(places(tune.metre, tune.config, 0, len(tune))[:, None]) if network.config.metre else None
    with torch.no_grad():
        losses = network.losses(network(steps[:-1], places=where)[0], steps[1:])
    nats = (losses.notes + losses.strikes + losses.velocities)[24:].sum().item()
    assert found[1].log_likelihoods[found[1].chosen] == pytest.approx(-nats, abs=2e-3)


def test_notes_that_were_held_into_what_follows_begin_there_with_their_velocity() -> None:
    config = NetworkConfig(8, (2, 2, 2), output="independent", articulation_hidden=2)
    network = StackedLSTM(config, initial_weight_std=0.0)
    network.output.init_bias(np.full(8, 1e-6))
    roll = np.zeros((12, 8), np.uint8)
    roll[2:9, 3] = 1
    roll[6:12, 5] = 1
    onsets = np.zeros_like(roll)
    onsets[2, 3] = onsets[6, 5] = onsets[8, 3] = 1
    tune = Tune(roll, "held", BEATS, onsets, onsets * np.array([40, 70], np.uint8).repeat([7, 5])[:, None])
    zeros = np.zeros((12, 8), np.float32)
    take = Take(tune, 0, zeros, zeros, 1.0, 0.0, 0)
    after = regenerate(network, take, 5, 8, candidates=2, quiet=True).take.tune
    assert find_notes(after).tolist() == [[2, 5, 63], [8, 9, 63], [8, 12, 65]]
    assert after.packed_velocities is not None
    assert after.packed_velocities.tolist() == [40, 70, 40]


def test_draw_depends_on_the_seed_and_settings_are_checked() -> None:
    tiny = make_tiny("joint")
    take = generate(tiny, None, 20, seed=1, config=TWO, quiet=True)
    chosen = [regenerate(tiny, take, 8, 12, seed=seed, quiet=True).chosen for seed in (1, 1, 2, 3, 4)]
    assert chosen[0] == chosen[1]
    assert len(set(chosen)) > 2
    wrong = [(20, 21, {}), (8, 8, {}), (8, 21, {}), (8, 9, {"candidates": 0}), (8, 9, {"following": -1})]
    for start, stop, settings in [*wrong, (8, 9, {"temperature": 0.0}), (8, 9, {"seed": -1})]:
        with pytest.raises(ConfigError, match="must be"):
            regenerate(tiny, take, start, stop, **settings)


def test_gradients_are_not_recorded() -> None:
    tiny = make_tiny("joint")
    take = generate(tiny, None, 20, seed=1, config=TWO, quiet=True)
    regenerate(tiny, take, 8, 12, quiet=True)
    assert all(parameter.grad is None for parameter in tiny.parameters())
    assert torch.is_grad_enabled()
