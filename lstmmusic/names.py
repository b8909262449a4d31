"""Names of files and runs: made of what a person typed, or of what a run is. Nothing here looks at files."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import Path

from lstmmusic.config import NetworkConfig
from lstmmusic.errors import ConfigError
from lstmmusic.sources import Source

# A file system takes 255 bytes, and files are written under longer names first.
MAX_BYTES = 160

# No files can have these names on Windows, whatever their suffix.
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(text: str) -> str:
    """Make a name of what a person typed, that every file system takes, and that leads nowhere else.

    Raises
    ------
    ConfigError
        If nothing is left.
    """
    characters = (
        "-" if character in '<>:"/\\|?*' or unicodedata.category(character).startswith("C") else character
        for character in " ".join(unicodedata.normalize("NFC", text).split())
    )
    name = "".join(characters).lstrip(".- ")
    name = name.encode()[:MAX_BYTES].decode(errors="ignore").rstrip(".- ")
    if not name:
        raise ConfigError(f"{text[:40]!r} is no name; type letters or digits")
    return f"run {name}" if DEVICES.fullmatch(name) else name


def default_name(when: datetime, source: Source | None, network: NetworkConfig) -> str:
    """Return a name that tells what a run is, such as '2026-11-24 1530 chorales 3x120'."""
    sizes = network.hidden
    shape = f"3x{sizes[0]}" if len(set(sizes)) == 1 else "-".join(map(str, sizes))
    music = "" if source is None else Path(source.folder).name or source.kind
    return safe_name(f"{when:%Y-%m-%d %H%M} {music} {shape}")
