"""The place where tunes are made, seen, heard and saved."""

from __future__ import annotations

import html
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import ipywidgets as widgets

from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.diagnosis import Remedy, find_remedy
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.store import save_take
from lstmmusic.studio.background import Answer, Latest, Submit
from lstmmusic.studio.controls import Act, button, choice, column, halves, on_choice, quietly, row, slider, text, whole
from lstmmusic.studio.endless import Endless
from lstmmusic.studio.exports import Exports
from lstmmusic.studio.heat import TakeMap, lay_grid, tell_meaning
from lstmmusic.studio.primer import Primer
from lstmmusic.studio.session import Session
from lstmmusic.studio.sound import Sound
from lstmmusic.studio.takes import Made, TakeMaker, Wish
from lstmmusic.views import RollView

BUNDLED, RUN = "bundled: Bach's chorales", "the run at hand"


class ListeningPlace:
    """From what music is made and how daringly, and the tunes that came of it.

    Parameters
    ----------
    session : Session
        Whose network plays, once there is one.
    sound : Sound
    folder : Path
        Where tunes are saved.
    submit : callable
        Runs a function in the background.
    say : callable
        Shows a message; `link` is HTML of our own making.
    act : callable
        Runs what a control asks for.

    Attributes
    ----------
    take : Take or None
        The tune that is shown.
    """

    def __init__(
        self, session: Session, sound: Sound, folder: Path, submit: Submit, say: Callable[..., None], act: Act
    ) -> None:
        self.take: Take | None = None
        self._session, self._sound, self._submit, self._say, self._act = session, sound, submit, say, act
        self._known: tuple[Tune, ...] = ()
        self._maker = TakeMaker()
        self._made: Made | None = None
        self._sampler: Sampler | None = None  # of the take that is shown
        self._making: Latest[Made] = Latest(self._between_updates)
        self._healing: Latest[tuple[Take, Remedy | None]] = Latest(self._between_updates)
        self._remedy: Remedy | None = None
        self.network = choice("Network", "Which network plays", [BUNDLED])
        self.primer = Primer(sound, act, self._resample)
        self.steps = slider(widgets.IntSlider, "Go on, steps", "Steps to generate", 8, 1000, 200, step=8)
        self.temperature = slider(
            widgets.FloatLogSlider,
            "Temperature",
            "Below 1: the likely gets surer. Above 1: more surprises",
            -1,
            1,
            1.0,
            step=0.02,
            readout_format=".2f",
        )
        self.threshold = slider(
            widgets.FloatSlider,
            "Threshold",
            "Notes less likely than this never sound (genProbThreshold in 2016, 0.1)",
            0,
            0.9,
            0.05,
            step=0.01,
        )
        self.takes = slider(widgets.IntSlider, "Takes", "How many tunes are made at once", 1, 8, 4)
        self.seed = whole("Seed", "The same seed gives the same tune", 0, 2**31 - 1, 0)
        self.generate_button = button(
            "Generate", "Make tunes with the best weights so far", act, self.generate, "primary"
        )
        self.play_button = button("Play tune", "Hear the tune that is shown", act, self.play)
        self.keep_button = button("Keep", "Save the tune in the folder of the run at hand", act, self.keep)
        self.chosen = widgets.ToggleButtons(
            options=[1], style={"button_width": "2.5em"}, tooltips=["Which take is shown"]
        )
        self.exports = Exports(folder, self._need_take, lambda: sound.manner, lambda: sound.soundfont, say, act)
        self.roll = RollView(height=180, palette="roll", empty="Press Generate: a tune appears here")
        self.map = TakeMap(act, self._between_updates)
        self.odds, self.shown = self.map.view, self.map.menu
        self.finding = text()
        self.remedy_button = button(
            "Apply the remedy", "Set the controls to what helps", act, self.apply_remedy, "warning"
        )
        for each in (self.temperature, self.threshold):
            each.continuous_update = True
        for each in (self.temperature, self.threshold, self.seed, self.steps, self.takes):
            each.observe(lambda _: act(self._resample), "value")
        self.network.observe(lambda _: act(self._renew), "value")
        on_choice(self.chosen, "index", act, self._choose)
        for view in sound.views:
            view.observe(lambda _: act(self._show_heard), "chosen")
        self.endless = Endless(sound, self.roll, self.wish, self._between_updates, self._show_bar, act)
        self.controls = halves(
            column(
                *(self.network, self.primer.choice, self.steps),
                *(self.temperature, self.threshold, self.takes, self.seed),
                row(self.generate_button, self.play_button, self.endless.button, self.keep_button),
                *(sound.tempo, sound.velocity, sound.instruments.menu, sound.instruments.field, sound.place),
                *(self.exports.box, sound.status),
            ),
            column(
                *(self.primer.roll, self.primer.keys),
                row(self.chosen, self.finding, self.remedy_button),
                *(self.roll, sound.box, row(self.shown), self.odds),
            ),
        )

    def offer(self, corpus: Corpus, held_out: Corpus | None) -> None:
        """Offer the tunes of a corpus as primers, those that were held out first, and choose the first."""
        self._known = corpus.tunes
        self.primer.offer(corpus, held_out)

    def offer_run(self) -> None:
        """Offer the network of the run at hand, and choose it."""
        if self.network.value != RUN:
            self.network.options = [RUN, BUNDLED]
            self.network.value = RUN
        else:
            self._renew()

    def generate(self) -> None:
        """Make tunes with the best weights so far."""
        self.endless.button.value = False
        self._ask(fresh=True)

    def play(self) -> None:
        """Play the tune that is shown."""
        take = self._need_take()
        if self._made is not None and self.chosen.index is not None:
            self._sound.play_takes(self._made.takes, self.chosen.index, [self.roll])
        else:  # of the music that went on
            self._sound.play(take.tune, self.roll, take.primer_steps)

    def keep(self) -> None:
        """Save the tune in the folder of the run at hand."""
        if self._session.path is None:
            raise LSTMMusicError("there is no run to keep the tune with; press Start, or use Save MIDI")
        self._say(f"Kept as {save_take(self._session.path, self._need_take(), **self._sound.manner)}.")

    def apply_remedy(self) -> None:
        """Set the controls to what helps the tune that is shown."""
        if self._remedy is not None:
            settings = self._remedy.settings
            self.temperature.value, self.threshold.value = settings.temperature, settings.threshold
            self.seed.value = max(0, settings.seed - (self.chosen.index or 0))  # takes have seeds one after the other

    def refresh(self) -> None:
        """Show what is ready.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        self.play_button.disabled = self.take is None
        self.keep_button.disabled = self.take is None or self._session.path is None
        self.exports.refresh(possible=self.take is not None)
        made, healed = self._making.take(), self._healing.take()
        if made:
            self._take_up(made)
        if healed and healed[0] is self.take and healed[1]:  # and not of a take that was shown before
            self._show_remedy(healed[1])
        self.endless.refresh()
        self.remedy_button.layout.display = None if self._remedy else "none"
        self.map.refresh()

    def _between_updates(self, function: Callable[[], Answer]) -> Future[Answer]:
        # Beside training, each step would wait for Python's lock: in between, a tune takes a fraction of a second.
        return self._submit(lambda: self._session.call(function).result())

    def _resample(self) -> None:
        if not self.endless.on:  # which takes the settings as they are when it makes a bar
            self._ask(fresh=False)

    def _renew(self) -> None:
        """Make takes of another network; music that goes on has it from the next bar on."""
        if not self.endless.on:
            self._ask(fresh=True)

    def _choose(self) -> None:
        """Show the take that is chosen in place of music that goes on."""
        self.endless.button.value = False
        self._show_chosen()

    def wish(self, *, fresh: bool = False) -> Wish:
        """Tell what the controls ask for."""
        settings = {name: getattr(self, name).value for name in ("temperature", "threshold", "seed")}
        return Wish(
            trainer=self._session.trainer if self.network.value == RUN else None,
            fresh=fresh,
            primer=self.primer.tune,
            part=self.primer.part,
            known=self._known,
            steps=self.steps.value,
            takes=self.takes.value,
            settings=settings,
        )

    def _ask(self, *, fresh: bool) -> None:
        wish = self.wish(fresh=fresh)
        self._making.ask(lambda: self._maker.make(wish))

    def _take_up(self, made: Made) -> None:
        self._made = made
        with quietly(self.chosen):
            if len(self.chosen.options) != len(made.takes):
                self.chosen.options = range(1, len(made.takes) + 1)
                self.chosen.tooltips = [f"Show take {number}" for number in self.chosen.options]
            self.chosen.index = self.chosen.index or 0
        self._show_chosen()

    def _show_bar(self, take: Take, network: StackedLSTM) -> None:
        """Show music that goes on: none of the takes."""
        with quietly(self.chosen):
            self.chosen.index = None
        self._show_take(take, network)

    def _show_chosen(self) -> None:
        made, index = self._made, self.chosen.index
        if made is None or index is None or index >= len(made.takes):
            return
        before = self._comparable(made, index)
        self._show_take(made.takes[index], made.network, before)
        self._sampler = made.sampler
        self._sound.turn_to(made.takes, index, self.roll)
        self._show_finding(made, index)

    def _show_take(self, take: Take, network: StackedLSTM, before: Take | None = None) -> None:
        self.take, self._sampler, self._remedy, self.finding.value = take, None, None, ""
        drawn = self.map.take_up(take, network)
        with self.roll.hold_sync():
            lay_grid(self.roll, take.tune.config)
            self.roll.primer = take.primer_steps
            self.roll.temperature, self.roll.threshold = take.temperature, take.threshold
            self.roll.title = f"A tune {take.tune.name}, temperature {take.temperature:.2g}, seed {take.seed}"
            tell_meaning(self.roll, drawn)
            self.roll.show(
                take.tune.roll,
                onsets=take.tune.onsets,
                probabilities=take.probabilities,
                uniforms=take.uniforms,
                before=None if before is None else before.tune.roll,
            )

    def _show_heard(self) -> None:
        """Show the take that was chosen in the row of the player."""
        if self._made is not None and self._sound.holds(self._made.takes):
            self.chosen.index = self._sound.view.chosen

    def _comparable(self, made: Made, index: int) -> Take | None:
        """Return the take that was shown before, if it had the same random numbers and came from the same network."""
        before = self.take
        same = before is not None and made.sampler is self._sampler and before.seed == made.takes[index].seed
        return before if same else None

    def _show_finding(self, made: Made, index: int) -> None:
        finding, self._remedy = made.findings[index], None
        if finding is None:
            self.finding.value = ""
            return
        self.finding.value = f"<b>{html.escape(finding.words)}</b>"
        sampler, take, reference = made.sampler, made.takes[index], made.reference
        if reference is not None:
            self._healing.ask(lambda: (take, find_remedy(sampler, take, reference)))

    def _show_remedy(self, remedy: Remedy) -> None:
        if remedy.works:
            self._remedy, self.remedy_button.description = remedy, remedy.words
        else:
            self.finding.value += f" {html.escape(remedy.words)}."

    def _need_take(self) -> Take:
        if self.take is None:
            raise LSTMMusicError("there is no tune yet; press Generate")
        return self.take
