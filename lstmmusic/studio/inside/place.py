"""The Inside place: with a tune playing, one sees what the units of each layer do, and hears what happens without."""

from __future__ import annotations

import time
from functools import partial

import ipywidgets as widgets

from lstmmusic.analysis.units import LayerUnits
from lstmmusic.config import LAYERS
from lstmmusic.generation.sampler import Take
from lstmmusic.labels import set_grid
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.music.tunes import those_in
from lstmmusic.studio.context import RARELY, Context, Latest
from lstmmusic.studio.controls import button, choice, column, halves, on_choice, open_page, pages, quietly
from lstmmusic.studio.find import Find
from lstmmusic.studio.heat import set_meaning
from lstmmusic.studio.inside.losses import Losses
from lstmmusic.studio.inside.memory import Curve, MemoryPanel, Past
from lstmmusic.studio.inside.reading import (
    FIRING,
    LIKENESS,
    STORED,
    OfMusic,
    OfTake,
    Question,
    Reading,
    UnitReader,
)
from lstmmusic.studio.inside.surgery import Surgery
from lstmmusic.studio.inside.unit import UnitFacts, UnitPanel
from lstmmusic.studio.listening.measures import Measures, Subject
from lstmmusic.studio.listening.originals import Original, originals_of
from lstmmusic.studio.listening.place import ListeningPlace
from lstmmusic.studio.looks import arrange
from lstmmusic.views import RollView, UnitsView

SHOWN = "the take in Listening"
QUANTITIES = {
    "h": ("h, what a unit says", True),
    "c": ("c, what a unit keeps", True),
    "input": ("input gate, open for what is new", False),
    "forget": ("forget gate, open for what is kept", False),
    "output": ("output gate, open for what is said", False),
}
NAMES = {"h": "h", "c": "c", "input": "input gate", "forget": "forget gate", "output": "output gate"}
UNIT_PAGE, MEMORY_PAGE = 1, 2
ABOUT_PAGES = (
    "Switch off, hold or scale what is in the network, and hear and measure the change",
    "What the chosen unit does: the notes that it raises and lowers, and where it is most active",
    "How many steps of the past the network uses, and what it plays if it forgets the others",
)
BEFORE = 8  # steps that are heard before a moment


