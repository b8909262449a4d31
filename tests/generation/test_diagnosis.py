from __future__ import annotations

from dataclasses import asdict, replace
from typing import get_args

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.errors import CorpusError
from lstmmusic.generation.diagnosis import (
    Ailment,
    Diagnosis,
    Reference,
    Settings,
    diagnose,
    find_remedy,
    find_sound,
    list_candidates,
)
from lstmmusic.generation.sampler import Sampler, Take
from lstmmusic.music.chorales import chorale_paths, read_chorale
from lstmmusic.music.roll import Roll, Tune, quantise
from lstmmusic.music.statistics import WINDOW
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.bundled import load_bundled
from tests.conftest import SMALL, make_scales

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
        assert found.ailment == ailment
        assert words in found.words
        assert found.excess > 1
        # Steps are counted from the start of the tune; the primer is not diagnosed.
        after = find_ailment(roll, primer_steps=50)
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
    assert found.ailment == ailment
    assert found.words.startswith(f"It is {ailment}: ")
    assert words in found.words
    assert found.excess > 1


def test_music_like_the_learned_music_has_no_ailment() -> None:
    assert [find_ailment(make_roll(100, seed=seed)) for seed in range(100, 120)] == [None] * 20
    assert [find_ailment(tune.roll) for tune in KNOWN] == [None] * 20
    assert find_ailment(np.zeros((10, 12), np.uint8)) is None, "too short to tell"


def strike_again(roll: Roll) -> Take:
    """A take in which every note is struck again in every step."""
    nothing = np.zeros(roll.shape, np.float32)
    return Take(Tune(roll, config=OCTAVE, onsets=roll), 0, nothing, nothing, 1.0, 0.1, 0)


def test_notes_that_are_struck_again_count_as_in_the_learned_music() -> None:
    struck = Reference.of([strike_again(tune.roll).tune for tune in KNOWN])
    lively = strike_again(make_roll(100, seed=100))
    held = replace(lively, tune=Tune(lively.tune.roll, config=OCTAVE))  # of a network that has not learned strikes
    assert diagnose(lively, struck) is diagnose(held, struck) is None
    restless = diagnose(lively, REFERENCE)
    assert restless.ailment == "too restless"
    begun = lively.tune.roll.sum() / 100
    assert f"{begun:.1f} notes begin in a step" in restless.words


def test_densities_of_fine_steps_have_digits_that_differ() -> None:
    roll = np.zeros((400, 12), np.uint8)
    roll[np.arange(0, 400, 8), 4] = 1  # an eighth of the steps
    known = [Tune(roll, config=OCTAVE), Tune(np.delete(roll, np.s_[::16], 0), config=OCTAVE)]
    lively = np.zeros((400, 12), np.uint8)
    lively[::3, 5] = 1
    nothing = np.zeros(lively.shape, np.float32)
    take = Take(Tune(lively, config=OCTAVE), 0, nothing, nothing, 1.0, 0.1, 0)
    for tunes, usual in ((known, "0.07 to 0.12"), (known[:1], "about 0.12")):
        found = diagnose(take, Reference.of(tunes))
        assert found.words == f"It is too dense: 0.34 notes sound at once ({usual} is normal)"
    chord = np.tile(np.eye(12, dtype=np.uint8)[[0, 4]].sum(0, dtype=np.uint8), (60, 1))
    assert "one chord is repeated for 60 steps" in diagnose(strike_again(chord), REFERENCE).words
    assert "one chord is held for 60 steps" in find_ailment(chord).words


def test_reference_without_music_is_refused() -> None:
    with pytest.raises(CorpusError, match="no music"):
        Reference.of([])


SCALES = Reference.of(make_scales(6, 60).tunes)


def make_network(bias: float | list[float]) -> StackedLSTM:
    """A network with these log-odds, independent of its input."""
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(4, 4, 4), output="independent"), initial_weight_std=0.01)
    with torch.no_grad():
        network.output.linear.bias.copy_(torch.as_tensor(bias).expand(8))
    return network


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    network, config = load_bundled()
    return Sampler(network, None, config)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.of([quantise(read_chorale(path), RollConfig()) for path in chorale_paths()[:20]])


@pytest.mark.parametrize(
    ("temperature", "threshold", "words"),
    [
        (1.0, 0.95, "Lower the threshold to "),
        (20.0, 0.1, "Lower the temperature to "),
        (0.01, 0.1, "Raise the temperature to "),
        (0.05, 0.95, "Raise the temperature to 1 and lower the threshold to 0"),
    ],
)
def test_remedy_of_absurd_settings_works_and_has_a_description(
    sampler: Sampler, reference: Reference, temperature: float, threshold: float, words: str
) -> None:
    take = sampler.take(200, temperature=temperature, threshold=threshold, seed=4, quiet=True)
    remedy = find_remedy(sampler, take, reference)
    assert remedy.works
    assert remedy.words.startswith(words)
    assert remedy.settings.seed == 4
    again = sampler.take(200, **asdict(remedy.settings), quiet=True)
    assert diagnose(again, reference) is None
    np.testing.assert_array_equal(again.tune.roll, remedy.take.tune.roll)


