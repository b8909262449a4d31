"""The player of this machine without a page: orders, reports, and errors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.timeline import Passage, TimedTune
from lstmmusic.views import PlayerView
from tests.studios import Recorder
from tests.wires import receive

ONE = TimedTune([(0, 1, 60), (2, 3, 64)], 4, "one", primer_end=2)
TWO = TimedTune([(0, 3, 72)], 3, "two", label="B")


class Clock(Recorder):
    """A player whose clock is set by the test."""

    now = 0.0

    def _start(self, passage: Passage) -> None:
        super()._start(passage)
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


def order(view: PlayerView, kind: str, seconds: float = 0.0) -> None:
    receive(view, {"kind": kind, "seconds": seconds})


@pytest.mark.parametrize(
    "content",
    [
        *(None, "play", [], {}, {"kind": "fly"}, {"kind": ["play"]}, {"kind": None, "seconds": 1.0}),
        *({"kind": "seek"}, {"kind": "seek", "seconds": "1"}, {"kind": "seek", "seconds": float("nan")}),
    ],
)
def test_malformed_messages_change_nothing(
    view: PlayerView, player: Clock, content: object, caplog: pytest.LogCaptureFixture
) -> None:
    receive(view, content)
    assert not caplog.records  # ipywidgets logs what is raised
    assert (player.sounding, view.playing, view.position) == (False, False, 0)


def test_page_plays_pauses_seeks_and_stops(view: PlayerView, player: Clock) -> None:
    order(view, "play")
    assert (player.sounding, view.playing, view.position) == (True, True, 0)
    player.now = 1.5
    order(view, "pause")
    assert (player.sounding, view.playing, view.position) == (False, False, 1.5)
    order(view, "seek", 2.5)
    assert (player.sounding, view.position) == (False, 2.5)
    order(view, "play")
    assert player.position == view.position == 2.5
    player.now = 0.5
    order(view, "seek", 1.0)
    assert (player.playing, player.position, view.position) == (True, 1.0, 1.0)
    order(view, "stop")
    assert (player.sounding, view.playing, view.position, view.ended) == (False, False, 0, False)


def test_place_is_reported_whenever_it_changes(view: PlayerView, player: Clock) -> None:
    view.play()
    for change in (
        lambda: order(view, "seek", 1.0),
        lambda: setattr(view, "tempo", 2.0),
        lambda: setattr(view, "loop", (1.0, 2.0)),
        lambda: setattr(view, "chosen", 1),
        view.pause,
        view.stop,
    ):
        before = view.reports
        change()
        assert view.reports > before


def test_end_of_a_tune_is_reported_to_the_page_and_by_refresh(view: PlayerView, player: Clock) -> None:
    for report in (lambda: order(view, "report"), view.refresh):
        view.seek(3.0)
        view.play()
        player.now = 0.9
        report()
        assert (view.playing, view.ended) == (True, False)
        player.now = 1.0
        report()
        assert (view.playing, view.position, view.ended) == (False, 0, True)
    view.play()
    assert not view.ended


def test_late_page_gets_the_place(view: PlayerView, player: Clock) -> None:
    view.play()
    player.now = 2.0
    before = view.reports
    order(view, "report")
    assert (view.position, view.playing) == (2, True)
    assert view.reports > before


def test_settings_apply_at_once(view: PlayerView, player: Clock) -> None:
    view.play()
    player.now = 1.0
    view.tempo, view.volume = 2.0, 0.5
    assert (player.speed, player.volume, view.position) == (2, 0.5, 1)
    player.now = 0.25
    assert player.position == 1.5
    view.loop = (0.5, 1.0)
    assert player.loop == view.loop
    assert view.position == player.position == 0.5


def test_another_tune_continues_at_the_same_place_or_from_the_start(view: PlayerView, player: Clock) -> None:
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
def test_replaced_tunes_keep_the_place(view: PlayerView, player: Clock, plays: bool) -> None:
    view.play()
    player.now = 1.0
    if not plays:
        view.pause()
    started = len(player.tunes)
    view.load_tunes([TWO, ONE, TWO], 2, keep_place=True)
    assert (player.sounding, view.playing, view.position, view.chosen) == (plays, plays, 1, 2)
    assert player.tunes[started:] == [TWO] * plays
    view.load_tunes([ONE])
    assert (player.sounding, view.playing, view.position, view.loop) == (False, False, 0, ())


def test_new_player_gets_the_settings_and_the_one_before_stops(view: PlayerView, player: Clock) -> None:
    view.tempo, view.volume = 2.0, 0.5
    view.play()
    other = Clock()
    view.player = other
    assert (player.sounding, view.playing, other.speed, other.volume) == (False, False, 2, 0.5)
    other.instrument = 73
    view.play()
    assert (other.sounding, other.instrument) == (True, 73)


def test_playback_error_is_shown_in_the_page_and_raised_in_python(view: PlayerView, player: Clock) -> None:
    player.refusal = "the cable is out"
    order(view, "play")
    assert (view.problem, view.playing) == ("the cable is out", False)
    with pytest.raises(PlaybackError, match="cable"):
        view.play()
    view.load_tunes([TimedTune(np.zeros((0, 3)), 0)])
    order(view, "play")
    assert "nothing to play" in view.problem
