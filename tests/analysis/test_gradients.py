from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

import lstmmusic as lm
from lstmmusic.analysis import gradients
from lstmmusic.config import Loss, NetworkConfig
from lstmmusic.network.model import StackedLSTM
from tests.analysis.reference import CONFIGS, NAMES, inputs_of, make_network, make_tune, run_loop

STEPS, SMALL = 5, 1e-5


def loss_after(network: StackedLSTM, tune: lm.Tune, kind: Loss, part: str, layer: int, at: int, added: Tensor) -> float:
    """Return the loss of step `STEPS`, where something is added to a state after step `at`."""
    seen = dict.fromkeys(((name, k) for name in "hc" for k in range(3)), -1)
    seen |= dict.fromkeys((("h", k) for k in range(3)), -2)  # it is changed before the first step too

    def change(name: str, k: int, values: Tensor) -> Tensor:
        if name in "hc":
            seen[name, k] += 1
            return values + added if (name, k, seen[name, k]) == (part, layer, at) else values
        return values

    cells, of_places = inputs_of(network, tune)
    features, _ = run_loop(network, cells[:STEPS], of_places[:STEPS], change)
    target = cells[None, STEPS : STEPS + 1].to(features)
    with torch.no_grad():
        losses = network.losses(features[-1:], target, kind, mask=target.new_ones(1, 1))
    return float(torch.stack([each.sum() for each in losses]).sum())


@pytest.mark.parametrize(
    ("config", "kind"),
    [(CONFIGS[0], "cross-entropy"), (CONFIGS[1], "cross-entropy"), (CONFIGS[3], "squared-error")],
    ids=[NAMES[0], NAMES[1], NAMES[3]],
)
def test_norms_are_those_of_finite_differences(config: NetworkConfig, kind: Loss) -> None:
    network, tune = make_network(config).double(), make_tune(12)
    found = lm.gradient_through_time(network, tune, STEPS, kind)
    assert found.h.shape == found.c.shape == (3, STEPS)
    assert found.h.dtype == np.float32
    for back in (0, 2):
        for layer, size in enumerate(config.hidden):
            for part, norms in (("h", found.h), ("c", found.c)):
                slopes = []
                for unit in torch.eye(size, dtype=torch.float64):
                    up, down = (
                        loss_after(network, tune, kind, part, layer, STEPS - 1 - back, sign * SMALL * unit)
                        for sign in (1, -1)
                    )
                    slopes.append((up - down) / (2 * SMALL))
                assert norms[layer, back] == pytest.approx(np.linalg.norm(slopes), rel=1e-4, abs=1e-8)
    np.testing.assert_allclose(found.states**2, found.h**2 + found.c**2, rtol=1e-5)
    assert found.c[:, 0].tolist() == [0, 0, 0]
    assert (found.states > 0).all() or not config.skip


def test_gradients_go_back_as_far_as_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    network, tune = make_network(CONFIGS[0]), make_tune(40)
    whole = lm.gradient_through_time(network, tune, 39)
    monkeypatch.setattr(gradients, "LONGEST", 10)
    some = lm.gradient_through_time(network, tune, 39)
    np.testing.assert_allclose(some.h, whole.h[:, :10], rtol=1e-4)
    np.testing.assert_allclose(some.c, whole.c[:, :10], rtol=1e-4)


@pytest.mark.parametrize("config", CONFIGS, ids=NAMES)
def test_parameters_get_no_gradients_and_need_none(config: NetworkConfig) -> None:
    network, tune = make_network(config), make_tune(9)
    found = lm.gradient_through_time(network, tune, 8)
    assert all(parameter.grad is None for parameter in network.parameters())
    network.requires_grad_(False).eval()
    with torch.inference_mode():
        other = lm.gradient_through_time(network, tune, 8)
    np.testing.assert_allclose(found.h, other.h, rtol=1e-5)


@pytest.mark.parametrize("step", [0, 9])
def test_steps_without_a_past_are_refused(step: int) -> None:
    with pytest.raises(lm.ConfigError, match=f"step is {step}; it must be a whole number from 1 to 8"):
        lm.gradient_through_time(make_network(CONFIGS[0]), make_tune(9), step)
