"""The output of a network: the probabilities of the notes of a step, independent or joint, and how they are sampled.

A third output, which shares its weights among all pitches, is in `lstmmusic.network.relative`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lstmmusic.config import Loss
from lstmmusic.network.noise import NO_NOISE, Noise

Array = NDArray[np.float32]

# Samples that are made at once: their values fit into a cache.
ROWS = 256

BELOW_ONE = np.nextafter(np.float32(1), np.float32(0))


class Sample(Protocol):
    """A function that samples steps; see `Output.sampler`."""

    def __call__(self, features: Array, uniforms: Array, added: Array | None = None, /) -> tuple[Array, Array]:
        """Sample a step of each take.

        With the same random numbers, other settings change only the notes that they must change.

        Parameters
        ----------
        features : ndarray of float32, (takes, features)
        uniforms : ndarray of float32, (takes, pitches)
            Random numbers in [0, 1). With n times as many rows as features have, all features are sampled n times, one
            time after the other.
        added : ndarray of float32, (takes, pitches), optional
            What is added to the log-odds of each note, after temperature; with a row for each of `uniforms`.

        Returns
        -------
        notes : ndarray of zeros and ones, float32, (takes, pitches)
        probabilities : ndarray of float32, (takes, pitches)
            With which the notes were sampled: after temperature and what is added, before threshold.
        """


class Output(nn.Module, ABC):
    """The methods that training, evaluation and generation need of an output."""

    pitches: int

    @abstractmethod
    def init_bias(self, frequencies: NDArray[np.float64]) -> None:
        """Set the biases, so that before training each note has its frequency as probability.

        Parameters
        ----------
        frequencies : ndarray of float64, (pitches,)
            Fraction of the steps in which each note sounds, neither 0 nor 1.
        """

    @abstractmethod
    def logits(self, features: Tensor, targets: Tensor, noise: Noise = NO_NOISE, mask: Tensor | None = None) -> Tensor:
        """Return the log-odds of each note, given the past and, for a joint output, the lower notes of `targets`.

        Parameters
        ----------
        features : Tensor, (..., features)
            Of a network; those that the output does not read are the last.
        targets : Tensor of zeros and ones, (..., pitches)
            The steps that are to be predicted.
        noise : Noise, optional
            For training: only a relative output has units of its own to drop.
        mask : Tensor of zeros and ones, (...), optional
            Where it is zero, log-odds are not needed, and any may be returned.

        Returns
        -------
        Tensor, (..., pitches)
        """

    @abstractmethod
    def sampler(self, temperature: float, threshold: float) -> Sample:
        """Return a function that samples steps: a note sounds where its random number lies below its probability.

        Parameters
        ----------
        temperature : float
            Divides the log-odds: below 1 likely notes become likelier, above 1 all notes come closer to even odds.
        threshold : float
            A note whose probability is lower never sounds (2016: 0.1).
        """

    def marginals(self, features: Tensor, samples: int, seed: int = 0) -> Array:
        """Return the probability of each note by itself, regardless of what else sounds in the step.

        Parameters
        ----------
        features : Tensor, (time, features)
        samples : int
            Samples of each step over which the probabilities of the notes are averaged.
        seed : int

        Returns
        -------
        ndarray of float32, (time, pitches)
        """
        random = np.random.default_rng(seed)
        sample, array = self.sampler(1, 0), to_numpy(features)
        probabilities = np.empty((len(array), self.pitches), np.float32)
        size = max(1, ROWS // samples)
        for part in (slice(at, at + size) for at in range(0, len(array), size)):
            steps = array[part]
            uniforms = stratify(random, samples, len(steps) * self.pitches).reshape(-1, self.pitches)
            of_samples = sample(steps, uniforms)[1]
            of_samples.reshape(samples, len(steps), -1).mean(axis=0, out=probabilities[part])
        return probabilities

    def loss(
        self,
        features: Tensor,
        targets: Tensor,
        kind: Loss = "cross-entropy",
        noise: Noise = NO_NOISE,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Return the loss of each step, summed over its notes.

        Parameters
        ----------
        features : Tensor, (..., features)
        targets : Tensor of zeros and ones, (..., pitches)
        kind : {'cross-entropy', 'squared-error'}
            Cross-entropy is the negative log-likelihood of the step in nats.
        noise : Noise, optional
            See `logits`.
        mask : Tensor of zeros and ones, (...), optional
            The loss is multiplied by it; by default it is one everywhere.

        Returns
        -------
        Tensor, (...)
        """
        logits = self.logits(features, targets, noise, mask)
        if kind == "cross-entropy":
            losses = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(-1)
        else:
            losses = 0.5 * (torch.sigmoid(logits) - targets).square().sum(-1)
        return losses if mask is None else losses * mask


