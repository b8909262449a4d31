"""Where tunes are heard: through this machine's sound card, a MIDI device, or in the page; one tune at a time."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import PlaybackError
from lstmmusic.generation import Take
from lstmmusic.midi_player import list_midi_devices, open_midi_player
from lstmmusic.pianoroll import Tune, find_notes, seconds_per_step
from lstmmusic.playback import NullPlayer, Player
from lstmmusic.studio.controls import Act, button, choice, row, slider, text
from lstmmusic.studio.instruments import Instruments
from lstmmusic.views import RollView, SoundView, TimedTune

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
    turns : int
        How often what sounds has begun or ended, by which whoever began it last can tell that it still is what sounds.
    """

    def __init__(self, player: Player, act: Act) -> None:
        self.card = player
        self.player = player  # that is heard, unless the page is
        self.turns = 0
        self._roll: RollView | None = None
        self._step = 1.0  # seconds
        self._following: tuple[RollView, ...] = ()
        self._takes: object = None  # those that the page has
        self._restoring = False
        places = [PAGE] if isinstance(player, NullPlayer) else [CARD, PAGE]
        self.place = choice("Sound from", "Where tunes are heard", [*places, *list_midi_devices()])
        self.tempo = slider(
            widgets.IntSlider, "Tempo, ♩/min", "Where a time step is in beats: how fast it is played", 30, 240, 100
        )
        self.velocity = slider(widgets.IntSlider, "Loudness", "MIDI velocity of each note", 1, 127, 80)
        self.view = SoundView()
        self.instruments = Instruments(player, self.view, act, self.stop, self._play_with)
        self.stop_button = button("Stop sound", "Be silent", act, self.stop)
        self.status = text()
        self.place.observe(lambda _: None if self._restoring else act(self._move), "value")
        self.box = row(self.stop_button, self.view)

    @property
    def manner(self) -> dict[str, Any]:
        """How tunes are played and written: keywords of `write_midi`."""
        return {"tempo": self.tempo.value, "velocity": self.velocity.value, "instrument": self.instruments.program}

    @property
    def soundfont(self) -> Path:
        """The SF2 or SF3 file from which tunes are played."""
        return self.instruments.soundfont.path

    def _move(self) -> None:
        """Play from another place from now on.

        Raises
        ------
        PlaybackError
            If it is a MIDI device that cannot be opened.
        """
        self.stop()
        if self.player is not self.card:
            self.player.close()
            self.player = self.card
        if self.place.value not in (CARD, PAGE):
            try:
                self.player = open_midi_player(self.place.value)
            except PlaybackError:
                self._restoring = True
                self.place.value = self.place.options[0]
                self._restoring = False
                raise

    def _play_with(self, program: int) -> None:
        self.player.instrument = program

    def play(self, tune: Tune, roll: RollView, primer_steps: int = 0) -> None:
        """Play a tune in place of what sounds; the playhead of `roll` follows."""
        self.stop()
        if self.place.value != PAGE:
            self._roll, self._step = roll, seconds_per_step(tune.config, self.tempo.value)
            self.player.play(tune, **self.manner)
            return
        self.view.load_tunes([self.time(tune, primer_steps)])
        self._let_follow(roll, tune)
        self.view.play()

    def play_takes(self, takes: Sequence[Take], chosen: int, rolls: Sequence[RollView], labels: str = "") -> None:
        """Play one of some takes in place of what sounds; in the page, the others are heard from the same place on.

        Parameters
        ----------
        takes : sequence of Take
        chosen : int
            Which of them is heard.
        rolls : sequence of RollView
            One for each take, or one that shows the take that is heard.
        labels : str
            A letter for each; by default they are numbered.
        """
        if self.place.value != PAGE:
            self.play(takes[chosen].tune, rolls[chosen % len(rolls)], takes[chosen].primer_steps)
            return
        self.stop()
        self._load_takes(takes, chosen, rolls, labels)
        self.view.play()

    def turn_to(self, takes: Sequence[Take], chosen: int, roll: RollView) -> None:
        """Let another take be heard from the same place on, where the page has those that `roll` showed before."""
        if self.holds(takes):
            self.view.chosen = roll.follows_tune = chosen
        elif self._takes is not None and self._following == (roll,):
            self._load_takes(takes, chosen, [roll], "", go_on=True)

    def holds(self, takes: object) -> bool:
        """Tell whether these are the takes that the page has."""
        return self._takes is not None and self._takes is takes

    def play_blind(self, tunes: Sequence[TimedTune], chosen: int) -> None:
        """Play tunes that no picture shows.

        Raises
        ------
        PlaybackError
            If sound does not come from the page.
        """
        if self.place.value != PAGE:
            raise PlaybackError(f"only the page changes tunes at once; choose {PAGE} under Listening, Sound from")
        self.stop()
        self.view.load_tunes(tunes, chosen)
        self._takes = tunes
        self.view.play()

    def time(self, tune: Tune, primer_steps: int = 0, name: str | None = None, label: str = "") -> TimedTune:
        """Return a tune in seconds, as the page plays it."""
        step = seconds_per_step(tune.config, self.tempo.value)
        table = self._table(find_notes(tune), step)
        return TimedTune(table, len(tune) * step, tune.name if name is None else name, primer_steps * step, label)

    def play_on(self, take: Take, notes: NDArray[np.int64], steps: int, roll: RollView) -> None:
        """Play in the page so many steps of a take, of which these are the notes; more will be appended."""
        self.stop()
        self._step = seconds_per_step(take.tune.config, self.tempo.value)
        table, primer_end = self._table(notes, self._step), take.primer_steps * self._step
        self.view.load_tunes([TimedTune(table, steps * self._step, take.tune.name, primer_end, unfinished=True)])
        self._let_follow(roll, take.tune)
        self.view.play()

    def append(self, notes: NDArray[np.int64], steps: int, *, last: bool) -> None:
        """Let more steps follow, whose notes begin to count at the end of what there is."""
        self.view.append(self._table(notes, self._step), steps * self._step, last=last)

    @property
    def seconds_left(self) -> float:
        """Until the end of what there is to play in the page."""
        return (self.view.duration - self.view.position) / self.view.tempo

    def _table(self, notes: NDArray[np.int64], step: float) -> NDArray[np.float64]:
        """Return the notes that `find_notes` lists as a `TimedTune` has them."""
        return np.column_stack((notes[:, :2] * step, notes[:, 2], np.full(len(notes), self.velocity.value)))

    def _load_takes(
        self, takes: Sequence[Take], chosen: int, rolls: Sequence[RollView], labels: str, *, go_on: bool = False
    ) -> None:
        timed = [
            self.time(take.tune, take.primer_steps, f"{take.tune.name}, seed {take.seed}", labels[place : place + 1])
            for place, take in enumerate(takes)
        ]
        self.view.load_tunes(timed, chosen, go_on=go_on)
        self._takes = takes
        if len(rolls) == 1:
            self._let_follow(rolls[0], takes[chosen].tune, chosen)
        else:
            for place, (roll, take) in enumerate(zip(rolls, takes, strict=True)):
                self._let_follow(roll, take.tune, place)

    def _let_follow(self, roll: RollView, tune: Tune, number: int = 0) -> None:
        with roll.hold_sync():
            roll.follows, roll.follows_tune = self.view.ident, number
            roll.seconds_per_step = seconds_per_step(tune.config, self.tempo.value)
        if roll not in self._following:
            self._following = (*self._following, roll)

    def stop(self) -> None:
        """Be silent."""
        self.turns += 1
        self.player.stop()
        self.view.stop()
        for roll in self._following:
            roll.follows = ""
        if self._roll is not None:
            self._roll.playhead = -1.0
        self._roll, self._following, self._takes = None, (), None

    def refresh(self) -> None:
        """Show where the tune sounds."""
        in_page = self.place.value == PAGE or bool(self._following)  # as music is that goes on, wherever others sound
        if isinstance(self.card, NullPlayer) and in_page:
            words = f"{self.card.description}; so it plays in this page"
        else:
            words = "in this page" if in_page else self.player.description
        problems = (self.view.problem, self.instruments.problem) if in_page else (self.player.problem,)
        self.status.value = f"Sound: {html.escape('. '.join(filter(None, (words, *problems))))}"
        self.view.layout.display = None if in_page else "none"
        self.stop_button.layout.display = "none" if in_page else None  # the page's player has its own
        if self._roll is not None:
            self._roll.playhead = self.player.position / self._step if self.player.playing else -1.0

    def close(self) -> None:
        """Be silent, and give back the sound card."""
        self.player.close()
        self.card.close()
