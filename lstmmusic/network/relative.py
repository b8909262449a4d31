"""An output whose weights are the same for every pitch: it knows chords and melodies by their intervals."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lstmmusic.config import COUNTS, MISSES, OCTAVE, PASSAGE_VALUES, REACH, TONALITIES
from lstmmusic.network.intervals import (
    Layout,
    add_pieces,
    count_notes,
    find_entries,
    find_events,
    find_pieces,
    sum_events,
)
from lstmmusic.network.noise import NO_NOISE, Noise
from lstmmusic.network.outputs import Array, Output, Sample, log_odds, sigmoid_of_twice, to_numpy
from lstmmusic.network.passages import count_misses, find_guesses
from lstmmusic.network.shared_units import plain_units, shared_units

# Steps of a batch that are computed at once where no gradients are needed: more would take much memory, not less time.
BLOCK = 512

# Pitches of each of many takes that are evaluated at once: fewer are more calls of numpy, more are repeated more often.
SPAN = 16

# Devices on which what notes add is summed up note by note. A GPU would have to wait for how many there are.
SPARSE = ("cpu",)


class RelativeOutput(Output):
    """The notes of a step from the lowest to the highest, each given the lower ones, by one network for all pitches.

    p(step | past) is the product over pitches d of p(v_d | v_<d, past) = sigmoid(b_d + w h_d). The bias b is linear in
    the output of the layers. h_d = g + silu(M g + m) with g = silu(a_d), where a_d is the sum of linear functions of

    - what the layers say, and of the pitch itself (a vector);
    - how often each pitch class, relative to d, has sounded in the steps before;
    - the notes of the last steps within a window around d, how long each within `REACH` has sounded or been silent, and
      the pitch classes of the last step relative to d;
    - whether d sounded after the longest earlier passages like the last steps, how long these are, and how often they
      were wrong about the notes of this step below d;
    - the notes of this step within a window below d, the pitch classes of all of those below d relative to d, and their
      number, which is one of `COUNTS` vectors that are summed up.

    Everything but b and the vectors of the pitches is the same in every key.

    Parameters
    ----------
    features : int
        Width of the output of the layers. The values of `lstmmusic.network.recent.Recent` follow them, and those of
        `lstmmusic.network.passages.Passages` and `lstmmusic.network.tonality.Tonality`.
    pitches, hidden, window, steps : int
        See `lstmmusic.config.NetworkConfig`.
    passages, tonality : bool
        Whether there are such values.

    References
    ----------
    Johnson (2017), Generating polyphonic music using tied parallel networks: weights that are shared by all pitches.
    Elfwing, Uchibe and Doya (2018), arXiv:1702.03118: silu(x) = x sigmoid(x).
    """

    def __init__(
        self,
        features: int,
        pitches: int,
        hidden: int,
        window: int,
        steps: int,
        passages: bool = False,
        tonality: bool = False,
    ) -> None:
        super().__init__()
        self.features, self.pitches, self.window, self.steps = features, pitches, window, steps
        self.passages, self.channels = passages, steps + 2 + PASSAGE_VALUES * passages
        self.tonality = TONALITIES * OCTAVE * tonality  # values
        self.layout = Layout(pitches, window, steps)
        self.pitch_biases = nn.Linear(features, pitches)
        self.hidden_biases = nn.Linear(features, hidden)
        self.of_own = nn.Parameter(torch.empty(pitches, hidden))  # of each pitch
        # Of what sounds around a pitch, and how long it has done so, from the lowest pitch up.
        self.of_steps = nn.Parameter(torch.empty(hidden, steps * (2 * window + 1)))
        self.of_durations = nn.Parameter(torch.empty(hidden, 2 * (2 * REACH + 1)))
        self.of_classes = nn.Parameter(torch.empty(hidden, OCTAVE))  # of the last step, from that of the pitch up
        if passages:
            self.of_passages = nn.Parameter(torch.empty(hidden, PASSAGE_VALUES))
            self.of_misses = nn.Parameter(torch.empty(hidden, 2 * len(MISSES)))
        if tonality:
            self.of_tonality = nn.Parameter(torch.empty(hidden, TONALITIES * OCTAVE))  # from the class of the pitch up
        self.of_lower = nn.Parameter(torch.empty(hidden, window))  # from the next lower pitch down
        self.of_lower_classes = nn.Parameter(torch.empty(hidden, OCTAVE))
        self.of_counts = nn.Parameter(torch.empty(hidden, COUNTS))  # of the first note below, the second, ...
        self.middle = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, 1, bias=False)

    @torch.no_grad()
    def init_bias(self, frequencies: NDArray[np.float64]) -> None:
        """Set the constant part of the pitches' biases to the log-odds of each note."""
        self.pitch_biases.bias.copy_(log_odds(frequencies))

    def logits(self, features: Tensor, targets: Tensor, noise: Noise = NO_NOISE, mask: Tensor | None = None) -> Tensor:
        """Return the log-odds of each note, given the past and the lower notes of `targets`; see `Output.logits`.

        With noise, features have two leading dimensions, (time, batch).
        """
        sizes = [self.features, self.channels * self.pitches, self.tonality]
        of_layers, recent, tonality = torch.split(features, sizes, dim=-1)
        biases: Tensor = self.pitch_biases(of_layers)
        pasts = self.hidden_biases(of_layers).reshape(-1, 1, self.middle.in_features)
        # The past is data, so that no gradients are needed for it.
        if self.tonality:
            by_class = tonality.detach().reshape(-1, self.tonality) @ self.arrange_tonality()
            pasts = pasts + by_class.view(len(pasts), OCTAVE, pasts.shape[-1])
        recent, notes = recent.detach().reshape(-1, self.channels, self.pitches), targets.reshape(-1, self.pitches)
        kept = None
        if noise.relative:
            shape = 1, features.shape[-2], pasts.shape[-1]
            kept = noise.drop(pasts.new_ones(()), noise.relative, shape).expand(*features.shape[:-1], -1)
            kept = kept.reshape(-1, pasts.shape[-1])
        if mask is None or mask.device.type not in SPARSE:
            return biases + self._own_logits(recent, notes, pasts, kept).reshape(biases.shape)
        rows = mask.flatten().nonzero()[:, 0]
        own = self._own_logits(recent[rows], notes[rows], pasts[rows], None if kept is None else kept[rows])
        return biases + own.new_zeros(notes.shape).index_copy(0, rows, own).view(biases.shape)

    def _own_logits(self, recent: Tensor, notes: Tensor, pasts: Tensor, kept: Tensor | None) -> Tensor:
        """Return the log-odds without the biases of the pitches, (rows, pitches).

        Parameters
        ----------
        recent : Tensor, (rows, channels, pitches)
        notes : Tensor, (rows, pitches)
        pasts : Tensor, (rows, OCTAVE or 1, hidden)
            Of each pitch class, or of all.
        kept : Tensor, (rows, hidden), or None
            What the first units are multiplied by.
        """
        if not len(pasts):
            return pasts.new_zeros(0, self.pitches)
        strip = self.make_strip()
        weights = self.arrange_dense(), self.middle.weight, self.middle.bias, self.last.weight[0]
        block = len(pasts) if torch.is_grad_enabled() else BLOCK
        values = []
        for part in (slice(at, at + block) for at in range(0, len(pasts), block)):
            events = find_events(self.layout, recent[part, : self.steps].flatten(1), notes[part])
            dense = recent[part, self.steps :]
            if self.passages:
                misses = count_misses(find_guesses(dense[:, 2:]), notes[part])
                dense = torch.cat((dense, misses), dim=1)
            inputs = self.layout.around(dense), pasts[part], None if kept is None else kept[part]
            if pasts.device.type in SPARSE:
                values.append(shared_units(strip, self._find_pieces(events, notes[part]), *inputs, *weights))
            else:
                values.append(plain_units(sum_events(self.layout, strip, events, notes[part]), *inputs, *weights))
        return torch.cat(values)[:, : self.pitches]

    def _find_pieces(self, events: Tensor, notes: Tensor) -> tuple[Tensor, Tensor]:
        """Find what all events add; see `lstmmusic.network.intervals.find_pieces`."""
        found = zip(find_entries(events.numpy()), count_notes(self.layout, notes.numpy()), strict=True)
        places, offsets = find_pieces(self.layout, len(notes), *map(np.concatenate, found))
        return torch.from_numpy(places), torch.from_numpy(offsets)

    def make_strip(self) -> Tensor:
        """Arrange the weights that notes have; see `lstmmusic.network.intervals`."""
        of_notes = self.of_steps, self.of_lower, self.of_classes, self.of_lower_classes
        return self.layout.arrange(*of_notes, self.of_counts, self.of_own)

    def arrange_tonality(self) -> Tensor:
        """Arrange the weights of what `Tonality` reads, (TONALITIES * OCTAVE, OCTAVE * hidden)."""
        classes = torch.arange(OCTAVE, device=self.of_tonality.device)
        up = (classes[:, None] - classes) % OCTAVE  # from each class to those that sounded
        by_average = self.of_tonality.view(-1, TONALITIES, OCTAVE)[..., up]  # (hidden, averages, sounded, class)
        return by_average.permute(1, 2, 3, 0).flatten(0, 1).flatten(1)

    def arrange_dense(self) -> Tensor:
        """Arrange the weights of what `Layout.around` returns, (inputs, hidden)."""
        of_durations = self.of_durations.view(-1, 2, 2 * REACH + 1).permute(2, 1, 0).flatten(0, 1)
        if not self.passages:
            return of_durations
        return torch.cat((of_durations, self.of_passages.t(), self.of_misses.t()))

    def sampler(self, temperature: float, threshold: float) -> Sample:
        """See `Output.sampler`: temperature and threshold act on each note, given the lower ones that were sampled."""
        return _Sampler(self, temperature, threshold).sample


