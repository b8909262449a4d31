"""What a worker does that trains a run together with others: it makes the updates that are ordered.

Ray Train starts the workers, connects them, and starts all of them again if one dies. Each has the whole run, and does
what the others do; only the gradients of a mini-batch are shared, see `lstmmusic.training.sharing`. The first worker
speaks for all with the notebook.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lstmmusic.config import TrainingConfig
from lstmmusic.errors import LSTMMusicError
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import ran_out_of_memory
from lstmmusic.runs.checkpoint import load_run, save_run
from lstmmusic.training.sharing import Share
from lstmmusic.training.snapshot import Change, Update
from lstmmusic.training.trainer import Trainer

RUN_NAME = "run.safetensors"


@dataclass(frozen=True)
class Start:
    """The order to load a run.

    Parameters
    ----------
    run : bytes
        A file of a run.
    """

    run: bytes


@dataclass(frozen=True)
class Go:
    """The order to make some updates.

    Parameters
    ----------
    updates : int
        At most so many: fewer, if the run ends before.
    config : TrainingConfig
        The settings from here on.
    changes : tuple of Change
        What was changed during the run.
    checkpoint : bool
        Whether to save the run afterwards in the storage of the cluster.
    """

    updates: int
    config: TrainingConfig
    changes: tuple[Change, ...]
    checkpoint: bool


@dataclass(frozen=True)
class Ready:
    """The answer of a worker that has begun, and has no run yet."""


@dataclass(frozen=True)
class Done:
    """The answer to `Go`, or, with no updates, to `Start`.

    Parameters
    ----------
    updates : tuple of Update
    state : dict
        As `Trainer.state_dict` returns it, on the CPU.
    health : (Tensor, Tensor) or None
        Norms of the gradients and fractions clipped, as `Clipper` has them.
    seconds : float
        That the updates took.
    ended : bool
        Whether the run is done.
    failure : Exception or None
        What ended it before.
    """

    updates: tuple[Update, ...]
    state: dict[str, Any]
    health: tuple[torch.Tensor | None, torch.Tensor | None]
    seconds: float = 0.0
    ended: bool = False
    failure: LSTMMusicError | None = None


def work(config: dict[str, Any]) -> None:
    """Make updates until the order to end; Ray Train calls this in each worker.

    Parameters
    ----------
    config : dict
        'desk', a `Desk`; 'training' and 'validation', the music, as references to objects in Ray, which reach each
        machine once.
    """
    import ray.train
    import ray.train.torch
    import torch.distributed

    context, desk = ray.train.get_context(), config["desk"]
    worker, workers = context.get_world_rank(), context.get_world_size()
    device = ray.train.torch.get_device()
    share = Share(worker, workers, torch.distributed.all_reduce)

    def next_order(answer: Any, *, begins: bool = False) -> Any:
        """Return the next order, the same to all workers."""
        orders = [None]
        if worker == 0:
            # Put into Ray's store here, and fetched by the notebook: the desk only passes the reference on.
            orders = [ray.get(desk.answer.remote([ray.put(answer)], begins=begins))]
        torch.distributed.broadcast_object_list(orders, src=0, device=device)
        return orders[0]

    order = next_order(Ready(), begins=True)
    if not isinstance(order, Start):
        return
    trainer = _load(order.run, *ray.get([config["training"], config["validation"]]))
    trainer.learner.share = share
    steps = trainer.steps()
    answer = _answer(trainer)
    while isinstance(order := next_order(answer), Go):
        trainer.config, trainer.changes = order.config, order.changes
        updates: list[Update] = []
        ended, failure, began = False, None, time.perf_counter()
        try:
            while len(updates) < order.updates and not ended:
                if update := next(steps, None):
                    updates.append(update)
                ended = update is None
        except LSTMMusicError as error:
            failure = error
        except (RuntimeError, MemoryError) as error:
            if not ran_out_of_memory(error):
                raise  # a worker that this one waited for is gone: Ray Train starts all of them again
            failure = LSTMMusicError(str(error))
        seconds = time.perf_counter() - began
        if order.checkpoint:
            _save(trainer, worker, ray)
        answer = _answer(trainer, tuple(updates), seconds=seconds, ended=ended, failure=failure)


def _load(run: bytes, training: Corpus, validation: Corpus | None) -> Trainer:
    # What comes out of Ray's store is shared by all on the machine, and nobody writes it.
    warnings.filterwarnings("ignore", "The given NumPy array is not writable")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / RUN_NAME
        path.write_bytes(run)
        return load_run(path, training, validation)


def _save(trainer: Trainer, worker: int, ray: Any) -> None:
    """Save the run in the storage of the cluster; all workers wait for it."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = None
        if worker == 0:
            save_run(trainer, Path(folder) / RUN_NAME)
            checkpoint = ray.train.Checkpoint.from_directory(folder)
        ray.train.report({"update": len(trainer.losses)}, checkpoint=checkpoint)


def _answer(trainer: Trainer, updates: tuple[Update, ...] = (), **more: Any) -> Done:
    clipper = trainer.learner.clipper
    return Done(updates, _on_cpu(trainer.state_dict()), _on_cpu((clipper.norms, clipper.clipped)), **more)


def _on_cpu(state: Any) -> Any:
    """Return a state with its tensors on the CPU: the notebook may be without a GPU."""
    match state:
        case torch.Tensor():
            return state.detach().cpu()
        case dict():
            return {name: _on_cpu(value) for name, value in state.items()}
        case tuple() if type(state) is tuple:
            return tuple(map(_on_cpu, state))
    return state
