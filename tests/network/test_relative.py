from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional

from lstmmusic.config import COUNTS, MISSES, PASSAGE_VALUES, REACH, NetworkConfig
from lstmmusic.network import relative, relative_sampler, shared_units
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.noise import Noise
from lstmmusic.network.passages import Passages
from lstmmusic.network.reader import Reader
from lstmmusic.network.recent import LONGEST, Recent
from lstmmusic.network.relative import RelativeOutput
from lstmmusic.network.tonality import Tonality

EVERY_STEP = torch.tensor(list(itertools.product((0, 1), repeat=4))).float()  # (16, 4)


def make_output(
    pitches: int = 4, *, std: float = 0.7, hidden: int = 3, window: int = 14, steps: int = 2, reads: bool = True
) -> RelativeOutput:
    """Make an output with random weights; it need not read passages and tonality."""
    output = RelativeOutput(5, pitches, hidden, window, steps, passages=reads, tonality=reads)
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in output.parameters():
            parameter.normal_(0, std, generator=random)
    return output


def make_rolls(*shape: int, density: float = 0.3) -> torch.Tensor:
    return (torch.rand(shape, generator=torch.Generator().manual_seed(1)) < density).float()


def make_features(output: RelativeOutput, rolls: torch.Tensor) -> torch.Tensor:
    """Return random features of layers, and what is read of rolls, (time, batch, ...)."""
    features = [torch.randn(*rolls.shape[:2], 5, generator=torch.Generator().manual_seed(2))]
    readers: list[Reader] = [Recent(output.pitches, output.steps)]
    readers += [Passages(output.pitches, 6)] * output.passages + [Tonality(output.pitches)] * bool(output.tonality)
    for reader in readers:
        features.append(reader.read(rolls, reader.zero_state(rolls.shape[1], rolls.device))[0])
    return torch.cat(features, dim=2)