class IndependentOutput(Output):
    """One sigmoid for each note: given the past, the notes of a step are independent.

    Parameters
    ----------
    features : int
        Width of the output of the layers.
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

    def logits(
        self,
        features: Tensor,
        targets: Tensor | None = None,
        noise: Noise = NO_NOISE,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Return the log-odds of each note; the targets are ignored."""
        logits: Tensor = self.linear(features[..., : self.linear.in_features])
        return logits

    def marginals(self, features: Tensor, samples: int = 1, seed: int = 0) -> Array:
        """Return the exact probability of each note: no samples are needed."""
        return to_numpy(torch.sigmoid(self.logits(features)))

    def sampler(self, temperature: float, threshold: float) -> Sample:
        """See `Output.sampler`."""
        weights, biases = (to_numpy(part / (2 * temperature)) for part in (self.linear.weight.t(), self.linear.bias))

        def sample(features: Array, uniforms: Array, added: Array | None = None, /) -> tuple[Array, Array]:
            features = features[:, : len(weights)]
            halves = np.tile(features @ weights + biases, (len(uniforms) // len(features), 1))
            if added is not None:
                halves += 0.5 * added
            probabilities = sigmoid_of_twice(halves)
            notes = (uniforms < probabilities) & (probabilities >= threshold)
            return notes.astype(np.float32), probabilities

        return sample


class JointOutput(Output):
    """The notes of a step one after the other, from the lowest to the highest, each given the lower ones: a NADE.

    p(step | past) is the product over pitches d of p(v_d | v_<d, past) = sigmoid(b_d + V_d h_d), with hidden units
    h_d = sigmoid(c + K_n + sum over k < d of v_k W_k); the biases b and c are linear in the output of the layers. K_n
    is an addition to the paper: it depends on how many notes, n, sound below d, so that the model
    can learn when a chord is complete.

    The hidden units change only where a note sounds. So a step of k notes needs k + 1 sets of them, rather than one for
    each pitch, in training and in sampling.

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
        self.note_weights = nn.Parameter(torch.empty(pitches, hidden))  # W: from a note to the higher ones
        self.count_weights = nn.Parameter(torch.empty(pitches + 1, hidden))  # K: from the number of lower notes
        self.pitch_weights = nn.Parameter(torch.empty(pitches, hidden))  # V: to each pitch

    @torch.no_grad()
    def init_bias(self, frequencies: NDArray[np.float64]) -> None:
        """Set the constant part of the pitches' biases to the log-odds of each note."""
        self.pitch_biases.bias.copy_(log_odds(frequencies))

    def logits(self, features: Tensor, targets: Tensor, noise: Noise = NO_NOISE, mask: Tensor | None = None) -> Tensor:
        """Return the log-odds of each note, given the past and the lower notes of `targets`."""
        features = features[..., : self.pitch_biases.in_features]
        below = targets.cumsum(-1) - targets  # (..., pitches): number of notes below each pitch
        most = int(targets.sum(-1).max()) if targets.numel() else 0
        counts = torch.arange(most + 1, device=targets.device)
        # The lowest 0, 1, 2, ... notes of each step: (..., counts, pitches).
        lowest = targets[..., None, :] * (below[..., None, :] < counts[:, None])
        context = lowest @ self.note_weights + self.count_weights[: most + 1]  # (..., counts, hidden)
        hidden = torch.sigmoid(self.hidden_biases(features)[..., None, :] + context)
        for_counts = hidden @ self.pitch_weights.t()  # (..., counts, pitches)
        of_own_count = for_counts.gather(-2, below[..., None, :].long()).squeeze(-2)
        logits: Tensor = self.pitch_biases(features) + of_own_count
        return logits

    def sampler(self, temperature: float, threshold: float) -> Sample:
        """See `Output.sampler`: temperature and threshold act on each note, given the lower ones that were sampled."""
        half, scale = 0.5, 0.5 / temperature
        pitch_slopes, pitch_constants = (
            to_numpy(part * scale) for part in (self.pitch_biases.weight.t(), self.pitch_biases.bias)
        )
        hidden_slopes, hidden_constants, note_weights, count_steps = (
            to_numpy(part * half)
            for part in (
                self.hidden_biases.weight.t(),
                self.hidden_biases.bias + self.count_weights[0],
                self.note_weights,
                self.count_weights.diff(dim=0),
            )
        )
        # Hidden units are (1 + tanh(x / 2)) / 2: their constant halves go into the constants of the pitches.
        pitch_weights = to_numpy(self.pitch_weights.t() * (scale * half))
        pitch_constants += pitch_weights.sum(axis=0)
        order = np.arange(self.pitches)

        def sample(features: Array, uniforms: Array, added: Array | None = None, /) -> tuple[Array, Array]:
            features = features[:, : len(pitch_slopes)]
            notes, probabilities = np.zeros_like(uniforms), np.empty_like(uniforms)
            own = rows = np.arange(len(uniforms))  # takes whose step is not finished: rows of the arrays below
            pitches, hidden = features @ pitch_slopes + pitch_constants, features @ hidden_slopes + hidden_constants
            if len(uniforms) > len(features):
                pitches, hidden = (np.tile(part, (len(uniforms) // len(features), 1)) for part in (pitches, hidden))
            if added is not None:
                pitches += 0.5 * added
            chances, still_open = np.empty_like(uniforms), np.ones(uniforms.shape, np.bool_)
            for count_step in count_steps:
                given = sigmoid_of_twice(pitches + np.tanh(hidden) @ pitch_weights)
                np.copyto(chances, given, where=still_open)
                sounding = still_open & (uniforms < given) & (given >= threshold)
                lowest = sounding.argmax(axis=1)
                continues = sounding[own[: len(rows)], lowest]
                continuing = np.count_nonzero(continues)
                if continuing < len(rows):
                    probabilities[rows] = chances
                    if continuing == 0:
                        return notes, probabilities
                    rows, pitches, hidden, chances, uniforms, lowest = (
                        part[continues] for part in (rows, pitches, hidden, chances, uniforms, lowest)
                    )
                notes[rows, lowest] = 1
                hidden += note_weights[lowest]
                hidden += count_step  # each row has one more note
                still_open = order > lowest[:, None]
            probabilities[rows] = chances  # where every pitch sounds
            return notes, probabilities

        return sample


def stratify(random: np.random.Generator, samples: int, size: int) -> Array:
    """Return random numbers in [0, 1), (samples, size): each column has one in each of `samples` equal parts.

    The mean over the samples of what depends on them varies less than with independent numbers, and is unbiased.

    References
    ----------
    McKay, Beckman and Conover (1979), A comparison of three methods for selecting values of input variables: the Latin
    hypercube.
    """
    parts = random.random((samples, size), np.float32).argsort(axis=0).astype(np.float32)
    uniforms: Array = (parts + random.random(parts.shape, np.float32)) / np.float32(samples)
    return np.minimum(uniforms, BELOW_ONE, out=uniforms)  # rounding gives one at times


def log_odds(frequencies: NDArray[np.float64]) -> Tensor:
    """Return the logits of probabilities."""
    return torch.from_numpy(np.log(frequencies / (1 - frequencies)))


def sigmoid_of_twice(values: Array) -> Array:
    """Return 1 / (1 + exp(-2 x)), which is (1 + tanh(x)) / 2, in place: numpy has a fast tanh and no sigmoid."""
    np.tanh(values, out=values)
    values += 1
    values /= 2
    return values


def to_numpy(tensor: Tensor) -> Array:
    """Copy a tensor from its device."""
    return tensor.detach().cpu().numpy()
