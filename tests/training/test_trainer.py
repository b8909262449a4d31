from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from lstmmusic.config import NetworkConfig, Output, RollConfig, TrainingConfig
from lstmmusic.errors import ConfigError, CorpusError, TrainingError
from lstmmusic.generation.sampler import generate
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.metre import parse_metre
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.presets import PRESETS
from lstmmusic.training.construction import find_missing
from lstmmusic.training.evaluation import evaluate
from lstmmusic.training.snapshot import Change
from lstmmusic.training.trainer import Trainer
from tests.conftest import SMALL, make_scales, same_weights

Scales = tuple[Corpus, Corpus]
NETWORK = NetworkConfig(pitches=8, hidden=(12, 12, 12)).rolls_only()
PLAIN = replace(
    PRESETS["seed-2016"].training,
    optimizer="adam",
    initial_weight_std=None,
    initial_state_max=0.0,
    updates_per_batch=1,
    relative_dropout=0.0,
    relative_forgotten=0.0,
)
CONFIG = replace(PLAIN, learning_rates=(0.01,) * 4, batch_size=2, length=20, epochs=30, clip=1.0, clip_kind="norm")


def train(scales: Scales, config: TrainingConfig, updates: int | None = None, **more) -> Trainer:
    trainer = Trainer(*scales, NETWORK, config, device="cpu", **more)
    list(itertools.islice(trainer.steps(), updates))
    return trainer


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("loss", ["cross-entropy", "squared-error"])
def test_loss_falls_with_every_preset_and_loss(scales: Scales, preset: str, loss) -> None:
    config = replace(
        PRESETS[preset].training, loss=loss, learning_rates=(0.01,) * 4, batch_size=2, length=20, epochs=10
    )
    trainer = train(scales, config)
    assert np.mean(trainer.losses[-5:]) < 0.5 * np.mean(trainer.losses[:5])
    assert trainer.validations[-1][1] < trainer.validations[0][1]
    assert trainer.epoch == 10
    assert trainer.done == 1


def test_network_beats_the_markov_baseline_on_scales(scales: Scales) -> None:
    trainer = train(scales, replace(CONFIG, epochs=10))
    assert min(loss for _, loss in trainer.validations) < trainer.baseline


def test_same_seed_trains_the_same_weights(scales: Scales) -> None:
    config = replace(CONFIG, epochs=2, initial_state_max=0.1)
    one, two, other = (train(scales, replace(config, seed=seed)) for seed in (1, 1, 2))
    assert one.losses == two.losses != other.losses
    assert same_weights(one.network.state_dict(), two.network.state_dict())


def test_best_weights_have_the_lowest_validation_loss(scales: Scales) -> None:
    # A relative output finds these scales again, so that its loss falls to zero.
    trainer = Trainer(*scales, replace(NETWORK, output="joint"), replace(CONFIG, epochs=3), device="cpu")
    list(trainer.steps())
    trainer.change(learning_rates=(3.0,) * 4, epochs=5)
    list(trainer.steps())
    lowest = min(loss for _, loss in trainer.validations)
    assert lowest < trainer.validations[-1][1]  # at these rates the last weights are not the best
    assert evaluate(trainer.best_network(), scales[1].tunes).per_step == pytest.approx(lowest, rel=1e-6)


def test_without_validation_the_newest_weights_are_best() -> None:
    trainer = Trainer(make_scales(1, 20), None, NETWORK, replace(CONFIG, epochs=3), device="cpu")
    list(trainer.steps())
    assert not trainer.validations
    assert math.isnan(trainer.baseline)
    assert same_weights(trainer.network.state_dict(), trainer.best)
    assert trainer.snapshot().excerpt.name == "scale 0"


def test_each_part_has_its_own_rate(scales: Scales) -> None:
    for part in range(4):
        rates = tuple(0.01 if other == part else 0.0 for other in range(4))
        trainer = Trainer(*scales, NETWORK, replace(CONFIG, learning_rates=rates), device="cpu")
        before = [[p.detach().clone() for p in group] for group in trainer.network.parameter_groups()]
        next(trainer.steps())
        for other, group in enumerate(trainer.network.parameter_groups()):
            moved = any(not torch.equal(p, q) for p, q in zip(group, before[other], strict=True))
            assert moved == (other == part)


