from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.music import divergence, total_variation
from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, CorpusError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import load_pieces
from lstmmusic.music.metre import Metre
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.statistics import (
    Ends,
    PitchCount,
    copied,
    find_collapses,
    find_longest,
    measure,
    measure_ends,
    measure_playing,
    survey,
)

OCTAVE = RollConfig(lowest=60, highest=71)  # C to B


def make_tune(*steps: str, config: RollConfig = OCTAVE) -> Tune:
    """Make a tune from the semitones above C that sound in each step, such as "0 4 7"."""
    roll = np.zeros((len(steps), config.pitches), np.uint8)
    for step, semitones in enumerate(steps):
        roll[step, [int(semitone) for semitone in semitones.split()]] = 1
    return Tune(roll, config=config)


def test_measures_of_a_small_tune() -> None:
    measures = measure([make_tune("0 4 7", "0 4", "", "1 2", "1 2")])
    assert measures.polyphony == 9 / 4
    assert measures.empty == 1 / 5
    # C, E, G, C♯ and D: four belong to C major, and at most four to any other scale.
    assert measures.scale_consistency == 4 / 5
    assert measures.pitch_class_entropy == pytest.approx(math.log2(5))
    assert measures.onsets_per_step == 5 / 5
    assert measures.note_length == 9 / 5
    assert measures.repeated == 1 / 4
    assert measures.chord_sizes[:5].tolist() == [0.2, 0, 0.6, 0.2, 0]
    assert measures.pitch_classes.tolist() == [0.2, 0.2, 0.2, 0, 0.2, 0, 0, 0.2, 0, 0, 0, 0]


def test_means_are_over_tunes_and_do_not_depend_on_onsets() -> None:
    held = make_tune("0", "0", "0", "0")
    begun = Tune(held.roll, config=OCTAVE, onsets=held.roll)
    assert measure([held]).note_length == measure([begun]).note_length == 4
    both = measure([begun, make_tune("0", "", "0"), make_tune("", "")])
    assert both.note_length == 2.5  # a silent tune has no notes to measure
    assert both.onsets_per_step == pytest.approx((1 / 4 + 2 / 3) / 2)
    assert both.chord_sizes[0] == 3 / 9
    with pytest.raises(CorpusError, match="no note"):
        measure([make_tune("", "")])
    with pytest.raises(CorpusError, match="no tunes"):
        measure([])


def play_tune(*steps: str) -> Tune:
    """Make a tune from the semitones above C that sound in each step, each with its velocity if it begins: "0:80 4"."""
    roll, velocities = np.zeros((2, len(steps), 12), np.uint8)
    for step, notes in enumerate(steps):
        for semitone, _, velocity in (note.partition(":") for note in notes.split()):
            roll[step, int(semitone)], velocities[step, int(semitone)] = 1, int(velocity or 0)
    return Tune(roll, config=OCTAVE, onsets=velocities > 0, velocities=velocities)


def test_playing_of_a_small_tune() -> None:
    # Mean velocities of 60, 90, 30 and 120 with the highest notes 4, 7, 0 and 7; one note, held since step 0, lasts.
    tune = play_tune("0:40 4:80", "0 4:90 7:90", "0:30 4", "", "7:120", "7")
    playing = measure_playing([tune])
    assert playing.restruck == 2 / 6
    assert playing.begun_together == 6 / 4
    assert playing.velocity_mean == 75
    assert playing.velocity_spread == pytest.approx(np.std([40, 80, 90, 90, 30, 120]))
    assert playing.velocity_height == pytest.approx(np.corrcoef([4, 7, 0, 7], [60, 90, 30, 120])[0, 1])
    assert playing.velocity_neighbours == pytest.approx(np.corrcoef([60, 90, 30], [90, 30, 120])[0, 1])
    assert (6 * playing.velocity_levels).tolist() == pytest.approx([0, 1, 1, 0, 0, 3, 0, 1])


def test_playing_is_a_mean_over_the_tunes_of_which_it_is_known() -> None:
    varied, equal = play_tune("0:10", "2:20", "4:30", "5:40"), play_tune("0:80", "0:80", "0:80", "0:80 7:80")
    without_onsets = make_tune("0 4 7", "0 4 7")
    playing = measure_playing([varied, equal, without_onsets, make_tune("", "")])
    assert playing.restruck == (0 / 4 + 3 / 5) / 2
    assert playing.begun_together == (1 + 5 / 4) / 2
    assert (playing.velocity_mean, playing.velocity_spread) == ((25 + 80) / 2, pytest.approx(np.sqrt(125) / 2))
    assert playing.velocity_height > 0.95, "one tune has no correlations, as its velocities do not vary"
    assert playing.velocity_neighbours == pytest.approx(1)
    assert (9 * playing.velocity_levels).tolist() == pytest.approx([1, 2, 1, 0, 0, 5, 0, 0])
    for unknown in ([without_onsets], [make_tune("", "")], []):
        assert all(np.isnan(value).all() for value in vars(measure_playing(unknown)).values())


