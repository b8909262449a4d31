"""The row of a player of this machine, from Python's side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.timeline import Passage, TimedTune
from lstmmusic.views import PlayerView
from tests.studios import Recorder

ONE = TimedTune([(0, 1, 60), (2, 3, 64)], 4, "one", primer_end=2)
TWO = TimedTune([(0, 3, 72)], 3, "two", label="B")


class Clock(Recorder):
    """Has played for as long as a test says."""

    now = 0.0

    def _begin(self, passage: Passage) -> None:
        super()._begin(passage)
        self.now = 0.0

    def _elapsed(self) -> float | None:
        return self.now if self.sounding else None


@pytest.fixture
def player() -> Clock:
    return Clock()


@pytest.fixture
def view(player: Clock) -> Iterator[PlayerView]:
    made = PlayerView(player)
    made.load_tunes([ONE, TWO])
    yield made
    made.close()


def ask(view: PlayerView, kind: str, seconds: float = 0.0) -> None:
    view._handle_custom_msg({"kind": kind, "seconds": seconds}, [])


def test_page_plays_pauses_seeks_and_stops(view: PlayerView, player: Clock) -> None:
    ask(view, "play")
    assert (player.sounding, view.playing, view.position) == (True, True, 0)
    player.now = 1.5
    ask(view, "pause")
    assert (player.sounding, view.playing, view.position) == (False, False, 1.5)
    ask(view, "seek", 2.5)
    assert (player.sounding, view.position) == (False, 2.5)
    ask(view, "play")
    assert player.position == view.position == 2.5
    player.now = 0.5
    ask(view, "seek", 1.0)
    assert (player.playing, player.position, view.position) == (True, 1.0, 1.0)
    ask(view, "stop")
    assert (player.sounding, view.playing, view.position, view.ended) == (False, False, 0, False)


def test_page_is_told_whenever_it_is_elsewhere(view: PlayerView, player: Clock) -> None:
    view.play()
    for change in (
        lambda: ask(view, "seek", 1.0),
        lambda: setattr(view, "tempo", 2.0),
        lambda: setattr(view, "loop", (1.0, 2.0)),
        lambda: setattr(view, "chosen", 1),
        view.pause,
        view.stop,
    ):
        before = view.told
        change()
        assert view.told > before


def test_tune_that_is_over_is_told_when_the_page_asks_or_python_looks(view: PlayerView, player: Clock) -> None:
    for look in (lambda: ask(view, "look"), view.refresh):
        view.seek(3.0)
        view.play()
        player.now = 0.9
        look()
        assert (view.playing, view.ended) == (True, False)
        player.now = 1.0
        look()
        assert (view.playing, view.position, view.ended) == (False, 0, True)
    view.play()
    assert not view.ended


def test_page_that_comes_later_asks_where_the_tune_is(view: PlayerView, player: Clock) -> None:
    view.play()
    player.now = 2.0
    told = view.told
    ask(view, "look")
    assert (view.position, view.playing) == (2, True)
    assert view.told > told


def test_manner_counts_at_once(view: PlayerView, player: Clock) -> None:
    view.play()
    player.now = 1.0
    view.tempo, view.volume = 2.0, 0.5
    assert (player.speed, player.volume, view.position) == (2, 0.5, 1)
    player.now = 0.25
    assert player.position == 1.5
    view.loop = (0.5, 1.0)
    assert player.loop == view.loop
    assert view.position == player.position == 0.5


def test_another_tune_goes_on_at_the_same_place_or_from_the_start(view: PlayerView, player: Clock) -> None:
    view.play()
    player.now = 1.0
    view.chosen = 1
    assert (player.tunes[-1], player.position, view.position) == (TWO, 1, 1)
    view.chosen = 0
    player.now = 2.5
    view.chosen = 1
    assert (player.tunes[-1], view.position) == (TWO, 0)


def test_parts_are_muted_where_there_is_a_primer(view: PlayerView, player: Clock) -> None:
    view.mute_primer = True
    view.play()
    assert player.tunes[-1].table[:, 2].tolist() == [64]
    player.now = 1.0
    view.mute_primer, view.mute_generated = False, True
    assert player.tunes[-1].table[:, 2].tolist() == [60]
    assert player.position == 1.0
    view.chosen = 1
    assert player.tunes[-1].table[:, 2].tolist() == [72]


@pytest.mark.parametrize("plays", [True, False])
def test_other_tunes_go_on_at_the_same_place(view: PlayerView, player: Clock, plays: bool) -> None:
    view.play()
    player.now = 1.0
    if not plays:
        view.pause()
    begun = len(player.tunes)
    view.load_tunes([TWO, ONE, TWO], 2, go_on=True)
    assert (player.sounding, view.playing, view.position, view.chosen) == (plays, plays, 1, 2)
    assert player.tunes[begun:] == [TWO] * plays
    view.load_tunes([ONE])
    assert (player.sounding, view.playing, view.position, view.loop) == (False, False, 0, ())


def test_another_player_is_as_loud_and_as_fast_and_the_one_before_silent(view: PlayerView, player: Clock) -> None:
    view.tempo, view.volume = 2.0, 0.5
    view.play()
    other = Clock()
    view.player = other
    assert (player.sounding, view.playing, other.speed, other.volume) == (False, False, 2, 0.5)
    other.instrument = 73
    view.play()
    assert (other.sounding, other.instrument) == (True, 73)


def test_what_cannot_be_played_is_said_in_the_page_and_raised_in_python(view: PlayerView, player: Clock) -> None:
    def refuse(passage: Passage) -> None:
        raise PlaybackError("the cable is out")

    player._begin = refuse  # type: ignore[method-assign]
    ask(view, "play")
    assert (view.problem, view.playing) == ("the cable is out", False)
    with pytest.raises(PlaybackError, match="cable"):
        view.play()
    view.load_tunes([TimedTune(np.zeros((0, 3)), 0)])
    ask(view, "play")
    assert "nothing to play" in view.problem
