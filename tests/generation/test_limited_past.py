from __future__ import annotations

import numpy as np
import pytest
import torch

import lstmmusic as lm
from lstmmusic.config import NetworkConfig
from tests.analysis.reference import CONFIGS, GRID, NAMES, inputs_of, make_network, make_tune, run_loop


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
@pytest.mark.parametrize(("past", "resets"), [(1, False), (4, False), (50, False), (1, True), (5, True)])
def test_each_step_is_sampled_from_what_the_steps_before_it_say(config: NetworkConfig, past: int, resets: bool) -> None:
    network, primer = make_network(config), make_tune(6)
    take = lm.generate(network, primer, 9, threshold=0.0, past=past, resets=resets, quiet=True)
    cells, of_places = inputs_of(network, take.tune, silence=True)
    sample, bias = network.output.sampler(1.0, 0.0), network.sampling_bias.numpy()
    for step in range(6, 15):
        start = step - step % past if resets else max(0, step + 1 - past)
        features, _ = run_loop(network, cells[start : step + 1], of_places[start : step + 1])
        added = np.where(cells[step : step + 1] > 0, bias[1], bias[0]).astype(np.float32)
        notes, probabilities = sample(features[-1].numpy(), take.uniforms[step - 6 : step - 5], added)
        np.testing.assert_allclose(take.probabilities[step], probabilities[0], atol=1e-5)
        np.testing.assert_array_equal(take.tune.roll[step], notes[0])


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
@pytest.mark.parametrize("resets", [False, True])
def test_a_past_that_holds_all_forgets_nothing(config: NetworkConfig, resets: bool) -> None:
    network = make_network(config)
    for primer in (None, make_tune(5)):
        whole = lm.generate_takes(network, primer, 20, takes=3, config=GRID, quiet=True)
        limited = lm.generate_takes(network, primer, 20, takes=3, config=GRID, past=26, resets=resets, quiet=True)
        for one, other in zip(whole, limited, strict=True):
            np.testing.assert_allclose(one.probabilities, other.probabilities, atol=1e-5)
            assert lm.first_difference(one, other) is None


def test_takes_with_a_limited_past_are_those_that_are_made_one_by_one() -> None:
    network, primer = make_network(CONFIGS[0]), make_tune(5)
    for resets in (False, True):
        takes = lm.generate_takes(network, primer, 12, takes=3, seed=4, past=3, resets=resets, quiet=True)
        for number, take in enumerate(takes):
            alone = lm.generate(network, primer, 12, seed=4 + number, past=3, resets=resets, quiet=True)
            assert lm.first_difference(take, alone) is None
            np.testing.assert_array_equal(take.uniforms, alone.uniforms)


def test_a_short_past_changes_takes_and_leaves_the_network_as_it_is() -> None:
    network = make_network(CONFIGS[0])
    before = [weight.clone() for weight in network.parameters()]
    one, other = (lm.generate(network, None, 30, config=GRID, past=past, quiet=True) for past in (None, 2))
    assert lm.first_difference(one, other) is not None
    assert all(torch.equal(*pair) for pair in zip(before, network.parameters(), strict=True))


@pytest.mark.parametrize(("past", "resets"), [(0, False), (65, False), (0, True), (4097, True)])
def test_a_past_out_of_range_is_refused(past: int, resets: bool) -> None:
    with pytest.raises(lm.ConfigError, match=f"past is {past}"):
        lm.generate(make_network(CONFIGS[0]), make_tune(5), 3, past=past, resets=resets)


def test_the_longest_pasts_are_allowed() -> None:
    network = make_network(CONFIGS[0])
    takes = [lm.generate(network, None, 3, config=GRID, past=64, quiet=True)]
    takes.append(lm.generate(network, None, 3, config=GRID, past=4096, resets=True, quiet=True))
    assert lm.first_difference(*takes) is None
