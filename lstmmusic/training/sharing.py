"""How several machines share a mini-batch: each computes the gradients of some of its crops, and all are added up.

It knows neither the network nor how the machines reach each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lstmmusic.network.noise import Columns
from lstmmusic.training.batches import Batch


@dataclass(frozen=True)
class Share:
    """The part of each mini-batch that one of several workers computes.

    Every worker has the whole run, and makes every update: their weights stay equal, since they see equal gradients.
    A mini-batch is that of the run, so that it does not matter to the result how many workers share it.

    Parameters
    ----------
    worker, workers : int
        Which one of how many, from 0.
    add : callable
        Replaces a Tensor by its sum over all workers, in place, and returns once it is there.
    """

    worker: int
    workers: int
    add: Callable[[Tensor], object]

    def part_of(self, batch: Batch) -> tuple[Batch, Columns]:
        """Return the crops of a mini-batch that are computed here, padded as before, and which they are.

        If there are fewer crops than workers, a worker without one gets the first, which counts for nothing.
        """
        crops = batch.mask.shape[1]
        start, stop = (crops * worker // self.workers for worker in (self.worker, self.worker + 1))
        counts = float(stop > start)
        columns = Columns(start, stop, crops) if counts else Columns(0, 1, crops)
        inputs, targets, mask, places, ends = batch
        own = slice(columns.start, columns.stop)
        places = None if places is None else places[:, own]
        return Batch(inputs[:, own], targets[:, own], mask[:, own] * counts, places, ends[:, own] * counts), columns

    def add_gradients(self, parameters: Sequence[nn.Parameter], loss: Tensor) -> Tensor:
        """Replace the gradients by their sums over all workers, in one message; return the sum of a loss, ().

        A parameter without a gradient gets one.
        """
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        message = torch.cat([gradient.flatten() for gradient in gradients] + [loss.detach().flatten()])
        self.add(message)
        sums = torch.split(message, [gradient.numel() for gradient in gradients] + [1])
        for parameter, of_all in zip(parameters, sums, strict=False):
            parameter.grad = of_all.view_as(parameter)
        total: Tensor = sums[-1].reshape(())
        return total
