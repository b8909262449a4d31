from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmmusic.config import CHANGEABLE, RENAMED, NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import ConfigError
from lstmmusic.presets import PRESETS
from lstmmusic.settings import settings_of


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: RollConfig(step=0), "step"),
        (lambda: RollConfig(step=-0.3), "step"),
        (lambda: RollConfig(step=float("nan")), "step"),
        (lambda: RollConfig(step="0.3"), "step"),
        (lambda: RollConfig(unit="bars"), "unit"),
        (lambda: RollConfig(lowest=-1), "lowest"),
        (lambda: RollConfig(highest=128), "highest"),
        (lambda: RollConfig(lowest=70, highest=60), "highest"),
        (lambda: NetworkConfig(hidden=(120, 0, 120)), "layer 2"),
        (lambda: NetworkConfig(hidden=(120, 120)), "hidden"),
        (lambda: NetworkConfig(hidden=(True, 1, 1)), "layer 1"),
        (lambda: NetworkConfig(pitches=0), "pitches"),
        (lambda: NetworkConfig(skip="yes"), "skip"),
        (lambda: NetworkConfig(output="loud"), "output"),
        (lambda: TrainingConfig(learning_rates=(1e-3, 1e-3, -1e-3, 1e-3)), "layer 3"),
        (lambda: TrainingConfig(learning_rates=(1e-3,)), "learning_rates"),
        (lambda: TrainingConfig(loss="hinge"), "loss"),
        (lambda: TrainingConfig(clip=0), "clip"),
        (lambda: TrainingConfig(batch_size=0), "batch_size"),
        (lambda: TrainingConfig(batch_size=2.5), "batch_size"),
        (lambda: TrainingConfig(length=1), "length"),
        (lambda: TrainingConfig(epochs=0), "epochs"),
        (lambda: TrainingConfig(epsilon=0), "epsilon"),
        (lambda: TrainingConfig(seed=-1), "seed"),
    ],
)
def test_bad_value_is_refused_with_its_name_and_range(make, field: str) -> None:
    with pytest.raises(ConfigError, match=f"{field}.* is .*must be"):
        make()


def made(cls: type, **fields: st.SearchStrategy) -> st.SearchStrategy:
    """Return a strategy for configs of a class, with any values of some of its fields."""
    return st.fixed_dictionaries({}, optional=fields).map(lambda values: cls(**values))


PITCHES = st.tuples(st.integers(0, 127), st.integers(0, 127)).map(sorted)
SHARES = st.floats(0, 0.95)
CONFIGS = st.one_of(
    st.builds(
        lambda step, unit, pitches: RollConfig(step, unit, *pitches),
        st.floats(0.01, 60),
        st.sampled_from(["seconds", "beats"]),
        PITCHES,
    ),
    made(
        NetworkConfig,
        pitches=st.integers(1, 128),
        hidden=st.tuples(*[st.integers(1, 8192)] * 3),
        skip=st.booleans(),
        cell=st.sampled_from(["standard", "peephole", "2016"]),
        output=st.sampled_from(["joint", "independent", "relative"]),
        joint_hidden=st.integers(1, 8192),
    ),
    made(
        TrainingConfig,
        loss=st.sampled_from(["cross-entropy", "squared-error"]),
        optimizer=st.sampled_from(["adam", "rmsprop"]),
        learning_rates=st.tuples(*[st.floats(0, 1e3)] * 4),
        clip=st.floats(1e-9, 1e9),
        clip_kind=st.sampled_from(["norm", "element"]),
        batch_size=st.integers(1, 4096),
        length=st.integers(2, 100_000),
        initial_weight_std=st.none() | st.floats(0, 10),
        epsilon=st.floats(1e-30, 1),
        dropout=st.tuples(*[SHARES] * 3),
        ema_decay=st.floats(0, 0.99999),
        seed=st.integers(0, 2**63 - 1),
    ),
)


@given(config=CONFIGS)
def test_any_config_round_trips_through_json(config) -> None:
    assert type(config).from_dict(json.loads(json.dumps(asdict(config)))) == config


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=8,
)


