"""What a new run may start from: the bundled networks, and earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from lstmmusic.base.files import home_path
from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.errors import CheckpointError
from lstmmusic.runs.bundled import PATHS, load_bundled
from lstmmusic.runs.checkpoint import checking, load_network, read_parts
from lstmmusic.runs.listing import Run, run_file
from lstmmusic.settings import checked
from lstmmusic.training.start import BUNDLED, Start


class PossibleStart(NamedTuple):
    """What a run may start from, without its weights."""

    source: str  # see `Origin`
    name: str  # in words
    network: NetworkConfig
    roll: RollConfig


@checked
def load_start(source: str | Path, *, fingerprint: str = "", folder: str | Path = ".") -> Start:
    """Load the weights of a bundled network, or the best ones of a run, for a new run to start from.

    Parameters
    ----------
    source : str or Path
        'bundled: chorales', 'bundled: piano', or the path of a run: its folder or its file.
    fingerprint : str
        Of the weights that are expected, as `as_code` writes it; by default any will do.
    folder : str or Path
        Where a relative path begins.

    Returns
    -------
    Start
        For `Trainer`.

    Raises
    ------
    CheckpointError
        If it is not a run, is damaged, or has other weights than expected.
    ConfigError
        If there is no bundled network of this name.
    """
    source = source if isinstance(source, str) else source.as_posix()
    if source.startswith(BUNDLED):
        network, roll = load_bundled(source.removeprefix(BUNDLED))
    else:
        with checking(source):
            file = run_file(home_path(folder) / home_path(source))
        network, roll = load_network(file)
    start = Start(source, network, roll)
    if fingerprint and start.origin.fingerprint != fingerprint:
        raise CheckpointError(
            f"{source} no longer has the weights with the fingerprint {fingerprint}: it was trained further or "
            f"replaced since. Leave out `fingerprint` to start from those that it has now"
        )
    return start


def list_bundled_starts() -> Iterator[PossibleStart]:
    """List the bundled networks that can be read."""
    for name, path in PATHS.items():
        with suppress(CheckpointError), checking(path.name):
            header, _ = read_parts(path)
            network, roll = NetworkConfig.from_dict(header["network"]), RollConfig.from_dict(header["roll"])
            yield PossibleStart(BUNDLED + name, BUNDLED + name, network, roll)


def list_starts_of(runs: Iterable[Run]) -> Iterator[PossibleStart]:
    """List the runs of a studio's folder."""
    for run in runs:
        yield PossibleStart(f"runs/{run.path.name}", f"run {run.name}", run.network, run.roll)
