from __future__ import annotations

import errno
import itertools
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from lstmmusic.base import files
from lstmmusic.config import NetworkConfig, Output, TrainingConfig
from lstmmusic.errors import CheckpointError, ConfigError, SaveError
from lstmmusic.network.model import StackedLSTM
from lstmmusic.presets import PRESETS
from lstmmusic.runs.bundled import PATHS
from lstmmusic.runs.checkpoint import (
    HEADER,
    MAX_HEADER,
    load_network,
    load_run,
    load_weight_snapshots,
    load_weights,
    save_run,
)
from lstmmusic.runs.listing import read_run
from lstmmusic.runs.tensors import write_tensors
from lstmmusic.training.snapshot import Change
from lstmmusic.training.trainer import Trainer
from tests.conftest import SMALL, make_scales, same_weights
from tests.processes import run_python
from tests.runs.test_listing import edit_run, read_file, write_file

NETWORK = NetworkConfig(pitches=8, hidden=(6, 7, 8)).rolls_only()
CONFIGS = {
    name: replace(p.training, batch_size=2, length=20, epochs=4, initial_state_max=0.1) for name, p in PRESETS.items()
}

RESUME = """
import sys
import torch
from lstmmusic import load_run, save_run
from tests.conftest import make_scales
torch.set_num_threads(1)
for path in sys.argv[1:]:
    trainer = load_run(path, *make_scales(6, 30).split(0.3), device="cpu")
    list(trainer.steps())
    save_run(trainer, path)
"""


def make_trainer(config=CONFIGS["recommended"], output: Output = "relative") -> Trainer:
    return Trainer(*make_scales(6, 30).split(0.3), replace(NETWORK, output=output), config, device="cpu")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    trainer = make_trainer()
    list(itertools.islice(trainer.steps(), 5))
    save_run(trainer, tmp_path / "run.safetensors")
    return tmp_path / "run.safetensors"


