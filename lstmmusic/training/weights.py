"""The weights of a run as they were at some of its updates, so that it can be heard how a network learned."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import torch
from torch import Tensor

from lstmmusic.config import NetworkConfig
from lstmmusic.network.model import StackedLSTM
from lstmmusic.settings import check_number, checked

Item = TypeVar("Item")

# Of a run, in memory and in its file: 24 of networks up to 3x256, 15 of 3x512, and 4 of 3x1024.
MOST_SNAPSHOTS = 24
SNAPSHOT_BYTES = 192_000_000

# The updates of snapshots are these, and 10, 100, 1,000 ... times as many.
SPACING = (1, 2, 3, 5)


@dataclass(frozen=True, eq=False)
class WeightSnapshot:
    """The weights with which a network generates, as they were after an update.

    Parameters
    ----------
    update : int
        Updates so far; 0 is before the first.
    config : NetworkConfig
        The shape of the network.
    weights : mapping of str to Tensor
        The EMA weights where a running average is kept, and the sampling bias: on the CPU, never changed in place.
    """

    update: int
    config: NetworkConfig
    weights: Mapping[str, Tensor]

    def network(self) -> StackedLSTM:
        """Make a new network with these weights, on the CPU."""
        return StackedLSTM.from_weights(self.config, self.weights)


def bytes_of_weight(config: NetworkConfig) -> int:
    """Return in how many bytes snapshots keep each weight of a network: 4 if `MOST_SNAPSHOTS` fit so, else 2.

    With 4, a snapshot gives the very tunes that its network gave then. With 2, the probability of a note differs by
    0.000003 on average: of 20 chorales of 200 steps with 3x512, 16 were the same, and 4 differed from some note on.
    """
    return 4 if MOST_SNAPSHOTS * 4 * config.parameters <= SNAPSHOT_BYTES else 2


def most_snapshots(config: NetworkConfig) -> int:
    """Return how many snapshots are kept of a network: up to `MOST_SNAPSHOTS`, within `SNAPSHOT_BYTES`."""
    return min(MOST_SNAPSHOTS, SNAPSHOT_BYTES // (bytes_of_weight(config) * config.parameters))


def pack(snapshot: WeightSnapshot) -> WeightSnapshot:
    """Return a snapshot as it is kept: with matrices in 16 bits if the network is large; see `bytes_of_weight`."""
    if bytes_of_weight(snapshot.config) == 4:
        packed = {name: weight.float() for name, weight in snapshot.weights.items()}
    else:
        largest = torch.finfo(torch.float16).max
        packed = {
            name: weight.clamp(-largest, largest).half() if weight.dim() > 1 else weight.float()
            for name, weight in snapshot.weights.items()
        }
    return replace(snapshot, weights=packed)


def plan_snapshots(newest: int, most: int) -> list[int]:
    """Return the updates whose weights are kept once a run has made `newest` updates.

    They are 0, and 1, 2, 3, 5, 10, 20, 30, 50, 100 ... as far as the run has come. If these are more than `most`, every
    second is left out from the beginning on, until 1, 3, 10, 30, 100 ... remain, then every second of those, and so on.

    Parameters
    ----------
    newest : int
    most : int
        None are kept if fewer than two may be.
    """
    if most < 2:
        return []
    decades = (10**decade for decade in itertools.count())
    spaced = (digit * decade for decade in decades for digit in SPACING)
    updates = list(itertools.takewhile(lambda update: update <= newest, spaced))
    # By their lowest bits: odd places first, then the odd multiples of 2, of 4 and so on, and at last the place 0.
    order = sorted(range(len(updates)), key=lambda place: (place & -place or len(updates), place))
    kept = order[max(0, len(updates) + 1 - most) :]
    return [0, *(updates[place] for place in sorted(kept))]


def spread(snapshots: Sequence[Item], count: int) -> list[Item]:
    """Choose `count` snapshots evenly among all: the first, the last, and those between; all, if there are fewer."""
    last, steps = len(snapshots) - 1, min(count, len(snapshots)) - 1
    return [snapshots[round(place * last / max(steps, 1))] for place in range(steps + 1)]


@checked
def nearest_snapshot(snapshots: Sequence[WeightSnapshot], update: int) -> WeightSnapshot | None:
    """Find the snapshot whose update is nearest to another, by the logarithm; the earlier of two that are as near.

    Parameters
    ----------
    snapshots : sequence of WeightSnapshot
    update : int
        At least 0.

    Returns
    -------
    WeightSnapshot or None
        None if there are none.

    Raises
    ------
    ConfigError
        If the update is below 0.
    """
    check_number("update", update, 0, math.inf, whole=True)
    place = math.log1p(update)
    return min(snapshots, key=lambda snapshot: abs(math.log1p(snapshot.update) - place), default=None)
