"""Where the music of a corpus comes from, as settings: enough to load it again, also by a line of code."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from lstmmusic.config import check_choice, check_number
from lstmmusic.errors import ConfigError

Kind = Literal["chorales", "pieces", "folder"]


@dataclass(frozen=True)
class Source:
    """Which music, and how much of it is held out.

    Parameters
    ----------
    kind : {'chorales', 'pieces', 'folder'}
    folder : str
        Of MIDI files, for that kind.
    held_out : float or None
        Share of the tunes in the validation part, after `Corpus.split`.
    seed : int
        Of that split.
    """

    kind: Kind
    folder: str = ""
    held_out: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, get_args(Kind))
        if not isinstance(self.folder, str):
            raise ConfigError(f"folder is {self.folder!r}; it must be a path")
        if self.held_out is not None:
            check_number("held_out", self.held_out, 0.001, 0.999)
        check_number("seed", self.seed, 0, 2**63 - 1, whole=True)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Source:
        """Inverse of `dataclasses.asdict`, through JSON too."""
        unknown = set(values) - {field.name for field in fields(cls)} if isinstance(values, dict) else {"all"}
        if unknown:
            raise ConfigError(f"unknown settings for Source: {sorted(unknown)}")
        return cls(**values)
