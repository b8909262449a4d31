"""Clipping of gradients, and what there was to clip. It knows no network: parameters come in groups."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lstmmusic.config import ClipKind

# Over about so many updates the share of what was clipped is averaged: with a bound on the norm, one update clips all
# or nothing.
RECENT_UPDATES = 20


class Clipper:
    """Clips gradients, and keeps what there was to clip on their device: to read it makes a GPU wait.

    Attributes
    ----------
    norms : Tensor, (groups,), or None
        Norm of the gradients of each group in the last update, before clipping; None before the first.
    clipped : Tensor, (groups,), or None
        Share of the elements of each group that were clipped, averaged over recent updates.
    """

    def __init__(self) -> None:
        self.norms: Tensor | None = None
        self.clipped: Tensor | None = None
        self._updates = 0

    @torch.no_grad()
    def clip(self, groups: Sequence[Sequence[nn.Parameter]], bound: float, kind: ClipKind) -> Tensor:
        """Clip gradients.

        Parameters
        ----------
        groups : sequence of sequences of Parameter
            All of them have gradients.
        bound : float
        kind : {'norm', 'element'}
            What is bounded: the norm of all gradients together, or the magnitude of each element.

        Returns
        -------
        Tensor, ()
            Norm of all gradients together, before clipping.
        """
        gradients = [[p.grad for p in group if p.grad is not None] for group in groups]
        together = [gradient for group in gradients for gradient in group]
        of_each = torch.stack(torch._foreach_norm(together))
        norm: Tensor = torch.linalg.vector_norm(of_each)
        parts = torch.split(of_each, [len(group) for group in gradients])
        self.norms = torch.stack([torch.linalg.vector_norm(part) for part in parts])
        if kind == "norm":
            clipped = (norm > bound).float().expand(len(groups))
            torch._foreach_mul_(together, (bound / (norm + 1e-6)).clamp(max=1.0))
        else:
            clipped = torch.stack([_clip_elements(group, bound) for group in groups])
        self._updates += 1
        before = clipped if self.clipped is None else self.clipped
        self.clipped = torch.lerp(before, clipped, 1 / min(self._updates, RECENT_UPDATES))
        return norm


def _clip_elements(group: Sequence[nn.Parameter], bound: float) -> Tensor:
    """Clip each element; return the share of them that was clipped, ()."""
    clipped, elements = [], 0
    for parameter in group:
        if parameter.grad is not None:
            bounded = parameter.grad.clamp(-bound, bound)
            clipped.append(torch.count_nonzero(bounded != parameter.grad))
            elements += bounded.numel()
            parameter.grad = bounded
    return torch.stack(clipped).sum() / elements
