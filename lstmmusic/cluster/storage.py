"""Where runs are kept between machines: a folder that all of them see, or storage that Ray knows, such as S3.

Files are only copied here; what is in them is checked by those who open them, and nothing is ever unpickled.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from lstmmusic.base.files import write_atomically
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
        from pyarrow import fs

        self._files: Any = None  # a folder of this machine
        self._root = place
        if "://" in place:
            with mapped_errors(SaveError, lambda reason: f"{place} is no storage ({reason})", OSError, ValueError):
                self._files, self._root = fs.FileSystem.from_uri(place)

    def keep(self, file: Path, name: str) -> None:
        """Copy a file of this machine into a folder of the storage; a reader finds the old one or the new one.

        Raises
        ------
        SaveError
            If it cannot be written.
        """
        with mapped_errors(SaveError, lambda reason: f"{name} cannot be kept in {self._root} ({reason})", OSError):
            content = file.read_bytes()
            if self._files is None:
                folder = Path(self._root) / name
                folder.mkdir(parents=True, exist_ok=True)
                write_atomically(folder / file.name, content)
                return
            # These write a file completely or not at all.
            self._files.create_dir(f"{self._root}/{name}", recursive=True)
            with self._files.open_output_stream(f"{self._root}/{name}/{file.name}") as stream:
                stream.write(content)

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
                content = kept.read_bytes()
            else:
                path = f"{self._root}/{name}/{file.name}"
                if not self._files.get_file_info(path).is_file:
                    return False
                with self._files.open_input_stream(path) as stream:
                    content = stream.read()
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, content)
            return True
