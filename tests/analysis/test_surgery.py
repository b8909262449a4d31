from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

import lstmmusic as lm
from lstmmusic.analysis.surgery import Operation, operate
from lstmmusic.config import NetworkConfig
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.stepper import Stepper, StepWeights
from tests.analysis.reference import CONFIGS, NAMES, inputs_of, make_network, make_tune, run_loop
from tests.conftest import same_weights

PARTS = {"h": "unit", "from input": "from input", "to output": "to output"}

OPERATIONS = [
    (Operation(0, 2),),
    (Operation(1, 3), Operation(2, 0)),
    (Operation(0),),
    (Operation(1),),
    (Operation(2),),
    (Operation(0, 1, action="hold", value=0.7), Operation(1, 2, action="hold", value=-0.4)),
    (Operation(2, None, action="hold", value=0.5),),
    (Operation(0, 1, action="scale", value=2.5), Operation(2, 3, action="scale", value=-1.0)),
    (Operation(1, 1, "input gate"), Operation(2, 0, "input gate", "hold", 1.0)),
    (Operation(0, None, "forget gate", "hold", 1.0), Operation(1, 2, "forget gate", "hold", 0.3)),
    (Operation(0, 0, "output gate"), Operation(2, None, "output gate", "hold", 0.8)),
    (Operation(0, None, "from input", "scale", 0.5), Operation(2, None, "to output", "scale", 3.0)),
    (Operation(1, None, "from input"), Operation(2, 1, "from input"), Operation(0, None, "to output")),
    # What one does to a unit that another changes too: the last one counts, and connections scale what is held.
    (Operation(1, None, action="hold", value=0.9), Operation(1, 1), Operation(1, 2, action="scale", value=2.0)),
    (Operation(0, 1, action="hold", value=0.6), Operation(0, None, "to output", "scale", -2.0)),
    (Operation(0, 1, "forget gate"), Operation(0, None, "forget gate", "hold", 0.4), Operation(1, 1)),
]


def change_as(operations: tuple[Operation, ...]):
    """Return what the operations do at each step of the loop, each by itself."""

    def change(part: str, layer: int, values: Tensor) -> Tensor:
        values = values.clone()
        natural = values.clone()
        for operation in operations:
            if operation.layer == layer and operation.part == PARTS.get(part, part):
                at = slice(None) if operation.unit is None else operation.unit
                factor = operation.value if operation.action == "scale" else 0.0
                values[at] = natural[at] * factor + (operation.value if operation.action == "hold" else 0.0)
        return values

    return change


def applicable(config: NetworkConfig, operations: tuple[Operation, ...]) -> bool:
    connected = {"from input": 0, "to output": 2}
    return config.skip or all(each.layer == connected.get(each.part, each.layer) for each in operations)


CASES = [
    pytest.param(config, operations, id=f"{name}: {'; '.join(map(str, operations))}")
    for config, name in zip(CONFIGS, NAMES, strict=True)
    for operations in OPERATIONS
    if applicable(config, operations)
]


