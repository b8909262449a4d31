from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

import lstmmusic as lm
from benchmarks.large_corpus import make
from lstmmusic.training import trainer as trainer_module
from lstmmusic.training.batches import Batch, Rolls, epoch_crops
from tests.conftest import SMALL, make_scales, same_weights
from tests.processes import run_python

CPU = torch.device("cpu")
NETWORK = lm.NetworkConfig(pitches=SMALL.pitches, hidden=(4, 4, 4))
FAST = replace(NETWORK, output="independent")
CONFIG = lm.TrainingConfig(epochs=2, batch_size=3, length=8, transpose=1)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[lm.Corpus, lm.Corpus]:
    """The same music in memory and stored: 40 tunes of 20 to 59 steps."""
    long = make_scales(40, 60).tunes
    tunes = [tune.part(0, 20 + number) for number, tune in enumerate(long)]
    memory = lm.Corpus("scales", SMALL, tunes)
    return memory, lm.store_corpus(memory, tmp_path / "scales.corpus", quiet=True)


def make_trainer(corpus: lm.Corpus, config: lm.TrainingConfig = CONFIG) -> lm.Trainer:
    return lm.Trainer(*corpus.split(0.3), FAST, config, device="cpu")


def same_batch(one: Batch, other: Batch) -> bool:
    pairs = zip(one, other, strict=True)
    return all(a is b if a is None or b is None else torch.equal(a, b) for a, b in pairs)


def test_batches_are_the_same_in_memory_and_stored(pair: tuple[lm.Corpus, lm.Corpus]) -> None:
    memory, stored = (Rolls(corpus.tunes, CPU, NETWORK) for corpus in pair)
    np.testing.assert_array_equal(memory.rooms, stored.rooms)
    for window in (0, 200):
        both = [epoch_crops(rolls, 8, 2, torch.Generator().manual_seed(5), window) for rolls in (memory, stored)]
        assert list(both[0]) == list(both[1])
        for at in range(0, len(both[0]), 3):
            stored.hold(both[1].tunes_at(at))
            assert same_batch(memory.batch(both[0][at : at + 3]), stored.batch(both[1][at : at + 3]))


def test_windows_have_every_crop_once_and_few_tunes_at_a_time(pair: tuple[lm.Corpus, lm.Corpus]) -> None:
    rolls, window = Rolls(pair[1].tunes, CPU), 400
    orders = [list(epoch_crops(rolls, 8, 0, torch.Generator().manual_seed(seed), window)) for seed in (1, 2)]
    for seed, order in zip((1, 2), orders, strict=True):
        whole = epoch_crops(rolls, 8, 0, torch.Generator().manual_seed(seed))
        key = lambda crop: (crop.tune, crop.start, crop.stop)  # noqa: E731
        assert sorted(order, key=key) == sorted(whole, key=key)
        crops = epoch_crops(rolls, 8, 0, torch.Generator().manual_seed(seed), window)
        assert len(crops.ends) > 2
        for place, crop in enumerate(order):
            tunes = [tune for block in crops.tunes_at(place) for tune in range(block.start, block.stop)]
            assert crop.tune in tunes
            assert rolls.lengths[tunes].sum() <= window + 16 * 60  # a block ends with the tune that fills it
    firsts = [{crop.tune for crop in order[:30]} for order in orders]
    assert firsts[0] != firsts[1]
    assert all(max(tunes) - min(tunes) > 10 for tunes in firsts)  # blocks are from anywhere


def test_small_stored_corpus_trains_like_one_in_memory(pair: tuple[lm.Corpus, lm.Corpus]) -> None:
    memory, stored = map(make_trainer, pair)
    losses = [[update.loss for update in trainer.steps()] for trainer in (memory, stored)]
    assert losses[0] == losses[1]
    assert memory.validations == stored.validations
    assert memory.baseline == stored.baseline
    assert same_weights(memory.network.state_dict(), stored.network.state_dict())


