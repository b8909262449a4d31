"""An output whose weights are the same for every pitch: it knows chords and melodies by their intervals."""

from __future__ import annotations

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lstmmusic.config import COUNTS, OCTAVE, REACH
from lstmmusic.network.noise import NO_NOISE, Noise
from lstmmusic.network.outputs import Array, Output, Sample, log_odds, sigmoid_of_twice, to_numpy
from lstmmusic.network.shared_units import shared_units

# Steps of a batch that are computed at once where no gradients are needed: more would take much memory, not less time.
BLOCK = 512

# Pitches of many takes that are decided together, from the lowest up. A note changes the pitches above it: those of its
# span at once, the others when it is their turn. A single take has one span, since a span costs calls of numpy.
SPAN = 30


class RelativeOutput(Output):
    """The notes of a step from the lowest to the highest, each given the lower ones, by one network for all pitches.

    p(step | past) is the product over pitches d of p(v_d | v_<d, past) = sigmoid(b_d + w h_d). The bias b is linear in
    the output of the layers. h_d = g + silu(M g + m) with g = silu(a_d), where a_d is the sum of linear functions of

    - what the layers say, and of the pitch itself (a vector);
    - the notes of the last steps within a window around d, how long each within `REACH` has sounded or been silent, and
      the pitch classes of the last step relative to d;
    - the notes of this step within a window below d, the pitch classes of all of those below d relative to d, and their
      number, which is one of `COUNTS` vectors that are summed up.

    Everything but b and the vectors of the pitches is the same in every key.

    Parameters
    ----------
    features : int
        Width of the output of the layers. The values of `lstmmusic.network.recent.Recent` follow them.
    pitches, hidden, window, steps : int
        See `lstmmusic.config.NetworkConfig`.

    References
    ----------
    Johnson (2017), Generating polyphonic music using tied parallel networks: weights that are shared by all pitches.
    Elfwing, Uchibe and Doya (2018), arXiv:1702.03118: silu(x) = x sigmoid(x).
    """

    def __init__(self, features: int, pitches: int, hidden: int, window: int, steps: int) -> None:
        super().__init__()
        self.features, self.pitches, self.window, self.channels = features, pitches, window, steps + 2
        self.octaves = -(-pitches // OCTAVE)  # begun
        self.pitch_biases = nn.Linear(features, pitches)
        self.hidden_biases = nn.Linear(features, hidden)
        self.of_own = nn.Parameter(torch.empty(pitches, hidden))  # of each pitch
        # Of what sounds around a pitch, and how long it has done so, from the lowest pitch up.
        self.of_steps = nn.Parameter(torch.empty(hidden, steps * (2 * window + 1)))
        self.of_durations = nn.Parameter(torch.empty(hidden, 2 * (2 * REACH + 1)))
        self.of_classes = nn.Parameter(torch.empty(hidden, OCTAVE))  # of the last step, from that of the pitch up
        self.of_lower = nn.Parameter(torch.empty(hidden, window))  # from the next lower pitch down
        self.of_lower_classes = nn.Parameter(torch.empty(hidden, OCTAVE))
        self.of_counts = nn.Parameter(torch.empty(hidden, COUNTS))  # of the first note below, the second, ...
        self.middle = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, 1, bias=False)

    @torch.no_grad()
    def init_bias(self, frequencies: NDArray[np.float64]) -> None:
        """Set the constant part of the pitches' biases to the log-odds of each note."""
        self.pitch_biases.bias.copy_(log_odds(frequencies))

    def logits(self, features: Tensor, targets: Tensor, noise: Noise = NO_NOISE) -> Tensor:
        """Return the log-odds of each note, given the past and the lower notes of `targets`.

        Parameters
        ----------
        features : Tensor, (..., features)
        targets : Tensor of zeros and ones, (..., pitches)
        noise : Noise, optional
            With two leading dimensions, (time, batch), for training.
        """
        of_layers, recent = torch.split(features, [self.features, self.channels * self.pitches], dim=-1)
        biases: Tensor = self.pitch_biases(of_layers)
        pasts = self.hidden_biases(of_layers).reshape(-1, self.middle.in_features)
        mask = None
        if noise.relative:
            shape = 1, features.shape[-2], 1, pasts.shape[-1]
            mask = noise.drop(pasts.new_ones(()), noise.relative, shape)
        # The past is data, so that no gradients are needed for it.
        recent, notes = recent.detach().reshape(-1, self.channels, self.pitches), targets.reshape(-1, self.pitches)
        block = max(1, len(pasts)) if torch.is_grad_enabled() else BLOCK
        parts = zip(*(torch.split(each, block) for each in (recent, notes, pasts)), strict=True)
        own = torch.cat([self._logits(*part, mask=mask) for part in parts])
        return biases + own.reshape(biases.shape)

    def _logits(self, recent: Tensor, targets: Tensor, pasts: Tensor, *, mask: Tensor | None) -> Tensor:
        """Return the log-odds without the biases of the pitches, (rows, pitches).

        Parameters
        ----------
        recent : Tensor, (rows, channels, pitches)
        targets : Tensor, (rows, pitches)
        pasts : Tensor, (rows, hidden)
        mask : Tensor, (1, batch, 1, hidden), or None
        """
        above = self.octaves * OCTAVE - self.pitches
        notes = functional.pad(targets, (0, above))
        inputs = torch.cat((self._past_inputs(recent), self._lower_inputs(notes)), dim=2)
        below = notes.cumsum(1) - notes
        counts = (below[..., None] > torch.arange(COUNTS, device=notes.device)).to(notes)  # (rows, pitches, COUNTS)
        weights = torch.cat(self.arrange_weights()).flatten(1)
        own = functional.pad(self.of_own, (0, 0, 0, above))
        of_middle = self.middle.weight, self.middle.bias
        values = shared_units(
            inputs, counts, mask, weights, self.of_counts, own, pasts, *of_middle, self.last.weight[0]
        )
        return values[:, : self.pitches]

    def _past_inputs(self, recent: Tensor) -> Tensor:
        """Return what is around each octave in the steps before, (rows, octaves, inputs).

        Within an octave, all windows overlap, so that one matrix product serves its pitches.
        """
        above = self.octaves * OCTAVE - self.pitches
        around = []
        for part, window in zip(torch.split(recent, [self.channels - 2, 2], dim=1), (self.window, REACH), strict=True):
            windows = functional.pad(part, (window, window + above)).unfold(2, OCTAVE + 2 * window, OCTAVE)
            around.append(windows.transpose(1, 2).flatten(2))  # (rows, octaves, channels * width)
        last = functional.pad(recent[:, 0], (0, above)).view(len(recent), self.octaves, OCTAVE)
        classes = last.amax(1, keepdim=True).expand_as(last)
        return torch.cat((*around, classes), dim=2)

    def _lower_inputs(self, notes: Tensor) -> Tensor:
        """Return the notes of a step in and below each octave, and the pitch classes in lower octaves."""
        windows = functional.pad(notes, (self.window, 0)).unfold(1, OCTAVE + self.window, OCTAVE)
        of_octaves = notes.view(len(notes), self.octaves, OCTAVE)
        return torch.cat((windows, of_octaves.cumsum(1) - of_octaves), dim=2)

    def arrange_weights(self) -> tuple[Tensor, Tensor]:
        """Arrange the weights for an octave, of the past and of this step, each (inputs, OCTAVE, hidden)."""
        pitch = torch.arange(OCTAVE, device=self.of_own.device)
        past = []
        for weights, channels, window in (
            (self.of_steps, self.channels - 2, self.window),
            (self.of_durations, 2, REACH),
        ):
            intervals = torch.arange(-window, OCTAVE + window, device=pitch.device)[:, None] - pitch
            places = torch.where(intervals.abs() <= window, intervals + window, 2 * window + 1)
            past.append(_spread(weights, channels, places))
        below = pitch - torch.arange(-self.window, OCTAVE, device=pitch.device)[:, None]
        lower = _spread(self.of_lower, 1, torch.where((below > 0) & (below <= self.window), below - 1, self.window))
        classes = (pitch[:, None] - pitch) % OCTAVE
        of_classes, lower_classes = (_spread(part, 1, classes) for part in (self.of_classes, self.of_lower_classes))
        # The classes of the notes within the octave itself: only the pitches above them see those.
        inside = lower_classes * (pitch[:, None] < pitch)[..., None]
        lower = lower + functional.pad(inside, (0, 0, 0, 0, self.window, 0))
        return torch.cat((*past, of_classes)), torch.cat((lower, lower_classes))

    def sampler(self, temperature: float, threshold: float) -> Sample:
        """See `Output.sampler`: temperature and threshold act on each note, given the lower ones that were sampled."""
        return _Sampler(self, temperature, threshold).sample


