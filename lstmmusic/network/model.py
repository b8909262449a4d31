"""The whole network: three stacked LSTM layers with skip connections, and an output.

References
----------
Hochreiter and Schmidhuber (1997), Long short-term memory: the layer.
Gers, Schmidhuber and Cummins (2000), Learning to forget: forget gates, which start open.
Graves (2013), Generating sequences with recurrent neural networks, arXiv:1308.0850, section 2 and figure 1:
the stack, where the input reaches every layer and every layer the output.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from lstmmusic.config import Cell, NetworkConfig
from lstmmusic.errors import ConfigError
from lstmmusic.network.devices import blas_threads
from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.noise import NO_NOISE, Noise
from lstmmusic.network.outputs import IndependentOutput, JointOutput, Output
from lstmmusic.network.passages import Passages
from lstmmusic.network.peepholes import LayerState, Peephole
from lstmmusic.network.reader import Reader
from lstmmusic.network.recent import Recent
from lstmmusic.network.relative import RelativeOutput
from lstmmusic.network.tonality import Tonality
from lstmmusic.settings import checked

State = list[LayerState]  # of each layer, and with a relative output of each reader

# Where readers compute; for others, on the CPU: Apple's GPUs lack some operations on integers of 64 bits.
READ_ON = ("cpu", "cuda")

# Steps of a long roll that are read at once.
BLOCK = 512

# What the peephole of the output gate sees in each layer.
PEEPHOLES: dict[Cell, tuple[Peephole | None, Peephole | None, Peephole | None]] = {
    "standard": (None, None, None),
    "peephole": ("cell", "cell", "cell"),
    "2016": ("candidate", "cell", "cell"),
}


class StackedLSTM(nn.Module):
    """Three LSTM layers that predict each step of a piano roll from the steps before.

    Parameters
    ----------
    config : NetworkConfig, optional
    initial_weight_std : float or None
        Standard deviation of Gaussian initial weights and biases; None scales by size, see `TrainingConfig`.
    generator : torch.Generator, optional
        For the initial weights; by default one with seed 0, so that equal calls give equal networks.
    initialise : bool
        False leaves the weights undefined, for weights that are loaded next; see `from_weights`.

    Attributes
    ----------
    sampling_bias : Tensor, (2,)
        What is added to the log-odds of each note when takes are sampled: of those that were silent in the step before,
        and of those that sounded. No likelihood or other probability depends on it. Zero in a new network; see
        `lstmmusic.training.calibration`.
    """

    sampling_bias: Tensor

    @checked
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
        inputs = [pitches, *(size + pitches * skip for size in hidden[:2])]
        peepholes = PEEPHOLES[self.config.cell]
        relative = self.config.output == "relative"
        self.readers: list[Reader] = [Recent(pitches, self.config.relative_steps)] if relative else []
        if relative and self.config.relative_passages:
            self.readers.append(Passages(pitches, self.config.relative_passages))
        if relative and self.config.relative_tonality:
            self.readers.append(Tonality(pitches))
        # On "meta", torch's own initialisation takes nothing from the global random generator.
        with torch.device("meta"):
            self.layers = nn.ModuleList(
                LSTMLayer(wide, size, peephole) for wide, size, peephole in zip(inputs, hidden, peepholes, strict=True)
            )
            self.output: Output = make_output(self.config)
        self.register_buffer("sampling_bias", torch.zeros(2))
        # `to_empty` would do the same, and import sympy for it: half a second of every process that has a network.
        self.load_state_dict({name: torch.empty(weight.shape) for name, weight in self.named_parameters()}, assign=True)
        if initialise:
            self._initialise(initial_weight_std, generator or torch.Generator().manual_seed(0))

    @classmethod
    def from_weights(cls, config: NetworkConfig, weights: Mapping[str, Tensor]) -> StackedLSTM:
        """Make a network with given weights, on the CPU.

        Parameters
        ----------
        config : NetworkConfig
        weights : mapping of str to Tensor
            As `state_dict` gives them; they are copied.
        """
        network = cls(config, initialise=False)
        network.load_state_dict(weights)
        return network

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Load weights, also those of earlier versions; see `complete_weights` and `torch.nn.Module`."""
        return super().load_state_dict(complete_weights(state_dict), strict, assign)

    @torch.no_grad()
    def _initialise(self, initial_weight_std: float | None, generator: torch.Generator) -> None:
        for name, parameter in self.named_parameters():
            if initial_weight_std is not None:
                parameter.normal_(0, initial_weight_std, generator=generator)
            elif parameter.dim() == 1 or "peepholes" in name or "of_own" in name:
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
        """Return the states of all layers and readers before the first step."""
        of_layers = [
            (torch.zeros(batch, size, device=self.device), torch.zeros(batch, size, device=self.device))
            for size in self.config.hidden
        ]
        return of_layers + [reader.zero_state(batch, self.device) for reader in self.readers]

    def forward(self, inputs: Tensor, state: State | None = None, noise: Noise | None = None) -> tuple[Tensor, State]:
        """Run the layers over steps of rolls.

        Parameters
        ----------
        inputs : Tensor, (time, batch, pitches)
        state : list of (h, c), each (batch, hidden), optional
            Before the first step; by default zero. With a relative output, the states of `readers` follow.
        noise : Noise, optional
            For training.

        Returns
        -------
        features : Tensor, (time, batch, features)
            For each step, what the output predicts the next step from: what the layers say and, with a relative output,
            what it reads by itself, without noise; see `Recent`, `Passages` and `Tonality`.
        state : list of (h, c)

        Raises
        ------
        ConfigError
            If the inputs have another shape, or no steps.
        """
        shape, pitches = tuple(inputs.shape), self.config.pitches
        if len(shape) != 3 or shape[2] != pitches or not shape[0]:
            raise ConfigError(
                f"this network takes inputs of one step or more, of shape (time, batch, {pitches}), not {shape}"
            )
        noise = noise or NO_NOISE
        on_input, between, on_output = noise.dropout
        batch = inputs.shape[1]
        roll, state = inputs, state or self.zero_state(batch)
        inputs = noise.drop(inputs, on_input, (1, batch, inputs.shape[2]))
        hidden: list[Tensor] = []
        new_state: State = []
        for layer, layer_state in zip(self.lstms, state[: len(self.lstms)], strict=True):
            layer_inputs = inputs
            if hidden:
                below = noise.drop(hidden[-1], between, (1, batch, hidden[-1].shape[2]))
                layer_inputs = torch.cat((inputs, below), dim=2) if self.config.skip else below
            own = layer.recurrent_weights
            weights = noise.drop(own, noise.drop_connect, (*own.shape,))
            outputs, layer_state = layer(layer_inputs, layer_state, weights)
            hidden.append(outputs)  # (time, batch, hidden of this layer)
            new_state.append(layer_state)
        features = torch.cat(hidden, dim=2) if self.config.skip else hidden[-1]
        place = roll.device if roll.device.type in READ_ON else torch.device("cpu")
        parts = [noise.drop(features, on_output, (1, batch, features.shape[2]))]
        for reader, reader_state in zip(self.readers, state[len(self.lstms) :], strict=True):
            first, second = reader_state
            read = noise.forget(roll) if reader.forgets else roll
            values, reader_state = reader.read(read.to(place), (first.to(place), second.to(place)))
            parts.append(values.to(roll.device))
            new_state.append(reader_state)
        return torch.cat(parts, dim=2) if self.readers else parts[0], new_state

    @torch.inference_mode()
    def probabilities(self, roll: ArrayLike, *, samples: int = 32) -> NDArray[np.float32]:
        """Return the probability of each note by itself in the step after each step of a roll, from a zero state.

        Parameters
        ----------
        roll : array_like of zeros and ones, (time, pitches)
        samples : int
            A joint output has no closed form for the probability of a note by itself: it is averaged over this many
            samples of the lower notes.

        Returns
        -------
        ndarray of float32, (time, pitches)
        """
        inputs = torch.as_tensor(np.asarray(roll, np.float32)[:, None], device=self.device)
        features, _ = self(inputs)
        # As many threads as torch has: more would wait for each other on a busy machine.
        with blas_threads(torch.get_num_threads()):
            return self.output.marginals(features[:, 0], samples)

    def expectations(self, roll: ArrayLike) -> NDArray[np.float32]:
        """Return the probability of each note of a roll, given the steps before and, with a joint output, lower notes.

        Parameters
        ----------
        roll : array_like of zeros and ones, (time, pitches)
            The first step follows silence.

        Returns
        -------
        ndarray of float32, (time, pitches)
        """
        return self.read(roll)[0]

    @torch.inference_mode()
    def read(self, roll: ArrayLike) -> tuple[NDArray[np.float32], State]:
        """Read a step of silence and a roll, of any length, from a zero state.

        Parameters
        ----------
        roll : array_like of zeros and ones, (time, pitches)

        Returns
        -------
        expectations : ndarray of float32, (time, pitches)
            See `expectations`.
        state : list of (h, c), each (1, hidden)
            After the last step; see `forward`.
        """
        roll = np.asarray(roll)
        steps = np.concatenate((np.zeros((1, *roll.shape[1:]), roll.dtype), roll))
        expected, state = [], None
        for at in range(0, len(steps), BLOCK):
            block = torch.as_tensor(steps[at : at + BLOCK + 1, None].astype(np.float32), device=self.device)
            features, state = self(block[:BLOCK], state)
            targets = block[1:]
            expected.append(torch.sigmoid(self.output.logits(features[: len(targets)], targets))[:, 0].cpu())
        return torch.cat(expected).numpy(), cast(State, state)


def complete_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Add what weights of earlier versions lack: their networks sample without a bias."""
    return {"sampling_bias": torch.zeros(2), **weights}


def make_output(config: NetworkConfig) -> Output:
    """Make the output that a config names; its parameters are not initialised."""
    features, pitches = sum(config.hidden) if config.skip else config.hidden[-1], config.pitches
    if config.output == "relative":
        sizes = config.relative_hidden, config.relative_window, config.relative_steps
        reads = config.relative_passages > 0, config.relative_tonality
        return RelativeOutput(features, pitches, *sizes, *reads)
    if config.output == "joint":
        return JointOutput(features, pitches, config.joint_hidden)
    return IndependentOutput(features, pitches)