def test_stored_run_resumes_exactly_within_an_epoch(
    pair: tuple[lm.Corpus, lm.Corpus], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, stored = pair
    monkeypatch.setattr(trainer_module, "WINDOW", 300)
    monkeypatch.setattr(trainer_module, "VALIDATED_EVERY", 10)
    whole, places = make_trainer(stored), (1, 7, 23, 60)
    losses = []
    for update in whole.steps():
        losses.append(update.loss)
        if update.number in places:
            lm.save_run(whole, tmp_path / f"{update.number}.safetensors")
    monkeypatch.setattr(trainer_module, "WINDOW", 10_000)  # the run keeps its own
    for updates in places:
        corpus = memory if updates == 7 else stored  # also where the music is in memory now
        resumed = lm.load_run(tmp_path / f"{updates}.safetensors", *corpus.split(0.3), device="cpu")
        assert len(resumed.losses) == updates
        list(resumed.steps())
        assert list(resumed.losses) == losses
        assert resumed.validations == whole.validations
        assert resumed.baseline == whole.baseline
        assert same_weights(resumed.network.state_dict(), whole.network.state_dict())


def test_run_of_music_in_memory_resumes_where_it_is_stored(pair: tuple[lm.Corpus, lm.Corpus], tmp_path: Path) -> None:
    memory, stored = pair
    whole, begun = make_trainer(memory), make_trainer(memory)
    losses = [update.loss for update in whole.steps()]
    list(islice(begun.steps(), 12))
    lm.save_run(begun, tmp_path / "run.safetensors")
    resumed = lm.load_run(tmp_path / "run.safetensors", *stored.split(0.3), device="cpu")
    assert resumed.window == 0
    list(resumed.steps())
    assert list(resumed.losses) == losses
    assert resumed.validations == whole.validations


def test_long_epoch_is_validated_on_the_way_and_on_a_sample(
    pair: tuple[lm.Corpus, lm.Corpus], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_module, "VALIDATED_EVERY", 4)
    monkeypatch.setattr(trainer_module, "VALIDATED_STEPS", 100)
    trainer = make_trainer(pair[1], replace(CONFIG, epochs=1))
    made = len(list(trainer.steps()))
    assert [at for at, _ in trainer.validations] == sorted({*range(0, made, 4), made})
    assert trainer.validated is not None
    assert trainer.validated.steps <= 100
    assert trainer.validated.name.startswith("a sample of ")
    assert trainer.validations[-1][1] == lm.evaluate(trainer.ema_network, trainer.validated.tunes).per_step
    assert trainer.baseline == lm.markov_baseline(trainer.training.tunes, trainer.validated.tunes)
    in_memory = make_trainer(pair[0], replace(CONFIG, epochs=1))
    list(in_memory.steps())
    assert len(in_memory.validations) == 2


def test_evaluation_of_a_stored_corpus_is_that_in_memory(pair: tuple[lm.Corpus, lm.Corpus]) -> None:
    network = lm.StackedLSTM(NETWORK)
    memory, stored = (lm.evaluate(network, corpus.tunes).nats for corpus in pair)
    np.testing.assert_array_equal(memory, stored)


def test_cost_of_a_stored_corpus_is_estimated(pair: tuple[lm.Corpus, lm.Corpus]) -> None:
    assert lm.estimate_cost(pair[1], NETWORK, CONFIG, device="cpu", quiet=True).seconds_per_epoch > 0


WALK = """
import re
from pathlib import Path
import torch
import lstmmusic as lm
from lstmmusic.training.batches import Rolls, epoch_crops

def resident():
    return int(re.search("VmRSS:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) * 1024

torch.set_num_threads(1)
training, _ = lm.open_corpus({path!r}).split()
rolls = Rolls(training.tunes, torch.device("cpu"), lm.NetworkConfig())
crops = epoch_crops(rolls, 100, 6, torch.Generator().manual_seed(0), 200_000)
before = most = resident()
for place in (0, *crops.ends[:-1]):
    rolls.hold(crops.tunes_at(place))
    rolls.batch(crops[place : place + 8])
    most = max(most, resident())
training.fingerprint()
print(len(crops.ends), sum(len(tune) for tune in training.tunes), max(most, resident()) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux limits the memory of a process")
def test_epoch_of_a_large_corpus_needs_little_memory(tmp_path: Path) -> None:
    path, tunes, steps = tmp_path / "large.corpus", 5_000, 1_000
    make(path, tunes, steps)
    size = path.stat().st_size
    assert size > 2**27
    windows, read, growth = map(int, run_python("-c", WALK.format(path=str(path))).stdout.split())
    assert growth < size / 3
    assert windows > 20
    assert read == round(0.85 * tunes) * steps
