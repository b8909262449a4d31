from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, DamageWarning, MidiError
from lstmmusic.music.formats.reading import read_score
from lstmmusic.music.playing import seconds_per_step, write_midi
from lstmmusic.music.roll import MAX_STEPS, Tune, find_notes, quantise, read_midi
from lstmmusic.music.score import Notes, Score, score_of


def write_notes(path: Path, *notes: tuple[float, float, int], drums: bool = False, tempo: float = 120) -> Path:
    midi = pretty_midi.PrettyMIDI(initial_tempo=tempo, resolution=960)
    part = pretty_midi.Instrument(0, is_drum=drums)
    part.notes = [pretty_midi.Note(90, pitch, start, end) for start, end, pitch in notes]
    midi.instruments.append(part)
    midi.write(str(path))
    return path


@st.composite
def tunes(draw: st.DrawFn) -> Tune:
    config = RollConfig(
        step=draw(st.one_of(st.sampled_from([0.01, 0.125, 0.3, 1 / 3, 60.0]), st.floats(0.01, 60))),
        unit=draw(st.sampled_from(["seconds", "beats"])),
        lowest=draw(st.integers(0, 60)),
        highest=draw(st.integers(61, 127)),
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    roll = (random.random((draw(st.integers(1, 40)), config.pitches)) < draw(st.sampled_from([0.02, 0.3, 0.9]))).astype(
        int
    )
    roll[len(roll) // 2, 0] = 1
    roll[len(roll) // 2 + 1 :] *= draw(st.booleans())  # perhaps rests at the end; longer ones than the music may be cut
    starts = np.diff(roll, axis=0, prepend=0) == 1
    onsets = starts | (roll & (random.random(roll.shape) < 0.4))
    velocities = random.integers(1, 128, roll.shape) * onsets
    return Tune(roll, "made", config, onsets, velocities)


@settings(max_examples=80)
@given(tune=tunes(), tempo=st.one_of(st.sampled_from([5.0, 100.0, 133.7, 1000.0]), st.floats(5, 1000)))
def test_roll_to_midi_to_roll_is_exact(tmp_path_factory: pytest.TempPathFactory, tune: Tune, tempo: float) -> None:
    path = tmp_path_factory.getbasetemp() / "there-and-back.mid"
    write_midi(tune, path, tempo=tempo)
    back = read_midi(path, tune.config)
    np.testing.assert_array_equal(back.roll, tune.roll)
    np.testing.assert_array_equal(back.onsets, tune.onsets)
    np.testing.assert_array_equal(back.velocities, tune.velocities)
    np.testing.assert_array_equal(find_notes(back), find_notes(tune))


def test_held_and_repeated_notes_are_distinguished(tmp_path: Path) -> None:
    path = write_notes(tmp_path / "a.mid", (0, 1.2, 60), (1.2, 2.4, 60), (0, 2.4, 67))
    tune = read_midi(path, RollConfig(step=0.3))
    assert find_notes(tune).tolist() == [[0, 4, 60], [0, 8, 67], [4, 8, 60]]
    write_midi(tune, path)
    assert len(pretty_midi.PrettyMIDI(str(path)).instruments[0].notes) == 3
    merged = Tune(tune.roll, config=tune.config)  # no onsets: a run of ones is one note
    assert find_notes(merged).tolist() == [[0, 8, 60], [0, 8, 67]]


@pytest.mark.parametrize("count", [255, 256, 65_536])
def test_many_notes_that_begin_in_a_step_are_one(count: int) -> None:
    ends = 0.3 * (1 + np.arange(count) % 7)
    notes = np.column_stack((np.zeros(count), ends, np.full(count, 60)))
    tune = quantise(score_of(notes, "played"), RollConfig(step=0.3))
    assert find_notes(tune).tolist() == [[0, 7, 60]]


def test_grid_in_beats_ignores_the_tempo(tmp_path: Path) -> None:
    rolls = []
    for tempo in (60, 90, 180):
        quarter = 60 / tempo
        path = write_notes(tmp_path / "a.mid", (0, quarter, 60), (quarter, 1.5 * quarter, 62), tempo=tempo)
        rolls.append(read_midi(path, RollConfig(step=0.5, unit="beats")).roll)
    np.testing.assert_array_equal(rolls[0], rolls[1])
    np.testing.assert_array_equal(rolls[0], rolls[2])
    assert rolls[0].shape == (3, 88)


def test_short_note_gets_a_step_and_silence_is_an_empty_step(tmp_path: Path) -> None:
    tune = read_midi(write_notes(tmp_path / "a.mid", (0, 0.02, 60), (3.0, 3.05, 72)), RollConfig(step=0.3))
    assert tune.roll.shape == (11, 88)
    assert tune.roll.dtype == np.uint8
    assert tune.roll.sum(1).tolist() == [1] + [0] * 9 + [1]
    assert (tune.roll[0, 60 - 21], tune.roll[10, 72 - 21]) == (1, 1)


def test_pitches_outside_the_range_and_drums_are_left_out(tmp_path: Path) -> None:
    path = write_notes(tmp_path / "a.mid", (0, 1, 20), (0, 1, 60), (0, 1, 109))
    assert find_notes(read_midi(path))[:, 2].tolist() == [60]
    with pytest.raises(MidiError, match="widen the range"):
        read_midi(path, RollConfig(lowest=61, highest=64))
    with pytest.raises(MidiError, match="only drums"):
        read_midi(write_notes(tmp_path / "drums.mid", (0, 1, 36), drums=True))
    with pytest.raises(MidiError, match="no notes"):
        read_midi(write_notes(tmp_path / "empty.mid"))


def test_written_file_has_tempo_velocity_and_instrument(tmp_path: Path) -> None:
    tune = Tune(np.eye(88, dtype=int)[:4], config=RollConfig(step=1, unit="beats"))
    write_midi(tune, tmp_path / "a.mid", tempo=150, velocity=33, instrument=19)
    midi = pretty_midi.PrettyMIDI(str(tmp_path / "a.mid"))
    assert midi.get_tempo_changes()[1].round(3).tolist() == [150]
    (part,) = midi.instruments
    assert part.program == 19
    assert {note.velocity for note in part.notes} == {33}
    assert midi.get_end_time() == pytest.approx(4 * 60 / 150, abs=0.002)
    assert seconds_per_step(tune.config, 150) == 0.4


def test_same_tune_gives_the_same_bytes(tmp_path: Path) -> None:
    tune = Tune(np.eye(88, dtype=int)[:40])
    for name in ("a.mid", "b.mid"):
        write_midi(tune, tmp_path / name)
    one, two = (hashlib.sha256((tmp_path / name).read_bytes()).digest() for name in ("a.mid", "b.mid"))
    assert one == two


@pytest.mark.parametrize("name", ["", "é", "Прелюдия", "Μπαχ", "後で ♫"])
def test_name_of_a_tune_is_written_in_any_script(tmp_path: Path, name: str) -> None:
    tune = Tune(np.eye(88, dtype=int), name)
    write_midi(tune, tmp_path / "a.mid")
    assert [part.name for part in read_score(tmp_path / "a.mid").parts] == [name]
    assert len(pretty_midi.PrettyMIDI(str(tmp_path / "a.mid")).instruments[0].notes) == 88


def test_velocities_of_a_tune_are_written_louder_or_softer(tmp_path: Path) -> None:
    config = RollConfig(step=1, lowest=60, highest=60)
    roll = [[1]] * 4
    tune = Tune(roll, config=config, onsets=roll, velocities=[[1], [41], [80], [127]])
    for loudness, expected in ((80, [1, 41, 80, 127]), (40, [1, 20, 40, 64]), (127, [2, 65, 127, 127])):
        write_midi(tune, tmp_path / "a.mid", velocity=loudness)
        assert read_score(tmp_path / "a.mid").notes.velocities.tolist() == expected
    write_midi(tune, tmp_path / "a.mid", velocity=40, flat=True)
    assert read_score(tmp_path / "a.mid").notes.velocities.tolist() == [40] * 4


@pytest.mark.parametrize("content", [b"", b"MThd", b"<html>not found</html>", b"MThd\0\0\0\6\0\0\0\1\0\0MTrk\0\0\0\0"])
def test_file_that_is_not_midi_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "page.mid"
    path.write_bytes(content)
    with pytest.raises(MidiError, match=r"page\.mid"):
        read_midi(path)
    with pytest.raises(MidiError, match="not found"):
        read_midi(tmp_path / "missing.mid")


def test_very_long_pause_is_refused_before_memory_is_allocated(tmp_path: Path) -> None:
    track = mido.MidiTrack(
        [
            mido.Message("note_on", note=60, time=0),
            mido.Message("note_off", note=60, time=9_000_000),
            mido.MetaMessage("end_of_track"),
        ]
    )
    mido.MidiFile(ticks_per_beat=24, tracks=[track]).save(tmp_path / "pause.mid")
    with pytest.raises(MidiError, match="very long pause"):
        read_midi(tmp_path / "pause.mid")


@pytest.mark.parametrize(
    ("setting", "value"), [("tempo", 0), ("tempo", -1), ("velocity", 0), ("velocity", 128), ("instrument", 128)]
)
def test_invalid_setting_is_refused_before_the_file_is_written(tmp_path: Path, setting: str, value: int) -> None:
    with pytest.raises(ConfigError, match=setting):
        write_midi(Tune(np.eye(88, dtype=int)), tmp_path / "a.mid", **{setting: value})
    assert not (tmp_path / "a.mid").exists()


def test_invalid_roll_is_refused() -> None:
    with pytest.raises(MidiError, match="shape"):
        Tune(np.zeros((5, 87)))
    with pytest.raises(MidiError, match="zeros and ones"):
        Tune(np.full((5, 88), 0.5))
    with pytest.raises(MidiError, match="onsets"):
        Tune(np.zeros((5, 88)), onsets=np.ones((5, 88)))
    with pytest.raises(MidiError, match="onsets"):
        Tune(np.zeros((5, 88)), onsets=np.zeros((1, 88)))


@pytest.mark.parametrize("pitches", [1, 7, 8, 9, 88, 128])
def test_tune_stores_bits_and_returns_its_arrays(pitches: int) -> None:
    config = RollConfig(lowest=0, highest=pitches - 1)
    random = np.random.default_rng(pitches)
    roll = (random.random((30, pitches)) < 0.5).astype(np.uint8)
    onsets = roll & (random.random(roll.shape) < 0.5)
    # A transposed array has another memory order.
    for tune in (Tune(roll, "made", config, onsets), Tune(roll.T.copy().T, "made", config, onsets.astype(float))):
        np.testing.assert_array_equal(tune.roll, roll, strict=True)
        np.testing.assert_array_equal(tune.onsets, onsets, strict=True)
        assert tune.packed_onsets is not None
        for packed in (tune.packed, tune.packed_onsets):
            assert packed.shape == (30, -(-pitches // 8))
            assert packed.dtype == np.uint8
            assert packed.flags.c_contiguous
        part = tune.part(3, 20)
        np.testing.assert_array_equal(part.roll, roll[3:20])
        assert part.onsets is not None
        np.testing.assert_array_equal(part.onsets[1:], onsets[4:20])
        assert part.packed.base is None
    assert Tune(roll, config=config).onsets is None
    assert len(Tune(roll[:0], config=config)) == 0


def test_changing_a_returned_roll_does_not_change_the_tune() -> None:
    tune = Tune(np.eye(88))
    tune.roll[:] = 0
    assert tune.roll.sum() == 88
    with pytest.raises(AttributeError):
        tune.roll = np.eye(88)  # type: ignore[misc, assignment]


def test_part_restarts_cut_notes_and_must_be_inside() -> None:
    roll = np.zeros((10, 88))
    roll[2:8, 40] = 1
    onsets = np.zeros_like(roll)
    onsets[2, 40] = 1
    part = Tune(roll, onsets=onsets).part(4, 10)
    assert find_notes(part).tolist() == [[0, 4, 61]]
    for start, stop in ((0, 11), (-1, 5), (5, 5), (7, 3)):
        with pytest.raises(MidiError, match=r"within the 10 steps"):
            Tune(roll).part(start, stop)


def test_score_is_sorted_and_has_beats_and_seconds(tmp_path: Path) -> None:
    score = read_score(write_notes(tmp_path / "a.mid", (1, 2, 64), (0, 1, 67), (0, 1, 60), tempo=60))
    assert score.pitches.tolist() == [60, 67, 64]
    np.testing.assert_allclose(score.beats, score.seconds, atol=1e-3)
    assert len(quantise(score, RollConfig(step=1))) == 2


def test_real_pieces_round_trip(tmp_path: Path) -> None:
    for path in sorted((Path(__file__).parents[2] / "assets" / "pieces").glob("*.mid"))[:3]:
        tune = read_midi(path)
        write_midi(tune, tmp_path / "a.mid")
        np.testing.assert_array_equal(read_midi(tmp_path / "a.mid").roll, tune.roll)


def test_truncated_file_without_notes_is_refused_as_damaged(tmp_path: Path) -> None:
    path = write_notes(tmp_path / "a.mid", (0, 1, 60), (1, 2, 62))
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\x90")])
    with pytest.raises(MidiError, match=r"a\.mid has no notes in its readable part"):
        read_midi(path)


def test_very_long_tune_round_trips(tmp_path: Path) -> None:
    roll = np.zeros((30_000, 88), np.uint8)
    roll[np.arange(30_000), np.arange(30_000) % 88] = 1
    write_midi(Tune(roll), tmp_path / "long.mid")
    np.testing.assert_array_equal(read_midi(tmp_path / "long.mid").roll, roll)


def make_score(*notes: tuple[int, int, int, int], length: int = 0) -> Score:
    """Make a score of notes, each start, end, pitch and velocity, with four ticks per beat."""
    table = np.array(notes)
    return Score("made", 4, Notes.of(table[:, :2], table[:, 2], table[:, 3]), length=length)


def test_velocities_are_kept_for_each_note() -> None:
    roll = np.zeros((4, 88), np.uint8)
    roll[0:3, 5], roll[1:4, 2] = 1, 1
    onsets, velocities = np.zeros_like(roll), np.zeros_like(roll)
    for (step, column), velocity in {(0, 5): 9, (1, 2): 127, (2, 5): 1}.items():
        onsets[step, column], velocities[step, column] = 1, velocity
    tune = Tune(roll, onsets=onsets, velocities=velocities.tolist())
    np.testing.assert_array_equal(tune.velocities, velocities, strict=True)
    assert tune.packed_velocities is not None
    assert tune.packed_velocities.tolist() == [9, 127, 1]  # as `find_notes` lists them
    assert find_notes(tune)[:, 0].tolist() == [0, 1, 2]
    assert Tune(roll).velocities is None
    merged = np.where(np.diff(roll, axis=0, prepend=0) == 1, 30, 0)
    np.testing.assert_array_equal(Tune(roll, velocities=merged).velocities, merged)  # where each run of ones begins
    for wrong in (velocities[:3], onsets * 128, velocities + 0.5 * onsets, velocities * [[1], [0], [1], [1]], merged):
        with pytest.raises(MidiError, match="velocities must"):
            Tune(roll, onsets=onsets, velocities=wrong)


@settings(max_examples=40)
@given(tune=tunes(), data=st.data())
def test_parts_keep_the_velocities_of_their_notes(tune: Tune, data: st.DataObject) -> None:
    notes = find_notes(tune)
    loudness = notes[:, 0] * 31 % 127 + 1
    velocities = np.zeros(tune.roll.shape, int)
    velocities[notes[:, 0], notes[:, 2] - tune.config.lowest] = loudness
    tune = Tune(tune.roll, config=tune.config, onsets=tune.onsets, velocities=velocities, damaged=True)
    start = data.draw(st.integers(0, len(tune) - 1))
    part = tune.part(start, data.draw(st.integers(start + 1, len(tune))))
    assert part.packed_velocities is not None
    assert part.damaged
    begins = dict(zip(map(tuple, notes[:, [0, 2]].tolist()), loudness.tolist(), strict=True))
    for (first, _, pitch), velocity in zip(find_notes(part).tolist(), part.packed_velocities.tolist(), strict=True):
        cut = [at for at, end, which in notes.tolist() if which == pitch and at < start < end] if first == 0 else []
        assert velocity == begins[cut[0] if cut else first + start, pitch]


def test_appended_notes_are_as_loud_as_those_before() -> None:
    score = make_score((0, 4, 60, 20), (0, 8, 62, 50), (4, 8, 64, 70))
    tune = quantise(score, RollConfig(step=1, unit="beats"))
    more = np.zeros((2, 88))
    more[0, 62 - 21] = more[1, 70 - 21] = 1  # the first is held over the seam
    longer = tune.followed_by(more, "longer")
    assert longer.packed_velocities is not None
    assert longer.packed_velocities.tolist() == [20, 50, 70, 50]
    assert find_notes(longer).tolist() == [[0, 1, 60], [0, 3, 62], [1, 2, 64], [3, 4, 70]]
    silent = Tune(np.zeros((1, 88)), velocities=np.zeros((1, 88))).followed_by(more, "from silence")
    assert silent.packed_velocities is not None
    assert silent.packed_velocities.tolist() == [80, 80]
    assert Tune(more).followed_by(more, "without").velocities is None


def test_loudest_of_merged_notes_is_kept() -> None:
    score = make_score((0, 2, 60, 30), (0, 4, 60, 90), (1, 2, 60, 50), (4, 5, 60, 10), (4, 5, 10, 100))
    tune = quantise(score, RollConfig(step=1, unit="beats"))
    assert find_notes(tune).tolist() == [[0, 1, 60], [1, 2, 60]]
    assert tune.packed_velocities is not None
    assert tune.packed_velocities.tolist() == [90, 10]
    assert not tune.damaged
    assert quantise(replace(score, damaged=True), tune.config).damaged


def test_rests_at_the_end_are_kept() -> None:
    grid = RollConfig(step=1, unit="beats")
    for length, steps in ((0, 1), (4, 1), (5, 1), (6, 2), (40, 10)):
        tune = quantise(make_score((0, 4, 60, 80), length=length), grid)
        assert (len(tune), find_notes(tune).tolist()) == (steps, [[0, 1, 60]])
    assert len(quantise(make_score((0, 4, 60, 80), length=40), RollConfig(step=0.25))) == 20
    endless = make_score((0, 4, 60, 80), length=2**60)
    assert len(quantise(endless, grid)) == MAX_STEPS
    with pytest.raises(MidiError, match="very long pause"):
        quantise(make_score((0, 2**60, 60, 80)), grid)


def test_damage_is_warned_of_where_the_file_is_read(tmp_path: Path) -> None:
    path = write_notes(tmp_path / "cut.mid", (0, 1, 60), (1, 2, 62), (2, 3, 64))
    assert not read_midi(path).damaged
    path.write_bytes(path.read_bytes()[:-10])
    for read in (read_midi, read_score):
        with pytest.warns(DamageWarning, match=r"cut\.mid") as caught:
            assert read(path).damaged
        assert [warning.filename for warning in caught] == [__file__]
