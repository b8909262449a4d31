"""The player of the page without a page: what it sends, how often, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from traitlets import TraitError

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.soundfont import read_instrument
from lstmmusic.sound.timeline import TimedTune
from lstmmusic.views import SoundView
from tests.fonts import KEYS, make_font
from tests.wires import Wire

pytestmark = pytest.mark.usefixtures("closed_views")

NOTES = [(1.0, 2.0, 64), (0.0, 1.5, 60), (0.0, 0.5, 72)]


@pytest.fixture
def wired():
    view = SoundView()
    view.comm = Wire()
    return view, view.comm.sent


@pytest.fixture
def loaded():
    view = SoundView()
    view.load(NOTES, 2.0)
    return view


def sent_notes(view):
    return np.frombuffer(view.notes, "<f4").reshape(-1, 4)


def test_samples_are_sent_with_their_places():
    view = SoundView()
    assert len(view.samples) == 817_831
    zones, samples = view.instrument["zones"], view.instrument["samples"]
    assert [view.samples[sample["start"] : sample["start"] + 4] for sample in samples] == [b"OggS"] * 20
    assert samples[-1]["stop"] == len(view.samples)
    assert sorted(zone["sample"] for zone in zones) == [*range(20)]
    assert zones[0]["loop"] == [170893 / 32000, 219499 / 32000]


def test_too_many_samples_are_refused(tmp_path):
    path = tmp_path / "large.sf2"
    path.write_bytes(make_font([(np.ones(1_000_001, "<i2"), 0, 0, 44100, 60, 0)], [{53: 0}]))
    with pytest.raises(PlaybackError, match=r"samples of 2\.0 MB, and a page takes at most 2 MB; choose a smaller"):
        SoundView(read_instrument(path))


def test_another_instrument_can_be_set(tmp_path):
    path = tmp_path / "small.sf2"
    path.write_bytes(make_font([(np.ones(100, "<i2"), 10, 90, 8000, 60, 0)], [{KEYS: 127 << 8, 54: 1, 53: 0}]))
    view = SoundView(read_instrument(path))
    assert len(view.samples) == 200
    assert view.instrument["zones"][0]["loop"] == [10 / 8000, 90 / 8000]
    assert view.instrument["samples"] == [{"start": 0, "stop": 200, "rate": 8000, "vorbis": False}]


def test_tune_is_one_message_without_the_samples(wired):
    view, sent = wired
    view.load(NOTES, 2.0, name="<b>tune</b>", primer_end=0.5)
    [(message, buffers)] = sent
    assert message["method"] == "update"
    sent_tune = {
        "name": "<b>tune</b>",
        "duration": 2.0,
        "primer_end": 0.5,
        "label": "",
        "unfinished": False,
        "count": 3,
    }
    assert message["state"] == {"tunes": [sent_tune], "loaded": 1}
    assert [len(buffer) for buffer in buffers] == [48]
    np.testing.assert_array_equal(sent_notes(view), [(0, 1.5, 60, 80), (0, 0.5, 72, 80), (1, 2, 64, 80)])


def test_same_tune_is_sent_again(wired):
    view, sent = wired
    view.load(NOTES, 2.0)
    view.load(NOTES, 2.0)
    assert [message["state"]["loaded"] for message, _ in sent] == [1, 2]
    assert len(sent[1][1]) == 0


def test_ten_thousand_notes_are_small(wired):
    view, sent = wired
    start = np.arange(10_000) * 0.05
    view.load(np.column_stack([start, start + 0.2, np.full(10_000, 60), np.full(10_000, 90)]), 501)
    assert sum(map(len, sent[0][1])) == 160_000


def test_loading_stops_and_rewinds(loaded):
    loaded.play()
    loaded.position, loaded.ended = 1.5, True
    loaded.load(NOTES, 2.0)
    assert (loaded.playing, loaded.position, loaded.ended) == (False, 0.0, False)


@pytest.mark.parametrize("notes", [[], np.zeros((0, 3)), np.zeros((0, 4))])
def test_silence_can_be_played(notes):
    view = SoundView()
    view.load(notes, 3.0)
    view.play()
    assert view.playing
    assert view.notes == b""


def test_play_without_a_tune_is_refused():
    view = SoundView()
    with pytest.raises(PlaybackError, match="nothing to play; load a tune first"):
        view.play()
    view.load([], 0.0)
    with pytest.raises(PlaybackError, match="nothing to play"):
        view.play()


@pytest.mark.parametrize(
    ("notes", "what"),
    [
        ([1, 2, 3], r"shape \(3,\)"),
        ([[1, 2]], r"shape \(1, 2\)"),
        ([[0, np.nan, 60]], "not finite"),
        ([[-1, 1, 60]], "start before 0"),
        ([[2, 1, 60]], "after its end"),
        ([[0, 1, 128]], "a pitch"),
        ([[0, 1, 60.5]], "a pitch"),
        ([[0, 1, 60, 0]], "a velocity"),
    ],
)
def test_invalid_notes_are_refused(notes, what):
    view = SoundView()
    with pytest.raises(ValueError, match=f"notes has .*{what}"):
        view.load(notes, 1.0)
    assert view.loaded == 0


@pytest.mark.parametrize("seconds", [-1, np.nan, np.inf])
def test_invalid_durations_are_refused(seconds):
    with pytest.raises(ValueError, match="duration is"):
        SoundView().load(NOTES, seconds)
    with pytest.raises(ValueError, match="primer_end is"):
        SoundView().load(NOTES, 2.0, primer_end=seconds)


@pytest.mark.parametrize(("name", "value"), [("tempo", 0.2), ("tempo", 4.1), ("volume", 1.1), ("volume", -0.1)])
def test_bad_traits_are_refused(name, value):
    with pytest.raises(TraitError):
        SoundView(**{name: value})


@pytest.mark.parametrize("loop", [(1,), (1, 1), (2, 1), (-1, 1), (0, np.inf), (1, 1.01), (np.nan, 2)])
def test_invalid_loops_are_refused(loop):
    with pytest.raises(TraitError, match=r"must be \(\) or \(start, stop\)"):
        SoundView(loop=loop)


def test_orders_are_messages_and_keep_their_order(wired):
    view, sent = wired
    view.load(NOTES, 2.0)
    del sent[:]
    view.play()
    view.seek(1.25)
    view.pause()
    assert (view.playing, view.position) == (False, 1.25)
    view.stop()
    contents = [m["content"] if m["method"] == "custom" else m["state"] for m, _ in sent]
    assert contents == [
        *({"playing": True}, {"kind": "play"}),
        *({"position": 1.25}, {"kind": "seek", "seconds": 1.25}),
        *({"playing": False}, {"kind": "pause"}),
        *({"position": 0.0}, {"kind": "stop"}),
    ]


@pytest.mark.parametrize(("wanted", "reached"), [(-1, 0), (99, 2)])
def test_seeking_stays_in_the_tune(loaded, wanted, reached):
    loaded.seek(wanted)
    assert loaded.position == reached


def test_sound_stops_when_another_page_is_touched(loaded):
    loaded.play()
    loaded.page = "first"  # that of the user who pressed play
    assert loaded.playing
    loaded.page = "second"
    assert not loaded.playing


def test_two_views_differ_in_their_ident():
    assert SoundView().ident != SoundView().ident


def test_several_tunes_are_one_message(wired):
    view, sent = wired
    view.load_tunes([TimedTune(NOTES, 2.0, "one"), TimedTune([(0, 1, 60)], 3.0, "two", label="B")], chosen=1)
    [(message, buffers)] = sent
    assert [(tune["name"], tune["count"], tune["label"]) for tune in message["state"]["tunes"]] == [
        *(("one", 3, ""), ("two", 1, "B")),
    ]
    assert [len(buffer) for buffer in buffers] == [64]
    assert (view.chosen, view.tunes[1]["name"], view.duration) == (1, "two", 3.0)


@pytest.mark.parametrize("chosen", [-1, 1])
def test_missing_tunes_cannot_be_chosen(chosen):
    with pytest.raises(ValueError, match="must be the number of one of 1 tunes"):
        SoundView().load_tunes([TimedTune(NOTES, 2.0)], chosen)


def test_choice_of_a_late_page_is_clipped():
    view = SoundView()
    view.load_tunes([TimedTune(NOTES, 2.0)] * 3, 2)
    view.load(NOTES, 2.0)
    view.set_state({"chosen": 2})
    assert view.chosen == 0


def test_replaced_tunes_keep_the_place_or_start_again(loaded):
    loaded.play()
    loaded.position, loaded.loop = 1.0, (0.5, 1.5)
    loaded.load_tunes([TimedTune(NOTES, 2.0)], keep_place=True)
    assert (loaded.playing, loaded.position, loaded.loop) == (True, 1.0, (0.5, 1.5))
    loaded.load(NOTES, 2.0)
    assert (loaded.playing, loaded.position, loaded.loop) == (False, 0.0, ())


def test_appended_notes_start_at_the_end_and_are_one_message(wired):
    view, sent = wired
    view.load(NOTES, 2.0, unfinished=True)
    view.play()
    del sent[:]
    view.append([(0.5, 1, 65)], 1.0)
    [(message, _)] = sent
    assert message["state"]["appended"] == 1
    np.testing.assert_array_equal(sent_notes(view)[-1], (2.5, 3, 65, 80))
    assert (view.duration, view.playing, view.tunes[0]["unfinished"]) == (3.0, True, True)
    view.append([], 0.0, last=True)
    assert (view.duration, view.tunes[0]["unfinished"]) == (3.0, False)


def test_append_without_a_tune_is_refused():
    with pytest.raises(PlaybackError, match="load one first"):
        SoundView().append(NOTES, 2.0)
