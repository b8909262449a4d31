"""Which music is loaded: a built-in collection, a folder, or files that were dropped on the page."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import ipywidgets as widgets

from lstmmusic.base.words import count_of
from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError, plain_text
from lstmmusic.music.builtin import COLLECTIONS
from lstmmusic.music.formats.kinds import SUFFIXES
from lstmmusic.music.source import FOLDER as FOLDER_KIND
from lstmmusic.music.source import STORED, Source
from lstmmusic.music.store import is_stored
from lstmmusic.music.uploads import remove_uploads, restore_uploads, store_upload, upload_folder
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, choice, column, control, on_choice, quietly, row, text
from lstmmusic.studio.looks import arrange, show
from lstmmusic.studio.undo import Undo
from lstmmusic.views import DropView

CHORALES, PIECES, FOLDER, UPLOADS = "chorales", "pieces", "folder", "uploads"
ADD, REPLACE = "are added", "replace the others"


class MusicChoice:
    """A menu of music, a field for a folder, and a box to drop files on.

    Parameters
    ----------
    context : Context
    undo : Undo
    chosen : callable
        Called when the user chooses other music.
    load : callable
        Called to load the chosen music.
    selected : callable
        Returns the path of the tune that is chosen in the table, or None.
    """

    def __init__(
        self,
        context: Context,
        undo: Undo,
        chosen: Callable[[], None],
        load: Callable[[], None],
        selected: Callable[[], Path | None],
    ) -> None:
        act = context.act
        self._folder, self._say, self._undo = context.folder, context.say, undo
        self._chosen, self._load, self._selected = chosen, load, selected
        self._before: set[Path] = set()  # the uploads before those that are being dropped
        self._dropped: list[Path] = []
        labels = {each.title[0].upper() + each.title[1:]: kind for kind, each in COLLECTIONS.items()}
        self.menu = choice(
            "Music",
            f"The tunes that the network learns from. Default: {next(iter(labels))}",
            {**labels, "My folder": FOLDER, "My uploads": UPLOADS},
        )
        self.about = text()
        self.folder = control(
            widgets.Text,
            "Folder",
            "Path of a folder of music files on the machine of the notebook; its subfolders are read too. Or of a "
            "stored corpus, a file that ends in .corpus",
            placeholder="/path/to/my/music",
        )
        self.drop = DropView(self._store, lambda taken, _: act(partial(self._end_drop, taken)), endings=SUFFIXES)
        self.manner = choice(
            "New files",
            "What becomes of the files that were dropped before. Default: new ones are added",
            [ADD, REPLACE],
        )
        self.remove_button = button(
            "Remove", "Remove the file of the tune that is chosen in the table from the uploads", act, self.remove
        )
        arrange(self.manner, flex="1 1 0", min_width="0")
        self.uploads = row(self.manner, self.remove_button)
        arrange(self.uploads, flex_flow="row nowrap")
        on_choice(self.menu, "value", act, self._choose)
        self.box = column(self.menu, self.about, self.folder, self.drop, self.uploads)
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
            return self._source
        if kind != FOLDER:
            return Source(kind)
        if not folder:
            raise CorpusError("type the path of a folder of music, or drop files, then press Load music")
        return Source(STORED if is_stored(folder) else FOLDER_KIND, folder)

    def show(self, source: Source) -> None:
        """Choose the music of a source."""
        with quietly(self.menu):
            if source.kind not in (FOLDER_KIND, STORED):
                self.menu.value = source.kind
            elif identity_of(source) == self._key:
                self.menu.value = UPLOADS
            else:
                self.menu.value, self.folder.value = FOLDER, source.folder
        self._show()

    def remove(self) -> None:
        """Remove the file of the tune that is chosen in the table.

        Raises
        ------
        CorpusError
            If none is chosen that was uploaded.
        """
        path = self._selected()
        removed = remove_uploads(self._folder, [path] if path else [])
        if not removed:
            raise CorpusError("choose a tune in the table that is one of your uploads, then press Remove")
        self._undo.add(f"remove {plain_text(removed[0][0].name)}", partial(self._restore, removed, ()), self._key)
        self._reload()

    @property
    def _source(self) -> Source:
        return Source("folder", str(upload_folder(self._folder)))

    @property
    def _key(self) -> object:
        return identity_of(self._source)

    def _list(self) -> set[Path]:
        folder = upload_folder(self._folder)
        return {path for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else set()

    def _choose(self) -> None:
        if self.menu.value != UPLOADS:
            self.drop.message = ""
        self._show()
        self._chosen()

    def _show(self) -> None:
        show(self.folder, self.menu.value == FOLDER)
        show(self.uploads, self.menu.value == UPLOADS)
        collection = COLLECTIONS.get(self.menu.value)
        self.about.value = f"<small>{html.escape(collection.about)}</small>" if collection else ""
        show(self.about, collection)

    def _store(self, name: str, content: bytes) -> None:
        if not self._dropped:
            self._before = self._list()
        self._dropped.append(store_upload(self._folder, name, content))

    def _end_drop(self, taken: int) -> None:
        """Load the uploads, with or without those of before."""
        dropped, self._dropped = self._dropped, []
        if not taken:
            return
        added = tuple(path for path in dropped if path not in self._before)
        replaced = self.manner.value == REPLACE and remove_uploads(self._folder, self._before.difference(dropped))
        what = f"replace {count_of(len(replaced), 'file')}" if replaced else f"add {count_of(len(added), 'file')}"
        if added or replaced:
            self._undo.add(what, partial(self._restore, replaced or (), added), self._key)
        with quietly(self.menu):
            self.menu.value = UPLOADS
        self._choose()
        self._load()

    def _restore(self, removed: Sequence[tuple[Path, Path]], added: Sequence[Path]) -> None:
        """Take back that uploads were removed, and others added."""
        remove_uploads(self._folder, added)
        restore_uploads(removed)
        self._reload()

    def _reload(self) -> None:
        """Load the uploads that are left."""
        with quietly(self.menu):
            self.menu.value = UPLOADS
        self._show()
        if self._list():
            self._load()
        else:
            self._say("No uploads are left. Drop files, or choose other music.")


def identity_of(source: Source | None) -> object:
    """Return what is equal for sources with the same files."""
    return source and (source.kind, source.folder)
