"""How the notes of a step are played: which of those that sounded before are struck again, and how loud notes begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from lstmmusic.config import ARTICULATION_VALUES, LEVELS, LOUDNESSES, OCTAVE
from lstmmusic.music.cells import HELD
from lstmmusic.music.score import VELOCITY
from lstmmusic.music.tally import WIDTH
from lstmmusic.network.outputs import Array, log_odds, to_numpy
from lstmmusic.network.played import CHANNELS, LOUDEST

# From features (takes, features), notes of zeros and ones, (takes, pitches), and random numbers in [0, 1),
# (takes, 2, pitches), for strikes and velocities, to cells, (takes, pitches).
Articulate = Callable[[Array, Array, Array], Array]

# Lower notes that are struck again, or held, of which the number matters; more count as this many.
MOST = 4

# What a note is described by: its own values, numbers of lower notes, their velocities, and averages.
COLUMNS = (11, 4, 3, LOUDNESSES)

# Where notes that sound are picked out, as weights are few; a GPU would have to wait for how many there are.
SPARSE = ("cpu",)


class ArticulationLoss(NamedTuple):
    """Nats of each step for how its notes are played.

    Parameters
    ----------
    strikes, velocities : Tensor, (...)
    """

    strikes: Tensor
    velocities: Tensor


class Articulation(nn.Module):
    """The notes of a step that sound, from the lowest to the highest, each given how the lower ones are played.

    A note that sounded in the step before is struck again with probability sigmoid(o_0), and one that begins has level
    l of velocity with probability softmax(o_1 ... o_n)_l. Here o = b + V (g + silu(M g + m)), and g = silu(a), where a
    is the sum of linear functions of what the layers say, of the pitch itself, and of `ARTICULATION_VALUES`: how long
    the pitch has sounded, and how loud; how many notes of the step begin after silence, or sounded before; which of
    these lie below, how they were played, and how loud; and how loud the music has been. All weights but those of the
    pitches are the same for all pitches.

    Parameters
    ----------
    features : int
        Width of the output of the layers, with which all features begin; they end with the values of
        `lstmmusic.network.played.Played`.
    pitches, hidden : int
    velocities : bool
        Whether notes have velocities, which are distinguished in `LEVELS`; otherwise all have the same.
    """

    def __init__(self, features: int, pitches: int, hidden: int, velocities: bool) -> None:
        super().__init__()
        self.features, self.pitches = features, pitches
        self.levels = LEVELS * velocities
        self.of_layers = nn.Linear(features, hidden)
        self.of_own = nn.Parameter(torch.empty(pitches, hidden))  # of each pitch
        self.of_values = nn.Parameter(torch.empty(hidden, ARTICULATION_VALUES))
        self.middle = nn.Linear(hidden, hidden)
        self.last = nn.Linear(hidden, 1 + self.levels)

    @torch.no_grad()
    def init_bias(self, strikes: float, levels: NDArray[np.float64]) -> None:
        """Set the constants, so that before training all notes are played as often in each way as in the music.

        Parameters
        ----------
        strikes : float
            Fraction of the notes that sounded in the step before that are struck, neither 0 nor 1.
        levels : ndarray of float64, (LEVELS,)
            Fraction of the notes with each level of velocity, none of which is 0.
        """
        self.last.bias[:1] = log_odds(np.array([strikes]))
        if self.levels:
            self.last.bias[1:] = torch.from_numpy(np.log(levels))

    def loss(self, features: Tensor, targets: Tensor) -> ArticulationLoss:
        """Return the negative log-likelihood of how the notes of each step are played, given the notes, in nats.

        Parameters
        ----------
        features : Tensor, (..., features)
        targets : Tensor of cells, (..., pitches)
        """
        shape = features.shape[:-1]
        cells = targets.reshape(-1, self.pitches)
        flat = features.reshape(len(cells), -1)
        of_played = flat[:, -CHANNELS * self.pitches - LOUDNESSES :].detach()
        if targets.device.type in SPARSE:
            rows, pitches = (cells > 0).nonzero(as_tuple=True)
        else:
            rows = torch.arange(len(cells), device=cells.device).repeat_interleave(self.pitches)
            pitches = torch.arange(self.pitches, device=cells.device).repeat(len(cells))
        values = read_notes(cells, of_played, rows, pitches)
        sums = self.of_layers(flat[:, : self.features])[rows] + self.of_own[pitches] + values @ self.of_values.t()
        own, before = cells[rows, pitches], values[:, 0] > 0
        units = functional.silu(sums)
        predicted = self.last(units + functional.silu(self.middle(units)))
        struck = own > HELD
        asked = before & (own > 0)
        strikes = functional.binary_cross_entropy_with_logits(predicted[:, 0], struck.to(values), reduction="none")
        of_steps = [features.new_zeros(len(cells)).index_add(0, rows, strikes * asked)]
        if self.levels:
            level = ((own - HELD).clamp(min=0) // WIDTH).long()
            velocities = functional.cross_entropy(predicted[:, 1:], level, reduction="none")
            of_steps.append(features.new_zeros(len(cells)).index_add(0, rows, velocities * struck))
        else:
            of_steps.append(torch.zeros_like(of_steps[0]))
        return ArticulationLoss(*(part.view(shape) for part in of_steps))

    def sampler(self, temperature: float, bias: float = 0.0) -> Articulate:
        """Return a function that samples how the notes of steps are played.

        Parameters
        ----------
        temperature : float
            Divides the log-odds of strikes and levels.
        bias : float
            Added to the log-odds of strikes, after temperature.
        """
        pitches, start, levels = self.pitches, self.features, self.levels
        of_layers, of_values, middle = (
            to_numpy(part.t()) for part in (self.of_layers.weight, self.of_values, self.middle.weight)
        )
        of_described, of_struck, of_velocities, of_loudness = np.split(of_values, np.cumsum(COLUMNS)[:-1])
        # Few lower notes are distinguished, so that what they add is known before.
        by_number = np.stack(describe_struck(*np.indices((MOST + 1, MOST + 1))), axis=-1).astype(np.float32) @ of_struck
        constants, of_own, middle_bias = map(to_numpy, (self.of_layers.bias, self.of_own, self.middle.bias))
        last, last_bias = to_numpy(self.last.weight.t() / temperature), to_numpy(self.last.bias / temperature)
        last_bias[0] += bias

        def play_one(sums: Array, before: list[bool], fates: Array) -> list[int]:
            """Play the notes of a single take; with numbers rather than arrays that takes half as long."""
            again = held = begun = 0  # of the lower notes
            total = latest = 0.0
            played = []
            for place, own in enumerate(before):
                units = sums[place] + by_number[min(again, MOST), min(held, MOST)]
                if place:
                    units += np.array([total / max(begun, 1), begun > 0, latest], np.float32) @ of_velocities
                units = _silu(units)
                predicted = (units + _silu(units @ middle + middle_bias)) @ last + last_bias
                if own and fates[place, 0] >= 0.5 + 0.5 * np.tanh(0.5 * predicted[0]):
                    held += 1
                    played.append(HELD)
                    continue
                velocity = VELOCITY
                if levels:
                    likely = np.exp(predicted[1:] - predicted[1:].max()).cumsum()
                    level = int(likely.searchsorted(fates[place, 1] * likely[-1], side="right"))
                    velocity = WIDTH * min(level, LEVELS - 1) + WIDTH // 2
                again += own
                begun += 1
                latest = velocity / LOUDEST
                total += latest
                played.append(HELD + velocity)
            return played

        def articulate(features: Array, notes: Array, uniforms: Array) -> Array:
            cells = notes.copy()
            takes, sounding = np.nonzero(notes)
            if not len(takes):
                return cells
            played = features[:, -CHANNELS * pitches - LOUDNESSES :]
            contexts = features[:, :start] @ of_layers + constants
            since, known = played[takes, sounding], played[takes, pitches + sounding]
            before = since > 0
            counts = np.bincount(takes, minlength=len(notes))
            sounded = np.bincount(takes[before], minlength=len(notes))
            first = counts.cumsum() - counts
            number = np.arange(len(takes)) - first[takes]
            interval = np.where(number > 0, sounding - np.roll(sounding, 1), 0)
            fresh = counts - sounded
            of_notes = describe(before, since, known, fresh[takes], sounded[takes], number, counts[takes], interval)
            sums = contexts[takes] + of_own[sounding] + np.transpose(of_notes).astype(np.float32) @ of_described
            sums += (played[:, -LOUDNESSES:] @ of_loudness)[takes]
            if len(notes) == 1:
                cells[0, sounding] = play_one(sums, before.tolist(), uniforms[0, :, sounding])
                return cells
            again, held, begun = np.zeros((3, len(notes)), np.intp)  # of the lower notes of each take
            total, latest = np.zeros((2, len(notes)), np.float32)
            fates = uniforms[takes, :, sounding]
            for place in range(counts.max()):
                active = np.flatnonzero(counts > place)
                at = first[active] + place
                units = sums[at] + by_number[again[active].clip(max=MOST), held[active].clip(max=MOST)]
                if place:
                    heard = describe_velocities(begun[active], total[active], latest[active])
                    units += np.stack(heard, axis=1).astype(np.float32) @ of_velocities
                units = _silu(units)
                predicted = (units + _silu(units @ middle + middle_bias)) @ last + last_bias
                own, fate = before[at], fates[at]
                struck = ~own | (fate[:, 0] < 0.5 + 0.5 * np.tanh(0.5 * predicted[:, 0]))
                velocity: Any = VELOCITY
                if self.levels:
                    likely = np.exp(predicted[:, 1:] - predicted[:, 1:].max(axis=1, keepdims=True)).cumsum(axis=1)
                    level = (likely <= fate[:, 1:] * likely[:, -1:]).sum(axis=1)
                    velocity = WIDTH * level.clip(max=LEVELS - 1) + WIDTH // 2
                cells[active, sounding[at]] += struck * velocity
                again[active] += own & struck
                held[active] += own & ~struck
                begun[active] += struck
                fraction = velocity / LOUDEST
                total[active] += struck * fraction
                latest[active] = np.where(struck, fraction, latest[active])
            return cells

        return articulate


def describe(
    before: Any, since: Any, known: Any, fresh: Any, sounded: Any, number: Any, count: Any, interval: Any
) -> list[Any]:
    """Return what is known of notes before any of their step is played, as columns of numbers.

    All are arrays of numpy, or of torch, (notes,).

    Parameters
    ----------
    before : array of bool
        Whether the pitch sounded in the step before.
    since, known : array
        See `lstmmusic.network.played.Played`.
    fresh, sounded : array
        How many notes of the step begin after silence, and sounded before.
    number, count : array
        How many notes of the step lie below, and how many it has.
    interval : array
        From the next lower note, in semitones; 0 for the lowest.
    """
    above = count - 1 - number
    chord = [fresh.clip(max=8) / 4, sounded.clip(max=8) / 4, (fresh > 0) * 1.0]
    place = [number / 4, above / 4, (number == 0) * 1.0, (above == 0) * 1.0, interval.clip(max=2 * OCTAVE) / OCTAVE]
    return [before * 1.0, since, known, *chord, *place]


def describe_struck(again: Any, held: Any) -> list[Any]:
    """Return columns for how many lower notes are struck again, and held; see `describe`."""
    return [again.clip(max=MOST) / 2, held.clip(max=MOST) / 2, (again > 0) * 1.0, (held > 0) * 1.0]


def describe_velocities(begun: Any, total: Any, latest: Any) -> list[Any]:
    """Return columns for how loud lower notes are, of those that begin; see `describe`.

    Parameters
    ----------
    begun : array
        Their number.
    total, latest : array
        The sum of their velocities, and that of the highest of them, as fractions.
    """
    return [total / begun.clip(min=1), (begun > 0) * 1.0, latest]


def read_notes(cells: Tensor, played: Tensor, rows: Tensor, pitches: Tensor) -> Tensor:
    """Return what the articulation of notes is predicted from, beside the layers, (notes, ARTICULATION_VALUES).

    Parameters
    ----------
    cells : Tensor, (steps, pitches)
    played : Tensor, (steps, values)
        What `lstmmusic.network.played.Played` read of the steps before each.
    rows, pitches : Tensor of int64, (notes,)
        The step and the pitch of each note.
    """
    size = cells.shape[1]
    since, known, loudness = torch.split(played, [size, size, LOUDNESSES], dim=1)
    sounds, struck = cells > 0, cells > HELD
    before = sounds & (since > 0)
    velocity = torch.where(struck, (cells - HELD) / LOUDEST, 0)
    below = torch.stack((sounds, before & struck, before & ~struck, struck, velocity)).cumsum(2)
    below[:, :, 1:] = below[:, :, :-1].clone()
    below[:, :, 0] = 0
    number, again, held, begun, total = (plane[rows, pitches] for plane in below)
    counts, sounded = sounds.sum(1), before.sum(1)
    # Of each pitch, the next lower one that sounds, and that begins: counted from 1, and 0 where there is none.
    order = torch.arange(1, size + 1, device=cells.device)
    next_lower, next_begun = (
        functional.pad((order * mask).cummax(1).values, (1, 0))[rows, pitches] for mask in (sounds, struck)
    )
    interval = torch.where(next_lower > 0, pitches + 1 - next_lower, 0)
    latest = functional.pad(velocity, (1, 0))[rows, next_begun]
    columns = describe(
        before[rows, pitches],
        since[rows, pitches],
        known[rows, pitches],
        (counts - sounded)[rows],
        sounded[rows],
        number,
        counts[rows],
        interval,
    )
    columns += [*describe_struck(again, held), *describe_velocities(begun, total, latest)]
    return torch.cat((torch.stack(columns, dim=1), loudness[rows]), dim=1).to(cells)


def _silu(values: Array) -> Array:
    activated: Array = values * (0.5 + 0.5 * np.tanh(0.5 * values))
    return activated
