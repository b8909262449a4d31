"""WAV files: rendered by FluidSynth, and mixed from samples as without it."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.errors import PlaybackError
from lstmmusic.music.expression import Expression
from lstmmusic.music.roll import Tune
from lstmmusic.sound.fluidsynth import RELEASE
from lstmmusic.sound.render import render_wav
from lstmmusic.sound.soundfont import find_soundfont, read_instrument
from lstmmusic.sound.vorbis import decode
from tests.ears import RATE, attacks, cents, level, make_tune, onsets, rise, strength
from tests.fonts import make_tone


def read_wav(path: Path) -> NDArray[np.float64]:
    return read_channels(path).mean(1)


def read_channels(path: Path) -> NDArray[np.float64]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 2, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    return samples / 32768


@pytest.fixture(params=["FluidSynth", "mixing"])
def renderer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Either renderer: SDL_mixer can disable FluidSynth."""
    if request.param == "mixing":
        for name in ("FLUIDSYNTH", "TIMIDITY"):
            monkeypatch.setenv(f"SDL_MIXER_DISABLE_{name}", "1")
    return request.param


@pytest.mark.usefixtures("renderer")
def test_wav_has_each_note_at_its_time_and_pitch(tmp_path: Path) -> None:
    tune = make_tune((0, 2, 60), (6, 8, 72), (12, 14, 69), steps=15)
    assert render_wav(tune, tmp_path / "tune.wav", normalise=False) == ""
    sound = read_wav(tmp_path / "tune.wav")
    assert len(sound) == round((3.75 + RELEASE) * RATE)
    assert onsets(sound) == pytest.approx([0, 1.5, 3], abs=0.03)
    for start, pitch in ((0.0, 60), (1.5, 72), (3.0, 69)):
        assert strength(sound, start + 0.02, pitch) > 0.3
        assert strength(sound, start + 0.02, pitch + 1) < 0.05
        assert level(sound, start + 0.05, start + 0.4) > 0.01
        assert level(sound, start + 1.2, start + 1.45) < 0.01 * level(sound, start, start + 0.4)


def test_both_renderers_are_equally_loud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tune = make_tune(*((2 * number, 2 * number + 2, 36 + 12 * number) for number in range(5)), steps=10)
    levels = []
    for _ in range(2):
        render_wav(tune, tmp_path / "tune.wav", normalise=False)
        sound = read_wav(tmp_path / "tune.wav")
        levels.append([level(sound, number / 2, number / 2 + 0.4) for number in range(5)])
        monkeypatch.setenv("SDL_MIXER_DISABLE_FLUIDSYNTH", "1")
        monkeypatch.setenv("SDL_MIXER_DISABLE_TIMIDITY", "1")
    assert levels[0] != levels[1]
    np.testing.assert_allclose(np.log2(levels[0]), np.log2(levels[1]), atol=1)


@pytest.mark.usefixtures("renderer")
def test_level_is_normalised_or_left(tmp_path: Path) -> None:
    tune = make_tune((0, 2, 60), (2, 4, 76), steps=4)
    sounds = []
    for normalise in (True, False):
        render_wav(tune, tmp_path / "tune.wav", velocity=40, normalise=normalise)
        sounds.append(read_channels(tmp_path / "tune.wav"))
    peaks = [20 * np.log10(np.abs(sound).max()) for sound in sounds]
    assert peaks[0] == pytest.approx(-1, abs=0.01)
    assert peaks[1] == pytest.approx(-32, abs=3)  # as it is played
    # Between the two, nothing but the level differs: up to the noise of 16 bits, and of FluidSynth, which is random.
    noise = sounds[0] - sounds[1] * 10 ** ((peaks[0] - peaks[1]) / 20)
    assert np.sqrt(np.mean(noise**2)) < 3 / 32768 * 10 ** ((peaks[0] - peaks[1]) / 20)


@pytest.mark.usefixtures("renderer")
@pytest.mark.parametrize("normalise", [True, False])
def test_all_keys_at_once_do_not_clip(tmp_path: Path, normalise: bool) -> None:
    tune = make_tune(*((0, 4, pitch) for pitch in range(21, 109)), steps=4)
    render_wav(tune, tmp_path / "tune.wav", velocity=127, normalise=normalise)
    sound = read_wav(tmp_path / "tune.wav")
    assert 0.3 < np.abs(sound).max() < 1
    most = np.abs(sound).max()
    assert np.count_nonzero(np.abs(sound) == most) < 3  # clipped samples would repeat the peak


@pytest.mark.usefixtures("renderer")
def test_other_soundfont_is_rendered_and_silent_notes_are_reported(tmp_path: Path) -> None:
    (tmp_path / "tone.sf2").write_bytes(make_tone([("piano", 0, 0)]))
    tune = make_tune((0, 4, 69), (4, 8, 100), steps=8)
    problem = render_wav(tune, tmp_path / "tune.wav", soundfont=tmp_path / "tone.sf2")
    assert problem == "1 note stays silent: piano has no sound for it, only for pitches 60 to 80"
    sound = read_wav(tmp_path / "tune.wav")
    assert strength(sound, 0.2, 69) > 0.99
    assert level(sound, 1.7, 2.0) < 0.01 * level(sound, 0.5, 1.0)


def test_lack_of_space_for_temporary_files_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(PlaybackError, match=r"temporary files \(No such file or directory\); free some space"):
        decode(read_instrument(find_soundfont()).samples)


