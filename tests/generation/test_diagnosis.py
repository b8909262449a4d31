from __future__ import annotations

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError
from lstmmusic.generation.diagnosis import Diagnosis, Reference, diagnose
from lstmmusic.generation.sampler import Take
from lstmmusic.music.roll import Roll, Tune

OCTAVE = RollConfig(lowest=60, highest=71)


def make_roll(steps: int, sounding: float = 4.0, seed: int = 0) -> Roll:
    """Random notes that change every other step; `sounding` of them at once on average."""
    notes = np.random.default_rng(seed).random((steps // 2, OCTAVE.pitches)) < sounding / OCTAVE.pitches
    return notes.astype(np.uint8).repeat(2, axis=0)


KNOWN = [Tune(make_roll(80, seed=seed), config=OCTAVE) for seed in range(20)]
REFERENCE = Reference.of(KNOWN)


def find_ailment(roll: Roll, primer_steps: int = 0) -> Diagnosis | None:
    nothing = np.zeros(roll.shape, np.float32)
    return diagnose(Take(Tune(roll, config=OCTAVE), primer_steps, nothing, nothing, 1.0, 0.1, 0), REFERENCE)


def test_each_collapse_is_named_with_its_first_step() -> None:
    lively = make_roll(60, seed=30)
    silent = np.concatenate((lively, np.zeros((40, 12), np.uint8)))
    chord = np.concatenate((lively, np.tile(np.eye(12, dtype=np.uint8)[[0, 4]].sum(0, dtype=np.uint8), (40, 1))))
    drone = np.concatenate((lively, make_roll(40, seed=31)))
    drone[60:, 3] = 1
    for roll, ailment, words in (
        (silent, "silence", "From step 60, nothing sounds for 40 steps (up to 16 is normal)"),
        (chord, "one chord held", "From step 60, one chord is held for 40 steps"),
        (drone, "a drone", "E♭4 is held for"),
    ):
        found = find_ailment(roll)
        assert found is not None
        assert found.ailment == ailment
        assert words in found.words
        assert found.excess > 1
        # Steps are counted from the start of the tune; the primer is not diagnosed.
        after = find_ailment(roll, primer_steps=50)
        assert after is not None
        assert after.words == found.words
        assert find_ailment(np.concatenate((roll, lively)), primer_steps=100) is None


@pytest.mark.parametrize(
    ("roll", "ailment", "words"),
    [
        (make_roll(100, 1.0), "too thin", "notes sound at once"),
        (make_roll(200, 8.0)[::2], "too dense", "notes sound at once"),
        (make_roll(50).repeat(3, axis=0), "too still", "notes begin in a step"),
        (make_roll(200)[::2], "too restless", "notes begin in a step"),
    ],
)
def test_density_far_from_the_learned_music_is_named(roll: Roll, ailment: str, words: str) -> None:
    found = find_ailment(roll)
    assert found is not None
    assert found.ailment == ailment
    assert found.words.startswith(f"It is {ailment}: ")
    assert words in found.words
    assert found.excess > 1


def test_music_like_the_learned_music_has_no_ailment() -> None:
    assert [find_ailment(make_roll(100, seed=seed)) for seed in range(100, 120)] == [None] * 20
    assert [find_ailment(tune.roll) for tune in KNOWN] == [None] * 20
    assert find_ailment(np.zeros((10, 12), np.uint8)) is None, "too short to tell"


def test_reference_without_music_is_refused() -> None:
    with pytest.raises(CorpusError, match="no music"):
        Reference.of([])