def test_parts_of_the_last_validation_loss_are_saved(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    music = make_scales(6, 30).split(0.3)
    trainer = Trainer(*music, NetworkConfig(8, (6, 7, 8)), CONFIGS["recommended"], device="cpu")
    save_run(trainer, path)
    assert load_run(path, *music, device="cpu").parts is None
    list(trainer.steps())
    save_run(trainer, path)
    parts = load_run(path, *music, device="cpu").parts
    assert parts == trainer.parts == trainer.snapshot().parts == read_run(path).parts
    assert parts.notes == trainer.validations[-1][1]
    assert str(parts) == f"notes {parts.notes:.2f} + ends {parts.ends:.2f}"
    edit_run(path, parts=None)
    assert load_run(path, *music, device="cpu").parts is read_run(path).parts is None
    for wrong in ([1.0], ["much", 0, 0, 0], [-1.0, 0, 0, 0]):
        edit_run(path, parts=wrong)
        with pytest.raises(CheckpointError):
            read_run(path)


def test_run_resumes_in_another_process_to_the_last_bit(tmp_path: Path) -> None:
    wholes = {}
    runs: list[tuple[str, Output]] = [*((name, "joint") for name in CONFIGS), ("recommended", "relative")]
    for preset, output in runs:
        whole = make_trainer(CONFIGS[preset], output)
        list(whole.steps())
        for updates in (0, 1, 5):
            stopped = make_trainer(CONFIGS[preset], output)
            list(itertools.islice(stopped.steps(), updates))
            path = tmp_path / f"{preset}-{output}-after-{updates}.safetensors"
            save_run(stopped, path)
            wholes[path] = whole
    run_python("-c", RESUME, *map(str, wholes))
    for path, whole in wholes.items():
        resumed = load_run(path, whole.training, whole.validation, device="cpu")
        assert resumed.losses == whole.losses
        assert resumed.validations == whole.validations
        assert (resumed.epoch, resumed.position, resumed.done) == (whole.epoch, whole.position, whole.done)
        assert same_weights(whole.network.state_dict(), resumed.network.state_dict())
        assert same_weights(whole.best, resumed.best)


def test_weight_snapshots_are_saved_and_resume(tmp_path: Path) -> None:
    path, music = tmp_path / "run.safetensors", make_scales(6, 30).split(0.3)
    whole, stopped = make_trainer(), make_trainer()
    list(whole.steps())
    list(itertools.islice(stopped.steps(), 4))
    save_run(stopped, path)
    *kept, newest = load_weight_snapshots(path)
    assert [snapshot.update for snapshot in (*kept, newest)] == [0, 1, 2, 3, 4]
    for snapshot, other in zip(kept, stopped.weight_snapshots, strict=True):
        assert same_weights(snapshot.weights, other.weights)
    assert same_weights(newest.network().state_dict(), stopped.newest_network().state_dict())
    resumed = load_run(path, *music, device="cpu")
    list(resumed.steps())
    save_run(resumed, path)
    loaded = load_weight_snapshots(path)
    assert [snapshot.update for snapshot in loaded] == [0, 1, 2, 3, 5, 10, 20, len(whole.losses)]
    for one, other in zip(loaded, (*whole.weight_snapshots, whole.newest_snapshot()), strict=True):
        assert one.update == other.update
        assert same_weights(one.weights, other.weights)


def test_run_without_weight_snapshots_resumes_and_has_the_newest_weights(saved: Path) -> None:
    header, tensors = read_file(saved)
    write_file(saved, header, {name: part for name, part in tensors.items() if not name.startswith("snapshot.")})
    assert [snapshot.update for snapshot in load_weight_snapshots(saved)] == [5]
    trainer = load_run(saved, *make_scales(6, 30).split(0.3), device="cpu")
    list(itertools.islice(trainer.steps(), 6))
    assert [snapshot.update for snapshot in trainer.weight_snapshots] == [10]
    assert load_weight_snapshots(PATHS["piano"]) == ()


@pytest.mark.parametrize(
    ("prefix", "complaint"),
    [
        ("snapshot.6.", "update of a snapshot is 6"),
        ("snapshot.-1.", "update of a snapshot is -1"),
        ("snapshot.x.", "invalid literal"),
        ("snapshot.4.more.", "another shape"),
    ],
)
def test_foreign_weight_snapshots_are_refused(saved: Path, prefix: str, complaint: str) -> None:
    header, tensors = read_file(saved)
    own = {name.removeprefix("best."): part for name, part in tensors.items() if name.startswith("best.")}
    write_file(saved, header, tensors | {prefix + name: weight.clone() for name, weight in own.items()})
    for load in (load_weight_snapshots, lambda path: load_run(path, *make_scales(6, 30).split(0.3), device="cpu")):
        with pytest.raises(CheckpointError, match=complaint):
            load(saved)


def test_best_network_and_its_grid_are_loaded(saved: Path) -> None:
    network, config = load_network(saved)
    trainer = load_run(saved, *make_scales(6, 30).split(0.3), device="cpu")
    assert config == SMALL
    assert network.config == NETWORK
    roll = np.eye(8)
    np.testing.assert_array_equal(network.probabilities(roll), trainer.best_network().probabilities(roll))


def test_weights_of_another_shape_are_refused_with_their_sizes(saved: Path) -> None:
    network, _ = load_network(saved)
    other = StackedLSTM(NetworkConfig(pitches=8, hidden=(6, 9, 8)))
    with pytest.raises(
        CheckpointError, match=r"layers\.1\.recurrent_weights: \(28, 7\) in the file, \(36, 9\) in the network"
    ) as e:
        load_weights(other, network.state_dict())
    assert "layers.0.recurrent_weights" not in str(e.value)


def test_run_of_other_music_is_refused(saved: Path) -> None:
    with pytest.raises(CheckpointError, match=r"trained on other music.*scales, 4 \+ 2 tunes. Load that"):
        load_run(saved, *make_scales(6, 31).split(0.3))
    with pytest.raises(CheckpointError, match="trained on other music"):
        load_run(saved, make_scales(6, 30))


def test_missing_device_is_named_when_a_run_is_loaded(saved: Path) -> None:
    with pytest.raises(ConfigError, match="this machine has"):
        load_run(saved, *make_scales(6, 30).split(0.3), device="tpu")


def test_damaged_and_foreign_files_are_refused(saved: Path, tmp_path: Path) -> None:
    split = make_scales(6, 30).split(0.3)
    whole = saved.read_bytes()
    other = tmp_path / "other.safetensors"
    for content in (b"", whole[:100], whole[:-100], b"\xff" * 200, pickle.dumps({"a": 1})):
        other.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"other\.safetensors is not a saved run"):
            load_run(other, *split)
        with pytest.raises(CheckpointError, match="is not a saved run"):
            load_network(other)
    save_file({"a": torch.zeros(1)}, other)
    with pytest.raises(CheckpointError, match="is not a saved run"):
        load_network(other)
    with pytest.raises(CheckpointError, match="not found"):
        load_network(tmp_path / "missing.safetensors")
    for changes in ({"network": {"hidden": [6, 7]}}, {"network": 3}, {"position": {}}, {"training": {"clip": -1}}):
        other.write_bytes(whole)
        edit_run(other, **changes)
        with pytest.raises(CheckpointError, match="damaged"):
            load_run(other, *split, device="cpu")
    other.write_bytes(whole)
    edit_run(other, format=99)
    with pytest.raises(CheckpointError, match="format 99"):
        load_network(other)


