"""What a saved run says of itself: its header, and its tensors, checked before memory is taken for them.

A file from somebody else may claim to hold anything. Nothing here trains, or makes a network.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from lstmmusic.config import NetworkConfig, TrainingConfig, check_number
from lstmmusic.errors import CheckpointError, ConfigError
from lstmmusic.files import home_path, utf8_path
from lstmmusic.snapshots import Change
from lstmmusic.text import plain_text
from lstmmusic.training import CHANGEABLE

FORMAT = 1
POSITION = ("epoch", "position", "repeats", "crops", "seconds")
HEADER = "lstmmusic"

# A header has some 3 kB, and 100 bytes for each change of a setting; ten updates a second make this many in 77 days;
# and weights are there at most five times: as they are, averaged, the best, and twice for Adam.
MAX_HEADER = 8_000_000
MAX_UPDATES = 2**26
_COPIES = 5


def read_parts(path: str | Path, *prefixes: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the header of a saved run, and those of its tensors whose names begin with a prefix.

    Raises
    ------
    CheckpointError
        If the file is no saved run, or is damaged.
    """
    path = home_path(path)
    name = path.name
    try:
        if not path.is_file():
            raise CheckpointError(f"{path} is not there; check the path")
        with path.open("rb") as opened:
            check_number("the size of its header", int.from_bytes(opened.read(8), "little"), 2, MAX_HEADER)
            with safe_open(utf8_path(opened), "pt") as file:
                header = json.loads((file.metadata() or {})[HEADER])
                if not isinstance(header, dict):
                    raise ValueError("its header is no table")
                if header.get("format") != FORMAT:
                    reads = f"this version reads format {FORMAT}"
                    raise CheckpointError(f"{name} has format {header.get('format')!r}; {reads}")
                _check_size(path.stat().st_size, NetworkConfig.from_dict(header["network"]))
                names = [tensor for tensor in file.keys() if tensor.startswith(prefixes)]  # noqa: SIM118 - no dict
                # Copies: the file itself is mapped into memory, and whoever cuts it off would end this process.
                tensors = {tensor: file.get_tensor(tensor).clone() for tensor in names}
    except CheckpointError:
        raise
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read ({error.strerror or error}); check the file") from error
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{name} is no saved run of LSTMmusic, or is damaged ({error})") from error
    return header, tensors


def _check_size(size: int, network: NetworkConfig) -> None:
    """Refuse a file that is too small for its network, or far too large, before memory is taken for either."""
    weights = network.parameters  # the best at least, in half of the bits or in all
    most = _COPIES * 4 * weights + 24 * MAX_UPDATES + 2 * MAX_HEADER
    check_number("the size of the file", size, 2 * weights, most)


def read_settings(header: dict[str, Any]) -> tuple[TrainingConfig, TrainingConfig | None]:
    """Read the settings of a run off its header: as they were saved, and as they were at the first update.

    The second are None where settings were changed since, and the file does not tell from what.

    Raises
    ------
    ConfigError
        If a setting is none, or out of range.
    """
    saved = TrainingConfig.from_dict({"transpose": 0} | header["training"])  # the first runs knew no other keys
    if header.get("began"):
        return saved, TrainingConfig.from_dict(header["began"])
    return saved, None if any(change.update for change in read_changes(header)) else saved


def read_changes(header: dict[str, Any]) -> Iterator[Change]:
    """Read what was changed while a run went on off its header; the first version wrote none.

    Raises
    ------
    ConfigError
        If a setting is none that may change, or is out of range.
    """
    for entry in header.get("changes", []):
        update, parts = entry["update"], []
        for names in (entry["settings"], entry.get("before", {})):
            checked = TrainingConfig.from_dict(names)
            if fixed := set(names) - set(CHANGEABLE):
                raise ConfigError(f"{', '.join(sorted(fixed))} cannot change while a run goes on")
            parts.append({name: getattr(checked, name) for name in names})
        check_number("update of a change", update, 0, math.inf, whole=True)
        settings, before = parts
        yield Change(update, settings, plain_text(str(entry["reason"])), before)


def read_position(header: dict[str, Any]) -> dict[str, int | float]:
    """Read how far a run came off its header.

    Raises
    ------
    ConfigError
        If a number is none, or out of range.
    """
    position: dict[str, int | float] = {name: header["position"][name] for name in POSITION}
    for name in ("epoch", "position", "repeats"):
        check_number(name, position[name], 0, 2**53, whole=True)
    check_number("crops", position["crops"], 1, 2**53, whole=True)
    check_number("seconds", position["seconds"], 0, 1e12)
    return position | {"seconds": float(position["seconds"])}
