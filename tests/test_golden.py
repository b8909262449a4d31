"""Files that commit 2b62f24 wrote still open, with equal content: a run folder, a cache entry, a 2016 checkpoint."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

import lstmmusic as lm
from lstmmusic.music.cache import recall
from lstmmusic.runs.listing import read_curves
from tests.conftest import SMALL, make_scales

GOLDEN = Path(__file__).parent / "data" / "golden"


@pytest.fixture
def run(tmp_path: Path) -> lm.Run:
    shutil.copytree(GOLDEN / "run", tmp_path / "runs" / "scales")
    (run,), broken = lm.find_runs(tmp_path)
    assert not broken
    return run


def test_run_folder_is_listed(run: lm.Run) -> None:
    assert run.network == lm.NetworkConfig(pitches=8, hidden=(6, 7, 8), output="joint", joint_hidden=5).rolls_only()
    assert run.initial_config == lm.TrainingConfig(
        learning_rates=(4e-3,) * 4,
        epochs=4,
        batch_size=2,
        length=20,
        l1=1e-5,
        initial_state_max=0.01,
        updates_per_batch=2,
        calibrate=False,
    )
    (change,) = run.changes
    assert str(change) == (
        "rate of layer 1 0.004 → 0.001, rate of layer 2 0.004 → 0.002, rate of layer 3 0.004 → 0.003, clip 1 → 0.5"
    )
    assert (run.updates, run.epoch, run.roll, run.validated) == (7, 0, SMALL, True)
    assert len(read_curves(run).training) == 7
    assert run.started_from is None
    (take,) = run.takes
    assert len(lm.read_midi(take, SMALL)) == 16


def test_run_resumes_exactly_where_it_stopped(run: lm.Run) -> None:
    trainer = lm.load_run(run.file, *make_scales(6, 30).split(0.3), device="cpu")
    losses = [update.loss for update in itertools.islice(trainer.steps(), 5)]
    # Equal to the last bit on one machine; others may round differently.
    expected = [4.425098419189453, 4.3769941329956055, 4.4287428855896, 4.384914398193359, 4.382443904876709]
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert (trainer.epoch, trainer.position, trainer.repeats) == (1, 2, 0)


def test_code_of_a_run_is_written(run: lm.Run) -> None:
    assert "trainer.change(**changes.get(update.number, {}))" in lm.as_code(run)


def test_network_is_loaded() -> None:
    network, config = lm.load_network(GOLDEN / "run" / "run.safetensors")
    expected = [0.214907, 0.202117, 0.177128, 0.319376, 0.179220, 0.324100, 0.235005, 0.236598]
    np.testing.assert_allclose(network.expectations(np.eye(8, dtype=np.uint8)[:2])[1], expected, atol=1e-5)
    assert config == SMALL


def test_2016_checkpoint_is_loaded() -> None:
    network = lm.load_2016(GOLDEN / "saved-2016.npz")
    expected = [0.505207, 0.497393, 0.497604, 0.503364, 0.501629, 0.502959, 0.494830, 0.504628]
    np.testing.assert_allclose(network.probabilities(np.eye(8, dtype=np.uint8)[:2])[1], expected, atol=1e-5)


def test_cache_entry_of_another_format_is_as_if_damaged(tmp_path: Path) -> None:
    (entry,) = (GOLDEN / "cache").iterdir()
    assert recall(Path(shutil.copy(entry, tmp_path))) is None
