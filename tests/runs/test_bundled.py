from __future__ import annotations

import hashlib
import re
import tomllib
from pathlib import Path

import pytest
import torch

from benchmarks.bundled_network import HELD_OUT, SPLIT_SEED, store
from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.generation.sampler import generate_takes
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import load_chorales
from lstmmusic.music.statistics import copied, find_collapses, measure
from lstmmusic.presets import PRESETS
from lstmmusic.runs.bundled import PATH, load_bundled
from lstmmusic.runs.checkpoint import load_network, read_parts
from lstmmusic.training.evaluation import evaluate
from lstmmusic.training.trainer import Trainer
from tests.conftest import make_scales

PROVENANCE = PATH.with_name("PROVENANCE.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def chorales() -> tuple[Corpus, Corpus]:
    return load_chorales(quiet=True).split(HELD_OUT, SPLIT_SEED)


def test_file_is_small_and_the_one_that_its_provenance_describes() -> None:
    assert hashlib.sha256(PATH.read_bytes()).hexdigest() in PROVENANCE
    assert PATH.stat().st_size < 1_500_000
    assert {path.name for path in PATH.parent.iterdir()} == {PATH.name, "PROVENANCE.md"}


def test_bundled_network_is_in_the_wheel() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["assets/networks"] == "lstmmusic/assets/networks"


def test_training_was_as_its_provenance_says() -> None:
    header, tensors = read_parts(PATH, "")
    assert set(header["network"]["hidden"]) == {int(re.findall(r"three layers of (\d+) units", PROVENANCE)[0])}
    recommended = PRESETS["recommended"].training
    assert TrainingConfig.from_dict(header["training"] | {"epochs": recommended.epochs}) == recommended
    assert f"{header['position']['seconds']:.0f} seconds, {header['position']['epoch']} epochs" in PROVENANCE
    assert header["source"] == {"kind": "chorales", "folder": "", "held_out": HELD_OUT, "seed": SPLIT_SEED}
    assert all(name.startswith("best.") for name in tensors)
    assert f"{sum(tensor.numel() for tensor in tensors.values()):,} weights" in PROVENANCE


def test_loss_is_as_its_provenance_says(chorales: tuple[Corpus, Corpus]) -> None:
    training, validation = chorales
    network, config = load_bundled()
    assert config == training.config == RollConfig()
    documented = float(re.findall(r"\(lower is better\): ([\d.]+)", PROVENANCE)[0])
    assert documented < 3.6
    assert evaluate(network, validation.tunes).per_step == pytest.approx(documented, abs=0.02)


def test_takes_resemble_the_training_music(chorales: tuple[Corpus, Corpus]) -> None:
    training, validation = chorales
    network, config = load_bundled()
    takes = [
        take.generated
        for primer in (None, validation.tunes[0].part(0, 16))
        for take in generate_takes(network, primer, 200, takes=8, threshold=0.05, config=config, quiet=True)
    ]
    assert not any(find_collapses(takes, training.tunes))
    assert copied(takes, training.tunes) < 0.05
    assert measure(takes).polyphony == pytest.approx(measure(training.tunes).polyphony, abs=0.3)


def test_best_weights_are_stored_in_16_bits(tmp_path: Path) -> None:
    trainer = Trainer(*make_scales(6, 30).split(0.3), NetworkConfig(pitches=8, hidden=(4, 4, 4)), device="cpu")
    list(zip(range(3), trainer.steps(), strict=False))
    store(trainer, tmp_path / "small.safetensors")
    network, config = load_network(tmp_path / "small.safetensors")
    assert config == trainer.training.config
    for name, weight in network.state_dict().items():
        assert weight.dtype == torch.float32
        torch.testing.assert_close(weight, trainer.best[name].half().float(), rtol=0, atol=0)
    assert read_parts(tmp_path / "small.safetensors")[0]["updates"] == 3