def test_onsets_without_velocities_and_the_reverse_are_measured() -> None:
    roll = make_tune("0", "0", "4").roll
    struck = measure_playing([Tune(roll, config=OCTAVE, onsets=roll)])
    assert struck.restruck == 1 / 3
    assert math.isnan(struck.velocity_mean)
    velocities = np.diag([70, 0, 50])[:, [0, 1, 1, 1, 2, *[1] * 7]]  # of the C, held, and of the E
    loud = measure_playing([Tune(roll, config=OCTAVE, velocities=velocities)])
    assert loud.velocity_mean == 60
    assert math.isnan(loud.restruck)


def test_last_chords_last_from_the_last_onset_to_the_last_note() -> None:
    chord_after_melody = make_tune("0", "0 4", "0 4", "0", "", "")
    struck = play_tune("0:80", "0", "0:80", "0")
    assert measure_ends([chord_after_melody]).last_chord == 3
    assert measure_ends([struck]).last_chord == 2
    ends = measure_ends([chord_after_melody, struck, make_tune("", "")])
    assert ends.last_chord == 2.5
    assert math.isnan(ends.ends_on_beat)
    assert math.isnan(ends.ends_on_first_or_third)
    assert math.isnan(measure_ends([]).last_chord)


@pytest.mark.parametrize(
    ("metre", "beats"),
    [
        ([Metre(0, 4, 4)], "1-2-3-4-1-2"),
        ([Metre(-2, 4, 4)], "2-3-4-1-2-3"),
        ([Metre(0, 6, 8)], "1--2--1--2-"),
        ([Metre(0, 2, 2)], "1---2---1--"),
        ([Metre(0, 3, 4), Metre(6, 4, 4)], "1-2-3-1-2-3-4-1"),
        ([Metre(3, 4, 4)], "   1-2-3-4-"),
    ],
)
def test_ends_on_beats(metre: list[Metre], beats: str) -> None:
    eighths = RollConfig(step=0.5, unit="beats", lowest=60, highest=71)
    for last, beat in enumerate(beats):
        roll = make_tune(*[""] * last, "0", "0").roll
        ends = measure_ends([Tune(roll, config=eighths, metre=metre)])
        expected = [math.nan] * 2 if beat == " " else [float(beat != "-"), float(beat in "13")]
        assert [ends.ends_on_beat, ends.ends_on_first_or_third] == pytest.approx(expected, nan_ok=True), last


def test_beats_between_steps_are_met_by_the_nearest_step() -> None:
    config = RollConfig(step=0.3, unit="beats", lowest=60, highest=71)
    for last, (on_beat, on_first_or_third) in enumerate(
        ((1, 1), (0, 0), (0, 0), (1, 0), (0, 0), (0, 0), (0, 0), (1, 1))
    ):
        tune = Tune(make_tune(*[""] * last, "0").roll, config=config, metre=[Metre(0, 4, 4)])
        assert measure_ends([tune]) == Ends(1, on_beat, on_first_or_third), last


def test_pitch_classes_start_from_c_for_any_range() -> None:
    measures = measure([make_tune("0", "3", config=RollConfig(lowest=21, highest=30))])  # A and C
    assert measures.pitch_classes.nonzero()[0].tolist() == [0, 9]


def test_distances_of_small_distributions() -> None:
    one, other = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.5, 0.25])
    assert total_variation(one, other) == 0.25
    assert divergence(one, other) == pytest.approx(0.5 * math.log(2))
    assert divergence(other, one) == math.inf
    assert total_variation(one, one) == divergence(one, one) == 0


def test_copied_windows_are_found_anywhere() -> None:
    random = np.random.default_rng(0)
    known = Tune(random.integers(0, 2, (60, 12)), config=OCTAVE)
    new = Tune(random.integers(0, 2, (40, 12)), config=OCTAVE)
    half = Tune(np.concatenate((new.roll[:20], known.roll[30:50])), config=OCTAVE)
    assert copied([known.part(7, 30)], [known]) == 1
    assert copied([new], [known]) == 0
    assert copied([half], [known]) == 5 / 25
    assert copied([new.part(0, 5)], [known]) == 0  # too short for a window