def test_clip_bounds_the_norm_or_each_element(scales: Scales) -> None:
    def gradients(**settings) -> torch.Tensor:
        trainer = train(scales, replace(CONFIG, **settings), 1)
        return torch.cat([p.grad.flatten() for group in trainer.network.parameter_groups() for p in group])

    free = gradients(clip=1e9)
    torch.testing.assert_close(gradients(clip=0.01), free * 0.01 / free.norm(), rtol=1e-3, atol=1e-8)
    torch.testing.assert_close(gradients(clip=0.01, clip_kind="element"), free.clamp(-0.01, 0.01))


def test_l1_shrinks_weights(scales: Scales) -> None:
    def size(l1: float) -> float:
        network = train(scales, replace(CONFIG, l1=l1, epochs=10)).network
        return sum(weight.abs().sum().item() for weight in network.parameters() if weight.dim() > 1)

    assert size(0.01) < 0.7 * size(0)


def test_batch_is_repeated_before_the_next(scales: Scales) -> None:
    trainer = Trainer(*scales, NETWORK, replace(CONFIG, learning_rates=(0.0,) * 4, updates_per_batch=3), device="cpu")
    losses = [update.loss for update in itertools.islice(trainer.steps(), 6)]
    assert losses[0] == losses[1] == losses[2] != losses[3] == losses[4] == losses[5]


def test_initial_states_depend_on_their_maximum(scales: Scales) -> None:
    still, moved = (train(scales, replace(CONFIG, initial_state_max=largest), 1).losses[0] for largest in (0.0, 5.0))
    assert still != moved


def test_settings_change_during_a_run(scales: Scales) -> None:
    trainer = Trainer(*scales, NETWORK, CONFIG, device="cpu")
    steps = trainer.steps()
    next(steps)
    weights = [p.detach().clone() for group in trainer.network.parameter_groups() for p in group]
    trainer.change(learning_rates=(0.0,) * 4, clip=5, batch_size=1, epochs=2)
    position = trainer.position
    next(steps)
    assert trainer.position == position + 1
    for before, now in zip(weights, [p for g in trainer.network.parameter_groups() for p in g], strict=True):
        assert torch.equal(before, now)
    with pytest.raises(ConfigError, match="clip"):
        trainer.change(learning_rates=(0.1,) * 4, clip=-1)
    with pytest.raises(ConfigError, match="seed cannot change"):
        trainer.change(seed=3)
    assert trainer.config.learning_rates == (0.0,) * 4
    assert max(update.epoch for update in steps) == 2


def test_loss_that_is_not_finite_ends_the_run_and_restores_the_best_weights(scales: Scales) -> None:
    trainer = Trainer(*scales, NETWORK, CONFIG, device="cpu")
    steps = trainer.steps()
    for _ in range(5):
        next(steps)
    best = {name: weight.clone() for name, weight in trainer.best.items()}
    with torch.no_grad():
        trainer.network.layers[1].recurrent_weights.fill_(math.nan)
    with pytest.raises(TrainingError, match=r"update 6: the loss is nan.*best weights.*Lower the learning rates"):
        next(steps)
    assert same_weights(trainer.network.state_dict(), best)
    assert all(math.isfinite(loss) for loss in trainer.losses)
    again = next(trainer.steps())  # and it resumes
    assert math.isfinite(again.loss)


def test_snapshot_is_a_copy(scales: Scales) -> None:
    trainer = train(scales, CONFIG, 5)
    snapshot = trainer.snapshot()
    list(itertools.islice(trainer.steps(), 5))
    assert snapshot.curves.updates.tolist() == [1, 2, 3, 4, 5]
    assert len(trainer.losses) == 10
    assert snapshot.probabilities.values.shape == snapshot.excerpt.roll.shape
    assert (snapshot.config.epochs, snapshot.epoch) == (30, 2)


