"""How the loss of a step depends on what the layers knew before: gradients through time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.analysis.inputs import Inputs
from lstmmusic.config import Loss
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.settings import check_number, checked

# How many steps back gradients are followed.
LONGEST = 1024


class StateGradients(NamedTuple):
    """How strongly a loss depends on the states of the layers before: norms of its gradients.

    Parameters
    ----------
    h, c : ndarray of float32, (layers, steps)
        Those with respect to the outputs h of a layer, through all that reads them, and to the cells c that it hands on
        to its next step. Column 0 is the step before the one that is predicted, from which it is predicted, and column
        k is k steps before that.
    """

    h: NDArray[np.float32]
    c: NDArray[np.float32]

    @property
    def states(self) -> NDArray[np.float32]:
        """Norms with respect to h and c together: float32, (layers, steps)."""
        return np.hypot(self.h, self.c)


@checked
@torch.inference_mode(False)
def gradient_through_time(network: StackedLSTM, tune: Tune, step: int, kind: Loss = "cross-entropy") -> StateGradients:
    """Measure how strongly the loss of a step depends on the states of the layers in the steps before.

    Parameters
    ----------
    network : StackedLSTM
        It does not change, nor do the gradients that its parameters may have.
    tune : Tune
        It is read from a zero state.
    step : int
        The step whose loss is meant, at least 1: of its notes, and of how they are played and whether the tune ends
        before it, as far as the network predicts that.
    kind : {'cross-entropy', 'squared-error'}
        Of the notes; see `lstmmusic.TrainingConfig`.

    Returns
    -------
    StateGradients
        Of all steps before, or the last 1024.

    Raises
    ------
    ConfigError
        If the tune has no such step.

    References
    ----------
    Hochreiter (1991), Untersuchungen zu dynamischen neuronalen Netzen: how gradients vanish through time.
    """
    check_number("step", step, 1, len(tune) - 1, whole=True)
    first = max(0, step - LONGEST)
    inputs, state = Inputs(network, [tune]), network.zero_state(1)
    with torch.no_grad():
        for steps, where in inputs.blocks(first):
            _, state = network(steps, state, places=where)
        steps, where = inputs.part(first, step)
        known = network(steps, state, places=where)[0][-1:]  # what is not of the layers needs no gradients
        target, _ = inputs.part(step, step + 1)
    layers = len(network.lstms)
    with torch.enable_grad():
        now = [(h.clone().requires_grad_(), c.clone().requires_grad_()) for h, c in state[:layers]]
        states: list[Tensor] = []
        for at in range(len(steps)):
            place = None if where is None else where[at : at + 1]
            passes = list(network.run_layers(steps[at : at + 1], now, places=place))
            now = [of_layer.state for of_layer in passes]
            # What is read above and what the next step reads are two tensors with the values of h.
            states += [part for of_layer in passes for part in (of_layer.outputs, *of_layer.state)]
        said = [of_layer.outputs for of_layer in passes][0 if network.config.skip else -1 :]
        width = sum(part.shape[2] for part in said)
        features = torch.cat((*said, known[..., width:]), dim=2)
        losses = network.losses(features, target, kind, mask=target.new_ones(1, 1))
        loss = torch.stack([part.sum() for part in losses]).sum()
        found = torch.autograd.grad(loss, states, allow_unused=True)
    gradients = [loss.new_zeros(1) if gradient is None else gradient.flatten() for gradient in found]
    of_h = [(above + later).norm() for above, later in zip(gradients[::3], gradients[1::3], strict=True)]
    of_c = [gradient.norm() for gradient in gradients[2::3]]
    norms = torch.tensor([of_h, of_c], dtype=torch.float32).view(2, len(steps), layers).flip(1)
    return StateGradients(*np.ascontiguousarray(norms.transpose(1, 2).numpy()))
