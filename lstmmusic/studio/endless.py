"""Music that goes on while a button is pressed: each bar by the newest weights, whether the run goes on or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import ipywidgets as widgets

from lstmmusic.generation.continuation import Bar, Continuation
from lstmmusic.generation.sampler import Take
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.bundled import load_bundled
from lstmmusic.studio.background import Latest, Submit
from lstmmusic.studio.controls import Act
from lstmmusic.studio.sound import Sound
from lstmmusic.studio.takes import Wish
from lstmmusic.views import RollView

AHEAD = 4.0  # seconds before the end of what there is to hear: then the next bar is made
LONGEST = 1024  # steps after the primer; then it begins anew, with other random numbers


@dataclass(frozen=True, eq=False)
class Next:
    """What comes next to be heard: a bar of a continuation, and the network that made the end of its take."""

    music: Continuation
    bar: Bar
    network: StackedLSTM

    @property
    def last(self) -> bool:
        """Whether the music ends with it."""
        return self.bar.stop - self.bar.take.primer_steps >= LONGEST


class Endless:
    """The button, and the music that it lets go on, which sounds in the page.

    Parameters
    ----------
    sound : Sound
    roll : RollView
        Whose playhead follows.
    wish : callable
        Tells what the controls ask for.
    submit : callable
        Runs a function between two updates.
    show : callable
        Shows a take, and the network that made its end.
    act : callable
        Runs what a control asks for.
    """

    def __init__(
        self,
        sound: Sound,
        roll: RollView,
        wish: Callable[[], Wish],
        submit: Submit,
        show: Callable[[Take, StackedLSTM], None],
        act: Act,
    ) -> None:
        self._sound, self._roll, self._wish, self._submit, self._show = sound, roll, wish, submit, show
        self._making: Latest[Next] = Latest(submit)
        self._heard: Next | None = None  # the last that was given to the page
        self._turn = 0  # of the sound, by which to tell that this still is what sounds
        self._times = 0  # that the music began
        self.button = widgets.ToggleButton(
            description="Keep playing",
            tooltip="While this is pressed, the music goes on in the page: each bar by the newest weights",
            layout=widgets.Layout(width="auto", flex="0 0 auto"),
        )
        self.button.observe(lambda _: act(self._switch), "value")

    @property
    def on(self) -> bool:
        """Whether the music goes on."""
        return bool(self.button.value)

    def refresh(self) -> None:
        """Let sound what was made, and ask for more in time.

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
        if self._heard and self._sound.turns != self._turn:
            self._heard, self.button.value = None, False  # something else is played
        elif made:
            self._take_up(made)
        elif self._heard and self._heard.last:
            if self._sound.page.ended:
                self._begin()
        elif not self._making.busy and self._sound.seconds_left < AHEAD:
            self._making.ask(partial(make_next, self._heard.music if self._heard else None, self._wish()))

    def _switch(self) -> None:
        if self.on:
            self._begin()
        elif self._heard:
            self._heard = None
            self._sound.stop()

    def _begin(self) -> None:
        self._heard, self._making = None, Latest(self._submit)  # what is made of the music before is not waited for
        wish = self._wish()
        settings = wish.settings | {"seed": wish.settings["seed"] + LONGEST * self._times}
        self._making.ask(partial(make_next, None, replace(wish, settings=settings)))
        self._times += 1

    def _take_up(self, made: Next) -> None:
        notes, start, stop, take = made.bar
        if self._heard and made.music is self._heard.music:
            self._sound.append(notes - (start, start, 0), stop - start, last=made.last)
        else:
            self._sound.play_on(take, notes, stop, self._roll)
            self._turn = self._sound.turns
        self._heard = made
        self._show(take, made.network)


def make_next(music: Continuation | None, wish: Wish) -> Next:
    """Let music go on, or begin it; where the network makes music on another grid, it begins anew.

    Raises
    ------
    ConfigError
        If the primer does not fit the network.
    """
    trainer, settings = wish.trainer, dict(wish.settings)
    network, config = (trainer.newest_network(), trainer.training.config) if trainer else load_bundled()
    seed = settings.pop("seed")
    if music is None or music.config != config:
        music = Continuation(wish.heard, config, seed)
    bar = music.next_bar(network, **settings)
    if not bar.stop:
        bar = music.next_bar(network, **settings)
    return Next(music, bar, network)
