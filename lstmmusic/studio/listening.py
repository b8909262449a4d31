"""The Listening place: takes are generated, shown, played and saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets as widgets

from lstmmusic.base.words import count_of
from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.diagnosis import Settings
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.bundled import PATHS
from lstmmusic.runs.store import save_take
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import (
    button,
    choice,
    column,
    halves,
    on_choice,
    pages,
    quietly,
    row,
)
from lstmmusic.studio.endless import Endless
from lstmmusic.studio.exports import Exports
from lstmmusic.studio.expression import Piece
from lstmmusic.studio.heat import TakeMap, set_grid, set_meaning
from lstmmusic.studio.history import Entry, History
from lstmmusic.studio.learning import Learning, Origin, has_others
from lstmmusic.studio.primer import Primer
from lstmmusic.studio.remedies import Remedies
from lstmmusic.studio.sampling import SamplingControls
from lstmmusic.studio.takes import Made, Request, TakeMaker
from lstmmusic.training.start import BUNDLED
from lstmmusic.views import RollView

RUN = "current run"
NETWORKS = tuple(BUNDLED + name for name in PATHS)


class ListeningPlace:
    """What generates, and the takes that it made.

    Attributes
    ----------
    take : Take or None
        The take that is shown.
    in_view : bool
        Whether the place is the one that is shown.
    """

    def __init__(self, context: Context) -> None:
        act, sound = context.act, context.sound
        self.take: Take | None = None
        self._session, self._sound, self._say = context.session, sound, context.say
        self._tunes: tuple[Tune, ...] = ()
        self._maker = TakeMaker()
        self._made: Made | None = None
        self._piece: Piece | None = None  # that the primer of the take is from
        self._sampler: Sampler | None = None  # of the take that is shown
        self._follows = False  # whether the takes are those of the controls, and so of the newest weights
        self._making: Latest[Made] = Latest(context.between_updates)
        self.network = choice("Network", "The network that generates", list(NETWORKS))
        self.learning = Learning(context, self._resample)
        self.in_view = False
        self.primer = Primer(context, self._resample)
        self.sampling = SamplingControls(context, self._slide, self._resample)
        self.history = History()
        self.back = button("↶", "Show the tune before, with its settings (Ctrl+Z)", act, partial(self.go, -1))
        self.forth = button("↷", "Show the tune after it (Ctrl+Shift+Z)", act, partial(self.go, 1))
        self.generate_button = button(
            "Generate",
            "Generate takes with a new seed, and with the newest weights while a run trains",
            act,
            self._throw,
            "primary",
        )
        self.play_button = button("Play tune", "Play the tune that is shown", act, self.play)
        self.save_button = button("Save take", "Save the take in the folder of the current run", act, self.save)
        self.chosen = widgets.ToggleButtons(options=[1], style={"button_width": "2.5em"}, tooltips=["Show take 1"])
        self.exports = Exports(context, self._need_take, self._manner)
        self.roll = RollView(height=140, tools=True, fill=True, empty="Press Generate: a tune appears here")
        self.map = TakeMap(context)
        self.odds, self.shown = self.map.view, self.map.menu
        self.origin = Origin(context, self._resample)
        self.remedies = Remedies(context, self._read_settings, self._write_settings)
        on_choice(self.network, "value", act, self._renew)
        on_choice(self.chosen, "index", act, self._choose)
        for view in sound.views:
            view.observe(lambda _: act(self._show_playing), "chosen")
        self.endless = Endless(context, self.roll, self.request, self._show_bar)
        laid = sound.expression
        self.controls = halves(
            column(
                *(self.network, self.learning.slider, self.primer.choice, self.sampling.box),
                row(self.generate_button, self.play_button, self.endless.button, self.save_button),
                pages(
                    {
                        "Tempo and pedal": column(sound.tempo, laid.tempo, laid.pedal, laid.words),
                        "Loudness": column(sound.velocity, sound.dynamics, self.exports.normalise),
                        "Instrument": column(sound.instruments.box, sound.place),
                    }
                ),
                *(self.exports.box, sound.status),
            ),
            column(
                *(self.primer.roll, self.primer.keys),
                row(self.chosen, self.back, self.forth, self.origin.button, self.remedies.box),
                *(self.roll, sound.box, row(self.shown), self.odds),
            ),
        )

    @property
    def made(self) -> Made | None:
        """The takes to choose from."""
        return self._made

    @property
    def busy(self) -> bool:
        """Whether takes, or a remedy for one, are still to come."""
        return self.primer.busy or self._making.busy or self.remedies.busy

    def offer(self, corpus: Corpus, held_out: Corpus | None) -> None:
        """Offer the tunes of a corpus as primers, held-out tunes first, and choose the first."""
        self._tunes = corpus.tunes
        self.sampling.use_metre_of(corpus)
        self.primer.offer(corpus, held_out)

    def offer_run(self) -> None:
        """Offer the network of the current run, and choose it."""
        if self.network.value != RUN:
            self.network.options = [RUN, *NETWORKS]
            self.network.value = RUN
        else:
            self._renew()

    def generate(self) -> None:
        """Generate takes with the seed of the control."""
        self.endless.button.value = False
        self.remedies.forget(by_hand=False)
        self._ask()

    def play(self) -> None:
        """Play the take that is shown."""
        take = self._need_take()
        if self._made is not None and self.chosen.index is not None:
            self._sound.play_takes(self._made.takes, self.chosen.index, [self.roll], piece=self._piece)
        else:  # endless music
            self._sound.play_takes([take], 0, [self.roll], piece=self._piece)

    def save(self) -> None:
        """Save the take in the folder of the current run."""
        if self._session.path is None:
            raise LSTMMusicError("there is no run to save the take with; press Start, or use Save MIDI")
        take = self._need_take()
        self._say(f"Saved {save_take(self._session.path, take, **self._manner(take))}.")

    def refresh(self) -> None:
        """Show what is ready.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        self.play_button.disabled = self.take is None
        self.save_button.disabled = self.take is None or self._session.path is None
        self.exports.refresh(possible=self.take is not None)
        self.primer.refresh()
        self.sampling.refresh(self.primer.grid)
        of_run = self.network.value == RUN
        self.learning.offer(self._session.trainer if of_run else None, active=self._session.active)
        made = self._making.take()
        if made and not (made.request.follows and self.playing):  # what began to play since stays
            self._adopt(made)
        self.remedies.refresh()
        self.endless.refresh()
        self._follow()
        made = None if self.chosen.index is None else self._made  # endless music has the newest weights
        self.origin.show(made, can_turn=self._outdated and not self.busy, playing=self.playing)
        self.back.disabled = self.history.place < 1
        self.forth.disabled = self.history.place >= len(self.history.entries) - 1
        self.map.refresh()

    def _throw(self) -> None:
        """Generate takes with a new seed, unless it is to be kept."""
        self.sampling.throw()
        self.generate()

    def _slide(self) -> None:
        self.remedies.forget(by_hand=True)
        self._resample(varies=True)

    def _resample(self, *, varies: bool = False) -> None:
        if not self.endless.on:  # whose next bar uses the new settings
            self._ask(varies=varies)

    def _renew(self) -> None:
        """Generate takes with another network; endless music uses it from the next bar on."""
        self._renew_threshold()
        if not self.endless.on:
            self.remedies.forget(by_hand=False)
            self._ask()

    def _renew_threshold(self) -> None:
        trainer = self.request().trainer
        self.sampling.use_threshold_of(trainer.network if trainer else None)

    def _choose(self) -> None:
        """Show the chosen take instead of endless music."""
        self.endless.button.value = False
        self._show_chosen()

    def request(self) -> Request:
        """Return what the controls ask for."""
        of_run = self.network.value == RUN
        return Request(
            trainer=self._session.trainer if of_run else None,
            bundled=self.network.value.removeprefix(BUNDLED),
            newest=self._session.active,
            snapshot=self.learning.snapshot if of_run else None,
            primer=self.primer.original,
            part=self.primer.part,
            grid=self.primer.grid,
            reference=self._tunes,
            steps=self.sampling.steps.value,
            takes=self.sampling.takes.value,
            settings=self.sampling.settings,
        )

    def _ask(self, *, varies: bool = False, follows: bool = False) -> None:
        request = replace(self.request(), varies=varies, follows=follows)
        self.ask(lambda: self._maker.make(request))
        self._follows = True

    def ask(self, make: Callable[[], Made]) -> None:
        """Generate takes in the background, between two updates; they stay until others are asked for."""
        self._making.ask(make)
        self._follows = False

    @property
    def _outdated(self) -> bool:
        """Whether the run has other weights to be heard than those of the takes."""
        chosen = self.network.value == RUN and not self.learning.snapshot
        return chosen and self._made is not None and has_others(self._session, self._made)

    def _follow(self) -> None:
        """Generate the takes again, with the same random numbers, once the run has newer weights and nothing plays."""
        if self.in_view and self._follows and self._outdated and not (self.endless.on or self.busy or self.playing):
            self._renew_threshold()
            self._ask(varies=True, follows=True)

    @property
    def playing(self) -> bool:
        """Whether the takes are played."""
        return self._made is not None and self._sound.holds(self._made.takes) and self._sound.view.playing

    def go(self, by: int) -> None:
        """Show takes of before (-1) or after (1) those that are shown, with their settings."""
        entry = self.history.go(self.history.place + by)
        if entry:
            self.restore(entry)

    def restore(self, entry: Entry) -> None:
        """Show takes of the history, and set the controls to what they were generated with."""
        made, request = entry.made, entry.made.request
        network = self.network.value if request.trainer else BUNDLED + request.bundled
        if request.trainer and request.trainer is self._session.trainer:
            network = RUN
        self.endless.button.value = False
        with quietly(self.network, self.learning.slider):
            self.network.value = network
            self.learning.show(request.snapshot)
        self.sampling.restore(request)
        self.remedies.forget(by_hand=True)  # it is to stay as it was
        self._follows = False
        self._adopt(made, entry.index)
        self.primer.restore(request.primer, request.part, request.grid)

    def _adopt(self, made: Made, index: int | None = None) -> None:
        self._made = made
        self.sampling.offer(made)
        self.primer.lay(made.sampler.config)
        with quietly(self.chosen):
            if len(self.chosen.options) != len(made.takes):
                self.chosen.options = range(1, len(made.takes) + 1)
                self.chosen.tooltips = [f"Show take {number}" for number in self.chosen.options]
            self.chosen.index = self.chosen.index or 0 if index is None else index
        if index is None:
            self.history.add(made, self.chosen.index)
        self._show_chosen()

    def _show_bar(self, take: Take, network: StackedLSTM, piece: Piece | None) -> None:
        """Show endless music, which is none of the takes."""
        with quietly(self.chosen):
            self.chosen.index = None
        self._show_take(take, network, piece)

    def _show_chosen(self) -> None:
        made, index = self._made, self.chosen.index
        if made is None or index is None or index >= len(made.takes):
            return
        before = self._comparable(made, index)
        self.history.choose(made, index)
        self._show_take(made.takes[index], made.network, made.piece, before)
        self._sampler = made.sampler
        self._sound.turn_to(made.takes, index, self.roll, made.piece)
        self.remedies.show(made, index)

    def _show_take(self, take: Take, network: StackedLSTM, piece: Piece | None, before: Take | None = None) -> None:
        self.take, self._sampler, self._piece = take, None, piece
        self.remedies.clear()
        self._sound.expression.offer(piece, take.tune.config, network.config)
        sampled = self.map.show_take(take, network)
        with self.roll.hold_sync():
            set_grid(self.roll, take.tune)
            self.roll.primer = take.primer_steps
            self.roll.temperature, self.roll.threshold = take.temperature, take.threshold
            ended = f", ended by itself after {count_of(len(take.generated), 'step')}" if take.ended else ""
            self.roll.title = f"Tune {take.tune.name}, temperature {take.temperature:.2g}, seed {take.seed}{ended}"
            set_meaning(self.roll, sampled)
            self.roll.show(
                take.tune.roll,
                onsets=take.tune.onsets,
                velocities=take.tune.velocities,
                probabilities=take.probabilities,
                uniforms=take.uniforms,
                before=None if before is None else before.tune.roll,
            )

    def _show_playing(self) -> None:
        """Show the take that was chosen in the player row."""
        if self._made is not None and self._sound.holds(self._made.takes):
            self.chosen.index = self._sound.view.chosen

    def _comparable(self, made: Made, index: int) -> Take | None:
        """Return the take shown before, if it has the same network and random numbers."""
        before = self.take
        same = before is not None and made.sampler is self._sampler and before.seed == made.takes[index].seed
        return before if same else None

    def _read_settings(self) -> Settings:
        """Return the settings of the take that is shown."""
        return self.sampling.read(self.chosen.index or 0)

    def _write_settings(self, settings: Settings) -> None:
        """Set the controls so that the take that is shown gets these settings, and ask for takes."""
        self.sampling.write(settings, self.chosen.index or 0)
        self._resample()

    def _manner(self, take: Take) -> dict[str, Any]:
        """Return how a take is played, as keywords of `write_midi`."""
        return self._sound.manner | {"expression": self._sound.expression.lay(take.ringing, self._piece)}

    def _need_take(self) -> Take:
        if self.take is None:
            raise LSTMMusicError("there is no tune yet; press Generate")
        return self.take
