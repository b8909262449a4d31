"""The tempo of a piece and the pedal in the studio: offered where there are any, heard, followed and saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.music.formats.midi_writer import write_score
from lstmmusic.music.formats.reading import read_score
from lstmmusic.music.playing import write_midi
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.score import Notes, Score
from lstmmusic.studio import Studio
from lstmmusic.studio.expression import ExpressionChoice, Piece
from lstmmusic.studio.listening.originals import Original
from lstmmusic.studio.listening.takes import Request
from tests.studios import Recorder, finish_run, load_music, settle, until

BEATS = RollConfig(step=0.25, unit="beats")
NETWORK = NetworkConfig(strikes=True, velocities=False)
TEMPI = np.array([[0, 1_000_000], [960, 500_000]])
PEDAL = np.array([[0, 0, 900]])
NOTES = Notes.of([(480 * beat, 480 * beat + 480) for beat in range(6)], range(60, 66))
SONG = Notes.of([(240 * step, 240 * step + 240) for step in range(24)], [60 + step % 7 for step in range(24)])
PIECE = Piece(Score("piece", 480, NOTES, tempi=TEMPI, pedal=PEDAL), 4)
PLAIN = Piece(Score("plain", 480, NOTES), 0)


def offered(menu) -> list[str]:
    return [value for _, value in menu.options]


def test_only_what_a_piece_has_is_offered() -> None:
    laid = ExpressionChoice()
    assert (laid.tempo.value, laid.pedal.value) == ("strict", "none")
    laid.offer(PIECE, BEATS, NETWORK)
    assert (offered(laid.tempo), offered(laid.pedal)) == (["strict", "piece"], ["none", "bass", "piece"])
    laid.tempo.value = laid.pedal.value = "piece"
    laid.offer(PIECE._replace(start=0), BEATS, NETWORK)
    assert (laid.tempo.value, laid.pedal.value) == ("piece", "piece")
    assert laid.words.value == ("The network learns notes, strikes and ends. Tempo and pedal are laid on afterwards.")
    assert laid.tempo.layout.display is None
    laid.offer(PIECE, RollConfig(), NETWORK)
    assert (offered(laid.tempo), laid.tempo.value, laid.pedal.value) == (["strict"], "strict", "piece")
    assert laid.words.value == (
        "The network learns notes, strikes, ends and timing. Only the pedal is laid on afterwards."
    )
    assert laid.tempo.layout.display == "none"
    for piece in (PLAIN, None):
        laid.offer(piece, BEATS, NETWORK)
        assert (offered(laid.tempo), offered(laid.pedal)) == (["strict"], ["none", "bass"])
        assert (laid.tempo.value, laid.pedal.value) == ("strict", "none")


def test_takes_know_the_piece_of_their_primer_and_where_it_was_cut() -> None:
    original = Original(quantise(PIECE.score, BEATS), lambda: PIECE.score)
    request = Request(None, "", False, None, original, (8, 16), BEATS, (), 8, 1, {})
    found = request.piece_on(RollConfig(step=0.5, unit="beats"))
    assert found is not None
    assert (found.score, found.start) == (PIECE.score, 4)
    assert Original(original.tune).score() is None


def test_playhead_sound_and_file_follow_the_piece(studio: Studio, player: Recorder, tmp_path: Path) -> None:
    sound = studio.sound
    take = studio.listening.take
    roll = np.zeros((16, 88), np.uint8)
    roll[::4, 40] = 1
    take = replace(take, tune=Tune(roll, "made", BEATS), primer_steps=4)
    sound.expression.offer(PIECE, BEATS, NETWORK)
    sound.expression.tempo.value = sound.expression.pedal.value = "piece"
    sound.play_takes([take], 0, [studio.listening.roll], piece=PIECE)
    assert studio.listening.roll.tempo_map[:2] == [(0, 0.25), (4, 0.125)]
    timed = player.tunes[-1]
    assert timed.table[:3, 0].tolist() == [0, 1, 1.5]
    assert timed.primer_end == 1
    assert timed.table[0, 1] == pytest.approx(0.875)  # the pedal rises there
    written = sound.expression.lay(take.tune, PIECE)
    write_midi(take.tune, tmp_path / "take.mid", **sound.manner, expression=written)
    assert read_score(tmp_path / "take.mid").tempi[:2].tolist() == [[0, 1_000_000], [960, 500_000]]
    sound.stop()


def test_copied_code_makes_the_file_that_listening_saves(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    music, sound, listening = studio.music, studio.sound, studio.listening
    write_score(replace(PIECE.score, notes=SONG), Path(music.choice.folder.value, "a piece.mid"))
    music.grid.unit.value, music.grid.step.value = "beats", 0.5
    load_music(studio)
    settle(studio)
    finish_run(studio)
    originals = dict(listening.primer.menu.options)
    listening.primer.menu.value = next(each for name, each in originals.items() if name.startswith("a piece"))
    listening.primer.roll.selection = (1, 9)
    settle(studio)
    sound.expression.tempo.value = sound.expression.pedal.value = "piece"
    sound.velocity.value, listening.sampling.temperature.value = 70, 1.2
    settle(studio)
    listening.exports.save("MIDI")
    saved = tmp_path / "tunes"
    until(lambda: list(saved.glob("*.mid")), studio)
    (file,) = saved.glob("*.mid")
    assert len(read_score(file).tempi) > 1
    studio.runs.open()
    monkeypatch.chdir(tmp_path)
    exec(compile(studio.runs.code.code, "code", "exec"), {})
    (again,) = (tmp_path / "runs").glob("* again/takes/tune.mid")
    assert again.read_bytes() == file.read_bytes()
