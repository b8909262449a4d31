from __future__ import annotations

import numpy as np
import pytest
import torch

import lstmmusic as lm
from lstmmusic.analysis.surgery import Operation, operate
from lstmmusic.analysis.units import (
    APART,
    order_by_firing,
    order_by_likeness,
    read_units,
    strongest_moments,
    unit_effect,
)
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
    sources, group = random.normal(size=(80, 3)), random.integers(0, 3, 24)
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


@pytest.mark.parametrize("config", CONFIGS[:2], ids=NAMES[:2])
@pytest.mark.parametrize("layer", [0, 2])
def test_strongest_moments_are_the_peaks_of_what_a_unit_does(config: NetworkConfig, layer: int) -> None:
    held = {"input gate": 0.005, "forget gate": 1.0, "output gate": 1.0}  # so that the unit adds up, slowly
    network = operate(make_network(config), [Operation(layer, 3, gate, "hold", held[gate]) for gate in held])
    with torch.no_grad():
        network.lstms[layer].biases.view(4, -1)[2, 3] = 3.0  # of the candidate
    tunes = [make_tune(steps, steps) for steps in (21, BLOCK + 7, 9, 40, 33)]
    tunes.insert(1, lm.Tune(np.zeros((0, GRID.pitches)), config=GRID))
    values = {i: read_units(network, tune)[layer].h[:, 3] for i, tune in enumerate(tunes) if len(tune)}
    peaks = {i: int(np.abs(of_tune).argmax()) for i, of_tune in values.items()}
    best = sorted(peaks, key=lambda i: -abs(values[i][peaks[i]]))
    assert peaks[2] > BLOCK
    moments = strongest_moments(network, tunes, layer, 3, count=4)
    assert [(each.tune, each.step) for each in moments] == [(i, peaks[i]) for i in best[:4]]
    assert [each.value for each in moments] == pytest.approx([values[i][peaks[i]] for i in best[:4]], abs=1e-5)


def test_with_few_tunes_strongest_moments_of_one_are_well_apart() -> None:
    network, tunes = make_network(CONFIGS[0]), [make_tune(90), make_tune(2, 1)]
    three = [*tunes, make_tune(90, 2)]
    assert {each.tune for each in strongest_moments(network, three, 1, 2, count=4)} == {0, 1, 2}
    moments = strongest_moments(network, tunes, 1, 2, count=6)
    of_first = sorted(each.step for each in moments if each.tune == 0)
    assert len(of_first) >= 3
    assert min(np.diff(of_first)) >= APART
    assert [abs(each.value) for each in moments] == sorted((abs(each.value) for each in moments), reverse=True)
    assert moments[1].tune == 0
    assert strongest_moments(network, [], 1, 2) == ()


def test_the_effect_of_a_unit_is_what_notes_lose_without_it() -> None:
    network, tune = make_network(CONFIGS[3]), make_tune()
    with torch.no_grad():  # unit 1 of the top layer is always on, and raises note 2, and lowers note 5
        network.layers[2].biases.view(4, -1)[:, 1] = 10.0
        of_unit = network.output.linear.weight[:, sum(CONFIGS[3].hidden[:2]) + 1]
        of_unit.zero_()
        of_unit[[2, 5]] = torch.tensor([2.0, -2.0])
        network.layers[2].recurrent_weights[:, 1] = 0
    effect = unit_effect(network, tune, 2, 1)
    assert effect.dtype == np.float32
    assert effect[2] > 0.05
    assert effect[5] < -0.05
    np.testing.assert_array_equal(np.delete(effect, [2, 5]), 0)


def test_the_effect_of_a_unit_that_nothing_reads_is_zero_and_of_others_averaged_over_samples() -> None:
    network, tune = make_network(CONFIGS[0]), make_tune()
    without = operate(network, [Operation(1, 2)])
    np.testing.assert_array_equal(unit_effect(without, tune, 1, 2), 0)
    many = network.marginals(tune, samples=400).mean(axis=0) - without.marginals(tune, samples=400).mean(axis=0)
    np.testing.assert_allclose(unit_effect(network, tune, 1, 2), many, atol=0.02)
    assert np.abs(many).max() > 0.04


@pytest.mark.parametrize(
    ("layer", "unit", "words"), [(3, 0, "layer is 3"), (1, 5, "unit of layer 2 is 5"), (0, -1, "unit of layer 1 is -1")]
)
def test_units_that_are_not_there_are_refused(layer: int, unit: int, words: str) -> None:
    network = make_network(CONFIGS[0])
    with pytest.raises(lm.ConfigError, match=words):
        strongest_moments(network, [make_tune()], layer, unit)
    with pytest.raises(lm.ConfigError, match=words):
        unit_effect(network, make_tune(), layer, unit)
