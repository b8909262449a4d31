from __future__ import annotations

import numpy as np
import pytest

import lstmmusic as lm
from lstmmusic.analysis.units import order_by_firing, order_by_likeness, read_units
from lstmmusic.config import NetworkConfig
from lstmmusic.network.model import BLOCK
from tests.analysis.reference import CONFIGS, GRID, NAMES, inputs_of, make_network, make_tune, run_loop
from tests.conftest import make_scales


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_units_are_those_of_a_plain_loop(config: NetworkConfig) -> None:
    network, tune = make_network(config), make_tune()
    _, expected = run_loop(network, *inputs_of(network, tune))
    for layer, its in zip(read_units(network, tune), expected, strict=True):
        read = (layer.h, layer.c, layer.input, layer.forget, layer.output)
        for values, name in zip(read, ("h", "c", "input gate", "forget gate", "output gate"), strict=True):
            assert values.dtype == np.float32
            np.testing.assert_allclose(values, its[name], atol=2e-6)


def test_long_tunes_are_read_in_blocks() -> None:
    network, tune = make_network(CONFIGS[0]), make_tune(BLOCK + 9)
    _, expected = run_loop(network, *inputs_of(network, tune))
    for layer, its in zip(read_units(network, tune), expected, strict=True):
        np.testing.assert_allclose(layer.c, its["c"], atol=1e-4)
        np.testing.assert_allclose(layer.forget, its["forget gate"], atol=1e-5)


def test_a_tune_without_steps_gives_none() -> None:
    network = make_network(CONFIGS[0])
    layers = read_units(network, lm.Tune(np.zeros((0, GRID.pitches)), config=GRID))
    assert [layer.c.shape for layer in layers] == [(0, size) for size in network.config.hidden]


def test_music_of_another_width_is_refused() -> None:
    with pytest.raises(lm.ConfigError, match="10"):
        read_units(make_network(CONFIGS[0]), make_scales(1, 8).tunes[0])


def test_units_are_ordered_by_when_they_fire() -> None:
    steps, peaks = np.arange(60)[:, None], np.array([30, 5, 50, 17])
    values = np.exp(-(((steps - peaks) / 4) ** 2)) * [1, -0.5, 0.1, 2]
    quiet = np.concatenate((np.full((60, 1), 0.3), values), axis=1).astype(np.float32)
    assert order_by_firing(quiet).tolist() == [2, 4, 1, 3, 0]


def test_units_that_do_the_same_or_the_opposite_stand_together() -> None:
    random = np.random.default_rng(0)
    sources, group = random.normal(size=(80, 3)), np.arange(24) % 3
    values = sources[:, group] * random.choice([-1, 1], 24) + 0.4 * random.normal(size=(80, 24))
    values = np.insert(values, 7, 0.5, axis=1).astype(np.float32)
    order = order_by_likeness(values)
    assert sorted(order) == list(range(25))
    assert order[-1] == 7
    groups = np.insert(group, 7, 3)[order]
    assert np.count_nonzero(np.diff(groups)) == 3


@pytest.mark.parametrize("order", [order_by_firing, order_by_likeness])
@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (6, 1), (6, 0)])
def test_orders_of_little_are_there(order, shape: tuple[int, int]) -> None:
    values = np.random.default_rng(0).random(shape).astype(np.float32)
    assert sorted(order(values)) == list(range(shape[1]))
