"""A chooser of the instruments, or of the tracks, whose notes are learned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from lstmmusic.config import RollConfig
from lstmmusic.errors import MidiError, plain_text
from lstmmusic.music.corpus import Corpus, has_drums, list_parts
from lstmmusic.music.intake import read_files
from lstmmusic.music.loading import reader_of
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.source import Source
from lstmmusic.music.verdicts import PartCount
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import button, choice, column, on_choice, quietly, row, text, toggle, widen_label
from lstmmusic.studio.looks import arrange
from lstmmusic.views import TuneCell, TuneRow, TunesView

INSTRUMENTS, TRACKS = "instrument", "name of track"


class PartsChoice:
    """A table of parts with ticks, by instrument or by name of track.

    Parameters
    ----------
    context : Context
    apply : callable
        Called to load the music with the parts that are ticked.
    solo : callable
        Called when another part, or none, is to be heard alone.

    Attributes
    ----------
    left_out : frozenset of str
        The labels of the parts that are not ticked.
    """

    def __init__(self, context: Context, apply: Callable[[], None], solo: Callable[[], None]) -> None:
        act = context.act
        self.left_out: frozenset[str] = frozenset()
        self._applied: frozenset[str] = frozenset()
        self._counts: Sequence[PartCount] = ()
        self._listed: Sequence[PartCount] = ()
        self._drums = False  # whether a file has any
        self.by = choice(
            "Choose by", f"What the notes of a tune are divided by. Default: {INSTRUMENTS}", [INSTRUMENTS, TRACKS]
        )
        arrange(self.by, width="210px")
        widen_label(self.by, "initial")
        self.table = TunesView(
            on_tick=lambda places, ticked: act(partial(self._tick, places, ticked)),
            label="Parts",
            compact=True,
            page_size=7,
            fill=True,
            columns=("Tunes", "Notes"),
            empty="No parts yet: load music",
        )
        self.hear = toggle("Hear only this", "Play the chosen tune with the part that is chosen in the table alone")
        self.apply_button = button("Apply", "Load the music with the parts that are ticked", act, apply, "primary")
        self.words = text()
        on_choice(self.by, "value", act, self._divide)
        on_choice(self.table, "selected", act, self._select)
        on_choice(self.hear, "value", act, solo)
        self._solo = solo
        self.box = column(row(self.by, self.apply_button, self.hear, self.words), self.table)
        self._show()

    @property
    def heard(self) -> PartCount | None:
        """The part that is to be heard alone, or None."""
        return self._listed[self.table.selected] if self.hear.value and self.table.selected >= 0 else None

    def show(self, corpus: Corpus, *, keep: bool) -> None:
        """Show the parts of a corpus, and tick those that were loaded, or keep the ticks."""
        self._counts = list_parts(corpus)
        self._drums = has_drums(corpus)
        self._applied = frozenset(corpus.source.parts_left_out if corpus.source else ())
        self.left_out = self.left_out if keep else self._applied
        self._list()

    def _divide(self) -> None:
        heard = self.heard
        self._list()
        if heard and not self.heard:
            self._solo()

    def _list(self) -> None:
        self._listed = [each for each in self._counts if each.track == (self.by.value == TRACKS)]
        self.table.empty = "No track has a name" if self._counts else "No parts yet: load music"
        self._show()

    def _show(self) -> None:
        with quietly(self.table, self.hear):
            self.table.show([_describe(part, part.label not in self.left_out) for part in self._listed])
            self.hear.value = self.hear.value and self.table.selected >= 0
        self.apply_button.disabled = self.left_out == self._applied
        self.hear.disabled = self.table.selected < 0
        if self.left_out != self._applied:
            self.words.value = "Press Apply to learn from the parts that are ticked."
        else:
            choose = "" if self.table.selected >= 0 else "Choose a part to hear it alone."
            self.words.value = f"{choose}{' Drums are not learned.' * self._drums}".strip()

    def _tick(self, places: Sequence[int], ticked: bool) -> None:
        labels = {self._listed[place].label for place in places}
        self.left_out = self.left_out - labels if ticked else self.left_out | labels
        self._show()

    def _select(self) -> None:
        self._show()
        if self.hear.value:
            self._solo()


def _describe(part: PartCount, used: bool) -> TuneRow:
    cells = TuneCell(f"{part.tunes:,}", part.tunes), TuneCell(f"{part.notes:,}", part.notes)
    return TuneRow(plain_text(part.label), used, "", cells=cells)


def read_part(path: Path, source: Source, part: PartCount, config: RollConfig, pedal: bool) -> Tune:
    """Read one part of a file of a corpus.

    Raises
    ------
    MidiError
        If the file cannot be read, or has no such part.
    """
    (score,) = read_files([path], reader_of(source))
    if isinstance(score, MidiError):
        raise score
    others = [n for n, each in enumerate(score.parts) if part.label != (each.name if part.track else each.instrument)]
    alone = score.without(others)
    if not len(alone.notes):
        raise MidiError(f"{score.name} has no part {part.label!r}; choose another tune or part")
    return quantise(alone, config, pedal=pedal)
