"""What a unit does: the notes that it raises and lowers, and where in the music it is most active."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from lstmmusic.analysis.surgery import Operation
from lstmmusic.analysis.units import Moment, Values, strongest_moments, unit_effect
from lstmmusic.base.words import count_of
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import button, column, text
from lstmmusic.studio.inside.reading import LONGEST
from lstmmusic.studio.looks import show
from lstmmusic.views import EffectView

STEPS = 128  # of the tune on which the effect is measured: a fraction of a second
AT_ONCE = 8192  # steps of tunes that are searched at once: nothing else waits long
COUNT = 5  # moments


@dataclass(frozen=True, eq=False)
class UnitFacts:
    """What is known of a unit, as far as it was looked for.

    Parameters
    ----------
    network : StackedLSTM
        Without operations.
    weights : tuple
        Whose they are, and after which update.
    tune : Tune
        On which the effect is measured.
    tunes : tuple of Tune
        In which moments are searched: in the part that can be shown.
    layer, unit : int
    effect : ndarray of float32, (pitches,), or None
        See `unit_effect`.
    searched : int
        How many of the tunes.
    moments : tuple of Moment
    """

    network: StackedLSTM
    weights: tuple[object, ...]
    tune: Tune
    tunes: tuple[Tune, ...]
    layer: int
    unit: int
    effect: Values | None = None
    searched: int = 0
    moments: tuple[Moment, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether there is nothing left to be looked for."""
        return self.effect is not None and self.searched >= len(self.tunes)

    def has_moments_of(self, other: UnitFacts) -> bool:
        """Return whether both are about the same unit, in the same music."""
        same = (self.tunes, self.layer, self.unit) == (other.tunes, other.layer, other.unit)
        return same and self.network.config == other.network.config

    def is_of(self, other: UnitFacts) -> bool:
        """Return whether both are about the same unit, for the same tune and the same music."""
        return self.tune is other.tune and self.has_moments_of(other)


def look_on(facts: UnitFacts) -> UnitFacts:
    """Measure the effect, or after that search some more tunes."""
    network, layer, unit = facts.network, facts.layer, facts.unit
    if facts.effect is None:
        tune = facts.tune.part(0, min(len(facts.tune), STEPS))
        return replace(facts, effect=unit_effect(network, tune, layer, unit))
    start, tunes, steps = facts.searched, list[Tune](), 0
    for tune in facts.tunes[start:]:
        tunes.append(tune.part(0, min(len(tune), LONGEST)) if len(tune) else tune)
        steps += len(tunes[-1])
        if steps >= AT_ONCE:
            break
    found = strongest_moments(network, tunes, layer, unit, COUNT)
    moments = (*facts.moments, *(moment._replace(tune=moment.tune + start) for moment in found))
    return replace(facts, searched=start + len(tunes), moments=choose_strongest(moments))


def choose_strongest(moments: tuple[Moment, ...]) -> tuple[Moment, ...]:
    """Return `COUNT` moments, the strongest first: as `strongest_moments` does, of different tunes if there are any."""
    ordered = sorted(moments, key=lambda moment: -abs(moment.value))
    ranks = [sum(other.tune == moment.tune for other in ordered[:place]) for place, moment in enumerate(ordered)]
    chosen = sorted(range(len(ordered)), key=ranks.__getitem__)[:COUNT]
    return tuple(ordered[place] for place in sorted(chosen))


class UnitPanel:
    """A keyboard with the effect of the chosen unit, and a button for each of its moments.

    Parameters
    ----------
    context : Context
    play : callable
        Shows a tune of the music, by its number, and plays it from a step.

    Attributes
    ----------
    facts : UnitFacts or None
        What is shown.
    """

    def __init__(self, context: Context, play: Callable[[int, int], None]) -> None:
        self._play = play
        self._looking: Latest[UnitFacts] = Latest(context.between_updates)
        self.facts: UnitFacts | None = None
        self.effect = EffectView(height=110, empty="The notes that the chosen unit raises and lowers")
        self.words = text()
        self.buttons = tuple(
            button("", "Play the music from there", context.act, partial(self._play_moment, place))
            for place in range(COUNT)
        )
        self.box = column(self.effect, self.words, *self.buttons)
        self._show()

    @property
    def busy(self) -> bool:
        """Whether something is still to be shown."""
        return self._looking.busy or (self.facts is not None and not self.facts.complete)

    def look_at(self, wanted: UnitFacts | None) -> None:
        """Look at a unit from now on; what is known of it stays, also where the weights are newer."""
        if self.facts is None and wanted is None:
            return
        known = self.facts
        if known is None or wanted is None or not known.is_of(wanted):
            if known and wanted and known.has_moments_of(wanted) and known.weights == wanted.weights:
                wanted = replace(wanted, searched=known.searched, moments=known.moments)
            self.facts = wanted
            self._show()

    def refresh(self, lowest: int, *, can_ask: bool) -> None:
        """Show what was found, and look for more.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        self.effect.lowest = lowest
        found = self._looking.take()
        if found and self.facts and found.is_of(self.facts):
            self.facts = found
            self._show()
        if self.facts and not self.facts.complete and can_ask and not self._looking.busy:
            self._looking.ask(partial(look_on, self.facts))

    def _show(self) -> None:
        facts = self.facts
        if facts is None:
            self.effect.show(())
            self.words.value = ""
        elif facts.effect is not None:
            self.effect.show(facts.effect, str(Operation(facts.layer, facts.unit)).removesuffix(" off"))
        if facts and not facts.tunes:
            self.words.value = "No music is loaded on the grid of this network: there are no moments to hear."
        elif facts and facts.complete:
            longest = max(map(len, facts.tunes))
            first = f", their first {LONGEST:,} steps" if longest > LONGEST else ""
            self.words.value = f"Farthest from 0 in {count_of(len(facts.tunes), 'tune')}{first}:"
        elif facts:
            self.words.value = f"Searching the music: {facts.searched} of {count_of(len(facts.tunes), 'tune')} …"
        # Before, another moment might replace one while it is clicked.
        moments = facts.moments if facts and facts.complete else ()
        for place, each in enumerate(self.buttons):
            known = facts is not None and place < len(moments)
            if facts and known:
                moment = moments[place]
                value = f"{moment.value:.2f}".replace("-", "−")
                each.description = f"▶ {facts.tunes[moment.tune].name}, step {moment.step}: h {value}"
            show(each, known)

    def _play_moment(self, place: int) -> None:
        if self.facts and place < len(self.facts.moments):
            moment = self.facts.moments[place]
            self._play(moment.tune, moment.step)
