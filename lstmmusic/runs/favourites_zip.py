"""Favourites in one zip file, for instance as MIDI and as WAV."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lstmmusic.base.files import replacing, safe_name
from lstmmusic.base.progress import Progress, Work
from lstmmusic.generation.sampler import Take
from lstmmusic.runs.favourites import Favourite, load_favourite


def zip_favourites(
    favourites: Sequence[Favourite], path: str | Path, writers: Mapping[str, Callable[[Take, Path], object]]
) -> Work[Path]:
    """Write a zip file with each favourite in several forms, for instance MIDI and WAV, and yield the progress.

    Their names begin with numbers, which keep their order.

    Parameters
    ----------
    favourites : sequence of Favourite
    path : str or Path
        The zip file.
    writers : mapping of str to callable
        For each suffix, such as ".mid", what writes a take to a path.

    Returns
    -------
    Path
        The zip file.

    Raises
    ------
    CheckpointError
        If a favourite is damaged or was moved; there is no zip file then.
    SaveError
        If the zip file cannot be written; an existing one is unharmed.
    """
    total = len(favourites) * len(writers)
    yield Progress(0, total)
    with (
        replacing(path) as file,
        tempfile.TemporaryDirectory(prefix="lstmmusic-") as folder,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as zipped,  # sound hardly becomes smaller
    ):
        for number, favourite in enumerate(favourites):
            take, name = load_favourite(favourite.path), safe_name(f"{number + 1:02} {favourite.name}")
            for place, (suffix, write) in enumerate(writers.items()):
                written = Path(folder, f"take{suffix}")
                write(take, written)
                zipped.write(written, name + suffix)
                yield Progress(number * len(writers) + place + 1, total)
    return Path(path)
