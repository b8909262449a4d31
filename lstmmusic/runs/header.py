"""What the header of a saved run says beside its tensors: its settings, their changes, and how far it has come.

A header from somebody else may claim anything: every value is checked. Files of earlier versions lack some.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator
from typing import Any, Protocol, Self, TypeVar

from lstmmusic.config import CHANGEABLE, TrainingConfig, rename_old
from lstmmusic.errors import ConfigError, plain_text
from lstmmusic.settings import check_number
from lstmmusic.training.evaluation import Parts
from lstmmusic.training.snapshot import Change
from lstmmusic.training.start import Origin

LONGEST_KEPT = 5000  # characters of settings that are kept


class Readable(Protocol):
    """Settings that are read from a table of names and values."""

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Check them."""


Settings = TypeVar("Settings", bound=Readable)

POSITION = ("epoch", "position", "repeats", "crops", "seconds", "window")


def read_config(kind: type[Settings], values: Any) -> Settings:
    """Read settings of a kind from a header; equal ones, which most runs in a folder share, are checked once.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.
    """
    text = json.dumps(values)
    return _parse(kind, text) if len(text) <= LONGEST_KEPT else kind.from_dict(values)


@functools.lru_cache(maxsize=4000)
def _parse(kind: type[Settings], text: str) -> Settings:
    return kind.from_dict(json.loads(text))


def read_settings(header: dict[str, Any]) -> tuple[TrainingConfig, TrainingConfig | None]:
    """Read the settings of a run from its header: as they were saved, and as they were at the first update.

    The latter are None where settings were changed since, and the file lacks their first values.

    Raises
    ------
    ConfigError
        If a setting is unknown or out of range.
    """
    saved = read_config(TrainingConfig, {"transpose": 0} | header["training"])  # the first runs had no such setting
    if header.get("began"):
        return saved, read_config(TrainingConfig, header["began"])
    return saved, None if any(change.update for change in read_changes(header)) else saved


def read_changes(header: dict[str, Any]) -> Iterator[Change]:
    """Read the changes of settings during a run from its header; the first version wrote none.

    Raises
    ------
    ConfigError
        If a setting may not change during a run, or is out of range.
    """
    for entry in header.get("changes", []):
        update, parts = entry["update"], []
        for names in map(rename_old, (entry["settings"], entry.get("before", {}))):
            checked = TrainingConfig.from_dict(names)
            if fixed := set(names) - set(CHANGEABLE):
                raise ConfigError(f"{', '.join(sorted(fixed))} cannot change during a run")
            parts.append({name: getattr(checked, name) for name in names})
        check_number("update of a change", update, 0, math.inf, whole=True)
        settings, before = parts
        yield Change(update, settings, plain_text(str(entry["reason"])), before)


def read_origin(header: dict[str, Any]) -> Origin | None:
    """Read whose weights a run started from; None for a new network, and in older files.

    Raises
    ------
    ConfigError
        If it is not a record of them.
    """
    return Origin(**header["started_from"]) if header.get("started_from") else None


def read_loss(header: dict[str, Any]) -> Parts | None:
    """Read the last validation loss from the header of a run; None without validation, and in older files.

    Raises
    ------
    ConfigError
        If it is not four numbers, or one is out of range.
    """
    if header.get("parts") is None:
        return None
    parts = Parts(*header["parts"])
    for name, nats in parts._asdict().items():
        check_number(name, nats, 0, math.inf)
    return parts


def read_position(header: dict[str, Any]) -> dict[str, int | float]:
    """Read how far a run has come from its header.

    Raises
    ------
    ConfigError
        If a value is not a number, or out of range.
    """
    saved = {"window": 0} | header["position"]  # earlier versions shuffled all crops together
    position: dict[str, int | float] = {name: saved[name] for name in POSITION}
    for name in ("epoch", "repeats"):
        check_number(name, position[name], 0, 2**53, whole=True)
    check_number("crops", position["crops"], 1, 2**53, whole=True)
    check_number("position", position["position"], 0, position["crops"] - 1, whole=True)
    check_number("seconds", position["seconds"], 0, 1e12)
    check_number("window", position["window"], 0, 2**40, whole=True)
    return position | {"seconds": float(position["seconds"])}
