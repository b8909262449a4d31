"""Players, which play one tune at a time: on this machine's sound card, or silently where there is none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from lstmmusic.errors import PlaybackError
from lstmmusic.music.expression import Expression
from lstmmusic.music.playing import check_playing
from lstmmusic.music.roll import Tune
from lstmmusic.music.score import VELOCITY
from lstmmusic.settings import check_number, checked
from lstmmusic.sound.fluidsynth import RELEASE
from lstmmusic.sound.sdl import MixerShare
from lstmmusic.sound.soundfont import describe_silent_notes, find_soundfont, read_soundfont
from lstmmusic.sound.timeline import SPEEDS, Loop, Passage, TimedTune, check_loop, encode_midi, make_passage, time_tune


class Player(ABC):
    """Plays one tune at a time; speed, volume, loop and instrument may change while it plays.

    All times are seconds of the tune. Subclasses implement `_start`, `_silence`, `_elapsed` and `_set_volume`.

    Attributes
    ----------
    description : str
        Where the sound comes out, or why there is none.
    problem : str
        What cannot be heard of the tune that was started last, and why; or "".
    paused : bool
        Whether `resume` would continue.
    """

    description: str

    def __init__(self) -> None:
        self.problem = ""
        self.paused = False
        self._tune: TimedTune | None = None
        self._instrument, self._speed, self._volume = 0, 1.0, 1.0
        self._loop: Loop = ()
        self._passage: Passage | None = None  # while it plays
        self._paused_at = 0.0

    @checked
    def play(
        self,
        tune: Tune | TimedTune,
        *,
        tempo: float = 100.0,
        velocity: int = VELOCITY,
        flat: bool = False,
        instrument: int = 0,
        start: float = 0.0,
        expression: Expression | None = None,
    ) -> None:
        """Start a tune instead of the one that is playing, and return at once.

        Parameters
        ----------
        tune : Tune or TimedTune
        tempo, velocity, flat, instrument, expression
            As for `lstmmusic.music.playing.write_midi`; a `TimedTune` has its own times and velocities.
        start : float
            Where to start; if outside the loop, at the start of the loop.

        Raises
        ------
        ConfigError
            If a value is out of range.
        PlaybackError
            If the tune has no length, or cannot be played here.
        """
        check_playing(tempo, velocity, instrument)
        self.stop()
        if isinstance(tune, Tune):
            tune = time_tune(tune, tempo=tempo, velocity=velocity, flat=flat, expression=expression)
        self._tune = tune
        self._instrument = instrument
        self._start_at(start)

    def pause(self) -> None:
        """Pause; `resume` continues from here."""
        if self.playing:
            self._paused_at, self.paused = self.position, True
            self._passage = None
            self._silence()

    def resume(self) -> None:
        """Continue after a pause."""
        if self.paused:
            self._start_at(self._paused_at)

    def stop(self) -> None:
        """Stop, and go back to the start."""
        self._passage, self.paused, self._paused_at = None, False, 0.0
        self._silence()

    @checked
    def seek(self, seconds: float) -> None:
        """Move to a second of the tune that is playing or paused."""
        if self.paused and self._tune is not None:
            self._paused_at = min(max(0.0, seconds), self._tune.duration)
        elif self.playing:
            self._start_at(seconds)

    @property
    def playing(self) -> bool:
        """Whether a tune is playing, and not paused."""
        return self._at() is not None

    @property
    def position(self) -> float:
        """The second of the tune that is playing now; 0 when it is over."""
        at = self._at()
        return self._paused_at if at is None else at

    @property
    def speed(self) -> float:
        """Factor of the original speed, 0.25 to 4."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        check_number("speed", speed, *SPEEDS)
        at = self._at()
        self._speed = float(speed)
        self._start_at(at)

    @property
    def volume(self) -> float:
        """Volume from 0, silence, to 1."""
        return self._volume

    @volume.setter
    def volume(self, volume: float) -> None:
        check_number("volume", volume, 0, 1)
        self._volume = float(volume)
        self._set_volume()

    @property
    def loop(self) -> Loop:
        """Start and end of the loop in seconds, or (); playing stays inside it."""
        return self._loop

    @loop.setter
    def loop(self, loop: tuple[float, ...]) -> None:
        at = self._at()
        self._loop = check_loop(loop)
        self._start_at(at)

    @property
    def instrument(self) -> int:
        """General MIDI program, 0 to 127."""
        return self._instrument

    @instrument.setter
    def instrument(self, instrument: int) -> None:
        check_number("instrument", instrument, 0, 127, whole=True)
        at = self._at()
        self._instrument = instrument
        self._start_at(at)

    def close(self) -> None:
        """Release the device; may be called twice."""
        self.stop()

    def _at(self) -> float | None:
        """Return the second of the tune that is playing, or None if none is."""
        elapsed = self._elapsed() if self._passage is not None else None
        if self._passage is None or elapsed is None:
            return None
        over = elapsed >= self._passage.length and not self._passage.loop
        return None if over else self._passage.position(elapsed)

    def _start_at(self, seconds: float | None) -> None:
        if self._tune is None or seconds is None:
            return
        self._passage, self.paused, self._paused_at = None, False, 0.0
        passage = make_passage(self._tune, start=seconds, speed=self._speed, loop=self._loop)
        self.problem = "" if len(passage.notes) else "no note sounds from here to the end"
        try:
            self._start(passage)
        except PlaybackError:
            self._silence()  # what was playing must not continue
            raise
        self._passage = passage

    @abstractmethod
    def _start(self, passage: Passage) -> None:
        """Start a passage instead of what sounds, with the current instrument and volume."""

    @abstractmethod
    def _silence(self) -> None:
        """Fall silent within 50 milliseconds."""

    @abstractmethod
    def _elapsed(self) -> float | None:
        """Return how many seconds of the passage have been played, or None if it has ended."""

    @abstractmethod
    def _set_volume(self) -> None:
        """Apply `volume`."""


