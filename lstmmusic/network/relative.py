"""An output whose weights are the same for every pitch: it knows chords and melodies by their intervals."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lstmmusic.config import COUNTS, MISSES, OCTAVE, PASSAGE_VALUES, REACH, TONALITIES
from lstmmusic.network.intervals import Layout, count_notes, find_entries, find_events, find_pieces, sum_events
from lstmmusic.network.noise import NO_NOISE, Noise
from lstmmusic.network.outputs import Array, Output, Sample, log_odds, to_numpy
from lstmmusic.network.passages import count_misses, find_guesses
from lstmmusic.network.relative_sampler import RelativeSampler, SamplingWeights
from lstmmusic.network.shared_units import plain_units, shared_units

# Steps of a batch that are computed at once where no gradients are needed: more would take much memory, not less time.
BLOCK = 512

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
        of_layers, recent, tonality = torch.split(features[..., : sum(sizes)], sizes, dim=-1)
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

        def halved(part: Tensor) -> Array:
            """Halve weights of sums: silu(2 x) is x + x tanh(x)."""
            return to_numpy(part * 0.5)

        of_misses = None
        if self.passages:
            by_passage = functional.pad(self.of_misses.view(-1, 2, len(MISSES)).cumsum(2), (1, 0))
            of_misses = halved((by_passage[:, 0, :, None] + by_passage[:, 1, None]).flatten(1).t())
        above = halved(self.of_lower_classes.t())[-np.arange(1, self.pitches) % OCTAVE]
        near = min(self.window, len(above))
        above[:near] += halved(self.of_lower.t())[:near]
        of_counts = np.pad(halved(self.of_counts.t()), ((0, 1), (0, 0)))
        of_past = 2 * (2 * REACH + 1) + PASSAGE_VALUES * self.passages
        scale = 0.5 / temperature
        biases, hidden = self.pitch_biases, self.hidden_biases
        weights = SamplingWeights(
            strip=torch.from_numpy(halved(self.make_strip())),
            dense=torch.from_numpy(halved(self.arrange_dense()[:of_past])),
            slopes=to_numpy(torch.cat((biases.weight * scale, hidden.weight * 0.5)).t()),
            constants=to_numpy(torch.cat((biases.bias * scale, hidden.bias * 0.5))),
            tonality=halved(self.arrange_tonality()) if self.tonality else None,
            misses=of_misses,
            added=of_counts[:, None] + above,
            middle=halved(self.middle.weight.t()),
            middle_bias=halved(self.middle.bias),
            last=to_numpy(self.last.weight[0] * scale),
        )
        return RelativeSampler(self.layout, self.channels, weights, threshold).sample
