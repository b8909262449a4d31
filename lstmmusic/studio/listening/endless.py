"""Endless music while a button is pressed: each bar is generated with the newest weights, also during training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from lstmmusic.generation.continuation import SILENT_BARS, Bar, Continuation
from lstmmusic.generation.diagnosis import Remedy
from lstmmusic.generation.sampler import Sampler
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import toggle
from lstmmusic.studio.expression import Piece
from lstmmusic.studio.listening.remedies import Remedies
from lstmmusic.studio.listening.takes import Made, Request, load_network
from lstmmusic.views import RollView

AHEAD = 4.0  # seconds before the end of the last bar, when the next one is generated
LONGEST = 1024  # steps after the primer; then the music starts again, with other random numbers


@dataclass(frozen=True, eq=False)
class Next:
    """The next bar of a continuation, all of its music so far as a take, and what helps if it had fallen silent."""

    music: Continuation
    bar: Bar
    made: Made
    remedy: Remedy | None

    @property
    def last(self) -> bool:
        """Whether it is the last bar."""
        return self.bar.stop - self.bar.take.primer_steps >= LONGEST


class Endless:
    """The button, and the music, which plays in the page.

    Parameters
    ----------
    context : Context
    roll : RollView
        The roll whose playhead follows the music.
    request : callable
        Returns what the controls ask for.
    show : callable
        Shows the music so far.
    keep : callable
        Called with music that has ended by itself, before other music is shown.
    remedies : Remedies
        It says what was changed where the music fell silent.
    """

    def __init__(
        self,
        context: Context,
        roll: RollView,
        request: Callable[[], Request],
        show: Callable[[Made], None],
        keep: Callable[[Made], None],
        remedies: Remedies,
    ) -> None:
        self._remedies, self._keep = remedies, keep
        self._sound, self._roll, self._request, self._show = context.sound, roll, request, show
        self._submit = context.between_updates
        self._making: Latest[Next] = Latest(self._submit)
        self._playing: Next | None = None  # the last bar that was given to the page
        self._turn = 0  # see `Sound.turns`
        self._starts = 0
        self.button = toggle("Endless", "Play without end: each bar is generated with the newest weights")
        self.button.observe(lambda _: context.act(self._switch), "value")

    @property
    def on(self) -> bool:
        """Whether the button is pressed."""
        return bool(self.button.value)

    @property
    def busy(self) -> bool:
        """Whether a bar is being generated."""
        return self._making.busy

    def refresh(self) -> None:
        """Play the bar that was generated, and ask for the next in time.

        Raises
        ------
        Exception
            What went wrong in the background; then the music ends.
        """
        if not self.on:
            return
        try:
            made = self._making.take()
        except Exception:
            self.button.value = False
            raise
        if self._playing and self._sound.turns != self._turn:
            self._playing, self.button.value = None, False  # something else plays
        elif made:
            self._adopt(made)
        elif self._playing and self._playing.last:
            if self._sound.page.ended:
                self._keep(self._playing.made)
                self._start()
        elif not self._making.busy and self._sound.seconds_left < AHEAD:
            music, piece = (self._playing.music, self._playing.made.piece) if self._playing else (None, None)
            fixes = not self._remedies.by_hand
            self._making.ask(partial(make_next, music, self._request(), piece, fixes=fixes))

    def _switch(self) -> None:
        if self.on:
            self._start()
        elif self._playing:
            self._playing = None
            self._sound.stop()

    def _start(self) -> None:
        self._playing, self._making = None, Latest(self._submit)  # a bar of the last music is not waited for
        request = self._request()
        settings = request.settings | {"seed": request.settings["seed"] + LONGEST * self._starts}
        self._making.ask(partial(make_next, None, replace(request, settings=settings)))
        self._starts += 1

    def _adopt(self, made: Next) -> None:
        if self._playing and made.music is self._playing.music:
            self._sound.append(made.bar, last=made.last)
        else:
            if self._playing:  # whose grid is not that of the network any more
                self._keep(self._playing.made)
            self._sound.play_endless(made.bar, self._roll, made.made.piece)
            self._turn = self._sound.turns
        self._playing = made
        self._show(made.made)
        self._remedies.show_bar(made.made, made.remedy)


def make_next(music: Continuation | None, request: Request, piece: Piece | None = None, *, fixes: bool = False) -> Next:
    """Continue music that began with a piece, or start it if there is none, or if the network has another grid.

    Where it has fallen silent, what helps is looked for, and used if it `fixes` that.
    """
    settings = request.settings
    manner = {name: settings[name] for name in ("temperature", "threshold")}  # music without end does not end by itself
    network, config, weights = load_network(request)
    if music is None or music.config != config:
        piece = request.piece_on(config)
        music = Continuation(request.primer_on(config), config, settings["seed"], metre=settings["metre"])
    remedy = music.find_sound(network, **manner) if music.silent_bars >= SILENT_BARS else None
    if remedy and fixes:
        manner = {name: getattr(remedy.settings, name) for name in manner}
    bar = music.next_bar(network, **manner)
    if not bar.stop:
        bar = music.next_bar(network, **manner)
    sampler = Sampler(network, None, config)
    given = replace(request, given=(bar.take,), work=(), snapshot=None)
    made = Made(given, given.given, (0,), (None,), sampler, network, weights, None, piece, endless=True)
    return Next(music, bar, made, remedy)