@given(data=st.data())
def test_any_json_makes_a_config_or_is_refused(data: st.DataObject) -> None:
    cls = data.draw(st.sampled_from([RollConfig, NetworkConfig, TrainingConfig]))
    names = st.sampled_from([field.name for field in fields(cls)])
    try:
        config = cls.from_dict(data.draw(st.dictionaries(names, JSON, max_size=3) | JSON))
    except ConfigError:
        return
    assert cls.from_dict(json.loads(json.dumps(asdict(config)))) == config


def test_relative_outputs_of_older_files_keep_what_they_read() -> None:
    saved = asdict(NetworkConfig(relative_steps=3, relative_passages=7))
    del saved["relative_tonality"]
    assert NetworkConfig.from_dict(saved) == NetworkConfig(
        relative_steps=3, relative_passages=7, relative_tonality=False
    )
    del saved["relative_passages"]
    assert NetworkConfig.from_dict(saved) == NetworkConfig(
        relative_steps=3, relative_passages=0, relative_tonality=False
    )


def test_unknown_setting_in_a_file_is_refused() -> None:
    with pytest.raises(ConfigError, match="colour"):
        TrainingConfig.from_dict({"colour": "red"})


def test_recommended_is_the_default_and_seed_2016_has_the_values_of_2016() -> None:
    assert PRESETS["recommended"] == (NetworkConfig(), TrainingConfig())
    assert NetworkConfig().output == "relative"
    network, training = PRESETS["seed-2016"]
    assert (network.hidden, network.output, training.transpose) == ((120, 120, 120), "independent", 0)
    assert training.optimizer == "rmsprop"
    assert training.learning_rates == (1e-3,) * 4
    assert (training.clip, training.clip_kind, training.epsilon) == (30.0, "element", 1e-5)
    assert (training.initial_weight_std, training.initial_state_max) == (0.1, 0.01)
    assert (training.batch_size, training.length, training.epochs, training.updates_per_batch) == (5, 100, 50, 2)


def test_numpy_numbers_and_lists_are_accepted() -> None:
    config = TrainingConfig(learning_rates=[np.float32(0.5)] * 4, batch_size=np.int64(3))  # type: ignore[arg-type]
    assert config == TrainingConfig(learning_rates=(0.5,) * 4, batch_size=3)
    assert type(config.batch_size) is int
    assert json.dumps(asdict(config))
    assert NetworkConfig(hidden=[1, 2, 3]).hidden == (1, 2, 3)  # type: ignore[arg-type]


def test_arrays_are_accepted_and_whole_steps_equal_floats() -> None:
    rates, hidden = np.full(4, 1e-3), np.array([8, 8, 8])
    assert TrainingConfig(learning_rates=rates) == TrainingConfig(learning_rates=(1e-3,) * 4)  # type: ignore[arg-type]
    assert NetworkConfig(hidden=hidden) == NetworkConfig(hidden=(8, 8, 8))  # type: ignore[arg-type]
    assert json.dumps(asdict(NetworkConfig(hidden=hidden)))  # type: ignore[arg-type]
    assert repr(RollConfig(step=1, unit="beats")) == repr(RollConfig(step=1.0, unit="beats"))


def test_settings_of_older_files_are_renamed() -> None:
    now = asdict(TrainingConfig(learning_rates=(1.0, 2.0, 3.0, 4.0), ema_decay=0.5, initial_weight_std=0.1))
    then = {{new: old for old, new in RENAMED.items()}.get(name, name): value for name, value in now.items()}
    assert TrainingConfig.from_dict(then) == TrainingConfig.from_dict(now)
    assert {"rates", "averaging", "weight_spread"} < set(then)


def test_changeable_settings_are_those_marked_in_the_fields() -> None:
    assert (*("learning_rates", "clip", "clip_kind", "batch_size", "epochs", "updates_per_batch", "l1"),) == CHANGEABLE


def test_readme_has_every_setting_as_its_field_describes_it() -> None:
    rows = []
    for config in (RollConfig, NetworkConfig, TrainingConfig):
        for name, setting in settings_of(config).items():
            rows.append(
                f"| `{config.__name__}.{name}` | `{getattr(config, name)!r}` | {setting.allowed} | {setting.help} |"
            )
    table = "\n".join(["| setting | default | allowed | what it does |", "| --- | --- | --- | --- |", *rows])
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert table in readme, f"README.md needs this table:\n{table}"
