from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.base.progress import finish
from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.errors import ConfigError
from lstmmusic.generation.continuation import Continuation
from lstmmusic.generation.sampler import Sampler, generate, generate_takes
from lstmmusic.network.free_running import default_threshold
from lstmmusic.network.model import StackedLSTM
from tests.conftest import SMALL, make_scales


@pytest.fixture(params=["joint", "independent", "relative"])
def network(request: pytest.FixtureRequest) -> StackedLSTM:
    config = NetworkConfig(pitches=8, hidden=(6, 6, 6), output=request.param, relative_hidden=6).rolls_only()
    return StackedLSTM(config, initial_weight_std=0.8)


def test_take_has_its_primer_probabilities_and_random_numbers(network: StackedLSTM) -> None:
    primer = make_scales(1, 10).tunes[0].part(0, 4)
    take = generate(network, primer, 12, threshold=0.0, seed=3)
    assert take.tune.roll.shape == take.probabilities.shape == (16, 8)
    assert take.primer_steps == 4
    np.testing.assert_array_equal(take.tune.roll[:4], primer.roll)
    np.testing.assert_array_equal(take.generated.roll, take.uniforms < take.probabilities[4:])
    # The network predicts the same when it reads the whole tune at once.
    np.testing.assert_allclose(network.expectations(take.tune), take.probabilities, atol=1e-5)


def test_sampling_bias_changes_takes_and_their_probabilities_only(network: StackedLSTM) -> None:
    tune = make_scales(1, 10).tunes[0]
    expected, marginal = network.expectations(tune.roll), network.probabilities(tune.roll)
    network.sampling_bias.copy_(torch.tensor([-0.7, 1.2, 0.0, 0.0]))
    np.testing.assert_array_equal(network.expectations(tune.roll), expected)
    np.testing.assert_array_equal(network.probabilities(tune.roll), marginal)
    for primer in (None, tune.part(0, 4)):
        take = generate(network, primer, 20, threshold=0.0, config=SMALL)
        given, roll = take.primer_steps, take.tune.roll
        np.testing.assert_array_equal(roll[given:], take.uniforms < take.probabilities[given:])
        plain = network.expectations(roll)
        np.testing.assert_allclose(take.probabilities[:given], plain[:given], atol=1e-5)
        before = np.concatenate((np.zeros((1, 8)), roll))[given:-1]
        factors = np.exp(np.where(before, 1.2, -0.7))  # of the odds
        odds, against = plain[given:] * factors, 1 - plain[given:]
        np.testing.assert_allclose(take.probabilities[given:], odds / (odds + against), atol=1e-5)


def test_primer_may_be_absent_or_one_step_long(network: StackedLSTM) -> None:
    take = generate(network, None, 5, config=SMALL)
    assert take.tune.roll.shape == (5, 8)
    assert take.primer_steps == 0
    assert take.tune.config == SMALL
    assert generate(network, make_scales(1, 5).tunes[0].part(0, 1), 3).primer_steps == 1


def test_seed_determines_the_random_numbers_whatever_the_settings(network: StackedLSTM) -> None:
    rolls = [generate(network, None, 30, threshold=0, seed=seed, config=SMALL).tune.roll for seed in (1, 1, 2)]
    np.testing.assert_array_equal(rolls[0], rolls[1])
    assert not np.array_equal(rolls[0], rolls[2])
    cold, warm = (generate(network, None, 30, temperature=t, seed=1, config=SMALL) for t in (0.5, 1.0))
    np.testing.assert_array_equal(cold.uniforms, warm.uniforms)
    assert generate(network, None, 30, threshold=1.0, config=SMALL).tune.roll.sum() == 0


@pytest.mark.parametrize(("output", "threshold"), [("joint", 0.0), ("independent", 0.1), ("relative", 0.0)])
def test_default_threshold_silences_unlikely_notes_of_an_independent_output_only(output: str, threshold: float) -> None:
    config = NetworkConfig(pitches=8, hidden=(6, 6, 6), output=output)
    network = StackedLSTM(config, initial_weight_std=0.0)
    with torch.no_grad():
        for name, parameter in network.output.named_parameters():
            if name.endswith("bias") and len(parameter) == 8:
                parameter.fill_(-2.5)  # a probability of 0.08
    assert default_threshold(network) == threshold
    takes = [
        generate(network, None, 50, config=SMALL, quiet=True),
        *generate_takes(network, None, 50, config=SMALL, quiet=True),
        Continuation(None, SMALL).next_bar(network).take,
    ]
    for take in takes:
        assert take.threshold == threshold
        assert take.probabilities == pytest.approx(0.076, abs=0.001)
        assert take.tune.roll.any() == (output != "independent")


