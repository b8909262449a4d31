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
    """Notes that are thrown anew every other step, so many at once on average."""
    thrown = np.random.default_rng(seed).random((steps // 2, OCTAVE.pitches)) < sounding / OCTAVE.pitches
    return thrown.astype(np.uint8).repeat(2, axis=0)


KNOWN = [Tune(make_roll(80, seed=seed), config=OCTAVE) for seed in range(20)]
REFERENCE = Reference.of(KNOWN)


def find_ailment(roll: Roll, primer_steps: int = 0) -> Diagnosis | None:
    nothing = np.zeros(roll.shape, np.float32)
    return diagnose(Take(Tune(roll, config=OCTAVE), primer_steps, nothing, nothing, 1.0, 0.1, 0), REFERENCE)


def test_each_collapse_is_named_with_its_place() -> None:
    lively = make_roll(60, seed=30)
    silent = np.concatenate((lively, np.zeros((40, 12), np.uint8)))
    chord = np.concatenate((lively, np.tile(np.eye(12, dtype=np.uint8)[[0, 4]].sum(0, dtype=np.uint8), (40, 1))))
    drone = np.concatenate((lively, make_roll(40, seed=31)))
    drone[60:, 3] = 1
    for roll, ailment, words in (
        (silent, "silence", "From step 60 on, nothing sounds for 40 steps, where up to 16 would pass"),
        (chord, "one chord held", "From step 60 on, one chord is held for 40 steps"),
        (drone, "a drone", "E♭4 goes on"),
    ):
        found = find_ailment(roll)
        assert found is not None
        assert found.ailment == ailment
        assert words in found.words
        assert found.excess > 1
        # Steps are counted from the beginning of the tune, and what the primer does is no fault of the network.
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
def test_density_far_from_the_music_that_was_learned_is_named(roll: Roll, ailment: str, words: str) -> None:
    found = find_ailment(roll)
    assert found is not None
    assert found.ailment == ailment
    assert found.words.startswith(f"It is {ailment}: ")
    assert words in found.words
    assert found.excess > 1


def test_music_like_that_which_was_learned_is_well() -> None:
    assert [find_ailment(make_roll(100, seed=seed)) for seed in range(100, 120)] == [None] * 20
    assert [find_ailment(tune.roll) for tune in KNOWN] == [None] * 20
    assert find_ailment(np.zeros((10, 12), np.uint8)) is None, "too short to tell"


def test_nothing_to_measure_by_is_refused() -> None:
    with pytest.raises(CorpusError, match="no music"):
        Reference.of([])
