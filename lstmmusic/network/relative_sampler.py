"""How steps of a relative output are sampled, with numpy: note by note, from the lowest up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.config import COUNTS, MISSES, OCTAVE, REACH, TONALITIES
from lstmmusic.network.intervals import Layout, add_pieces, find_entries, find_events, find_pieces
from lstmmusic.network.outputs import Array, sigmoid_of_twice
from lstmmusic.network.passages import find_guesses

Integers = NDArray[np.int64]

# Pitches of each of many takes that are evaluated at once: fewer are more calls of numpy, more are repeated more often.
SPAN = 16


class SamplingWeights(NamedTuple):
    """The weights of a relative output, arranged for sampling; those of sums are halved: silu(2 x) is x + x tanh(x).

    Parameters
    ----------
    strip : Tensor, (places, hidden)
        See `lstmmusic.network.intervals`.
    dense : Tensor, (inputs, hidden)
        Of what `Layout.around` returns of the past.
    slopes, constants : ndarray of float32, (features, pitches + hidden) and (pitches + hidden,)
        Of what the layers say: for the biases of the pitches, after temperature, and for the sums.
    tonality : ndarray of float32, (values, OCTAVE * hidden), or None
    misses : ndarray of float32, ((len(MISSES) + 1)**2, hidden), or None
        What the misses of both passages add, by how many of `MISSES` each has reached.
    added : ndarray of float32, (COUNTS + 1, pitches - 1, hidden)
        What a note adds to the pitches above it, by how many notes lie below it, up to `COUNTS`, and by the interval.
    middle, middle_bias : ndarray of float32, (hidden, hidden) and (hidden,)
    last : ndarray of float32, (hidden,)
        After temperature.
    """

    strip: Tensor
    dense: Tensor
    slopes: Array
    constants: Array
    tonality: Array | None
    misses: Array | None
    added: Array
    middle: Array
    middle_bias: Array
    last: Array


class Known(NamedTuple):
    """What is known of the pitches of a step before it is sampled: of one take, or of many one behind the other.

    Parameters
    ----------
    biases : ndarray of float32, (pitches,)
        Halved, as the log-odds are.
    sums : ndarray of float32, (pitches, hidden)
    guesses : ndarray of int64, (2 or 0, pitches)
        Of passages; see `lstmmusic.network.passages.find_guesses`.
    silent : ndarray of int64, (2 or 0, pitches)
        How often each passage is wrong below a pitch if all notes there are silent.
    """

    biases: Array
    sums: Array
    guesses: Integers
    silent: Integers


class RelativeSampler:
    """Samples steps of a relative output.

    Parameters
    ----------
    layout : Layout
    channels : int
        Values of each pitch among the features.
    weights : SamplingWeights
    threshold : float
        See `lstmmusic.network.outputs.Output.sampler`.
    """

    def __init__(self, layout: Layout, channels: int, weights: SamplingWeights, threshold: float) -> None:
        self._layout, self._channels, self._weights, self._threshold = layout, channels, weights, threshold
        self._pitches, self._hidden = layout.pitches, len(weights.last)
        self._classes = np.arange(layout.pitches) % OCTAVE
        self._places = layout.places
        # All pieces of the strip, (places, width * hidden): they overlap, and are views.
        self._pieces = sliding_window_view(weights.strip.numpy().ravel(), layout.width * self._hidden)[:: self._hidden]
        self._levels = np.searchsorted(MISSES, np.arange(layout.pitches + 1), side="right")

    def sample(self, features: Array, uniforms: Array, added: Array | None = None, /) -> tuple[Array, Array]:
        """Sample a step of each take; see `lstmmusic.network.outputs.Sample`."""
        notes, probabilities = np.zeros(uniforms.shape, np.float32), np.empty(uniforms.shape, np.float32)
        known = self._read(features, len(uniforms) // len(features))
        if added is not None:
            known = known._replace(biases=known.biases + 0.5 * added.ravel())
        draw = self._draw_one if len(uniforms) == 1 else self._draw_many
        draw(known, uniforms.ravel(), notes.reshape(-1), probabilities.reshape(-1))
        return notes, probabilities

    def _read(self, features: Array, times: int) -> Known:
        """Return what is known of each pitch before the step, of all takes, `times` times."""
        takes, pitches, weights = len(features), self._pitches, self._weights
        start = len(weights.slopes)
        stop = start + self._channels * pitches
        of_layers, tonality = features[:, :start], features[:, stop : stop + TONALITIES * OCTAVE]
        channels = features[:, start:stop].reshape(takes, -1, pitches)
        by_take = self._sum_one(channels[0]) if takes == 1 else self._sum_many(channels)
        # What the layers say is known for both at once.
        of_pitches, of_hidden = np.split(of_layers @ weights.slopes + weights.constants, [pitches], axis=1)
        by_take += of_hidden[:, None]
        if weights.tonality is not None:
            of_classes = (tonality @ weights.tonality).reshape(takes, OCTAVE, self._hidden)
            by_take[:, :pitches] += of_classes[:, self._classes]
        sums, guesses = by_take[:, :pitches], find_guesses(channels[:, self._layout.steps + 2 :])
        if times > 1:
            of_pitches, sums, guesses = (
                np.tile(part, (times, *(1,) * (part.ndim - 1))) for part in (of_pitches, sums, guesses)
            )
        silent = (guesses > 0).cumsum(axis=2) - (guesses > 0)
        by_passage = (part.swapaxes(0, 1).reshape(-1, of_pitches.size) for part in (guesses, silent))
        return Known(of_pitches.ravel(), sums.reshape(-1, self._hidden), *by_passage)

    def _sum_many(self, channels: Array) -> Array:
        """Sum up what the past adds to each pitch, (takes, pitches of all blocks, hidden).

        Parameters
        ----------
        channels : ndarray of float32, (takes, channels, pitches)
        """
        layout, weights, takes = self._layout, self._weights, len(channels)
        before, dense = (torch.from_numpy(part) for part in np.split(channels, [layout.steps], axis=1))
        events = find_events(layout, before.flatten(1), torch.zeros(takes, self._pitches))
        pieces = map(torch.from_numpy, find_pieces(layout, takes, *find_entries(events.numpy())))
        sums = add_pieces(weights.strip, layout.width, *pieces).view(takes * layout.reached, self._hidden)
        sums.addmm_(layout.around(dense).flatten(0, 1), weights.dense)
        return sums.numpy().reshape(takes, layout.reached, self._hidden)

    def _sum_one(self, channels: Array) -> Array:
        """Do the same for a single take, of (channels, pitches): for so few numbers, calls of torch take longer."""
        layout, weights = self._layout, self._weights
        before, durations, others = np.split(channels, [layout.steps, layout.steps + 2])
        classes = np.zeros(OCTAVE, np.bool_)
        classes[self._classes[before[0] > 0]] = True
        in_this_step = np.zeros(self._pitches, np.bool_)
        events = np.concatenate((before.ravel() > 0, in_this_step, classes, [True])).nonzero()[0]
        sums: Array = self._pieces[self._places[events]].sum(axis=0).reshape(1, layout.reached, self._hidden)
        inputs = np.zeros((layout.reached, len(weights.dense)), np.float32)
        padded = np.zeros((layout.reached + 2 * REACH, 2), np.float32)
        padded[REACH : REACH + self._pitches] = durations.T
        inputs[:, : 2 * (2 * REACH + 1)] = sliding_window_view(padded.ravel(), 2 * (2 * REACH + 1))[::2]
        inputs[: self._pitches, 2 * (2 * REACH + 1) :] = others.T
        sums += inputs @ weights.dense.numpy()
        return sums

    def _draw_many(self, known: Known, uniforms: Array, notes: Array, probabilities: Array) -> None:
        """Sample a step of many takes, one behind the other in all arrays: of each, up to `SPAN` pitches at once."""
        biases, sums, guesses, silent = known
        added, width = self._weights.added.reshape(-1, self._hidden), self._weights.added.shape[1]
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

    def _draw_one(self, known: Known, uniforms: Array, notes: Array, probabilities: Array) -> None:
        """Sample a step of a single take: an evaluation, and one for each note of the pitches above it."""
        biases, sums, guesses, silent = known
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
            sums = sums[first + 1 :] + self._weights.added[number, : len(notes) - low]
            number = min(number + 1, COUNTS)

    def _add_misses(self, sums: Array, misses: Integers) -> Array:
        """Add what the misses of passages, (2 or 0, pitches), add to sums, (pitches, hidden)."""
        of_misses = self._weights.misses
        if of_misses is None:
            return sums
        first, second = self._levels.take(misses)
        added: Array = sums + of_misses.take(first * (len(MISSES) + 1) + second, axis=0)
        return added

    def _evaluate(self, sums: Array, biases: Array) -> Array:
        """Return the probabilities of pitches from their sums, (pitches, hidden)."""
        units = np.tanh(sums)
        units *= sums
        units += sums
        sums = units @ self._weights.middle
        sums += self._weights.middle_bias
        units += sums
        sums *= np.tanh(sums)
        units += sums
        logits: Array = units @ self._weights.last
        logits += biases
        return sigmoid_of_twice(logits)


def _ranges(starts: Integers, sizes: Integers) -> Integers:
    """Concatenate ranges of integers: of each row of starts, all with the same sizes."""
    before = sizes.cumsum() - sizes
    shifts: Integers = (starts - before).repeat(sizes, axis=1)
    return shifts + np.arange(shifts.shape[1])
