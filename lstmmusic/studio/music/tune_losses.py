"""How well a network predicts each tune of the music, measured a few at a time, so that nothing else waits long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from lstmmusic.base.words import count_of
from lstmmusic.errors import LSTMMusicError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.music.tunes import those_in
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import button
from lstmmusic.studio.listening.takes import Request, load_network
from lstmmusic.training.evaluation import Evaluation
from lstmmusic.views import TuneCell, TuneRow

# Steps that are measured at once: a fraction of a second. A longer tune is measured in several pieces.
STEPS = 1500

LABEL = "Loss of each tune"
COLUMN = "Loss (nats)"  # per step


@dataclass(frozen=True, eq=False)
class Ranking:
    """The loss of some tunes under one network, as far as it is measured.

    Parameters
    ----------
    words : str
        Whose network it is.
    evaluation : Evaluation
    """

    words: str
    evaluation: Evaluation

    def measure_more(self) -> Ranking:
        """Measure the next steps."""
        return replace(self, evaluation=self.evaluation.measure_more(STEPS))


class TuneLosses:
    """A button that measures the loss of each tune.

    Parameters
    ----------
    context : Context
    corpus : callable
        Returns the music, or raises a `CorpusError` where there is none.
    split : callable
        Returns the part of it to learn from, and the part that is held out.
    changed : callable
        Called once all tunes are measured.

    Attributes
    ----------
    button : Button
    request : callable, or None
        Returns what is asked for in Listening, with the network to be used.
    """

    def __init__(
        self,
        context: Context,
        corpus: Callable[[], Corpus],
        split: Callable[[], tuple[Corpus, Corpus | None]],
        changed: Callable[[], None],
    ) -> None:
        self._corpus, self._split, self._changed = corpus, split, changed
        self._say, self._submit = context.say, context.between_updates
        self._measuring: Latest[Ranking] = Latest(self._submit)
        self._found: dict[Tune, float] | None = None  # nats per step
        self._held_out: set[Tune] = set()
        self.request: Callable[[], Request] | None = None
        self.button = button(
            LABEL,
            "Measure how well the network that is chosen in Listening predicts each tune, and list first what it "
            "expected least. A tune that is no longer ticked is left out",
            context.act,
            self.measure,
        )

    @property
    def of_tunes(self) -> Mapping[Tune, float] | None:
        """The loss of each tune, in nats per step, once they are measured."""
        return self._found

    @property
    def busy(self) -> bool:
        """Whether the tunes are being measured."""
        return self._measuring.busy

    def add_to(self, row: TuneRow, tune: Tune | None) -> TuneRow:
        """Add the loss of a tune to its row of the table, before the other columns, once it is measured."""
        if self._found is None or not row.cells:
            return row
        nats = self._found.get(tune) if tune else None
        cell = TuneCell("" if nats is None else f"{nats:.2f}", nats)
        reason = f"{row.reason}; held out" if tune in self._held_out else row.reason
        return replace(row, reason=reason, cells=(cell, *row.cells))

    def measure(self) -> None:
        """Measure all tunes of the table, also those that are left out, with the newest weights."""
        verdicts = self._corpus().in_memory().verdicts
        if not verdicts:
            raise LSTMMusicError("the table has no tunes to measure: this corpus was stored without its list of files")
        tunes = [verdict.tune for verdict in verdicts if verdict.tune and len(verdict.tune) > 1]
        if not tunes:
            raise LSTMMusicError("there is no tune of two steps or more; load some music")
        if self.request and not self.busy:
            self._measuring.ask(partial(begin, self.request(), tuple(sorted(tunes, key=len))))

    def forget(self) -> None:
        """Forget the losses: the music is another."""
        self._measuring, self._found = Latest(self._submit), None

    def refresh(self) -> None:
        """Measure more tunes, or show the losses.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        ranking = None
        try:
            ranking = self._measuring.take()
        finally:
            if ranking and ranking.evaluation.left:
                self._measuring.ask(ranking.measure_more)
            self.button.disabled = self.busy
            if not self.busy:
                self.button.description = LABEL
            elif ranking:
                measured, left = len(ranking.evaluation.measured), len(ranking.evaluation.left)
                self.button.description = f"Measured {measured:,} of {measured + left:,} …"
        if ranking and not ranking.evaluation.left:
            self._show(ranking)

    def _show(self, ranking: Ranking) -> None:
        held_out = self._split()[1]
        self._found = {tune: nats / (len(tune) - 1) for tune, nats in ranking.evaluation.measured}
        self._held_out = those_in(self._found, held_out.tunes) if held_out else set()
        self._changed()
        each, corpus = "each tune", self._corpus()
        if corpus.is_stored and len(self._found) < len(corpus):
            each = f"each of {count_of(len(self._found), 'tune')}, a sample of {len(corpus):,},"
        self._say(f"The loss of {each} for {ranking.words} is in the table, in nats per step: lower is better.")


def begin(request: Request, tunes: tuple[Tune, ...]) -> Ranking:
    """Find the network of a request; to be called between two updates.

    Raises
    ------
    LSTMMusicError
        If its grid is another than that of the tunes.
    """
    network, grid, weights = load_network(request)
    words = f"update {weights.update:,} of the run" if weights else f"the bundled {request.bundled} network"
    if grid != tunes[0].config:
        raise LSTMMusicError(
            f"{words} has another grid ({grid}) than this music ({tunes[0].config}); load the music on its grid, or "
            f"choose another network in Listening"
        )
    return Ranking(words, Evaluation(network, tunes))
