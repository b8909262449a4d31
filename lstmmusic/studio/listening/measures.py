"""What is measured of the tune on a roll: how little its network expected it, and what it copies of the music."""

from __future__ import annotations

import html
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from lstmmusic.analysis.copies import Copies, Stretch, find_copies
from lstmmusic.analysis.copy_index import CopyIndex
from lstmmusic.analysis.surprise import Surprise, most_surprising, surprise
from lstmmusic.base.words import count_of
from lstmmusic.errors import LSTMMusicError
from lstmmusic.generation.sampler import Take
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import load_builtin
from lstmmusic.music.pitches import note_name
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import text
from lstmmusic.studio.listening.takes import Made, NetworkOrigin
from lstmmusic.studio.looks import show
from lstmmusic.views import RollView

MARKED = 10  # notes that surprised most

# Steps of a stored corpus in which copies are searched.
SEARCHED_STEPS = 2_000_000

# Steps of held-out tunes that show how much any tune has in common with the music that was learned.
COMPARED = 20_000

# The music of the bundled networks, which learned the larger part of it, as `Corpus.split` splits by default.
COLLECTIONS = {"chorales": "chorales", "piano": "pieces"}


@dataclass(frozen=True, eq=False)
class Subject:
    """What is measured.

    Parameters
    ----------
    take : Take
        Music that was not generated is a take without a primer.
    network : StackedLSTM
        Which made it, or reads it.
    origin : NetworkOrigin
        Whose network it is.
    ended : bool
        Whether the tune ends after its last step.
    """

    take: Take
    network: StackedLSTM
    origin: NetworkOrigin
    ended: bool

    @classmethod
    def of(cls, made: Made, index: int) -> Subject:
        """Return one of several takes."""
        return cls(made.takes[index], made.network, made.origin, made.takes[index].ended)

    @property
    def has_music(self) -> bool:
        """Whether the music that the network learned can be found."""
        return isinstance(self.origin, str) or self.origin() is not None


@dataclass(frozen=True, eq=False)
class Learned:
    """The music that a network learned.

    Parameters
    ----------
    tunes : sequence of Tune
    index : CopyIndex
        Of them.
    usual : float or None
        The share of the steps of held-out tunes that are copies of them; None if no tune is held out.
    is_sample : bool
        Whether the tunes are a sample of the music.
    """

    tunes: Sequence[Tune]
    index: CopyIndex
    usual: float | None
    is_sample: bool = False

    @classmethod
    def of(cls, subject: Subject) -> Learned | None:
        """Return the music of a network, on the grid of its take; may read files. None where the run is gone."""
        origin = subject.origin
        parts: tuple[Corpus, Corpus | None]
        if isinstance(origin, str):
            corpus = load_builtin(COLLECTIONS[origin], subject.take.tune.config, quiet=True)
            parts = corpus.split()
        else:
            trainer = origin()
            if trainer is None:
                return None
            parts = trainer.training, trainer.validation
        training, validation = parts[0].in_memory(SEARCHED_STEPS), parts[1] and parts[1].in_memory()
        index = CopyIndex(training.tunes)
        usual = measure_usual(validation.tunes if validation else (), index)
        return cls(training.tunes, index, usual, len(training) < len(parts[0]))


def measure_usual(held_out: Sequence[Tune], index: CopyIndex) -> float | None:
    """Return the share of copied steps of held-out tunes; None if there are none."""
    steps = copied = 0
    for tune in held_out:
        if steps < COMPARED and tune.config == index.config:
            steps += len(tune)
            copied += int(np.count_nonzero(find_copies(tune, index).lengths))
    return copied / steps if steps else None


Found = tuple[Learned, Copies]


