"""What turns the layers of a network into notes. Independent notes now; the interface serves a joint output too."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lstmmusic.config import Loss

Array = NDArray[np.float32]

# From features (takes, features) and random numbers in [0, 1) (takes, pitches) to frames of zeros and ones and the
# probabilities with which their notes were drawn, after temperature and before threshold (takes, pitches). The same
# numbers with other settings change only the notes that must change.
Draw = Callable[[Array, Array], tuple[Array, Array]]


class IndependentOutput(nn.Module):
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
        self.linear = nn.Linear(features, pitches)

    @torch.no_grad()
    def expect(self, frequencies: NDArray[np.float64]) -> None:
        """Set the biases to the log-odds of each note, so that learning starts from how often it sounds."""
        self.linear.bias.copy_(torch.from_numpy(np.log(frequencies / (1 - frequencies))))

    def loss(self, features: Tensor, targets: Tensor, kind: Loss = "cross-entropy") -> Tensor:
        """Loss of each frame, summed over its notes.

        Parameters
        ----------
        features : Tensor, (..., features)
        targets : Tensor of zeros and ones, (..., pitches)
        kind : {'cross-entropy', 'squared-error'}
            Cross-entropy is the negative log-likelihood in nats, computed from logits.

        Returns
        -------
        Tensor, (...)
        """
        logits = self.linear(features)
        if kind == "cross-entropy":
            return functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(-1)
        return 0.5 * (torch.sigmoid(logits) - targets).square().sum(-1)

    def probabilities(self, features: Tensor) -> Tensor:
        """Probability of each note: (..., features) to (..., pitches)."""
        return torch.sigmoid(self.linear(features))

    def drawing(self, temperature: float, threshold: float) -> Draw:
        """Return a function that draws frames: a note sounds where its random number lies below its probability.

        Parameters
        ----------
        temperature : float
            Divides the log-odds: below 1 the likely becomes surer, above 1 everything comes closer to even.
        threshold : float
            Probabilities below it count as zero (2016: 0.1).

        Returns
        -------
        Draw
        """
        # (1 + tanh(x / 2)) / 2 is the sigmoid of x.
        weights = self.linear.weight.detach().cpu().numpy().T / np.float32(2 * temperature)
        biases = self.linear.bias.detach().cpu().numpy() / np.float32(2 * temperature)

        def draw(features: Array, uniforms: Array) -> tuple[Array, Array]:
            probabilities = np.tanh(features @ weights + biases)
            probabilities += 1
            probabilities /= 2
            frames = (uniforms < probabilities) & (probabilities >= threshold)
            return frames.astype(np.float32), probabilities

        return draw