def test_good_take_needs_no_remedy(sampler: Sampler, reference: Reference) -> None:
    assert find_remedy(sampler, sampler.take(200, quiet=True), reference) is None


def test_smaller_changes_than_the_remedy_do_not_help(sampler: Sampler, reference: Reference) -> None:
    before = Settings(0.3, 0.3, 4)
    take = sampler.take(200, **asdict(before), quiet=True)
    diagnosis, remedy = diagnose(take, reference), find_remedy(sampler, take, reference)
    candidates = list_candidates(before, diagnosis.ailment, sampler.threshold)
    smaller = candidates[: candidates.index(remedy.settings)]
    assert smaller
    assert all(diagnose(sampler.take(200, **asdict(one), quiet=True), reference) for one in smaller)


def test_default_settings_are_tried_with_other_seeds_first() -> None:
    default = Settings(1.0, 0.05, 4)
    assert [one.seed for one in list_candidates(default, "a drone", 0.05)[:4]] == [5, 6, 7, 4]
    assert [one.seed for one in list_candidates(replace(default, temperature=3.0), "a drone", 0.05)[-3:]] == [5, 6, 7]


@pytest.mark.parametrize("ailment", get_args(Ailment))
@pytest.mark.parametrize(("temperature", "threshold"), [(1.0, 0.1), (1.0, 0.05), (1.25, 0.05), (0.8, 0.3)])
def test_no_settings_are_tried_twice(ailment: Ailment, temperature: float, threshold: float) -> None:
    candidates = list_candidates(Settings(temperature, threshold, 4), ailment, 0.05)
    assert len(candidates) == len(set(candidates))
    assert Settings(1.0, 0.05, 5) in candidates


@pytest.mark.parametrize(
    "bias", [-30.0, [30.0, 30.0, -30.0, -30.0, -30.0, -30.0, -30.0, -30.0]], ids=["silence", "one chord held"]
)
def test_network_that_no_settings_help(bias: float | list[float]) -> None:
    broken = Sampler(make_network(bias), None, SMALL)
    take = broken.take(60, quiet=True)
    remedy = find_remedy(broken, take, SCALES)
    assert not remedy.works
    assert remedy.words.startswith("No other setting fixes this")
    assert remedy.settings == Settings(1.0, 0.1, 0), "no change comes closer"
    assert remedy.take is take


def test_closest_change_is_suggested_where_none_helps() -> None:
    # With a bias this far off, a higher temperature lets a few notes through, and no more.
    broken = Sampler(make_network(-6.0), None, SMALL)
    remedy = find_remedy(broken, broken.take(200, threshold=0.0, quiet=True), SCALES)
    assert not remedy.works
    assert "closest: Raise the temperature to 1." in remedy.words
    assert remedy.settings.temperature > 1


def test_remedy_keeps_the_length_and_is_no_tune_that_is_too_short_to_judge() -> None:
    broken = Sampler(make_network(-6.0), None, SMALL)
    take = broken.take(200, threshold=0.0, quiet=True)
    assert len(find_remedy(broken, take, SCALES, steps=100).take.tune) == 100
    short = find_remedy(broken, take, SCALES, steps=WINDOW - 1, until_end=True)
    assert (short.works, short.take) == (False, take)


def test_sound_is_found_with_the_smallest_change_and_the_same_seed(sampler: Sampler) -> None:
    before = Settings(1.0, 0.95, 4)
    found = find_sound(sampler, before, 64)
    candidates = list_candidates(before, "silence", sampler.threshold)
    place = candidates.index(found.settings)
    assert place > 0

    def count_sounding(settings: Settings) -> int:
        take = sampler.take(64, **asdict(settings), quiet=True)
        return np.count_nonzero(take.generated.roll.any(axis=1))

    assert count_sounding(found.settings) >= 32
    assert all(count_sounding(one) < 32 for one in candidates[:place])
    assert find_sound(sampler, Settings(1.0, sampler.threshold, 4), 64).settings.seed == 4
    rare = Sampler(make_network(-6.0), None, SMALL)
    found = find_sound(rare, Settings(1.0, 0.1, 4), 200)
    assert (found.settings.threshold, found.settings.seed, found.works) == (0.0, 4, True)
    found = find_sound(rare, Settings(1.0, 0.0, 4), 200)
    assert found.settings == Settings(1.5, 0.0, 4), "what comes closest"