def _spread(weights: Tensor, channels: int, places: Tensor) -> Tensor:
    """Spread weights over the pitches of an octave.

    Parameters
    ----------
    weights : Tensor, (hidden, channels * weights)
    channels : int
    places : Tensor of int64, (inputs, OCTAVE)
        Which weight leads from each input to each pitch; their number stands for none.

    Returns
    -------
    Tensor, (channels * inputs, OCTAVE, hidden)
    """
    padded = functional.pad(weights.view(len(weights), channels, -1), (0, 1))
    return padded[..., places].permute(1, 2, 3, 0).flatten(0, 1)


class _Sampler:
    """The weights of a relative output, copied and arranged for sampling.

    Parameters
    ----------
    output : RelativeOutput
    temperature, threshold : float
        See `lstmmusic.network.outputs.Output.sampler`.
    """

    def __init__(self, output: RelativeOutput, temperature: float, threshold: float) -> None:
        self._threshold = threshold
        self._pitches, self._octaves, self._window = output.pitches, output.octaves, output.window
        self._features, self._channels, self._hidden = output.features, output.channels, len(output.of_counts)

        def halved(part: Tensor) -> Array:
            """Halve weights of sums: silu(2 x) is x + x tanh(x)."""
            return to_numpy(part * 0.5)

        of_past = halved(output.arrange_weights()[0]).reshape(-1, OCTAVE * self._hidden)
        self._of_recent, self._of_classes = of_past[:-OCTAVE], of_past[-OCTAVE:]
        self._own = halved(output.of_own)
        self._slopes, self._constants = halved(output.hidden_biases.weight.t()), halved(output.hidden_biases.bias)
        # From a note to the pitches above it, by their interval: first those that it does not reach.
        reach = np.arange(1, 2 * output.pitches)
        above = halved(output.of_lower_classes.t())[-reach % OCTAVE]
        above[: output.window] += halved(output.of_lower.t())[: len(above)]
        self._above = np.concatenate((np.zeros((output.pitches, self._hidden), np.float32), above))
        # From the number of notes below a pitch to it, and what the last one of them adds.
        self._added = np.zeros((output.pitches + 1, self._hidden), np.float32)
        self._added[1 : COUNTS + 1] = halved(output.of_counts.t())[: output.pitches]
        self._of_number = self._added.cumsum(axis=0)
        self._middle, self._middle_bias = halved(output.middle.weight.t()), halved(output.middle.bias)
        scale = 0.5 / temperature
        self._last = to_numpy(output.last.weight[0] * scale)
        self._bias_slopes = to_numpy(output.pitch_biases.weight.t() * scale)
        self._bias_constants = to_numpy(output.pitch_biases.bias * scale)

    def sample(self, features: Array, uniforms: Array) -> tuple[Array, Array]:
        """Sample a step of each take; see `lstmmusic.network.outputs.Sample`."""
        notes, probabilities = np.zeros_like(uniforms), np.empty_like(uniforms)
        of_layers = features[:, : self._features]
        biases = of_layers @ self._bias_slopes + self._bias_constants
        sums = self._read_past(of_layers, features[:, self._features :])
        pitches = self._pitches
        size = pitches if len(features) == 1 else SPAN
        for start in range(0, pitches, size):
            span = slice(start, start + size)
            own = sums[:, span]
            if start:
                own = own + self._read_lower(notes[:, :start], own.shape[1])
            self._sample_span(own, biases[:, span], uniforms[:, span], notes, probabilities, start)
        return notes, probabilities

    def _read_past(self, of_layers: Array, recent: Array) -> Array:
        """Return the sums of what is known before the step, (takes, pitches, hidden)."""
        takes, pitches, widest = len(recent), self._pitches, max(self._window, REACH)
        keys = self._octaves * OCTAVE
        padded = np.zeros((takes, self._channels, widest + keys + widest), np.float32)
        padded[:, :, widest : widest + pitches] = recent.reshape(takes, self._channels, pitches)
        around = []
        for part, window in ((padded[:, :-2], self._window), (padded[:, -2:], REACH)):
            inside = part[:, :, widest - window : widest + keys + window]
            windows = sliding_window_view(inside, OCTAVE + 2 * window, axis=2)[:, :, ::OCTAVE].swapaxes(1, 2)
            around.append(windows.reshape(takes * self._octaves, -1))
        sums = np.concatenate(around, axis=1) @ self._of_recent
        classes = padded[:, 0, widest : widest + keys].reshape(takes, self._octaves, OCTAVE).max(axis=1)
        in_octaves = sums.reshape(takes, self._octaves, -1)
        in_octaves += (classes @ self._of_classes)[:, None]
        own = in_octaves.reshape(takes, keys, -1)[:, :pitches]
        own += self._own
        own += (of_layers @ self._slopes + self._constants)[:, None]
        return own

    def _read_lower(self, notes: Array, size: int) -> Array:
        """Return what the notes below a span of pitches add to its sums, (takes, size, hidden)."""
        start = notes.shape[1]
        by_interval = sliding_window_view(self._above[self._pitches :], size, axis=0)[start - 1 :: -1].swapaxes(1, 2)
        sums: Array = (notes @ by_interval.reshape(start, -1)).reshape(len(notes), size, -1)
        sums += self._of_number[notes.sum(axis=1).astype(np.intp)][:, None]
        return sums

    def _sample_span(
        self, sums: Array, biases: Array, uniforms: Array, notes: Array, probabilities: Array, start: int
    ) -> None:
        """Sample a span of pitches, whose sums lack what its own notes add: an evaluation, and one for each note."""
        size = sums.shape[1]
        order = np.arange(size)
        reached = sliding_window_view(self._above[self._pitches - size :], size, axis=0).swapaxes(1, 2)
        own: NDArray[np.intp] = np.arange(len(sums))
        rows = own  # takes whose span is not finished: rows of the arrays below
        numbers = notes[:, :start].sum(axis=1).astype(np.intp)
        chances, still_open, low = np.empty_like(biases), np.ones(biases.shape, np.bool_), 0
        while True:
            given = self._evaluate(sums[:, low:], biases[:, low:])
            np.copyto(chances[:, low:], given, where=still_open[:, low:])
            sounding = still_open & (uniforms < chances) & (chances >= self._threshold)
            lowest = sounding.argmax(axis=1)
            continues = sounding[own[: len(rows)], lowest]
            if not continues.all():
                probabilities[rows, start : start + size] = chances
                if not continues.any():
                    return
                rows, sums, biases, chances, uniforms, lowest, numbers = (
                    part[continues] for part in (rows, sums, biases, chances, uniforms, lowest, numbers)
                )
            notes[rows, start + lowest] = 1
            numbers = numbers + 1
            # Pitches that are decided change too, and are not looked at again.
            sums = sums + reached[size - 1 - lowest]
            sums += self._added[numbers][:, None]
            still_open = order > lowest[:, None]
            low = int(lowest.min())

    def _evaluate(self, sums: Array, biases: Array) -> Array:
        """Return the probabilities of pitches from their sums, (takes, pitches, hidden)."""
        units = np.tanh(sums)
        units *= sums
        units += sums
        sums = units @ self._middle
        sums += self._middle_bias
        units += sums
        sums *= np.tanh(sums)
        units += sums
        logits: Array = units @ self._last
        logits += biases
        return sigmoid_of_twice(logits)
