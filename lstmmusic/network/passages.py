"""What followed the last time that the music went as it does now: what a relative output knows of repetitions.

Music repeats itself, exactly or at another pitch, and layers of LSTMs hardly remember what they have heard once. So the
longest passage that is equal to the last steps is looked for among the steps before, and the step that followed it is a
guess of the next step. Finding it involves no weights: only how far the guess is trusted is learned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lstmmusic.config import MISSES, PASSAGE_VALUES
from lstmmusic.network.devices import to_device
from lstmmusic.network.peepholes import LayerState
from lstmmusic.network.reader import Array, Reader
from lstmmusic.network.recent import running_max

# Longer passages count as this many steps.
LONGEST = 64

# With this factor, the logarithm of the length of a passage lies between 0 and about 2.
TRUST = 0.5

# Pairs of steps that are compared at once: each takes about 30 bytes.
COMPARED = 1 << 21

# A step is known by a number: the sum of the powers of `_BASE` that belong to its notes, modulo 2**64. Divided by the
# power of its lowest note, it is the number of the chord at any pitch. Different steps have equal numbers by chance
# only, about once in 2**60 pairs.
_BASE, _OF_MOVES = 0x9E3779B97F4A7C15, 0x51B54A32D192ED03


class Passages(Reader):
    """For each pitch, whether it sounded after the longest earlier passage like the last steps, and how long that is.

    At any pitch, steps are equal if their notes have the same intervals, and if the lowest one has moved by the
    same interval since the step before. Of passages of equal length, the last one counts.

    The values are (PASSAGE_VALUES * pitches): what speaks for a note, and what against it, by the passage at the same
    pitches, then by the one at any. The state has the last `steps` + 1 steps, the newest first, (batch, (steps + 1) *
    pitches), and for each but the newest the length of the passage that ends there and is like the last steps, (batch,
    2 * steps): at the same pitches, then at any.

    Parameters
    ----------
    pitches : int
    steps : int
        How far back an equal passage may end.
    """

    def __init__(self, pitches: int, steps: int) -> None:
        self.pitches, self.steps = pitches, steps
        self.size = PASSAGE_VALUES * pitches
        powers = [pow(_BASE, pitch, 2**64) for pitch in range(pitches)]
        inverse = pow(_BASE, -1, 2**64)
        self._powers = np.array(powers, np.uint64).view(np.int64)
        self._shifts = np.array([pow(inverse, pitch, 2**64) for pitch in range(pitches)], np.uint64).view(np.int64)

    def zero_state(self, batch: int, device: torch.device) -> LayerState:
        """See `Reader.zero_state`."""
        sizes = (self.steps + 1) * self.pitches, 2 * self.steps
        steps, lengths = (torch.zeros(batch, size, device=device) for size in sizes)
        return steps, lengths

    def read(self, inputs: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """See `Reader.read`."""
        time, batch, pitches = inputs.shape
        before, lengths = state
        history = before.reshape(batch, -1, pitches).transpose(0, 1).flip(0)
        rolls = torch.cat((history.to(inputs), inputs))
        device = inputs.device
        newest = self.steps + torch.arange(1, time + 1, device=device)[:, None]  # where each step is in `rolls`
        lowest, values, ends = rolls.argmax(2), [], []
        keys = self._number(rolls, lowest)
        # Where all that was before is silence, lags beyond the steps that are read are as good as the first of them. To
        # ask a GPU for that would take longer.
        after_silence = device.type == "cpu" and not before.any() and not lengths.any()
        lags = min(time, self.steps) if after_silence else self.steps
        for key, known, at_any in zip(keys, torch.split(lengths, self.steps, dim=1), (False, True), strict=True):
            best, longest, known = self._find_longest(key[self.steps - lags :], known[:, :lags])
            known = torch.cat((known, known[:, -1:].expand(-1, self.steps - lags)), dim=1)
            following = newest - best
            guess = rolls.gather(0, following[..., None].expand(-1, -1, pitches))
            if at_any:
                up = lowest[self.steps + 1 :] - lowest.gather(0, following - 1)
                places = torch.arange(pitches, device=device) - up[..., None]
                within = (places >= 0) & (places < pitches)
                guess = guess.gather(2, places.clamp(0, pitches - 1)) * within
            trust = TRUST * longest[..., None].to(inputs).log1p()
            values += [trust * guess, trust * (1 - guess)]
            ends.append(known.to(inputs))
        newest_first = rolls[time:].flip(0).transpose(0, 1).reshape(batch, -1)
        return torch.cat(values, dim=2), (newest_first, torch.cat(ends, dim=1))

    def _find_longest(self, key: Tensor, known: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Find the longest passages that are like the last steps.

        Parameters
        ----------
        key : Tensor of int64, (lags + 1 + time, batch)
            The numbers of the steps before, and of those that are read.
        known : Tensor, (batch, lags)
            The lengths of the passages before the first step that is read, for each lag from 1 on.

        Returns
        -------
        best, longest : Tensor of int64, and of int32, (time, batch)
            After each step, the lag of the longest passage less one, and its length.
        known : Tensor of int32, (batch, lags)
            The lengths after the last step.
        """
        count = known.shape[1]
        lags = torch.arange(1, count + 1, dtype=torch.int32, device=key.device)
        best, longest, known = [], [], known.int()
        size = max(1, COMPARED // known.numel())
        for now in torch.split(key[count + 1 :], size):
            number = torch.arange(1, len(now) + 1, dtype=torch.int32, device=key.device)[:, None, None]
            earlier = key[1 : len(now) + count].unfold(0, count, 1).flip(2)  # (time, batch, lags)
            # Since the last step in which they were not alike: one before the first has a number below 1.
            unlike = running_max(torch.where(earlier == now[..., None], -known, number))
            found = (number - unlike).clamp(max=LONGEST)
            best.append((found * (count + 1) - lags).argmax(2))
            longest.append(found.gather(2, best[-1][..., None])[..., 0])
            known, key = found[-1], key[len(now) :]
        return torch.cat(best), torch.cat(longest), known

    def _number(self, rolls: Tensor, lowest: Tensor) -> tuple[Tensor, Tensor]:
        """Return the numbers of steps at the same pitches, and at any, (time, batch) of int64."""
        powers, shifts = (to_device(part, rolls.device) for part in (self._powers, self._shifts))
        numbers = (rolls.long() * powers).sum(2)
        moved = lowest.diff(dim=0, prepend=lowest[:1])
        return numbers, numbers * shifts[lowest] + moved * _OF_MOVES

    def make_step(self, values: Array, state: tuple[Array, Array]) -> Callable[[Array], None]:
        """See `Reader.make_step`."""
        given, takes, pitches = len(state[0]), len(values), self.pitches
        rolls = state[0].reshape(given, -1, pitches).astype(np.uint8)
        lengths = state[1].reshape(given, 2, -1).astype(np.intp)
        lowest = rolls.argmax(axis=2)
        numbers = self._number(*(torch.from_numpy(part[:, ::-1].swapaxes(0, 1).copy()) for part in (rolls, lowest)))
        keys = np.stack([number.numpy()[:0:-1].T for number in numbers], axis=1)  # (given, 2, steps)
        each = np.arange(takes) % given
        rolls, lengths, lowest, keys = rolls[each], lengths[each], lowest[each], keys[each]
        lags, take = np.arange(1, self.steps + 1), np.arange(takes)[:, None]
        trusts = TRUST * np.log1p(np.arange(LONGEST + 1, dtype=np.float32))
        padded = np.zeros((takes, 3 * pitches), np.uint8)
        places = np.arange(pitches, 2 * pitches)

        def write() -> None:
            best = (lengths * (self.steps + 1) - lags).argmax(axis=2)  # (takes, 2)
            trust = trusts[np.take_along_axis(lengths, best[..., None], axis=2)]
            guesses = rolls[take, best]  # (takes, 2, pitches)
            up = lowest[:, 0] - lowest[take[:, 0], best[:, 1] + 1]
            padded[:, pitches : 2 * pitches] = guesses[:, 1]
            guesses[:, 1] = padded[take, places - up[:, None]]
            parts = values.reshape(takes, 2, 2, pitches)
            np.multiply(trust, guesses, out=parts[:, :, 0])
            np.subtract(trust, parts[:, :, 0], out=parts[:, :, 1])

        def step(notes: Array) -> None:
            below = notes.argmax(axis=1)
            number = notes.astype(np.int64) @ self._powers
            key = np.stack((number, number * self._shifts[below] + (below - lowest[:, 0]) * _OF_MOVES), axis=1)
            lengths[:] = np.where(keys == key[..., None], np.minimum(lengths + 1, LONGEST), 0)
            for history, newest in ((keys, key), (lowest, below)):
                history[..., 1:] = history[..., :-1].copy()
                history[..., 0] = newest
            rolls[:, 1:] = rolls[:, :-1].copy()
            rolls[:, 0] = notes
            write()

        write()
        return step


def find_guesses(values: Any) -> Any:
    """Return what the passages say of each pitch.

    Parameters
    ----------
    values : Tensor or ndarray, (rows, PASSAGE_VALUES, pitches)

    Returns
    -------
    Tensor or ndarray of int64, (rows, 2, pitches)
        By the passage at the same pitches, and by the one at any: 1 for a note, -1 for silence, 0 without a passage.
    """
    speaks_for, against = values[:, ::2], values[:, 1::2]
    return (speaks_for > 0) * 1 - (against > 0) * 1


def count_misses(guesses: Tensor, notes: Tensor) -> Tensor:
    """Return how often each passage was wrong about the lower notes of the step.

    Parameters
    ----------
    guesses : Tensor of int64, (rows, 2, pitches)
        See `find_guesses`.
    notes : Tensor of zeros and ones, (rows, pitches)

    Returns
    -------
    Tensor of float32, (rows, 2 * len(MISSES), pitches)
        For each passage, whether it was wrong at least so often.
    """
    missed = (guesses * (2 * notes[:, None].long() - 1) < 0).long()
    below = missed.cumsum(2) - missed
    return torch.stack([below >= least for least in MISSES], dim=2).flatten(1, 2).to(notes)