def compute_logits(output: RelativeOutput, features: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    """Compute the log-odds of the notes of one step, note by note and term by term."""
    of_layers, recent, tonality = features.split([5, output.channels * output.pitches, output.tonality])
    recent, tonality = recent.view(output.channels, -1), tonality.view(-1, 12)
    reach, steps = output.window, output.steps
    speaks_for, against = recent[steps + 2 :: 2] > 0, recent[steps + 3 :: 2] > 0
    of_steps = output.of_steps.view(-1, steps, 2 * reach + 1)
    of_durations = output.of_durations.view(-1, 2, 2 * REACH + 1)
    logits = []
    for d in range(output.pitches):
        units = output.hidden_biases(of_layers) + output.of_own[d]
        classes, last = set(), recent[0]
        for k in range(output.pitches):
            if abs(k - d) <= reach:
                for channel in range(steps):
                    units = units + of_steps[:, channel, k - d + reach] * recent[channel, k]
            if abs(k - d) <= REACH:
                for channel in range(2):
                    units = units + of_durations[:, channel, k - d + REACH] * recent[steps + channel, k]
            if last[k]:
                classes.add((k - d) % 12)
        for each in classes:
            units = units + output.of_classes[:, each]
        for k in range(d):
            if step[k]:
                units = units + output.of_lower_classes[:, (k - d) % 12]
                units = units + (output.of_lower[:, d - k - 1] if d - k <= reach else 0)
        for average, weights in zip(tonality, output.of_tonality.view(-1, 2, 12).unbind(1), strict=True):
            for up in range(12):
                units = units + weights[:, up] * average[(d + up) % 12]
        for n in range(min(int(step[:d].sum()), COUNTS)):
            units = units + output.of_counts[:, n]
        for value in range(PASSAGE_VALUES):
            units = units + output.of_passages[:, value] * recent[steps + 2 + value, d]
        for passage in range(2):
            wrong = torch.where(step > 0, against[passage], speaks_for[passage])[:d].sum()
            for n, least in enumerate(MISSES):
                if wrong >= least:
                    units = units + output.of_misses[:, passage * len(MISSES) + n]
        units = functional.silu(units)
        units = units + functional.silu(output.middle(units))
        logits.append(output.last(units)[0] + output.pitch_biases(of_layers)[d])
    return torch.stack(logits)


@pytest.mark.parametrize("sparse", [("cpu",), ()])
@pytest.mark.parametrize(("pitches", "window", "steps"), [(1, 2, 1), (4, 12, 2), (30, 3, 1), (36, 14, 3)])
def test_logits_match_a_plain_loop(
    monkeypatch: pytest.MonkeyPatch, pitches: int, window: int, steps: int, sparse: tuple[str, ...]
) -> None:
    monkeypatch.setattr(relative, "SPARSE", sparse)
    monkeypatch.setattr(relative, "BLOCK", 4)
    monkeypatch.setattr(shared_units, "CHUNK", 3)
    output = make_output(pitches, std=0.3, window=window, steps=steps)
    rolls = make_rolls(4, 2, pitches, density=0.5)  # also more notes than are counted
    targets = rolls.flip(0)
    features = make_features(output, rolls)
    with torch.no_grad():
        plain = torch.stack([compute_logits(output, *pair) for pair in zip(features[:, 1], targets[:, 1], strict=True)])
        torch.testing.assert_close(output.logits(features, targets)[:, 1], plain, rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(output.logits(features[:, 1], targets[:, 1]), plain, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(output.logits(features, targets)[:, 1], plain, rtol=1e-4, atol=1e-4)


def test_probabilities_of_all_steps_sum_to_one() -> None:
    output = make_output().double()
    for features in make_features(output.float(), make_rolls(3, 1, 4))[:, 0]:
        probabilities = torch.exp(-output.double().loss(features.double().expand(16, -1), EVERY_STEP.double()))
        assert probabilities.sum().item() == pytest.approx(1, abs=1e-12)


def test_steps_are_sampled_with_their_probability() -> None:
    output = make_output()
    features = make_features(output, make_rolls(3, 1, 4))[-1]
    probabilities = torch.exp(-output.loss(features.expand(16, -1), EVERY_STEP)).detach().numpy()
    uniforms = np.random.default_rng(0).random((20_000, 4), np.float32)
    notes, given_lower = output.sampler(1, 0)(features.expand(20_000, -1).numpy(), uniforms)
    seen = np.bincount((notes @ [8, 4, 2, 1]).astype(int), minlength=16)
    assert ((seen - 20_000 * probabilities) ** 2 / (20_000 * probabilities)).sum() < 37.7  # 1 in 1,000, 15 degrees
    np.testing.assert_array_equal(notes, uniforms < given_lower)
    marginals = output.marginals(features, 4000)[0]
    np.testing.assert_allclose(marginals, probabilities @ EVERY_STEP.numpy(), atol=0.02)


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize(("takes", "span"), [(1, 16), (40, 5), (40, 16), (40, 40)])
def test_sampled_probabilities_match_the_logits(
    monkeypatch: pytest.MonkeyPatch, takes: int, span: int, reads: bool
) -> None:
    monkeypatch.setattr(relative_sampler, "SPAN", span)
    output = make_output(30, std=0.3, reads=reads)
    features = make_features(output, make_rolls(3, takes, 30, density=0.5))[-1]
    uniforms = np.random.default_rng(0).random((takes, 30), np.float32)
    for temperature, threshold in ((0.5, 0), (1, 0), (2, 0.4)):
        notes, probabilities = output.sampler(temperature, threshold)(features.numpy(), uniforms)
        logits = output.logits(features, torch.from_numpy(notes)).detach()
        np.testing.assert_allclose(probabilities, torch.sigmoid(logits / temperature), atol=1e-5)
        np.testing.assert_array_equal(notes, (uniforms < probabilities) & (probabilities >= threshold))
        added = np.random.default_rng(1).normal(size=(takes, 30)).astype(np.float32)
        notes, probabilities = output.sampler(temperature, threshold)(features.numpy(), uniforms, added)
        logits = output.logits(features, torch.from_numpy(notes)).detach() / temperature
        np.testing.assert_allclose(probabilities, torch.sigmoid(logits + torch.from_numpy(added)), atol=1e-5)


@pytest.mark.parametrize("fraction", [0, 0.5])
def test_gradients_against_finite_differences(monkeypatch: pytest.MonkeyPatch, fraction: float) -> None:
    monkeypatch.setattr(shared_units, "CHUNK", 4)
    output = make_output(14, hidden=2)
    rolls = make_rolls(3, 2, 14)
    features = make_features(output, rolls).double()
    output = output.double()
    names = [name for name, _ in output.named_parameters()]

    def logits(of_layers: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        noise = Noise((0, 0, 0), 0, torch.Generator().manual_seed(0), fraction)
        given = torch.cat((of_layers, features[..., 5:]), dim=2)
        values = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(output, values, (given, rolls.flip(0).double(), noise))

    monkeypatch.setattr(RelativeOutput, "forward", RelativeOutput.logits)
    assert torch.autograd.gradcheck(logits, (features[..., :5].clone().requires_grad_(), *output.parameters()))


@pytest.mark.parametrize(("reads", "by_convolution"), [(True, True), (True, False), (False, False)])
def test_loss_and_gradients_of_the_sparse_form_match_the_dense_one(
    monkeypatch: pytest.MonkeyPatch, reads: bool, by_convolution: bool
) -> None:
    monkeypatch.setattr(shared_units, "BY_CONVOLUTION", by_convolution)
    monkeypatch.setattr(shared_units, "CHUNK", 5)
    rolls = make_rolls(6, 4, 40)
    mask = torch.arange(6)[:, None].lt(torch.tensor([6, 1, 4, 5])).float()  # tunes of four lengths
    results = []
    for sparse in (("cpu",), ()):
        monkeypatch.setattr(relative, "SPARSE", sparse)
        output = make_output(40, std=0.3, hidden=8, reads=reads)
        noise = Noise((0, 0, 0), 0, torch.Generator().manual_seed(0), 0.5)
        features = make_features(output, rolls).requires_grad_()
        loss = output.loss(features, rolls.flip(0), noise=noise, mask=mask).sum()
        results.append((loss, *torch.autograd.grad(loss, (features, *output.parameters()))))
    for of_sparse, of_dense in zip(*results, strict=True):
        torch.testing.assert_close(of_sparse, of_dense, rtol=1e-4, atol=1e-4)


def test_dropped_units_are_the_same_for_all_steps_and_pitches_of_a_sequence() -> None:
    output = make_output(14, hidden=8)
    with torch.no_grad():
        for name, parameter in output.named_parameters():
            parameter.zero_() if name != "last.weight" else parameter.fill_(1)
        output.hidden_biases.bias.fill_(1)
    noise = Noise((0, 0, 0), 0, torch.Generator().manual_seed(0), 0.5)
    features = make_features(output, make_rolls(3, 5, 14))
    logits = output.logits(features, make_rolls(3, 5, 14), noise)
    torch.testing.assert_close(logits, logits[:1, :, :1].expand_as(logits))
    assert len(logits[0, :, 0].unique()) > 1


@pytest.mark.parametrize("semitones", [1, 5, -7])
def test_transposed_tune_has_the_same_loss_away_from_the_edges(semitones: int) -> None:
    output = make_output(100, std=0.3)
    with torch.no_grad():
        output.of_own.zero_()
        output.pitch_biases.weight.zero_()
        output.pitch_biases.bias.fill_(-2)
    roll = torch.zeros(8, 1, 100)
    roll[:, :, 40:60] = make_rolls(8, 1, 20)
    moved = roll.roll(semitones, 2)
    losses = []
    for tune, pitches in ((roll, slice(30, 70)), (moved, slice(30 + semitones, 70 + semitones))):
        logits, targets = output.logits(make_features(output, tune[:-1]), tune[1:])[..., pitches], tune[1:, :, pitches]
        losses.append(functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum").item() / 7)
    assert losses[0] == pytest.approx(losses[1], abs=1e-4)


def test_durations_count_steps_since_the_first_that_was_read() -> None:
    roll = torch.zeros(LONGEST + 9, 1, 3)
    roll[2:4, 0, 1] = 1
    roll[:, 0, 2] = 1
    recent = Recent(3, 2)
    values, (steps, durations) = recent.read(roll, recent.zero_state(1, roll.device))
    now, before, sounding, silent = values.view(-1, 4, 3).unbind(1)
    torch.testing.assert_close(now, roll[:, 0])
    torch.testing.assert_close(before[1:], roll[:-1, 0])
    torch.testing.assert_close(sounding[:6, 1], 0.5 * torch.tensor([0, 0, 1.0, 2, 0, 0]).log1p())
    torch.testing.assert_close(silent[:6, 1], 0.25 * torch.tensor([1.0, 2, 0, 0, 1, 2]).log1p())
    assert sounding[-1, 2] == sounding[LONGEST - 1, 2] > sounding[LONGEST - 2, 2]
    assert durations.tolist() == [[-LONGEST, -LONGEST, LONGEST]]
    assert steps.tolist() == [[0, 0, 1] * 2]


@pytest.mark.parametrize("skip", [True, False])
def test_features_of_a_roll_in_parts_match_those_of_the_whole(skip: bool) -> None:
    network = StackedLSTM(NetworkConfig(9, (3, 4, 5), skip, output="relative", relative_steps=3))
    roll = make_rolls(20, 2, 9)
    whole, final = network(roll)
    parts, state = [], None
    for part in (roll[:1], roll[1:3], roll[3:15], roll[15:]):
        features, state = network(part, state)
        parts.append(features)
    torch.testing.assert_close(torch.cat(parts), whole)
    torch.testing.assert_close(state, final)


def test_parameters_are_counted_and_those_of_a_pitch_start_at_zero() -> None:
    config = NetworkConfig(9, (3, 4, 5), output="relative", relative_hidden=7, relative_window=13, relative_steps=3)
    network = StackedLSTM(config)
    assert config.parameters == sum(parameter.numel() for parameter in network.parameters())
    assert not network.output.get_parameter("of_own").any()


def test_some_notes_of_the_last_steps_are_forgotten() -> None:
    network = StackedLSTM(NetworkConfig(9, (3, 4, 5)).rolls_only())
    roll = make_rolls(300, 2, 9)
    whole, state = network(roll)
    noisy, noisy_state = network(roll, noise=Noise((0, 0, 0), 0, torch.Generator().manual_seed(0), forgotten=0.2))
    torch.testing.assert_close(noisy[..., :12], whole[..., :12])  # what the layers say
    last, heard = whole[..., 12:21], noisy[..., 12:21]
    assert torch.equal(last, roll)
    assert (heard <= last).all()
    assert (heard.sum() / last.sum()).item() == pytest.approx(0.8, abs=0.04)
    for reader, noisy_reader in zip(state[4:], noisy_state[4:], strict=True):  # of passages and tonality
        torch.testing.assert_close(noisy_reader, reader)