def test_full_disk_leaves_what_was_there(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = saved.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(SaveError, match=r"No space left on device.*unharmed.*Free some space"):
        save_run(make_trainer(), saved)
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_run_of_renamed_music_is_loaded(saved: Path) -> None:
    training, validation = (replace(part, name="renamed") for part in make_scales(6, 30).split(0.3))
    assert len(load_run(saved, training, validation, device="cpu").losses) == 5


def test_folder_is_made_and_a_file_in_its_place_is_reported(tmp_path: Path) -> None:
    save_run(make_trainer(), tmp_path / "a" / "b" / "run.safetensors")
    assert load_network(tmp_path / "a" / "b" / "run.safetensors")
    (tmp_path / "file").touch()
    with pytest.raises(SaveError, match="could not be saved"):
        save_run(make_trainer(), tmp_path / "file" / "run.safetensors")


def test_run_of_the_first_version_resumes() -> None:
    # Written by commit a36d2e5, before joint outputs and transpositions.
    path = Path(__file__).parents[1] / "data" / "format-1-first.safetensors"
    trainer = load_run(path, *make_scales(6, 30).split(0.3), device="cpu")
    assert trainer.network.config == NetworkConfig(8, (3, 4, 5), output="independent").rolls_only()
    assert trainer.config.transpose == 0
    assert trainer.changes == ()
    assert len(trainer.losses) == 5
    expected = [0.240061, 0.241646, 0.247263, 0.265151, 0.262543, 0.276719, 0.247197, 0.257239]
    np.testing.assert_allclose(load_network(path)[0].probabilities(np.eye(8)[:2])[1], expected, atol=1e-5)
    assert len(list(trainer.steps())) > 0
    assert trainer.epoch == 3


def test_changes_are_loaded(tmp_path: Path) -> None:
    trainer = make_trainer()
    trainer.change(learning_rates=(0.1, 0.2, 0.3, 0.0), clip_kind="element")
    next(trainer.steps())
    trainer.change(batch_size=1, reason="out of memory")
    save_run(trainer, tmp_path / "run.safetensors")
    loaded = load_run(tmp_path / "run.safetensors", trainer.training, trainer.validation, device="cpu")
    assert loaded.changes == trainer.changes
    assert loaded.changes == (
        Change(
            0,
            {"learning_rates": (0.1, 0.2, 0.3, 0.0), "clip_kind": "element"},
            before={"learning_rates": trainer.initial_config.learning_rates, "clip_kind": "norm"},
        ),
        Change(1, {"batch_size": 1}, "out of memory", {"batch_size": 2}),
    )
    assert loaded.config == trainer.config


@pytest.mark.parametrize(
    "changes",
    [
        3,
        None,
        ["clip"],
        [{"update": 1, "settings": {"clip": 2}}],
        [{"update": 1, "settings": {"clip": 2}, "reason": "", "before": {"seed": 1}}],
        [{"update": 1, "settings": {"clip": -2}, "reason": ""}],
        [{"update": 1, "settings": {"seed": 2}, "reason": ""}],
        [{"update": 1, "settings": {"__class__": 2}, "reason": ""}],
        [{"update": 1, "settings": ["clip"], "reason": ""}],
        [{"update": -1, "settings": {"clip": 2}, "reason": ""}],
        [{"update": float("inf"), "settings": {"clip": 2}, "reason": ""}],
        [{"update": "1", "settings": {"clip": 2}, "reason": ""}],
    ],
)
def test_hostile_changes_are_refused(saved: Path, changes: object) -> None:
    edit_run(saved, changes=changes)
    with pytest.raises(CheckpointError, match="damaged"):
        load_run(saved, *make_scales(6, 30).split(0.3), device="cpu")


def write_claims(path: Path, header: dict[str, object], size: int = 0, **tensors: int) -> None:
    """Write a sparse file that claims to have tensors of these sizes."""
    claims: dict[str, object] = {"__metadata__": {HEADER: json.dumps(header)}}
    end = 0
    for name, count in tensors.items():
        claims[name] = {"dtype": "F64", "shape": [count], "data_offsets": [end, end + 8 * count]}
        end += 8 * count
    text = json.dumps(claims).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + (size or end))


