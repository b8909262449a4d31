"""A plain loop over steps and layers, in torch, in which anything can be changed at each step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

import lstmmusic as lm
from lstmmusic.config import NetworkConfig
from lstmmusic.music.metre import Metre, places
from lstmmusic.network.model import StackedLSTM

GRID = lm.RollConfig(0.5, "beats", 60, 69)
SMALL = {"pitches": GRID.pitches, "joint_hidden": 5, "relative_hidden": 6, "articulation_hidden": 4}

# Every kind of output, of cell, and of part, with and without skip connections.
CONFIGS = [
    NetworkConfig(hidden=(6, 5, 4), relative_passages=6, **SMALL),
    NetworkConfig(hidden=(4, 4, 4), cell="peephole", skip=False, relative_passages=0, **SMALL),
    NetworkConfig(hidden=(4, 5, 6), output="joint", velocities=False, endings=False, **SMALL),
    NetworkConfig(hidden=(5, 5, 5), output="independent", cell="2016", **SMALL).rolls_only(),
    NetworkConfig(hidden=(5, 4, 5), output="independent", cell="peephole", metre=False, **SMALL),
    NetworkConfig(hidden=(5, 4, 5), output="joint", skip=False, **SMALL).rolls_only(),
]

NAMES = [f"{each.output}-{each.cell}-{'skip' if each.skip else 'stack'}-{each.learned}" for each in CONFIGS]

# From the name of a part, a layer and values to others; see `run_loop`.
Change = Callable[[str, int, Tensor], Tensor]


def unchanged(part: str, layer: int, values: Tensor) -> Tensor:
    return values


def make_network(config: NetworkConfig, seed: int = 0) -> StackedLSTM:
    """Make a network whose weights are all large enough to matter."""
    network = StackedLSTM(config, initial_weight_std=0.5, generator=torch.Generator().manual_seed(seed))
    network.sampling_bias += torch.tensor([0.1, -0.2, 0.3, 0.1])
    return network


def make_tune(steps: int = 23, seed: int = 0) -> lm.Tune:
    """Make a tune with struck notes, velocities and a metre of three beats."""
    random = np.random.default_rng(seed)
    roll = (random.random((steps, GRID.pitches)) < 0.4).astype(np.uint8)
    before = np.concatenate((np.zeros_like(roll[:1]), roll[:-1]))
    onsets = roll & (~before | (random.random(roll.shape) < 0.3)) & 1
    velocities = onsets * random.integers(1, 128, roll.shape).astype(np.uint8)
    return lm.Tune(roll, f"tune {seed}", GRID, onsets, velocities, metre=(Metre(0, 3, 4),))


def inputs_of(network: StackedLSTM, tune: lm.Tune, silence: bool = False) -> tuple[Tensor, Tensor]:
    """Return the cells of a tune, (time, pitches), perhaps after a step of silence, and the places after each."""
    cells = network.cells_of(tune).astype(np.float32)
    if silence:
        cells = np.concatenate((np.zeros_like(cells[:1]), cells))
    start = 0 if silence else 1
    return torch.from_numpy(cells), torch.from_numpy(places(tune.metre, tune.config, start, start + len(cells)))


@torch.no_grad()
def run_loop(
    network: StackedLSTM, cells: Tensor, of_places: Tensor, change: Change = unchanged
) -> tuple[Tensor, list[dict[str, Tensor]]]:
    """Run a network, a step at a time, by the equations; only weights, and what reads the past, are the network's.

    Parameters
    ----------
    cells, of_places : Tensor, (time, pitches) and (time, places)
    change : callable
        What is done with each gate ("input gate", ...), with each h before anything reads it ("h"), with each c that
        the next step reads ("c"), with what each layer reads of the input ("from input"), and with what the outputs
        read of each layer ("to output").

    Returns
    -------
    features : Tensor, (time, 1, features)
    layers : list of dict of Tensor, (time, hidden)
        Of each layer the values "h" and "c", and the gates.
    """
    dtype = network.lstms[0].biases.dtype
    cells, of_places = cells.to(dtype), of_places.to(dtype)
    config, features = network.config, network(cells[:, None], places=of_places[:, None])[0].clone()
    before = [torch.zeros(size, dtype=dtype) for size in config.hidden]
    states = [(change("h", k, zeros), zeros) for k, zeros in enumerate(before)]
    kept: list[list[dict[str, Tensor]]] = [[], [], []]
    width = config.features - of_places.shape[1] * config.metre
    for step, cell in enumerate(cells):
        roll = (cell > 0).to(dtype) if config.strikes else cell
        first = [roll, *[(cell > 1).to(dtype)] * config.strikes, *[of_places[step]] * config.metre]
        said: list[Tensor] = []
        for k, layer in enumerate(network.lstms):
            h, c = states[k]
            size = len(h)
            heard = torch.cat(first) if k == 0 else roll if config.skip else torch.zeros(0, dtype=dtype)
            heard = change("from input", k, heard.expand(size, -1))  # of each unit
            weights = layer.input_weights.view(4, size, -1)
            sums = torch.einsum("gui,ui->gu", weights[..., : heard.shape[1]], heard)
            if k:
                sums = sums + weights[..., heard.shape[1] :] @ states[k - 1][0]
            i, f, g, o = sums + (layer.recurrent_weights @ h + layer.biases).view(4, size)
            eyes = torch.zeros(3, size, dtype=dtype) if layer.peepholes is None else layer.peepholes
            i = change("input gate", k, torch.sigmoid(i + eyes[0] * c))
            f = change("forget gate", k, torch.sigmoid(f + eyes[1] * c))
            candidate, c = g, f * c + i * torch.tanh(g)
            o = o + eyes[2] * (candidate if layer.peephole == "candidate" else c)
            o = change("output gate", k, torch.sigmoid(o))
            h = change("h", k, o * torch.tanh(c))
            states[k] = h, change("c", k, c)
            kept[k].append({"h": h, "c": c, "input gate": i, "forget gate": f, "output gate": o})
            said.append(change("to output", k, h))
        features[step, 0, :width] = torch.cat(said) if config.skip else said[-1]
    layers = [{name: torch.stack([each[name] for each in steps]) for name in steps[0]} for steps in kept]
    return features, layers
