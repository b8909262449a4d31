"""Controls for a player of this machine, like those of the page's own player."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import traitlets

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.player import Player
from lstmmusic.sound.timeline import TimedTune
from lstmmusic.views.base import is_finite, read_bundle
from lstmmusic.views.playback.transport import TransportView


class PlayerView(TransportView):
    """Lets the page play, pause, seek and loop a tune on a player of this machine.

    Its traits, and the events by which pictures follow it, are those of a `TransportView`. Between reports, which come
    at each change, the page computes the position by its own clock.

    Parameters
    ----------
    player : Player
        It is not closed with the view. Its `instrument` counts from the next note on.
    """

    _esm = read_bundle("player")
    reports = traitlets.Int(0, read_only=True).tag(sync=True)  # how often the place was reported

    def __init__(self, player: Player, **traits: object) -> None:
        self._player = player
        super().__init__(**traits)
        self.on_msg(self._on_message)

    @property
    def player(self) -> Player:
        """The player that sounds. A new one starts with the next tune, and the one before stops."""
        return self._player

    @player.setter
    def player(self, player: Player) -> None:
        self.stop()
        self._player = player
        player.speed, player.volume, player.loop = self.tempo, self.volume, self.loop

    def load_tunes(self, tunes: Sequence[TimedTune], chosen: int = 0, *, keep_place: bool = False) -> None:
        """Replace the tunes; see `TransportView.load_tunes`."""
        self._sync()
        plays = keep_place and self.playing
        self._player.stop()
        self.playing = False
        super().load_tunes(tunes, chosen, keep_place=keep_place)
        if plays:
            self.play()

    def play(self) -> None:
        """Play from `position` on.

        Raises
        ------
        PlaybackError
            If no tune is loaded, or it cannot be played.
        """
        self._need_tune()
        start = self.position if self.position < self.duration else 0.0
        self._player.play(self._audible(), instrument=self._player.instrument, start=start)
        self._send_state(playing=True, position=max(0.0, self._player.position))

    def pause(self) -> None:
        """Pause; `play` continues from here."""
        self._sync()
        self._player.stop()
        self._send_state(playing=False, position=self.position)

    def stop(self) -> None:
        """Stop, and return to the start."""
        self._player.stop()
        self._send_state(playing=False, position=0.0)

    def seek(self, seconds: float) -> None:
        """Go to a place in the tune, playing or not."""
        self._sync()
        self._send_state(playing=self.playing, position=min(max(0.0, float(seconds)), self.duration))
        self._restart()

    def refresh(self) -> None:
        """Report to the page that it has stopped: at the end, without its device, or for another player."""
        if self.playing and not self._player.playing:
            self._report()

    def _sync(self) -> None:
        """Adopt the place of the player."""
        if self.playing and self._player.playing:
            self.position = max(0.0, self._player.position)
        elif self.playing:
            with self.hold_sync():
                self.playing, self.position, self.ended = False, 0.0, True

    def _report(self) -> None:
        self._sync()
        self._send_state(playing=self.playing, position=self.position)

    def _send_state(self, *, playing: bool, position: float) -> None:
        with self.hold_sync():
            self.playing, self.position, self.problem = playing, position, self._player.problem
            self.ended = self.ended and not playing
            self.set_trait("reports", self.reports + 1)

    def _restart(self) -> None:
        """Play from here with the current settings, if it plays."""
        if self.playing:
            self.play()

    def _audible(self) -> TimedTune:
        tune = self._timed[self.chosen]
        if not tune.primer_end:
            return tune
        given = tune.table[:, 0] < tune.primer_end
        return replace(tune, notes=tune.table[~(given & self.mute_primer | ~given & self.mute_generated)])

    @traitlets.observe("chosen", "mute_primer", "mute_generated")
    def _on_notes(self, _: Any) -> None:
        self._sync()
        self._guarded(self._restart)

    @traitlets.observe("tempo", "volume", "loop")
    def _on_settings(self, change: Any) -> None:
        setattr(self._player, {"tempo": "speed"}.get(change["name"], change["name"]), change["new"])
        self._report()

    def _on_message(self, _: object, content: object, __: object) -> None:
        """Carry out a command of the page; malformed ones are ignored."""
        match content:
            case {"kind": "seek", "seconds": seconds} if is_finite(seconds):
                self._guarded(partial(self.seek, seconds))
            case {"kind": "play" | "pause" | "stop" | "report" as kind}:
                commands = {"play": self.play, "pause": self.pause, "stop": self.stop, "report": self._report}
                self._guarded(commands[kind])

    def _guarded(self, action: Callable[[], None]) -> None:
        """Show what fails in the page: nothing would catch an error."""
        try:
            action()
        except PlaybackError as error:
            self._send_state(playing=False, position=self.position)
            self.problem = str(error)
