"""Where runs are kept between machines: a folder that all of them see, or storage that Ray knows, such as S3.

Files are only copied here; what is in them is checked by those who open them, and nothing is ever unpickled.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from lstmmusic.base.files import replacing
from lstmmusic.errors import SaveError, mapped_errors


class Storage:
    """A place for runs.

    Parameters
    ----------
    place : str
        A folder, or a URI as `pyarrow.fs.FileSystem.from_uri` takes it.

    Raises
    ------
    SaveError
        If there is no storage of that kind.
    """

    def __init__(self, place: str) -> None:
        self._files: Any = None  # a folder of this machine
        self._root = place
        if "://" in place:
            from pyarrow import fs

            with mapped_errors(SaveError, lambda reason: f"{place} is no storage ({reason})", OSError, ValueError):
                self._files, self._root = fs.FileSystem.from_uri(place)

    def keep(self, file: Path, name: str) -> None:
        """Copy a file of this machine into a folder of the storage; a reader finds the old one or the new one.

        Raises
        ------
        SaveError
            If it cannot be written.
        """
        with (
            mapped_errors(SaveError, lambda reason: f"{name} cannot be kept in {self._root} ({reason})", OSError),
            file.open("rb") as content,
        ):
            if self._files is None:
                with replacing(Path(self._root) / name / file.name) as copy:
                    shutil.copyfileobj(content, copy)
                return
            # These write a file completely or not at all.
            self._files.create_dir(f"{self._root}/{name}", recursive=True)
            with self._files.open_output_stream(f"{self._root}/{name}/{file.name}") as stream:
                shutil.copyfileobj(content, stream)

    def fetch(self, name: str, file: Path) -> bool:
        """Copy the file of that name from a folder of the storage to this machine; return whether there is one.

        Raises
        ------
        SaveError
            If it cannot be read, or not be written here.
        """
        with mapped_errors(SaveError, lambda reason: f"{name} cannot be fetched from {self._root} ({reason})", OSError):
            if self._files is None:
                kept = Path(self._root) / name / file.name
                if not os.path.isfile(kept):  # noqa: PTH113 - which does not raise where the folder is closed
                    return False
                with kept.open("rb") as content, replacing(file) as copy:
                    shutil.copyfileobj(content, copy)
                return True
            path = f"{self._root}/{name}/{file.name}"
            if not self._files.get_file_info(path).is_file:
                return False
            with self._files.open_input_stream(path) as content, replacing(file) as copy:
                shutil.copyfileobj(content, copy)
            return True
