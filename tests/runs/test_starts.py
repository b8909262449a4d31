from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from lstmmusic.config import NetworkConfig, Output, RollConfig, TrainingConfig
from lstmmusic.errors import CheckpointError, ConfigError
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.bundled import PATHS, load_bundled
from lstmmusic.runs.checkpoint import load_network, load_run, save_run
from lstmmusic.runs.listing import read_run
from lstmmusic.runs.starts import list_bundled_starts, list_starts_of, load_start
from lstmmusic.training.evaluation import evaluate
from lstmmusic.training.start import Origin, fingerprint_of
from lstmmusic.training.trainer import Trainer
from tests.conftest import SMALL, make_scales, same_weights
from tests.runs.test_listing import edit_run, make_run

FAST = TrainingConfig(epochs=4, batch_size=2, length=20, learning_rates=(0.02,) * 4)


@pytest.fixture
def first(tmp_path: Path) -> Path:
    make_run(tmp_path / "runs" / "first" / "run.safetensors")
    return tmp_path / "runs" / "first"


@pytest.mark.parametrize("output", ["joint", "independent", "relative"])
def test_run_starts_from_the_best_weights_of_another_and_leaves_them(tmp_path: Path, output: Output) -> None:
    shape = NetworkConfig(8, (6, 7, 8), output=output).rolls_only()
    earlier = make_run(tmp_path / "run.safetensors", 12, network=shape)
    start = load_start(tmp_path / "run.safetensors")
    trainer = Trainer(earlier.training, earlier.validation, config=FAST, device="cpu", start_from=start)
    assert trainer.network.config == shape
    for network in (trainer.network, trainer.ema_network):
        assert network is not start.network
        assert same_weights(network.state_dict(), earlier.best)
    assert not trainer.state_dict()["optimizer"]
    next(trainer.steps())
    assert trainer.validations == [(0, evaluate(start.network, earlier.validation.tunes).per_step)]
    assert trainer.validations[0][1] == min(loss for _, loss in earlier.validations)
    assert same_weights(start.network.state_dict(), earlier.best)
    assert not same_weights(trainer.network.state_dict(), earlier.best)


def test_start_may_be_a_folder_or_file_in_a_folder_or_a_bundled_network(first: Path) -> None:
    for source, folder in ((first, "."), ("runs/first", first.parents[1]), (str(first / "run.safetensors"), "/")):
        start = load_start(source, folder=folder)
        assert (start.source, start.roll) == (str(source), SMALL)
        assert same_weights(start.network.state_dict(), load_network(first / "run.safetensors")[0].state_dict())
    for name in PATHS:
        start = load_start(f"bundled: {name}")
        assert same_weights(start.network.state_dict(), load_bundled(name)[0].state_dict())
        assert start.roll == RollConfig()
        assert str(start.origin) == f"bundled: {name}"


def test_start_that_cannot_be_loaded_is_reported(first: Path) -> None:
    with pytest.raises(ConfigError, match="name is 'drums'; it must be one of chorales, piano"):
        load_start("bundled: drums")
    for missing in (first / "none", "a\0b"):
        with pytest.raises(CheckpointError, match=r"not found|cannot be read"):
            load_start(missing)
    with pytest.raises(CheckpointError, match="no longer has the weights with the fingerprint 0123456789abcdef"):
        load_start(first, fingerprint="0123456789abcdef")


def test_other_pitches_and_another_shape_are_refused_with_what_differs(first: Path) -> None:
    start = load_start(first)
    other = make_scales(3, 30, RollConfig(lowest=61, highest=68))
    with pytest.raises(ConfigError, match="has the pitches 60 to 67, and the music 61 to 68; load the music with"):
        Trainer(other, device="cpu", start_from=start)
    slower = make_scales(3, 30, RollConfig(step=0.5, lowest=60, highest=67))  # which has the same pitches
    trainer = Trainer(slower, None, start.network.config, device="cpu", start_from=start)
    assert trainer.started_from == trainer.snapshot().started_from == start.origin
    shape = replace(start.network.config, hidden=(6, 7, 9), skip=False)
    with pytest.raises(ConfigError, match=r"hidden \(6, 7, 8\) \(here \(6, 7, 9\)\), skip True \(here False\); leave"):
        Trainer(make_scales(3, 30), None, shape, device="cpu", start_from=start)


def test_run_with_a_start_records_it_and_resumes_to_the_last_bit(first: Path, tmp_path: Path) -> None:
    music = make_scales(6, 30).split(0.3)
    whole, stopped = (Trainer(*music, config=FAST, device="cpu", start_from=load_start(first)) for _ in range(2))
    list(whole.steps())
    list(itertools.islice(stopped.steps(), 3))
    save_run(stopped, tmp_path / "second.safetensors")
    assert read_run(tmp_path / "second.safetensors").started_from == load_start(first).origin
    resumed = load_run(tmp_path / "second.safetensors", *music, device="cpu")
    assert resumed.started_from == stopped.started_from
    list(resumed.steps())
    assert (resumed.losses, resumed.validations) == (whole.losses, whole.validations)
    save_run(resumed, tmp_path / "second.safetensors")
    assert read_run(tmp_path / "second.safetensors").started_from == whole.started_from
    assert read_run(first).started_from is None


@pytest.mark.parametrize(
    "record",
    [3, [], "new", {"source": "runs/a"}, {"source": "", "fingerprint": "0" * 16}, {"source": "a", "fingerprint": "x"}],
)
def test_record_of_a_damaged_file_is_refused(first: Path, record: object) -> None:
    edit_run(first / "run.safetensors", started_from=record)
    if record:
        with pytest.raises(CheckpointError, match="damaged"):
            read_run(first)
    else:
        assert read_run(first).started_from is None


def test_sources_are_named_in_words() -> None:
    names = ["bundled: piano", "runs/2026 first", "/home/me/run.safetensors", "runs/a\nb"]
    expected = ["bundled: piano", "run 2026 first", "run /home/me/run.safetensors", "run a\ufffdb"]
    assert [str(Origin(name, "0" * 16)) for name in names] == expected


def test_possible_starts_are_listed_without_their_weights(first: Path) -> None:
    (run,) = list_starts_of([read_run(first)])
    assert (run.source, run.name, run.network, run.roll) == ("runs/first", "run first", read_run(first).network, SMALL)
    for possible in list_bundled_starts():
        start = load_start(possible.source)
        assert (possible.network, possible.roll) == (start.network.config, start.roll)
    assert [possible.name for possible in list_bundled_starts()] == ["bundled: chorales", "bundled: piano"]


def test_fingerprint_of_a_network_that_is_not_calibrated_is_that_of_earlier_versions() -> None:
    network = StackedLSTM(NetworkConfig(4, (2, 2, 2), output="joint").rolls_only(), initial_weight_std=0.0)
    assert fingerprint_of(network) == "ba3c3bcd4e6cc02f"
    network.sampling_bias.fill_(0.1)
    assert fingerprint_of(network) != "ba3c3bcd4e6cc02f"
    independent = StackedLSTM(NetworkConfig(4, (2, 2, 2), output="independent").rolls_only(), initial_weight_std=0.0)
    assert independent.independent_threshold is not None
    before = fingerprint_of(independent)
    assert before == "c400ef4cfce4c2ba"
    independent.independent_threshold.fill_(0.05)
    assert fingerprint_of(independent) != before