def test_collapses_exceed_the_extremes_of_the_known_tunes() -> None:
    random = np.random.default_rng(0)
    lively = Tune(random.integers(0, 2, (60, 12)), config=OCTAVE)
    silent = Tune(np.concatenate((lively.roll, np.zeros((17, 12), np.uint8))), config=OCTAVE)
    held = Tune(np.concatenate((lively.roll, np.tile(lively.roll[-1:], (17, 1)))), config=OCTAVE)
    drone = Tune(np.maximum(lively.roll, np.eye(12, dtype=np.uint8)[3]), config=OCTAVE)
    tunes = [lively, silent, held, drone, lively.part(0, 1)]
    assert find_collapses(tunes, [lively]) == [None, "silence", "one chord held", "a drone", None]
    # Up to twice as long as in the known tunes is not a collapse.
    assert find_collapses(tunes[1:4], [silent, held, drone]) == [None] * 3
    with pytest.raises(CorpusError, match="no known tunes"):
        find_collapses(tunes, [])


def test_longest_runs_of_a_small_tune() -> None:
    silence, chord, note = find_longest(make_tune("0 4", "0 4", "0", "", "", "7", "7", "7", ""))
    assert silence == (2, 3, 0)
    assert (chord.length, chord.start) == (3, 5)
    assert note == (3, 0, 0), "the first of equally long ones"
    assert [run.length for run in find_longest(make_tune("", ""))] == [2, 1, 0]


def test_measures_of_the_published_sets_are_as_documented(shared) -> None:
    pytest.importorskip("scipy.io")
    from benchmarks.matfiles import load_mat

    training, _, test = load_mat(shared / "benchmark" / "JSB_Chorales.mat")
    ours, held_out = measure(training.tunes), measure(test.tunes)
    documented = {
        "polyphony": 3.90,
        "scale_consistency": 0.927,
        "pitch_class_entropy": 3.00,
        "onsets_per_step": 2.49,
        "note_length": 1.60,
        "repeated": 0.117,
    }
    for name, value in documented.items():
        assert getattr(ours, name) == pytest.approx(value, abs=0.005), name
    assert divergence(held_out.pitch_classes, ours.pitch_classes) == pytest.approx(0.0006, abs=1e-4)
    assert not any(find_collapses(test.tunes, training.tunes))


BEATS = RollConfig(step=0.5, unit="beats", lowest=60, highest=66)


def test_overview_of_a_small_corpus() -> None:
    roll = np.zeros((6, 7), int)
    roll[0:4, 0] = 1  # C4, held, and repeated in step 2
    roll[1:3, 4] = 1  # E4
    roll[4, 4] = 1
    onsets = np.zeros_like(roll)
    onsets[[0, 2, 1, 4], [0, 0, 4, 4]] = 1
    corpus = Corpus("two", BEATS, (Tune(roll, "struck", BEATS, onsets), Tune(roll, "held", BEATS)))
    overview = survey(corpus, tempo=60)
    assert (overview.tunes, overview.steps, overview.notes) == (2, 12, 4 + 3)
    assert overview.minutes == pytest.approx(12 * 0.5 / 60)
    assert overview.polyphony == pytest.approx(7 / 5)
    assert overview.most_used == (PitchCount(64, "E4", 4), PitchCount(60, "C4", 3))
    assert (overview.lowest, overview.highest) == (60, 64)
    assert overview.pitch_classes == pytest.approx([3 / 7, 0, 0, 0, 4 / 7, *[0] * 7])
    assert survey(corpus, tempo=120).minutes == pytest.approx(overview.minutes / 2)


def test_overview_of_the_pieces_equals_a_slow_count() -> None:
    corpus = load_pieces(quiet=True)
    overview = survey(corpus)
    pitches = np.concatenate([find_notes(tune)[:, 2] for tune in corpus.tunes])
    sounding = np.concatenate([tune.roll.sum(axis=1) for tune in corpus.tunes])
    assert overview.notes == len(pitches)
    assert (overview.lowest, overview.highest) == (pitches.min(), pitches.max())
    assert overview.polyphony == pytest.approx(sounding[sounding > 0].mean())
    assert overview.pitch_classes == pytest.approx(np.bincount(pitches % 12, minlength=12) / len(pitches))
    values, counts = np.unique(pitches, return_counts=True)
    assert [use.notes for use in overview.most_used] == sorted(counts.tolist(), reverse=True)[:5]
    assert all(counts[values == use.pitch] == use.notes for use in overview.most_used)
    assert overview.minutes == pytest.approx(corpus.steps * 0.3 / 60)  # at any tempo
    assert survey(corpus, tempo=50) == overview


def test_of_equal_counts_the_lower_pitch_is_first() -> None:
    corpus = Corpus("scale", RollConfig(), (Tune(np.eye(88, dtype=int)),))
    assert [use.name for use in survey(corpus).most_used] == ["A0", "B♭0", "B0", "C1", "C♯1"]


def test_silence_and_invalid_tempos_are_refused() -> None:
    silence = Corpus("silence", BEATS, (Tune(np.zeros((5, 7)), config=BEATS),))
    with pytest.raises(CorpusError, match="no note sounds in silence"):
        survey(silence)
    with pytest.raises(ConfigError, match="tempo"):
        survey(silence, tempo=0)
