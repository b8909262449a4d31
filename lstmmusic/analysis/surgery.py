"""Networks of which parts are switched off, held at a value or scaled: copies with other weights.

All that can be done with a network can so be done with one after surgery: its weights say what its units no longer do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from lstmmusic.config import LAYERS
from lstmmusic.errors import ConfigError
from lstmmusic.network.model import StackedLSTM
from lstmmusic.settings import check_fields, check_number, checked

Part = Literal["unit", "input gate", "forget gate", "output gate", "from input", "to output"]
Action = Literal["off", "hold", "scale"]

# The place of each gate among the rows of a layer's weights, and among its peepholes; see `LSTMLayer`.
GATES = {"input gate": (0, 0), "forget gate": (1, 1), "output gate": (3, 2)}

# The smallest and largest values of each action; the gates are sigmoids, and units lie between -1 and 1.
BOUNDS = {
    ("unit", "hold"): (-1, 1),
    ("gate", "hold"): (0, 1),
    ("unit", "scale"): (-10, 10),
    ("skip", "scale"): (-10, 10),
}

# Log-odds of a gate that is open; of one that is shut, minus that. The sigmoid is 1 then, and 0 to 13 digits.
OPEN = 30.0

# The parts that read the layers, by the output of the network.
OUTPUTS = {
    "independent": ("output.linear",),
    "joint": ("output.pitch_biases", "output.hidden_biases"),
    "relative": ("output.pitch_biases", "output.hidden_biases"),
}


@dataclass(frozen=True)
class Operation:
    """What is done to a unit, or to all units of a layer.

    Parameters
    ----------
    layer : int
        0 is the one above the input.
    unit : int, optional
        By default all of the layer.
    part : {'unit', 'input gate', 'forget gate', 'output gate', 'from input', 'to output'}
        The output h of the unit; one of its gates; what it reads of the input; or what the outputs read of it, which is
        the notes, how they are played, and the end. Upper layers read the input, and lower layers reach the outputs,
        through skip connections.
    action : {'off', 'hold', 'scale'}
        Off is 0. Units and gates can be held at a value, units and connections scaled by a factor.
    value : float
        The value, -1 to 1, and for gates 0 (shut) to 1 (open), or the factor, -10 to 10; 0 for what is off.

    Raises
    ------
    ConfigError
        If the part cannot be held or scaled, or the value is out of range.
    """

    layer: int
    unit: int | None = None
    part: Part = "unit"
    action: Action = "off"
    value: float = 0.0

    def __post_init__(self) -> None:
        check_fields(self)
        check_number("layer", self.layer, 0, len(LAYERS) - 1, whole=True)
        if self.unit is not None:
            check_number("unit", self.unit, 0, math.inf, whole=True)
        kind = "gate" if self.part in GATES else "unit" if self.part == "unit" else "skip"
        bounds = (0, 0) if self.action == "off" else BOUNDS.get((kind, self.action))
        if bounds is None:
            raise ConfigError(
                f"{self.part} cannot be {'held' if self.action == 'hold' else 'scaled'}: "
                f"units and gates can be held at a value, units and connections scaled"
            )
        check_number("value", self.value, *bounds)

    def __str__(self) -> str:
        """Return the operation in words; layers count from 1 there, as in all texts."""
        name = LAYERS[self.layer] if self.unit is None else f"unit {self.unit} of {LAYERS[self.layer]}"
        place = {"unit": name, "from input": f"input to {name}", "to output": f"{name} to output"}
        done = {"off": "off", "hold": f"held at {self.value:g}", "scale": f"× {self.value:g}"}
        return f"{place.get(self.part) or f'{self.part} of {name}'} {done[self.action]}"


@checked
@torch.no_grad()
def operate(network: StackedLSTM, operations: Sequence[Operation]) -> StackedLSTM:
    """Return a copy of a network in which parts are switched off, held or scaled, by other weights.

    What reads a unit that is off has zeros for weights there; where it is held, its value times the weights is in the
    biases instead, so that it has that value before the first step too. The unit itself computes what it always does,
    from what is left. Where operations contradict each other, the last one counts.

    Parameters
    ----------
    network : StackedLSTM
        It does not change, and must not change as long as the copy is in use: they share all other weights.
    operations : sequence of Operation

    Returns
    -------
    StackedLSTM

    Raises
    ------
    ConfigError
        If a layer has no such unit, or the network no such connection.
    """
    shape = network.config
    weights = {name: weight.detach() for name, weight in network.state_dict().items()}
    plans = []
    for layer, size in enumerate(shape.hidden):
        own = [each for each in operations if each.layer == layer]
        for operation in own:
            _check(operation, network)
        plans.append(_plan(own, size, network.device))
    for layer, plan in enumerate(plans):
        for reads in find_readers(network, layer):
            scale = plan["unit"] * (plan["to output"] if reads.is_output else 1)
            constant = plan["held"] * (plan["to output"] if reads.is_output else 1)
            columns = slice(reads.start, reads.start + len(scale))
            if bool(constant.any()):
                weights[reads.biases] = weights[reads.biases] + weights[reads.weights][:, columns] @ constant
            _scale_columns(weights, reads.weights, columns, scale)
    for layer, plan in enumerate(plans):
        prefix, rows = f"layers.{layer}.", plan["from input"].repeat(4)[:, None]
        _scale_columns(weights, f"{prefix}input_weights", slice(shape.pitches if layer else None), rows)
        _hold_gates(weights, prefix, plan)
    changed = StackedLSTM(shape, initialise=False)
    changed.load_state_dict(weights, assign=True)
    return changed.train(network.training)


class Reading(NamedTuple):
    """Weights that read all units of a layer, from the column `start` on, and the biases of what reads them."""

    weights: str
    biases: str
    start: int
    is_output: bool = False


def find_readers(network: StackedLSTM, layer: int) -> Iterator[Reading]:
    """Find what reads the units of a layer, by the names of `state_dict`."""
    shape = network.config
    yield Reading(f"layers.{layer}.recurrent_weights", f"layers.{layer}.biases", 0)
    is_top = layer == len(shape.hidden) - 1
    if not is_top:
        above = f"layers.{layer + 1}."
        yield Reading(f"{above}input_weights", f"{above}biases", shape.pitches * shape.skip)
    if is_top or shape.skip:
        start = sum(shape.hidden[:layer]) if shape.skip else 0
        heads = [*OUTPUTS[shape.output], *["articulation.of_layers"] * shape.strikes, *["ending.first"] * shape.endings]
        for head in heads:
            yield Reading(f"{head}.weight", f"{head}.bias", start, is_output=True)


def check_unit(network: StackedLSTM, layer: int, unit: int) -> None:
    """Refuse a unit that a network does not have."""
    check_number("layer", layer, 0, len(LAYERS) - 1, whole=True)
    check_number(f"unit of {LAYERS[layer]}", unit, 0, network.config.hidden[layer] - 1, whole=True)


def _check(operation: Operation, network: StackedLSTM) -> None:
    """Refuse an operation on what a network does not have."""
    shape, layer = network.config, operation.layer
    if operation.unit is not None:
        check_unit(network, layer, operation.unit)
    lacks_input = operation.part == "from input" and layer > 0
    lacks_output = operation.part == "to output" and layer < len(LAYERS) - 1
    if (lacks_input or lacks_output) and not shape.skip:
        connected = "only layer 1 reads the input" if lacks_input else "only layer 3 reaches the output"
        raise ConfigError(f"{operation}: {connected} of a network without skip connections")


def _plan(operations: Sequence[Operation], size: int, device: torch.device) -> dict[str, Tensor]:
    """Return the factor of each unit, its constant ("held"), the factors of its connections, and its gates or NaN."""
    ones, zeros = torch.ones(size, device=device), torch.zeros(size, device=device)
    plan = {"unit": ones.clone(), "held": zeros, "from input": ones.clone(), "to output": ones}
    plan |= {gate: torch.full_like(ones, math.nan) for gate in GATES}
    for operation in operations:
        units = slice(None) if operation.unit is None else operation.unit
        plan[operation.part][units] = operation.value
        if operation.part == "unit":
            is_held = operation.action == "hold"
            plan["held"][units] = operation.value * is_held
            plan["unit"][units] = operation.value * (not is_held)
    return plan


def _scale_columns(weights: dict[str, Tensor], name: str, columns: slice, scale: Tensor) -> None:
    """Multiply columns of a matrix, in a copy, unless all factors are one."""
    if bool((scale != 1).any()):
        weights[name] = weights[name].clone()
        weights[name][:, columns] *= scale


def _hold_gates(weights: dict[str, Tensor], prefix: str, plan: dict[str, Tensor]) -> None:
    """Let the gates of a layer that are held read nothing, and have their value from the biases."""
    for gate, (place, peephole) in GATES.items():
        (units,) = (~plan[gate].isnan()).nonzero(as_tuple=True)
        if not len(units):
            continue
        rows = place * len(plan[gate]) + units
        for name in ("input_weights", "recurrent_weights"):
            weights[prefix + name] = weights[prefix + name].index_fill(0, rows, 0)
        held = torch.logit(plan[gate][units]).clamp(-OPEN, OPEN)
        weights[f"{prefix}biases"] = weights[f"{prefix}biases"].index_copy(0, rows, held)
        if f"{prefix}peepholes" in weights:
            weights[f"{prefix}peepholes"] = weights[f"{prefix}peepholes"].clone()
            weights[f"{prefix}peepholes"][peephole, units] = 0
