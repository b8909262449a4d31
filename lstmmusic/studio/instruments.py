"""The SoundFont and the instrument with which tunes are played, and the program in MIDI files."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets as widgets
from pretty_midi import program_to_instrument_name

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.player import Player, PygamePlayer
from lstmmusic.sound.soundfont import find_soundfont, find_soundfonts, read_instrument, read_soundfont
from lstmmusic.studio.controls import Act, choice, column, control, on_choice, quietly
from lstmmusic.views import SoundView

SAME = -1  # as a program: that of the instrument


class Instruments:
    """A field for the path of a SoundFont, a menu of its instruments, and one of the programs in MIDI files.

    Parameters
    ----------
    card : Player
        The sound card of this machine.
    page : SoundView
    act : callable
        Runs what a control asks for.
    stop : callable
        Stops what plays, before the SoundFont is replaced.
    changed : callable
        Called when another instrument is chosen.

    Attributes
    ----------
    soundfont : SoundFont
        The current SoundFont.
    problem : str
        Why the page does not play the chosen instrument, or "".
    """

    def __init__(
        self, card: Player, page: SoundView, act: Act, stop: Callable[[], None], changed: Callable[[], None]
    ) -> None:
        self._card, self._page, self._stop, self._changed = card, page, stop, changed
        self.soundfont = read_soundfont(find_soundfont())
        self.problem = ""
        self._in_page = (self.soundfont.path, 0)
        self.menu = choice(
            "Instrument", "The instrument of the SoundFont that plays, also in WAV files. Default: a piano", {}
        )
        self.field = control(
            widgets.Combobox,
            "SoundFont",
            "Path of an SF2 or SF3 file on the machine of the notebook; a click offers those that were found there. "
            "Default: empty, the bundled piano",
            placeholder="the bundled piano",
            continuous_update=False,
        )
        programs = {f"{number} {program_to_instrument_name(number)}": number for number in range(128)}
        self.midi_menu = choice(
            "MIDI program",
            "The General MIDI instrument that MIDI devices play and saved MIDI files name. Default: as the instrument",
            {"as the instrument": SAME, **programs},
        )
        self.box = column(self.menu, self.field, self.midi_menu)
        self._offer()
        on_choice(self.field, "value", act, self._apply_soundfont)
        for each in (self.menu, self.midi_menu):
            on_choice(each, "value", act, self._apply_instrument)

    def search(self) -> None:
        """Offer the SoundFonts that the system has; any thread may call this."""
        self.field.options = [str(path) for path in find_soundfonts()]

    @property
    def program(self) -> int:
        """The program of the chosen instrument, 0 to 127."""
        return int(self.menu.value)

    @property
    def midi_program(self) -> int:
        """The General MIDI program of MIDI devices and files, 0 to 127."""
        return self.program if self.midi_menu.value == SAME else int(self.midi_menu.value)

    def _apply_soundfont(self) -> None:
        """Use another SoundFont from now on; one that cannot be read changes nothing."""
        path = self.field.value.strip()
        try:
            soundfont = read_soundfont(path or find_soundfont())
            self._stop()  # the new SoundFont may lack the instrument that plays
            if isinstance(self._card, PygamePlayer):
                self._card.soundfont = soundfont.path
        except PlaybackError:
            bundled = self.soundfont.path == find_soundfont()
            with quietly(self.field):
                self.field.value = "" if bundled else str(self.soundfont.path)
            raise
        self.soundfont = soundfont
        self._offer()
        self._apply_instrument()

    def _offer(self) -> None:
        """List the instruments of the SoundFont; the chosen one stays if it is among them."""
        programs, chosen = self.soundfont.programs, self.menu.value
        with quietly(self.menu):
            self.menu.options = [(f"{number} {name}", number) for number, name in programs.items()]
            self.menu.value = chosen if chosen in programs else next(iter(programs))

    def _apply_instrument(self) -> None:
        """Play with the chosen instrument from now on; the page does if its samples are small enough."""
        self._changed()
        wanted = (self.soundfont.path, self.program)
        self.problem = ""
        if wanted == self._in_page:
            return
        try:
            self._page.set_instrument(read_instrument(self.soundfont.path, program=self.program))
            self._in_page = wanted
        except PlaybackError as error:
            self.problem = str(error)
