"""Menus of what is laid on tunes when they are played and saved: the tempo of a piece, and the pedal."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.music.expression import Expression, varies_tempo
from lstmmusic.music.roll import Tune
from lstmmusic.music.score import Score
from lstmmusic.studio.controls import choice, quietly, text
from lstmmusic.studio.looks import show

STRICT: Final = "strict"
NONE: Final = "none"
BASS: Final = "bass"
PIECE: Final = "piece"
IN_PIECE = "as in the piece"


class Piece(NamedTuple):
    """The music that takes begin with.

    Parameters
    ----------
    score : Score
    start : int
        The step of it with which they begin, on their grid.
    """

    score: Score
    start: int


class ExpressionChoice:
    """Two menus, which offer what the piece of the primer has, and a line that says what is learned.

    Attributes
    ----------
    tempo, pedal : Dropdown
    words : HTML
    """

    def __init__(self) -> None:
        self.tempo = choice(
            "Tempo curve",
            "How the tempo of the next tune moves: strict, one tempo; or as in the piece that the primer is from, "
            "whose average goes on after its end. Default: strict",
            {STRICT: STRICT},
        )
        self.pedal = choice(
            "Pedal",
            "How the pedal is used in the next tune: none; changed when the lowest note of what sounds begins, at most "
            "once in a beat unless the bass falls, and held for a bar at most; or as in the "
            "piece that the primer is from. Default: none",
            {NONE: NONE},
        )
        self.words = text(2)
        self.offer(None, RollConfig(), NetworkConfig())

    def offer(self, piece: Piece | None, grid: RollConfig, network: NetworkConfig) -> None:
        """Offer what can be laid on the tunes of a network, which begin with a piece, if with any."""
        in_seconds = grid.unit == "seconds"
        tempi, pedals = {STRICT: STRICT}, {NONE: NONE, "changes with the bass": BASS}
        if piece and not in_seconds and varies_tempo(piece.score):
            tempi[IN_PIECE] = PIECE
        if piece and len(piece.score.pedal):
            pedals[IN_PIECE] = PIECE
        for menu, choices in ((self.tempo, tempi), (self.pedal, pedals)):
            options = tuple(choices.items())
            if menu.options != options:
                with quietly(menu):
                    before = menu.value
                    menu.options = options
                    menu.value = before if before in choices.values() else options[0][1]
        # There is more room without a menu that has nothing to choose.
        show(self.tempo, len(tempi) != 1)
        learned = {"strikes": network.strikes, "loudness": network.velocities, "ends": network.endings}
        learned["timing"] = in_seconds
        *most, last = "notes", *(words for words, on in learned.items() if on)
        self.words.value = (
            f"The network learns {' and '.join(filter(None, (', '.join(most), last)))}. "
            f"{'Only the pedal is' if in_seconds else 'Tempo and pedal are'} laid on afterwards."
        )

    @property
    def pedal_without_piece(self) -> Literal["none", "bass"]:
        """The pedal of tunes that begin with no piece."""
        return NONE if self.pedal.value == NONE else BASS

    def lay(self, tune: Tune, piece: Piece | None = None) -> Expression:
        """Return what is laid on a tune; what would be as in the piece is as after its end where there is none."""
        if piece is None:
            return Expression.of(tune, pedal=self.pedal_without_piece)
        return Expression.of(tune, piece.score, start=piece.start, tempo=self.tempo.value, pedal=self.pedal.value)
