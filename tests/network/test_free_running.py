from __future__ import annotations

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from lstmmusic.config import NetworkConfig
from lstmmusic.network.free_running import Numbers, Samplers, run_freely, sample_steps
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.stepper import Stepper, StepWeights


@pytest.mark.parametrize("output", ["joint", "independent", "relative"])
@pytest.mark.parametrize("takes", [1, 3])
def test_bias_is_added_by_what_sounded_in_the_step_before(output: str, takes: int) -> None:
    network = StackedLSTM(
        NetworkConfig(pitches=6, hidden=(5, 5, 5), output=output).rolls_only(), initial_weight_std=0.7
    )
    uniforms = np.random.default_rng(0).random((9, takes, 6), np.float32)
    numbers = Numbers(uniforms, np.zeros((9, takes, 2, 6), np.float32), np.zeros((9, takes), np.float32))
    bias = network.sampling_bias.copy_(torch.tensor([-0.7, 1.2, 0.0, 0.0])).numpy()[:2]
    opening = (torch.rand(4, takes, 6, generator=torch.Generator().manual_seed(0)) < 0.3).float()
    with torch.inference_mode():
        stepper = Stepper(StepWeights(network), network(opening)[1], takes)
        sampled = list(run_freely(stepper, Samplers.of(network, 2, 0), numbers, opening[-1].numpy()))
        rolls, probabilities = (np.stack(part) for part in list(zip(*sampled, strict=True))[:2])
        np.testing.assert_array_equal(rolls, uniforms < probabilities)
        whole = torch.cat((opening, torch.from_numpy(rolls)))
        before, targets = whole[3:-1], whole[4:]
        logits = network.output.logits(network(whole[:-1])[0][3:], targets)
    added = torch.where(before > 0, *map(float, bias[::-1]))
    np.testing.assert_allclose(probabilities, torch.sigmoid(logits / 2 + added), atol=1e-5)


def test_limit_of_threads_ends_at_a_pause() -> None:
    network = StackedLSTM(NetworkConfig(pitches=6, hidden=(5, 5, 5)).rolls_only())
    numbers, last = Numbers.draw(np.random.default_rng(0), 70, 1, 6), np.zeros((1, 6), np.float32)
    stepper = Stepper(StepWeights(network), network.zero_state(1), 1)
    threads = count_threads()
    sampling = sample_steps(stepper, Samplers.of(network, 1, 0), numbers, last)
    done = [(so_far.done, len(so_far.steps.cells), count_threads()) for so_far in sampling]
    assert done == [(32, 32, threads), (64, 64, threads), (70, 70, threads)]


def count_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
