"""What is laid on tunes when they are played and written: tempo curves and pedals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.exports import to_csv
from lstmmusic.generation.sampler import Take
from lstmmusic.music.expression import Expression
from lstmmusic.music.formats.reading import read_score
from lstmmusic.music.metre import parse_metre
from lstmmusic.music.playing import to_score, write_midi
from lstmmusic.music.roll import Tune, find_notes, read_midi
from lstmmusic.music.score import Notes, Score
from lstmmusic.sound.timeline import time_tune

BEATS = RollConfig(step=0.25, unit="beats", lowest=21, highest=108)
# Six quarter notes at 60, 120 and 30 per minute, and a pedal that is pressed twice.
PIECE = Score(
    "piece",
    480,
    Notes.of([(480 * beat, 480 * beat + 480) for beat in range(6)], range(60, 66)),
    tempi=np.array([[0, 1_000_000], [960, 500_000], [1920, 2_000_000]]),
    pedal=np.array([[0, 0, 900], [0, 1440, 2400]]),
)


def make_tune(*notes: tuple[int, int, int], steps: int, config: RollConfig = BEATS) -> Tune:
    roll, onsets = np.zeros((2, steps, config.pitches), np.uint8)
    for first, last, pitch in notes:
        roll[first:last, pitch - config.lowest] = 1
        onsets[first, pitch - config.lowest] = 1
    return Tune(roll, "made", config, onsets, onsets * np.arange(1, config.pitches + 1))


def test_ended_take_with_all_that_is_played_to_midi_to_tune_is_the_same(tmp_path: Path) -> None:
    notes = [(0, 4, 48), (4, 8, 48), (0, 2, 60), (2, 3, 64), (8, 16, 45), (9, 12, 70), (14, 16, 57)]
    made = make_tune(*notes, steps=16)
    tune = Tune(made.roll, "made", BEATS, made.onsets, made.velocities, metre=parse_metre("3/4"))
    nothing = np.zeros((16, 88), np.float32)
    take = Take(tune, 4, nothing, nothing[4:], temperature=1, threshold=0, seed=0, ended=True)
    laid = Expression.of(take.ringing, PIECE, start=2, tempo="piece", pedal="piece")
    write_midi(take.ringing, tmp_path / "tune.mid", velocity=80, expression=laid)
    same = read_midi(tmp_path / "tune.mid", BEATS)
    for name in ("packed", "packed_onsets", "packed_velocities"):
        assert np.array_equal(getattr(same, name), getattr(take.ringing, name))
    assert same.metre == tune.metre
    assert len(same) == 16 + 8  # its last chord rings for two beats more
    score = read_score(tmp_path / "tune.mid")
    again = Expression.of(same, score, tempo="piece", pedal="piece")
    assert len(laid.pedal) == 2
    assert np.array_equal(again.pedal, laid.pedal)
    assert score.tempi.tolist()[:3] == [[0, 1_000_000], [1440, 500_000], [3360, 2_000_000]]
    seconds = time_tune(take.ringing, expression=laid).table
    np.testing.assert_allclose(time_tune(same, expression=again).table, seconds, atol=2e-3)
    write_midi(same, tmp_path / "again.mid", velocity=80, expression=again)
    assert read_score(tmp_path / "again.mid").tempi.tolist()[:3] == score.tempi.tolist()[:3]


def test_tempo_follows_the_piece_from_a_step_on_and_then_its_average() -> None:
    tune = make_tune((0, 4, 60), steps=40)
    laid = Expression.of(tune, PIECE, start=10, tempo="piece")  # 2.5 beats: at 120 per minute
    average = 6 * 60 / (2 + 1 + 4)
    assert laid.tempi.tolist() == [[0, 120], [6, 30], [14, pytest.approx(average)]]
    assert Expression.of(tune, PIECE, start=24, tempo="piece").tempi.tolist() == [[0, pytest.approx(average)]]
    assert Expression.of(tune, PIECE, start=90, tempo="piece").tempi.tolist() == [[0, pytest.approx(average)]]
    seconds = laid.tempo_map(BEATS, 100).to_seconds([0, 6, 14])
    assert seconds == pytest.approx([0, 6 * 0.25 / 2, 0.75 + 8 * 0.25 * 2])


def test_on_a_grid_in_seconds_only_the_pedal_is_laid_on() -> None:
    config = RollConfig(step=0.5)
    laid = Expression.of(make_tune((0, 4, 60), steps=12, config=config), PIECE, start=1, tempo="piece", pedal="piece")
    assert not len(laid.tempi)
    assert laid.pedal[:2].tolist() == [[0, 1.875 / 0.5 - 1], [4, 9]]  # the second from 2.5 to 5 seconds
    by_hand = Expression([(0, 60), (4, 30)])
    assert by_hand.tempo_map(config, 100).to_seconds(8) == 4


def test_pedal_changes_with_the_bass() -> None:
    # C E G C, one chord; a lower bass within the beat; a higher one a beat later; then one bass for two bars.
    notes = [(0, 1, 48), (1, 2, 52), (2, 3, 55), (4, 5, 48), (6, 8, 43), (10, 12, 50), (14, 60, 45), (20, 21, 60)]
    laid = Expression.of(make_tune(*notes, steps=60), pedal="bass")
    assert laid.pedal.tolist() == [[0.25, 4], [4.25, 6], [6.25, 10], [10.25, 14], [14.25, 30]]
    silent = Expression.of(make_tune(steps=8), pedal="bass")
    assert not len(silent.pedal)


def test_notes_before_a_change_of_the_pedal_are_damped() -> None:
    tune = make_tune((0, 4, 48), (1, 2, 64), (4, 8, 50), (4, 5, 64), steps=8)
    sounding = Expression.of(tune, pedal="bass").sustain(find_notes(tune))
    assert sounding.tolist() == [[0, 4, 48], [1, 4, 64], [4, 8, 50], [4, 8, 64]]
    again = make_tune((0, 4, 48), (1, 2, 64), (3, 4, 64), steps=4)
    laid = Expression.of(again, pedal="bass")
    assert laid.sustain(find_notes(again)).tolist() == [[0, 4, 48], [1, 3, 64], [3, 4, 64]]


def test_pedal_of_the_piece_is_followed_by_that_of_the_bass() -> None:
    tune = make_tune((0, 4, 60), (12, 16, 60), (16, 20, 50), steps=20)
    laid = Expression.of(tune, PIECE, start=10, pedal="piece")  # the piece has 14 more steps
    assert laid.pedal.tolist() == [[2, 10], [16.25, 20]]


def test_players_tables_and_files_agree_on_the_time_of_each_note() -> None:
    tune = make_tune(*((step, step + 1, 60 + step) for step in range(0, 30, 3)), steps=30)
    laid = Expression.of(tune, PIECE, start=0, tempo="piece", pedal="piece")
    timed = time_tune(tune, expression=laid, primer_steps=8)
    score = to_score(tune, expression=laid).with_pedal()
    assert np.allclose(timed.table[:, :2], score.seconds, atol=2e-3)
    assert timed.primer_end == 2
    assert timed.duration == pytest.approx(score.duration, abs=2e-3)
    starts = [float(row.split(",")[2]) for row in to_csv(tune, expression=laid).splitlines()[1:]]
    assert np.allclose(starts, timed.table[:, 0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Expression([(1, 60)]), "from 0"),
        (lambda: Expression([(0, 60), (0, 70)]), "increase"),
        (lambda: Expression([(0, 2)]), "from 5 to 1000"),
        (lambda: Expression([(0, float("nan"))]), "two numbers"),
        (lambda: Expression(["a"]), "two numbers"),
        (lambda: Expression(pedal=[(4, 4)]), "end after"),
        (lambda: Expression(pedal=[(0, 5), (4, 6)]), "before the next"),
        (lambda: Expression.of(make_tune((0, 1, 60), steps=2), tempo="piece"), "give its score"),
        (lambda: Expression.of(make_tune((0, 1, 60), steps=2), pedal="half"), "pedal is 'half'"),
    ],
)
def test_what_cannot_be_laid_on_is_refused(make, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make()
