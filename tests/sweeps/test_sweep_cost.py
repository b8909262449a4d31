from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from lstmmusic.base.progress import Progress, finish
from lstmmusic.config import NetworkConfig
from lstmmusic.runs.recipe import Recipe
from lstmmusic.sweeps import cost as cost_module
from lstmmusic.sweeps.cost import SweepCost, estimating_sweep_cost
from lstmmusic.sweeps.plan import Plan
from tests.conftest import make_scales


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Measure nothing: an epoch takes as many seconds as the first layer has units."""
    sizes: list[int] = []

    def estimate(training: Any, network: NetworkConfig, config: Any, *, device: str) -> Any:
        sizes.append(network.hidden[0])
        yield Progress(1, 2)
        return SimpleNamespace(seconds_per_epoch=float(network.hidden[0]))

    monkeypatch.setattr(cost_module, "estimating_cost", estimate)
    return sizes


def estimate(plan: Plan) -> SweepCost:
    return finish(estimating_sweep_cost(plan, plan.combinations(), make_scales(6, 30)), "", quiet=True)


def test_runs_that_cost_the_same_are_measured_once(recipe: Recipe, measured: list[int]) -> None:
    plan = Plan(recipe, {"hidden": (4, 8), "clip": (1.0, 2.0, 3.0)})
    assert estimate(plan) == SweepCost(6, 3 * 3 * (4 + 8))
    assert measured == [8, 4]


def test_only_some_of_many_are_measured(recipe: Recipe, measured: list[int]) -> None:
    plan = Plan(recipe, {"hidden": tuple(range(1, 22))})
    assert estimate(plan).seconds == pytest.approx(3 * sum(range(1, 22)), rel=0.05)
    assert measured == [21, 15, 8, 1]


def test_minutes_limit_the_cost(recipe: Recipe, measured: list[int]) -> None:
    plan = Plan(replace(recipe, minutes=0.2), {"hidden": (2, 8)})
    assert estimate(plan).seconds == pytest.approx(6 + 12)


def test_measured_cost_is_about_what_a_run_takes(recipe: Recipe) -> None:
    cost = estimate(Plan(recipe, {"clip": (1.0, 2.0)}))
    assert cost.runs == 2
    assert 0 < cost.seconds < 60
