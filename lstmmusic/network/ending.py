"""Whether a tune ends: a probability before each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lstmmusic.config import ENDING_HIDDEN, LOUDNESSES
from lstmmusic.network.outputs import Array, sigmoid_of_twice, to_numpy
from lstmmusic.network.played import CHANNELS
from lstmmusic.network.recent import LONGEST, SOUNDING

# More than any logarithm that `Played` gives.
_NONE = 2 * SOUNDING * float(np.log1p(LONGEST))


class Ending(nn.Module):
    """The probability that a tune ends after a step: sigmoid(w silu(M x + m) + b).

    The values x are what the layers say and, in a network that reads strikes, how long ago the newest note that sounds
    was struck, and how many notes sound: last chords are long.

    Parameters
    ----------
    features : int
        Width of the output of the layers, with which all features begin.
    pitches : int
    strikes : bool
        Whether features end with the values of `lstmmusic.network.played.Played`.
    """

    def __init__(self, features: int, pitches: int, strikes: bool) -> None:
        super().__init__()
        self.features, self.pitches, self.strikes = features, pitches, strikes
        self.first = nn.Linear(features + 2 * strikes, ENDING_HIDDEN)
        self.last = nn.Linear(ENDING_HIDDEN, 1)

    @torch.no_grad()
    def init_bias(self, log_odds: float) -> None:
        """Set the constant to the log-odds that a tune ends after a step."""
        self.last.bias.fill_(log_odds)

    def forward(self, features: Tensor) -> Tensor:
        """Return the log-odds of the end after steps, (...), given all features, (..., features)."""
        values = features[..., : self.features]
        if self.strikes:
            since = features[..., -CHANNELS * self.pitches - LOUDNESSES :][..., : self.pitches].detach()
            newest = torch.where(since > 0, since, _NONE).amin(-1)
            described = torch.stack(describe_last(newest, (since > 0).sum(-1)), dim=-1)
            values = torch.cat((values, described.to(values)), dim=-1)
        log_odds: Tensor = self.last(functional.silu(self.first(values)))[..., 0]
        return log_odds

    def sampler(self, bias: float) -> Callable[[Array], Array]:
        """Return a function from features, (takes, features), to the probability of the end, (takes,).

        Parameters
        ----------
        bias : float
            Added to the log-odds.
        """
        weights, constants = to_numpy(self.first.weight.t() * 0.5), to_numpy(self.first.bias * 0.5)
        last, constant = to_numpy(self.last.weight[0]), (self.last.bias.item() + bias)

        def probability(features: Array) -> Array:
            values = features[:, : self.features]
            halves = values @ weights[: self.features] + constants
            if self.strikes:
                since = features[:, -CHANNELS * self.pitches - LOUDNESSES :][:, : self.pitches]
                newest = np.where(since > 0, since, np.float32(_NONE)).min(axis=1)
                described = np.stack(describe_last(newest, np.count_nonzero(since, axis=1)), axis=1)
                halves += described.astype(np.float32) @ weights[self.features :]
            units = halves + halves * np.tanh(halves)  # silu of twice the values
            return sigmoid_of_twice(0.5 * (units @ last + np.float32(constant)))

        return probability


def describe_last(newest: Any, count: Any) -> list[Any]:
    """Return columns for the logarithm of the steps since a note began, if any sounds, and for how many do."""
    return [newest * (count > 0), count / 4]