class _Sampler:
    """The weights of a relative output, copied and arranged for sampling.

    Parameters
    ----------
    output : RelativeOutput
    temperature, threshold : float
        See `lstmmusic.network.outputs.Output.sampler`.
    """

    def __init__(self, output: RelativeOutput, temperature: float, threshold: float) -> None:
        self._threshold, self._layout = threshold, output.layout
        self._pitches, self._features, self._steps = output.pitches, output.features, output.steps
        self._stop = output.features + output.channels * output.pitches  # of what is read of each pitch
        self._hidden = len(output.of_counts)

        def halved(part: Tensor) -> Array:
            """Halve weights of sums: silu(2 x) is x + x tanh(x)."""
            return to_numpy(part * 0.5)

        self._strip = torch.from_numpy(halved(output.make_strip()))
        self._classes = np.arange(output.pitches) % OCTAVE
        self._of_tonality = halved(output.arrange_tonality()) if output.tonality else None
        before_step = 2 * (2 * REACH + 1) + PASSAGE_VALUES * output.passages
        self._of_dense = output.arrange_dense()[:before_step].detach().cpu() * 0.5
        # What the misses of both passages add, by how many of `MISSES` each has reached.
        self._of_misses = None
        self._levels = np.searchsorted(MISSES, np.arange(output.pitches + 1), side="right")
        if output.passages:
            by_passage = functional.pad(output.of_misses.view(-1, 2, len(MISSES)).cumsum(2), (1, 0))
            self._of_misses = halved((by_passage[:, 0, :, None] + by_passage[:, 1, None]).flatten(1).t())
        self._middle, self._middle_bias = halved(output.middle.weight.t()), halved(output.middle.bias)
        scale = 0.5 / temperature
        self._last = to_numpy(output.last.weight[0] * scale)
        biases, hidden = output.pitch_biases, output.hidden_biases
        self._slopes = to_numpy(torch.cat((biases.weight * scale, hidden.weight * 0.5)).t())
        self._constants = to_numpy(torch.cat((biases.bias * scale, hidden.bias * 0.5)))
        # What a note adds to the pitches above it, by how many notes lie below it (up to COUNTS) and by the interval.
        above = halved(output.of_lower_classes.t())[-np.arange(1, output.pitches) % OCTAVE]
        near = min(output.window, len(above))
        above[:near] += halved(output.of_lower.t())[:near]
        of_counts = np.pad(halved(output.of_counts.t()), ((0, 1), (0, 0)))
        self._added = of_counts[:, None] + above  # (notes below, interval - 1, hidden)

    def sample(self, features: Array, uniforms: Array) -> tuple[Array, Array]:
        """Sample a step of each take; see `lstmmusic.network.outputs.Sample`."""
        biases, sums, guesses = self._read(features)
        # How often a passage is wrong below each pitch if all notes there are silent.
        silent = (guesses > 0).cumsum(axis=2) - (guesses > 0)
        notes, probabilities = np.zeros(uniforms.shape, np.float32), np.empty(uniforms.shape, np.float32)
        if len(uniforms) == 1:
            self._draw_one(biases[0], sums[0], guesses[0], silent[0], uniforms[0], notes[0], probabilities[0])
            return notes, probabilities
        if len(uniforms) > len(features):
            times = len(uniforms) // len(features)
            biases, sums = np.tile(biases, (times, 1)), np.tile(sums, (times, 1, 1))
            guesses, silent = np.tile(guesses, (times, 1, 1)), np.tile(silent, (times, 1, 1))
        flat = biases.ravel(), sums.reshape(-1, self._hidden)
        of_guesses, of_silent = (part.swapaxes(0, 1).reshape(-1, uniforms.size) for part in (guesses, silent))
        self._draw_many(*flat, of_guesses, of_silent, uniforms.ravel(), notes.reshape(-1), probabilities.reshape(-1))
        return notes, probabilities

    def _read(self, features: Array) -> tuple[Array, Array, NDArray[np.int64]]:
        """Return what is known of each pitch before the step.

        Returns
        -------
        biases : ndarray of float32, (takes, pitches)
        sums : ndarray of float32, (takes, pitches, hidden)
        guesses : ndarray of int64, (takes, 2 or 0, pitches)
            Of passages; see `lstmmusic.network.passages.find_guesses`.
        """
        of_layers, tonality = features[:, : self._features], features[:, self._stop :]
        recent = torch.from_numpy(features[:, self._features : self._stop])
        takes, pitches, layout = len(features), self._pitches, self._layout
        before, dense = recent[:, : self._steps * pitches], recent[:, self._steps * pitches :].view(takes, -1, pitches)
        events = find_events(layout, before, torch.zeros(takes, pitches))
        pieces = map(torch.from_numpy, find_pieces(layout, takes, *find_entries(events.numpy())))
        sums = add_pieces(self._strip, layout.width, *pieces).view(takes * layout.reached, self._hidden)
        sums.addmm_(layout.around(dense).flatten(0, 1), self._of_dense)
        # What the layers say is known for both at once.
        of_pitches, of_hidden = np.split(of_layers @ self._slopes + self._constants, [pitches], axis=1)
        by_take = sums.numpy().reshape(takes, layout.reached, self._hidden)
        by_take += of_hidden[:, None]
        if self._of_tonality is not None:
            of_classes = (tonality @ self._of_tonality).reshape(takes, OCTAVE, self._hidden)
            by_take[:, :pitches] += of_classes[:, self._classes]
        return of_pitches, by_take[:, :pitches], find_guesses(dense[:, 2:]).numpy()

    def _draw_many(
        self,
        biases: Array,
        sums: Array,
        guesses: NDArray[np.int64],
        silent: NDArray[np.int64],
        uniforms: Array,
        notes: Array,
        probabilities: Array,
    ) -> None:
        """Sample a step of many takes, one behind the other in all arrays: of each, up to `SPAN` pitches at once."""
        added, width = self._added.reshape(-1, self._hidden), self._added.shape[1]
        start = np.arange(0, len(notes), self._pitches)  # the next pitch of each take that is not finished
        end, number, order = start + self._pitches, np.zeros_like(start), np.arange(SPAN)
        missed = np.zeros((len(guesses), len(start)), np.int64)  # more often than `silent`
        while len(start):
            # Where fewer pitches are left, the highest is repeated: that is cheaper than rows of several lengths.
            at = np.minimum(start[:, None] + order, end[:, None] - 1).ravel()
            misses = silent.take(at, axis=1) + missed.repeat(SPAN, axis=1)
            chances = self._evaluate(self._add_misses(sums.take(at, axis=0), misses), biases.take(at))
            probabilities[at] = chances
            sounding = at[(uniforms.take(at) < chances) & (chances >= self._threshold)]
            # The probabilities of the pitches above the first note are wrong, and those pitches are next.
            first = np.append(sounding, len(notes)).take(sounding.searchsorted(start))
            start = np.minimum(start + SPAN, end)
            found = np.flatnonzero(first < start)
            first = first[found]
            notes[first] = 1
            start[found] = first + 1
            missed[:, found] -= guesses[:, first]
            above, by_interval = _ranges(np.stack((first + 1, number[found] * width)), end[found] - first - 1)
            sums[above] = sums.take(above, axis=0) + added.take(by_interval, axis=0)
            number[found] = np.minimum(number[found] + 1, COUNTS)
            unfinished = start < end
            if not unfinished.all():
                start, end, number = start[unfinished], end[unfinished], number[unfinished]
                missed = missed[:, unfinished]

    def _draw_one(
        self,
        biases: Array,
        sums: Array,
        guesses: NDArray[np.int64],
        silent: NDArray[np.int64],
        uniforms: Array,
        notes: Array,
        probabilities: Array,
    ) -> None:
        """Sample a step of a single take: an evaluation, and one for each note of the pitches above it."""
        low = number = 0
        missed = np.zeros((len(guesses), 1), np.int64)  # more often than `silent`
        while low < len(notes):
            chances = self._evaluate(self._add_misses(sums, silent[:, low:] + missed), biases[low:])
            probabilities[low:] = chances
            sounding = (uniforms[low:] < chances) & (chances >= self._threshold)
            first = int(sounding.argmax())
            if not sounding[first]:
                return
            missed -= guesses[:, low + first, None]
            low += first + 1
            notes[low - 1] = 1
            sums = sums[first + 1 :] + self._added[number, : len(notes) - low]
            number = min(number + 1, COUNTS)

    def _add_misses(self, sums: Array, misses: NDArray[np.int64]) -> Array:
        """Add what the misses of passages, (2 or 0, pitches), add to sums, (pitches, hidden)."""
        if self._of_misses is None:
            return sums
        first, second = self._levels.take(misses)
        added: Array = sums + self._of_misses.take(first * (len(MISSES) + 1) + second, axis=0)
        return added

    def _evaluate(self, sums: Array, biases: Array) -> Array:
        """Return the probabilities of pitches from their sums, (pitches, hidden)."""
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


def _ranges(starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Concatenate ranges of integers: of each row of starts, all with the same sizes."""
    before = sizes.cumsum() - sizes
    shifts: NDArray[np.int64] = (starts - before).repeat(sizes, axis=1)
    return shifts + np.arange(shifts.shape[1])
