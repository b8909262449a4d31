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
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional

from lstmmusic.config import PLACES, Loss, NetworkConfig
from lstmmusic.errors import ConfigError
from lstmmusic.music.cells import HELD, Cells, as_cells
from lstmmusic.music.metre import places
from lstmmusic.music.roll import Tune
from lstmmusic.network.devices import blas_threads
from lstmmusic.network.lstm import LSTMLayer
from lstmmusic.network.noise import NO_NOISE, Noise
from lstmmusic.network.parts import make_articulation, make_ending, make_layers, make_output, make_readers
from lstmmusic.network.peepholes import LayerState
from lstmmusic.settings import checked

State = list[LayerState]  # of each layer, and with a relative output of each reader

# Where readers compute; for others, on the CPU: Apple's GPUs lack some operations on integers of 64 bits.
READ_ON = ("cpu", "cuda")

# Steps of a long roll that are read at once.
BLOCK = 512

# The default threshold of independent notes, unless training sets it: that of 2016.
INDEPENDENT_THRESHOLD = 0.1


class Losses(NamedTuple):
    """The loss of each step: for its notes, which are struck again, how loud they are, and whether the tune ends.

    Parameters
    ----------
    notes, strikes, velocities, ends : Tensor, (time, batch)
    """

    notes: Tensor
    strikes: Tensor
    velocities: Tensor
    ends: Tensor


