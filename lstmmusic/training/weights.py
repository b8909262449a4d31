"""The weights of a run as they were at some of its updates, so that it can be heard how a network learned."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from lstmmusic.config import NetworkConfig
from lstmmusic.network.model import StackedLSTM
from lstmmusic.settings import check_number, checked

# Of a run, in memory and in its file. Weights are kept exactly, in 32 bits, so that a snapshot gives the tunes that its
# network gave then.
MOST_SNAPSHOTS = 24
SNAPSHOT_BYTES = 64_000_000

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


def most_snapshots(config: NetworkConfig) -> int:
    """Return how many snapshots are kept of a network: up to `MOST_SNAPSHOTS`, within `SNAPSHOT_BYTES`."""
    return min(MOST_SNAPSHOTS, SNAPSHOT_BYTES // (4 * config.parameters))


def plan_snapshots(newest: int, most: int) -> list[int]:
    """Return the updates whose weights are kept once a run has made `newest` updates.

    They are 0, and 1, 2, 3, 5, 10, 20, 30, 50, 100 ... as far as the run has come. If these are more than `most`, every
    second is left out, so that 1, 3, 10, 30, 100 ... remain, then 1, 10, 100 ..., and so on.

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
    every = 1
    while len(updates[::every]) >= most:
        every *= 2
    return [0, *updates[::every]]


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