def test_snapshot_has_the_requested_probabilities(scales: Scales) -> None:
    trainer = train(scales, CONFIG, 5)
    roll = trainer.excerpt.roll
    given, alone = trainer.snapshot().probabilities, trainer.snapshot(marginal=True).probabilities
    assert (given.words, alone.words) == ("given the true lower notes", "by itself (12 samples)")
    np.testing.assert_array_equal(given.values, trainer.ema_network.expectations(roll))
    np.testing.assert_array_equal(
        alone.values, trainer.ema_network.probabilities(np.pad(roll, ((1, 0), (0, 0)))[:-1], samples=12)
    )


def test_existing_network_is_trained_further(scales: Scales) -> None:
    network = train(scales, CONFIG).best_network()
    before = evaluate(network, scales[1].tunes).per_step
    trainer = Trainer(*scales, network, CONFIG, device="cpu")
    next(trainer.steps())
    assert trainer.network is network
    assert trainer.validations[0][1] == pytest.approx(before)


def test_music_on_another_grid_and_missing_devices_are_refused(scales: Scales) -> None:
    with pytest.raises(ConfigError, match="one grid"):
        Trainer(*scales, NetworkConfig(pitches=88))
    with pytest.raises(ConfigError, match="one grid"):
        Trainer(scales[0], make_scales(2, 9, RollConfig(lowest=20, highest=27)))
    with pytest.raises(ConfigError, match="this machine has"):
        Trainer(*scales, device="tpu")


def test_training_is_alike_on_any_device(scales: Scales) -> None:
    if not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA GPU: training on one is not tried")
    losses = [train(scales, CONFIG, 20).losses, Trainer(*scales, NETWORK, CONFIG, device="cuda")]
    list(itertools.islice(losses[1].steps(), 20))
    np.testing.assert_allclose(losses[0], losses[1].losses, rtol=1e-3)
    assert isinstance(losses[1].best_network(), StackedLSTM)


def test_an_update_waits_for_a_gpu_once() -> None:
    if not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA GPU: how often an update waits for one is not counted")
    noisy = replace(CONFIG, dropout=(0.1, 0.1, 0.1), drop_connect=0.1, initial_state_max=0.1, calibrate=False)
    music = make_scales(30, 20)  # 15 updates in an epoch
    steps = Trainer(music, None, NetworkConfig(pitches=8, hidden=(8, 8, 8)), noisy, device="cuda").steps()
    next(steps)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        try:
            list(itertools.islice(steps, 10))
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert sum("called a synchronizing" in str(warning.message) for warning in caught) == 10


def test_weights_that_are_not_finite_are_never_kept() -> None:
    trainer = Trainer(make_scales(1, 20), None, NETWORK, CONFIG, device="cpu")
    steps = trainer.steps()
    next(steps)
    with torch.no_grad():
        trainer.network.output.pitch_biases.bias.fill_(math.inf)
    with pytest.raises(TrainingError, match="last whole epoch are kept"):
        list(steps)
    assert all(weight.isfinite().all() for weight in trainer.best.values())


@pytest.mark.parametrize("preset", PRESETS)
def test_state_of_a_trainer_resumes_in_another_one_to_the_last_bit(scales: Scales, preset: str) -> None:
    config = replace(PRESETS[preset].training, batch_size=2, length=20, epochs=3)
    whole, stopped = train(scales, config), train(scales, config, 5)
    resumed = Trainer(*scales, StackedLSTM(NETWORK, initialise=False), config, device="cpu")
    resumed.load_state_dict(stopped.state_dict())
    list(stopped.steps())  # which must not change the copy
    list(resumed.steps())
    assert stopped.losses == resumed.losses == whole.losses
    assert resumed.validations == whole.validations
    assert (resumed.epoch, resumed.position, resumed.repeats) == (whole.epoch, whole.position, whole.repeats)
    assert same_weights(whole.best, resumed.best)