class NullPlayer(Player):
    """Plays nothing, for machines without a sound card.

    Parameters
    ----------
    reason : str
        Why there is no sound.
    """

    def __init__(self, reason: str = "no player was chosen") -> None:
        super().__init__()
        self.description = reason

    def _start(self, passage: Passage) -> None: ...

    def _silence(self) -> None: ...

    def _elapsed(self) -> float | None:
        return None

    def _set_volume(self) -> None: ...


class PygamePlayer(Player):
    """Plays through pygame's MIDI synth on this machine's sound card.

    A process has one such synth: of several players, only the one that started last is heard, and the one before stops.

    Parameters
    ----------
    soundfont : str or Path, optional
        An SF2 or SF3 file; by default the bundled piano.

    Raises
    ------
    PlaybackError
        If there is no sound card, or the SoundFont is missing or damaged.
    """

    @checked
    def __init__(self, soundfont: str | Path | None = None) -> None:
        super().__init__()
        self._font = read_soundfont(soundfont or find_soundfont())
        self._share = MixerShare()
        self.description = "this machine's sound card, through pygame"

    @property
    def soundfont(self) -> Path:
        """The SF2 or SF3 file; one that cannot be read is refused, and the current one kept."""
        return self._font.path

    @soundfont.setter
    def soundfont(self, soundfont: str | Path) -> None:
        at, before = self._at(), self._font
        self._font = read_soundfont(soundfont)
        try:
            self._start_at(at)
        except PlaybackError:
            self._font = before
            self._start_at(at)
            raise

    def close(self) -> None:
        """Close the sound card, unless another player needs it; may be called twice."""
        super().close()
        self._share.close()

    def _start(self, passage: Passage) -> None:
        # FluidSynth would play a missing instrument as silence, without an error.
        program = self._font.choose(self._instrument)
        self.problem = describe_silent_notes(self._font, program, passage.notes) or self.problem
        midi = encode_midi(passage, program=program, rest=0 if passage.loop else RELEASE)
        self._share.play(midi, self._font.path, volume=self._volume, repeats=bool(passage.loop))

    def _silence(self) -> None:
        self._share.stop()

    def _elapsed(self) -> float | None:
        return self._share.elapsed()

    def _set_volume(self) -> None:
        self._share.set_volume(self._volume)


def open_player() -> Player:
    """Open the sound card; without one, return a `NullPlayer` whose description is the reason."""
    try:
        return PygamePlayer()
    except PlaybackError as error:
        return NullPlayer(str(error))
