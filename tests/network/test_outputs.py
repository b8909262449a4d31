from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from lstmmusic.network.outputs import IndependentOutput, JointOutput, Output, stratify
from lstmmusic.network.relative import RelativeOutput

OUTPUTS = [lambda: IndependentOutput(5, 4), lambda: JointOutput(5, 4, 6)]
EVERY_STEP = torch.tensor(list(itertools.product((0, 1), repeat=4)))  # (16, 4)


def fill(output: Output, std: float = 1.0) -> Output:
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in output.parameters():
            parameter.normal_(0, std, generator=random)
    return output


def conditionals(output: JointOutput, features: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    """Compute the probability of each note given the lower ones of a step, a note at a time."""
    b, c = output.pitch_biases(features), output.hidden_biases(features)
    result = []
    for d in range(len(step)):
        context = sum(step[k] * output.note_weights[k] for k in range(d))
        h = torch.sigmoid(c + context + output.count_weights[int(step[:d].sum())])
        result.append(torch.sigmoid(b[d] + output.pitch_weights[d] @ h))
    return torch.stack(result)


def test_probabilities_of_all_steps_sum_to_one_and_are_products_of_conditionals() -> None:
    output = fill(JointOutput(5, 4, 6)).double()
    features = torch.randn(3, 5, generator=torch.Generator().manual_seed(1), dtype=torch.double)
    for given in features:
        probabilities = torch.exp(-output.loss(given.expand(16, -1), EVERY_STEP.double()))
        assert probabilities.sum().item() == pytest.approx(1, abs=1e-12)
        for step, probability in zip(EVERY_STEP.double(), probabilities, strict=True):
            p = conditionals(output, given, step)
            torch.testing.assert_close(probability, torch.where(step == 1, p, 1 - p).prod())


def test_steps_are_sampled_with_their_probability() -> None:
    output = fill(JointOutput(5, 4, 6))
    given = torch.randn(5, generator=torch.Generator().manual_seed(1))
    probabilities = torch.exp(-output.loss(given.expand(16, -1), EVERY_STEP.float())).detach().numpy()
    uniforms = np.random.default_rng(0).random((20_000, 4), np.float32)
    notes, given_lower = output.sampler(1, 0)(given.expand(20_000, -1).numpy(), uniforms)
    seen = np.bincount((notes @ [8, 4, 2, 1]).astype(int), minlength=16)
    assert ((seen - 20_000 * probabilities) ** 2 / (20_000 * probabilities)).sum() < 37.7  # 1 in 1,000, 15 degrees
    np.testing.assert_array_equal(notes, uniforms < given_lower)
    for step, p in zip(notes[:50], given_lower, strict=False):
        np.testing.assert_allclose(p, conditionals(output, given, torch.from_numpy(step)).detach(), rtol=1e-5)
    # The notes depend on each other: sampled independently, they would give other chords.
    marginal = (notes.mean(0) * EVERY_STEP.numpy() + (1 - notes.mean(0)) * (1 - EVERY_STEP.numpy())).prod(1)
    assert ((seen - 20_000 * marginal) ** 2 / (20_000 * marginal)).sum() > 200


def test_marginals_match_the_sum_over_all_steps() -> None:
    features = torch.randn(3, 5, generator=torch.Generator().manual_seed(1))
    for output, samples, tolerance in (
        (fill(JointOutput(5, 4, 6)), 4000, 0.02),
        (fill(IndependentOutput(5, 4)), 1, 1e-6),
    ):
        marginals = output.marginals(features, samples)
        for given, estimate in zip(features, marginals, strict=True):
            probabilities = torch.exp(-output.loss(given.expand(16, -1), EVERY_STEP.float()))
            np.testing.assert_allclose(estimate, (probabilities @ EVERY_STEP.float()).detach(), atol=tolerance)


def test_random_numbers_of_samples_are_spread_evenly() -> None:
    uniforms = stratify(np.random.default_rng(0), 7, 500)
    np.testing.assert_array_equal(np.sort(np.floor(uniforms * 7), axis=0), np.arange(7)[:, None].repeat(500, axis=1))
    assert abs(np.corrcoef(uniforms.T[:2])[0, 1]) < 0.9  # each column has an order of its own
    assert 0.4 < uniforms[0].mean() < 0.6


@pytest.mark.parametrize("make", [*OUTPUTS, lambda: RelativeOutput(5, 4, 3, 2, 1)])
def test_features_are_sampled_as_often_as_there_are_random_numbers(make) -> None:
    sample, random = fill(make()).sampler(1, 0), np.random.default_rng(0)
    features, uniforms = random.random((3, 17), np.float32), random.random((6, 4), np.float32)
    features = features[:, : 17 if isinstance(make(), RelativeOutput) else 5]
    for twice, each in zip(sample(features, uniforms), sample(np.tile(features, (2, 1)), uniforms), strict=True):
        np.testing.assert_allclose(twice, each, atol=1e-6)


@pytest.mark.parametrize("make", OUTPUTS)
@pytest.mark.parametrize("kind", ["cross-entropy", "squared-error"])
def test_loss_and_its_gradients_against_finite_differences(make, kind) -> None:
    output = fill(make()).double()
    random = torch.Generator().manual_seed(0)
    features = torch.randn(2, 7, 5, generator=random, dtype=torch.float64, requires_grad=True)
    targets = torch.randint(0, 2, (2, 7, 4), generator=random).double()
    targets[0, 0], targets[1, 1] = 0, 1
    p = torch.sigmoid(output.logits(features, targets))
    plain = (
        -(targets * p.log() + (1 - targets) * (1 - p).log()) if kind == "cross-entropy" else 0.5 * (p - targets) ** 2
    )
    torch.testing.assert_close(output.loss(features, targets, kind), plain.sum(-1))
    names = [f"output.{name}" for name, _ in output.named_parameters()]

    def loss(given: torch.Tensor, *parameters: torch.Tensor) -> torch.Tensor:
        values = dict(zip(names, parameters, strict=True))
        return torch.func.functional_call(_Loss(output), values, (given, targets, kind))

    assert torch.autograd.gradcheck(loss, (features, *output.parameters()))


class _Loss(torch.nn.Module):
    """The loss as a module, so that its parameters can be passed."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self.output = output

    def forward(self, *given) -> torch.Tensor:
        return self.output.loss(*given)


def test_loss_of_certain_notes_stays_finite() -> None:
    output = IndependentOutput(1, 1)
    with torch.no_grad():
        output.linear.weight.fill_(1)
        output.linear.bias.zero_()
    assert output.loss(torch.tensor([[500.0]]), torch.zeros(1, 1)).item() == 500


@pytest.mark.parametrize("make", OUTPUTS)
def test_initial_biases_give_the_frequencies_of_notes(make) -> None:
    output = make()
    with torch.no_grad():
        for parameter in output.parameters():
            parameter.zero_()
    output.init_bias(np.array([0.1, 0.5, 0.9, 0.02]))
    marginals = output.marginals(torch.zeros(1, 5), 1)
    np.testing.assert_allclose(marginals[0], [0.1, 0.5, 0.9, 0.02], rtol=1e-5)


@pytest.mark.parametrize("make", OUTPUTS)
def test_temperature_and_threshold_act_on_each_note_given_the_lower_ones(make) -> None:
    output = fill(make())
    random = np.random.default_rng(0)
    features, uniforms = random.normal(size=(4000, 5)).astype(np.float32), random.random((4000, 4), np.float32)
    for temperature in (0.5, 1.0, 2.0):
        notes, probabilities = output.sampler(temperature, 0)(features, uniforms)
        logits = output.logits(torch.from_numpy(features), torch.from_numpy(notes))
        np.testing.assert_allclose(probabilities, torch.sigmoid(logits / temperature).detach(), atol=1e-5)
        added = random.normal(size=(4000, 4)).astype(np.float32)
        changed, shifted = output.sampler(temperature, 0)(features, uniforms, added)
        np.testing.assert_array_equal(changed, uniforms < shifted)
        logits = output.logits(torch.from_numpy(features), torch.from_numpy(changed)) / temperature
        np.testing.assert_allclose(shifted, torch.sigmoid(logits + torch.from_numpy(added)).detach(), atol=1e-5)
        silenced, unlikely = output.sampler(temperature, 0.4)(features, uniforms)
        np.testing.assert_array_equal(silenced, (uniforms < unlikely) & (unlikely >= 0.4))
        # The lowest note depends on no other, so that only the threshold changes it.
        np.testing.assert_array_equal(silenced[:, 0], notes[:, 0] * (probabilities[:, 0] >= 0.4))
