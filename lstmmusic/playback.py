"""Players of tunes, one at a time: on this machine's sound card, or, where there is none, none."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from pathlib import Path

from lstmmusic.errors import PlaybackError
from lstmmusic.pianoroll import Tune, write_midi
from lstmmusic.soundfont import find_soundfont
from lstmmusic.synth import open_mixer, silent_stderr


class Player(ABC):
    """Something that plays a tune, one at a time.

    Attributes
    ----------
    description : str
        Where the sound comes out, or why there is none.
    """

    description: str

    @abstractmethod
    def play(self, tune: Tune, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0) -> None:
        """Begin to play a tune, in place of what is playing; returns at once."""

    @abstractmethod
    def pause(self) -> None:
        """Hold on."""

    @abstractmethod
    def resume(self) -> None:
        """Go on after a pause."""

    @abstractmethod
    def stop(self) -> None:
        """Be silent."""

    @property
    @abstractmethod
    def playing(self) -> bool:
        """Whether a tune sounds."""

    @property
    @abstractmethod
    def position(self) -> float:
        """Seconds of the tune that have sounded."""

    def close(self) -> None:
        """Give back what the player holds; may be called twice."""
        self.stop()


class NullPlayer(Player):
    """Plays nothing, for machines with no sound card.

    Parameters
    ----------
    reason : str
        Why there is no sound.
    """

    def __init__(self, reason: str = "no player was chosen") -> None:
        self.description = reason

    def play(self, tune: Tune, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0) -> None:
        """Do nothing."""

    def pause(self) -> None:
        """Do nothing."""

    def resume(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""

    @property
    def playing(self) -> bool:
        """Never."""
        return False

    @property
    def position(self) -> float:
        """None: 0 seconds."""
        return 0.0


class PygamePlayer(Player):
    """Plays through pygame's MIDI synth on this machine's sound card.

    Parameters
    ----------
    soundfont : str or Path, optional
        An SF2 or SF3 file; by default the bundled piano.

    Raises
    ------
    PlaybackError
        If there is no sound card, or no such SoundFont.
    """

    def __init__(self, soundfont: str | Path | None = None) -> None:
        self._mixer = open_mixer(Path(soundfont) if soundfont else find_soundfont())
        self._folder = tempfile.TemporaryDirectory(prefix="lstmmusic-")
        self._closed = self._paused = False
        self.description = "this machine's sound card, through pygame"

    @property
    def _open(self) -> bool:
        # A process has one mixer: when another player closes it, this one is closed too.
        return not self._closed and self._mixer.get_init() is not None

    def play(self, tune: Tune, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0) -> None:
        """Begin to play a tune, in place of what is playing; returns at once.

        Raises
        ------
        PlaybackError
            If the player was closed, or the synth refuses the tune.
        """
        if not self._open:
            raise PlaybackError("this player is closed; make a new PygamePlayer()")
        path = Path(self._folder.name) / "tune.mid"
        self.stop()
        write_midi(tune, path, tempo=tempo, velocity=velocity, instrument=instrument)
        try:
            with silent_stderr():  # FluidSynth warns that a piano has no drums
                self._mixer.music.load(str(path))
            self._mixer.music.play()
        except Exception as error:  # pygame.error, a name that is there only after the import
            raise PlaybackError(f"the synth cannot play this tune: {error}") from error

    def pause(self) -> None:
        """Hold on."""
        if self.playing:
            self._mixer.music.pause()
            self._paused = True

    def resume(self) -> None:
        """Go on after a pause."""
        if self._open:
            self._mixer.music.unpause()
            self._paused = False

    def stop(self) -> None:
        """Be silent."""
        self._paused = False
        if self._open:
            self._mixer.music.stop()
            self._mixer.music.unload()

    @property
    def playing(self) -> bool:
        """Whether a tune sounds, or is paused."""
        return self._open and (self._paused or bool(self._mixer.music.get_busy()))

    @property
    def position(self) -> float:
        """Seconds of the tune that have sounded."""
        return max(0, self._mixer.music.get_pos()) / 1000 if self._open else 0.0

    def close(self) -> None:
        """Close the sound card; may be called twice."""
        if not self._closed:
            self.stop()
            self._closed = True
            self._mixer.quit()
            self._folder.cleanup()


def open_player() -> Player:
    """Open the sound card, or say why not: a `NullPlayer` has the reason as its description."""
    try:
        return PygamePlayer()
    except PlaybackError as error:
        return NullPlayer(str(error))
