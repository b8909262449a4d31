"""What the units of the layers do while a network reads a tune."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.music.metre import places
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import BLOCK, StackedLSTM
from lstmmusic.settings import checked

Values = NDArray[np.float32]

# The largest standard deviation of a unit that does not change: rounding alone makes some.
CONSTANT = 1e-6

# Of the power method: more would hardly change the order.
ITERATIONS = 100
TINY = 1e-30


@dataclass(frozen=True, eq=False)
class LayerUnits:
    """The units of a layer after each step of a tune.

    Parameters
    ----------
    h, c : ndarray of float32, (steps, units)
        Their outputs, -1 to 1, and their cells.
    input, forget, output : ndarray of float32, (steps, units)
        Their gates, 0 (shut) to 1 (open).
    """

    h: Values
    c: Values
    input: Values
    forget: Values
    output: Values


@checked
@torch.inference_mode()
def read_units(network: StackedLSTM, tune: Tune) -> tuple[LayerUnits, ...]:
    """Return what the units of each layer do while a network reads a tune, from a zero state.

    Parameters
    ----------
    network : StackedLSTM
    tune : Tune
        Of any length. With `metre`, the network sees where in the bar each step lies, as in training.

    Returns
    -------
    tuple of LayerUnits
        Of each layer, from the input upwards; row t is after step t.
    """
    blocks = [[torch.empty(0, 5 * size)] for size in network.config.hidden]  # of h, c and three gates
    state = network.zero_state(1)
    for inputs, where in _blocks(network, tune):
        for number, of_layer in enumerate(network.run_layers(inputs, state, places=where)):
            layer, before = network.lstms[number], state[number]
            gates, c = (part(of_layer.inputs, before, of_layer.outputs) for part in (layer.gates, layer.cells))
            blocks[number].append(torch.cat((of_layer.outputs, c, gates), dim=2)[:, 0].cpu())
            state[number] = of_layer.state
    read = (np.split(torch.cat(parts).numpy(), 5, axis=1) for parts in blocks)
    return tuple(LayerUnits(*map(np.ascontiguousarray, values)) for values in read)


def _blocks(network: StackedLSTM, tune: Tune) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Yield what a network reads of a tune, (time, 1, pitches), and the places in the bar of the steps after."""
    cells = network.cells_of(tune)
    for at in range(0, len(cells), BLOCK):
        block = cells[at : at + BLOCK, None].astype(np.float32)
        where = None
        if network.config.metre:
            of_steps = places(tune.metre, tune.config, at + 1, at + 1 + len(block))
            where = torch.from_numpy(of_steps[:, None]).to(network.device)
        yield torch.from_numpy(block).to(network.device), where


@checked
def order_by_firing(values: Values) -> NDArray[np.intp]:
    """Order units by when they fire: by the step at which each is farthest from its mean.

    Parameters
    ----------
    values : ndarray of float32, (steps, units)
        Such as `LayerUnits.h`.

    Returns
    -------
    ndarray of intp, (units,)
        Their numbers; those that never change are the last.
    """
    away, changes = _standardise(values)
    peaks = np.abs(away).argmax(axis=0) if len(away) else np.zeros(len(changes))
    return np.argsort(np.where(changes, peaks, len(away)), kind="stable")


@checked
def order_by_likeness(values: Values) -> NDArray[np.intp]:
    """Order units so that those that do the same, or the opposite, stand together.

    Parameters
    ----------
    values : ndarray of float32, (steps, units)
        Such as `LayerUnits.h`.

    Returns
    -------
    ndarray of intp, (units,)
        Their numbers, in the order of the second eigenvector of the graph whose edges are magnitudes of correlations;
        those that never change are the last.

    References
    ----------
    Atkins, Boman and Hendrickson (1998), A spectral algorithm for seriation and the consecutive ones problem.
    """
    away, changes = _standardise(values)
    (changing,) = np.nonzero(changes)
    likeness = np.abs(away[:, changing].T @ away[:, changing]) / len(values)
    roots = np.sqrt(likeness.sum(axis=0))
    likeness /= roots
    likeness /= roots[:, None]
    constant = roots / max(float(np.linalg.norm(roots)), 1)  # the first eigenvector
    vector = np.linspace(-1, 1, len(changing), dtype=np.float32)
    for _ in range(ITERATIONS):
        vector -= (vector @ constant) * constant
        vector += likeness @ vector
        vector /= max(float(np.linalg.norm(vector)), TINY)
    place = vector / roots
    if place @ np.arange(len(place)) < 0:
        place = -place
    return np.concatenate((changing[np.argsort(place, kind="stable")], np.flatnonzero(~changes)))


def _standardise(values: Values) -> tuple[Values, NDArray[np.bool_]]:
    """Return values with mean 0 and variance 1, and which units change at all; the others are 0."""
    if not values.size:
        return values, np.zeros(values.shape[1], np.bool_)
    away = values - values.mean(axis=0)
    spread = away.std(axis=0)
    changes = spread > CONSTANT
    return np.where(changes, away / np.where(changes, spread, 1), 0).astype(np.float32), changes
