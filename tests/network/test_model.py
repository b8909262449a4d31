from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info
from torch import nn
from torch.overrides import TorchFunctionMode

from lstmmusic.config import NetworkConfig, Output
from lstmmusic.errors import ConfigError
from lstmmusic.music.cells import as_cells
from lstmmusic.network import model
from lstmmusic.network.model import StackedLSTM
from tests.conftest import same_weights

CONFIGS = [
    NetworkConfig(pitches=8, hidden=hidden, skip=skip, output="independent").rolls_only()
    for hidden in ((5, 5, 5), (3, 7, 4))
    for skip in (True, False)
]

NAMES = {"input_weights": "weight_ih", "recurrent_weights": "weight_hh", "biases": "bias_ih"}


def by_hand(network: StackedLSTM, roll: np.ndarray) -> np.ndarray:
    """Compute note probabilities from the equations of an LSTM, in float64; only the weights come from the network."""

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    weights = {name: value.double().numpy() for name, value in network.state_dict().items()}
    below, layers = roll, []
    for layer, size in enumerate(network.config.hidden):
        w, u, b = (weights[f"layers.{layer}.{name}"] for name in ("input_weights", "recurrent_weights", "biases"))
        h = c = np.zeros(size)
        outputs = []
        for x in below:
            i, f, g, o = np.split(w @ x + u @ h + b, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
            outputs.append(h)
        layers.append(np.array(outputs))
        below = np.concatenate((roll, layers[-1]), 1) if network.config.skip else layers[-1]
    features = np.concatenate(layers, 1) if network.config.skip else layers[-1]
    return sigmoid(features @ weights["output.linear.weight"].T + weights["output.linear.bias"])


@pytest.mark.parametrize("config", CONFIGS)
def test_probabilities_match_the_equations(config: NetworkConfig) -> None:
    network = StackedLSTM(config, initial_weight_std=0.7)
    roll = np.random.default_rng(0).integers(0, 2, (12, 8))
    probabilities = network.probabilities(roll)
    assert probabilities.shape == (12, 8)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities, by_hand(network, roll), atol=1e-6)


def test_outputs_and_gradients_match_torch() -> None:
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(6, 6, 6), skip=False, output="independent").rolls_only())
    oracle = nn.LSTM(8, 6, 3)
    with torch.no_grad():
        for layer, own in enumerate(network.lstms):
            for name, theirs in NAMES.items():
                getattr(oracle, f"{theirs}_l{layer}").copy_(getattr(own, name))
            getattr(oracle, f"bias_hh_l{layer}").zero_()
    roll = torch.rand(4, 9, 8, generator=torch.Generator().manual_seed(0))
    features, state = network(roll)
    expected, (h, c) = oracle(roll)
    torch.testing.assert_close(features, expected)
    torch.testing.assert_close(torch.stack([layer[0] for layer in state]), h)
    torch.testing.assert_close(torch.stack([layer[1] for layer in state]), c)
    features.square().sum().backward()
    expected.square().sum().backward()
    for layer, own in enumerate(network.lstms):
        for name, theirs in NAMES.items():
            torch.testing.assert_close(getattr(own, name).grad, getattr(oracle, f"{theirs}_l{layer}").grad)


