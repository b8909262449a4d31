"""The whole network in one file: three stacked LSTM layers with skip connections, and an output.

References
----------
Hochreiter and Schmidhuber (1997), Long short-term memory: the layer.
Gers, Schmidhuber and Cummins (2000), Learning to forget: forget gates, opened at first.
Graves (2013), Generating sequences with recurrent neural networks, arXiv:1308.0850, section 2 and figure 1:
the stack, where the input reaches every layer and every layer the output.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from lstmmusic.config import Cell, NetworkConfig
from lstmmusic.errors import ConfigError
from lstmmusic.network.devices import blas_threads
from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.outputs import Output, make_output
from lstmmusic.network.peepholes import LayerState, Peephole

State = list[LayerState]


@dataclass(frozen=True)
class Noise:
    """What is left out at random while a network learns, so that it does not lean on single units.

    Parameters
    ----------
    dropout : tuple of float
        Shares of the input, of what passes between layers, and of what reaches the output. A mask is locked: the
        same for all steps of a sequence (Gal and Ghahramani 2016, arXiv:1512.05287).
    drop_connect : float
        Share of the recurrent weights, the same for a whole batch (Merity et al. 2018, arXiv:1708.02182).
    generator : torch.Generator
        On the CPU, whatever the device.
    """

    dropout: tuple[float, float, float]
    drop_connect: float
    generator: torch.Generator

    def drop(self, values: Tensor, share: float, shape: tuple[int, ...]) -> Tensor:
        """Set a share of `values` to zero, and scale up the rest; a mask of `shape` is spread over them."""
        if share == 0:
            return values
        kept = torch.rand(shape, generator=self.generator) >= share
        return values * (kept.to(values) / (1 - share))


# What the output gate of each layer looks at.
PEEPHOLES: dict[Cell, tuple[Peephole | None, Peephole | None, Peephole | None]] = {
    "standard": (None, None, None),
    "peephole": ("cell", "cell", "cell"),
    "2016": ("candidate", "cell", "cell"),
}

NO_NOISE = Noise((0, 0, 0), 0, torch.Generator())


class StackedLSTM(nn.Module):
    """Three LSTM layers that read frames and predict the next one.

    Parameters
    ----------
    config : NetworkConfig, optional
    initial_weight_std : float or None
        Standard deviation of Gaussian initial weights and biases; None scales by size (see `TrainingConfig`).
    generator : torch.Generator, optional
        Of the initial weights; by default one with seed 0, so that equal calls give equal networks.
    initialise : bool
        False leaves the weights undefined, for weights that are loaded next; see `from_weights`.
    """

    def __init__(
        self,
        config: NetworkConfig | None = None,
        *,
        initial_weight_std: float | None = None,
        generator: torch.Generator | None = None,
        initialise: bool = True,
    ) -> None:
        super().__init__()
        self.config = config or NetworkConfig()
        pitches, hidden, skip = self.config.pitches, self.config.hidden, self.config.skip
        below = [pitches, hidden[0], hidden[1]]
        inputs = [pitches] + [size + pitches if skip else size for size in below[1:]]
        peepholes = PEEPHOLES[self.config.cell]
        # On "meta", torch's own initial weights draw nothing from the global random numbers.
        with torch.device("meta"):
            self.layers = nn.ModuleList(
                LSTMLayer(wide, size, looks_at) for wide, size, looks_at in zip(inputs, hidden, peepholes, strict=True)
            )
            self.output: Output = make_output(self.config)
        # `to_empty` would do the same, and import sympy for it: half a second of every process that has a network.
        self.load_state_dict(
            {name: torch.empty(weight.shape) for name, weight in self.state_dict().items()}, assign=True
        )
        if initialise:
            self._initialise(initial_weight_std, generator or torch.Generator().manual_seed(0))

    @classmethod
    def from_weights(cls, config: NetworkConfig, weights: Mapping[str, Tensor]) -> StackedLSTM:
        """Make a network with these weights, as its `state_dict` gives them, on the CPU."""
        network = cls(config, initialise=False)
        network.load_state_dict(weights)
        return network

    @torch.no_grad()
    def _initialise(self, initial_weight_std: float | None, generator: torch.Generator) -> None:
        for name, parameter in self.named_parameters():
            if initial_weight_std is not None:
                parameter.normal_(0, initial_weight_std, generator=generator)
            elif parameter.dim() == 1 or "peepholes" in name:
                parameter.zero_()
            elif "recurrent" in name:
                for gate in parameter.chunk(4):
                    nn.init.orthogonal_(gate, generator=generator)
            else:
                bound = 1 / math.sqrt(parameter.shape[1])
                parameter.uniform_(-bound, bound, generator=generator)
        if initial_weight_std is None:
            for layer in self.lstms:
                layer.biases.chunk(4)[1].fill_(1)  # of the forget gate

    @property
    def lstms(self) -> list[LSTMLayer]:
        """The three layers, from the input upwards."""
        return cast(list[LSTMLayer], list(self.layers))

    def parameter_groups(self) -> list[list[nn.Parameter]]:
        """Trainable parameters of layers 1, 2, 3 and of the output, each of which has its own learning rate."""
        parts: list[nn.Module] = [*self.layers, self.output]
        return [list(part.parameters()) for part in parts]

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def zero_state(self, batch: int) -> State:
        """States of all layers before anything was heard."""
        return [
            (torch.zeros(batch, size, device=self.device), torch.zeros(batch, size, device=self.device))
            for size in self.config.hidden
        ]

    def forward(self, frames: Tensor, state: State | None = None, noise: Noise | None = None) -> tuple[Tensor, State]:
        """Read frames.

        Parameters
        ----------
        frames : Tensor, (time, batch, pitches)
        state : list of (h, c), each (batch, hidden), optional
            Where to go on from; by default zero.
        noise : Noise, optional
            For training.

        Returns
        -------
        features : Tensor, (time, batch, features)
            What the output looks at, for the frame after each.
        state : list of (h, c)

        Raises
        ------
        ConfigError
            If the frames have another shape.
        """
        if frames.dim() != 3 or frames.shape[2] != self.config.pitches:
            raise ConfigError(
                f"this network reads frames of shape (time, batch, {self.config.pitches}), not {tuple(frames.shape)}"
            )
        noise = noise or NO_NOISE
        on_input, between, on_output = noise.dropout
        batch = frames.shape[1]
        heard = noise.drop(frames, on_input, (1, batch, frames.shape[2]))
        hidden: list[Tensor] = []
        new_state: State = []
        for layer, layer_state in zip(self.lstms, state or self.zero_state(batch), strict=True):
            seen = heard
            if hidden:
                below = noise.drop(hidden[-1], between, (1, batch, hidden[-1].shape[2]))
                seen = torch.cat((heard, below), dim=2) if self.config.skip else below
            weights = layer.recurrent_weights
            outputs, layer_state = layer(seen, layer_state, noise.drop(weights, noise.drop_connect, (*weights.shape,)))
            hidden.append(outputs)  # (time, batch, hidden of this layer)
            new_state.append(layer_state)
        features = torch.cat(hidden, dim=2) if self.config.skip else hidden[-1]
        return noise.drop(features, on_output, (1, batch, features.shape[2])), new_state

    @torch.inference_mode()
    def probabilities(self, frames: ArrayLike, *, samples: int = 32) -> NDArray[np.float32]:
        """Probability of each note in the frame after each of `frames`, from a zero state.

        Parameters
        ----------
        frames : array_like, (time, pitches)
        samples : int
            A joint output has no closed form for the probability of a note by itself: it is averaged over so many
            samples of the notes below it.

        Returns
        -------
        ndarray of float32, (time, pitches)
        """
        array = np.asarray(frames, np.float32)
        features, _ = self(torch.as_tensor(array[:, None], device=self.device))
        # As many threads as torch was given: more wait long for each other on a machine that is busy.
        with blas_threads(torch.get_num_threads()):
            return self.output.marginals(features[:, 0], samples)

    @torch.inference_mode()
    def expectations(self, frames: ArrayLike) -> NDArray[np.float32]:
        """Probability of each note of `frames`, given the frames before and, for a joint output, the notes below it.

        Parameters
        ----------
        frames : array_like, (time, pitches)
            The first follows silence.

        Returns
        -------
        ndarray of float32, (time, pitches)
        """
        targets = torch.as_tensor(np.asarray(frames, np.float32)[:, None], device=self.device)
        features, _ = self(torch.cat((torch.zeros_like(targets[:1]), targets[:-1])))
        result: NDArray[np.float32] = torch.sigmoid(self.output.logits(features, targets))[:, 0].cpu().numpy()
        return result