@pytest.mark.parametrize(("config", "operations"), CASES)
def test_networks_after_surgery_predict_as_a_loop_that_changes_each_step(
    config: NetworkConfig, operations: tuple[Operation, ...]
) -> None:
    network, tune = make_network(config), make_tune()
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    changed = operate(network, operations)
    assert same_weights(network.state_dict(), before)
    cells, of_places = inputs_of(network, tune)
    features, _ = run_loop(network, cells, of_places, change_as(operations))
    targets = cells[1:, None]
    mask, ends = torch.ones(len(targets), 1), torch.zeros(len(targets), 1)
    with torch.no_grad():
        expected = network.losses(features[:-1], targets, mask=mask, ends=ends)
        natural = network.losses(network(cells[:, None], places=of_places[:, None])[0][:-1], targets, mask=mask)
    found = lm.evaluate(changed, [tune.part(0, len(tune))]).parts
    assert found[:3] == pytest.approx([float(part.mean()) for part in expected[:3]], rel=1e-5)
    assert not expected.notes.allclose(natural.notes, atol=1e-3)


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_the_end_and_sampled_tunes_are_those_of_the_changed_network(config: NetworkConfig) -> None:
    operations = (
        Operation(0, 1, action="hold", value=0.8),
        Operation(1, 2),
        Operation(2, 0, "input gate", "hold", 0.9),
    )
    network, tune = make_network(config), make_tune()
    changed = operate(network, operations)
    cells, of_places = inputs_of(network, tune, silence=True)
    features, _ = run_loop(network, cells, of_places, change_as(operations))
    if network.ending is not None and changed.ending is not None:
        with torch.no_grad():
            found = changed.ending(changed(cells[:, None], places=of_places[:, None])[0])
            torch.testing.assert_close(found, network.ending(features))
    # In a step of generation, the last of the features that the loop found.
    take = lm.generate(changed, tune, 6, threshold=0, quiet=True)
    uniforms, sampler = take.uniforms[:1], network.output.sampler(1.0, 0.0)
    last = (cells[-1:].numpy() > 0).astype(np.float32)
    bias = network.sampling_bias.numpy()
    added = np.where(last > 0, bias[1], bias[0]).astype(np.float32)
    _, probabilities = sampler(features[-1].numpy(), uniforms, added)
    np.testing.assert_allclose(take.probabilities[len(tune)], probabilities[0], atol=1e-5)
    # Later steps come from the stepper: it agrees with the network that it was made from.
    with torch.no_grad():
        expected = changed(cells[:, None], places=of_places[:, None])[0]
        stepper = Stepper(StepWeights(changed), changed.zero_state(1), 1)
    for cell, place in zip(cells.numpy(), of_places.numpy(), strict=True):
        stepper.step(cell[None], place[None])
    np.testing.assert_allclose(stepper.features, expected[-1], atol=1e-5)


def test_unchanged_weights_are_shared_and_changed_ones_are_not() -> None:
    network = make_network(CONFIGS[0])
    changed = operate(network, [Operation(2, 1)])
    own, other = network.state_dict(), changed.state_dict()
    shared = {name for name in own if own[name].data_ptr() == other[name].data_ptr()}
    heads = {"output.pitch_biases", "output.hidden_biases", "articulation.of_layers", "ending.first"}
    assert set(own) - shared == {"layers.2.recurrent_weights", *(f"{head}.weight" for head in heads)}
    assert same_weights(operate(network, []).state_dict(), own)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda network: Operation(3), "layer is 3"),
        (lambda network: Operation(0, -1), "unit is -1"),
        (lambda network: Operation(0, 0, "cell"), "part is 'cell'"),
        (lambda network: Operation(0, 0, "input gate", "scale", 2.0), "input gate cannot be scaled: units and gates"),
        (lambda network: Operation(0, 0, "to output", "hold", 0.5), "to output cannot be held"),
        (lambda network: Operation(0, 0, "unit", "hold", 1.5), "value is 1.5; it must be a number from -1 to 1"),
        (
            lambda network: Operation(0, 0, "forget gate", "hold", -0.1),
            "value is -0.1; it must be a number from 0 to 1",
        ),
        (lambda network: Operation(0, 0, "unit", "off", 0.5), "value is 0.5"),
        (
            lambda network: operate(network, [Operation(1, 4)]),
            "unit of layer 2 is 4; it must be a whole number from 0 to 3",
        ),
        (lambda network: operate(network, [Operation(1, None, "from input")]), "only layer 1 reads the input"),
        (lambda network: operate(network, [Operation(0, 1, "to output")]), "only layer 3 reaches the output"),
    ],
)
def test_what_cannot_be_done_is_refused(call, words: str) -> None:
    network = StackedLSTM(CONFIGS[1])
    with pytest.raises(lm.ConfigError, match=words):
        call(network)


def test_operations_can_be_compared_kept_and_read() -> None:
    assert {Operation(0, 1), Operation(0, 1)} == {Operation(0, 1)}
    operations = Operation(0, 12), Operation(2, None, "forget gate", "hold", 1.0), Operation(1, 3, "unit", "scale", 0.5)
    skips = Operation(1, None, "from input"), Operation(0, None, "to output", "scale", 2.0)
    assert [str(each) for each in (*operations, *skips)] == [
        "unit 12 of layer 1 off",
        "forget gate of layer 3 held at 1",
        "unit 3 of layer 2 × 0.5",
        "input to layer 2 off",
        "layer 1 to output × 2",
    ]
