"""The plain way to train: the network of a tutorial, without skip connections, and its update."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.network.model import StackedLSTM
from lstmmusic.training.batches import Rolls, epoch_crops


class PlainNetwork(nn.Module):
    """`nn.LSTM` and a linear layer, trained with Adam."""

    def __init__(self, size: int = 120, pitches: int = 88, learning_rate: float = 1e-3) -> None:
        super().__init__()
        self.lstm, self.output = nn.LSTM(pitches, size, 3), nn.Linear(size, pitches)
        self.optimizer = torch.optim.Adam(self.parameters(), lr=learning_rate)

    def loss(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the cross-entropy of each step, summed over its notes: (time, batch)."""
        logits = self.output(self.lstm(inputs)[0])
        return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(-1)

    def update(self, inputs: Tensor, targets: Tensor, mask: Tensor) -> None:
        """Make an update on a mini-batch, as `Rolls.batch` makes it."""
        self.optimizer.zero_grad()
        ((self.loss(inputs, targets) * mask).sum() / mask.sum()).backward()
        nn.utils.clip_grad_norm_(self.parameters(), self.output.out_features)  # 1 for the mean over the notes
        self.optimizer.step()
        wait_for(mask.device.type)

    def updates(self, rolls: Rolls, config: TrainingConfig) -> Iterator[None]:
        """Train without end, on crops that are made as those of `Trainer`."""
        generator = torch.Generator().manual_seed(config.seed)
        while True:
            crops = epoch_crops(rolls, config.length, config.transpose, generator)
            for at in range(0, len(crops), config.batch_size):
                self.update(*rolls.batch(crops[at : at + config.batch_size])[:3])
                yield

    def as_stacked(self) -> StackedLSTM:
        """Make the same network of this package, so that both are evaluated by the same code."""
        pitches, size = self.lstm.input_size, self.lstm.hidden_size
        weights = {f"output.linear.{name}": value for name, value in self.output.state_dict().items()}
        of = self.lstm.state_dict()
        for layer in range(3):
            weights[f"layers.{layer}.input_weights"] = of[f"weight_ih_l{layer}"]
            weights[f"layers.{layer}.recurrent_weights"] = of[f"weight_hh_l{layer}"]
            weights[f"layers.{layer}.biases"] = of[f"bias_ih_l{layer}"] + of[f"bias_hh_l{layer}"]
        config = NetworkConfig(pitches, (size, size, size), skip=False, output="independent").rolls_only()
        return StackedLSTM.from_weights(config, weights).to(self.output.weight.device)


def wait_for(device: str) -> None:
    """Wait until a GPU has finished."""
    if device == "cuda":
        torch.cuda.synchronize()
