"""What training will cost, before it starts: time and memory, from a few real updates on the music at hand.

Nothing is kept of them. Of a corpus with many tunes, some are tried.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from lstmmusic.base.progress import Progress, Work, finish
from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.errors import TrainingError
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import (
    choose_device,
    free_cached_memory,
    keep_freed_memory,
    ran_out_of_memory,
    total_memory,
)
from lstmmusic.training.batches import Crop, Rolls, epoch_crops
from lstmmusic.training.construction import network_for
from lstmmusic.training.learner import Learner

# For updates whose time is taken. There is at least one, however long it takes.
SECONDS = 1.5

# The default weights are orthogonal, which takes longer than updates where layers are large. How long an update takes
# does not depend on weights.
WEIGHT_SPREAD = 0.1

SOME_TUNES = 1000

SMALLER = "take smaller layers, a smaller mini-batch or a shorter length"


@dataclass(frozen=True)
class Cost:
    """What training will cost.

    Parameters
    ----------
    parameters : int
        Weights and biases that are trained.
    seconds_per_epoch : float
        Of training; validation comes on top.
    updates_per_epoch : int
    memory : int
        Bytes on the device, beyond the music: weights, gradients, the optimiser's and the averaged weights, the best,
        and what the longest mini-batch keeps for its gradients.
    """

    parameters: int
    seconds_per_epoch: float
    updates_per_epoch: int
    memory: int


def estimate_cost(
    training: Corpus, network: NetworkConfig, config: TrainingConfig, *, device: str = "auto", quiet: bool = False
) -> Cost:
    """Estimate what training will cost, from updates of about two seconds; longer where a single one takes longer.

    Parameters
    ----------
    training : Corpus
    network : NetworkConfig
    config : TrainingConfig
    device : str
        See `lstmmusic.network.devices.choose_device`.
    quiet : bool
        Show no progress bar.

    Returns
    -------
    Cost

    Raises
    ------
    ConfigError
        If network and music do not lie on one grid, or there is no such device.
    CorpusError
        If no tune has two steps.
    TrainingError
        If there is not enough memory.
    """
    return finish(estimating_cost(training, network, config, device=device), "Trying updates", quiet=quiet)


def estimating_cost(
    training: Corpus, network: NetworkConfig, config: TrainingConfig, *, device: str = "auto"
) -> Work[Cost]:
    """`estimate_cost` as a generator, an update at a time; see `lstmmusic.base.progress`."""
    place = choose_device(device)
    keep_freed_memory()
    try:
        return (yield from _try_updates(training, network, config, place))
    except (RuntimeError, MemoryError) as error:
        if not ran_out_of_memory(error):
            raise
    free_cached_memory(place)
    raise TrainingError(f"there is not enough memory on {place}; {SMALLER}")


def _try_updates(training: Corpus, network: NetworkConfig, config: TrainingConfig, device: torch.device) -> Work[Cost]:
    memory = _kept_by_weights(network, config)
    _check_room(memory, device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
    some = replace(training, tunes=training.tunes[:: len(training) // SOME_TUNES + 1])
    random = torch.Generator().manual_seed(config.seed)
    made = network_for(some, None, network, replace(config, initial_weight_std=WEIGHT_SPREAD), random)
    learner = Learner(made.to(device), config, random)
    rolls = Rolls(some.tunes, device)
    crops = epoch_crops(rolls, config.length, config.transpose, random)
    batches = [crops[at : at + config.batch_size] for at in range(0, len(crops), config.batch_size)]

    # What one crop keeps and what another one adds; the first updates are slow anyway.
    longest = max(crops, key=lambda crop: crop.stop - crop.start)
    one = _kept_by_update(learner, rolls, [longest], config)
    yield Progress(0, 1000)
    memory += one
    if len(batches[0]) > 1:
        memory += (len(batches[0]) - 1) * (_kept_by_update(learner, rolls, [longest, longest], config) - one)
    _check_room(memory, device)
    yield Progress(0, 1000)

    seconds, tried = 0.0, 0
    for number, batch in enumerate(batches, start=1):
        began = time.perf_counter()
        learner.differentiate(rolls.batch(batch), config)
        learner.move(config, 1.0, number)
        seconds, tried = seconds + time.perf_counter() - began, tried + len(batch)
        yield Progress(min(1000, int(1000 * seconds / SECONDS)), 1000)
        if seconds > SECONDS:
            break
    if device.type == "cuda":
        memory = torch.cuda.max_memory_allocated(device) - before
    in_all = len(crops) * training.steps / some.steps
    updates = math.ceil(round(in_all) / config.batch_size) * config.updates_per_batch
    return Cost(network.parameters, seconds / tried * in_all * config.updates_per_batch, updates, memory)


def _kept_by_weights(network: NetworkConfig, config: TrainingConfig) -> int:
    """Count the bytes of whatever is as large as the weights."""
    of_optimizer = 2 if config.optimizer == "adam" else 1
    copies = 1 + 1 + of_optimizer + (config.ema_decay > 0) + 1  # weights, gradients, ..., the best
    return 4 * network.parameters * copies


def _kept_by_update(learner: Learner, rolls: Rolls, crops: Sequence[Crop], config: TrainingConfig) -> int:
    """Make an update; count the bytes that were kept for its gradients, other than the weights themselves."""
    sizes: dict[int, int] = {}  # of a storage at an address, since many tensors may share one

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()  # one that is not detached would keep itself

    weights = {weight.untyped_storage().data_ptr() for weight in learner.network.parameters()}
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        learner.differentiate(rolls.batch(crops), config)
    learner.move(config, 1.0, 1)
    return sum(size for address, size in sizes.items() if address not in weights)


def _check_room(memory: int, device: torch.device) -> None:
    """Refuse what cannot fit: some systems end a process that asks for too much."""
    room = total_memory(device)
    if room is not None and memory > room:
        raise TrainingError(
            f"this needs about {memory / 1e9:.0f} GB of memory, and {device} has {room / 1e9:.0f} GB; {SMALLER}"
        )
