from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from pathlib import Path

import pytest
import torch

from benchmarks.bundled_network import HELD_OUT, INTRODUCTION, MUSIC, SPLIT_SEED, replace_section, store
from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.generation.sampler import generate_takes
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.source import Source
from lstmmusic.music.statistics import copied, find_collapses, measure
from lstmmusic.presets import PRESETS
from lstmmusic.runs.bundled import PATHS, load_bundled
from lstmmusic.runs.checkpoint import load_network, read_parts
from lstmmusic.training.evaluation import evaluate, markov_baseline
from lstmmusic.training.trainer import Trainer
from tests.conftest import make_scales

FOLDER = PATHS["chorales"].parent
PROVENANCE = (FOLDER / "PROVENANCE.md").read_text(encoding="utf-8")
each_network = pytest.mark.parametrize("name", PATHS)


def provenance_of(name: str) -> str:
    (section,) = re.findall(rf"^## {name}\.safetensors\n(.*?)(?=^## |\Z)", PROVENANCE, re.DOTALL | re.MULTILINE)
    return section


@functools.cache
def load_music(name: str) -> tuple[Corpus, Corpus]:
    training, validation = MUSIC[name][0](quiet=True).split(HELD_OUT, SPLIT_SEED)
    assert validation is not None
    return training, validation


def test_files_are_small_and_those_that_the_provenance_describes() -> None:
    for name, path in PATHS.items():
        assert f"sha256: {hashlib.sha256(path.read_bytes()).hexdigest()}\n" in provenance_of(name)
        assert path.stat().st_size <= 4_000_000
    assert {path.name for path in FOLDER.iterdir()} == {"chorales.safetensors", "piano.safetensors", "PROVENANCE.md"}
    assert PROVENANCE.startswith(INTRODUCTION)


def test_section_of_a_file_is_replaced_and_the_others_stay() -> None:
    text = replace_section("# Title\n\nWords.\n", "piano", "## piano\n\nold\n")
    text = replace_section(text, "chorales", "## chorales\n\n### Training\nlong\n")
    assert text == "# Title\n\nWords.\n\n## chorales\n\n### Training\nlong\n\n## piano\n\nold\n"
    assert replace_section(text, "piano", "## piano\n\nnew\n") == text.replace("old", "new")
    (section,) = (part for part in [f"## piano.safetensors\n{provenance_of('piano')}"])
    assert replace_section(PROVENANCE, "piano.safetensors", section) == PROVENANCE


def test_bundled_networks_are_in_the_wheel() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included["assets/networks"] == "lstmmusic/assets/networks"


@each_network
def test_training_was_as_its_provenance_says(name: str) -> None:
    provenance = provenance_of(name)
    header, tensors = read_parts(PATHS[name], "")
    assert set(header["network"]["hidden"]) == {int(re.findall(r"three layers of (\d+) units", provenance)[0])}
    recommended = PRESETS["recommended"].training
    assert TrainingConfig.from_dict(header["training"] | {"epochs": recommended.epochs}) == recommended
    assert f"{header['position']['seconds']:.0f} seconds, {header['position']['epoch']} epochs" in provenance
    assert Source.from_dict(header["source"]) == load_music(name)[0].source
    assert all(name.startswith("best.") for name in tensors)
    weights = sum(tensor.numel() for name, tensor in tensors.items() if not name.endswith("sampling_bias"))
    assert f"{weights:,} weights" in provenance


@each_network
def test_loss_is_as_its_provenance_says(name: str) -> None:
    training, validation = load_music(name)
    network, config = load_bundled(name)
    assert config == training.config == RollConfig()
    documented = float(re.findall(r"\(lower is better\): ([\d.]+)", provenance_of(name))[0])
    assert documented < {"chorales": 3.6, "piano": 0.8 * markov_baseline(training.tunes, validation.tunes)}[name]
    assert evaluate(network, validation.tunes).per_step == pytest.approx(documented, abs=0.02)


@each_network
def test_takes_resemble_the_training_music(name: str) -> None:
    training, validation = load_music(name)
    network, config = load_bundled(name)
    takes = [
        take.generated
        for primer in (None, validation.tunes[0].part(0, 16))
        for take in generate_takes(network, primer, 200, takes=8, config=config, quiet=True)
    ]
    assert not any(find_collapses(takes, training.tunes))
    assert copied(takes, training.tunes) < 0.05
    tolerance = {"chorales": 0.3, "piano": 1.5}[name]  # ten pieces of four composers are not alike
    assert measure(takes).polyphony == pytest.approx(measure(training.tunes).polyphony, abs=tolerance)


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
