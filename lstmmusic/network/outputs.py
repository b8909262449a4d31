"""What turns the layers of a network into notes: each for itself, or all notes of a frame jointly.

An output has the same methods whichever it is, so that training, scoring and generation do not ask.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lstmmusic.config import Loss, NetworkConfig

Array = NDArray[np.float32]

# From features (takes, features) and random numbers in [0, 1) (takes, pitches) to frames of zeros and ones and the
# probabilities with which their notes were drawn, after temperature and before threshold (takes, pitches). The same
# numbers with other settings change only the notes that must change.
Draw = Callable[[Array, Array], tuple[Array, Array]]


class Output(nn.Module, ABC):
    """What is asked of an output."""

    pitches: int

    @abstractmethod
    def init_bias(self, frequencies: NDArray[np.float64]) -> None:
        """Start learning from how often each note sounds, (pitches,)."""

    @abstractmethod
    def logits(self, features: Tensor, targets: Tensor) -> Tensor:
        """Log-odds of each note, given the past and whatever of `targets` it is allowed to see.

        Parameters
        ----------
        features : Tensor, (..., features)
        targets : Tensor of zeros and ones, (..., pitches)
            The frames that are to be predicted.

        Returns
        -------
        Tensor, (..., pitches)
        """

    @abstractmethod
    def sampler(self, temperature: float, threshold: float) -> Draw:
        """Return a function that draws frames: a note sounds where its random number lies below its probability.

        Parameters
        ----------
        temperature : float
            Divides the log-odds: below 1 the likely becomes surer, above 1 everything comes closer to even.
        threshold : float
            A note with a probability below it never sounds (2016: 0.1).
        """

    def marginals(self, features: Tensor, samples: int, seed: int = 0) -> Array:
        """Probability of each note, whatever else sounds in the frame.

        Parameters
        ----------
        features : Tensor, (frames, features)
        samples : int
            Frames that are drawn for each, to average the probabilities with which their notes were.
        seed : int

        Returns
        -------
        ndarray, (frames, pitches)
        """
        random = np.random.default_rng(seed)
        draw, given = self.sampler(1, 0), _to_numpy(features)
        total = np.zeros((len(given), self.pitches), np.float32)
        for _ in range(samples):
            total += draw(given, random.random(total.shape, np.float32))[1]
        return total / np.float32(samples)

    def loss(self, features: Tensor, targets: Tensor, kind: Loss = "cross-entropy") -> Tensor:
        """Loss of each frame, summed over its notes.

        Parameters
        ----------
        features : Tensor, (..., features)
        targets : Tensor of zeros and ones, (..., pitches)
        kind : {'cross-entropy', 'squared-error'}
            Cross-entropy is the negative log-likelihood of the frame in nats, computed from logits.

        Returns
        -------
        Tensor, (...)
        """
        logits = self.logits(features, targets)
        if kind == "cross-entropy":
            return functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(-1)
        return 0.5 * (torch.sigmoid(logits) - targets).square().sum(-1)


class IndependentOutput(Output):
    """One sigmoid for each note: given the past, notes are drawn without looking at each other.

    Parameters
    ----------
    features : int
        Width of what the layers give.
    pitches : int
        Number of notes.
    """

    def __init__(self, features: int, pitches: int) -> None:
        super().__init__()
        self.pitches = pitches
        self.linear = nn.Linear(features, pitches)

    @torch.no_grad()
    def init_bias(self, frequencies: NDArray[np.float64]) -> None:
        """Set the biases to the log-odds of each note."""
        self.linear.bias.copy_(log_odds(frequencies))

    def logits(self, features: Tensor, targets: Tensor | None = None) -> Tensor:
        """Log-odds of each note; the targets are not looked at."""
        logits: Tensor = self.linear(features)
        return logits

    def marginals(self, features: Tensor, samples: int = 1, seed: int = 0) -> Array:
        """Probability of each note, exactly: no draws are needed."""
        return _to_numpy(torch.sigmoid(self.logits(features)))

    def sampler(self, temperature: float, threshold: float) -> Draw:
        """See `Output.sampler`."""
        weights, biases = (_to_numpy(part / (2 * temperature)) for part in (self.linear.weight.t(), self.linear.bias))

        def draw(features: Array, uniforms: Array) -> tuple[Array, Array]:
            probabilities = _sigmoid_of_twice(features @ weights + biases)
            frames = (uniforms < probabilities) & (probabilities >= threshold)
            return frames.astype(np.float32), probabilities

        return draw


class JointOutput(Output):
    """Notes of a frame one after the other, from the lowest to the highest, each given those below it: a NADE.

    p(frame | past) is the product over pitches d of p(v_d | v_<d, past) = sigmoid(b_d + V_d h_d), with hidden units
    h_d = sigmoid(c + K_n + sum over k < d of v_k W_k); the biases b and c are linear in what the layers give. K_n is
    an addition to the paper's: it tells how many notes, n, sound below d, so that a chord knows when it is complete.

    The hidden units change only where a note sounds. So a frame of k notes needs k + 1 sets of them, and not one
    for each pitch, in training and in drawing alike.

    References
    ----------
    Larochelle and Murray (2011), The neural autoregressive distribution estimator, equations 3 and 4.
    Boulanger-Lewandowski, Bengio and Vincent (2012), arXiv:1206.6392, section 4: the RNN-NADE.
    """

    def __init__(self, features: int, pitches: int, hidden: int) -> None:
        super().__init__()
        self.pitches = pitches
        self.pitch_biases = nn.Linear(features, pitches)
        self.hidden_biases = nn.Linear(features, hidden)
        self.note_weights = nn.Parameter(torch.empty(pitches, hidden))  # W: what a note tells those above it
        self.count_weights = nn.Parameter(torch.empty(pitches + 1, hidden))  # K: what their number tells
        self.pitch_weights = nn.Parameter(torch.empty(pitches, hidden))  # V

    @torch.no_grad()
    def init_bias(self, frequencies: NDArray[np.float64]) -> None:
        """Set the constant part of the pitches' biases to the log-odds of each note."""
        self.pitch_biases.bias.copy_(log_odds(frequencies))

    def logits(self, features: Tensor, targets: Tensor) -> Tensor:
        """Log-odds of each note given the past and the notes of `targets` that lie below it."""
        below = targets.cumsum(-1) - targets  # (..., pitches): how many notes sound below each pitch
        most = int(targets.sum(-1).max()) if targets.numel() else 0
        counts = torch.arange(most + 1, device=targets.device)
        # Of the notes of each frame the lowest none, the lowest one, the lowest two, ...: (..., counts, pitches).
        lowest = targets[..., None, :] * (below[..., None, :] < counts[:, None])
        told = lowest @ self.note_weights + self.count_weights[: most + 1]  # (..., counts, hidden)
        hidden = torch.sigmoid(self.hidden_biases(features)[..., None, :] + told)
        for_counts = hidden @ self.pitch_weights.t()  # (..., counts, pitches)
        of_own_count = for_counts.gather(-2, below[..., None, :].long()).squeeze(-2)
        logits: Tensor = self.pitch_biases(features) + of_own_count
        return logits

    def sampler(self, temperature: float, threshold: float) -> Draw:
        """See `Output.sampler`: temperature and threshold act on each note, given those drawn below it."""
        half, scale = 0.5, 0.5 / temperature
        pitch_slopes, pitch_constants = (
            _to_numpy(part * scale) for part in (self.pitch_biases.weight.t(), self.pitch_biases.bias)
        )
        hidden_slopes, hidden_constants, note_weights, count_steps = (
            _to_numpy(part * half)
            for part in (
                self.hidden_biases.weight.t(),
                self.hidden_biases.bias + self.count_weights[0],
                self.note_weights,
                self.count_weights.diff(dim=0),
            )
        )
        # Hidden units are (1 + tanh(x / 2)) / 2: their constant halves go into the constants of the pitches.
        pitch_weights = _to_numpy(self.pitch_weights.t() * (scale * half))
        pitch_constants += pitch_weights.sum(axis=0)
        order = np.arange(self.pitches)

        def draw(features: Array, uniforms: Array) -> tuple[Array, Array]:
            frames, probabilities = np.zeros_like(uniforms), np.empty_like(uniforms)
            own = rows = np.arange(len(features))  # takes whose frame is not finished; what follows has a row for each
            pitches, hidden = features @ pitch_slopes + pitch_constants, features @ hidden_slopes + hidden_constants
            chances, still_open = np.empty_like(uniforms), np.ones(uniforms.shape, np.bool_)
            for count_step in count_steps:
                given = _sigmoid_of_twice(pitches + np.tanh(hidden) @ pitch_weights)
                np.copyto(chances, given, where=still_open)
                sounding = still_open & (uniforms < given) & (given >= threshold)
                lowest = sounding.argmax(axis=1)
                goes_on = sounding[own[: len(rows)], lowest]
                going = np.count_nonzero(goes_on)
                if going < len(rows):
                    probabilities[rows] = chances
                    if going == 0:
                        return frames, probabilities
                    rows, pitches, hidden, chances, uniforms, lowest = (
                        part[goes_on] for part in (rows, pitches, hidden, chances, uniforms, lowest)
                    )
                frames[rows, lowest] = 1
                hidden += note_weights[lowest]
                hidden += count_step  # each row has one note more
                still_open = order > lowest[:, None]
            probabilities[rows] = chances  # where every pitch sounds
            return frames, probabilities

        return draw


def make_output(config: NetworkConfig) -> Output:
    """Make the output that a config names; its parameters are not set yet."""
    features = sum(config.hidden) if config.skip else config.hidden[-1]
    if config.output == "joint":
        return JointOutput(features, config.pitches, config.joint_hidden)
    return IndependentOutput(features, config.pitches)


def log_odds(frequencies: NDArray[np.float64]) -> Tensor:
    """Return the logits of probabilities."""
    return torch.from_numpy(np.log(frequencies / (1 - frequencies)))


def _sigmoid_of_twice(values: Array) -> Array:
    """Return 1 / (1 + exp(-2 x)), which is (1 + tanh(x)) / 2, in place: numpy has a fast tanh and no sigmoid."""
    np.tanh(values, out=values)
    values += 1
    values /= 2
    return values


def _to_numpy(tensor: Tensor) -> Array:
    array: Array = tensor.detach().cpu().numpy()
    return array
