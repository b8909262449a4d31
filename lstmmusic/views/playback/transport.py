"""What all players in the page share: tunes, of which one is heard, a place in it, and how it is played."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import traitlets

from lstmmusic.errors import ConfigError, PlaybackError
from lstmmusic.sound.timeline import Loop, TimedTune, check_loop
from lstmmusic.views.base import View, read_css


class TransportView(View):
    """A row of controls for a tune, or for one of several that have one playhead.

    Traits: `chosen`, the number of the tune that is heard: another one continues at the same place; `tempo`, a factor
    from 0.25 to 4; `volume` from 0 to 1; `loop`, the seconds (start, stop) that are repeated, or (); `mute_primer` and
    `mute_generated`, which apply where there is a primer; `bare`, whether the row is hidden. The page changes them too.
    State: `playing`; `position` in seconds, as last reported; `ended`, whether the tune was played to its end;
    `problem`, why nothing can be heard, or "".

    Pictures in the page follow it by events of the document. At each change, and ten times a second while it plays,
    "lstmmusic-playhead" is sent; its detail has `id` (that is `ident`), `tune`, the number of the one that is heard,
    its `name`, `seconds`, `rate`, how many of them pass in a second from now on, `playing` and `loop`. A picture sends
    "lstmmusic-request" with the `id`, a `seek` in seconds and the number of its `tune`, a `loop`, or a `key` that was
    pressed on it; the event is cancelled if the key means anything.

    The row is 36 pixels high. Subclasses have `play`, `pause`, `stop` and `seek`.
    """

    _css = read_css("canvas", "playback/row")
    ident = traitlets.Unicode(read_only=True).tag(sync=True)
    loaded = traitlets.Int(0, read_only=True).tag(sync=True)  # how often tunes were loaded
    keeps_place = traitlets.Bool(False, read_only=True).tag(sync=True)  # whether the last ones continue at its place
    tunes = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)  # all but their notes
    chosen = traitlets.Int(0, min=0).tag(sync=True)
    tempo = traitlets.Float(1.0, min=0.25, max=4.0).tag(sync=True)
    volume = traitlets.Float(1.0, min=0.0, max=1.0).tag(sync=True)
    loop = traitlets.Tuple(default_value=()).tag(sync=True)
    mute_primer = traitlets.Bool(False).tag(sync=True)
    mute_generated = traitlets.Bool(False).tag(sync=True)
    bare = traitlets.Bool(False).tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)
    position = traitlets.Float(0.0, min=0.0).tag(sync=True)
    ended = traitlets.Bool(False).tag(sync=True)
    problem = traitlets.Unicode("").tag(sync=True)

    def __init__(self, **traits: object) -> None:
        self._timed: tuple[TimedTune, ...] = ()
        self.set_trait("ident", uuid.uuid4().hex)
        super().__init__(**traits)

    @traitlets.validate("loop")
    def _check_loop(self, proposal: Any) -> Loop:
        try:
            return check_loop(proposal["value"])
        except ConfigError as error:
            raise traitlets.TraitError(str(error)) from error

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> int:
        # Clipped and not refused: a page may choose one of the tunes before, as it has not received these yet.
        return min(int(proposal["value"]), max(0, len(self._timed) - 1))

    @property
    def duration(self) -> float:
        """Seconds of the chosen tune; 0 where there is none."""
        return self._timed[self.chosen].duration if self._timed else 0.0

    def load_tunes(self, tunes: Sequence[TimedTune], chosen: int = 0, *, keep_place: bool = False) -> None:
        """Replace the tunes, in one message.

        Parameters
        ----------
        tunes : sequence of TimedTune
            At least one; up to nine can be chosen by keys.
        chosen : int
            The number of the one that is heard.
        keep_place : bool
            Continue at the same place, playing or not, in the same loop. Otherwise stop.

        Raises
        ------
        ValueError
            If there are no tunes, or `chosen` is not one of them.
        """
        if not 0 <= chosen < len(tunes):
            raise ValueError(f"chosen is {chosen}; it must be the number of one of {len(tunes)} tunes, from 0 on")
        self._timed = tuple(tunes)
        with self.hold_sync():
            self.set_trait("keeps_place", keep_place)
            self._send_tunes()
            self.chosen = chosen
            self.set_trait("loaded", self.loaded + 1)
            if not keep_place:
                self.playing = self.ended = False
                self.position, self.loop = 0.0, ()

    def _send_tunes(self) -> None:
        names = ("duration", "name", "primer_end", "label", "unfinished")
        tunes = [{name: getattr(tune, name) for name in names} | {"count": len(tune.table)} for tune in self._timed]
        self.set_trait("tunes", tunes)

    def _need_tune(self) -> None:
        if self.duration <= 0:
            raise PlaybackError("there is nothing to play; load a tune first")
