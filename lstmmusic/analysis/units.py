"""What the units of the layers do while a network reads tunes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.analysis.inputs import Inputs
from lstmmusic.analysis.surgery import Operation, check_unit, operate
from lstmmusic.base.progress import Progress, Work, finish
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import BLOCK, StackedLSTM
from lstmmusic.network.probabilities import MARGINAL_SAMPLES
from lstmmusic.settings import check_number, checked

Values = NDArray[np.float32]

# Tunes that are read at once, and their steps: both are bounded by what is fastest, and by memory.
BATCH, BATCH_STEPS = 32, 400_000

# Steps between two moments of a tune.
APART = 16

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
    return finish(reading_units(network, tune), "", quiet=True)


@torch.inference_mode()
def reading_units(network: StackedLSTM, tune: Tune) -> Work[tuple[LayerUnits, ...]]:
    """Read units as `read_units` does, and yield the progress; see `lstmmusic.base.progress`."""
    steps, done = len(tune), 0
    values = [np.empty((5, steps, size), np.float32) for size in network.config.hidden]  # of h, c and three gates
    state = network.zero_state(1)
    for inputs, where in Inputs(network, [tune]).blocks():
        start, done = done, done + len(inputs)
        for number, of_layer in enumerate(network.run_layers(inputs, state, places=where)):
            layer, before = network.lstms[number], state[number]
            gates, c = (part(of_layer.inputs, before, of_layer.outputs) for part in (layer.gates, layer.cells))
            read = torch.cat((of_layer.outputs, c, gates), dim=2)
            values[number][:, start:done] = read.reshape(len(inputs), 5, -1).transpose(0, 1).cpu().numpy()
            state[number] = of_layer.state
        yield Progress(done, steps)
    return tuple(LayerUnits(*of_layer) for of_layer in values)


class Moment(NamedTuple):
    """Where in some tunes a unit is most active.

    Parameters
    ----------
    tune, step : int
        The number of the tune, and the step after which the unit has the value.
    value : float
        Its output h.
    """

    tune: int
    step: int
    value: float


@checked
@torch.inference_mode()
def strongest_moments(
    network: StackedLSTM, tunes: Sequence[Tune], layer: int, unit: int, count: int = 5
) -> tuple[Moment, ...]:
    """Find where in tunes the output of a unit has the largest magnitude.

    Parameters
    ----------
    network : StackedLSTM
    tunes : sequence of Tune
        Each is read from a zero state.
    layer, unit : int
        See `lstmmusic.Operation`.
    count : int
        How many moments, at least 1.

    Returns
    -------
    tuple of Moment
        The strongest first: of different tunes, unless there are fewer tunes; then those of a tune are at least `APART`
        steps from each other.

    Raises
    ------
    ConfigError
        If the network has no such unit.
    """
    check_unit(network, layer, unit)
    check_number("count", count, 1, math.inf, whole=True)
    longest_first = sorted((i for i, tune in enumerate(tunes) if len(tune)), key=lambda i: -len(tunes[i]))
    of_each = -(-count // max(1, len(longest_first)))
    left, found = longest_first, list[tuple[int, Moment]]()
    while left:
        size = max(1, min(BATCH, BATCH_STEPS // len(tunes[left[0]])))
        some, left = left[:size], left[size:]
        state, values = network.zero_state(len(some)), []
        for inputs, where in Inputs(network, [tunes[i] for i in some]).blocks():
            for number, of_layer in enumerate(islice(network.run_layers(inputs, state, places=where), layer + 1)):
                state[number] = of_layer.state
                outputs = of_layer.outputs
            values.append(outputs[:, :, unit].cpu())
        for i, of_tune in zip(some, torch.cat(values).t().numpy(), strict=True):
            steps = _find_peaks(np.abs(of_tune[: len(tunes[i])]), of_each)
            found += [(rank, Moment(i, step, float(of_tune[step]))) for rank, step in enumerate(steps)]
    found.sort(key=lambda each: (each[0], -abs(each[1].value)))
    return tuple(sorted((moment for _, moment in found[:count]), key=lambda moment: -abs(moment.value)))


def _find_peaks(values: Values, count: int) -> list[int]:
    """Find the steps of the largest values, at least `APART` from each other, the largest first."""
    left, steps = values.copy(), list[int]()
    while len(steps) < count and left.max() >= 0:
        steps.append(int(left.argmax()))
        left[max(0, steps[-1] - APART + 1) : steps[-1] + APART] = -1
    return steps


@checked
def unit_effect(network: StackedLSTM, tune: Tune, layer: int, unit: int) -> Values:
    """Measure which notes a unit raises, and which it lowers, by switching it off.

    Parameters
    ----------
    network : StackedLSTM
    tune : Tune
        Its first `BLOCK` steps are read.
    layer, unit : int
        See `lstmmusic.Operation`.

    Returns
    -------
    ndarray of float32, (pitches,)
        The mean over the steps of the probability of each note by itself, given the steps before, minus that of the
        same network without the unit. Of a joint output, both are averaged over `MARGINAL_SAMPLES` samples with the
        same random numbers.

    Raises
    ------
    ConfigError
        If the network has no such unit.
    """
    check_unit(network, layer, unit)
    start = tune.part(0, min(len(tune), BLOCK))
    networks = network, operate(network, [Operation(layer, unit)])
    own, without = (each.marginals(start, samples=MARGINAL_SAMPLES) for each in networks)
    return np.asarray((own - without).mean(axis=0), np.float32)


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
