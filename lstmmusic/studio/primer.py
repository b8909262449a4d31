"""What a network hears before it goes on by itself: a part of a tune, chosen on its roll, or what is played in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from lstmmusic.config import RollConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.score import score_of
from lstmmusic.studio.controls import Act, choice, row
from lstmmusic.studio.heat import empty, lay_grid
from lstmmusic.studio.sound import Sound
from lstmmusic.views import KeysView, RollView

PRIMER_STEPS = 16
SILENCE = "silence"  # the primer that is none: of a value None, ipywidgets says that nothing is chosen
NONE = ("none: from silence", SILENCE)
HEIGHT = 96  # pixels, of the roll and of the piano in its place


class Primer:
    """A menu of tunes, the roll of the one that is chosen, and a piano on which to play another.

    Parameters
    ----------
    sound : Sound
        Whose tempo is that of what is played in.
    act : callable
        Runs what a control asks for.
    changed : callable
        Is called when another primer, or another part of it, is chosen.
    """

    def __init__(self, sound: Sound, act: Act, changed: Callable[[], None]) -> None:
        self._sound, self._changed = sound, changed
        self._grid = RollConfig()
        self._played: list[Tune] = []
        self._offered: list[tuple[str, Tune]] = []
        self.menu = choice("Primer", "What the network hears before it goes on by itself", dict([NONE]))
        self.play_in = widgets.ToggleButton(
            description="Play in",
            tooltip="Play the primer yourself: on the keys of this computer, or on a MIDI keyboard",
            layout=widgets.Layout(width="auto", flex="0 0 auto"),
        )
        self.menu.layout.flex, self.menu.layout.min_width = "1 1 0", "0"
        self.choice = row(self.menu, self.play_in)
        self.choice.layout.flex_flow = "row nowrap"
        self.roll = RollView(
            height=HEIGHT,
            compact=True,
            selectable=True,
            selection=(0, PRIMER_STEPS),
            empty="The primer: none, from silence",
        )
        self.keys = KeysView(lambda notes: act(lambda: self._take_played(notes)), height=HEIGHT - 30)
        self.keys.sounds = sound.page.ident
        self.menu.observe(lambda _: act(self._show), "value")
        self.roll.observe(lambda _: act(changed), "selection")
        self.play_in.observe(lambda _: self._swap(), "value")
        self._swap()

    @property
    def tune(self) -> Tune | None:
        """The tune that is chosen."""
        return self.menu.value if isinstance(self.menu.value, Tune) else None

    @property
    def part(self) -> tuple[int, int]:
        """First step of it that is heard, and the step after the last."""
        start, stop = self.roll.selection
        return start, stop

    def offer(self, corpus: Corpus, held_out: Corpus | None) -> None:
        """Offer the tunes of a corpus, those that were held out first, and choose the first."""
        self._grid = corpus.config
        self.keys.lowest, self.keys.highest = corpus.config.lowest, corpus.config.highest
        unseen = dict.fromkeys(held_out.tunes if held_out else ())
        self._offered = [(f"{tune.name} (held out)", tune) for tune in unseen]
        self._offered += [(tune.name, tune) for tune in corpus.tunes if tune not in unseen]
        self._fill(*self._offered, NONE, *self._mine())

    def _mine(self) -> list[tuple[str, Tune]]:
        return [(tune.name, tune) for tune in self._played if tune.config == self._grid]

    def _fill(self, *options: tuple[str, Any]) -> None:
        self.menu.options = options  # which chooses the first

    def _take_played(self, notes: Any) -> None:
        """Lay what was played on the grid, and choose it.

        Raises
        ------
        MidiError
            If nothing was played that lies in the range of pitches.
        """
        name = f"played in, {len(self._played) + 1}"
        tune = quantise(score_of(notes, name, self._sound.tempo.value), self._grid)
        self._played.append(tune)
        newest, *others = reversed(self._mine())
        self._fill(newest, *self._offered, NONE, *others)
        self.roll.selection = (0, len(tune))
        self.play_in.value = False

    def _show(self) -> None:
        """Show the tune that is chosen, its beginning selected."""
        tune, before = self.tune, self.part
        with self.roll.hold_sync():
            if tune is None:
                empty(self.roll)
            else:
                lay_grid(self.roll, tune.config)
                self.roll.title = f"Primer: {tune.name}"
                self.roll.show(tune.roll, onsets=tune.onsets)
                self.roll.selection = (0, min(PRIMER_STEPS, len(tune)))
        if self.part == before:  # otherwise, that was heard
            self._changed()

    def _swap(self) -> None:
        """Show the piano in place of the roll, or the roll."""
        shown, hidden = (self.keys, self.roll) if self.play_in.value else (self.roll, self.keys)
        shown.layout.display, hidden.layout.display = None, "none"
        if hidden is self.keys:
            self.keys.discard()
