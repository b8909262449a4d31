"""The rows of the table of tunes: all at once, or, for a stored corpus, each when it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import overload

import numpy as np

from lstmmusic.errors import plain_text
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.music.storing import StoredVerdicts
from lstmmusic.music.verdicts import Verdict
from lstmmusic.studio.music.verdicts import describe_verdict
from lstmmusic.views import LazyRows, TuneRow

Describe = Callable[[Verdict], TuneRow]


def rows_of(corpus: Corpus, describe: Describe, losses: Mapping[int, float] | None = None) -> Sequence[TuneRow]:
    """Return the row of each file of a corpus.

    Parameters
    ----------
    corpus : Corpus
    describe : callable
        Makes the row of a verdict.
    losses : mapping of int to float, optional
        What stands in the first column, by the number of the row, if that column is there.
    """
    if isinstance(corpus.verdicts, StoredVerdicts):
        return StoredRows(corpus, corpus.verdicts, describe, losses)
    return [describe(verdict) for verdict in corpus.verdicts]


class StoredRows(LazyRows):
    """The rows of a stored corpus: see `rows_of`."""

    def __init__(
        self, corpus: Corpus, verdicts: StoredVerdicts, describe: Describe, losses: Mapping[int, float] | None
    ) -> None:
        self._corpus, self._verdicts, self._describe, self._losses = corpus, verdicts, describe, losses
        self.used, self.usable = verdicts.used, verdicts.usable

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._verdicts)

    @overload
    def __getitem__(self, place: int) -> TuneRow: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[TuneRow]: ...
    def __getitem__(self, place: int | slice) -> TuneRow | Sequence[TuneRow]:
        """Make a row."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        return self._describe(self._verdicts[place])

    @cached_property
    def names(self) -> Sequence[str]:
        """The name of each row."""
        return [plain_text(name) for name in self._verdicts.names]

    def keys(self, column: int) -> Sequence[float | str | None]:
        """Return what the rows are sorted by; for the facts of the files, these are read."""
        if column == 0:
            return self.names
        if self._losses is not None:
            if column == 1:
                return [self._losses.get(place) for place in range(len(self))]
            column -= 1
        return [row.key(column) for row in self._plain]

    @cached_property
    def _plain(self) -> Sequence[TuneRow]:
        """The rows with the facts of the files alone."""
        source = self._corpus.source
        return [describe_verdict(verdict, source) for verdict in self._verdicts.without_tunes()]


def places_of(corpus: Corpus, losses: Mapping[Tune, float]) -> dict[int, float]:
    """Return the losses of tunes of a stored corpus by the numbers of their rows."""
    if not isinstance(corpus.verdicts, StoredVerdicts):
        return {}
    store = corpus.verdicts.store
    row_of = np.flatnonzero(corpus.verdicts.usable)  # of each tune
    return {int(row_of[store.number_of(tune)]): nats for tune, nats in losses.items()}
