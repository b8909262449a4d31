"""Noise during training, so that a network relies neither on single units nor on every note of the past."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


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
    """

    dropout: tuple[float, float, float]
    drop_connect: float
    generator: torch.Generator
    relative: float = 0.0
    forgotten: float = 0.0

    def drop(self, values: Tensor, fraction: float, shape: tuple[int, ...]) -> Tensor:
        """Set a fraction of `values` to zero, and scale up the rest; the mask, of `shape`, is broadcast."""
        if fraction == 0:
            return values
        kept = self._uniforms(shape) >= fraction
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
        return roll * (self._uniforms(roll.shape) >= self.forgotten).to(roll)

    def _uniforms(self, shape: tuple[int, ...]) -> Tensor:
        return torch.rand(shape, generator=self.generator, device=self.generator.device)


NO_NOISE = Noise((0, 0, 0), 0, torch.Generator())
