"""Sound in the page, from the samples of the bundled piano: for machines with no sound card, and remote ones.

The samples are 818 KB of Ogg Vorbis, unchanged from `assets/soundfont` (MIT licence, see COPYRIGHT.txt there). They
go to each page once, with the view; a tune is one message of 16 bytes a note. The page decodes the samples and plays
the tune by its own audio clock, so that neither a busy kernel nor a busy page disturbs the rhythm.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.soundfont import Instrument, find_soundfont, read_instrument
from lstmmusic.sound.timeline import VELOCITY, TimedTune
from lstmmusic.views.base import read_bundle
from lstmmusic.views.playback.samples import describe_instrument, join_samples
from lstmmusic.views.playback.transport import TransportView


class SoundView(TransportView):
    """Plays a tune in the page, or one of several that have one playhead, with a row of controls.

    Its traits, and the events by which pictures follow it, are those of a `TransportView`. Another tune continues
    within 50 ms, without Python; the page sends `position` once a second. A piano in the page sends "lstmmusic-key"
    with the `id`, a `pitch`, a `velocity` and whether the key goes `down`; it sounds at once.

    Sound comes from the page that the user touched last. Where a page may not sound before it is clicked, the row has
    a button for that.

    Parameters
    ----------
    instrument : Instrument, optional
        By default the bundled piano.

    Raises
    ------
    PlaybackError
        If the samples have more than 2 MB.
    """

    _esm = read_bundle("sound")
    instrument = traitlets.Dict(read_only=True).tag(sync=True)
    samples = traitlets.Bytes(read_only=True).tag(sync=True)
    appended = traitlets.Int(0, read_only=True).tag(sync=True)  # how often a tune became longer, or was finished
    notes = traitlets.Bytes(read_only=True).tag(sync=True)  # of one tune after the other
    page = traitlets.Unicode("").tag(sync=True)  # the one that the user touched last

    def __init__(self, instrument: Instrument | None = None, **traits: object) -> None:
        self.set_instrument(instrument or read_instrument(find_soundfont(), velocity=VELOCITY))
        super().__init__(**traits)

    def set_instrument(self, instrument: Instrument) -> None:
        """Play with another instrument, from the next note that is not yet scheduled.

        Raises
        ------
        PlaybackError
            If the samples have more than 2 MB; the instrument then stays as it was.
        """
        samples = join_samples(instrument)
        with self.hold_sync():
            self.set_trait("instrument", describe_instrument(instrument))
            self.set_trait("samples", samples)

    @traitlets.observe("page")
    def _on_page(self, change: Any) -> None:
        if change["old"]:  # the page before stops when it receives this
            self.playing = False

    def load(self, notes: ArrayLike, duration: float, name: str = "", primer_end: float = 0.0, **more: Any) -> None:
        """Stop, and replace the tunes by one; in one message.

        Parameters
        ----------
        notes, duration, name, primer_end, **more
            Those of a `TimedTune`.

        Raises
        ------
        ValueError
            If they are not valid.
        """
        self.load_tunes([TimedTune(notes, duration, name, primer_end, **more)])

    def append(self, notes: ArrayLike, duration: float, *, last: bool = False) -> None:
        """Make the chosen tune longer, playing or not; in one message.

        It continues without a gap if this comes before the end of what there was. If this comes later, an `unfinished`
        tune has waited at its end, silent but still `playing`, and continues from there at once. A tune that is not
        `unfinished` and has ended stays where it is.

        Parameters
        ----------
        notes : array of float, shape (n, 3) or (n, 4)
            As those of a `TimedTune`; their times start at the end of what there was.
        duration : float
            Seconds to add.
        last : bool
            Whether this finishes the tune.

        Raises
        ------
        PlaybackError
            If no tune is loaded.
        ValueError
            If the notes or the duration are not valid.
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
        super()._send_tunes()
        self.set_trait("notes", b"".join(tune.table.tobytes() for tune in self._timed))

    def play(self) -> None:
        """Play from `position` on.

        Raises
        ------
        PlaybackError
            If no tune is loaded.
        """
        self._need_tune()
        with self.hold_sync():
            self.playing, self.ended = True, False
        self.send({"kind": "play"})

    def pause(self) -> None:
        """Pause; `play` continues from here."""
        self.playing = False
        self.send({"kind": "pause"})

    def stop(self) -> None:
        """Stop, and return to the start."""
        with self.hold_sync():
            self.playing, self.position = False, 0.0
        self.send({"kind": "stop"})

    def seek(self, seconds: float) -> None:
        """Go to a place in the tune, playing or not."""
        self.position = min(max(0.0, float(seconds)), self.duration)
        self.send({"kind": "seek", "seconds": self.position})