def read_all(path: Path) -> list[str]:
    """Open a file in every way; return the messages with which it was refused."""
    ways = (
        lambda: load_run(path, *make_scales(6, 30).split(0.3), device="cpu"),
        lambda: load_network(path),
        lambda: read_run(path),
    )
    messages = []
    for way in ways:
        with pytest.raises(CheckpointError) as refusal:
            way()
        messages.append(str(refusal.value))
    return messages


def test_sizes_are_checked_before_memory_is_taken(saved: Path, tmp_path: Path) -> None:
    header, _ = read_file(saved)
    path = tmp_path / "claims.safetensors"
    damaged = "is not a saved run of this version of LSTMmusic, or is damaged"
    write_claims(path, header, losses=3 * 10**8)  # 2.4 gigabytes
    assert all(f"{damaged} (the size of the file is 24000" in message for message in read_all(path))
    for size, count in ((0, 10**12), (1000, 10**12), (1000, 2**63)):
        write_claims(path, header, size=size, losses=count)
        assert all(damaged in message for message in read_all(path))
    for units, complaint in ((10**9, "hidden (layer 1) is 1000000000"), (8192, "the size of the file is")):
        write_claims(path, header | {"network": {"hidden": [units] * 3}}, losses=10)
        assert all(complaint in message for message in read_all(path))
    write_claims(path, header | {"music": "a" * MAX_HEADER}, losses=10)
    assert all("the size of its header is 800" in message for message in read_all(path))


@pytest.mark.parametrize("part", ["network", "training", "roll", "music", "digests", "position"])
def test_header_without_a_part_is_refused(saved: Path, part: str) -> None:
    header, tensors = read_file(saved)
    del header[part]
    write_file(saved, header, tensors)
    with pytest.raises(CheckpointError):
        read_run(saved)
    if part not in ("music", "roll"):
        with pytest.raises(CheckpointError):
            load_run(saved, *make_scales(6, 30).split(0.3), device="cpu")


def test_run_survives_the_truncation_of_its_file(saved: Path) -> None:
    trainer = load_run(saved, *make_scales(6, 30).split(0.3), device="cpu")
    saved.write_bytes(b"")  # which would end a process that still had it mapped
    assert len(list(trainer.steps())) > 0


