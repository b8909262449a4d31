"""What tunes are played with: a SoundFont, the bundled piano or one of the user, and one of its instruments."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets
from pretty_midi import program_to_instrument_name

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.player import Player, PygamePlayer
from lstmmusic.sound.soundfont import find_soundfont, read_instrument, read_soundfont
from lstmmusic.studio.controls import Act, choice, control, on_choice, quietly
from lstmmusic.views import SoundView


class Instruments:
    """A field for the path of a SoundFont, and a menu of instruments.

    Parameters
    ----------
    card : Player
        Of this machine's sound card, or of none.
    view : SoundView
        The page's player.
    act : callable
        Runs what a control asks for.
    stop : callable
        Ends what sounds.
    choose : callable
        Is called with the General MIDI program that is chosen.

    Attributes
    ----------
    soundfont : SoundFont
        That is played from.
    problem : str
        Why the page plays another instrument than the one that is chosen, or "".
    """

    def __init__(
        self, card: Player, view: SoundView, act: Act, stop: Callable[[], None], choose: Callable[[int], None]
    ) -> None:
        self._card, self._view, self._stop, self._choose = card, view, stop, choose
        self.soundfont = read_soundfont(find_soundfont())
        self.problem = ""
        self._in_page = (self.soundfont.path, 0)
        self.menu = choice(
            "Instrument", "What plays, of those that the SoundFont has; and the General MIDI program in saved files", {}
        )
        self.field = control(
            widgets.Text,
            "SoundFont",
            "Path of an SF2 or SF3 file on the machine of the notebook; empty: the bundled piano",
            placeholder="the bundled piano",
            continuous_update=False,
        )
        self._offer()
        on_choice(self.field, "value", act, self._take_font)
        on_choice(self.menu, "value", act, self._take_instrument)

    @property
    def program(self) -> int:
        """General MIDI program that is chosen, 0 to 127."""
        return int(self.menu.value)

    def _take_font(self) -> None:
        """Play from another SoundFont from now on; one that cannot be read changes nothing."""
        path = self.field.value.strip()
        try:
            soundfont = read_soundfont(path or find_soundfont())
            self._stop()  # what plays may be an instrument that this one does not have
            if isinstance(self._card, PygamePlayer):
                self._card.soundfont = soundfont.path
        except PlaybackError:
            bundled = self.soundfont.path == find_soundfont()
            with quietly(self.field):
                self.field.value = "" if bundled else str(self.soundfont.path)
            raise
        self.soundfont = soundfont
        self._offer()
        self._take_instrument()

    def _offer(self) -> None:
        """List what the SoundFont has, and behind it what only a saved file or another synth can have."""
        programs = self.soundfont.programs
        chosen = self.menu.value or 0
        if chosen not in programs and 0 not in programs:  # then no piano stands in for it
            chosen = next(iter(programs))
        others = [number for number in range(128) if number not in programs]
        options = [(f"{number} {name}", number) for number, name in programs.items()]
        options += [(f"{number} {program_to_instrument_name(number)} (not here)", number) for number in others]
        with quietly(self.menu):
            self.menu.options = options
            self.menu.value = chosen

    def _take_instrument(self) -> None:
        """Play with the instrument that is chosen, a tune that sounds as well; the page, if it can take its samples."""
        self._choose(self.program)
        program = self.soundfont.choose(self.program)
        wanted = (self.soundfont.path, program)
        self.problem = ""
        if wanted == self._in_page:
            return
        try:
            self._view.set_instrument(read_instrument(self.soundfont.path, program=program))
            self._in_page = wanted
        except PlaybackError as error:
            self.problem = str(error)
