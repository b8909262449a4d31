"""The base of all settings."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from lstmmusic.errors import ConfigError
from lstmmusic.settings import check_settings


@dataclass(frozen=True)
class Config:
    """The base of the configs: a frozen dataclass that checks its settings, and can be saved as JSON."""

    def __post_init__(self) -> None:
        check_settings(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Inverse of `dataclasses.asdict`, also for values that were saved as JSON.

        Raises
        ------
        ConfigError
            If a setting is unknown or not allowed, or one without a default is missing.
        """
        if not isinstance(values, dict):
            raise ConfigError(f"the settings for {cls.__name__} are not a table of names and values")
        if unknown := set(values) - {each.name for each in fields(cls)}:
            raise ConfigError(f"unknown settings for {cls.__name__}: {sorted(unknown)}")
        needed = {each.name for each in fields(cls) if each.default is MISSING}
        if missing := needed - set(values):
            raise ConfigError(f"the settings for {cls.__name__} lack {', '.join(sorted(missing))}")
        return cls(**values)
