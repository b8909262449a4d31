from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import cos, floor, pi, sin
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lstmmusic as lm
from lstmmusic.config import PLACES
from lstmmusic.errors import ConfigError
from lstmmusic.music.metre import MAX_CHANGES, Metre, Metres, find_usual, parse_metre, places
from lstmmusic.music.playing import to_score, write_midi
from lstmmusic.music.roll import Tune, quantise, read_midi
from lstmmusic.music.score import Notes, Score

Rows = list[tuple[Fraction, int, int]]

QUARTER = lm.RollConfig(step=0.25, unit="beats", lowest=60, highest=67)
EACH = [Fraction(1, 4), Fraction(1, 3), Fraction(1, 2), Fraction(1)]
COMMON = [(2, 4), (3, 4), (4, 4), (5, 4), (2, 2), (3, 8), (5, 8), (6, 8), (7, 8), (9, 8), (12, 8), (6, 4), (1, 16)]


def grid(step: Fraction) -> lm.RollConfig:
    return replace(QUARTER, step=float(step))


def silence(steps: int, metre: Metres = (), config: lm.RollConfig = QUARTER) -> Tune:
    roll = np.zeros((steps, config.pitches))
    roll[0, 0] = 1
    return Tune(roll, "made", config, metre=metre)


@st.composite
def metres(draw: st.DrawFn) -> Rows:
    starts = draw(st.sets(st.fractions(-40, 60, max_denominator=4), max_size=4))
    return [(start, *draw(st.sampled_from(COMMON))) for start in sorted(starts)]


def describe(step: int, rows: Rows, size: Fraction) -> list[float]:
    """Describe the place of one step, bar by bar, in fractions."""
    half = Fraction(1, 2)
    begun = [row for row in rows if floor(row[0] + half) <= step]
    if not begun:
        return [0] * PLACES
    start, numerator, denominator = begun[-1]
    compound = numerator in (6, 9, 12)
    bar, beat = (Fraction(4 * units, denominator) / size for units in (numerator, 3 if compound else 1))
    phases, nearest = [], []
    for length in (bar, beat):
        line = start
        while line + length <= step:
            line += length
        nearest += [floor(line + half) == step or floor(line + length + half) == step]
        phases += [2 * pi * float((step - line) / length)]
    circles = [wave(phase) for phase in phases for wave in (cos, sin)]
    return [1, *nearest, *circles, float(Fraction(numerator, denominator)), (bar / beat) % 3 == 0]


@given(rows=metres(), size=st.sampled_from(EACH), start=st.integers(-20, 40), count=st.integers(0, 60))
def test_places_are_those_of_each_step_by_itself(rows: Rows, size: Fraction, start: int, count: int) -> None:
    metre = tuple(Metre(float(begin), *signature) for begin, *signature in rows)
    found = places(metre, grid(size), start, start + count)
    assert found.dtype == np.float32
    expected = [describe(step, rows, size) for step in range(start, start + count)]
    np.testing.assert_allclose(found, np.reshape(expected, (-1, PLACES)), atol=1e-5)


def test_places_stay_exact_in_a_long_tune() -> None:
    found = places((Metre(0.0, 3, 4),), grid(Fraction(1, 3)), 0, 500_000)
    assert np.flatnonzero(found[:, 1]).tolist() == list(range(0, 500_000, 9))


