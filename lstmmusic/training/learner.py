"""A network that learns: the gradients of a mini-batch, and the step that is taken along them.

It knows no music and no epochs. Settings come with each call, since they may change between two.
"""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lstmmusic.config import ClipKind, TrainingConfig
from lstmmusic.network.model import Noise, StackedLSTM, State

Weights = dict[str, Tensor]


class Learner:
    """A network, the running average of its weights, and an optimiser.

    Parameters
    ----------
    network : StackedLSTM
        On the device where it learns.
    config : TrainingConfig
    random : torch.Generator
        Of noise and initial states; on the CPU, whatever the device.

    Attributes
    ----------
    averaged : StackedLSTM
        The running average of the weights, or `network` itself where none is kept.
    optimizer : torch.optim.Optimizer
        With a group of parameters for each layer, and one for the output.
    clipper : Clipper
        It knows the gradients of the last update.
    """

    def __init__(self, network: StackedLSTM, config: TrainingConfig, random: torch.Generator) -> None:
        self.network = network
        self.averaged = copy.deepcopy(network) if config.ema_decay else network
        self.optimizer = make_optimizer(network, config)
        self.clipper = Clipper()
        self.random = random

    def differentiate(self, batch: tuple[Tensor, Tensor, Tensor], config: TrainingConfig) -> tuple[float, float]:
        """Find the gradients of a mini-batch, and clip them.

        Parameters
        ----------
        batch : inputs, targets, mask
            As `lstmmusic.training.batches.Rolls.batch` makes them.
        config : TrainingConfig

        Returns
        -------
        loss, norm : float
            Of a frame, without penalties; and of all gradients together, before clipping. They need not be finite.
        """
        inputs, targets, mask = batch
        groups = self.network.parameter_groups()
        noise = Noise(config.dropout, config.drop_connect, self.random)
        features, _ = self.network(inputs, self._initial_state(inputs.shape[1], config), noise)
        loss = (self.network.output.loss(features, targets, config.loss) * mask).sum() / mask.sum()
        penalised = loss
        if config.l1 > 0:
            matrices = [p for group in groups for p in group if p.dim() > 1]
            penalised = loss + config.l1 * torch.stack([matrix.abs().sum() for matrix in matrices]).sum()
        self.optimizer.zero_grad(set_to_none=True)
        penalised.backward()  # type: ignore[no-untyped-call]
        norm = self.clipper.clip(groups, config.clip, config.clip_kind)
        of_frame, of_gradients = torch.stack((loss.detach(), norm)).tolist()  # both at once: a GPU waits only once
        return of_frame, of_gradients

    def move(self, config: TrainingConfig, warmth: float, number: int) -> None:
        """Change the weights along their gradients.

        Parameters
        ----------
        config : TrainingConfig
        warmth : float
            What is left of the rates, 0 to 1.
        number : int
            Of the update, from 1.
        """
        for group, rate in zip(self.optimizer.param_groups, config.learning_rates, strict=True):
            group["lr"] = rate * warmth
        self.optimizer.step()
        if self.averaged is not self.network:
            # The first updates would hold the average back at the initial weights.
            keep = min(config.ema_decay, number / (number + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(self.averaged.parameters()), list(self.network.parameters()), 1 - keep)

    def restart(self, weights: Weights, config: TrainingConfig) -> None:
        """Go on from other weights, with an optimiser that remembers nothing."""
        self.network.load_state_dict(weights)
        self.averaged.load_state_dict(weights)
        self.optimizer = make_optimizer(self.network, config)

    def copy_weights(self) -> Weights:
        """Copy the averaged weights to the CPU."""
        return {name: weight.detach().clone().cpu() for name, weight in self.averaged.state_dict().items()}

    def _initial_state(self, batch: int, config: TrainingConfig) -> State | None:
        spread = config.initial_state_max
        if spread == 0:
            return None
        return [
            (
                (torch.rand(h.shape, generator=self.random) * spread).to(h.device),
                (torch.rand(c.shape, generator=self.random) * spread).to(c.device),
            )
            for h, c in self.network.zero_state(batch)
        ]


def warmth(done: float, cooldown: float) -> float:
    """Return what is left of the rates: 1, and in the cooldown a cosine that falls to 0.

    Parameters
    ----------
    done, cooldown : float
        Shares of the whole run, 0 to 1: what is done, and how much at its end is the cooldown.
    """
    if cooldown == 0 or done < 1 - cooldown:
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * min(1.0, 1 - (1 - done) / cooldown)))


class _Uncompiled(torch.optim.Optimizer):
    add_param_group = inspect.unwrap(torch.optim.Optimizer.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.Optimizer.zero_grad)
    state_dict = inspect.unwrap(torch.optim.Optimizer.state_dict)
    load_state_dict = inspect.unwrap(torch.optim.Optimizer.load_state_dict)


class AdamW(_Uncompiled, torch.optim.AdamW):
    """Adam with decoupled weight decay."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))


class RMSprop(_Uncompiled, torch.optim.RMSprop):
    """Gradients divided by a running root of their mean square."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.RMSprop.step))


def make_optimizer(network: StackedLSTM, config: TrainingConfig) -> torch.optim.Optimizer:
    """Make the optimiser that the settings name, with a group of parameters for each layer and one for the output."""
    groups: list[dict[str, Any]] = [
        {"params": parameters, "lr": rate}
        for parameters, rate in zip(network.parameter_groups(), config.learning_rates, strict=True)
    ]
    if config.optimizer == "adam":
        for group, decay in zip(groups, (*(config.weight_decay,) * 3, 0.0), strict=True):
            group["weight_decay"] = decay
        return AdamW(groups, eps=config.epsilon, fused=network.device.type != "mps")
    return RMSprop(groups, alpha=0.9, eps=config.epsilon)


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