class LayerPass(NamedTuple):
    """What a layer read and returned; see `lstmmusic.network.lstm.LSTMLayer.forward`.

    Parameters
    ----------
    inputs : Tensor, (time, batch, inputs of the layer)
    outputs : Tensor, (time, batch, hidden)
    state : (h, c), each (batch, hidden)
        After the last step.
    """

    inputs: Tensor
    outputs: Tensor
    state: LayerState


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
    sampling_bias : Tensor, (4,)
        What is added to log-odds when takes are sampled: of each note that was silent in the step before, of each that
        sounded, of being struck again, and of the end. No likelihood or other probability depends on it. Zero in a new
        network; see `lstmmusic.training.calibration`.
    independent_threshold : Tensor, (), or None
        The threshold with which takes are sampled by default, if the output is independent; see
        `lstmmusic.training.threshold`.
    """

    sampling_bias: Tensor
    independent_threshold: Tensor | None

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
        self.readers = make_readers(self.config)
        # On "meta", torch's own initialisation takes nothing from the global random generator.
        with torch.device("meta"):
            self.layers = nn.ModuleList(make_layers(self.config))
            self.output = make_output(self.config)
            self.articulation = make_articulation(self.config)
            self.ending = make_ending(self.config)
        for name, value in _buffers(self.config).items():
            self.register_buffer(name, value)
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
        return super().load_state_dict(complete_weights(state_dict, self.config), strict, assign)

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
        groups = [list(layer.parameters()) for layer in self.layers]
        parts = self.output, self.articulation, self.ending
        return [*groups, [parameter for part in parts if part is not None for parameter in part.parameters()]]

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.parameters()).device

    def zero_state(self, batch: int) -> State:
        """Return the states of all layers and readers before the first step."""
        biases = self.lstms[0].biases
        of_layers = [(biases.new_zeros(batch, size), biases.new_zeros(batch, size)) for size in self.config.hidden]
        return of_layers + [reader.zero_state(batch, self.device) for reader in self.readers]

    def forward(
        self, inputs: Tensor, state: State | None = None, noise: Noise | None = None, places: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Run the layers over steps of rolls.

        Parameters
        ----------
        inputs : Tensor, (time, batch, pitches)
            With `strikes`, cells; see `lstmmusic.music.cells`. Otherwise, or if nothing is struck, zeros and ones.
        state : list of (h, c), each (batch, hidden), optional
            Before the first step; by default zero. With a relative output, the states of `readers` follow.
        noise : Noise, optional
            For training.
        places : Tensor, (time, batch, PLACES), optional
            With `metre`, where in the bar the step after each lies; by default that is not known.

        Returns
        -------
        features : Tensor, (time, batch, features)
            For each step, what the next one is predicted from: what the layers say, with `metre` where it lies in the
            bar, and what `readers` read by themselves, without noise.
        state : list of (h, c)

        Raises
        ------
        ConfigError
            If the inputs have another shape, or no steps.
        """
        self._check_inputs(inputs)
        noise = noise or NO_NOISE
        batch = inputs.shape[1]
        state = state or self.zero_state(batch)
        passes = list(self.run_layers(inputs, state, noise, places))
        hidden: list[Tensor] = [of_layer.outputs for of_layer in passes]
        new_state: State = [of_layer.state for of_layer in passes]
        roll = (inputs > 0).to(inputs) if self.config.strikes else inputs
        features = torch.cat(hidden, dim=2) if self.config.skip else hidden[-1]
        device = roll.device if roll.device.type in READ_ON else torch.device("cpu")
        parts = [noise.drop(features, noise.dropout[2], (1, batch, features.shape[2])), *self._of_place(inputs, places)]
        for reader, reader_state in zip(self.readers, state[len(self.lstms) :], strict=True):
            first, second = reader_state
            read = inputs if reader.reads_cells else noise.forget(roll) if reader.forgets else roll
            values, reader_state = reader.read(read.to(device), (first.to(device), second.to(device)))
            parts.append(values.to(roll.device))
            new_state.append(reader_state)
        return torch.cat(parts, dim=2) if len(parts) > 1 else parts[0], new_state

    def run_layers(
        self, inputs: Tensor, state: State, noise: Noise = NO_NOISE, places: Tensor | None = None
    ) -> Iterator[LayerPass]:
        """Run the layers, one after the other, over steps of rolls; see `forward`.

        Yields
        ------
        LayerPass
            Of each layer, from the input upwards.
        """
        self._check_inputs(inputs)
        on_input, between, _ = noise.dropout
        batch, pitches = inputs.shape[1], self.config.pitches
        of_place = self._of_place(inputs, places)
        if self.config.strikes:
            inputs = torch.cat(((inputs > 0).to(inputs), (inputs > HELD).to(inputs)), dim=2)
        dropped = noise.drop(inputs, on_input, (1, batch, inputs.shape[2]))
        layer_inputs = torch.cat((dropped, *of_place), dim=2)
        for layer, layer_state in zip(self.lstms, state[: len(self.lstms)], strict=True):
            own = layer.recurrent_weights
            weights = noise.drop(own, noise.drop_connect, (*own.shape,))
            outputs, layer_state = layer(layer_inputs, layer_state, weights)
            yield LayerPass(layer_inputs, outputs, layer_state)
            if layer is not self.lstms[-1]:
                below = noise.drop(outputs, between, (1, batch, outputs.shape[2]))
                layer_inputs = torch.cat((dropped[..., :pitches], below), dim=2) if self.config.skip else below

    def _check_inputs(self, inputs: Tensor) -> None:
        shape, pitches = tuple(inputs.shape), self.config.pitches
        if len(shape) != 3 or shape[2] != pitches or not shape[0]:
            raise ConfigError(
                f"this network takes inputs of one step or more, of shape (time, batch, {pitches}), not {shape}"
            )

    def _of_place(self, inputs: Tensor, places: Tensor | None) -> list[Tensor]:
        """Return where in the bar the step after each lies, if that is of use: zeros where it is not known."""
        if not self.config.metre:
            return []
        return [inputs.new_zeros(*inputs.shape[:2], PLACES) if places is None else places]

    def losses(
        self,
        features: Tensor,
        targets: Tensor,
        kind: Loss = "cross-entropy",
        noise: Noise = NO_NOISE,
        mask: Tensor | None = None,
        ends: Tensor | None = None,
    ) -> Losses:
        """Return the loss of each step, in parts.

        Parameters
        ----------
        features : Tensor, (time, batch, features)
            As `forward` returns them.
        targets : Tensor, (time, batch, pitches)
            The step after each: cells, or zeros and ones.
        kind, noise, mask
            See `lstmmusic.network.outputs.Output.loss`.
        ends : Tensor of zeros and ones, (time, batch), optional
            Where the tune ends, outside of the mask; by default nowhere.
        """
        notes = (targets > 0).to(targets) if self.config.strikes else targets
        of_notes = self.output.loss(features, notes, kind, noise, mask)
        losses = Losses(of_notes, *[torch.zeros_like(of_notes)] * 3)
        if self.articulation is not None:
            losses = losses._replace(**self.articulation.loss(features, targets)._asdict())
        if self.ending is not None and mask is not None:
            logits = self.ending(features)
            ends = torch.zeros_like(mask) if ends is None else ends
            of_ends = functional.binary_cross_entropy_with_logits(logits, ends, reduction="none")
            losses = losses._replace(ends=of_ends * (mask + ends))
        return losses

    @torch.inference_mode()
    def probabilities(self, tune: Tune | ArrayLike, *, samples: int = 32) -> NDArray[np.float32]:
        """Return the probability of each note by itself in the step after each step of a tune, from a zero state.

        Parameters
        ----------
        tune : Tune, or array_like of zeros and ones, (time, pitches)
        samples : int
            A joint output has no closed form for the probability of a note by itself: it is averaged over this many
            samples of the lower notes.

        Returns
        -------
        ndarray of float32, (time, pitches)
        """
        cells = self.cells_of(tune)
        return self._sum_out(cells, self._places_of(tune, 1, len(cells) + 1), samples)

    @torch.inference_mode()
    def marginals(self, tune: Tune, *, samples: int = 32) -> NDArray[np.float32]:
        """Return the probability of each note by itself in each step of a tune, given the steps before.

        Parameters
        ----------
        tune : Tune
            The first step follows silence.
        samples : int
            See `probabilities`.

        Returns
        -------
        ndarray of float32, (time, pitches)
        """
        cells = self.cells_of(tune)
        before = np.concatenate((np.zeros_like(cells[:1]), cells[:-1]))
        return self._sum_out(before, self._places_of(tune, 0, len(tune)), samples)

    def _sum_out(self, cells: Cells, places: Tensor | None, samples: int) -> NDArray[np.float32]:
        """Return the probability of each note by itself in the step after each step of cells."""
        features, _ = self(torch.from_numpy(cells[:, None].astype(np.float32)).to(self.device), places=places)
        # As many threads as torch has: more would wait for each other on a busy machine.
        with blas_threads(torch.get_num_threads()):
            return self.output.marginals(features[:, 0], samples)

    def expectations(self, tune: Tune | ArrayLike) -> NDArray[np.float32]:
        """Return the probability of each note of a tune, given the steps before and, with a joint output, lower notes.

        Parameters
        ----------
        tune : Tune, or array_like of zeros and ones, (time, pitches)
            The first step follows silence.

        Returns
        -------
        ndarray of float32, (time, pitches)
        """
        return self.read(tune)[0]

    @torch.inference_mode()
    def read(self, tune: Tune | ArrayLike) -> tuple[NDArray[np.float32], State]:
        """Read a step of silence and a tune, of any length, from a zero state.

        Parameters
        ----------
        tune : Tune, or array_like of zeros and ones, (time, pitches)

        Returns
        -------
        expectations : ndarray of float32, (time, pitches)
            See `expectations`.
        state : list of (h, c), each (1, hidden)
            After the last step; see `forward`.
        """
        cells = self.cells_of(tune)
        steps = np.concatenate((np.zeros((1, *cells.shape[1:]), cells.dtype), cells))
        expected, state = [], None
        for at in range(0, len(steps), BLOCK):
            block = torch.as_tensor(steps[at : at + BLOCK + 1, None].astype(np.float32), device=self.device)
            inputs = block[:BLOCK]
            features, state = self(inputs, state, places=self._places_of(tune, at, at + len(inputs)))
            targets = (block[1:] > 0).float()
            expected.append(torch.sigmoid(self.output.logits(features[: len(targets)], targets))[:, 0].cpu())
        return torch.cat(expected).numpy(), cast(State, state)

    def cells_of(self, tune: Tune | ArrayLike) -> Cells:
        """Return what this network reads of a tune: its cells, or without `strikes` zeros and ones.

        Parameters
        ----------
        tune : Tune, or array_like of zeros and ones, (time, pitches)

        Returns
        -------
        ndarray of uint8, (time, pitches)
        """
        cells = as_cells(tune)
        return cells if self.config.strikes else (cells > 0).astype(np.uint8)

    def _places_of(self, tune: Tune | ArrayLike, start: int, stop: int) -> Tensor | None:
        """Return where in the bar steps of a tune lie, (time, 1, PLACES), as far as that is known and of use."""
        if not self.config.metre or not isinstance(tune, Tune):
            return None
        return torch.from_numpy(places(tune.metre, tune.config, start, stop)[:, None]).to(self.device)


def complete_weights(weights: Mapping[str, Tensor], config: NetworkConfig) -> dict[str, Tensor]:
    """Add what weights of earlier versions lack: their networks sample without a bias, and with a fixed threshold."""
    missing = {name: value for name, value in _buffers(config).items() if value is not None}
    return {**missing, **weights}


def _buffers(config: NetworkConfig) -> dict[str, Tensor | None]:
    """Return what a new network has beside its weights; None has no entry among them."""
    threshold = torch.tensor(INDEPENDENT_THRESHOLD) if config.output == "independent" else None
    return {"sampling_bias": torch.zeros(4), "independent_threshold": threshold}
