from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.generation.inspection import explain, first_difference
from lstmmusic.generation.sampler import Take, generate
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from tests.conftest import SMALL, make_scales

PITCHES = RollConfig(lowest=60, highest=63)


def make_take() -> Take:
    """A step of primer and a generated one, whose four notes sound or not for four reasons."""
    return Take(
        Tune([[1, 0, 0, 0], [1, 0, 0, 0]], config=PITCHES),
        primer_steps=1,
        probabilities=np.array([[0.25, 0.5, 0.0, 0.0], [0.62, 0.04, 0.62, 0.6224]], np.float32),
        uniforms=np.array([[0.31, 0.01, 0.71, 0.6241]], np.float32),
        temperature=0.9,
        threshold=0.1,
        seed=0,
    )


@pytest.mark.parametrize(
    ("step", "column", "lines"),
    [
        (0, 0, ["step 0, C4", "predicted probability 0.25", "given by the primer: sounds"]),
        (0, 1, ["step 0, C♯4", "predicted probability 0.50", "given by the primer: silent"]),
        (1, 0, ["step 1, C4", "probability 0.62, random number 0.31; temperature 0.9, threshold 0.1"]),
        (1, 0, ["random number 0.31 is below 0.62: sounds"]),
        (1, 1, ["0.04 is below the threshold 0.10: never sounds"]),
        (1, 2, ["random number 0.71 is not below 0.62: silent"]),
        (1, 3, ["random number 0.624 is not below 0.622: silent"]),
    ],
)
def test_reason_of_each_kind_of_cell(step: int, column: int, lines: list[str]) -> None:
    explanation = explain(make_take(), step, column).splitlines()
    assert len(explanation) == 3
    assert set(lines) <= set(explanation)


@pytest.mark.parametrize("output", ["joint", "independent", "relative"])
@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.7])
def test_reason_agrees_with_what_sounds_in_each_cell(output: str, threshold: float) -> None:
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(6, 6, 6), output=output), initial_weight_std=0.8)
    take = generate(network, make_scales(1, 10).tunes[0].part(0, 3), 20, threshold=threshold, quiet=True)
    for (step, column), sounds in np.ndenumerate(take.tune.roll):
        assert explain(take, step, column).endswith(": sounds") == bool(sounds)


def test_probability_equal_to_the_threshold_sounds_despite_rounding() -> None:
    take = replace(make_take(), threshold=0.7, probabilities=np.full((2, 4), 0.7, np.float32))
    assert np.float64(take.probabilities[1, 0]) < take.threshold
    assert explain(take, 1, 0).endswith(": sounds")


def test_note_sampled_with_other_settings_says_so() -> None:
    higher, lower = (replace(make_take(), threshold=threshold) for threshold in (0.7, 0.0))
    assert explain(higher, 1, 0).endswith("\nsampled with other settings: sounds")
    assert explain(lower, 1, 1).endswith("\nsampled with other settings: silent")


def test_cell_outside_the_take_is_refused() -> None:
    with pytest.raises(ConfigError, match="step is 2"):
        explain(make_take(), 2, 0)
    with pytest.raises(ConfigError, match="column is 4"):
        explain(make_take(), 0, 4)


def test_first_difference_of_two_takes() -> None:
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(6, 6, 6), relative_hidden=6), initial_weight_std=0.8)
    primer = make_scales(1, 10).tunes[0].part(0, 3)
    take, warmer = (generate(network, primer, 30, temperature=t, quiet=True) for t in (1.0, 1.3))
    step = first_difference(take, warmer)
    assert step is not None
    np.testing.assert_array_equal(take.tune.roll[:step], warmer.tune.roll[:step])
    assert (take.tune.roll[step] != warmer.tune.roll[step]).any()
    assert first_difference(take, generate(network, primer, 30, quiet=True)) is None
    assert first_difference(take, generate(network, primer, 20, quiet=True)) == 23
    with pytest.raises(ConfigError, match="different grids"):
        first_difference(take, make_take())
    assert take.tune.config == SMALL


def test_struck_and_held_notes_are_distinguished_and_have_their_velocity() -> None:
    roll, onsets = [[1, 0, 0, 0]] * 3, [[1, 0, 0, 0], [0] * 4, [1, 0, 0, 0]]
    velocities = np.multiply(onsets, [[40], [0], [96]])
    probabilities = np.full((3, 4), 0.5, np.float32)
    take = replace(make_take(), tune=Tune(roll, "a", PITCHES, onsets, velocities), probabilities=probabilities)
    take = replace(take, uniforms=probabilities[1:])
    places = [explain(take, step, 0).splitlines()[0] for step in range(3)]
    assert places == [
        "step 0, C4, struck, velocity 40",
        "step 1, C4, held, velocity 40",
        "step 2, C4, struck again, velocity 96",
    ]
    assert explain(take, 1, 1).startswith("step 1, C♯4\n")
    take = replace(take, tune=Tune(roll, "a", PITCHES, onsets))
    assert explain(take, 1, 0).startswith("step 1, C4, held\n")
    take = replace(take, tune=Tune(roll, "a", PITCHES, None, np.multiply([[50], [0], [0]], roll)))
    assert explain(take, 2, 0).startswith("step 2, C4, velocity 50\n")
