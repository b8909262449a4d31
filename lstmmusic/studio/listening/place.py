"""The Listening place: takes are generated, shown, played, worked on and saved."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.diagnosis import Settings
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.corpus import Corpus
from lstmmusic.runs.branches import Tree
from lstmmusic.runs.favourites import Favourite
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import beside, button, column, halves, pages, row
from lstmmusic.studio.exports import Exports
from lstmmusic.studio.expression import Piece
from lstmmusic.studio.listening.branches import Branches
from lstmmusic.studio.listening.endless import Endless
from lstmmusic.studio.listening.favourites import Favourites, give
from lstmmusic.studio.listening.film import Film
from lstmmusic.studio.listening.hear_learning import HearLearning
from lstmmusic.studio.listening.history import Entry
from lstmmusic.studio.listening.learning import Origin, has_others
from lstmmusic.studio.listening.making import Making
from lstmmusic.studio.listening.matching import Matching, TextureBars
from lstmmusic.studio.listening.measures import Measures, Subject
from lstmmusic.studio.listening.remedies import Remedies
from lstmmusic.studio.listening.request_controls import RequestControls
from lstmmusic.studio.listening.strips import list_takes, show_takes
from lstmmusic.studio.listening.takes import Made, Part, Request, is_variation
from lstmmusic.studio.listening.work import Work
from lstmmusic.studio.listening.workbench import Workbench


class ListeningPlace:
    """What generates, and the takes that it made.

    Attributes
    ----------
    in_view : bool
        Whether the place is the one that is shown.
    making : Making
        The takes that are asked for.
    """

    def __init__(self, context: Context) -> None:
        act, sound = context.act, context.sound
        self._session, self._sound, self._say = context.session, sound, context.say
        self._made: Made | None = None  # the takes that are listed
        self._bar: Made | None = None  # endless music so far, while it plays
        self._piece: Piece | None = None  # that the primer of the take is from
        self._sampler: Sampler | None = None  # of the take that is shown
        self._to_play: Take | None = None  # as soon as it is there
        self._awaited: tuple[Made, str, int] | None = None  # what is to be done once these takes are all generated
        self.making = Making(context.between_updates)
        self._controls = controls = RequestControls(
            context, renew=self._renew, relearn=self._vary, slide=self._slide, change=self._start_over
        )
        self.network, self.learning = controls.network, controls.learning
        self.primer, self.sampling = controls.primer, controls.sampling
        self.in_view = False
        self.matching = Matching(context, self.request, self._read_settings, self._set_by_hand)
        self.texture = TextureBars(context)
        self.film = Film(context, self._end_endless, self._restore)
        self.generate_button = button(
            "Generate",
            "Generate takes with a new seed, and with the newest weights while a run trains",
            act,
            self._throw,
            "primary",
        )
        self.strips = list_takes(lambda action, index: act(partial(self.act_on, action, index)))
        self.exports = Exports(context, self._need_take, self._manner)
        self.favourites = Favourites(
            context,
            self.exports,
            lambda: self._made,
            show=self.recall,
            play=partial(self.recall, play=True),
            changed=self._list,
        )
        self.branches = Branches(context, self.film.view, self.recall_tree)
        self.workbench = Workbench(context, self._find, self._do)
        self.shown, self.roll = self.workbench.shown, self.workbench.shown.view
        self.measures = Measures(context, self.roll)
        self.origin = Origin(context, self._resample)
        self.remedies = Remedies(context, self._read_settings, self._write_settings)
        for view in sound.views:
            view.observe(lambda _: act(self._show_playing), "chosen")
        self.endless = Endless(context, self.roll, self.request, self._show_bar, self.film.remember, self.remedies)
        show, again = partial(self._show_take, index=0), self._show_chosen
        self.hear_learning = HearLearning(context, self.learning, self.roll, self._request_shown, show, again)
        laid = sound.expression
        self.controls = halves(
            column(
                *(self.network, beside(self.learning.slider, self.hear_learning.button, 104)),
                *(self.primer.choice, self.sampling.box, self.matching.box),
                row(self.generate_button, self.endless.button),
                pages(
                    {
                        "Tempo and pedal": column(sound.tempo, laid.tempo, laid.pedal, laid.words),
                        "Loudness": column(sound.velocity, sound.dynamics, self.exports.normalise),
                        "Instrument": column(sound.instruments.box, sound.place, sound.status),
                    }
                ),
                self.exports.box,
            ),
            column(
                *(self.primer.roll, self.primer.keys),
                row(self.film.back, self.film.forth, self.origin.button, self.remedies.box),
                *(self.roll, self.measures.words, self.texture.view),
                pages(
                    {"Takes": self.strips, "History": self.branches.box, "Favourites": self.favourites.box},
                    *(self.workbench.branch_button, self.workbench.regenerate_button, self.shown.menu),
                ),
            ),
            main=self.roll,
        )

    @property
    def take(self) -> Take | None:
        """The take that is shown."""
        return self.shown.take

    @property
    def made(self) -> Made | None:
        """The takes to choose from."""
        return self._made

    @property
    def busy(self) -> bool:
        """Whether takes, or a remedy for one, are still to come."""
        incomplete = self._made is not None and self._made.only is not None
        return self.primer.busy or self.making.busy or incomplete or self.remedies.busy

    def offer(self, corpus: Corpus, held_out: Corpus | None) -> None:
        """Offer the tunes of a corpus as primers, held-out tunes first, and choose the first."""
        self._controls.offer(corpus, held_out)

    def offer_run(self) -> None:
        """Offer the network of the current run, and choose it."""
        if self._controls.offer_run():
            self._renew()

    def generate(self) -> None:
        """Generate takes with the seed of the control."""
        self.endless.button.value = False
        self.remedies.forget(by_hand=False)
        self._start_over()

    def play(self) -> None:
        """Play the take that is shown."""
        self._need_take()
        if self._chosen:
            made, index = self._chosen
            self._sound.play_takes(made.takes, index, [self.roll], piece=made.piece, names=made.names)

    def act_on(self, action: str, index: int) -> None:
        """Show a take, and then "play" or "download" it, which ends endless music; or turn its star: "favourite"."""
        made = self._made
        if made is None or not 0 <= index < len(made.takes):
            return
        if not made.has(index):  # what is there is of other settings, or of other weights
            self._awaited = made, action, index
            self.making.hurry()
            return
        if action == "favourite":
            self.favourites.turn(made, index)
            return
        self.hear_learning.end()
        if self._bar is not None:
            self._end_endless()
            self._adopt(made, index)
        else:
            self.strips.chosen = index
            self._show_chosen()
        if action == "play":
            self.play()
        elif action == "download":
            self.exports.save("MIDI")

    def recall(self, take: Take, favourite: Favourite, *, play: bool = False) -> None:
        """Show a favourite, and play it if asked for; controls get its settings, with which it can be continued."""
        self.recall_tree((take,), (favourite,))
        self._to_play = take if play else None

    def recall_tree(self, takes: tuple[Take, ...], tree: Tree) -> None:
        """List takes that were kept; controls get the settings of the first."""
        self.hear_learning.end()
        self._end_endless()
        first = takes[0]
        self.sampling.write(Settings(first.temperature, first.threshold, first.seed), 0)
        request = give(tree, takes, self.request(), self._session.trainer)
        self.remedies.forget(by_hand=True)  # they are to stay as they were
        self.making.ask(request)
        self._to_play = None

    def _find(self, take: Take | None) -> tuple[Made, int] | None:
        """Return the takes of which a take, or a variation of it, is one, and its index; by default the shown ones.

        Endless music ends, and becomes a take. Takes that have been replaced since are shown again.
        """
        if self.hear_learning.on:  # what is shown is none of the takes
            self.hear_learning.end()
            return None
        self._end_endless()
        chosen = self._chosen
        if chosen is None or take is None or is_variation(chosen[0].takes[chosen[1]], take):
            return chosen
        entry = self.film.find(take)
        if entry is None:
            return None
        self._say("What was edited is shown again; the takes that came meanwhile are in History.")
        return entry.made, entry.index

    @property
    def _chosen(self) -> tuple[Made, int] | None:
        """The takes, and the index of the chosen one; None before the first, and during endless music."""
        made, index = self._made, self.strips.chosen
        return None if made is None or index is None else (made, index)

    def _do(self, made: Made, work: Work) -> None:
        """Do some work to takes, after what the user has asked for before; they follow the weights as before."""
        if self.making.awaits_others(made):
            self._restore(Entry(made, self.strips.chosen or 0))  # or others would be shown, and what was done be lost
            self._say("The take that was shown is kept; press Generate for others.")
        self._session.hold_updates()
        self.making.add(made, work)

    def refresh(self) -> None:
        """Show what is ready.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        self.exports.refresh(possible=self.take is not None)
        self._controls.refresh()
        self._take_made()
        self._complete()
        self.remedies.refresh()
        self.endless.refresh()
        if not self.endless.on:
            self._end_endless()
        self.matching.refresh()
        self.texture.refresh(self._controls.tunes)
        self.hear_learning.refresh()
        self.roll.waiting = self.making.awaited
        self._follow()
        self._load()
        made = self._made if self._bar is None else None  # endless music has the newest weights
        made = self.hear_learning.made or made
        self.origin.show(made, can_turn=self._outdated and not self.busy, playing=self.playing)
        self.film.refresh()
        self.workbench.refresh(possible=made is not None)
        if self.in_view and not self.shown.in_part:
            self.measures.refresh()
        self.favourites.refresh(self.take)
        self.branches.refresh()

    def _take_made(self) -> None:
        """Show the takes that were generated.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        try:
            made = self.making.take(self._show_part)
        except Exception:
            self.shown.restore()
            self.making.repeat(self._made, self._session.trainer)
            raise
        stays = self.playing or self.hear_learning.on or self.making.busy  # what plays, or is worked on, since
        if made and not (made.request.follows and stays):
            self._adopt(made)
            if made.takes[0] is self._to_play:
                self.play()

    def _show_part(self, part: Part) -> None:
        """Show the first steps of a take that is generated, if it is to stand in the place of the one that is shown."""
        chosen = self._chosen
        take = chosen and chosen[0].takes[chosen[1]]
        if take and take is self.take and is_variation(take, part.take):
            before = self._comparable(part.sampler, part.take)
            self.shown.show_part(part.take, part.sampler.network, before)

    def _complete(self) -> None:
        """Once a slider rests, generate the takes that did not follow it, and list them.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        made, completed = self.making.complete(self._made) or (None, None)
        if made and completed:
            self.film.history.complete(made, completed)
            if made is self._made:
                self._made = completed
                self._list()
                self._show_chosen(drawn=self.take is completed.takes[self.strips.chosen or 0])
                awaited, self._awaited = self._awaited, None
                if awaited and awaited[0] is made:
                    self.act_on(*awaited[1:])

    def _throw(self) -> None:
        """Generate takes with a new seed, unless it is to be kept."""
        self.sampling.throw()
        self.generate()

    def _slide(self) -> None:
        self.remedies.forget(by_hand=True)
        self._vary()

    def _vary(self) -> None:
        """Generate variations of the takes: at first of the one that is shown, as fast as a slider is dragged."""
        self._resample(varies=True)

    def _resample(self, *, varies: bool = False) -> None:
        if not self.endless.on:  # whose next bar uses the new settings
            self._ask(varies=varies)

    def _renew(self) -> None:
        """Generate takes with another network; endless music uses it from the next bar on."""
        self._controls.use_threshold()
        self.making.work = ()
        if not self.endless.on:
            self.remedies.forget(by_hand=False)
            self._ask()

    def _start_over(self) -> None:
        """Generate takes to which nothing was done."""
        self.making.work = ()
        self._resample()

    def request(self) -> Request:
        """Return what the controls ask for."""
        return self._controls.read(self.making.work)

    def _request_shown(self) -> Request:
        """Return what asks for the take that is shown alone, as it was generated."""
        self._end_endless()
        self.remedies.clear()  # which would change it
        request = self.request()
        settings = request.settings | {"seed": self._need_take().seed}
        return replace(request, takes=1, settings=settings, given=(), work=())

    def _ask(self, *, varies: bool = False, follows: bool = False) -> None:
        self.hear_learning.end()
        if varies and not follows:  # newer weights are none of the user's moves
            self._session.hold_updates()
        request = replace(self.request(), varies=varies, follows=follows)
        self.making.ask_for_controls(request, self._chosen, in_parts=not self.playing)

    @property
    def _outdated(self) -> bool:
        """Whether the run has other weights to be heard than those of the takes."""
        chosen = self._controls.of_its_last_weights
        return chosen and self._made is not None and has_others(self._session, self._made)

    def _follow(self) -> None:
        """Generate the takes again, with the same random numbers, once the run has newer weights and nothing plays."""
        plays = self.endless.on or self.hear_learning.on or self.playing
        rests = self.making.rests and not (self.busy or plays)
        if self.in_view and self.making.follows and rests and self._outdated:
            self._controls.use_threshold()
            self._ask(varies=True, follows=True)

    def catch_up(self) -> None:
        """Generate the takes that follow the weights with the newest ones, for a place that shows them, too."""
        if self.making.follows and self._outdated and not (self.busy or self.playing or self.endless.on):
            self._ask(varies=True, follows=True)

    def _load(self) -> None:
        """Let Play play what is shown, unless something else plays; in other places the takes follow no weights."""
        if self._chosen and not (self.making.busy or self.hear_learning.on):
            made, index = self._chosen
            old = not self.in_view and self.making.follows and self._outdated
            if self.in_view or self._sound.holds(made.takes):
                names = [f"{name} (newer ones: Listening)" for name in made.names] if old else made.names
                self._sound.load_takes(made.takes, index, self.roll, made.piece, names)

    @property
    def playing(self) -> bool:
        """Whether the takes are played."""
        return self._made is not None and self._sound.holds(self._made.takes) and self._sound.view.playing

    def _restore(self, entry: Entry) -> None:
        """Show takes of the history, and set the controls to what they were generated with."""
        self.hear_learning.end()
        self._end_endless()
        self.making.drop()
        made, request = entry.made, entry.made.request
        self._controls.restore(made)
        self.remedies.forget(by_hand=True)  # it is to stay as it was
        self.making.follows = False
        self._adopt(made, entry.index)
        self.primer.restore(request.primer, request.part, request.grid)

    def _adopt(self, made: Made, index: int | None = None) -> None:
        """List takes, and show one of them: by default that at the same place as the one before, or the first."""
        if self.hear_learning.made:
            self.hear_learning.end()
        self._made = made
        if not self.making.busy:  # none are still to come
            self.making.repeat(made, self._session.trainer)
        self.sampling.offer(made)
        self.primer.lay(made.sampler.config)
        wanted = index if index is not None else self.strips.chosen or 0
        wanted = wanted if wanted < len(made.takes) else 0
        if index is None:
            self.film.history.add(made, wanted)
            self.branches.keep(made)
        self._list(wanted)
        self._show_chosen()

    def _list(self, chosen: int | None = None) -> None:
        """List the takes; by default, the same one stays chosen."""
        if self._made is not None:
            chosen = self.strips.chosen if chosen is None else chosen
            show_takes(self.strips, self._made, chosen, self.favourites.is_favourite)

    def _show_bar(self, bar: Made) -> None:
        """Show endless music, which is none of the takes until it ends."""
        self.making.drop()  # other takes would replace it
        self._bar, self.strips.chosen = bar, None
        self._show_take(bar, 0)

    def _end_endless(self) -> None:
        """End endless music, and list it as a take."""
        self.endless.button.value = False
        bar, self._bar = self._bar, None
        if bar is not None:
            self.making.follows = False
            self._adopt(bar)

    def _show_chosen(self, *, drawn: bool = False) -> None:
        """Show the chosen take, unless it is `drawn` already."""
        if self._chosen is None:
            return
        made, index = self._chosen
        before = self._comparable(made.sampler, made.takes[index])
        self.film.choose(made, index)
        if not drawn:
            self._show_take(made, index, before)
        self._sampler = made.sampler
        self._sound.turn_to(made.takes, index, self.roll, made.piece, made.names)
        self.remedies.show(made, index)

    def _show_take(self, made: Made, index: int, before: Take | None = None) -> None:
        take, network = made.takes[index], made.network
        self._sampler, self._piece = None, made.piece
        self.remedies.clear()
        self._sound.expression.offer(made.piece, take.tune.config, network.config)
        self.shown.show(take, network, before)
        self.measures.show(Subject.of(made, index))
        self.texture.show(take, strikes=network.config.strikes)

    def _show_playing(self) -> None:
        """Show the take that was chosen in the player row."""
        made, playing = self._made, self._sound.view.chosen
        if made is not None and self._sound.holds(made.takes) and self.strips.chosen not in (None, playing):
            self.act_on("show", playing)

    def _comparable(self, sampler: Sampler, take: Take) -> Take | None:
        """Return the take shown before, if it has the same network and random numbers."""
        before = self.take
        same = before not in (None, take) and sampler is self._sampler and before.seed == take.seed
        return before if same else None

    def _read_settings(self) -> Settings:
        """Return the settings of the take that is shown."""
        return self.sampling.read(self.strips.chosen or 0)

    def _write_settings(self, settings: Settings) -> None:
        """Set the controls so that the take that is shown gets these settings, and ask for takes."""
        self.sampling.write(settings, self.strips.chosen or 0)
        self._resample()

    def _set_by_hand(self, settings: Settings) -> None:
        """Set the controls, as the user does, and ask for takes, unless these would replace endless music."""
        self.remedies.forget(by_hand=True)
        if self._made and self._made.endless and not self.endless.on:
            self.sampling.write(settings, 0)
            self._say("The endless music stays; press Generate for takes with these settings.")
        else:
            self._write_settings(settings)

    def _manner(self, take: Take) -> dict[str, Any]:
        """Return how a take is played, as keywords of `write_midi`."""
        return self._sound.manner | {"expression": self._sound.expression.lay(take.ringing, self._piece)}

    def _need_take(self) -> Take:
        if self.take is None:
            raise LSTMMusicError("there is no tune yet; press Generate")
        return self.take
