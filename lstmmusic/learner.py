"""A network that learns: the gradients of a mini-batch, and the step that is taken along them.

It knows no music and no epochs. Settings come with each call, since they may change between two.
"""

from __future__ import annotations

import copy
import math

import torch
from torch import Tensor

from lstmmusic.clipping import Clipper
from lstmmusic.config import TrainingConfig
from lstmmusic.model import Noise, StackedLSTM, State
from lstmmusic.optimizers import make_optimizer

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
        self.averaged = copy.deepcopy(network) if config.averaging else network
        self.optimizer = make_optimizer(network, config)
        self.clipper = Clipper()
        self.random = random

    def differentiate(self, batch: tuple[Tensor, Tensor, Tensor], config: TrainingConfig) -> tuple[float, float]:
        """Find the gradients of a mini-batch, and clip them.

        Parameters
        ----------
        batch : inputs, targets, mask
            As `lstmmusic.batches.Rolls.batch` makes them.
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
        for group, rate in zip(self.optimizer.param_groups, config.rates, strict=True):
            group["lr"] = rate * warmth
        self.optimizer.step()
        if self.averaged is not self.network:
            # The first updates would hold the average back at the initial weights.
            keep = min(config.averaging, number / (number + 10))
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
        spread = config.state_spread
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
