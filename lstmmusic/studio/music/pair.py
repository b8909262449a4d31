"""A tune as it is in its file, and what the grid makes of it: two piano rolls, each with a button that plays it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lstmmusic.config import RollConfig
from lstmmusic.errors import LSTMMusicError
from lstmmusic.labels import set_grid
from lstmmusic.music.loading import FINE, read_original
from lstmmusic.music.roll import Tune
from lstmmusic.music.source import Source
from lstmmusic.music.verdicts import PartCount
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import button, row, side_by_side
from lstmmusic.studio.heat import clear
from lstmmusic.studio.music.parts import read_part
from lstmmusic.views import RollView

ORIGINAL, QUANTISED = 0, 1

Tunes = tuple[Tune, Tune]  # original and quantised


class Pair:
    """The two rolls of a tune.

    Parameters
    ----------
    context : Context

    Attributes
    ----------
    original, quantised : RollView
    play_original, play_quantised : Button
    box : Widget
    """

    def __init__(self, context: Context) -> None:
        act = context.act
        self._sound, self._submit = context.sound, context.submit
        self._reading: Latest[tuple[Tunes, Path, str, bool]] = Latest(context.submit)
        self._tunes: Tunes | None = None
        self._path: Path | None = None  # of their file
        self.original, self.quantised = (
            RollView(height=112, fill=True, compact=True, lane=False, empty=empty)
            for empty in ("Choose a tune in the table: here is the original", "and here the notes on the grid")
        )
        self.play_original = button(
            "Play original", "Play the notes of the file, with its pedal", act, lambda: self._play(ORIGINAL)
        )
        self.play_quantised = button(
            "Play quantised", "Play the notes on the grid, as they are learned", act, lambda: self._play(QUANTISED)
        )
        self.box = side_by_side((self.original, row(self.play_original)), (self.quantised, row(self.play_quantised)))

    def ask(self, read: Callable[[], Tunes], path: Path, words: str = "", *, play: bool = False) -> None:
        """Show two tunes of a file once they are read, and play the original if asked for.

        Parameters
        ----------
        read : callable
            Returns them; called in the background.
        path : Path
        words : str
            What of the file they are, for the titles.
        play : bool
        """
        self._reading.ask(lambda: (read(), path, words, play))

    def clear(self) -> None:
        """Show none, nor one that is still being read."""
        self._tunes, self._reading = None, Latest(self._submit)
        for view in (self.original, self.quantised):
            clear(view)

    def refresh(self) -> None:
        """Show what was read.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        read = self._reading.take()
        if read:
            self._show(*read)
        for each in (self.play_original, self.play_quantised):
            each.disabled = self._tunes is None

    def _show(self, tunes: Tunes, path: Path, words: str, play: bool) -> None:
        is_other = path != self._path
        is_moved = self._tunes is not None and self._tunes[1].config != tunes[1].config
        if (is_other and self.original.follows) or ((is_other or is_moved) and self.quantised.follows):
            self._sound.stop()  # its playhead would be on other music
        self._tunes, self._path = tunes, path
        for view, tune, title in zip((self.original, self.quantised), tunes, ("Original", "Quantised"), strict=True):
            with view.hold_sync():
                set_grid(view, tune)
                view.title = f"{title}{words}: {tune.name}"
                view.show(tune.roll, onsets=tune.onsets, velocities=tune.velocities)
        if play:
            self._play(ORIGINAL)

    def _play(self, which: int) -> None:
        if self._tunes is None:
            raise LSTMMusicError("there is no tune to play yet; choose one in the table")
        self._sound.play(self._tunes[which], (self.original, self.quantised)[which])


def read_pair(path: Path, source: Source, part: PartCount | None, config: RollConfig, pedal: bool) -> Tunes:
    """Read a file of a source, or one of its parts alone, as it is and on a grid."""
    if part is None:
        return read_original(path, source), read_original(path, source, config, pedal)
    return read_part(path, source, part, FINE, True), read_part(path, source, part, config, pedal)
