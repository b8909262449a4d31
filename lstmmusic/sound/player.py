"""Players of tunes, one tune at a time: on this machine's sound card, or, where there is none, none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from lstmmusic.errors import PlaybackError
from lstmmusic.music.roll import Tune, check_playing
from lstmmusic.settings import check_number
from lstmmusic.sound.fluidsynth import RELEASE
from lstmmusic.sound.sdl import MixerShare
from lstmmusic.sound.soundfont import find_soundfont, find_unheard, read_soundfont
from lstmmusic.sound.timeline import SPEEDS, Loop, Passage, TimedTune, check_loop, encode_midi, lay_out, time_tune


class Player(ABC):
    """Something that plays a tune, one at a time, at the speed and in the loop that are set, from now on as well.

    All times are seconds of the tune. One for another device has `_begin`, `_cease`, `_elapsed` and `_set_volume`.

    Attributes
    ----------
    description : str
        Where the sound comes out, or why there is none.
    problem : str
        What cannot be heard of the tune that was begun last, and why; or "".
    paused : bool
        Whether `resume` would go on.
    """

    description: str
    problem: str

    def __init__(self) -> None:
        self.problem = ""
        self.paused = False
        self._tune: TimedTune | None = None
        self._instrument, self._speed, self._volume = 0, 1.0, 1.0
        self._loop: Loop = ()
        self._passage: Passage | None = None  # while it plays
        self._rest = 0.0  # the second of the tune, while it is paused

    def play(
        self,
        tune: Tune | TimedTune,
        *,
        tempo: float = 100.0,
        velocity: int = 80,
        instrument: int = 0,
        start: float = 0.0,
    ) -> None:
        """Begin to play a tune, in place of what is playing; returns at once.

        Parameters
        ----------
        tune : Tune or TimedTune
        tempo, velocity, instrument
            As for `lstmmusic.music.roll.write_midi`; a `TimedTune` has a tempo and velocities of its own.
        start : float
            The second with which it begins; where the loop does not have it, the loop's first.

        Raises
        ------
        ConfigError
            If a value is out of range.
        PlaybackError
            If the tune has no length, or cannot be played here.
        """
        check_playing(tempo, velocity, instrument)
        self.stop()
        self._tune = time_tune(tune, tempo=tempo, velocity=velocity) if isinstance(tune, Tune) else tune
        self._instrument = instrument
        self._go(start)

    def pause(self) -> None:
        """Hold on."""
        if self.playing:
            self._rest, self.paused = self.position, True
            self._passage = None
            self._cease()

    def resume(self) -> None:
        """Go on after a pause."""
        if self.paused:
            self._go(self._rest)

    def stop(self) -> None:
        """Be silent, and forget where."""
        self._passage, self.paused, self._rest = None, False, 0.0
        self._cease()

    def seek(self, seconds: float) -> None:
        """Go to a second of the tune that is playing or paused."""
        if self.paused and self._tune is not None:
            self._rest = min(max(0.0, seconds), self._tune.duration)
        elif self.playing:
            self._go(seconds)

    @property
    def playing(self) -> bool:
        """Whether a tune is under way, and not paused."""
        return self._at() is not None

    @property
    def position(self) -> float:
        """The second of the tune that is heard now; 0 when it is over."""
        at = self._at()
        return self._rest if at is None else at

    @property
    def speed(self) -> float:
        """How many times as fast as written, 0.25 to 4."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        check_number("speed", speed, *SPEEDS)
        at = self._at()
        self._speed = float(speed)
        self._go_on(at)

    @property
    def volume(self) -> float:
        """From 0, silence, to 1."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        check_number("volume", volume, 0, 1)
        self._volume = float(volume)
        self._set_volume()

    @property
    def loop(self) -> Loop:
        """From and up to which second the tune goes round, or (); playing is always inside it."""
        return self._loop

    @loop.setter
    def loop(self, loop: tuple[float, ...]) -> None:
        at = self._at()
        self._loop = check_loop(loop)
        self._go_on(at)

    @property
    def instrument(self) -> int:
        """General MIDI program, 0 to 127."""
        return self._instrument

    @instrument.setter
    def instrument(self, instrument: int) -> None:
        check_number("instrument", instrument, 0, 127, whole=True)
        at = self._at()
        self._instrument = instrument
        self._go_on(at)

    def close(self) -> None:
        """Give back what the player holds; may be called twice."""
        self.stop()

    def _at(self) -> float | None:
        """Second of the tune that is heard, or None if none is."""
        elapsed = self._elapsed() if self._passage is not None else None
        if self._passage is None or elapsed is None:
            return None
        over = elapsed >= self._passage.length and not self._passage.loop
        return None if over else self._passage.position(elapsed)

    def _go_on(self, at: float | None) -> None:
        if at is not None:
            self._go(at)

    def _go(self, seconds: float) -> None:
        if self._tune is None:
            return
        self._passage, self.paused, self._rest = None, False, 0.0
        passage = lay_out(self._tune, start=seconds, speed=self._speed, loop=self._loop)
        self.problem = "" if len(passage.notes) else "no note sounds from here to the end"
        try:
            self._begin(passage)
        except PlaybackError:
            self._cease()  # what sounded is not to go on under another name
            raise
        self._passage = passage

    @abstractmethod
    def _begin(self, passage: Passage) -> None:
        """Begin to play a passage in place of what sounds, with the instrument and the volume set."""

    @abstractmethod
    def _cease(self) -> None:
        """Be silent within 50 milliseconds."""

    @abstractmethod
    def _elapsed(self) -> float | None:
        """Return how many seconds of the passage have sounded, or None if it does not sound any more."""

    @abstractmethod
    def _set_volume(self) -> None:
        """Be as loud as `volume` from now on."""


class NullPlayer(Player):
    """Plays nothing, for machines with no sound card.

    Parameters
    ----------
    reason : str
        Why there is no sound.
    """

    def __init__(self, reason: str = "no player was chosen") -> None:
        super().__init__()
        self.description = reason

    def _begin(self, passage: Passage) -> None: ...

    def _cease(self) -> None: ...

    def _elapsed(self) -> float | None:
        return None

    def _set_volume(self) -> None: ...


class PygamePlayer(Player):
    """Plays through pygame's MIDI synth on this machine's sound card.

    A machine has one such synth: of several players, the one that was told last is heard, and the one that was heard
    before falls silent, as if it was stopped.

    Parameters
    ----------
    soundfont : str or Path, optional
        An SF2 or SF3 file; by default the bundled piano.

    Raises
    ------
    PlaybackError
        If there is no sound card, or the SoundFont is not there, is none, or is damaged.
    """

    def __init__(self, soundfont: str | Path | None = None) -> None:
        super().__init__()
        self._font = read_soundfont(soundfont or find_soundfont())
        self._share = MixerShare()
        self.description = "this machine's sound card, through pygame"

    @property
    def soundfont(self) -> Path:
        """The SF2 or SF3 file that is played from; one that cannot be read is refused, and the one before kept."""
        return self._font.path

    @soundfont.setter
    def soundfont(self, soundfont: str | Path) -> None:
        at, before = self._at(), self._font
        self._font = read_soundfont(soundfont)
        try:
            self._go_on(at)
        except PlaybackError:
            self._font = before
            self._go_on(at)
            raise

    def close(self) -> None:
        """Close the sound card, unless another player needs it; may be called twice."""
        super().close()
        self._share.close()

    def _begin(self, passage: Passage) -> None:
        # FluidSynth looks for no stand-in when a font has none: it would be silent, and say nothing.
        program = self._font.choose(self._instrument)
        unheard = find_unheard(self._font, program, passage.notes)
        self.problem = unheard or self.problem
        midi = encode_midi(passage, program=program, rest=0 if passage.loop else RELEASE)
        self._share.play(midi, self._font.path, volume=self._volume, repeats=bool(passage.loop))

    def _cease(self) -> None:
        self._share.stop()

    def _elapsed(self) -> float | None:
        return self._share.elapsed()

    def _set_volume(self) -> None:
        self._share.set_volume(self._volume)


def open_player() -> Player:
    """Open the sound card, or say why not: a `NullPlayer` has the reason as its description."""
    try:
        return PygamePlayer()
    except PlaybackError as error:
        return NullPlayer(str(error))
