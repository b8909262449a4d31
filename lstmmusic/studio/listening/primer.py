"""The primer, after which a network generates: part of a tune, selected on its piano roll, or recorded on keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from lstmmusic.config import RollConfig
from lstmmusic.labels import set_grid
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.grids import describe_step
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.score import score_of
from lstmmusic.music.tunes import those_in
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import choice, on_choice, quietly, row, toggle
from lstmmusic.studio.heat import clear
from lstmmusic.studio.listening.originals import Original, originals_of, scale_part
from lstmmusic.studio.looks import arrange, show
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
        self._laying: Latest[Original] = Latest(context.submit)
        self._chosen = False  # whether what is being laid was chosen by the user
        self._grid: RollConfig | None = None  # of the network that generated last, or else of the first music
        self._recorded: list[Original] = []  # newest first
        self._offered: list[tuple[str, Original]] = []
        self._shown: tuple[Original | None, RollConfig] = None, RollConfig()
        self.menu = choice(
            "Primer",
            "The tune that the network continues, from the part of it that is marked in its roll. "
            "Default: a tune that is held out",
            dict([NONE]),
        )
        self.record = toggle("Record", "Record a primer on the keys of this computer or on a MIDI keyboard")
        arrange(self.menu, flex="1 1 0", min_width="0")
        self.choice = row(self.menu, self.record)
        arrange(self.choice, flex_flow="row nowrap")
        self.roll = RollView(
            height=HEIGHT,
            compact=True,
            lane=False,
            selectable=True,
            selection=(0, PRIMER_STEPS),
            empty="No primer: the tune starts from silence",
        )
        self.keys = KeysView(lambda notes: act(partial(self._adopt, notes)), height=HEIGHT - 30)
        self.keys.sounds = context.sound.page.ident
        on_choice(self.menu, "value", act, self._choose)
        on_choice(self.roll, "selection", act, changed)
        self.record.observe(lambda _: self._swap(), "value")
        self._swap()

    @property
    def original(self) -> Original | None:
        """The music of the tune that is shown, or None."""
        return self._shown[0]

    @property
    def grid(self) -> RollConfig:
        """The grid on which it is shown."""
        return self._shown[1]

    @property
    def tune(self) -> Tune | None:
        """The tune that is shown, or None."""
        return self.original.on(self.grid) if self.original else None

    @property
    def part(self) -> tuple[int, int]:
        """First step that is selected, and the step after the last."""
        start, stop = self.roll.selection or (0, 0)
        return start, stop

    @property
    def busy(self) -> bool:
        """Whether a tune is being laid on the grid of the network."""
        return self._laying.busy

    def offer(self, corpus: Corpus, held_out: Corpus | None) -> None:
        """Offer the tunes of a corpus, held-out tunes first; choose the first, unless some were offered before."""
        self._use(self._grid or corpus.config)
        before = {original.tune: original for _, original in self._offered}
        originals = [before.get(original.tune, original) for original in originals_of(corpus)]
        held = those_in(corpus.tunes, held_out.tunes) if held_out else set()
        first = [(f"{one.tune.name} (held out)", one) for one in originals if one.tune in held]
        self._offered = [*first, *((one.tune.name, one) for one in originals if one.tune not in held)]
        stays = [*originals, *self._recorded, SILENCE] if any(tune in before for tune in corpus.tunes) else []
        chosen = self.menu.value
        if chosen in stays:
            self._fill(chosen)
        else:
            self._fill(self._offered[0][1])
            self._choose()

    def lay(self, grid: RollConfig) -> None:
        """Show the primer as a network on this grid has continued it; the same part stays selected."""
        self._use(grid)
        original, before, part = self.original, self.tune, self.part
        if original and not original.is_laid(grid):
            self._lay_chosen(chosen=self._laying.busy and self._chosen)
        elif grid != self.grid:
            after = original.on(grid) if original else None
            self._show(original, scale_part(part, before, after) if before and after else part)

    def restore(self, original: Original | None, part: tuple[int, int], grid: RollConfig) -> None:
        """Show a primer that was used before, if it is still there, and select a part of its steps on `grid`."""
        offered = {SILENCE, *self._recorded, *(one for _, one in self._offered)}
        if (original or SILENCE) not in offered or (original and not original.is_laid(self.grid)):
            return
        self._fill(original or SILENCE)
        before, after = (original.on(one) if original else None for one in (grid, self.grid))
        self._show(original, scale_part(part, before, after) if before and after else part)

    def refresh(self) -> None:
        """Show a tune that was laid on the grid of the network."""
        laid = self._laying.take()
        if laid and laid is self.menu.value and self._grid:
            if self._chosen:
                self._choose()
            else:
                self.lay(self._grid)

    def _use(self, grid: RollConfig) -> None:
        self._grid = grid
        self.keys.lowest, self.keys.highest = grid.lowest, grid.highest

    def _fill(self, chosen: Original | str) -> None:
        with quietly(self.menu):
            self.menu.options = [*((one.tune.name, one) for one in self._recorded), NONE, *self._offered]
            self.menu.value = chosen

    def _adopt(self, notes: Any) -> None:
        """Quantise notes that were recorded, and choose them.

        Raises
        ------
        MidiError
            If none of them lies in the range of pitches.
        """
        score = score_of(notes, f"recorded {len(self._recorded) + 1}", self._sound.tempo.value)
        tune = quantise(score, self._grid or RollConfig())
        self._recorded.insert(0, Original(tune, lambda: score))
        self._fill(self._recorded[0])
        self._show(self._recorded[0], (0, len(tune)))
        self.record.value = False
        self._changed()

    def _choose(self) -> None:
        """Show the chosen tune, and select its first steps, once it is laid on the grid of the network."""
        original = self.menu.value if isinstance(self.menu.value, Original) else None
        if original and self._grid and not original.is_laid(self._grid):
            self._lay_chosen(chosen=True)
        else:
            self._show(original, (0, PRIMER_STEPS))
            self._changed()

    def _lay_chosen(self, *, chosen: bool) -> None:
        """Lay the tune of the menu on the grid of the network, which changes the takes only if it was just chosen."""
        if isinstance(self.menu.value, Original) and self._grid:
            self._chosen = chosen
            self._laying.ask(partial(_lay, self.menu.value, self._grid))

    def _show(self, original: Original | None, part: tuple[int, int]) -> None:
        self._shown = original, self._grid or RollConfig()
        tune = self.tune
        with self.roll.hold_sync(), quietly(self.roll):
            if tune is None:
                clear(self.roll)
            else:
                set_grid(self.roll, tune)
                self.roll.title = f"Primer: {tune.name}"
                self.roll.show(tune.roll, onsets=tune.onsets, velocities=tune.velocities)
                self.roll.selection = part[0], min(part[1], len(tune))
            self.roll.note = _describe_grid(original, tune, self.grid)

    def _swap(self) -> None:
        """Show the piano instead of the roll, or the roll again."""
        shown, hidden = (self.keys, self.roll) if self.record.value else (self.roll, self.keys)
        show(shown)
        show(hidden, False)
        if hidden is self.keys:
            self.keys.discard()


def _lay(original: Original, grid: RollConfig) -> Original:
    original.on(grid)
    return original


def _describe_grid(original: Original | None, tune: Tune | None, grid: RollConfig) -> str:
    """Return what became of music on another grid, or ""."""
    if original is None or grid == original.tune.config:
        return ""
    if tune is None:
        return (
            f"{original.tune.name} has no note from pitch {grid.lowest} to {grid.highest}: the tune starts from silence"
        )
    pitches = (
        ""
        if (grid.lowest, grid.highest) == (original.tune.config.lowest, original.tune.config.highest)
        else (f", pitches {grid.lowest} to {grid.highest}")
    )
    return f"laid on the network's grid: steps of {describe_step(grid)}{pitches}"
