"""torch's optimisers, without torch's compiler.

torch tells its compiler to leave the methods of an optimiser alone, and imports it for that at the first call,
whether anything is compiled or not: with sympy and torch.distributed, 1.5 s and 70 MB of every process that trains.
Nothing is compiled here, so the methods are taken as they were before they were wrapped.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch

from lstmmusic.config import TrainingConfig
from lstmmusic.model import StackedLSTM


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
        for parameters, rate in zip(network.parameter_groups(), config.rates, strict=True)
    ]
    if config.optimizer == "adam":
        for group, decay in zip(groups, (*(config.weight_decay,) * 3, 0.0), strict=True):
            group["weight_decay"] = decay
        return AdamW(groups, eps=config.epsilon, fused=network.device.type != "mps")
    return RMSprop(groups, alpha=0.9, eps=config.epsilon)
