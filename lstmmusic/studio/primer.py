"""The primer, after which a network generates: part of a tune, selected on its piano roll, or recorded on keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from lstmmusic.config import RollConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.score import score_of
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import choice, row, toggle
from lstmmusic.studio.heat import clear, set_grid
from lstmmusic.views import KeysView, RollView

PRIMER_STEPS = 16
SILENCE = "silence"  # not None, which ipywidgets takes for "nothing is chosen"
NONE = ("none: from silence", SILENCE)
HEIGHT = 96  # pixels, of the roll or of the piano that replaces it


class Primer:
    """A menu of tunes, the piano roll of the chosen one, and a piano on which to record another.

    Parameters
    ----------
    context : Context
    changed : callable
        Called when another primer, or another part of it, is chosen.
    """

    def __init__(self, context: Context, changed: Callable[[], None]) -> None:
        act = context.act
        self._sound, self._changed = context.sound, changed
        self._grid = RollConfig()
        self._recorded: list[Tune] = []
        self._offered: list[tuple[str, Tune]] = []
        self.menu = choice("Primer", "The tune that the network continues", dict([NONE]))
        self.record = toggle("Record", "Record a primer on the keys of this computer or on a MIDI keyboard")
        self.menu.layout.flex, self.menu.layout.min_width = "1 1 0", "0"
        self.choice = row(self.menu, self.record)
        self.choice.layout.flex_flow = "row nowrap"
        self.roll = RollView(
            height=HEIGHT,
            compact=True,
            selectable=True,
            selection=(0, PRIMER_STEPS),
            empty="No primer: the tune starts from silence",
        )
        self.keys = KeysView(lambda notes: act(partial(self._adopt, notes)), height=HEIGHT - 30)
        self.keys.sounds = context.sound.page.ident
        self.menu.observe(lambda _: act(self._show), "value")
        self.roll.observe(lambda _: act(changed), "selection")
        self.record.observe(lambda _: self._swap(), "value")
        self._swap()

    @property
    def tune(self) -> Tune | None:
        """The chosen tune, or None."""
        return self.menu.value if isinstance(self.menu.value, Tune) else None

    @property
    def part(self) -> tuple[int, int]:
        """First step that is selected, and the step after the last."""
        start, stop = self.roll.selection
        return start, stop

    def offer(self, corpus: Corpus, held_out: Corpus | None) -> None:
        """Offer the tunes of a corpus, held-out tunes first, and choose the first."""
        self._grid = corpus.config
        self.keys.lowest, self.keys.highest = corpus.config.lowest, corpus.config.highest
        held_out_tunes = dict.fromkeys(held_out.tunes if held_out else ())
        self._offered = [(f"{tune.name} (held out)", tune) for tune in held_out_tunes]
        self._offered += [(tune.name, tune) for tune in corpus.tunes if tune not in held_out_tunes]
        self._fill(*self._offered, NONE, *self._recorded_here())

    def _recorded_here(self) -> list[tuple[str, Tune]]:
        return [(tune.name, tune) for tune in self._recorded if tune.config == self._grid]

    def _fill(self, *options: tuple[str, Any]) -> None:
        self.menu.options = options  # which chooses the first

    def _adopt(self, notes: Any) -> None:
        """Quantise notes that were recorded, and choose them.

        Raises
        ------
        MidiError
            If none of them lies in the range of pitches.
        """
        name = f"recorded {len(self._recorded) + 1}"
        tune = quantise(score_of(notes, name, self._sound.tempo.value), self._grid)
        self._recorded.append(tune)
        newest, *others = reversed(self._recorded_here())
        self._fill(newest, *self._offered, NONE, *others)
        self.roll.selection = (0, len(tune))
        self.record.value = False

    def _show(self) -> None:
        """Show the chosen tune, and select its first steps."""
        tune, before = self.tune, self.part
        with self.roll.hold_sync():
            if tune is None:
                clear(self.roll)
            else:
                set_grid(self.roll, tune.config)
                self.roll.title = f"Primer: {tune.name}"
                self.roll.show(tune.roll, onsets=tune.onsets)
                self.roll.selection = (0, min(PRIMER_STEPS, len(tune)))
        if self.part == before:  # otherwise, the selection has reported it
            self._changed()

    def _swap(self) -> None:
        """Show the piano instead of the roll, or the roll again."""
        shown, hidden = (self.keys, self.roll) if self.record.value else (self.roll, self.keys)
        shown.layout.display, hidden.layout.display = None, "none"
        if hidden is self.keys:
            self.keys.discard()