@pytest.mark.parametrize("config", CONFIGS)
def test_sequence_at_once_equals_step_by_step(config: NetworkConfig) -> None:
    network = StackedLSTM(config)
    roll = torch.rand(7, 2, 8, generator=torch.Generator().manual_seed(0))
    whole, final = network(roll)
    state = None
    for step in range(7):
        features, state = network(roll[step : step + 1], state)
        torch.testing.assert_close(features[0], whole[step])
    for one, other in zip(itertools.chain(*state), itertools.chain(*final), strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("output", ["independent", "joint", "relative"])
@pytest.mark.parametrize("steps", [0, 1, 7, 8, 30])
def test_roll_is_read_in_blocks(monkeypatch: pytest.MonkeyPatch, output: Output, steps: int) -> None:
    network = StackedLSTM(NetworkConfig(9, (3, 4, 5), output=output, relative_passages=11), initial_weight_std=0.7)
    roll = np.random.default_rng(0).random((steps, 9)) < 0.3
    whole, end = network.read(roll)
    monkeypatch.setattr(model, "BLOCK", 8)
    expectations, state = network.read(roll)
    np.testing.assert_allclose(expectations, whole, atol=1e-5)
    torch.testing.assert_close(state, end)
    inputs = torch.from_numpy(np.pad(as_cells(roll), ((1, 0), (0, 0)))).float()[:, None]
    with torch.inference_mode():
        features, after = network(inputs)
        logits = network.output.logits(features[:-1], (inputs[1:] > 0).float())[:, 0]
    np.testing.assert_allclose(expectations, torch.sigmoid(logits), atol=1e-5)
    torch.testing.assert_close(state, after)


class LargestTensor(TorchFunctionMode):
    """Notes the size of the largest tensor that is made."""

    elements = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.elements = max(self.elements, result.numel())
        return result


def test_long_music_takes_little_memory() -> None:
    network = StackedLSTM(NetworkConfig(6, (4, 4, 4), relative_passages=4096))
    roll = np.zeros((3000, 6))
    with LargestTensor() as of_roll:
        network.read(roll)
    with LargestTensor() as of_crop, torch.no_grad():
        network(torch.from_numpy(roll).float()[:, None])
    assert of_roll.elements < 3_000_000
    assert of_crop.elements < 3_000_000


def test_size_matches_the_config_and_weights_come_from_the_generator() -> None:
    for config in (*CONFIGS, NetworkConfig(pitches=8, hidden=(5, 6, 7), joint_hidden=9)):
        network = StackedLSTM(config)
        assert network.config is config
        assert sum(p.numel() for group in network.parameter_groups() for p in group) == config.parameters
    before = torch.get_rng_state()
    one, two = (StackedLSTM(generator=torch.Generator().manual_seed(3)) for _ in range(2))
    other = StackedLSTM(generator=torch.Generator().manual_seed(4))
    assert torch.equal(torch.get_rng_state(), before)
    assert same_weights(one.state_dict(), two.state_dict())
    assert not torch.equal(one.layers[0].recurrent_weights, other.layers[0].recurrent_weights)
    weights = StackedLSTM(initial_weight_std=0.1).layers[1].input_weights
    assert weights.std().item() == pytest.approx(0.1, rel=0.02)


def test_inputs_of_another_shape_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"\(time, batch, 88\), not \(5, 1, 12\)"):
        StackedLSTM().probabilities(np.zeros((5, 12)))
    with pytest.raises(ConfigError, match=r"one step or more, .* not \(0, 1, 88\)"):
        StackedLSTM().probabilities(np.zeros((0, 88)))


def test_sampling_uses_no_more_threads_than_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    network = StackedLSTM(NetworkConfig(hidden=(4, 4, 4)))
    seen: list[int] = []

    def marginals(features: torch.Tensor, draws: int) -> np.ndarray:
        seen.extend(pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas")
        return np.zeros((len(features), 88), np.float32)

    monkeypatch.setattr(network.output, "marginals", marginals)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network.probabilities(np.zeros((5, 88)))
    finally:
        torch.set_num_threads(threads)
    assert set(seen) <= {1}


def test_weights_of_earlier_versions_have_no_sampling_bias() -> None:
    network = StackedLSTM(NetworkConfig(pitches=4, hidden=(3, 3, 3)))
    assert not network.sampling_bias.any()
    weights = {name: weight for name, weight in network.state_dict().items() if name != "sampling_bias"}
    network.sampling_bias.fill_(1)
    assert StackedLSTM.from_weights(network.config, network.state_dict()).sampling_bias.all()
    network.load_state_dict(weights)
    assert not network.sampling_bias.any()
