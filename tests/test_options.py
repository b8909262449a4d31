"""Settings as options of a command."""

from __future__ import annotations

import argparse
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstmmusic.config import Config, NetworkConfig, RollConfig, SamplingConfig, TrainingConfig
from lstmmusic.config.options import add_options, option_of, read_options, write_options
from lstmmusic.presets import PRESETS
from lstmmusic.settings import Setting, settings_of

CONFIGS = (RollConfig, NetworkConfig, TrainingConfig, SamplingConfig)


def make_parser(base: Config) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("a command", allow_abbrev=False)
    add_options(parser, base)
    return parser


def parse(words: list[list[str]], base: Config) -> Config:
    parser = make_parser(base)
    return read_options(parser, parser.parse_args([word for option in words for word in option]), base)


def values_of(setting: Setting) -> st.SearchStrategy:
    if setting.bounds is None:
        return st.sampled_from(tuple(setting.choices) or (True, False))
    low, high = setting.bounds
    number = st.integers(int(low), int(high)) if setting.whole else st.floats(low, high)
    value = st.tuples(*[number] * len(setting.parts)) if setting.parts else number
    return st.none() | value if setting.optional else value


@pytest.mark.parametrize("config", CONFIGS)
@given(data=st.data())
def test_options_that_are_written_are_read_back(config: type[Config], data: st.DataObject) -> None:
    name, setting = data.draw(st.sampled_from(list(settings_of(config).items())))
    fields = {name: data.draw(values_of(setting))}
    if name == "lowest":
        fields["highest"] = 127
    elif name == "highest":
        fields["lowest"] = 0
    elif name == "strikes":
        fields["velocities"] = False
    changed = replace(config(), **fields)
    assert parse(write_options(changed, config()), config()) == changed


def test_presets_are_written_as_options() -> None:
    network, training = PRESETS["seed-2016"]
    assert parse(write_options(network, NetworkConfig()), NetworkConfig()) == network
    assert parse(write_options(training, TrainingConfig()), TrainingConfig()) == training
    assert ["--initial-weight-std", "0.1"] in write_options(training, TrainingConfig())
    assert write_options(TrainingConfig(), training).count(["--initial-weight-std", "none"]) == 1


def test_one_number_stands_for_all_parts() -> None:
    assert parse([["--hidden", "8"]], NetworkConfig()).hidden == (8, 8, 8)
    assert parse([["--learning-rates", "1", "2", "3", "4"]], TrainingConfig()).learning_rates == (1, 2, 3, 4)


@pytest.mark.parametrize("config", CONFIGS)
def test_help_has_every_setting_with_its_range_and_default(config: type[Config]) -> None:
    words = " ".join(make_parser(config()).format_help().split())
    for name, setting in settings_of(config).items():
        assert option_of(name) in words
        assert " ".join(setting.help.split())[1:] in words
    assert "mIDI" not in words
    if config is TrainingConfig:
        assert "(1 to 4096 crops, whole; default: 8)" in words
        assert "layer 1, layer 2, layer 3, output: a number each, or one for all" in words
        assert "default: 0.004 0.004 0.004 0.02" in words
        assert "{adam,rmsprop}" in words


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--epochs", "0"], "argument --epochs: epochs is 0; it must be a whole number from 1 to 1e+06"),
        (["--epochs", "2.5"], "epochs is '2.5'; it must be a whole number"),
        (["--clip", "nan"], "clip is nan; it must be a number from"),
        (["--learning-rates", "1", "2"], "must be 4 numbers, for layer 1, layer 2, layer 3, output"),
        (["--optimizer", "sgd"], "optimizer is 'sgd'; it must be one of adam, rmsprop"),
        (["--weight-decay", "none"], "weight_decay is 'none'"),
        (["--epoch", "3"], "unrecognized arguments: --epoch"),
    ],
)
def test_wrong_value_is_refused_with_what_is_allowed(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse([words], TrainingConfig())
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_settings_that_do_not_go_together_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        parse([["--lowest", "60"], ["--highest", "50"]], RollConfig())
    assert stopped.value.code == 2
    assert "highest is 50; it must be a whole number from 60 to 127" in capsys.readouterr().err