@settings(max_examples=60)
@given(rows=metres(), size=st.sampled_from(EACH), steps=st.integers(1, 90), pick_up=st.integers(0, 15))
def test_metre_is_kept_in_midi_files(
    tmp_path_factory: pytest.TempPathFactory, rows: Rows, size: Fraction, steps: int, pick_up: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "metre.mid"
    table = [[round(start * 480), *signature] for start, *signature in rows if start > Fraction(pick_up, 4)]
    if pick_up:
        table = [[0, pick_up, 16], [pick_up * 120, 4, 4], *table]
    notes = Notes.of([[0, 480]], [60])
    score = Score("made", 480, notes, time_signatures=np.array(table, np.int64).reshape(-1, 3), length=steps * 480)
    lm.write_score(score, path)
    tune = read_midi(path, grid(size))
    if pick_up and steps * 4 > pick_up:
        assert tune.metre[0] == (pytest.approx((Fraction(pick_up, 4) - 4) / size), 4, 4)
    write_midi(tune, path)
    back = read_midi(path, tune.config)
    assert back.metre == tune.metre


def test_pick_up_is_the_end_of_a_bar() -> None:
    table = np.array([[0, 1, 4], [480, 3, 4], [480 + 6 * 480, 2, 4]])
    score = Score("made", 480, Notes.of([[0, 480]], [60]), time_signatures=table, length=8000)
    tune = quantise(score, QUARTER)
    assert tune.metre == (Metre(-8.0, 3, 4), Metre(28.0, 2, 4))
    assert np.flatnonzero(places(tune.metre, QUARTER, 0, 30)[:, 1]).tolist() == [4, 16, 28]
    again = to_score(tune)
    assert (again.time_signatures * [480, 1, 1] / [again.resolution, 1, 1]).tolist() == table.tolist()
    in_seconds = quantise(score, replace(QUARTER, unit="seconds"))
    assert in_seconds.metre == ()
    assert not len(to_score(in_seconds).time_signatures)


def test_bar_that_begins_between_two_steps_is_kept(tmp_path: Path) -> None:
    tune = silence(40, (Metre(-2.5, 7, 8), Metre(18.75, 3, 4)))
    write_midi(tune, tmp_path / "a.mid")
    assert read_midi(tmp_path / "a.mid", QUARTER).metre == tune.metre


@given(rows=metres(), start=st.integers(0, 58), count=st.integers(1, 30))
def test_parts_keep_the_place_of_each_step(rows: Rows, start: int, count: int) -> None:
    tune = silence(90, tuple(Metre(float(begin), *signature) for begin, *signature in rows))
    part = tune.part(start, start + count)
    whole = places(tune.metre, QUARTER, 0, 90)
    np.testing.assert_allclose(places(part.metre, QUARTER, 0, count), whole[start : start + count], atol=1e-6)
    longer = part.followed_by(np.zeros((4, 8)), "longer")
    assert longer.metre == part.metre
    assert tune.part(0, 90).metre == tune.metre
    assert not part.metre or part.metre[0].start > -part.metre[0].bar / QUARTER.step


def test_metre_goes_on_after_the_end_of_a_tune() -> None:
    tune = silence(20, (Metre(0.0, 3, 4),))
    longer = Tune(tune.roll, "made", QUARTER, tune.roll, tune.roll * 70, metre=tune.metre).followed_by(tune.roll, "on")
    assert np.flatnonzero(places(longer.metre, QUARTER, 0, len(longer))[:, 1]).tolist() == [0, 12, 24, 36]


def test_takes_go_on_in_the_metre_of_their_primer() -> None:
    network = lm.StackedLSTM(lm.NetworkConfig(hidden=(4, 4, 4), pitches=8))
    take = lm.generate(network, silence(10, (Metre(0.0, 3, 4),)), 20, quiet=True)
    assert take.tune.metre == (Metre(0.0, 3, 4),)
    assert take.generated.metre == (Metre(-10.0, 3, 4),)


def test_metre_is_written_as_text() -> None:
    assert parse_metre(" 6 / 8") == (Metre(0.0, 6, 8),)
    assert str(parse_metre("12/16")[0]) == "12/16"
    assert parse_metre(" ") == ()
    for text in ("three", "3", "3/4/4", "-3/4", "0/4", "3/0", "3/5", "256/4", "3/128", "³/4", "9" * 5000 + "/4"):
        with pytest.raises(ConfigError, match="metre"):
            parse_metre(text)


def test_impossible_metres_are_refused() -> None:
    wrong: list[tuple[Metres, str]] = [
        ((Metre(0.0, 0, 4),), "numerator"),
        ((Metre(0.0, 3, 5),), "denominator"),
        ((Metre(float("nan"), 3, 4),), "start"),
        ((Metre(8.0, 3, 4), Metre(4.0, 2, 4)), "after the one before"),
        (tuple(Metre(float(start), 3, 4) for start in range(MAX_CHANGES + 1)), "1,001 metres"),
    ]
    for metre, message in wrong:
        with pytest.raises(ConfigError, match=message):
            silence(4, metre)
    with pytest.raises(ConfigError, match="in seconds has no metre"):
        silence(4, parse_metre("3/4"), replace(QUARTER, unit="seconds"))


def test_usual_metre_is_that_of_most_steps() -> None:
    common, waltz = parse_metre("4/4"), parse_metre("3/4")
    tunes = (silence(40, common), silence(30, waltz), silence(60, (Metre(8.0, 3, 4), Metre(20.0, 4, 4))))
    assert lm.Corpus("made", QUARTER, tunes).metre == common
    assert lm.Corpus("made", QUARTER, tunes[1:2]).metre == waltz
    assert lm.Corpus("made", QUARTER, (silence(50), *tunes[1:2])).metre == ()
    assert find_usual(()) == ()


def test_equal_metres_are_stored_once_and_too_many_are_unknown() -> None:
    def read(rows: list[list[int]]) -> Metres:
        notes = Notes.of([[0, 480]], [60])
        return quantise(Score("made", 480, notes, time_signatures=np.array(rows), length=2_000_000), QUARTER).metre

    assert read([[0, 1, 4], [480, 3, 4]]) is not read([[0, 3, 4]])
    assert read([[0, 3, 4]]) is read([[0, 3, 4]])
    assert read([[1000 * bar, 2 + bar % 2, 4] for bar in range(MAX_CHANGES + 1)]) == ()
