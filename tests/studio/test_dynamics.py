"""Velocities in the studio: played and saved as they are in a tune, or flat."""

from __future__ import annotations

import csv
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.music.roll import Tune, find_notes, read_midi
from lstmmusic.studio import Studio
from lstmmusic.studio.listening.takes import Growth
from lstmmusic.studio.sound import CARD, PAGE
from tests.ears import RATE, attacks, level
from tests.studios import Recorder, message, until

VELOCITIES = [110, 64, 95, 80]


@pytest.fixture
def struck(studio: Studio) -> Tune:
    """Let the take be a key that is struck four times, a second apart, louder and softer."""
    config = RollConfig(step=0.5)
    velocities = np.zeros((8, config.pitches), np.uint8)
    velocities[::2, 60 - config.lowest] = VELOCITIES
    onsets = velocities > 0
    tune = Tune(onsets | np.roll(onsets, 1, axis=0), "strikes", config, onsets, velocities)
    made = studio.listening.made
    take = replace(studio.listening.take, tune=tune, primer_steps=2, probabilities=tune.roll.astype(np.float32))
    take = replace(take, uniforms=take.probabilities[2:])

    def grow() -> Growth:
        yield from ()
        return replace(made, takes=(take,), depths=(0,), findings=(None,))

    studio.listening.making.ask(made.request, grow)
    until(lambda: studio.listening.take is take, studio)
    return tune


def save(studio: Studio, form: str, folder: Path) -> Path:
    studio.listening.exports.buttons[form].click()
    until(lambda: "Saved" in message(studio), studio)
    (path,) = (folder / "tunes").iterdir()
    return path.rename(folder / path.name)


def test_strikes_and_velocities_survive_each_download(studio: Studio, struck: Tune, tmp_path: Path) -> None:
    read = read_midi(save(studio, "MIDI", tmp_path), struck.config)
    np.testing.assert_array_equal(find_notes(read), find_notes(struck))
    assert read.packed_velocities.tolist() == VELOCITIES
    with save(studio, "CSV", tmp_path).open(encoding="utf-8", newline="") as file:
        rows = [[int(row[name]) for name in ("start step", "pitch", "velocity")] for row in csv.DictReader(file)]
    assert rows == [[step, 60, velocity] for step, velocity in zip(range(0, 8, 2), VELOCITIES, strict=True)]
    sound = read_wav(save(studio, "WAV", tmp_path))
    np.testing.assert_allclose(attacks(sound, 0.5), range(4), atol=0.02)
    heard = [level(sound, second, second + 0.5) for second in range(4)]
    assert np.argsort(heard).tolist() == np.argsort(VELOCITIES).tolist()


def test_flat_dynamics_are_heard_and_saved_everywhere(
    studio: Studio, player: Recorder, struck: Tune, tmp_path: Path
) -> None:
    sound = studio.sound
    sound.dynamics.value, sound.velocity.value = True, 70
    assert read_midi(save(studio, "MIDI", tmp_path), struck.config).packed_velocities.tolist() == [70] * 4
    heard = read_wav(save(studio, "WAV", tmp_path))
    levels = [level(heard, second, second + 0.5) for second in range(4)]
    assert max(levels) < 1.5 * min(levels)
    for flat, expected in ((True, [70] * 4), (False, [96, 56, 83, 70])):
        sound.dynamics.value = flat
        sound.place.value = CARD
        sound.play(struck, studio.listening.roll)
        assert player.tunes[-1].table[:, 3].tolist() == expected
        sound.place.value = PAGE
        sound.play(struck, studio.listening.roll)
        assert np.frombuffer(sound.page.notes, "<f4")[3::4].tolist() == expected


def read_wav(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2).mean(1) / 32768
