from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.errors import ConfigError
from lstmmusic.music.source import Source
from lstmmusic.runs.recipe import Recipe
from lstmmusic.sweeps.plan import MOST_RUNS, Between, Plan, Swept, list_swept
from tests.runs.test_recipe import JSON

RECIPE = Recipe(Source("chorales", held_out=0.15), training=TrainingConfig(epochs=2))


def test_grid_has_every_combination() -> None:
    plan = Plan(RECIPE, {"clip": (0.5, 1.0), "cell": ("standard", "peephole"), "dropout.hidden": (0.3,)})
    assert plan.combinations() == [
        {"clip": clip, "cell": cell, "dropout.hidden": 0.3} for clip in (0.5, 1.0) for cell in ("standard", "peephole")
    ]
    made = plan.recipe_of({"clip": 0.5, "cell": "peephole", "dropout.hidden": 0.3})
    assert made.training == replace(RECIPE.training, clip=0.5, dropout=(0.1, 0.3, 0.4))
    assert made.network == NetworkConfig(cell="peephole")
    assert (made.source, made.training.epochs) == (RECIPE.source, 2)
    assert plan.name_of("mine", plan.combinations()[0]) == "mine clip 0.5, cell standard, dropout hidden 0.3"


def test_number_for_several_parts_goes_to_all_and_rates_keep_their_ratios() -> None:
    def made(key: str, value: Any) -> Recipe:
        return Swept.of(key).apply(RECIPE, value)

    assert made("learning_rates", 0.008).training.learning_rates == (0.008, 0.008, 0.008, 0.04)
    assert made("learning_rates.output", 0.008).training.learning_rates == (0.004, 0.004, 0.004, 0.008)
    assert made("learning_rates", (1e-3, 2e-3, 3e-3, 4e-3)).training.learning_rates == (1e-3, 2e-3, 3e-3, 4e-3)
    assert made("dropout", 0.2).training.dropout == (0.2, 0.2, 0.2)
    assert made("hidden", 48).shape.hidden == (48, 48, 48)
    assert made("hidden.layer 2", 48).shape.hidden == (120, 48, 120)
    assert Swept.of("learning_rates").describe(0.004) == "learning rate 0.004"
    assert Swept.of("hidden").describe((8, 9, 10)) == "hidden 8-9-10"
    assert Swept.of("ema_decay").describe(0.99) == "ema decay 0.99"


def test_drawn_runs_are_different_within_the_ranges_and_the_same_for_a_seed() -> None:
    settings = {"learning_rates": Between(1e-4, 1e-1), "hidden": Between(8, 16), "skip": (True, False)}
    plan = Plan(RECIPE, settings, number=40, seed=3)
    drawn = plan.combinations()
    assert len(drawn) == 40
    assert len({tuple(values.items()) for values in drawn}) == 40
    rates = [values["learning_rates"] for values in drawn]
    assert all(1e-4 <= rate <= 1e-1 for rate in rates)
    assert 8 < sum(rate < 10**-2.5 for rate in rates) < 32  # on a logarithmic scale, that is the middle
    assert {values["hidden"] for values in drawn} <= set(range(8, 17))
    assert drawn == Plan(RECIPE, settings, number=40, seed=3).combinations()
    assert drawn != Plan(RECIPE, settings, number=40, seed=4).combinations()
    assert len(Plan(RECIPE, {"clip": (1.0, 2.0), "skip": (True, False)}, number=9).combinations()) == 4


def test_values_are_read_as_they_are_typed() -> None:
    def read(key: str, text: str) -> Any:
        return Swept.of(key).read(text)

    assert read("learning_rates", "0.002, 0.004,0.008") == (0.002, 0.004, 0.008)
    assert read("learning_rates", "1e-4 to 0.1") == Between(1e-4, 0.1)
    assert read("hidden", "48, 96") == (48, 96)
    assert isinstance(read("hidden", "48")[0], int)
    assert read("cell", "standard, with peepholes, 2016") == ("standard", "peephole", "2016")
    assert read("skip", "on, off") == (True, False)
    assert read("dropout", "20%, 0.3") == (0.2, 0.3)
    assert read("initial_weight_std", "none, 0.1") == (None, 0.1)


