"""A network that hears one frame at a time, in numpy: how it makes music.

For single frames torch spends many times longer between its operations than in them, and numpy does not. Takes
are rows, so that many are made at once. How notes are drawn is left to `lstmmusic.outputs`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.lstm import LSTMLayer
from lstmmusic.model import StackedLSTM, State

Array = NDArray[np.float32]


class Stepper:
    """The layers of a network, and for each take what is in their cells.

    Parameters
    ----------
    network : StackedLSTM
        Its weights are copied.
    state : list of (h, c), each (1, hidden)
        From which every take goes on.
    takes : int
    """

    def __init__(self, network: StackedLSTM, state: State, takes: int) -> None:
        skip, pitches = network.config.skip, network.config.pitches
        layers = [_Layer(layer, pitches if skip or number == 0 else 0) for number, layer in enumerate(network.lstms)]
        self._of_frame = np.zeros((pitches, sum(layer.biases.size for layer in layers)), np.float32)
        self._biases = np.concatenate([layer.biases for layer in layers])
        # The hidden units of all layers stand side by side, so that those below a layer and its own are one slice.
        self._h, self._c = (
            np.concatenate([_to_numpy(part[kind]) for part in state], axis=1).repeat(takes, axis=0) for kind in (0, 1)
        )
        # What a step writes to is made once, and so are the parts of it that a layer sees.
        self._gates = np.empty((takes, len(self._biases)), np.float32)
        self._steps = []
        stop = 0
        for layer in layers:
            start, stop = stop, stop + layer.size
            gates, own = slice(4 * start, 4 * stop), slice(start, stop)
            self._of_frame[: len(layer.of_frame), gates] = layer.of_frame
            seen = self._h[:, stop - len(layer.of_hidden) : stop]
            self._steps.append(layer.stepping(seen, self._gates[:, gates], self._c[:, own], self._h[:, own]))
        self.features = self._h if skip else self._h[:, start:stop]  # (takes, features), for the next frame

    def hear(self, frames: Array) -> None:
        """Go on by one frame of each take, (takes, pitches); `features` change in place."""
        np.matmul(frames, self._of_frame, out=self._gates)
        self._gates += self._biases
        for step in self._steps:
            step()


class _Layer:
    """A layer's weights, its gates in the order input, forget, output, candidate."""

    def __init__(self, layer: LSTMLayer, heard: int) -> None:
        self.size = layer.recurrent_weights.shape[1]
        # numpy has a fast tanh and no sigmoid, which is (1 + tanh(x / 2)) / 2: the sigmoids' weights are halved.
        order = np.arange(4 * self.size).reshape(4, self.size)[[0, 1, 3, 2]].ravel()
        half = np.array([0.5, 0.5, 0.5, 1], np.float32).repeat(self.size)
        of_inputs, own, biases = (
            _to_numpy(part)[order].T * half for part in (layer.input_weights, layer.recurrent_weights, layer.biases)
        )
        self.biases: Array = biases
        self.of_frame: Array = of_inputs[:heard]
        self.of_hidden: Array = np.concatenate((of_inputs[heard:], own))  # (below and own, gates)
        self._peepholes = None if layer.peepholes is None else _to_numpy(layer.peepholes) / 2
        self._of_candidate = layer.peephole == "candidate"

    def stepping(self, seen: Array, gates: Array, c: Array, h: Array) -> Callable[[], None]:
        """Return a function that turns what the layer sees, and what the frame gave its gates, into new c and h."""
        size, weights, peepholes, of_candidate = self.size, self.of_hidden, self._peepholes, self._of_candidate
        i, f, o, g = gates[:, :size], gates[:, size : 2 * size], gates[:, 2 * size : 3 * size], gates[:, 3 * size :]
        i_and_f, sigmoids = gates[:, : 2 * size], gates[:, : 3 * size]
        product, squashed = np.empty_like(gates), np.empty_like(c)

        def step() -> None:
            np.add(gates, np.matmul(seen, weights, out=product), out=gates)
            if peepholes is None:
                np.tanh(gates, out=gates)
                _finish(sigmoids)
            else:
                np.add(i, peepholes[0] * c, out=i)
                np.add(f, peepholes[1] * c, out=f)
                if of_candidate:
                    np.add(o, peepholes[2] * g, out=o)
                np.tanh(i_and_f, out=i_and_f)
                _finish(i_and_f)
                np.tanh(g, out=g)
            np.multiply(c, f, out=c)
            np.add(c, np.multiply(i, g, out=squashed), out=c)
            if peepholes is not None:
                if not of_candidate:
                    np.add(o, peepholes[2] * c, out=o)
                np.tanh(o, out=o)
                _finish(o)
            np.multiply(o, np.tanh(c, out=squashed), out=h)

        return step


def _finish(sigmoids: Array) -> None:
    """Make sigmoids of the tanh of their halves."""
    sigmoids *= 0.5
    sigmoids += 0.5


def _to_numpy(tensor: Tensor) -> Any:
    return tensor.detach().cpu().numpy()
