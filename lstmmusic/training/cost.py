"""What training will cost in time and memory, measured before it starts by a few real updates on the music.

Their result is discarded. Only some tunes of a large corpus are used.
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
from lstmmusic.settings import checked
from lstmmusic.training.batches import Batch, Crop, Rolls, epoch_crops
from lstmmusic.training.construction import build_network, without_missing
from lstmmusic.training.learner import Learner

# For the updates that are timed; there is at least one, however long it takes.
SECONDS = 1.5

# The default initial weights are orthogonal, which takes longer than updates where layers are large. The time of an
# update does not depend on the weights.
INITIAL_WEIGHT_STD = 0.1

SOME_TUNES = 1000

SMALLER = "use smaller layers, a smaller mini-batch or a shorter length"


@dataclass(frozen=True)
class Cost:
    """What training will cost.

    Parameters
    ----------
    parameters : int
        Weights and biases that are trained.
    seconds_per_epoch : float
        Without validation and calibration.
    updates_per_epoch : int
    memory : int
        Bytes on the device, in addition to the music: weights, gradients, the optimiser's state, the EMA and the best
        weights, and the tensors that the longest mini-batch keeps for its gradients.
    """

    parameters: int
    seconds_per_epoch: float
    updates_per_epoch: int
    memory: int


@checked
def estimate_cost(
    training: Corpus, network: NetworkConfig, config: TrainingConfig, *, device: str = "auto", quiet: bool = False
) -> Cost:
    """Estimate what training will cost, from about two seconds of updates, or a single one that takes longer.

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
        If network and music have different grids, or there is no such device.
    CorpusError
        If no tune has two steps.
    TrainingError
        If there is not enough memory.
    """
    return finish(estimating_cost(training, network, config, device=device), "Timing updates", quiet=quiet)


def estimating_cost(
    training: Corpus, network: NetworkConfig, config: TrainingConfig, *, device: str = "auto"
) -> Work[Cost]:
    """`estimate_cost` as a generator, an update at a time; see `lstmmusic.base.progress`."""
    place = choose_device(device)
    keep_freed_memory()
    try:
        return (yield from _time_updates(training, network, config, place))
    except (RuntimeError, MemoryError) as error:
        if not ran_out_of_memory(error):
            raise
    free_cached_memory(place)
    raise TrainingError(f"there is not enough memory on {place}; {SMALLER}")


def _time_updates(training: Corpus, network: NetworkConfig, config: TrainingConfig, device: torch.device) -> Work[Cost]:
    network = without_missing(network, training)
    memory = weights_memory(network, config)
    _check_memory(memory, device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
    some = replace(training, tunes=training.tunes[:: len(training) // SOME_TUNES + 1])
    random = torch.Generator().manual_seed(config.seed)
    built = build_network(some, None, network, replace(config, initial_weight_std=INITIAL_WEIGHT_STD), random)
    learner = Learner(built.to(device), config, random)
    rolls = Rolls(some.tunes, device, built.config)
    crops = epoch_crops(rolls, config.length, config.transpose, random)
    batches = [crops[at : at + config.batch_size] for at in range(0, len(crops), config.batch_size)]

    # What one crop keeps and what another one adds; the first updates are slow, and are not timed.
    longest = max(crops, key=lambda crop: crop.stop - crop.start)
    one = _update_memory(learner, rolls, [longest], config)
    yield Progress(0, 1000)
    memory += one
    if len(batches[0]) > 1:
        memory += (len(batches[0]) - 1) * (_update_memory(learner, rolls, [longest, longest], config) - one)
    _check_memory(memory, device)
    yield Progress(0, 1000)

    seconds, timed = 0.0, 0
    for number, batch in enumerate(batches, start=1):
        started = time.perf_counter()
        _update(learner, rolls.batch(batch), config, number)
        seconds, timed = seconds + time.perf_counter() - started, timed + len(batch)
        yield Progress(min(1000, int(1000 * seconds / SECONDS)), 1000)
        if seconds > SECONDS:
            break
    if device.type == "cuda":
        memory = torch.cuda.max_memory_allocated(device) - before
    total = len(crops) * training.steps / some.steps
    updates = math.ceil(round(total) / config.batch_size) * config.updates_per_batch
    return Cost(network.parameters, seconds / timed * total * config.updates_per_batch, updates, memory)


def weights_memory(network: NetworkConfig, config: TrainingConfig) -> int:
    """Count the bytes of weights, gradients, moments of the optimiser, EMA and best weights."""
    moments = 2 if config.optimizer == "adam" else 1
    copies = 1 + 1 + moments + (config.ema_decay > 0) + 1
    return 4 * network.parameters * copies


def _update_memory(learner: Learner, rolls: Rolls, crops: Sequence[Crop], config: TrainingConfig) -> int:
    """Make an update; count the bytes that it keeps for its gradients, other than the weights themselves."""
    sizes: dict[int, int] = {}  # by address of the storage, since many tensors may share one

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        sizes[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()  # otherwise it would keep itself

    weights = {weight.untyped_storage().data_ptr() for weight in learner.network.parameters()}
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        _update(learner, rolls.batch(crops), config, 1)
    return sum(size for address, size in sizes.items() if address not in weights)


def _update(learner: Learner, batch: Batch, config: TrainingConfig, number: int) -> None:
    learner.backward(batch, config)
    learner.step(config, 1.0)
    learner.update_ema(config.ema_decay, number)


def _check_memory(memory: int, device: torch.device) -> None:
    """Refuse what cannot fit: some systems end a process that asks for too much."""
    available = total_memory(device)
    if available is not None and memory > available:
        raise TrainingError(
            f"this needs about {memory / 1e9:.0f} GB of memory, and {device} has {available / 1e9:.0f} GB; {SMALLER}"
        )
