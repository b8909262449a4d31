"""A player of this machine in the page: the same row of controls as that of the page's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import traitlets

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.player import Player
from lstmmusic.sound.timeline import TimedTune
from lstmmusic.views.base import read_bundle
from lstmmusic.views.playback.transport import TransportView


class PlayerView(TransportView):
    """Lets the page play, pause, seek and loop what sounds through a player of this machine.

    Its traits, and the events by which pictures follow it, are those of a `TransportView`. The page reckons by its own
    clock where the tune is, and is told so at each change.

    Parameters
    ----------
    player : Player
        It is not closed with the view. Its `instrument` counts from the next note on.
    """

    _esm = read_bundle("player")
    told = traitlets.Int(0, read_only=True).tag(sync=True)  # how often the page was told where the tune is

    def __init__(self, player: Player, **traits: object) -> None:
        self._player = player
        super().__init__(**traits)
        self.on_msg(lambda _, content, __: self._obey(content))

    @property
    def player(self) -> Player:
        """That sounds; the one before falls silent, and another begins with the next tune."""
        return self._player

    @player.setter
    def player(self, player: Player) -> None:
        self.stop()
        self._player = player
        player.speed, player.volume, player.loop = self.tempo, self.volume, self.loop

    def load_tunes(self, tunes: Sequence[TimedTune], chosen: int = 0, *, go_on: bool = False) -> None:
        """Take some tunes in place of those before; see `TransportView.load_tunes`."""
        self._look()
        plays = go_on and self.playing
        self._player.stop()
        self.playing = False
        super().load_tunes(tunes, chosen, go_on=go_on)
        if plays:
            self.play()

    def play(self) -> None:
        """Play from `position` on; see `TransportView.play`."""
        self._need_tune()
        start = self.position if self.position < self.duration else 0.0
        self._player.play(self._audible(), instrument=self._player.instrument, start=start)
        self._tell(playing=True, position=max(0.0, self._player.position))

    def pause(self) -> None:
        """Hold on; `play` goes on from here."""
        self._look()
        self._player.stop()
        self._tell(playing=False, position=self.position)

    def stop(self) -> None:
        """Be silent, and go back to the start."""
        self._player.stop()
        self._tell(playing=False, position=0.0)

    def seek(self, seconds: float) -> None:
        """Go to a place of the tune, whether it plays or not."""
        self._look()
        self._tell(playing=self.playing, position=min(max(0.0, float(seconds)), self.duration))
        self._go_on()

    def refresh(self) -> None:
        """Tell the page if it does not sound any more: it is over, the device is gone, or another player took it."""
        if self.playing and not self._player.playing:
            self._report()

    def _look(self) -> None:
        """Take over where the tune is."""
        if self.playing and self._player.playing:
            self.position = max(0.0, self._player.position)
        elif self.playing:
            with self.hold_sync():
                self.playing, self.position, self.ended = False, 0.0, True

    def _report(self) -> None:
        self._look()
        self._tell(playing=self.playing, position=self.position)

    def _tell(self, *, playing: bool, position: float) -> None:
        with self.hold_sync():
            self.playing, self.position, self.problem = playing, position, self._player.problem
            self.ended = self.ended and not playing
            self.set_trait("told", self.told + 1)

    def _go_on(self) -> None:
        """Play from here on what is to be heard now."""
        if self.playing:
            self.play()

    def _audible(self) -> TimedTune:
        tune = self._timed[self.chosen]
        if not tune.primer_end:
            return tune
        given = tune.table[:, 0] < tune.primer_end
        return replace(tune, notes=tune.table[~(given & self.mute_primer | ~given & self.mute_generated)])

    @traitlets.observe("chosen", "mute_primer", "mute_generated")
    def _change_notes(self, _: Any) -> None:
        self._look()
        self._guarded(self._go_on)

    @traitlets.observe("tempo", "volume", "loop")
    def _change_manner(self, change: Any) -> None:
        setattr(self._player, {"tempo": "speed"}.get(change["name"], change["name"]), change["new"])
        self._report()

    def _obey(self, content: dict[str, Any]) -> None:
        """Do what the page asks for."""
        if content["kind"] == "seek":
            self._guarded(partial(self.seek, content["seconds"]))
        else:
            orders = {"play": self.play, "pause": self.pause, "stop": self.stop, "look": self._report}
            self._guarded(orders[content["kind"]])

    def _guarded(self, action: Callable[[], None]) -> None:
        """Say what does not go: nobody waits for an error."""
        try:
            action()
        except PlaybackError as error:
            self._tell(playing=False, position=self.position)
            self.problem = str(error)