def test_deeply_nested_header_is_refused(saved: Path) -> None:
    save_file({}, saved, metadata={HEADER: "[" * 200_000 + "]" * 200_000})
    assert all("damaged" in message for message in read_all(saved))


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("best.output.weight", torch.zeros(1)),
        ("optimizer.0.exp_avg", torch.zeros(3, 3)),
        ("optimizer.0.exp_avg", torch.tensor(0.0)),  # beyond which the first update would write
        ("optimizer.0.exp_avg", None),
        ("optimizer.0.square_avg", torch.zeros(())),
        ("optimizer.99.exp_avg", torch.zeros(1)),
        ("optimizer.x.exp_avg", torch.zeros(1)),
        ("random", torch.zeros(5056, dtype=torch.uint8)),
        ("random", torch.full((5056,), 255, dtype=torch.uint8)),
        ("random", torch.zeros(3)),
        ("losses", torch.zeros(2, 2)),
        ("validations", torch.zeros(3)),
        ("validations", torch.full((1, 2), float("nan"))),
    ],
)
def test_tensor_that_does_not_fit_is_refused(saved: Path, name: str, tensor: torch.Tensor | None) -> None:
    header, tensors = read_file(saved)
    tensors |= {name: tensor}
    write_file(saved, header, {name: tensor for name, tensor in tensors.items() if tensor is not None})
    with pytest.raises(CheckpointError, match=r"damaged|another shape"):
        load_run(saved, *make_scales(6, 30).split(0.3), device="cpu")


@settings(max_examples=15)
@given(
    hidden=st.tuples(*[st.integers(1, 5)] * 3),
    skip=st.booleans(),
    output=st.sampled_from(["joint", "independent", "relative"]),
    optimizer=st.sampled_from(["adam", "rmsprop"]),
    ema_decay=st.sampled_from([0.0, 0.9]),
    updates=st.integers(0, 4),
    clip=st.floats(1e-9, 1e9),
    reason=st.text('aé♫<\\"', max_size=5),
)
def test_any_run_is_unchanged_by_saving_and_loading(
    tmp_path_factory: pytest.TempPathFactory, updates: int, clip: float, reason: str, **options: Any
) -> None:
    network = NetworkConfig(8, options["hidden"], options["skip"], output=options["output"], joint_hidden=3)
    config = TrainingConfig(
        batch_size=2, length=10, epochs=2, optimizer=options["optimizer"], ema_decay=options["ema_decay"]
    )
    trainer = Trainer(*make_scales(3, 12).split(0.4), network, config, device="cpu")
    list(itertools.islice(trainer.steps(), updates))
    trainer.change(clip=clip, reason=reason)
    path = tmp_path_factory.getbasetemp() / "there-and-back.safetensors"
    save_run(trainer, path)
    once = path.read_bytes()
    save_run(load_run(path, trainer.training, trainer.validation, device="cpu"), path)
    assert path.read_bytes() == once


@pytest.mark.parametrize("wrong", [{"epoch": float("inf")}, {"position": 2}])
def test_impossible_position_is_refused(saved: Path, wrong: dict[str, float]) -> None:
    edit_run(saved, position={"epoch": 0, "position": 0, "repeats": 0, "crops": 2, "seconds": 0} | wrong)
    with pytest.raises(CheckpointError, match="damaged"):
        load_run(saved, *make_scales(6, 30).split(0.3), device="cpu")


TENSORS = {
    "bytes": torch.arange(5, dtype=torch.uint8),
    "none": torch.zeros((0, 2), dtype=torch.float64),
    "one": torch.tensor(0.1),
    "weights": torch.randn((3, 5, 7), generator=torch.Generator().manual_seed(0)),
    "wide": torch.tensor([0.1, 0.2], dtype=torch.float64),
    "whole": torch.tensor([[1], [-(2**40)]]),
}


def test_safetensors_reads_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "tensors"
    with path.open("wb") as file:
        write_tensors(file, TENSORS, {"ä": "é"})
    with safe_open(path, "pt") as read:
        assert read.metadata() == {"ä": "é"}
        assert set(read.keys()) == set(TENSORS)
        for name, tensor in TENSORS.items():
            found = read.get_tensor(name)
            assert found.dtype == tensor.dtype
            assert torch.equal(found, tensor)
