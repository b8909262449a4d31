"""Players without a sound card: what all have in common, and the silent one."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import mido
import numpy as np
import pytest

from lstmmusic.errors import ConfigError, PlaybackError
from lstmmusic.sound.player import NullPlayer
from lstmmusic.sound.timeline import TimedTune, encode_midi, make_passage, note_events
from tests.ears import make_tune
from tests.processes import run_python
from tests.studios import Recorder


def test_missing_sound_card_is_reported() -> None:
    code = "from lstmmusic import open_player; p = open_player(); print(type(p).__name__, p.description, p.playing)"
    done = run_python("-c", code, SDL_AUDIODRIVER="nonsense")
    assert done.stdout.startswith("NullPlayer this machine has no sound card that pygame can use (")
    assert done.stdout.strip().endswith("False")
    assert done.stderr == ""


def test_playing_changes_neither_the_environment_nor_what_the_process_prints() -> None:
    code = """
import os
from pathlib import Path
from lstmmusic import PygamePlayer
from lstmmusic.errors import PlaybackError
from lstmmusic.sound import sdl
from tests.ears import make_tune
player = PygamePlayer()
before, os.dup2 = dict(os.environ), None
for _ in range(2):
    player.play(make_tune((0, 40, 60), steps=40))
player.speed = 2
assert player.playing and os.environ == before
try:
    empty = bytes.fromhex("4d546864000000060000000101004d54726b0000000400ff2f00")
    sdl.load(sdl.import_mixer(), empty, Path("missing.sf2"))
except PlaybackError as error:
    print(error)
"""
    done = run_python("-c", code, SDL_AUDIODRIVER="dummy")
    assert done.stderr == ""
    assert done.stdout == "the synth cannot read the SoundFont missing.sf2; choose another\n"


def test_opening_sound_and_midi_devices_prints_nothing() -> None:
    code = "from lstmmusic import open_player; from lstmmusic.sound.midi_player import list_midi_devices as devices; "
    code += "devices(); open_player().close(); devices()"
    environment = {name: value for name, value in os.environ.items() if name != "SDL_AUDIODRIVER"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_null_player_does_nothing() -> None:
    player = NullPlayer("silent for a test")
    player.play(make_tune((0, 1, 60), steps=1))
    player.pause()
    player.resume()
    player.stop()
    player.close()
    assert (player.playing, player.position, player.description) == (False, 0, "silent for a test")


@pytest.mark.parametrize("player", [NullPlayer(), Recorder()])
def test_invalid_values_are_refused_and_the_settings_kept(player):
    player.loop = (1, 2)
    for name, value in (
        *(("speed", 0.2), ("speed", 4.1), ("volume", -0.1), ("volume", 1.1), ("instrument", 128)),
        *(("loop", (1,)), ("loop", (1, 1.01)), ("loop", (-1, 1)), ("loop", (1, float("inf"))), ("loop", (3, 2))),
    ):
        with pytest.raises(ConfigError, match=f"{name} is"):
            setattr(player, name, value)
    with pytest.raises(ConfigError, match="velocity is"):
        player.play(make_tune((0, 1, 60), steps=1), velocity=0)
    assert (player.speed, player.volume, player.instrument, player.loop) == (1, 1, 0, (1, 2))


@pytest.mark.parametrize("player", [NullPlayer(), Recorder()])
def test_tune_without_steps_is_refused_and_a_silent_one_reported(player):
    with pytest.raises(PlaybackError, match="has no steps, so there is nothing to play; choose or make another"):
        player.play(make_tune(steps=0))
    assert not player.playing
    player.play(make_tune(steps=4))
    assert player.problem == "no note sounds from here to the end"
    player.play(make_tune((0, 1, 60), steps=4))
    assert player.problem == ""


def test_tune_that_cannot_continue_stops():
    player = Recorder()
    player.play(make_tune((0, 8, 60), steps=8))
    player.refusal = "the cable is out"
    with pytest.raises(PlaybackError, match="cable"):
        player.seek(1)
    assert (player.playing, player.sounding) == (False, False)


def test_note_of_no_length_is_not_played():
    tune = TimedTune([(0, 1, 60), (1, 1, 62), (1, 2, 64)], 2)
    assert note_events(make_passage(tune)).tolist() == [[0, 60, 80], [1, 60, 0], [1, 64, 80], [2, 64, 0]]


def test_key_is_up_for_a_moment_before_it_is_struck_again():
    tune = TimedTune(
        [(0, 1, 60), (1, 3, 60), (1, 1.5, 60), (2, 2.02, 60), (2.02, 3, 60), (2.5, 2.6, 60), (0, 3, 62)], 3
    )
    ends = [0.97, 3, 1.97, 1.5, 2.01, 2.47, 2.6]
    passage = make_passage(tune)
    np.testing.assert_allclose(passage.notes[:, 1], ends, atol=1e-6)
    # The pause lasts as long at any speed, and is there where a loop starts again.
    np.testing.assert_allclose(make_passage(tune, speed=2).notes[:4, 1], [0.47, 1.5, 0.97, 0.75], atol=1e-6)
    looped = make_passage(TimedTune([(0, 1, 60)], 1), loop=(0, 1))
    np.testing.assert_allclose(looped.notes[:2, :2], [[0, 0.97], [1, 1.97]], atol=1e-6)


@pytest.mark.parametrize(("step", "speed"), [(0.05, 1), (0.05, 4), (0.01, 4)])
def test_synth_gets_the_end_of_a_note_before_the_next_at_the_fastest_steps(step, speed):
    tune = TimedTune([(strike * step, (strike + 1) * step, 60) for strike in range(5)], 5 * step)
    midi = mido.MidiFile(file=io.BytesIO(encode_midi(make_passage(tune, speed=speed), program=0)))
    notes = [(message.velocity, message.time) for message in midi.tracks[0] if message.type == "note_on"]
    assert [velocity for velocity, _ in notes] == [80, 0] * 5
    assert all(ticks > 0 for _, ticks in notes[1:])
