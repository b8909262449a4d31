"""Which music is loaded: a built-in collection, a folder, or files that were dropped on the page."""

from __future__ import annotations

import html
from collections.abc import Callable
from functools import partial
from pathlib import Path

import ipywidgets as widgets

from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError
from lstmmusic.music.builtin import COLLECTIONS
from lstmmusic.music.corpus import Source
from lstmmusic.music.formats.kinds import SUFFIXES
from lstmmusic.music.uploads import store_upload, upload_folder
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import choice, column, control, on_choice, quietly, text
from lstmmusic.views import DropView

CHORALES, PIECES, FOLDER, UPLOADS = "chorales", "pieces", "folder", "uploads"
ADD, REPLACE = "are added", "replace those before"


class MusicChoice:
    """A menu of music, a field for a folder, and a box to drop files on.

    Parameters
    ----------
    context : Context
    chosen : callable
        Called when the user chooses other music.
    load : callable
        Called to load the files that were dropped.
    """

    def __init__(self, context: Context, chosen: Callable[[], None], load: Callable[[], None]) -> None:
        act = context.act
        self._folder, self._chosen, self._load = context.folder, chosen, load
        self._stored: list[Path] = []  # of the files that are being dropped
        labels = {each.title[0].upper() + each.title[1:]: kind for kind, each in COLLECTIONS.items()}
        self.menu = choice(
            "Music",
            "The tunes that the network learns from",
            {**labels, "My folder": FOLDER, "My uploads": UPLOADS},
        )
        self.about = text()
        self.folder = control(
            widgets.Text,
            "Folder",
            "Path of a folder of music files on the machine of the notebook; its subfolders are read too",
            placeholder="/path/to/my/music",
        )
        self.drop = DropView(self._store, lambda stored, _: act(partial(self._use_uploads, stored)), endings=SUFFIXES)
        on_choice(self.menu, "value", act, self._choose)
        self.box = column(self.menu, self.about, self.folder, self.drop)
        self._show()

    @property
    def grid(self) -> RollConfig | None:
        """The grid that suits the chosen music, where it is a collection."""
        collection = COLLECTIONS.get(self.menu.value)
        return collection.grid if collection else None

    def source(self) -> Source:
        """Return where the chosen music comes from.

        Raises
        ------
        CorpusError
            If no folder is named.
        """
        kind, folder = self.menu.value, self.folder.value.strip()
        if kind == UPLOADS:
            return Source("folder", str(upload_folder(self._folder)))
        if kind != FOLDER:
            return Source(kind)
        if not folder:
            raise CorpusError("type the path of a folder of music, or drop files, then press Load music")
        return Source("folder", folder)

    def _choose(self) -> None:
        self._show()
        self._chosen()

    def _show(self) -> None:
        self.folder.layout.display = None if self.menu.value == FOLDER else "none"
        collection = COLLECTIONS.get(self.menu.value)
        self.about.value = f"<small>{html.escape(collection.about)}</small>" if collection else ""
        self.about.layout.display = None if collection else "none"

    def _store(self, name: str, content: bytes) -> None:
        self._stored.append(store_upload(self._folder, name, content))

    def _use_uploads(self, stored: int) -> None:
        self._stored = []
        if stored:
            with quietly(self.menu):
                self.menu.value = UPLOADS
            self._choose()
            self._load()
