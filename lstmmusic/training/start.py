"""What a new run starts from, if not from random weights: those of a trained network, and a record of whose they are.

Nothing here reads files; see `lstmmusic.runs.starts`.
"""

from __future__ import annotations

import copy
import hashlib
import re
from dataclasses import asdict, dataclass

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.errors import ConfigError, plain_text
from lstmmusic.network.model import StackedLSTM, complete_weights
from lstmmusic.settings import check_fields

BUNDLED = "bundled: "  # what the source of a bundled network begins with


@dataclass(frozen=True)
class Origin:
    """Whose weights a run started from.

    Parameters
    ----------
    source : str
        'bundled: piano', or the path of a run: in a studio, relative to its folder.
    fingerprint : str
        Of the weights, as `fingerprint_of` returns it.
    """

    source: str
    fingerprint: str

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.source or not re.fullmatch("[0-9a-f]{16}", self.fingerprint):
            raise ConfigError("a start has a source, and a fingerprint of 16 hexadecimal digits")

    def __str__(self) -> str:
        """Return the source in words."""
        if self.source.startswith(BUNDLED):
            return plain_text(self.source)
        return plain_text(f"run {self.source.removeprefix('runs/')}")


@dataclass(frozen=True, eq=False)
class Start:
    """Weights from which runs can start, as `lstmmusic.load_start` returns them.

    Parameters
    ----------
    source : str
        See `Origin`.
    network : StackedLSTM
        Runs start from a copy.
    roll : RollConfig
        The grid of the music that it learned; the music of a run has the same pitches.
    """

    source: str
    network: StackedLSTM
    roll: RollConfig

    @property
    def origin(self) -> Origin:
        """The record of these weights."""
        return Origin(self.source, fingerprint_of(self.network))

    def copy_for(self, shape: NetworkConfig | None, roll: RollConfig) -> StackedLSTM:
        """Copy the network, for a run with a network of this shape on this grid.

        It keeps its own strikes, velocities, metre and endings, whatever the music of the run has.

        Raises
        ------
        ConfigError
            If the shape or the pitches differ.
        """
        own, other = self.roll, roll
        if (own.lowest, own.highest) != (other.lowest, other.highest):
            raise ConfigError(
                f"{self.source} has the pitches {own.lowest} to {own.highest}, and the music {other.lowest} to "
                f"{other.highest}; load the music with those of the start, or start from something else"
            )
        if shape is not None and shape.rolls_only() != self.network.config.rolls_only():
            here, there = asdict(shape.rolls_only()), asdict(self.network.config.rolls_only())
            differences = ", ".join(
                f"{name} {there[name]} (here {here[name]})" for name in there if there[name] != here[name]
            )
            raise ConfigError(
                f"{self.source} has another network: {differences}; leave out `network`, which is then that of the "
                f"start, or start from something else"
            )
        return copy.deepcopy(self.network)


def fingerprint_of(network: StackedLSTM) -> str:
    """Return 16 hexadecimal digits that identify the weights of a network."""
    digest = hashlib.sha256()
    added = complete_weights({}, network.config)
    for name, weight in sorted(network.state_dict().items()):
        if name in added and weight.cpu().equal(added[name]):
            continue  # so that those of earlier versions, which have none, keep their digits
        digest.update(f"{name} {tuple(weight.shape)}".encode())
        digest.update(weight.detach().cpu().float().contiguous().numpy().astype("<f4").tobytes())
    return digest.hexdigest()[:16]
