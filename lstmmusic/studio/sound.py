"""Where tunes are heard: through this machine's sound card, or in the page. One tune sounds at a time."""

from __future__ import annotations

import html
from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.pianoroll import Tune, find_notes, seconds_per_step
from lstmmusic.playback import NullPlayer, Player
from lstmmusic.studio.controls import Act, button, choice, row, slider, text, whole
from lstmmusic.views import RollView, SoundView

CARD, PAGE = "this machine", "this page"


class Sound:
    """Plays a tune, and moves the playhead of the picture that shows it.

    Parameters
    ----------
    player : Player
        Of this machine; a `NullPlayer` where it has no sound card.
    act : callable
        Runs what a control asks for.

    Attributes
    ----------
    begun : int
        How many tunes have been, by which whoever began the last one can tell that it still is.
    """

    def __init__(self, player: Player, act: Act) -> None:
        self.player = player
        self.begun = 0
        self._roll: RollView | None = None
        self._step = 1.0  # seconds
        places = {PAGE: PAGE} if isinstance(player, NullPlayer) else {CARD: CARD, PAGE: PAGE}
        self.place = choice("Sound from", "Where tunes are heard", places)
        self.tempo = slider(
            widgets.IntSlider, "Tempo, ♩/min", "Where a time step is in beats: how fast it is played", 30, 240, 100
        )
        self.velocity = slider(widgets.IntSlider, "Loudness", "MIDI velocity of each note", 1, 127, 80)
        self.instrument = whole(
            "Instrument",
            "General MIDI program in saved files, 0 for piano; the bundled SoundFont has a piano only",
            0,
            127,
            0,
        )
        self.view = SoundView()
        self.stop_button = button("Stop sound", "Be silent", act, self.stop)
        self.status = text()
        self.place.observe(lambda _: act(self.stop), "value")
        self.box = row(self.stop_button, self.view)

    @property
    def manner(self) -> dict[str, Any]:
        """How tunes are played and written: keywords of `write_midi`."""
        return {"tempo": self.tempo.value, "velocity": self.velocity.value, "instrument": self.instrument.value}

    def play(self, tune: Tune, roll: RollView, primer_steps: int = 0) -> None:
        """Play a tune in place of what sounds; the playhead of `roll` follows."""
        if self.place.value == PAGE:
            self.play_in_page(find_notes(tune), len(tune), tune.config, roll, tune.name, primer_steps)
            return
        self._begin(roll, tune.config)
        self.player.play(tune, **self.manner)

    def play_in_page(
        self,
        notes: NDArray[np.int64],
        steps: int,
        config: RollConfig,
        roll: RollView,
        name: str,
        primer_steps: int = 0,
        *,
        unfinished: bool = False,
    ) -> None:
        """Play notes, as `find_notes` lists them, in the page; if they are `unfinished`, more will be appended."""
        self._begin(roll, config)
        primer_end = primer_steps * self._step
        self.view.load(self._time(notes), steps * self._step, name, primer_end, unfinished=unfinished)
        roll.follows, roll.seconds_per_step = self.view.ident, self._step
        self.view.play()

    def append(self, notes: NDArray[np.int64], steps: int, *, last: bool) -> None:
        """Let steps follow in the page, whose notes begin to count at the end of what there is."""
        self.view.append(self._time(notes), steps * self._step, last=last)

    @property
    def seconds_left(self) -> float:
        """Until the end of what there is to play in the page."""
        return (self.view.duration - self.view.position) / self.view.tempo

    def _begin(self, roll: RollView, config: RollConfig) -> None:
        self.stop()
        self.begun += 1
        self._roll, self._step = roll, seconds_per_step(config, self.tempo.value)

    def _time(self, notes: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.column_stack((notes[:, :2] * self._step, notes[:, 2], np.full(len(notes), self.velocity.value)))

    def stop(self) -> None:
        """Be silent."""
        self.player.stop()
        self.view.stop()
        if self._roll is not None:
            self._roll.follows, self._roll.playhead = "", -1.0

    def refresh(self) -> None:
        """Show where the tune sounds."""
        if isinstance(self.player, NullPlayer):
            words = f"{self.player.description}; so it plays in this page"
        else:
            words = "" if self.place.value == PAGE else self.player.description
        problem = f". {self.view.problem}" if self.view.problem else ""
        self.status.value = f"Sound: {html.escape((words or 'in this page') + problem)}"
        on_card = self.place.value == CARD
        self.view.layout.display = "none" if on_card else None
        self.stop_button.layout.display = None if on_card else "none"  # the page's player has its own
        if self._roll is not None and on_card:
            self._roll.playhead = self.player.position / self._step if self.player.playing else -1.0

    def close(self) -> None:
        """Be silent, and give back the sound card."""
        self.player.close()