class InsidePlace:
    """The roll of the tune that is watched, the units of a layer under it, and what is done to them.

    Parameters
    ----------
    context : Context
    listening : ListeningPlace
        Its take, or its network, is what is looked into.

    Attributes
    ----------
    in_view : bool
        Whether the place is the one that is shown: nothing is computed while it is not.
    reading : Reading or None
        What is shown.
    """

    def __init__(self, context: Context, listening: ListeningPlace) -> None:
        act = context.act
        self._sound, self._session, self._listening = context.sound, context.session, listening
        self._submit = context.between_updates
        self._reader = UnitReader(context.session.call)
        self._reading: Latest[Reading] = Latest(context.in_pieces)
        self._asked: Question | None = None
        self._read_at = 0.0  # the clock when the last reading was there
        self._losses = Losses(self._submit)
        self._music: Corpus | None = None
        self._held_out: Corpus | None = None
        self._to_play: tuple[Original, int] | None = None  # from which step, as soon as it is shown
        self._takes: tuple[Take, ...] = ()  # what is played
        self.reading: Reading | None = None
        self._in_view = False
        self.tune = choice(
            "Tune", f"The tune that is watched: the network reads it step by step. Default: {SHOWN}", {SHOWN: SHOWN}
        )
        self.find = Find(act, self.tune)
        self.layer = choice(
            "Layer",
            "The first reads the notes, the third is the last before the output. Default: layer 1",
            {name: number for number, name in enumerate(LAYERS)},
        )
        self.quantity = choice(
            "Show",
            f"What is shown of each unit in each step. Default: {QUANTITIES['h'][0]}",
            {words: name for name, (words, _) in QUANTITIES.items()},
        )
        self.order = choice(
            "Order",
            "How the units are ordered from top to bottom; likeness puts units that do the same beside each other. "
            "Default: as stored",
            [STORED, FIRING, LIKENESS],
        )
        self.roll = RollView(height=170, tools=True, fill=True, empty="Generate a take in Listening: it appears here")
        self.units = UnitsView(height=230, fill=True, empty="What each unit does appears here")
        arrange(self.units, flex="2 0 auto")  # of the room that is left, it gets more than the roll
        self.measures = Measures(context, self.roll)
        self._link()
        self.surgery = Surgery(context, self._target)
        self.memory = MemoryPanel(context)
        self.undo_all = button("Undo all", "Use the network as it was trained again", act, self.undo)
        self.unit = UnitPanel(context, self._play_music)
        parts = {"Surgery": self.surgery.box, "Unit": self.unit.box, "Memory": self.memory.box}
        self.pages = pages(parts, self.undo_all, tooltips=ABOUT_PAGES)
        on_choice(self.tune, "value", act, self._forget_place)
        for each in (self.layer, self.order):
            on_choice(each, "value", act, lambda: None)  # which refreshes
        on_choice(self.quantity, "value", act, self._show_units)
        on_choice(self.units, "chosen", act, self._show_unit)
        on_choice(self.units, "at", act, lambda: None)  # which refreshes
        pictures = column(self.roll, self.measures.words, self.units)
        self.controls = halves(
            column(self.tune, self.find.field, self.layer, self.quantity, self.order, self.pages),
            column(pictures),
            main=pictures,
        )

    @property
    def in_view(self) -> bool:
        """Whether the place is the one that is shown."""
        return self._in_view

    @in_view.setter
    def in_view(self, now: bool) -> None:
        if self._in_view and not now:
            self._give_back()
        self._in_view = now

    @property
    def busy(self) -> bool:
        """Whether something is still to be shown."""
        panel = self._open_panel
        return self._reading.busy or self._losses.busy or self.measures.busy or (panel is not None and panel.busy)

    @property
    def _open_panel(self) -> UnitPanel | MemoryPanel | None:
        """What is shown on the page that is open, and computed only then."""
        page = open_page(self.pages)
        return self.unit if page == UNIT_PAGE else self.memory if page == MEMORY_PAGE else None

    def offer(self, corpus: Corpus, held_out: Corpus | None) -> None:
        """Offer the tunes of a corpus to be watched, held-out tunes first."""
        self._music, self._held_out = corpus, held_out.in_memory() if held_out else None
        before = {one.tune: one for _, one in self.find.entries if isinstance(one, Original)}
        originals = [before.get(original.tune, original) for original in originals_of(corpus)]
        held = those_in(corpus.tunes, held_out.tunes) if held_out else set()
        first = [(f"{one.tune.name} (held out)", one) for one in originals if one.tune in held]
        others = [(one.tune.name, one) for one in originals if one.tune not in held]
        chosen = self.tune.value
        self.find.offer([*first, *others], chosen if chosen in originals else SHOWN, [(SHOWN, SHOWN)])

    def undo(self) -> None:
        """Use the network as it was trained again, with all of its memory."""
        self.surgery.clear()
        self.memory.clear()

    def refresh(self) -> None:
        """Show what is ready, and ask for what the controls want, while the place is in view.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        if not self._in_view:
            return
        try:
            reading = self._reading.take()
            if reading:
                self._read_at = time.monotonic()
                self._adopt(reading)
            self._measure()
            self._look()
        finally:
            self._ask()
            self.surgery.refresh()
            self.measures.refresh()
            self.undo_all.disabled = not self.surgery.operations and self.memory.past is None
            self._play_awaited()
            self._load()

    def _link(self) -> None:
        """Let both pictures have the same axis of time, and the same playhead."""
        for trait in ("first", "span"):
            link = widgets.jslink((self.roll, trait), (self.units, trait))
            # It is a widget too, which `close_all` does not find in a box.
            self.units.observe(lambda _, link=link: link.close(), "comm")
        for trait in ("follows", "follows_tune", "tempo_map"):
            widgets.dlink((self.roll, trait), (self.units, trait))

    def _target(self) -> tuple[int, int | None]:
        """Return the layer that is shown, and its chosen unit."""
        return self.layer.value, self.units.chosen

    def _find_subject(self) -> OfTake | OfMusic | None:
        """Return what is watched; while Listening shows none of its takes, that of before."""
        if isinstance(self.tune.value, Original):
            return OfMusic.now(self.tune.value, self._listening.request())
        made, index = self._listening.made, self._listening.strips.chosen
        return None if made is None or index is None else OfTake(made, index)

    @property
    def question(self) -> Question | None:
        """What the controls ask for; None as long as there is no tune."""
        subject = self._find_subject()
        if subject is None:
            return None
        operations, past = self.surgery.operations, self.memory.past
        return Question(subject, self.layer.value, self.order.value, operations, past, self.memory.resets)

    def _ask(self) -> None:
        """Ask for what is to be shown, unless it was asked for already; for newer weights alone, rarely."""
        question, asked = self.question, self._asked
        if question is None or (asked and asked.key == question.key):
            return
        is_newer = asked and asked.subject.tune is question.subject.tune and asked.rest == question.rest
        if is_newer and not self._may_follow():
            return
        self._asked = question.let_go()
        self._reading.ask(partial(self._reader.reading, question))

    def _may_follow(self) -> bool:
        """Return whether newer weights may be read already."""
        took = (self.reading.seconds if self.reading else 0) + self._losses.seconds + self.measures.seconds
        return not self.busy and time.monotonic() >= self._read_at + RARELY * took

    def _adopt(self, reading: Reading) -> None:
        """Show a reading, and let it replace what plays."""
        before, self.reading = self.reading, reading
        self.surgery.offer(reading.network.config, reading.question.layer)
        if before is None or before.takes is not reading.takes:
            self._show_roll(reading)
        if before is None or not reading.has_notes_of(before):
            self._takes = reading.takes
            self._sound.turn_to(self._takes, 0, self.roll, reading.source.piece, [reading.source.name])
        self._show_units()
        ended = reading.take.ended or reading.source.manner is None  # as music does
        self.measures.show(Subject(reading.take, reading.network, reading.question.subject.origin, ended))

    def _show_roll(self, reading: Reading) -> None:
        take, source = reading.take, reading.source
        operated = take is not source.take and source.manner is not None
        with self.roll.hold_sync():
            set_grid(self.roll, take.tune)
            self.roll.primer, self.roll.temperature, self.roll.threshold = (
                take.primer_steps,
                take.temperature,
                take.threshold,
            )
            self.roll.title = source.name
            set_meaning(self.roll, reading.probabilities)
            self.roll.show(
                take.tune.roll,
                onsets=take.tune.onsets,
                velocities=take.tune.velocities,
                probabilities=reading.probabilities.values,
                uniforms=take.uniforms if source.manner is not None else None,
                before=source.take.tune.roll if operated else None,
            )

    def _show_units(self) -> None:
        """Show the layer of a reading as it is chosen, and the chosen unit."""
        reading = self.reading
        if reading is None:
            return
        layer, name = reading.question.layer, self.quantity.value
        words, signed = QUANTITIES[name]
        weights = reading.source.weights
        with self.units.hold_sync(), quietly(self.units):
            self.units.layer, self.units.quantity = layer + 1, NAMES[name]
            self.units.bars, self.units.step, self.units.unit = self.roll.bars, self.roll.step, self.roll.unit
            self.units.title = f"{LAYERS[layer].capitalize()}: {words}"
            muted = name == "h" and any((op.layer, op.part) == (layer, "unit") for op in reading.question.operations)
            network = f"update {weights.update:,}" if weights else "bundled network"
            limited = reading.question.past is not None and reading.source.manner is not None
            self.units.note = (
                network + "; switched: what it would say" * muted + "; as it reads with all of the past" * limited
            )
            self.units.switched = self.surgery.switched(layer)
            self.units.show(getattr(reading.layers[layer], name), order=reading.order.tolist(), signed=signed)
            self._trace(reading.layers[layer])
            self._show_past()

    def _show_unit(self) -> None:
        """Show the traces of the chosen unit."""
        if self.reading:
            self._trace(self.reading.layers[self.reading.question.layer])

    def _show_past(self) -> None:
        """Show what the step that is pointed at depends on, while that page is open."""
        past = self.memory.past_of_step if self._open_panel is self.memory else None
        self.units.show_past(() if past is None or past.weights is None else past.weights)

    def _trace(self, units: LayerUnits) -> None:
        unit = self.units.chosen
        if unit is None:
            self.units.trace({})
        else:
            self.units.trace({words: getattr(units, name)[:, unit] for name, words in NAMES.items()})

    def _measure(self) -> None:
        """Measure the validation loss with the operations beside that without."""
        reading = self.reading
        operated = reading is not None and bool(reading.question.operations)
        tunes = self._validation_tunes(reading) if reading and operated else ()
        self._losses.compare((reading.source.network, reading.network) if reading and tunes else (), tunes)
        losses = self._losses.refresh(can_ask=not self._reading.busy)
        self.surgery.show_losses(losses, has_tunes=bool(tunes) or not operated)

    def _validation_tunes(self, reading: Reading) -> tuple[Tune, ...]:
        """Return the held-out tunes of the run whose weights are shown, or of the music on the same grid."""
        origin = reading.question.subject.origin
        trainer = None if isinstance(origin, str) else origin()
        held_out = trainer.validated if trainer else self._held_out
        if held_out is None or held_out.config != reading.take.tune.config:
            return ()
        return tuple(tune for tune in held_out.tunes if len(tune) > 1)

    def _look(self) -> None:
        """Look at the chosen unit, or at what is remembered, while that page is open."""
        reading, unit = self.reading, self.units.chosen
        if reading is None:
            return
        sampled, can_ask = reading.source.manner is not None, not self._reading.busy
        if self._open_panel is self.memory:
            key = (reading.question.subject.tune, reading.question.operations)
            network, tune, step = reading.network, reading.take.tune, self.units.at
            self.memory.look_at(Curve(network, reading.source.take.tune, key))
            past = Past(network, tune, (*key, tune), reading.question.layer, step) if step else None
            self.memory.point_at(past)
            self.memory.refresh(can_ask=can_ask, sampled=sampled)
        self._show_past()
        if self._open_panel is not self.unit:
            return
        wanted = None
        if unit is not None:
            music = self._music if self._music and self._music.config == reading.take.tune.config else None
            tunes, layer = tuple(music.tunes) if music else (), reading.question.layer
            weights = reading.question.subject.origin, reading.source.weights and reading.source.weights.update
            network, tune = reading.source.network, reading.source.take.tune
            wanted = UnitFacts(network, weights, tune, tunes, layer, unit)
        self.unit.look_at(wanted)
        self.unit.refresh(reading.take.tune.config.lowest, can_ask=can_ask)

    def _play_music(self, number: int, step: int) -> None:
        """Watch a tune of the music, and play it from shortly before a step."""
        tune = self._music.tunes[number] if self._music else None
        for _, option in self.find.entries:
            if isinstance(option, Original) and option.tune is tune:
                self._to_play = option, step
                self.find.choose(option)
                with quietly(self.units):
                    self.units.at = None

    def _play_awaited(self) -> None:
        """Play what is to be played, once it is shown."""
        reading = self.reading
        if self._to_play is None or reading is None or reading.question.subject.tune is not self._to_play[0]:
            return
        (_, step), self._to_play = self._to_play, None
        if step < len(reading.take.tune):
            self.units.at = step
        start = max(0, min(step, len(reading.take.tune) - 1) - BEFORE)
        names = [reading.source.name]
        self._sound.play_takes(self._takes, 0, [self.roll], names=names, from_step=start)

    def _forget_place(self) -> None:
        """Choose no step, as those of another tune are others."""
        with quietly(self.units):
            self.units.at = None

    def _load(self) -> None:
        """Let Play play what is shown; what Listening plays goes on here, at the same place."""
        reading = self.reading
        if reading is None or self._reading.busy:
            return
        subject, source = reading.question.subject, reading.source
        plays_there = isinstance(subject, OfTake) and self._sound.holds(subject.made.takes)
        turn = self._sound.hand_over if plays_there and self._sound.view.playing else self._sound.load_takes
        turn(self._takes, 0, self.roll, source.piece, [source.name])

    def _give_back(self) -> None:
        """Let what plays go on in Listening, if that shows it."""
        made, index = self._listening.made, self._listening.strips.chosen
        if made is None or index is None or not (self._sound.view.playing and self._sound.holds(self._takes)):
            return
        if self._takes[0] is made.takes[index]:
            self._sound.hand_over(made.takes, index, self._listening.roll, made.piece, made.names)