def test_undecodable_vorbis_is_reported_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = bytearray(find_soundfont().read_bytes())
    start = damaged.index(b"OggS")
    damaged[start + 20 : start + 4000] = bytes(3980)
    (tmp_path / "damaged.sf3").write_bytes(damaged)
    monkeypatch.setenv("SDL_MIXER_DISABLE_FLUIDSYNTH", "1")
    with pytest.raises(PlaybackError, match=r"cannot decode the compressed samples .* choose an SF2 file"):
        render_wav(make_tune((0, 1, 21), steps=1), tmp_path / "tune.wav", soundfont=tmp_path / "damaged.sf3")
    assert not (tmp_path / "tune.wav").exists()


@pytest.mark.usefixtures("renderer")
def test_keys_from_the_middle_up_are_in_tune(tmp_path: Path) -> None:
    pitches = range(60, 109)
    tune = make_tune(*((3 * place, 3 * place + 2, pitch) for place, pitch in enumerate(pitches)), steps=150)
    render_wav(tune, tmp_path / "tune.wav")
    sound = read_wav(tmp_path / "tune.wav")
    errors = [cents(sound, 0.75 * place + 0.01, pitch) for place, pitch in enumerate(pitches)]
    np.testing.assert_allclose(errors, 0, atol=5)


@pytest.mark.usefixtures("renderer")
@pytest.mark.parametrize(("step", "louder"), [(0.25, 5), (0.05, 1), (0.025, 0)])
def test_note_that_is_struck_again_is_two_attacks(tmp_path: Path, step: float, louder: float) -> None:
    pitches, second = (48, 60, 84, 108), round(1 / step)
    sounds = np.zeros((2 * second * len(pitches), 61), np.uint8)
    begins = sounds.copy()
    for number, pitch in enumerate(pitches):
        for start, struck in ((2 * number * second, (0, 1)), ((2 * number + 1) * second, (0,))):
            sounds[start : start + 2, pitch - 48] = 1
            begins[[start + place for place in struck], pitch - 48] = 1
    render_wav(Tune(sounds, config=RollConfig(step=step, lowest=48, highest=108), onsets=begins), tmp_path / "tune.wav")
    sound = np.pad(read_wav(tmp_path / "tune.wav"), (RATE // 10, 0))
    for number, pitch in enumerate(pitches):
        part = sound[2 * number * RATE :][: 2 * RATE]
        expected = [0.1, 0.1 + step, 1.1]  # what is held as long as the two is one
        np.testing.assert_allclose(attacks(part, 0.8 * step), expected, atol=0.012, err_msg=f"pitch {pitch}")
        assert rise(part, expected[1]) > louder


@pytest.mark.usefixtures("renderer")
def test_silent_tune_is_silent(tmp_path: Path) -> None:
    render_wav(make_tune(steps=4), tmp_path / "tune.wav")
    assert np.abs(read_wav(tmp_path / "tune.wav")).max() < 0.001
    with pytest.raises(PlaybackError, match="has no steps"):
        render_wav(make_tune(steps=0), tmp_path / "none.wav")


@pytest.mark.usefixtures("renderer")
def test_velocity_and_tempo_change_loudness_and_length(tmp_path: Path) -> None:
    tune = Tune(make_tune((0, 2, 60), steps=2).roll, config=RollConfig(step=1, unit="beats", lowest=21, highest=115))
    sounds = []
    for velocity, tempo in ((30, 120), (120, 120), (120, 240)):
        render_wav(tune, tmp_path / "tune.wav", velocity=velocity, tempo=tempo, normalise=False)
        sounds.append(read_wav(tmp_path / "tune.wav"))
    assert level(sounds[1], 0, 0.5) > 3 * level(sounds[0], 0, 0.5)
    assert len(sounds[1]) - len(sounds[2]) == pytest.approx(0.5 * RATE, abs=2)


@pytest.mark.usefixtures("renderer")
def test_velocities_of_a_tune_are_heard(tmp_path: Path) -> None:
    config = RollConfig(step=1, lowest=60, highest=60)
    tune = Tune([[1], [1]], config=config, onsets=[[1], [1]], velocities=[[30], [120]])
    render_wav(tune, tmp_path / "tune.wav", normalise=False)
    sound = read_wav(tmp_path / "tune.wav")
    quiet, loud = level(sound, 0, 0.5), level(sound, 1, 1.5)
    assert loud > 3 * quiet
    render_wav(tune, tmp_path / "tune.wav", velocity=40, normalise=False)
    assert level(read_wav(tmp_path / "tune.wav"), 1, 1.5) < 0.5 * loud
    render_wav(tune, tmp_path / "tune.wav", flat=True, normalise=False)
    sound = read_wav(tmp_path / "tune.wav")
    assert level(sound, 1, 1.5) == pytest.approx(level(sound, 0, 0.5), rel=0.2)


@pytest.mark.usefixtures("renderer")
def test_wav_follows_a_tempo_curve_and_a_pedal(tmp_path: Path) -> None:
    config = RollConfig(step=0.5, unit="beats", lowest=21, highest=115)
    roll = np.zeros((12, config.pitches), np.uint8)
    roll[::3, 72 - 21] = 1
    tune = Tune(roll, config=config)
    slowing = Expression([(0, 120), (3, 60), (7.5, 30)], [(0.25, 3)])
    render_wav(tune, tmp_path / "tune.wav", normalise=False, expression=slowing)
    sound = read_wav(tmp_path / "tune.wav")
    assert attacks(sound, 0.4) == pytest.approx([0, 0.75, 2.25, 4.5], abs=0.03)
    assert len(sound) == round((0.75 + 4.5 * 0.5 + 4.5 + RELEASE) * RATE)
    assert level(sound, 0.55, 0.7) > 10 * level(sound, 1.55, 2.2)  # the first note is held by the pedal
