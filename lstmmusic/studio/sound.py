"""Where and with which instrument tunes are played: one tune at a time, on this machine, a MIDI device, or the page."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import PlaybackError
from lstmmusic.generation.continuation import Bar
from lstmmusic.generation.sampler import Take
from lstmmusic.music.expression import Expression
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.score import TempoMap
from lstmmusic.sound.midi_player import list_midi_devices, open_midi_player
from lstmmusic.sound.player import NullPlayer, Player
from lstmmusic.sound.timeline import TimedTune, time_notes, time_tune
from lstmmusic.studio.controls import Act, choice, on_choice, quietly, row, slider, text
from lstmmusic.studio.expression import ExpressionChoice, Piece
from lstmmusic.studio.instruments import Instruments
from lstmmusic.studio.looks import show
from lstmmusic.views import PlayerView, RollView, SoundView

PlayerRow = SoundView | PlayerView

CARD, PAGE, LOOK = "this machine", "this page", "look for MIDI devices"


class Sound:
    """Plays a tune; the playhead of the pictures that show it follows.

    Parameters
    ----------
    player : Player
        The player of this machine; a `NullPlayer` where it has no sound card.
    act : callable
        Runs what a control asks for.

    Attributes
    ----------
    page, machine : SoundView, PlayerView
        The player rows of the page and of this machine.
    view : PlayerRow
        The row that plays.
    expression : ExpressionChoice
        What is laid on takes.
    turns : int
        Number of times that a tune was started or stopped; while it stays the same, so does the tune.
    """

    def __init__(self, player: Player, act: Act) -> None:
        self.card = player
        self.turns = 0
        self._following: tuple[RollView, ...] = ()
        self._takes: object = None  # those that are loaded
        self._laid: tuple[Any, ...] = ()  # the tempo, the loudness and the pedal with which they are
        self._names: tuple[str, ...] = ()  # of theirs, where they were given
        self._piece: Piece | None = None  # that the tune which plays begins with
        self._clock = TempoMap(np.zeros(1), np.ones(1))  # of its steps
        self._places = [PAGE] if isinstance(player, NullPlayer) else [CARD, PAGE]
        self.place = choice(
            "Sound from",
            "What plays the tunes. Default: this machine, if it has a sound card",
            [*self._places, *list_midi_devices(), LOOK],
        )
        self.tempo = slider(
            "Tempo (♩/min)",
            "Speed of the next tune whose time step is in beats: more is faster. Default: 100",
            (30, 240),
            100,
            whole=True,
        )
        self.velocity = slider(
            "Velocity",
            "MIDI velocity of the next tune (80 keeps its own velocities): more is louder. Default: 80",
            (1, 127),
            80,
            whole=True,
        )
        self.dynamics = choice(
            "Dynamics",
            "How loud the notes of the next tune are: as in the tune (learned, or as the music was played), or flat, "
            "each note at the velocity above. Default: as in the tune",
            {"as in the tune": False, "flat": True},
        )
        self.expression = ExpressionChoice()
        self.page, self.machine = SoundView(), PlayerView(player)
        self.view = self._chosen_view
        self.instruments = Instruments(player, self.page, act, self.stop, self.set_instrument)
        self.status = text()
        on_choice(self.place, "value", act, self._move)
        self.box = row(*self.views)

    @property
    def views(self) -> tuple[PlayerRow, ...]:
        """Both player rows, of which one is shown."""
        return self.page, self.machine

    @property
    def player(self) -> Player:
        """The player of this machine, or of the MIDI device that was chosen."""
        return self.machine.player

    @property
    def manner(self) -> dict[str, Any]:
        """Keywords of `write_midi` for the way in which tunes are played."""
        return {**self._manner, "instrument": self.instruments.midi_program}

    @property
    def _manner(self) -> dict[str, Any]:
        """Those that all notes of a tune have in common, of any instrument."""
        return {"tempo": self.tempo.value, "velocity": self.velocity.value, "flat": self.dynamics.value}

    @property
    def soundfont(self) -> Path:
        """Path of the SF2 or SF3 file that is used."""
        return self.instruments.soundfont.path

    @property
    def _chosen_view(self) -> PlayerRow:
        return self.page if self.place.value == PAGE else self.machine

    def _move(self) -> None:
        """Play somewhere else from now on, or look for MIDI devices.

        Raises
        ------
        PlaybackError
            If a MIDI device cannot be opened, or none was found.
        """
        place = self.place.value
        self.stop()
        before, self.machine.player = self.player, self.card
        if before is not self.card:
            before.close()
        devices = list_midi_devices(rescan=place == LOOK)
        self._offer(place, devices)
        if place == LOOK and not devices:
            raise PlaybackError("no MIDI device was found; connect one, or start a program that acts as one")
        if place not in (LOOK, *self._places):
            try:
                self.machine.player = open_midi_player(place)
            except PlaybackError:
                self._offer(self._places[0], devices)
                raise
        self.set_instrument()

    def set_instrument(self) -> None:
        """Play with the chosen instrument from now on, or, on a MIDI device, with the chosen program."""
        is_device = self.player is not self.card
        self.player.instrument = self.instruments.midi_program if is_device else self.instruments.program

    def _offer(self, place: str, devices: list[str]) -> None:
        """List the places, and choose one of them, or the first if it is not listed."""
        options = [*self._places, *devices]
        with quietly(self.place):
            self.place.options = [*options, LOOK]
            self.place.value = place if place in options else options[0]
        self.view = self._chosen_view

    def play(self, tune: Tune, roll: RollView) -> None:
        """Play music as it is, in one tempo, instead of the current tune; the playhead of `roll` follows."""
        self._clock = Expression().tempo_map(tune.config, self.tempo.value)
        self._play([time_tune(tune, **self._manner)], 0, [roll])

    def play_takes(
        self,
        takes: Sequence[Take],
        chosen: int,
        rolls: Sequence[RollView],
        labels: str = "",
        piece: Piece | None = None,
        names: Sequence[str] = (),
        *,
        skip_primer: bool = False,
        from_step: int = 0,
    ) -> None:
        """Play one of several takes instead of the current tune; switching to another keeps the place.

        Parameters
        ----------
        takes : sequence of Take
        chosen : int
            The one that plays.
        rolls : sequence of RollView
            One for each take, or a single one, which shows the take that plays.
        labels : str
            A letter for each; by default they have numbers.
        piece : Piece, optional
            What their primer is from.
        names : sequence of str
            What the player calls each; by default the name of its tune.
        skip_primer : bool
            Whether to begin after the primer.
        from_step : int
            Otherwise the step to begin at.
        """
        timed = self._time_takes(takes, labels, piece, names)
        start = timed[chosen].primer_end if skip_primer else float(self._clock.to_seconds(from_step))
        self._play(timed, chosen, rolls, takes, start=start)

    def turn_to(
        self, takes: Sequence[Take], chosen: int, roll: RollView, piece: Piece | None, names: Sequence[str]
    ) -> None:
        """Switch to a take that `roll` shows now, at the same place, if its takes are those that play."""
        if self.holds(takes):
            self.view.chosen = roll.follows_tune = chosen
        elif self._takes is not None and self._following == (roll,) and self.view.playing:
            self._replace(takes, chosen, roll, piece, names)

    def load_takes(
        self, takes: Sequence[Take], chosen: int, roll: RollView, piece: Piece | None, names: Sequence[str]
    ) -> None:
        """Load takes of which `roll` shows one, so that it is played next, unless something plays."""
        same = self.holds(takes) and (self._laid, self._names) == (self._choices, tuple(names))
        if self.view.playing or same:
            return
        if self._following != (roll,):
            self.stop()
        self._replace(takes, chosen, roll, piece, names)

    def hand_over(
        self, takes: Sequence[Take], chosen: int, roll: RollView, piece: Piece | None, names: Sequence[str]
    ) -> None:
        """Let takes that `roll` shows, and this roll, follow those that play, at the same place."""
        for each in self._following:
            if each is not roll:
                each.follows = ""
        self._following = (roll,)
        self._replace(takes, chosen, roll, piece, names)

    def _replace(
        self, takes: Sequence[Take], chosen: int, roll: RollView, piece: Piece | None, names: Sequence[str]
    ) -> None:
        keep_place = self._following == (roll,)
        self.view.load_tunes(self._time_takes(takes, piece=piece, names=names), chosen, keep_place=keep_place)
        self._takes = takes
        self._follow(roll, chosen)

    def holds(self, takes: object) -> bool:
        """Return whether these takes are the ones that are loaded."""
        return self._takes is not None and self._takes is takes

    def play_blind(self, tunes: Sequence[TimedTune], chosen: int) -> None:
        """Play tunes without a picture that follows."""
        self._play(tunes, chosen, [], tunes)

    def time(
        self, tune: Tune, primer_steps: int = 0, name: str = "", label: str = "", piece: Piece | None = None
    ) -> TimedTune:
        """Return a tune, which begins with a piece, with its notes in seconds, as it is played."""
        laid = self.expression.lay(tune, piece)
        return time_tune(tune, **self._manner, primer_steps=primer_steps, name=name, label=label, expression=laid)

    def play_endless(self, bar: Bar, roll: RollView, piece: Piece | None) -> None:
        """Play the first bar of endless music, which begins with a piece, in the page; more will be appended."""
        take = bar.take
        self._piece = piece
        self._clock = self._clock_of(take.tune, piece)
        primer_end, stop = self._clock.to_seconds((take.primer_steps, bar.stop)).tolist()
        tune = TimedTune(self._time_notes(bar), stop, f"Endless music {take.tune.name}", primer_end, unfinished=True)
        self._play([tune], 0, [roll], view=self.page)

    def append(self, bar: Bar, *, last: bool) -> None:
        """Append a bar to those before."""
        start, stop = self._clock.to_seconds((bar.start, bar.stop)).tolist()
        self.page.append(self._time_notes(bar), stop - start, last=last)

    @property
    def seconds_left(self) -> float:
        """Seconds until the end of what was appended so far."""
        return (self.view.duration - self.view.position) / self.view.tempo

    def _time_notes(self, bar: Bar) -> NDArray[np.float64]:
        """Return the notes of a bar of endless music; it is known how long the pedal holds them, as one bar follows."""
        tune = bar.take.tune
        notes = self.expression.lay(tune, self._piece).sustain(find_notes(tune))
        notes = notes[(notes[:, 0] >= bar.start) & (notes[:, 0] < bar.stop)]
        timed = time_notes(notes, bar.velocities, self._clock, self.velocity.value, flat=self.dynamics.value)
        timed[:, :2] -= self._clock.to_seconds(bar.start)
        return timed

    @property
    def _choices(self) -> tuple[Any, ...]:
        return (*self._manner.values(), self.expression.tempo.value, self.expression.pedal.value)

    def _time_takes(
        self, takes: Sequence[Take], labels: str = "", piece: Piece | None = None, names: Sequence[str] = ()
    ) -> list[TimedTune]:
        self._clock, self._laid = self._clock_of(takes[0].tune, piece), self._choices
        self._names = tuple(names)
        names = names or [f"{take.tune.name}, seed {take.seed}" for take in takes]
        return [
            self.time(take.ringing, take.primer_steps, names[place], labels[place : place + 1], piece)
            for place, take in enumerate(takes)
        ]

    def _clock_of(self, tune: Tune, piece: Piece | None) -> TempoMap:
        return self.expression.lay(tune, piece).tempo_map(tune.config, self.tempo.value)

    def _play(
        self,
        tunes: Sequence[TimedTune],
        chosen: int,
        rolls: Sequence[RollView],
        takes: object = None,
        view: PlayerRow | None = None,
        start: float = 0.0,
    ) -> None:
        self.stop()
        self.view = view or self._chosen_view
        self.view.load_tunes(tunes, chosen)
        if start:
            self.view.seek(start)
        self.view.play()
        self._takes = takes
        for place, roll in enumerate(rolls):
            self._follow(roll, place if len(rolls) > 1 else chosen)

    def _follow(self, roll: RollView, number: int) -> None:
        with roll.hold_sync():
            roll.follows, roll.follows_tune = self.view.ident, number
            roll.tempo_map = list(zip(self._clock.starts.tolist(), self._clock.lengths.tolist(), strict=True))
        if roll not in self._following:
            self._following = (*self._following, roll)

    def stop(self) -> None:
        """Stop playing."""
        self.turns += 1
        for view in self.views:
            view.stop()
        for roll in self._following:
            roll.follows = ""
        self._following, self._takes = (), None
        self.view = self._chosen_view

    def unload(self) -> None:
        """Stop playing, and leave nothing in the player."""
        self.stop()
        self.view.load_tunes([TimedTune([], 0)])

    def refresh(self) -> None:
        """Show where tunes are played."""
        self.machine.refresh()
        in_page, reason = self.view is self.page, ""
        if isinstance(self.card, NullPlayer) and in_page:
            words, reason = "in this page, as pygame cannot play", self.card.description
        else:
            words = "in this page" if in_page else self.player.description
        problem = self.instruments.problem if in_page else ""
        words = html.escape(". ".join(filter(None, (words, self.view.problem, problem))))
        self.status.value = f'<span title="{html.escape(reason)}">Sound: {words}</span>'
        for view in self.views:
            show(view, view is self.view)

    def close(self) -> None:
        """Stop playing, and release the sound card."""
        self.player.close()
        self.card.close()
