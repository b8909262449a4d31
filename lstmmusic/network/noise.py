"""Noise during training, so that a network relies neither on single units nor on every note of the past."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Columns(NamedTuple):
    """Which sequences of a mini-batch are computed here, if several machines share it.

    Parameters
    ----------
    start, stop : int
    total : int
        Sequences of the whole mini-batch.
    """

    start: int
    stop: int
    total: int


@dataclass(frozen=True)
class Noise:
    """What is dropped and changed at random during training.

    Parameters
    ----------
    dropout : tuple of float
        Fractions of the input, of what passes between layers, and of what reaches the output. A mask is the same for
        all steps of a sequence (Gal and Ghahramani 2016, arXiv:1512.05287).
    drop_connect : float
        Fraction of the recurrent weights, the same for a whole batch (Merity et al. 2018, arXiv:1708.02182).
    generator : torch.Generator
        On the device of the values.
    relative : float
        Fraction of the hidden units of a relative output; a mask is the same for all steps and pitches of a sequence.
    forgotten : float
        Fraction of the notes of the last steps that a relative output does not read; see `forget`.
    columns : Columns, optional
        Random numbers are drawn for the whole mini-batch, and only those of these sequences are used, so that each
        sequence has the same noise on however many machines the mini-batch is computed.
    """

    dropout: tuple[float, float, float]
    drop_connect: float
    generator: torch.Generator
    relative: float = 0.0
    forgotten: float = 0.0
    columns: Columns | None = None

    def drop(self, values: Tensor, fraction: float, shape: tuple[int, ...]) -> Tensor:
        """Set a fraction of `values` to zero, and scale up the rest; the mask, of `shape`, is broadcast."""
        if fraction == 0:
            return values
        kept = self.uniforms(shape) >= fraction
        return values * (kept.to(values) / (1 - fraction))

    def forget(self, roll: Tensor) -> Tensor:
        """Leave out some notes, each by itself.

        A network that only read music without mistakes would not find back after its own: once a note is missing, it
        would go on without it, and its chords would become thinner and thinner.

        Parameters
        ----------
        roll : Tensor of zeros and ones, (time, batch, pitches)
        """
        if self.forgotten == 0:
            return roll
        return roll * (self.uniforms(roll.shape) >= self.forgotten).to(roll)

    def uniforms(self, shape: tuple[int, ...]) -> Tensor:
        """Draw numbers in [0, 1): of three dimensions, the second is that of the sequences."""
        columns = self.columns
        if columns is None or len(shape) < 3:  # masks of weights have two dimensions, and are those of all sequences
            return torch.rand(shape, generator=self.generator, device=self.generator.device)
        whole = shape[0], columns.total, *shape[2:]
        drawn = torch.rand(whole, generator=self.generator, device=self.generator.device)
        return drawn[:, columns.start : columns.stop]


NO_NOISE = Noise((0, 0, 0), 0, torch.Generator())
