"""Sound in the page, from the samples of the bundled piano: for machines with no sound card, and for those far away.

The samples are 818 KB of Ogg Vorbis, as they stand in `assets/soundfont` (MIT licence, see COPYRIGHT.txt there). They
go to each page once, with the view; a tune is one message of 16 bytes a note. The page decodes the samples and plays
the tune by its own audio clock, so that neither a busy kernel nor a busy page makes the rhythm stumble.
"""

from __future__ import annotations

import math
import uuid
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike, NDArray

from lstmmusic.errors import PlaybackError
from lstmmusic.soundfont import Instrument, Zone, find_soundfont, read_instrument
from lstmmusic.views.base import View, read_static

_VELOCITY = 80
_MOST_BYTES = 2_000_000  # Jupyter's server lets 3 MB through in three seconds, and drops what is more
_SHORTEST_LOOP = 0.05  # seconds


class SoundView(View):
    """Plays one tune at a time in the page, with a row of controls.

    Traits: `tempo`, how many times as fast, from 0.25 to 4; `volume` from 0 to 1; `loop`, from and up to which second
    it repeats, or (); `mute_primer` and `mute_generated`; `bare`, whether the row is hidden.
    Told by the page: `playing`; `position` in seconds, five times a second; `ended`, whether the tune sounded to its
    end; `problem`, what is wrong with sound in this browser, or "".
    `ident`, `name`, `duration` and `primer_end` tell which tune of which view it is. While it plays, the page's
    document gets an event "lstmmusic-playhead" on each frame, whose detail has `id` (that is `ident`), `name`,
    `seconds` and `playing`.

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

    _esm = read_static("sound.js", "player.js", "transport.js")
    _css = read_static("canvas.css", "sound.css")
    instrument = traitlets.Dict(read_only=True).tag(sync=True)
    samples = traitlets.Bytes(read_only=True).tag(sync=True)
    ident = traitlets.Unicode(read_only=True).tag(sync=True)
    loaded = traitlets.Int(0, read_only=True).tag(sync=True)  # how many tunes were
    notes = traitlets.Bytes(read_only=True).tag(sync=True)
    duration = traitlets.Float(0.0, read_only=True).tag(sync=True)
    name = traitlets.Unicode("", read_only=True).tag(sync=True)
    primer_end = traitlets.Float(0.0, read_only=True).tag(sync=True)
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
        instrument = instrument or read_instrument(find_soundfont(), velocity=_VELOCITY)
        size = sum(len(sample.data) for sample in instrument.samples)
        if size > _MOST_BYTES:
            raise PlaybackError(
                f"{instrument.name} has samples of {size / 1e6:.1f} MB, and a page takes at most "
                f"{_MOST_BYTES / 1e6:.0f} MB; choose a smaller SoundFont, such as the bundled piano"
            )
        self.set_trait("instrument", _describe(instrument))
        self.set_trait("samples", b"".join(sample.data for sample in instrument.samples))
        self.set_trait("ident", uuid.uuid4().hex)
        super().__init__(**traits)

    @traitlets.validate("loop")
    def _check_loop(self, proposal: Any) -> tuple[float, ...]:
        loop = tuple(float(end) for end in proposal["value"])
        if loop and not (len(loop) == 2 and 0 <= loop[0] <= loop[1] - _SHORTEST_LOOP and math.isfinite(loop[1])):
            raise traitlets.TraitError(
                f"loop is {loop}; it must be () or (start, stop) in seconds, at least {_SHORTEST_LOOP} apart"
            )
        return loop

    @traitlets.observe("page")
    def _move_on(self, change: Any) -> None:
        if change["old"]:  # the page before is silent as soon as it hears of this
            self.playing = False

    def load(self, notes: ArrayLike, duration: float, name: str = "", primer_end: float = 0.0) -> None:
        """Take a tune in place of the one before, which falls silent; in one message.

        Parameters
        ----------
        notes : array of float, shape (n, 3) or (n, 4)
            Of each note its start and end in seconds, its MIDI pitch and, if it has one, its velocity in [1, 127].
        duration : float
            Seconds of the tune; what would sound beyond ends there.
        name : str
        primer_end : float
            Seconds; notes that start before are the primer.

        Raises
        ------
        ValueError
            If `notes` has another shape, or a value that is no time, pitch or velocity, or if `duration` is no length.
        """
        table = _check_notes(notes)
        for what, seconds in (("duration", duration), ("primer_end", primer_end)):
            if not 0 <= seconds < math.inf:
                raise ValueError(f"{what} is {seconds}; it must be a number of seconds, 0 or more")
        with self.hold_sync():
            self.set_trait("notes", table[np.argsort(table[:, 0], kind="stable")].astype("<f4").tobytes())
            self.set_trait("duration", float(duration))
            self.set_trait("name", name)
            self.set_trait("primer_end", float(primer_end))
            self.set_trait("loaded", self.loaded + 1)
            self.playing = self.ended = False
            self.position = 0.0

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


def _check_notes(notes: ArrayLike) -> NDArray[np.float64]:
    """Give notes as a table with four columns."""
    table = np.asarray(notes, dtype=np.float64)
    if table.size == 0:
        return np.zeros((0, 4))
    if table.ndim != 2 or table.shape[1] not in (3, 4):
        raise ValueError(f"notes has shape {table.shape}; it must be (n, 3) or (n, 4)")
    if table.shape[1] == 3:
        table = np.column_stack([table, np.full(len(table), _VELOCITY)])
    start, end, pitch, velocity = table.T
    for right, what in (
        (np.isfinite(table).all(), "a value that is not finite"),
        (((start >= 0) & (end >= start)).all(), "a start before 0 or after its end"),
        (((pitch >= 0) & (pitch <= 127) & (pitch == np.rint(pitch))).all(), "a pitch that is none of 0 to 127"),
        (((velocity >= 1) & (velocity <= 127)).all(), "a velocity outside [1, 127]"),
    ):
        if not right:
            raise ValueError(f"notes has {what}; each must be start, end, pitch and perhaps velocity")
    return table


def _describe(instrument: Instrument) -> dict[str, Any]:
    """Where each sample lies among all samples, and how each zone plays it, in seconds and cents."""
    samples, start = [], 0
    for sample in instrument.samples:
        stop = start + len(sample.data)
        samples.append({"start": start, "stop": stop, "rate": sample.rate, "vorbis": sample.vorbis})
        start = stop
    numbers = {id(sample): number for number, sample in enumerate(instrument.samples)}
    zones = [_describe_zone(zone, numbers[id(zone.sample)]) for zone in instrument.zones]
    return {"name": instrument.name, "samples": samples, "zones": zones}


def _describe_zone(zone: Zone, sample: int) -> dict[str, Any]:
    names = ("lowest", "highest", "root", "tuning", "gain", "hold", "decay", "sustain", "release")
    loop = [place / zone.sample.rate for place in zone.loop] if zone.loop else None
    return {name: getattr(zone, name) for name in names} | {"loop": loop, "sample": sample}
