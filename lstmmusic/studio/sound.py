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
from lstmmusic.generation.sampler import Take
from lstmmusic.music.roll import Tune, seconds_per_step
from lstmmusic.sound.midi_player import list_midi_devices, open_midi_player
from lstmmusic.sound.player import NullPlayer, Player
from lstmmusic.sound.timeline import TimedTune, time_notes, time_tune
from lstmmusic.studio.controls import Act, choice, on_choice, quietly, row, slider, text
from lstmmusic.studio.instruments import Instruments
from lstmmusic.views import PlayerView, RollView, SoundView, TransportView

CARD, PAGE, LOOK = "this machine", "this page", "look for MIDI devices"


class Sound:
    """Plays a tune; the pictures that show it follow.

    Parameters
    ----------
    player : Player
        Of this machine; a `NullPlayer` where it has no sound card.
    act : callable
        Runs what a control asks for.

    Attributes
    ----------
    page, machine : TransportView
        The row of the page's own player, and that of the player of this machine.
    view : TransportView
        Which of the two is heard.
    turns : int
        How often what sounds has begun or ended, by which whoever began it last can tell that it still is what sounds.
    """

    def __init__(self, player: Player, act: Act) -> None:
        self.card = player
        self.turns = 0
        self._following: tuple[RollView, ...] = ()
        self._takes: object = None  # those that the view has
        self._step = 1.0  # seconds of what is heard
        self._places = [PAGE] if isinstance(player, NullPlayer) else [CARD, PAGE]
        self.place = choice("Sound from", "Where tunes are heard", [*self._places, *list_midi_devices(), LOOK])
        self.tempo = slider(
            widgets.IntSlider, "Tempo, ♩/min", "Where a time step is in beats: how fast the next tune is", 30, 240, 100
        )
        self.velocity = slider(widgets.IntSlider, "Loudness", "MIDI velocity of each note of the next tune", 1, 127, 80)
        self.page, self.machine = SoundView(), PlayerView(player)
        self.view = self._chosen_view
        self.instruments = Instruments(player, self.page, act, self.stop, self._play_with)
        self.status = text()
        on_choice(self.place, "value", act, self._move)
        self.box = row(*self.views)

    @property
    def views(self) -> tuple[TransportView, ...]:
        """Both rows, of which one is shown."""
        return self.page, self.machine

    @property
    def player(self) -> Player:
        """That is heard, unless the page is."""
        return self.machine.player

    @property
    def manner(self) -> dict[str, Any]:
        """How tunes are played and written: keywords of `write_midi`."""
        return {"tempo": self.tempo.value, "velocity": self.velocity.value, "instrument": self.instruments.program}

    @property
    def soundfont(self) -> Path:
        """The SF2 or SF3 file from which tunes are played."""
        return self.instruments.soundfont.path

    @property
    def _chosen_view(self) -> TransportView:
        return self.page if self.place.value == PAGE else self.machine

    def _move(self) -> None:
        """Play from another place from now on, or look which there are.

        Raises
        ------
        PlaybackError
            If it is a MIDI device that cannot be opened, or none was found.
        """
        place = self.place.value
        self.stop()
        before, self.machine.player = self.player, self.card
        if before is not self.card:
            before.close()
        devices = list_midi_devices(rescan=place == LOOK)
        self._offer(place, devices)
        if place == LOOK and not devices:
            raise PlaybackError("no MIDI device was found; connect one, or start the program that is one")
        if place not in (LOOK, *self._places):
            try:
                self.machine.player = open_midi_player(place)
            except PlaybackError:
                self._offer(self._places[0], devices)
                raise
        self._play_with(self.instruments.program)

    def _offer(self, place: str, devices: list[str]) -> None:
        """List the places, and choose one, or the first if that is not among them."""
        options = [*self._places, *devices]
        with quietly(self.place):
            self.place.options = [*options, LOOK]
            self.place.value = place if place in options else options[0]
        self.view = self._chosen_view

    def _play_with(self, program: int) -> None:
        self.player.instrument = program

    def play(self, tune: Tune, roll: RollView, primer_steps: int = 0) -> None:
        """Play a tune in place of what sounds; the playhead of `roll` follows."""
        self._step = seconds_per_step(tune.config, self.tempo.value)
        self._begin([self.time(tune, primer_steps)], 0, [roll])

    def play_takes(self, takes: Sequence[Take], chosen: int, rolls: Sequence[RollView], labels: str = "") -> None:
        """Play one of some takes in place of what sounds; the others are heard from the same place on.

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
        self._begin(self._time_takes(takes, labels), chosen, rolls, takes)

    def turn_to(self, takes: Sequence[Take], chosen: int, roll: RollView) -> None:
        """Let another take be heard from the same place on, where those are there that `roll` showed before."""
        if self.holds(takes):
            self.view.chosen = roll.follows_tune = chosen
        elif self._takes is not None and self._following == (roll,):
            self.view.load_tunes(self._time_takes(takes), chosen, keep_place=True)
            self._takes = takes
            self._let_follow(roll, chosen)

    def holds(self, takes: object) -> bool:
        """Tell whether these are the takes that can be heard from the same place on."""
        return self._takes is not None and self._takes is takes

    def play_blind(self, tunes: Sequence[TimedTune], chosen: int) -> None:
        """Play tunes that no picture shows."""
        self._begin(tunes, chosen, [], tunes)

    def time(self, tune: Tune, primer_steps: int = 0, name: str = "", label: str = "") -> TimedTune:
        """Return a tune in seconds, as it is played."""
        manner = {"tempo": self.tempo.value, "velocity": self.velocity.value}
        return time_tune(tune, **manner, primer_steps=primer_steps, name=name, label=label)

    def play_on(self, take: Take, notes: NDArray[np.int64], steps: int, roll: RollView) -> None:
        """Play in the page so many steps of a take, of which these are the notes; more will be appended."""
        self._step = seconds_per_step(take.tune.config, self.tempo.value)
        primer_end = take.primer_steps * self._step
        begun = TimedTune(self._time_notes(notes), steps * self._step, take.tune.name, primer_end, unfinished=True)
        self._begin([begun], 0, [roll], view=self.page)

    def append(self, notes: NDArray[np.int64], steps: int, *, last: bool) -> None:
        """Let more steps follow, whose notes begin to count at the end of what there is."""
        self.page.append(self._time_notes(notes), steps * self._step, last=last)

    @property
    def seconds_left(self) -> float:
        """Until the end of what there is to play."""
        return (self.view.duration - self.view.position) / self.view.tempo

    def _time_notes(self, notes: NDArray[np.int64]) -> NDArray[np.float64]:
        return time_notes(notes, self._step, self.velocity.value)

    def _time_takes(self, takes: Sequence[Take], labels: str = "") -> list[TimedTune]:
        self._step = seconds_per_step(takes[0].tune.config, self.tempo.value)
        return [
            self.time(take.tune, take.primer_steps, f"{take.tune.name}, seed {take.seed}", labels[place : place + 1])
            for place, take in enumerate(takes)
        ]

    def _begin(
        self,
        tunes: Sequence[TimedTune],
        chosen: int,
        rolls: Sequence[RollView],
        takes: object = None,
        view: TransportView | None = None,
    ) -> None:
        self.stop()
        self.view = view or self._chosen_view
        self.view.load_tunes(tunes, chosen)
        self.view.play()
        self._takes = takes
        for place, roll in enumerate(rolls):
            self._let_follow(roll, place if len(rolls) > 1 else chosen)

    def _let_follow(self, roll: RollView, number: int) -> None:
        with roll.hold_sync():
            roll.follows, roll.follows_tune = self.view.ident, number
            roll.seconds_per_step = self._step
        if roll not in self._following:
            self._following = (*self._following, roll)

    def stop(self) -> None:
        """Be silent."""
        self.turns += 1
        for view in self.views:
            view.stop()
        for roll in self._following:
            roll.follows = ""
        self._following, self._takes = (), None
        self.view = self._chosen_view

    def refresh(self) -> None:
        """Show where the tune sounds."""
        self.machine.refresh()
        in_page = self.view is self.page
        if isinstance(self.card, NullPlayer) and in_page:
            words = f"{self.card.description}; so it plays in this page"
        else:
            words = "in this page" if in_page else self.player.description
        problem = self.instruments.problem if in_page else ""
        self.status.value = f"Sound: {html.escape('. '.join(filter(None, (words, self.view.problem, problem))))}"
        for view in self.views:
            view.layout.display = None if view is self.view else "none"

    def close(self) -> None:
        """Be silent, and give back the sound card."""
        self.player.close()
        self.card.close()
