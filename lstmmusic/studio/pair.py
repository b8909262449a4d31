"""What one run or two make of the same primer and seed: seen, heard from the same place on, and told apart blind."""

from __future__ import annotations

from functools import partial

from lstmmusic.generation.sampler import Take
from lstmmusic.studio.blind import BlindListening
from lstmmusic.studio.comparison import Comparison
from lstmmusic.studio.controls import Act, button, column, row, side_by_side
from lstmmusic.studio.heat import empty, lay_grid
from lstmmusic.studio.sound import Sound
from lstmmusic.views import RollView

_PLAYS = {
    "Play this run": "Hear what the run makes: A in the player",
    "Play the other": "Hear what the other makes: B in the player, from the same place on",
}


class Pair:
    """A picture and a button for each, the player below them, and a blind test.

    Parameters
    ----------
    sound : Sound
    act : callable
        Runs what a control asks for.
    """

    def __init__(self, sound: Sound, act: Act) -> None:
        self._sound = sound
        self._comparison: Comparison | None = None
        self._takes: tuple[Take, ...] = ()  # what of it can be played
        self.rolls = [
            RollView(height=130, compact=True, empty="What the run makes of the primer"),
            RollView(height=130, compact=True, empty="What the other run makes of it"),
        ]
        self.plays = [
            button(label, tooltip, act, partial(self.play, which))
            for which, (label, tooltip) in enumerate(_PLAYS.items())
        ]
        self.blind = BlindListening(sound, lambda: self._takes, self._hide, act)
        beside = side_by_side(*((roll, row(play)) for roll, play in zip(self.rolls, self.plays, strict=True)))
        self.box = column(beside, *sound.views, self.blind.box)

    def show(self, comparison: Comparison) -> None:
        """Show what the runs make, in place of those before; but not while those are heard that have gone on since."""
        paths = [run.path for run in comparison.runs]
        before = [run.path for run in self._comparison.runs] if self._comparison else []
        if paths != before:
            self.clear()
        elif self._heard:
            return
        self._comparison = comparison
        self._takes = tuple(take for take in comparison.takes if isinstance(take, Take))
        self._hide(False)

    def clear(self) -> None:
        """Take away what is shown, and end what is heard of it."""
        self.blind.forget()
        if self._sound.holds(self._takes):
            self._sound.stop()
        self._comparison, self._takes = None, ()
        self._hide(False)

    @property
    def _heard(self) -> bool:
        """Whether a test is under way, or a take sounds or is paused."""
        view = self._sound.view
        return self.blind.running or (self._sound.holds(self._takes) and (view.playing or view.position > 0))

    def play(self, which: int) -> None:
        """Play what a run makes, from where the other is if that plays."""
        if len(self._takes) < len(self.rolls):  # the one that can be played
            self._sound.play_takes(self._takes, 0, [self.rolls[which]])
        elif self._sound.holds(self._takes) and self._sound.view.playing:
            self._sound.view.chosen = which
        else:
            self._sound.play_takes(self._takes, which, self.rolls, "AB")

    def refresh(self) -> None:
        """Show what can be pressed."""
        self.blind.refresh()
        made = self._comparison.takes if self._comparison else ()
        for which, play in enumerate(self.plays):
            play.disabled = self.blind.running or not (which < len(made) and isinstance(made[which], Take))

    def _hide(self, hidden: bool) -> None:
        """Hide the pictures, or show them again."""
        runs, takes = (self._comparison.runs, self._comparison.takes) if self._comparison else ((), ())
        for which, view in enumerate(self.rolls):
            made = takes[which] if which < len(runs) else ""
            if isinstance(made, Take) and not hidden:
                with view.hold_sync():
                    lay_grid(view, made.tune.config)
                    letter = f"{'AB'[which]}: " if len(self._takes) == len(self.rolls) else ""
                    view.primer, view.title = made.primer_steps, f"{letter}{runs[which].name}"
                    view.show(made.tune.roll, onsets=made.tune.onsets)
            else:
                empty(view)
                view.title = "Hidden while you listen blind" if hidden else str(made)