def test_takes_generated_together_equal_those_generated_alone(network: StackedLSTM) -> None:
    primer = make_scales(1, 10).tunes[0].part(0, 4)
    takes = generate_takes(network, primer, 40, takes=3, seed=7, temperature=0.9, quiet=True)
    for take, seed in zip(takes, (7, 8, 9), strict=True):
        alone = generate(network, primer, 40, seed=seed, temperature=0.9, quiet=True)
        assert take.seed == seed
        np.testing.assert_array_equal(take.tune.roll, alone.tune.roll)
        np.testing.assert_allclose(take.probabilities, alone.probabilities, atol=1e-5)
    assert len({take.tune.roll.tobytes() for take in takes}) > 1


def test_sampler_generates_the_same_takes_repeatedly(network: StackedLSTM) -> None:
    primer = make_scales(1, 10).tunes[0].part(0, 4)
    sampler = Sampler(network, primer)
    half_way = sampler.generating(70, takes=2, seed=9)
    next(half_way)  # a take that is generated meanwhile does not disturb it
    for settings in ({"temperature": 0.7}, {"threshold": 0.3}, {"seed": 8}, {"temperature": 0.7}):
        take, alone = sampler.take(40, **settings, quiet=True), generate(network, primer, 40, **settings, quiet=True)
        np.testing.assert_array_equal(take.probabilities, alone.probabilities)
        np.testing.assert_array_equal(take.tune.roll, alone.tune.roll)
    for take, alone in zip(
        finish(half_way, "", quiet=True), sampler.takes(70, takes=2, seed=9, quiet=True), strict=True
    ):
        np.testing.assert_array_equal(take.probabilities, alone.probabilities)


def test_takes_so_far_are_how_the_whole_takes_begin(network: StackedLSTM) -> None:
    sampler = Sampler(network, make_scales(1, 10).tunes[0].part(0, 4))
    work = sampler.generating(100, takes=2, seed=3)
    parts = list(work)
    assert [(part.done, part.total) for part in parts] == [(done, 100) for done in (32, 64, 96, 100)]
    for part in parts:
        for take, whole in zip(part.make(), sampler.takes(100, takes=2, seed=3, quiet=True), strict=True):
            assert (len(take.tune), take.seed, take.ended) == (4 + part.done, whole.seed, False)
            np.testing.assert_array_equal(take.tune.roll, whole.tune.roll[: 4 + part.done])
            np.testing.assert_array_equal(take.probabilities, whole.probabilities[: 4 + part.done])
            np.testing.assert_array_equal(take.uniforms, whole.uniforms[: part.done])


def test_sampler_reads_its_primer_once(network: StackedLSTM) -> None:
    lengths = []
    network.register_forward_hook(lambda module, frames, result: lengths.append(len(frames[0])))
    sampler = Sampler(network, make_scales(1, 10).tunes[0].part(0, 4))
    for seed in range(3):
        sampler.take(5, seed=seed, quiet=True)
    assert lengths == [5], "silence, and four steps"


def test_onsets_of_the_primer_are_kept_and_a_held_note_continues(network: StackedLSTM) -> None:
    primer = make_scales(1, 10).tunes[0]
    assert generate(network, primer, 8).tune.onsets is None
    primer = type(primer)(primer.roll, primer.name, primer.config, primer.roll)
    take = generate(network, primer, 8, threshold=0)
    np.testing.assert_array_equal(take.tune.onsets[:10], primer.roll)
    before = take.tune.roll[9:-1]
    np.testing.assert_array_equal(take.tune.onsets[10:], take.generated.roll & (1 - before))


@pytest.mark.parametrize(
    ("setting", "value"),
    [("steps", 0), ("temperature", 0), ("threshold", -0.1), ("threshold", 1.1), ("seed", -1)],
)
def test_bad_setting_is_refused(network: StackedLSTM, setting: str, value: float) -> None:
    with pytest.raises(ConfigError, match=setting):
        generate(network, **{"steps": 5, "config": SMALL, setting: value})


def test_zero_takes_are_refused(network: StackedLSTM) -> None:
    with pytest.raises(ConfigError, match="takes is 0"):
        generate_takes(network, takes=0, config=SMALL)


def test_grid_with_another_number_of_pitches_is_refused(network: StackedLSTM) -> None:
    with pytest.raises(ConfigError, match="88 pitches and the network 8"):
        generate(network, None, 5, config=RollConfig())


def test_primer_must_be_a_tune_on_the_grid(network: StackedLSTM) -> None:
    primer = make_scales(1, 10).tunes[0]
    with pytest.raises(ConfigError, match="another grid"):
        generate(network, primer, 5, config=RollConfig(step=0.5, lowest=60, highest=67))
    with pytest.raises(ConfigError, match="primer is an ndarray; it must be a Tune or None"):
        generate(network, primer.roll, 5)  # type: ignore[arg-type]
