"""How the parts of a network fare while it learns: their gradients, what was clipped, and gates that are stuck."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor

from lstmmusic.config import PARTS
from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.peepholes import LayerState
from lstmmusic.training.learner import Clipper
from lstmmusic.training.snapshot import LayerHealth

# A gate below or above lets nothing or everything through, and its gradient is less than a fifth of what it can be.
SATURATED = (0.05, 0.95)


@contextmanager
def watching_gates(network: StackedLSTM) -> Iterator[list[float]]:
    """Measure the gates of whatever `network` reads within a `with`: no second reading is needed.

    Yields
    ------
    list of float
        It gets the share of the gates' activations that are saturated, for each layer that has read.
    """
    shares: list[float] = []
    low, high = SATURATED

    def look(layer: LSTMLayer, read: tuple[Any, ...], result: tuple[Tensor, LayerState]) -> None:
        inputs, state, *_ = read
        gates = layer.gates(inputs, state, result[0])
        shares.append(((gates < low) | (gates > high)).float().mean().item())

    with ExitStack() as hooks:
        for layer in network.lstms:
            hooks.enter_context(layer.register_forward_hook(look))
        yield shares


def layer_health(clipper: Clipper, saturated: Sequence[float]) -> tuple[LayerHealth, ...]:
    """Put together what is known of each layer and of the output; nothing before the first update."""
    if clipper.norms is None or clipper.clipped is None:
        return ()
    shares = [*saturated, None]
    return tuple(map(LayerHealth, PARTS, clipper.norms.tolist(), clipper.clipped.tolist(), shares))
