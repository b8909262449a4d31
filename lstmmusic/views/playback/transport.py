"""What all players in the page have: tunes, of which one is heard, a place in it, and how it is played."""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from typing import Any

import traitlets

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.timeline import SHORTEST_LOOP, TimedTune
from lstmmusic.views.base import View, read_css


class TransportView(View):
    """A row of controls for a tune, or for one of several that have one playhead.

    Traits: `chosen`, which of the tunes is heard: another goes on from the same place; `tempo`, how many times as fast,
    from 0.25 to 4; `volume` from 0 to 1; `loop`, from and up to which second it repeats, or (); `mute_primer` and
    `mute_generated`, which count where there is a primer; `bare`, whether the row is hidden. The page changes them too.
    How it stands: `playing`; `position` in seconds, as it was told last; `ended`, whether the tune sounded to its end;
    `problem`, what cannot be heard, and why, or "".

    Pictures in the page follow it by events of the document. At each change, and ten times a second while it plays,
    "lstmmusic-playhead" is sent; its detail has `id` (that is `ident`), `tune`, the number of the one that is heard,
    its `name`, `seconds`, `rate`, how many of them pass in a second from now on, `playing` and `loop`. A picture sends
    "lstmmusic-wish" with the `id`, a `seek` in seconds and the number of its `tune`, a `loop`, or a `key` that was
    pressed on it; the event is cancelled if the key means anything.

    The row is 36 pixels high.
    """

    _css = read_css("canvas", "playback/row")
    ident = traitlets.Unicode(read_only=True).tag(sync=True)
    loaded = traitlets.Int(0, read_only=True).tag(sync=True)  # how many tunes were
    goes_on = traitlets.Bool(False, read_only=True).tag(sync=True)  # whether they took the place of what sounded
    tunes = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)  # what is known of each, but for its notes
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
    def _check_loop(self, proposal: Any) -> tuple[float, ...]:
        loop = tuple(float(end) for end in proposal["value"])
        if loop and not (len(loop) == 2 and 0 <= loop[0] <= loop[1] - SHORTEST_LOOP and math.isfinite(loop[1])):
            raise traitlets.TraitError(
                f"loop is {loop}; it must be () or (start, stop) in seconds, at least {SHORTEST_LOOP} apart"
            )
        return loop

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> int:
        # Clipped and not refused: a page may choose one of the tunes before, as it has not heard of these yet.
        return min(int(proposal["value"]), max(0, len(self._timed) - 1))

    @property
    def duration(self) -> float:
        """Seconds of the tune that is heard; 0 where there is none."""
        return self._timed[self.chosen].duration if self._timed else 0.0

    @property
    def name(self) -> str:
        """Name of the tune that is heard."""
        return self._timed[self.chosen].name if self._timed else ""

    @property
    def primer_end(self) -> float:
        """Up to which second the tune that is heard was given."""
        return self._timed[self.chosen].primer_end if self._timed else 0.0

    def load_tunes(self, tunes: Sequence[TimedTune], chosen: int = 0, *, go_on: bool = False) -> None:
        """Take some tunes in place of those before; in one message.

        Parameters
        ----------
        tunes : sequence of TimedTune
            At least one; up to nine can be chosen by keys.
        chosen : int
            Which of them is heard.
        go_on : bool
            Whether it goes on with them at the same place, playing or not, in the same loop. Otherwise it falls silent.

        Raises
        ------
        ValueError
            If there are no tunes, or none with that number.
        """
        if not 0 <= chosen < len(tunes):
            raise ValueError(f"chosen is {chosen}; it must be the number of one of {len(tunes)} tunes, from 0 on")
        self._timed = tuple(tunes)
        with self.hold_sync():
            self.set_trait("goes_on", go_on)
            self._send_tunes()
            self.chosen = chosen
            self.set_trait("loaded", self.loaded + 1)
            if not go_on:
                self.playing = self.ended = False
                self.position, self.loop = 0.0, ()

    def play(self) -> None:
        """Play from `position` on.

        Raises
        ------
        PlaybackError
            If no tune is loaded, or it cannot be played.
        """
        raise NotImplementedError

    def pause(self) -> None:
        """Hold on; `play` goes on from here."""
        raise NotImplementedError

    def stop(self) -> None:
        """Be silent, and go back to the start."""
        raise NotImplementedError

    def seek(self, seconds: float) -> None:
        """Go to a place of the tune, whether it plays or not."""
        raise NotImplementedError

    def _send_tunes(self) -> None:
        told = ("duration", "name", "primer_end", "label", "unfinished")
        tunes = [{name: getattr(tune, name) for name in told} | {"count": len(tune.table)} for tune in self._timed]
        self.set_trait("tunes", tunes)

    def _need_tune(self) -> None:
        if self.duration <= 0:
            raise PlaybackError("there is nothing to play; load a tune first")
