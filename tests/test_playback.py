from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.errors import PlaybackError
from lstmmusic.pianoroll import Tune, write_midi
from lstmmusic.playback import NullPlayer, PygamePlayer
from lstmmusic.soundfont import find_soundfont
from lstmmusic.synth import RELEASE, SAMPLE_RATE, duration, render_wav

PLAYED = """
import sys, threading
from lstmmusic import PygamePlayer, read_midi
player = PygamePlayer()
player.play(read_midi(sys.argv[1]))
assert player.playing
threading.Event().wait(1.5)
assert player.position > 0.5
player.pause(); player.resume(); player.stop()
assert not player.playing
player.close(); player.close()
try:
    player.play(read_midi(sys.argv[1]))
except Exception as error:
    print(error)
"""


def make_tune(*notes: tuple[int, int, int], steps: int) -> Tune:
    roll = np.zeros((steps, 88), np.uint8)
    for first, last, pitch in notes:
        roll[first:last, pitch - 21] = 1
    return Tune(roll, config=RollConfig(step=0.25))


def read_wav(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (SAMPLE_RATE, 2, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    return samples.mean(1) / 32768


def level(sound: NDArray[np.float64], start: float, stop: float) -> float:
    part = sound[int(start * SAMPLE_RATE) : int(stop * SAMPLE_RATE)]
    return float(np.sqrt(np.mean(part**2)))


def strength(sound: NDArray[np.float64], start: float, pitch: int) -> float:
    """Share of the energy of a third of a second within a quarter tone of a pitch."""
    part = sound[int(start * SAMPLE_RATE) :][: SAMPLE_RATE // 3]
    energy = np.abs(np.fft.rfft(part * np.hanning(len(part)), 1 << 17)) ** 2
    frequency = np.fft.rfftfreq(1 << 17, 1 / SAMPLE_RATE)
    wanted = 440 * 2 ** ((pitch - 69) / 12)
    near = np.abs(np.log2(np.maximum(frequency, 1) / wanted)) < 1 / 24
    return float(energy[near].sum() / energy.sum())


def test_wav_has_each_note_at_its_time_and_pitch(tmp_path: Path) -> None:
    tune = make_tune((0, 2, 60), (4, 6, 72), (8, 10, 69), steps=10)
    render_wav(tune, tmp_path / "tune.wav")
    sound = read_wav(tmp_path / "tune.wav")
    assert len(sound) == round((2.5 + RELEASE) * SAMPLE_RATE)
    assert np.abs(sound).max() < 1
    for start, pitch in ((0.0, 60), (1.0, 72), (2.0, 69)):
        onset = int(start * SAMPLE_RATE) + np.argmax(np.abs(sound[int(start * SAMPLE_RATE) :]) > 0.005)
        # 30 ms is what ears forgive; the synth needs half of it for a buffer.
        assert 0 <= onset / SAMPLE_RATE - start < 0.03
        assert strength(sound, start + 0.02, pitch) > 0.3
        assert strength(sound, start + 0.02, pitch + 1) < 0.05
        assert level(sound, start + 0.05, start + 0.4) > 0.01
    assert level(sound, 2.5 + RELEASE - 0.2, 2.5 + RELEASE) < 0.01 * level(sound, 2.0, 2.5)


def test_silent_tune_is_silent(tmp_path: Path) -> None:
    render_wav(make_tune(steps=4), tmp_path / "tune.wav")
    assert np.abs(read_wav(tmp_path / "tune.wav")).max() < 0.001
    assert duration(make_tune(steps=4)) == 0


def test_louder_is_louder_and_faster_is_shorter(tmp_path: Path) -> None:
    tune = Tune(make_tune((0, 2, 60), steps=2).roll, config=RollConfig(step=1, unit="beats"))
    sounds = []
    for velocity, tempo in ((30, 120), (120, 120), (120, 240)):
        render_wav(tune, tmp_path / "tune.wav", velocity=velocity, tempo=tempo)
        sounds.append(read_wav(tmp_path / "tune.wav"))
    assert level(sounds[1], 0, 0.5) > 3 * level(sounds[0], 0, 0.5)
    assert len(sounds[1]) - len(sounds[2]) == pytest.approx(0.5 * SAMPLE_RATE, abs=2)


def test_what_is_no_soundfont_is_refused(tmp_path: Path) -> None:
    (tmp_path / "font.sf2").write_bytes(b"RIFFxxxxWAVEfmt ")
    with pytest.raises(PlaybackError, match=r"font\.sf2 is no SoundFont"):
        render_wav(make_tune((0, 1, 60), steps=1), tmp_path / "tune.wav", soundfont=tmp_path / "font.sf2")
    with pytest.raises(PlaybackError, match="is not there"):
        PygamePlayer(tmp_path / "missing.sf2")
    assert find_soundfont().read_bytes()[8:12] == b"sfbk"


def test_pygame_player_plays_what_it_is_given(tmp_path: Path) -> None:
    write_midi(make_tune((0, 8, 69), steps=8), tmp_path / "tune.mid")
    raw = tmp_path / "sound.raw"
    environment = os.environ | {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(raw)}
    done = subprocess.run(
        [sys.executable, "-c", PLAYED, str(tmp_path / "tune.mid")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "closed" in done.stdout
    sound = np.fromfile(raw, np.int16).reshape(-1, 2).mean(1) / 32768
    start = int(np.argmax(np.abs(sound) > 0.005)) / SAMPLE_RATE
    assert strength(sound, start, 69) > 0.3


def test_machine_without_a_sound_card_says_so() -> None:
    code = "from lstmmusic import open_player; p = open_player(); print(type(p).__name__, p.description, p.playing)"
    environment = {**os.environ, "SDL_AUDIODRIVER": "nonsense"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("NullPlayer this machine has no sound card that pygame can use (")
    assert done.stdout.strip().endswith("False")
    assert done.stderr == ""


def test_null_player_does_nothing() -> None:
    player = NullPlayer("the test wants none")
    player.play(make_tune((0, 1, 60), steps=1))
    player.pause()
    player.resume()
    player.stop()
    player.close()
    assert (player.playing, player.position, player.description) == (False, 0, "the test wants none")
