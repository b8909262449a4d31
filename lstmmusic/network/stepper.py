"""The forward pass of a network in numpy, a step at a time, for generation.

For single steps torch spends many times longer between its operations than in them, and numpy does not. Takes are rows
of the arrays, so that many are generated at once. `lstmmusic.network.outputs` samples their notes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from lstmmusic.config import PLACES
from lstmmusic.music.cells import HELD
from lstmmusic.network.intervals import find_entries
from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.model import StackedLSTM, State
from lstmmusic.network.peepholes import finish_sigmoids

Array = NDArray[np.float32]


class StepWeights:
    """The weights of a network, copied and arranged for one step at a time.

    Parameters
    ----------
    network : StackedLSTM
    """

    def __init__(self, network: StackedLSTM) -> None:
        config, lstms = network.config, network.lstms
        self.skip, self.strikes, self.places = config.skip, config.strikes, PLACES * config.metre
        pitches, self.readers = config.pitches, network.readers
        # The first layer also reads which notes are struck, and the place in the bar.
        first = pitches * (1 + config.strikes) + self.places
        self.layers = [_Layer(lstm, first if lstm is lstms[0] else pitches * self.skip) for lstm in lstms]
        self.of_notes = np.zeros((first, sum(layer.biases.size for layer in self.layers)), np.float32)
        self.biases = np.concatenate([layer.biases for layer in self.layers])
        start = 0
        for layer in self.layers:
            stop = start + layer.biases.size
            self.of_notes[: len(layer.of_notes), start:stop] = layer.of_notes
            start = stop


class TakeReader(Protocol):
    """What reads takes a step at a time: a `Stepper`, or what can stand for it."""

    @property
    def features(self) -> Array:
        """See `Stepper`."""

    @property
    def place(self) -> Array:
        """See `Stepper`."""

    def step(self, cells: Array, place: Array | None = None) -> None:
        """See `Stepper.step`."""


class Stepper:
    """The layers of a network, and their state for each take.

    Parameters
    ----------
    weights : StepWeights
        Only read, so that several steppers can share them.
    state : list of (h, c), each (takes or 1, hidden)
        From which each take continues, or all of them; see `StackedLSTM.forward`.
    takes : int

    Attributes
    ----------
    features : ndarray of float32, (takes, features)
        From which the next step is predicted.
    place : ndarray of float32, (takes, PLACES or 0)
        The part of them that says where in the bar that step lies; for the first one, it is to be set.
    """

    def __init__(self, weights: StepWeights, state: State, takes: int) -> None:
        notes = len(weights.of_notes) - weights.places
        self._of_notes, self._of_places = weights.of_notes[:notes], weights.of_notes[notes:]
        self._biases, self._strikes = weights.biases, weights.strikes
        # The hidden units of all layers are side by side, so that those of a layer and of the one below are one slice.
        h, self._c = (
            _repeat(np.concatenate([_to_numpy(part[kind]) for part in state[: len(weights.layers)]], axis=1), takes)
            for kind in (0, 1)
        )
        sizes = [h.shape[1], weights.places, *(reader.size for reader in weights.readers)]
        values = np.zeros((takes, sum(sizes)), np.float32)
        self._h, self.place, *of_readers = np.split(values, np.cumsum(sizes)[:-1], axis=1)
        self._h[:] = h
        # The arrays that a step writes to are allocated once, and so are the views of them that each layer uses.
        self._gates = np.empty((takes, len(self._biases)), np.float32)
        self._steps = []
        stop = 0
        for layer in weights.layers:
            start, stop = stop, stop + layer.size
            gates, own = slice(4 * start, 4 * stop), slice(start, stop)
            hidden = self._h[:, stop - len(layer.of_hidden) : stop]
            self._steps.append(layer.make_step(hidden, self._gates[:, gates], self._c[:, own], self._h[:, own]))
        self.features = values if weights.skip else values[:, start:]
        of_past = ((_to_numpy(a), _to_numpy(b)) for a, b in state[len(weights.layers) :])
        self._read = [
            (reader.reads_cells, reader.make_step(part, its))
            for reader, part, its in zip(weights.readers, of_readers, of_past, strict=True)
        ]

    def step(self, cells: Array, place: Array | None = None) -> None:
        """Advance by one step of each take; `features` change in place.

        Parameters
        ----------
        cells : ndarray of float32, (takes, pitches)
            The step: cells, or zeros and ones; see `StackedLSTM.forward`.
        place : ndarray of float32, (takes or 1, PLACES), optional
            Where in the bar the step after it lies; by default that is not known.
        """
        notes = read = cells
        if self._strikes:
            notes = (cells > 0).astype(np.float32)
            read = np.concatenate((notes, cells > HELD), axis=1)
        if len(cells) == 1:
            # With one take, only the weights of the notes that sound are read.
            np.add.reduce(self._of_notes[read[0] > 0], axis=0, out=self._gates[0])
            self._gates += self._biases
        else:
            takes, sounding = find_entries(read)
            offsets = np.searchsorted(takes, np.arange(len(cells)))
            added = functional.embedding_bag(
                torch.from_numpy(sounding), torch.from_numpy(self._of_notes), torch.from_numpy(offsets), mode="sum"
            )
            np.add(added.numpy(), self._biases, out=self._gates)
        if len(self._of_places):
            self.place[:] = 0 if place is None else place
            self._gates += self.place @ self._of_places
        for step in self._steps:
            step()
        for reads_cells, read_step in self._read:
            read_step(cells if reads_cells else notes)


class _Layer:
    """The weights of a layer, with the gates in the order input, forget, output, candidate.

    Its first `read` inputs are the step, the others the hidden units of the layer below.
    """

    def __init__(self, layer: LSTMLayer, read: int) -> None:
        size = self.size = layer.recurrent_weights.shape[1]

        def arrange(parameter: Tensor) -> Array:
            """Put the gates with sigmoids first, and halve them: (1 + tanh(x / 2)) / 2 is numpy's fastest sigmoid."""
            i_and_f, g, o = np.split(_to_numpy(parameter), (2 * size, 3 * size))
            arranged = np.concatenate((i_and_f, o, g))
            arranged[: 3 * size] *= 0.5
            return arranged

        of_inputs = arrange(layer.input_weights)
        self.biases = arrange(layer.biases)
        self.of_notes = of_inputs[:, :read].T
        self.of_hidden = np.concatenate((of_inputs[:, read:], arrange(layer.recurrent_weights)), axis=1).T
        self._peepholes = None if layer.peepholes is None else _to_numpy(layer.peepholes) / 2
        self._of_candidate = layer.peephole == "candidate"

    def make_step(self, hidden: Array, gates: Array, c: Array, h: Array) -> Callable[[], None]:
        """Return a function that updates c and h from `hidden`, below and before, and what the notes add to `gates`."""
        size, weights, peepholes, of_candidate = self.size, self.of_hidden, self._peepholes, self._of_candidate
        i, f, o, g = gates[:, :size], gates[:, size : 2 * size], gates[:, 2 * size : 3 * size], gates[:, 3 * size :]
        i_and_f, sigmoids = gates[:, : 2 * size], gates[:, : 3 * size]
        product, part = np.empty_like(gates), np.empty_like(c)

        # As local names, and with results by position, numpy's functions take half as long on arrays this small.
        add, multiply, tanh, matmul = np.add, np.multiply, np.tanh, np.matmul

        def step() -> None:
            add(gates, matmul(hidden, weights, product), gates)
            if peepholes is None:
                tanh(gates, gates)
                finish_sigmoids(sigmoids)
            else:
                add(i, peepholes[0] * c, i)
                add(f, peepholes[1] * c, f)
                if of_candidate:
                    add(o, peepholes[2] * g, o)
                tanh(i_and_f, i_and_f)
                finish_sigmoids(i_and_f)
                tanh(g, g)
            multiply(c, f, c)
            add(c, multiply(i, g, part), c)
            if peepholes is not None:
                if not of_candidate:
                    add(o, peepholes[2] * c, o)
                tanh(o, o)
                finish_sigmoids(o)
            multiply(o, tanh(c, part), h)

        return step


def _repeat(rows: Array, takes: int) -> Array:
    """Return a copy of the row of each take, or of the one for all."""
    return rows.repeat(takes // len(rows), axis=0)


def _to_numpy(tensor: Tensor) -> Any:
    return tensor.detach().cpu().numpy()
