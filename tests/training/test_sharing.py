from __future__ import annotations

import copy
import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from lstmmusic.config import NetworkConfig, Output, TrainingConfig
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.model import StackedLSTM
from lstmmusic.training.batches import Batch, Rolls, epoch_crops
from lstmmusic.training.learner import Learner
from lstmmusic.training.sharing import Share
from lstmmusic.training.trainer import Trainer

Scales = tuple[Corpus, Corpus]
# Adam divides a gradient by its size: with a larger epsilon, those that are zero but for rounding move nothing.
NOISY = TrainingConfig(batch_size=8, length=20, epochs=3, initial_state_max=0.5, l1=1e-4, epsilon=1e-5)
QUIET = replace(
    NOISY,
    dropout=(0.0, 0.0, 0.0),
    drop_connect=0.0,
    relative_dropout=0.0,
    relative_forgotten=0.0,
    initial_state_max=0.0,
)


class Adder:
    """Adds tensors of several threads, as a process group does those of several machines."""

    def __init__(self, workers: int) -> None:
        self.parts: list[Tensor] = []
        self.lock, self.barrier = threading.Lock(), threading.Barrier(workers, timeout=60)

    def add(self, tensor: Tensor) -> None:
        with self.lock:
            self.parts.append(tensor.clone())
        self.barrier.wait()
        total = torch.stack(sorted(self.parts, key=lambda part: float(part.sum()))).sum(dim=0)
        if self.barrier.wait() == 0:
            self.parts.clear()
        self.barrier.wait()
        tensor.copy_(total)


def train(scales: Scales, config: TrainingConfig, output: Output, share: Share | None, updates: int) -> Trainer:
    network = NetworkConfig(pitches=8, hidden=(12, 12, 12), output=output)
    trainer = Trainer(*scales, network, config, device="cpu")
    trainer.learner.share = share
    list(itertools.islice(trainer.steps(), updates))
    return trainer


def train_shared(scales: Scales, config: TrainingConfig, output: Output, workers: int, updates: int) -> list[Trainer]:
    adder = Adder(workers)
    with ThreadPoolExecutor(workers) as threads:
        shares = [Share(worker, workers, adder.add) for worker in range(workers)]
        return list(threads.map(lambda share: train(scales, config, output, share, updates), shares))


@pytest.mark.parametrize("output", ["independent", "joint", "relative"])
@pytest.mark.parametrize("config", [QUIET, NOISY], ids=["quiet", "noisy"])
@pytest.mark.parametrize("workers", [2, 3])
def test_shared_mini_batches_train_as_whole_ones_do(scales: Scales, config, output: Output, workers: int) -> None:
    alone = train(scales, config, output, None, 12)
    together = train_shared(scales, config, output, workers, 12)
    for trainer in together:
        assert list(trainer.losses) == pytest.approx(list(alone.losses), abs=1e-5)
        assert dict(trainer.validations) == pytest.approx(dict(alone.validations), abs=1e-5)
        for name, weight in alone.network.state_dict().items():
            assert (trainer.network.state_dict()[name] - weight).abs().max() < 1e-5, name
            assert trainer.network.state_dict()[name].equal(together[0].network.state_dict()[name])
        assert trainer.learner.random.get_state().equal(alone.learner.random.get_state())


def test_worker_without_a_crop_takes_part(scales: Scales) -> None:
    alone = train(scales, replace(NOISY, batch_size=1), "joint", None, 5)
    for trainer in train_shared(scales, replace(NOISY, batch_size=1), "joint", 2, 5):
        assert list(trainer.losses) == pytest.approx(list(alone.losses), abs=1e-5)


@pytest.mark.parametrize("config", [QUIET, NOISY], ids=["quiet", "noisy"])
def test_shared_gradients_differ_only_by_the_rounding_of_sums(scales: Scales, config: TrainingConfig) -> None:
    config = replace(config, initial_state_max=0.0, clip=1e9)  # of initial states there are none in double precision
    network = StackedLSTM(NetworkConfig(pitches=8, hidden=(12, 12, 12), output="independent")).double()
    rolls = Rolls(scales[0].tunes, torch.device("cpu"), network.config)
    crops = epoch_crops(rolls, config.length, config.transpose, torch.Generator().manual_seed(1))
    batch = Batch(*(part.double() if torch.is_tensor(part) else part for part in rolls.batch(crops[:7])))

    def gradients(share: Share | None) -> list[Tensor]:
        learner = Learner(copy.deepcopy(network), config, torch.Generator().manual_seed(2))
        learner.share = share
        learner.backward(batch, config)
        return [weight.grad for weight in learner.network.parameters() if weight.grad is not None]

    adder = Adder(2)
    with ThreadPoolExecutor(2) as threads:
        shared = list(threads.map(gradients, [Share(worker, 2, adder.add) for worker in range(2)]))
    for one, whole in zip(shared[0], gradients(None), strict=True):
        assert (one - whole).abs().max() < 1e-15


def test_losses_are_those_of_one_machine_with_the_usual_epsilon(scales: Scales) -> None:
    config = replace(NOISY, epsilon=TrainingConfig().epsilon)
    alone = train(scales, config, "joint", None, 12)
    for trainer in train_shared(scales, config, "joint", 2, 12):
        assert list(trainer.losses) == pytest.approx(list(alone.losses), abs=1e-5)
