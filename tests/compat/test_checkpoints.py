from __future__ import annotations

import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.compat import RNN4Music
from lstmmusic.compat.checkpoints import load_2016, save_2016
from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import CheckpointError
from lstmmusic.generation.sampler import generate
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.checkpoint import load_run, save_run

# Synthetic: sizes 5, 6 and 7 on 88 notes, Gaussian weights, without h3_length as in early files.
MADE = Path(__file__).parents[1] / "data" / "2016-small.npz"


def equations(path: Path, frames: np.ndarray) -> np.ndarray:
    """Compute note probabilities by the equations of 2016, in float64."""

    def sigmoid(x: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-x))

    with np.load(path) as file:
        w = {name: file[name].astype(np.float64) for name in file.files}
    sizes = [len(w[f"bi_{layer}"]) for layer in (1, 2, 3)]
    h, c = ([np.zeros(size) for size in sizes] for _ in range(2))
    probabilities = []
    for x in frames.astype(np.float64):
        for layer in (1, 2, 3):
            k = layer - 1

            def gate_input(gate: str, k: int = k, layer: int = layer, x: np.ndarray = x) -> np.ndarray:
                below = w[f"W{gate}j_{layer}" if gate != "i" else f"Wxj_{layer}"] @ h[k - 1] if layer > 1 else 0
                return w[f"Wx{gate}_{layer}"] @ x + below + w[f"Wh{gate}_{layer}"] @ h[k] + w[f"b{gate}_{layer}"]

            i = sigmoid(gate_input("i") + w[f"Wci_{layer}"] * c[k])
            f = sigmoid(gate_input("f") + w[f"Wcf_{layer}"] * c[k])
            candidate = gate_input("c")
            o = gate_input("o")
            c[k] = f * c[k] + i * np.tanh(candidate)
            o = sigmoid(o + w[f"Wco_{layer}"] * (candidate if layer == 1 else c[k]))
            h[k] = o * np.tanh(c[k])
        probabilities.append(sigmoid(sum(w[f"Why_{layer}"] @ h[layer - 1] for layer in (1, 2, 3)) + w["by"]))
    return np.array(probabilities)


def frames(count: int = 40) -> np.ndarray:
    return (np.random.default_rng(0).random((count, 88)) < 0.05).astype(np.uint8)


def test_probabilities_follow_the_equations() -> None:
    network = load_2016(MADE)
    assert network.config == NetworkConfig(88, (5, 6, 7), cell="2016", output="independent").rolls_only()
    np.testing.assert_allclose(network.probabilities(frames()), equations(MADE, frames()), atol=1e-6)


@pytest.mark.parametrize("name", ["fixedTrial_xEnError_109", "fixedTrial_sqrError_329"])
def test_real_checkpoints_give_their_known_probabilities(shared: Path, name: str) -> None:
    with np.load(shared / "seed" / "expected.npz") as expected:
        given, known = expected["frames"], expected[f"probabilities_{name}"]
    network = load_2016(shared / "seed" / f"{name}.npz")
    np.testing.assert_allclose(network.probabilities(given), known, atol=1e-5)


def test_network_of_2016_generates_trains_and_is_saved_in_both_formats(tmp_path: Path) -> None:
    network = load_2016(MADE)
    before = network.probabilities(frames())
    take = generate(network, None, 20, seed=1)
    assert take.tune.roll.shape == (20, 88)
    save_2016(network, tmp_path / "again.npz")
    np.testing.assert_array_equal(load_2016(tmp_path / "again.npz").probabilities(frames()), before)

    from lstmmusic.training.trainer import Trainer

    corpus = Corpus("noise", RollConfig(), (Tune(frames()), Tune(frames(30))))
    trainer = Trainer(corpus, None, network, TrainingConfig(epochs=3, learning_rates=(0.01,) * 4), device="cpu")
    losses = [update.loss for update in trainer.steps()]
    assert losses[-1] < losses[0]
    save_run(trainer, tmp_path / "run.safetensors")
    resumed = load_run(tmp_path / "run.safetensors", corpus, device="cpu").network
    assert resumed.config.cell == "2016"
    np.testing.assert_array_equal(resumed.probabilities(frames()), network.probabilities(frames()))
    assert not np.allclose(network.probabilities(frames()), before)


