"""A network that learns: the gradients of a mini-batch, their clipping, and the step along them.

It knows neither music nor epochs. Settings come with each call, since they may change between two.
"""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from lstmmusic.config import PARTS, ClipKind, TrainingConfig
from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.model import StackedLSTM, State
from lstmmusic.network.noise import Noise
from lstmmusic.network.peepholes import LayerState
from lstmmusic.training.batches import Batch
from lstmmusic.training.sharing import Share
from lstmmusic.training.snapshot import LayerHealth

Weights = dict[str, Tensor]


class Learner:
    """A network, the running average of its weights (EMA), and an optimiser.

    Parameters
    ----------
    network : StackedLSTM
        On the device where it learns.
    config : TrainingConfig
    random : torch.Generator
        For noise and initial states; always on the CPU.

    Attributes
    ----------
    ema_network : StackedLSTM
        The network with the running average of the weights, or `network` itself where none is kept.
    optimizer : torch.optim.Optimizer
        With a group of parameters for each of `lstmmusic.config.PARTS`.
    clipper : Clipper
        It has the norms of the last gradients.
    share : Share or None
        The part of each mini-batch that is computed here; None if this is the only machine.
    """

    def __init__(self, network: StackedLSTM, config: TrainingConfig, random: torch.Generator) -> None:
        self.network = network
        self.ema_network = copy.deepcopy(network) if config.ema_decay else network
        self.optimizer = make_optimizer(network, config)
        self.clipper = Clipper()
        self.share: Share | None = None
        self.random = random

    def backward(self, batch: Batch, config: TrainingConfig) -> Tensor:
        """Compute the gradients of a mini-batch, and clip them.

        Parameters
        ----------
        batch : Batch
        config : TrainingConfig

        Returns
        -------
        Tensor, (2,)
            The loss of the notes, per step: without penalties, and without what the network predicts beside the notes;
            and the norm of all gradients together, before clipping. They need not be finite. To read them is to wait
            for a GPU.
        """
        groups = self.network.parameter_groups()
        random, share = self._random_on(batch.mask.device), self.share
        steps = batch.mask.sum()  # of the whole mini-batch: the shares of workers differ in them
        batch, columns = share.part_of(batch) if share else (batch, None)
        inputs, targets, mask, places, ends = batch
        noise = Noise(
            config.dropout, config.drop_connect, random, config.relative_dropout, config.relative_forgotten, columns
        )
        features, _ = self.network(inputs, self._initial_state(mask.shape[1], config, noise), noise, places)
        losses = self.network.losses(features, targets, config.loss, noise, mask, ends)
        loss = losses.notes.sum() / steps
        penalised = torch.stack([part.sum() for part in losses]).sum() / steps
        if config.l1 > 0 and (share is None or share.worker == 0):
            matrices = [p for group in groups for p in group if p.dim() > 1]
            penalised = penalised + config.l1 * torch.stack([matrix.abs().sum() for matrix in matrices]).sum()
        self.optimizer.zero_grad(set_to_none=True)
        penalised.backward()  # type: ignore[no-untyped-call]
        if share:
            loss = share.add_gradients([p for group in groups for p in group], loss)
        norm = self.clipper.clip(groups, config.clip, config.clip_kind)
        return torch.stack((loss.detach(), norm))

    def step(self, config: TrainingConfig, scale: float) -> None:
        """Move the weights along their gradients.

        Parameters
        ----------
        config : TrainingConfig
        scale : float
            Factor of its learning rates, as `rate_scale` gives it.
        """
        for group, rate in zip(self.optimizer.param_groups, config.learning_rates, strict=True):
            group["lr"] = rate * scale
        self.optimizer.step()

    def update_ema(self, decay: float, updates: int) -> None:
        """Move the running average of the weights towards the weights.

        Parameters
        ----------
        decay : float
        updates : int
            Updates of the weights so far.
        """
        if self.ema_network is not self.network:
            # With the full decay, the average would stay near the initial weights for the first updates.
            decay = min(decay, updates / (updates + 10))
            with torch.no_grad():
                torch._foreach_lerp_(list(self.ema_network.parameters()), list(self.network.parameters()), 1 - decay)

    def reset(self, weights: Weights, config: TrainingConfig) -> None:
        """Continue from other weights, with a new optimiser."""
        self.network.load_state_dict(weights)
        self.ema_network.load_state_dict(weights)
        self.optimizer = make_optimizer(self.network, config)

    def copy_weights(self) -> Weights:
        """Copy the EMA weights to the CPU."""
        return {name: weight.detach().clone().cpu() for name, weight in self.ema_network.state_dict().items()}

    def state_dict(self) -> dict[str, Any]:
        """Return the state.

        Returns
        -------
        dict
            Weights as 'network' and 'ema' (empty where no average is kept), both as `torch.nn.Module.state_dict` gives
            them; 'optimizer', for each number of a parameter its Tensors; 'random', the state of the generator. Tensors
            are not copied.
        """
        averaged = self.ema_network.state_dict() if self.ema_network is not self.network else {}
        optimizer, random = self.optimizer.state_dict()["state"], self.random.get_state()
        return {"network": self.network.state_dict(), "ema": averaged, "optimizer": optimizer, "random": random}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from what `state_dict` returned of a learner with the same settings.

        Raises
        ------
        KeyError, RuntimeError, TypeError, ValueError
            If an entry is missing or does not fit.
        """
        self.network.load_state_dict(state["network"])
        if self.ema_network is not self.network:
            self.ema_network.load_state_dict(state["ema"])
        moments = copy.deepcopy(state["optimizer"])  # the optimiser changes in place what it loads
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": moments})
        self.random.set_state(state["random"])

    def health(self, saturated: Sequence[float]) -> tuple[LayerHealth, ...]:
        """Return the state of each part of the network, with what `watch_gates` found; nothing before an update."""
        if self.clipper.norms is None or self.clipper.clipped is None:
            return ()
        return tuple(
            map(LayerHealth, PARTS, self.clipper.norms.tolist(), self.clipper.clipped.tolist(), [*saturated, None])
        )

    def _random_on(self, device: torch.device) -> torch.Generator:
        """Return a source of random numbers on a device, drawn from the one on the CPU, whose state is saved.

        A GPU would wait longer for the numbers of the CPU than an update takes.
        """
        if device.type == "cpu":
            return self.random
        seed = torch.randint(2**63 - 1, (), generator=self.random)
        return torch.Generator(device).manual_seed(int(seed))

    def _initial_state(self, batch: int, config: TrainingConfig, noise: Noise) -> State | None:
        largest = config.initial_state_max
        if largest == 0:
            return None

        def uniform(zeros: Tensor) -> Tensor:
            return noise.uniforms((1, *zeros.shape))[0] * largest

        zeros, layers = self.network.zero_state(batch), len(self.network.lstms)
        return [(uniform(h), uniform(c)) for h, c in zeros[:layers]] + zeros[layers:]


def rate_scale(done: float, decay: float) -> float:
    """Return the factor of the learning rates: 1, then a cosine that falls to 0 at the end of the run.

    Parameters
    ----------
    done : float
        Fraction of the run that is done.
    decay : float
        Fraction of the run, at its end, over which the rates decay.
    """
    if decay == 0 or done < 1 - decay:
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * min(1.0, 1 - (1 - done) / decay)))


# A gate below or above lets nothing or everything through, and its gradient is less than a fifth of its maximum.
SATURATED = (0.05, 0.95)


@contextmanager
def watch_gates(network: StackedLSTM) -> Iterator[list[float]]:
    """Measure the gates in each forward pass of `network` within a `with`: no second pass is needed.

    Yields
    ------
    list of float
        It gets the fraction of the gates' activations that are saturated, for each pass of each layer.
    """
    fractions: list[float] = []
    low, high = SATURATED

    def measure(layer: LSTMLayer, arguments: tuple[Any, ...], result: tuple[Tensor, LayerState]) -> None:
        inputs, state, *_ = arguments
        gates = layer.gates(inputs, state, result[0])
        fractions.append(((gates < low) | (gates > high)).float().mean().item())

    with ExitStack() as hooks:
        for layer in network.lstms:
            hooks.enter_context(layer.register_forward_hook(measure))
        yield fractions


class _Uncompiled(torch.optim.Optimizer):
    """The methods of torch's optimisers as they were before they were wrapped for its compiler.

    torch marks them as not to be compiled, and imports its compiler for that at the first call, whether anything is
    compiled or not: with sympy and torch.distributed, 1.5 s and 70 MB of every process that trains.
    """

    add_param_group = inspect.unwrap(torch.optim.Optimizer.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.Optimizer.zero_grad)
    state_dict = inspect.unwrap(torch.optim.Optimizer.state_dict)
    load_state_dict = inspect.unwrap(torch.optim.Optimizer.load_state_dict)


class AdamW(_Uncompiled, torch.optim.AdamW):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101)."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))


class RMSprop(_Uncompiled, torch.optim.RMSprop):
    """Gradients divided by a running root of their mean square."""

    step = torch.no_grad()(inspect.unwrap(torch.optim.RMSprop.step))


def make_optimizer(network: StackedLSTM, config: TrainingConfig) -> torch.optim.Optimizer:
    """Make the optimiser of the settings, with a group of parameters for each of `lstmmusic.config.PARTS`.

    Their learning rates are set at each step.
    """
    groups: list[dict[str, Any]] = [{"params": parameters} for parameters in network.parameter_groups()]
    if config.optimizer == "adam":
        # The other outputs learn worse with it.
        of_output = config.weight_decay if network.config.output == "relative" else 0.0
        for group, decay in zip(groups, (*(config.weight_decay,) * 3, of_output), strict=True):
            group["weight_decay"] = decay
        return AdamW(groups, eps=config.epsilon, fused=network.device.type != "mps")
    return RMSprop(groups, alpha=0.9, eps=config.epsilon)


# Updates over which the fraction clipped is averaged: with a bound on the norm, an update clips all elements or none.
RECENT_UPDATES = 20


class Clipper:
    """Clips gradients, and measures them: tensors on their device, since reading their values makes a GPU wait.

    Attributes
    ----------
    norms : Tensor, (groups,), or None
        Norm of the gradients of each group in the last update, before clipping; None before the first.
    clipped : Tensor, (groups,), or None
        Fraction of the elements of each group that were clipped, averaged over recent updates.
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
            All with gradients.
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
    """Clip each element; return the fraction of them that was clipped, ()."""
    clipped, elements = [], 0
    for parameter in group:
        if parameter.grad is not None:
            bounded = parameter.grad.clamp(-bound, bound)
            clipped.append(torch.count_nonzero(bounded != parameter.grad))
            elements += bounded.numel()
            parameter.grad = bounded
    return torch.stack(clipped).sum() / elements