def test_calibration_resumes_to_the_last_bit_and_changes_nothing_but_the_sampling_bias(
    scales: Scales, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmmusic.training.trainer.EVERY", 4)
    config = replace(PRESETS["recommended"].training, batch_size=2, length=20, epochs=3)
    whole, stopped, without = (
        train(scales, replace(config, calibrate=calibrate), updates)
        for calibrate, updates in ((True, None), (True, 6), (False, None))
    )
    assert stopped.newest_network().sampling_bias[:2].all()
    resumed = Trainer(*scales, NETWORK, config, device="cpu")
    resumed.load_state_dict(stopped.state_dict())
    list(resumed.steps())
    for one, other in ((whole.best, resumed.best), (whole.network.state_dict(), resumed.network.state_dict())):
        assert same_weights(one, other)
    assert torch.equal(whole.network.sampling_bias, whole.ema_network.sampling_bias)
    assert (whole.losses, whole.validations) == (without.losses, without.validations)
    assert same_weights(without.best, whole.best | {"sampling_bias": torch.zeros(4)})
    assert whole.best["sampling_bias"][:2].all()


def test_calibration_goes_on_with_the_best_weights_while_newer_ones_are_worse(
    scales: Scales, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lstmmusic.training.trainer.EVERY", 4)
    trainer = Trainer(
        *scales, replace(NETWORK, output="joint"), replace(CONFIG, calibrate=True, epochs=3), device="cpu"
    )
    list(trainer.steps())
    trainer.change(learning_rates=(3.0,) * 4, epochs=5)
    at, lowest = min(trainer.validations, key=lambda entry: entry[1])
    list(trainer.steps())
    assert min(trainer.validations, key=lambda entry: entry[1]) == (at, lowest)  # at these rates they get no better
    best = trainer.best_network()
    assert evaluate(best, scales[1].tunes).per_step == pytest.approx(lowest, rel=1e-6)
    assert torch.equal(best.sampling_bias, trainer.network.sampling_bias)
    trainer.change(epochs=6)
    next(update for update in trainer.steps() if update.number % 4 == 0)
    assert not torch.equal(trainer.best_network().sampling_bias, best.sampling_bias)
    assert same_weights(
        {name: weight for name, weight in trainer.best.items() if name != "sampling_bias"}, best.state_dict()
    )


def test_state_of_another_network_is_refused(scales: Scales) -> None:
    other = Trainer(*scales, replace(NETWORK, hidden=(3, 4, 5)), CONFIG, device="cpu")
    with pytest.raises(RuntimeError, match="size mismatch"):
        other.load_state_dict(train(scales, CONFIG, 1).state_dict())


def test_lowered_epochs_end_the_run_and_raised_ones_resume_it_there(scales: Scales) -> None:
    trainer = Trainer(*scales, NETWORK, CONFIG, device="cpu")
    steps = trainer.steps()
    while (trainer.epoch, trainer.position) < (1, 2):
        next(steps)
    made = len(trainer.losses)
    trainer.change(epochs=1)
    assert list(steps) == list(trainer.steps()) == []
    assert (trainer.epoch, trainer.position, trainer.done) == (1, 2, 1)
    trainer.change(epochs=CONFIG.epochs)
    list(itertools.islice(trainer.steps(), 5))
    assert trainer.losses == train(scales, CONFIG, made + 5).losses  # as if it had never stopped


def test_music_without_two_steps_is_refused(scales: Scales) -> None:
    with pytest.raises(CorpusError, match="two steps or more"):
        Trainer(replace(scales[0], tunes=()))
    with pytest.raises(CorpusError, match="two steps or more"):
        Trainer(scales[0], make_scales(1, 1))


def test_empty_tune_is_skipped(scales: Scales) -> None:
    empty = Tune(np.zeros((0, 8)), config=scales[0].config)
    training, validation = (replace(part, tunes=(empty, *part.tunes)) for part in scales)
    trainer = train((training, validation), replace(CONFIG, epochs=1, batch_size=1))
    assert trainer.epoch == 1


def test_newest_network_is_a_copy_of_the_current_ema_weights(scales: Scales) -> None:
    trainer = train(scales, replace(CONFIG, ema_decay=0.5), 3)
    newest = trainer.newest_network()
    weights = {name: weight.clone() for name, weight in newest.state_dict().items()}
    assert same_weights(weights, trainer.ema_network.state_dict())
    next(trainer.steps())
    assert same_weights(weights, newest.state_dict())
    assert not same_weights(weights, trainer.ema_network.state_dict())


@pytest.mark.parametrize(("output", "shrinks"), [("joint", False), ("relative", True)])
def test_weight_decay_shrinks_layers_and_a_relative_output(scales: Scales, output: Output, shrinks: bool) -> None:
    trainer = Trainer(*scales, replace(NETWORK, output=output), replace(CONFIG, weight_decay=0.3), device="cpu")
    before = [[p.detach().clone() for p in group] for group in trainer.network.parameter_groups()]
    for parameter in trainer.network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    trainer.learner.step(trainer.config, 1.0)  # without gradients, only the decay moves weights
    for group, old in zip(trainer.network.parameter_groups()[:3], before, strict=False):
        for parameter, value in zip(group, old, strict=True):
            torch.testing.assert_close(parameter.detach(), value * (1 - 0.3 * 0.01))
    for parameter, value in zip(trainer.network.parameter_groups()[3], before[3], strict=True):
        torch.testing.assert_close(parameter.detach(), value * (1 - 0.3 * 0.01 * shrinks))


def test_changes_during_a_run_are_recorded(scales: Scales) -> None:
    trainer = train(scales, CONFIG, 3)
    assert trainer.snapshot().changes == ()
    trainer.change(clip=5, batch_size=CONFIG.batch_size)  # the latter changes nothing
    trainer.change(learning_rates=[0.02] * 4)
    with pytest.raises(ConfigError, match="clip"):
        trainer.change(clip=-1)
    next(trainer.steps())
    trainer.change(clip=6, reason="asked for")
    snapshot = trainer.snapshot()
    assert snapshot.changes == (
        Change(
            3,
            {"clip": 5, "learning_rates": (0.02,) * 4},
            before={"clip": CONFIG.clip, "learning_rates": CONFIG.learning_rates},
        ),
        Change(4, {"clip": 6}, "asked for", {"clip": 5}),
    )
    assert snapshot.config == trainer.config == replace(CONFIG, clip=6, learning_rates=(0.02,) * 4)


def leave_no_memory(network: StackedLSTM, batch: int) -> torch.utils.hooks.RemovableHandle:
    """Let layer 2 fail with more than `batch` crops, after random numbers were used in layer 1."""

    def ask(_: torch.nn.Module, read: tuple) -> None:
        if read[0].shape[1] > batch:
            torch.empty(1 << 55)

    return network.layers[1].register_forward_pre_hook(ask)


# With an EMA, validation uses another network, which has memory.
WITH_EMA = replace(CONFIG, ema_decay=0.5, dropout=(0.1, 0.2, 0.3), initial_state_max=0.1)


def test_batch_that_does_not_fit_is_halved_with_the_same_crops(scales: Scales) -> None:
    trainer = Trainer(*scales, NETWORK, replace(WITH_EMA, batch_size=4), device="cpu")
    leave_no_memory(trainer.network, 1)
    list(itertools.islice(trainer.steps(), 6))
    plain = train(scales, replace(WITH_EMA, batch_size=1), 6)
    assert trainer.losses == plain.losses
    assert same_weights(plain.network.state_dict(), trainer.network.state_dict())
    assert trainer.changes == (Change(0, {"batch_size": 1}, "out of memory", {"batch_size": 4}),)
    assert trainer.config.batch_size == 1


def test_lack_of_memory_keeps_what_was_learned_before(scales: Scales) -> None:
    whole = train(scales, WITH_EMA, 3)
    trainer = train(scales, WITH_EMA, 3)
    leave_no_memory(trainer.network, 1)
    whole.change(batch_size=1)
    for each in (whole, trainer):
        list(itertools.islice(each.steps(), 4))
    assert trainer.losses == whole.losses
    assert [change.update for change in trainer.changes] == [3]


def test_run_without_memory_for_one_crop_ends_and_can_resume(scales: Scales) -> None:
    trainer = train(scales, WITH_EMA, 3)
    full = leave_no_memory(trainer.network, 0)
    with pytest.raises(TrainingError, match=r"update 4: memory ran out.*best weights.*smaller layers") as error:
        list(trainer.steps())
    assert error.value.__context__ is None  # which would keep the memory in use
    full.remove()
    assert next(trainer.steps()).number == 4


def test_epoch_is_repeated_after_validation_ran_out_of_memory(scales: Scales) -> None:
    trainer = train(scales, WITH_EMA, 1)
    full = leave_no_memory(trainer.ema_network, 0)
    with pytest.raises(TrainingError, match="memory ran out"):
        list(trainer.steps())
    assert (trainer.epoch, trainer.position) == (0, 0)
    full.remove()
    trainer.change(epochs=2)
    list(trainer.steps())
    assert len(trainer.validations) == 3  # before, and after each epoch


def test_other_errors_are_not_mistaken_for_lack_of_memory(scales: Scales) -> None:
    trainer = Trainer(*scales, NETWORK, WITH_EMA, device="cpu")

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    trainer.network.layers[0].register_forward_pre_hook(fail)
    with pytest.raises(RuntimeError, match="a bug"):
        next(trainer.steps())
    assert trainer.config == WITH_EMA


PARTS = ("strikes", "velocities", "metre")


def test_a_new_network_has_the_parts_that_its_music_has() -> None:
    roll = make_scales(1, 20).tunes[0].roll
    beats = RollConfig(step=0.5, unit="beats", lowest=60, highest=67)
    ramp = roll * np.arange(1, 21)[:, None]
    cases = {
        (False, False, False): Tune(roll, config=SMALL),
        (True, False, False): Tune(roll, config=SMALL, onsets=roll, velocities=roll * 90),
        (True, True, False): Tune(roll, config=SMALL, onsets=roll, velocities=ramp),
        (True, True, True): Tune(roll, config=beats, onsets=roll, velocities=ramp, metre=parse_metre("4/4")),
    }
    for parts, tune in cases.items():
        corpus = Corpus("one", tune.config, (tune,))
        config = Trainer(corpus, None, NetworkConfig(8, (4, 4, 4)), CONFIG, device="cpu").network.config
        assert (config.strikes, config.velocities, config.metre) == parts
        assert list(find_missing(corpus)) == [name for name, on in zip(PARTS, parts, strict=True) if not on]
        assert config.endings
    # One that is given keeps its own.
    given = StackedLSTM(NetworkConfig(8, (4, 4, 4)))
    plain = Corpus("one", SMALL, (cases[False, False, False],))
    trainer = Trainer(plain, None, given, CONFIG, device="cpu")
    assert trainer.network.config.velocities
    next(trainer.steps())


def test_penalty_does_not_replace_what_is_learned_beside_the_notes() -> None:
    norms = [
        next(
            Trainer(make_scales(4, 20), None, NetworkConfig(8, (4, 4, 4)), replace(CONFIG, l1=l1), device="cpu").steps()
        ).gradient_norm
        for l1 in (0.0, 1e-12)
    ]
    assert norms[0] == pytest.approx(norms[1], rel=1e-5)


def test_strikes_velocities_and_ends_are_learned() -> None:
    # Each note is struck, held, and struck again, softly and then loudly; tunes have 24 steps.
    roll = np.zeros((24, 8), np.uint8)
    roll[:, [1, 4]] = 1
    onsets, velocities = roll.copy(), roll * 30
    onsets[1::3] = 0
    velocities[2::3] *= 4
    velocities *= onsets
    tune = Tune(roll, config=SMALL, onsets=onsets, velocities=velocities)
    corpus = Corpus("pulse", SMALL, (tune,) * 16)
    config = replace(CONFIG, epochs=60, length=40, learning_rates=(1e-2,) * 4, transpose=0)
    trainer = Trainer(corpus, corpus, NetworkConfig(8, (12, 12, 12)), config, device="cpu")
    before = evaluate(trainer.network, corpus.tunes).parts
    list(trainer.steps())
    after = evaluate(trainer.best_network(), corpus.tunes).parts
    assert after.strikes < 0.1 * before.strikes
    assert after.velocities < 0.1 * before.velocities
    take = generate(trainer.best_network(), tune.part(0, 9), 40, until_end=True, quiet=True)
    assert take.ended
    assert len(take.tune) == 24
    np.testing.assert_array_equal(take.tune.onsets, onsets)
    assert take.tune.velocities is not None
    heard = take.tune.velocities[9:]
    assert np.abs(heard.astype(int) - velocities[9:])[onsets[9:] == 1].max() < 8