def small(h3_length: int = 7, io_length: int = 88) -> RNN4Music:
    made = RNN4Music(5, 6, h3_length, io_length)
    made.genProbThreshold = 0.0
    return made


def test_calls_of_2016_load_a_checkpoint_and_reload_their_own_files_with_either_kind_of_cells(tmp_path: Path) -> None:
    network, again = small(), small()
    network.saveParameters(tmp_path / "standard")
    expected = network.genMusic(frames(10), 1)[1]
    network.loadParameters(MADE)
    network.saveParameters(tmp_path / "of 2016")
    again.loadParameters(tmp_path / "of 2016")
    known = equations(MADE, np.vstack((0 * frames(1), frames(10))))[-1]
    for given in (again, network):
        np.testing.assert_allclose(given.genMusic(frames(10), 1)[1][0], known, atol=1e-6)
    again.loadParameters(tmp_path / "standard")
    np.testing.assert_array_equal(again.genMusic(frames(10), 1)[1], expected)
    with pytest.raises(CheckpointError, match=r"output\.linear\.bias: \(88,\) in the file, \(87,\) in the network"):
        small(io_length=87).loadParameters(MADE)
    with pytest.raises(CheckpointError, match=r"layers\.2\.peepholes: \(3, 7\) in the file, \(3, 8\) in the network"):
        small(h3_length=8).loadParameters(MADE)


def test_invalid_checkpoint_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.npz"
    with np.load(MADE) as file:
        arrays = dict(file)
    with pytest.raises(CheckpointError, match="not found"):
        load_2016(other)
    for content in (b"", MADE.read_bytes()[:2000], b"text", pickle.dumps(arrays)):
        other.write_bytes(content)
        with pytest.raises(CheckpointError, match=r"other\.npz is not an \.npz file of numbers"):
            load_2016(other)
    altered = bytearray(MADE.read_bytes())
    with zipfile.ZipFile(MADE) as archive:
        entry = archive.getinfo("Whi_2.npy")
        begin = entry.header_offset + 80
    altered[begin : begin + 40] = bytes(255 - byte for byte in altered[begin : begin + 40])
    other.write_bytes(altered)  # its compressed data are invalid
    with pytest.raises(CheckpointError, match=r"other\.npz is not an \.npz file of numbers"):
        load_2016(other)
    for changes, complaint in (
        ({"Whi_2": None}, "Whi_2"),
        ({"Whi_2": np.zeros((6, 5))}, r"Whi_2 has shape \(6, 5\); the other arrays require \(6, 6\)"),
        ({"bi_1": np.zeros(())}, "missing or has a wrong type"),
        ({"by": np.full(88, np.nan)}, "not finite"),
        ({"Wxi_1": np.array([{"runs": "code"}], dtype=object)}, r"not an \.npz file of numbers"),
    ):
        changed = {name: value for name, value in (arrays | changes).items() if value is not None}
        np.savez(other, **changed)
        with pytest.raises(CheckpointError, match=complaint):
            load_2016(other)


def test_network_with_other_cells_cannot_be_saved(tmp_path: Path) -> None:
    of_2016 = NetworkConfig(cell="2016", output="independent").rolls_only()
    for change in ({"cell": "standard"}, {"cell": "peephole"}, {"skip": False}, {"output": "joint"}):
        config = replace(of_2016, **change)
        with pytest.raises(CheckpointError, match="cells and output of 2016"):
            save_2016(StackedLSTM(config), tmp_path / "a.npz")