class Measures:
    """Two buttons of a roll, "Surprise" and "Copies", and what they show; nothing is computed that is not shown.

    Parameters
    ----------
    context : Context
    view : RollView
        It has tools.

    Attributes
    ----------
    words : HTML
        The same in a sentence.
    seconds : float
        How long it took to measure the surprise of a tune.
    """

    def __init__(self, context: Context, view: RollView) -> None:
        self._sound, self._view = context.sound, view
        self._subject: Subject | None = None
        self._surprising: Latest[tuple[Subject, Surprise, float]] = Latest(context.between_updates)
        self._copying: Latest[tuple[Subject, Found | None]] = Latest(context.submit)
        self._asked: dict[str, Subject] = {}  # for what each was asked last
        self._surprise: Surprise | None = None
        self._copies: Found | None = None
        self._learned: tuple[NetworkOrigin, Learned] | None = None  # of the network that is measured
        self._drawn: tuple[int, object, object] = (0, None, None)
        self.seconds = 0.0
        self.words = text()
        show(self.words, False)
        view.measured, view.on_hear = True, lambda copy, step: context.act(partial(self._hear, copy, step))
        view.observe(lambda _: context.act(lambda: None), ["surprising", "copying"])  # which refreshes

    @property
    def busy(self) -> bool:
        """Whether something is still to be shown."""
        return self._surprising.busy or self._copying.busy

    def show(self, subject: Subject) -> None:
        """Measure what the roll shows from now on."""
        before = self._subject
        if before is None or before.take is not subject.take or before.network is not subject.network:
            self._subject, self._surprise, self._copies = subject, None, None
            self._asked = {}
        if self._learned and self._learned[0] != subject.origin:
            self._learned = None

    def refresh(self) -> None:
        """Show what is measured, and ask for what is not.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        try:
            surprised, copied = self._surprising.take(), self._copying.take()
            if surprised and surprised[0] is self._subject:
                _, self._surprise, self.seconds = surprised
            if copied and copied[1] and self._subject and copied[0].origin == self._subject.origin:
                self._learned = self._subject.origin, copied[1][0]
                self._copies = copied[1] if copied[0] is self._subject else None
        finally:
            self._ask()
            self._draw()

    def _ask(self) -> None:
        subject = self._subject
        if subject is None:
            return
        if self._view.surprising and self._asked.get("surprise") is not subject:
            self._asked["surprise"] = subject
            self._surprising.ask(partial(_surprise_of, subject))
        if self._view.copying and self._asked.get("copies") is not subject:
            self._asked["copies"] = subject
            self._copying.ask(partial(_copies_of, subject, self._learned[1] if self._learned else None))

    def _draw(self) -> None:
        """Show what is known, unless it is shown already."""
        view, subject = self._view, self._subject
        found, copied = self._surprise if view.surprising else None, self._copies if view.copying else None
        now = view.version, found, copied
        if subject is None or view.shape[0] != len(subject.take.tune) or now == self._drawn:
            self._write(found, copied)
            return
        self._drawn = now
        lowest = subject.take.tune.config.lowest
        with view.hold_sync():
            if found:
                marks = [(each.step, each.pitch - lowest, each.nats) for each in most_surprising(found, MARKED)]
                view.show_surprise(np.maximum(found.steps, 0), marks)
            if copied:
                learned, copies = copied
                view.show_copies(
                    [(each.start, each.stop, self._name(each, learned, copies)) for each in copies.stretches]
                )
        self._write(found, copied)

    def _write(self, found: Surprise | None, copied: Found | None) -> None:
        """Say what is shown."""
        view, subject = self._view, self._subject
        if self.busy and (view.surprising or view.copying):
            return  # what was said stays until there is something new, and all below stays in its place
        sentences = []
        if found:
            sentences.append(describe_surprise(found))
        if copied:
            sentences.append(self._describe_copies(*copied))
        elif view.copying and subject and not subject.has_music:
            sentences.append(
                "The music that this network learned is no longer loaded, so that copies of it cannot be found."
            )
        words = html.escape(" ".join(sentences))
        self.words.value = f'<span role="status">{words}</span>' if words else ""
        show(self.words, words)

    def _describe_copies(self, learned: Learned, copies: Copies) -> str:
        usual = f" (of held-out tunes: {learned.usual:.0%})" if learned.usual is not None else ""
        which = " after the primer" if copies.start else ""
        of = f"a sample of {count_of(len(learned.tunes), 'tune')} of " * learned.is_sample
        words = f"{copies.share:.0%} of the steps{which} occur in {of}the training music{usual}"
        longest = f"; the longest stretch: {self._name(copies.longest, learned, copies)}" if copies.longest else ""
        return f"{words}{longest}."

    def _name(self, stretch: Stretch, learned: Learned, copies: Copies) -> str:
        """Return a stretch in words, such as "14 steps (4.2 s) as in BWV 269 from step 30, 5 semitones higher"."""
        tempo = self._sound.tempo.value
        length = f"{copies.seconds(tempo, stretch):.1f} s"
        if copies.tune.config.unit == "beats":
            length += f", {copies.bars(tempo, stretch):.1f} bars"
        up = stretch.transposition
        key = f", {count_of(abs(up), 'semitone')} {'higher' if up > 0 else 'lower'}" if up else ""
        name = learned.tunes[stretch.source].name
        return f"{count_of(stretch.steps, 'step')} ({length}) as in {name} from step {stretch.step}{key}"

    def _hear(self, copy: int, step: int) -> None:
        """Play the source of a stretch from a step on."""
        if self._copies is None or copy >= len(self._copies[1].stretches):
            raise LSTMMusicError("another tune is shown now; click on one of its copies")
        learned, copies = self._copies
        stretch = copies.stretches[copy]
        source = learned.tunes[stretch.source]
        at = stretch.step + step - stretch.start
        name = f"{source.name}, from step {at}"
        self._sound.play_blind([self._sound.time(source.part(at, len(source)), name=name)], 0)


def describe_surprise(found: Surprise) -> str:
    """Return how much a tune surprised its network, and what did most."""
    words = f"Surprise: {found.per_step} nats per step"
    most = most_surprising(found, 1)
    if not most:
        return "A single step has no surprise."
    (note,) = most
    what = "surprised most" if note.sounds else "was expected most, and is silent"
    return f"{words}; {note_name(note.pitch)} in step {note.step} {what}, with {note.nats:.1f} nats."


def _surprise_of(subject: Subject) -> tuple[Subject, Surprise, float]:
    began = time.perf_counter()
    found = surprise(subject.network, subject.take.tune, ended=subject.ended)
    return subject, found, time.perf_counter() - began


def _copies_of(subject: Subject, known: Learned | None) -> tuple[Subject, Found | None]:
    """Find the copies of a subject in the music that was learned, which may be known; None where that is gone."""
    take = subject.take
    learned = known if known and known.index.config == take.tune.config else Learned.of(subject)
    if learned is None:
        return subject, None
    itself = next((number for number, tune in enumerate(learned.tunes) if is_same(tune, take.tune)), None)
    return subject, (learned, find_copies(take.tune, learned.index, start=take.primer_steps, leave_out=itself))


def is_same(tune: Tune, other: Tune) -> bool:
    """Return whether tunes are the same, although they may have been read twice."""
    return tune is other or (tune.name == other.name and np.array_equal(tune.packed, other.packed))
