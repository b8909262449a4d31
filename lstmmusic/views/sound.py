"""Sound in the page, from the samples of the bundled piano: for machines with no sound card, and for those far away.

The samples are 818 KB of Ogg Vorbis, as they stand in `assets/soundfont` (MIT licence, see COPYRIGHT.txt there). They
go to each page once, with the view; a tune is one message of 16 bytes a note. The page decodes the samples and plays
the tune by its own audio clock, so that neither a busy kernel nor a busy page makes the rhythm stumble.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lstmmusic.errors import PlaybackError
from lstmmusic.soundfont import Instrument, find_soundfont, read_instrument
from lstmmusic.timed import VELOCITY, TimedTune
from lstmmusic.views.base import View, read_static
from lstmmusic.views.samples import describe_instrument, join_samples

_SHORTEST_LOOP = 0.05  # seconds


class SoundView(View):
    """Plays a tune in the page, or one of several that have one playhead, with a row of controls.

    Traits: `chosen`, which of the tunes is heard: another goes on from the same place, within 50 ms; `tempo`, how many
    times as fast, from 0.25 to 4; `volume` from 0 to 1; `loop`, from and up to which second it repeats, or ();
    `mute_primer` and `mute_generated`, which count where there is a primer; `bare`, whether the row is hidden.
    Told by the page: `playing`; `position` in seconds, five times a second; `ended`, whether the tune sounded to its
    end; `problem`, what is wrong with sound in this browser, or "". It also changes what has a control in the row:
    `chosen`, `tempo`, `volume`, `loop`, `mute_primer` and `mute_generated`, without asking Python first.

    Pictures in the page follow it by events of the document. While it plays, "lstmmusic-playhead" is sent on every
    other frame; its detail has `id` (that is `ident`), `tune`, the number of the one that is heard, its `name`,
    `seconds`, `playing` and `loop`. A picture sends "lstmmusic-wish" with the `id`, a `seek` in seconds and the number
    of its `tune`, a `loop`, or a `key` that was pressed on it; the event is cancelled if the key means anything. A
    piano in the page sends "lstmmusic-key" with the `id`, a `pitch`, a `velocity` and whether the key goes `down`; it
    sounds at once.

    Sound comes from the page that the user touched last. Where a page may not sound before it is clicked, the row has
    a button for that. The row is 36 pixels high.

    Parameters
    ----------
    instrument : Instrument, optional
        By default the bundled piano.

    Raises
    ------
    PlaybackError
        If the samples have more than 2 MB.
    """

    _esm = read_static("sound.js", "player.js", "live.js", "transport.js", "row.js")
    _css = read_static("canvas.css", "sound.css")
    instrument = traitlets.Dict(read_only=True).tag(sync=True)
    samples = traitlets.Bytes(read_only=True).tag(sync=True)
    ident = traitlets.Unicode(read_only=True).tag(sync=True)
    loaded = traitlets.Int(0, read_only=True).tag(sync=True)  # how many tunes were
    goes_on = traitlets.Bool(False, read_only=True).tag(sync=True)  # whether they took the place of what sounded
    appended = traitlets.Int(0, read_only=True).tag(sync=True)  # how often a tune became longer, or came to its end
    notes = traitlets.Bytes(read_only=True).tag(sync=True)  # of one tune after the other
    tunes = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)  # what else is known of each
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
    page = traitlets.Unicode("").tag(sync=True)  # the one that the user touched last

    def __init__(self, instrument: Instrument | None = None, **traits: object) -> None:
        self._timed: tuple[TimedTune, ...] = ()
        self.take_up(instrument or read_instrument(find_soundfont(), velocity=VELOCITY))
        self.set_trait("ident", uuid.uuid4().hex)
        super().__init__(**traits)

    def take_up(self, instrument: Instrument) -> None:
        """Play with another instrument, from the next tune on.

        Raises
        ------
        PlaybackError
            If the samples have more than 2 MB; the instrument then stays as it was.
        """
        samples = join_samples(instrument)
        with self.hold_sync():
            self.set_trait("instrument", describe_instrument(instrument))
            self.set_trait("samples", samples)

    @traitlets.validate("loop")
    def _check_loop(self, proposal: Any) -> tuple[float, ...]:
        loop = tuple(float(end) for end in proposal["value"])
        if loop and not (len(loop) == 2 and 0 <= loop[0] <= loop[1] - _SHORTEST_LOOP and math.isfinite(loop[1])):
            raise traitlets.TraitError(
                f"loop is {loop}; it must be () or (start, stop) in seconds, at least {_SHORTEST_LOOP} apart"
            )
        return loop

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> int:
        # Clipped and not refused: a page may choose one of the tunes before, as it has not heard of these yet.
        return min(int(proposal["value"]), max(0, len(self._timed) - 1))

    @traitlets.observe("page")
    def _move_on(self, change: Any) -> None:
        if change["old"]:  # the page before is silent as soon as it hears of this
            self.playing = False

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

    def load(self, notes: ArrayLike, duration: float, name: str = "", primer_end: float = 0.0, **more: Any) -> None:
        """Take a tune in place of those before, which fall silent; in one message.

        Parameters
        ----------
        notes, duration, name, primer_end, **more
            Those of a `TimedTune`.

        Raises
        ------
        ValueError
            If they are none.
        """
        self.load_tunes([TimedTune(notes, duration, name, primer_end, **more)])

    def load_tunes(self, tunes: Sequence[TimedTune], chosen: int = 0, *, go_on: bool = False) -> None:
        """Take some tunes in place of those before; in one message, with 16 bytes for each note.

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

    def append(self, notes: ArrayLike, duration: float, *, last: bool = False) -> None:
        """Make the tune that is heard longer, while it plays or not; in one message.

        What sounds goes on, without a gap, if this comes before the end of what there was. If it comes later, the tune
        has waited at its end, in silence but still `playing`, where it is `unfinished`, and goes on from there as soon
        as it can. A tune that is not `unfinished` and has ended stays where it is.

        Parameters
        ----------
        notes : array of float, shape (n, 3) or (n, 4)
            As those of a `TimedTune`; their times begin at the end of what there was.
        duration : float
            By how many seconds it becomes longer.
        last : bool
            Whether nothing more will come, so that it ends when this was heard.

        Raises
        ------
        PlaybackError
            If no tune is loaded.
        ValueError
            If these are no notes, or no length.
        """
        if not self._timed:
            raise PlaybackError("there is no tune to append to; load one first")
        before, more = self._timed[self.chosen], TimedTune(notes, duration)
        shifted = more.table + np.asarray([before.duration, before.duration, 0, 0], "<f4")
        longer = replace(
            before,
            notes=np.concatenate((before.table, shifted)),
            duration=before.duration + duration,
            unfinished=before.unfinished and not last,
        )
        self._timed = (*self._timed[: self.chosen], longer, *self._timed[self.chosen + 1 :])
        with self.hold_sync():
            self._send_tunes()
            self.set_trait("appended", self.appended + 1)

    def _send_tunes(self) -> None:
        told = ("duration", "name", "primer_end", "label", "unfinished")
        tunes = [{name: getattr(tune, name) for name in told} | {"count": len(tune.table)} for tune in self._timed]
        self.set_trait("tunes", tunes)
        self.set_trait("notes", b"".join(tune.table.tobytes() for tune in self._timed))

    def play(self) -> None:
        """Play from `position` on.

        Raises
        ------
        PlaybackError
            If no tune is loaded, or one of no length.
        """
        if self.duration <= 0:
            raise PlaybackError("there is nothing to play; load a tune first")
        with self.hold_sync():
            self.playing, self.ended = True, False
        self.send({"kind": "play"})

    def pause(self) -> None:
        """Hold on; `play` goes on from here."""
        self.playing = False
        self.send({"kind": "pause"})

    def stop(self) -> None:
        """Be silent, and go back to the start."""
        with self.hold_sync():
            self.playing, self.position = False, 0.0
        self.send({"kind": "stop"})

    def seek(self, seconds: float) -> None:
        """Go to a place of the tune, whether it plays or not."""
        self.position = min(max(0.0, float(seconds)), self.duration)
        self.send({"kind": "seek", "seconds": self.position})