@pytest.mark.parametrize(
    ("key", "text", "message"),
    [
        ("learning_rates", "", "needs from 1 to 1000 values, separated by commas"),
        ("learning_rates", "0.1, a", "'a' is not a number; learning_rates is 0 to 1000"),
        ("learning_rates", "0.1, 0.1", "the same value twice"),
        ("learning_rates", "1e9", "learning_rates is 1000000000.0; it must be a number from 0 to 1000"),
        ("learning_rates", "nan", "learning_rates is nan"),
        ("learning_rates", "0.1 to 0.1", "range from 0.1 to 0.1 is empty"),
        ("learning_rates", "0.1 to 1e9", "learning_rates is 1000000000.0"),
        ("hidden", "8.5", "hidden is 8.5; it must be a whole number"),
        ("cell", "gated", "cell is 'gated'; it must be one of standard, peephole, 2016"),
        ("cell", "standard to 2016", "cell is 'standard to 2016'"),
        ("skip", "perhaps", "skip is 'perhaps'; it must be one of True, False"),
    ],
)
def test_values_that_a_setting_cannot_have_are_refused(key: str, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Swept.of(key).read(text)


@pytest.mark.parametrize(
    ("settings", "more", "message"),
    [
        ({}, {}, "needs a setting and its values"),
        ({"pitches": (8,)}, {}, "'pitches' is not a setting that can be swept; these are: loss, "),
        ({"dropout.layer 9": (0.1,)}, {}, "not a setting that can be swept"),
        ({"clip": ()}, {}, "needs from 1 to 1000 values"),
        ({"clip": 3}, {}, "needs from 1 to 1000 values"),
        ({"cell": "peephole"}, {}, "needs from 1 to 1000 values"),
        ({"clip": Between(0.1, 1)}, {}, "clip has a range: say how many runs to draw"),
        ({"cell": Between(0.1, 1)}, {"number": 3}, "cell has no range"),
        ({"clip": (1.0,)}, {"number": 0}, "number is 0"),
        ({"clip": (1.0,)}, {"seed": -1}, "seed is -1"),
        ({"clip": tuple(range(1, 50)), "length": tuple(range(2, 50))}, {}, "2,352 runs, more than 1,000"),
    ],
)
def test_plans_that_cannot_be_are_refused(settings: Any, more: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Plan(RECIPE, settings, **more)


def test_values_that_do_not_go_together_are_refused() -> None:
    plan = Plan(RECIPE, {"velocities": (True,), "strikes": (True, False)})
    with pytest.raises(ConfigError, match="velocities need strikes"):
        plan.combinations()
    started = replace(RECIPE, start="bundled: chorales")
    with pytest.raises(ConfigError, match="fixed by the weights that the runs start from"):
        Plan(started, {"hidden": (8, 9)})
    assert Plan(started, {"clip": (0.5, 1.0)}).combinations()


def test_part_of_a_setting_is_never_undone_by_the_whole() -> None:
    plan = Plan(RECIPE, {"dropout.hidden": (0.3, 0.5), "dropout": (0.2,)})
    dropouts = [plan.recipe_of(values).training.dropout for values in plan.combinations()]
    assert [set(each) for each in dropouts] == [{0.2, 0.3}, {0.2, 0.5}]


def test_every_setting_can_be_swept() -> None:
    for key in list_swept():
        swept = Swept.of(key)
        value = getattr(RECIPE.shape if swept.of_network else RECIPE.training, swept.name)
        value = value[0] if swept.part else value
        plan = Plan(RECIPE, {key: (value,)})
        assert plan.recipe_of({key: value}).training.epochs == 2
        assert Plan.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_plan_is_the_same_after_json() -> None:
    plan = Plan(RECIPE, {"hidden": ((8, 9, 10), 48), "clip": Between(0.5, 2)}, number=5, seed=7, stop_early=True)
    again = Plan.from_dict(json.loads(json.dumps(plan.to_dict())))
    assert again == plan
    assert again.combinations() == plan.combinations()
    assert Plan(RECIPE, {"hidden": np.array([8, 9])}) == Plan(RECIPE, {"hidden": [8, 9]})  # type: ignore[dict-item]


@given(field=st.sampled_from(["recipe", "settings", "number", "seed", "stop_early"]), value=JSON)
def test_any_value_in_a_plan_is_a_plan_or_a_config_error(field: str, value: object) -> None:
    values = Plan(RECIPE, {"clip": (0.5, 1.0)}).to_dict() | {field: value}
    try:
        Plan.from_dict(json.loads(json.dumps(values)))
    except ConfigError:
        return


@given(value=JSON)
def test_any_values_of_a_setting_are_a_plan_or_a_config_error(value: object) -> None:
    values = Plan(RECIPE, {"clip": (0.5, 1.0)}).to_dict()
    for settings in ({"clip": value}, {"clip": [value]}, {"hidden": [value]}, {"cell": [value]}):
        try:
            made = Plan.from_dict(values | {"settings": settings})
        except ConfigError:
            continue
        assert len(made.combinations()) <= MOST_RUNS
