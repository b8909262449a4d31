"""Music that can be laid on any grid, so that any network can continue it. Knows nothing about widgets."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lstmmusic.config import RollConfig
from lstmmusic.errors import MidiError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import read_chosen_parts
from lstmmusic.music.playing import to_score
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.score import Score
from lstmmusic.music.source import Source

TEMPO = 100.0  # quarter notes per minute of a tune whose file is gone


class Original:
    """A tune, and the music that it was made from.

    Parameters
    ----------
    tune : Tune
    read : callable, optional
        Returns the score of the music, or raises a `MidiError`; by default the notes of the tune are moved.
    pedal : bool
        Whether its notes last until the sustain pedal rises.
    file : (Source, str), optional
        The music that has it, and the `Verdict.name` of its file.

    Attributes
    ----------
    tune : Tune
    file : (Source, str) or None
    """

    def __init__(
        self,
        tune: Tune,
        read: Callable[[], Score] | None = None,
        *,
        pedal: bool = False,
        file: tuple[Source, str] | None = None,
    ) -> None:
        self.tune, self.file = tune, file
        self._read, self._pedal = read, pedal
        self._laid: dict[RollConfig, Tune | None] = {tune.config: tune}

    def is_laid(self, grid: RollConfig) -> bool:
        """Return whether `on` answers at once."""
        return grid in self._laid

    def on(self, grid: RollConfig) -> Tune | None:
        """Return the music on a grid, or None if no note of it is left there; may read a file."""
        if grid not in self._laid:
            self._laid[grid] = self._lay(grid)
        return self._laid[grid]

    def score(self) -> Score | None:
        """Return the score of the music, or None if there is none; may read a file."""
        try:
            return self._read() if self._read else None
        except MidiError:  # the file may have been deleted
            return None

    def _lay(self, grid: RollConfig) -> Tune | None:
        for score in (self.score(), to_score(self.tune, tempo=TEMPO)):
            try:
                if score:
                    return quantise(score, grid, pedal=self._pedal)
            except MidiError:
                continue
        return None


def originals_of(corpus: Corpus) -> list[Original]:
    """Return the original of each tune of a corpus."""
    source = corpus.source or Source("folder")
    used = [verdict for verdict in corpus.verdicts if verdict.used]
    if len(used) != len(corpus):  # tunes that do not come from files
        return [Original(tune) for tune in corpus.tunes]
    return [
        Original(
            tune,
            partial(read_chosen_parts, verdict.path, source),
            pedal=source.pedal,
            file=(corpus.source, verdict.name) if corpus.source else None,
        )
        for tune, verdict in zip(corpus.tunes, used, strict=True)
    ]


def scale_part(part: tuple[int, int], before: Tune, after: Tune) -> tuple[int, int]:
    """Return where a part of a tune, of one step or more, lies in the same music on another grid."""
    if before.config == after.config:
        return part
    scale = len(after) / len(before)
    start = min(round(part[0] * scale), len(after) - 1)
    return start, min(max(round(part[1] * scale), start + 1), len(after))
