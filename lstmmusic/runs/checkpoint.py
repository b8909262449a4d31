"""A saved run: one safetensors file, in which nothing can be executed, and from which training resumes.

Its tensors are weights, best weights, snapshots of the weights along the run, the optimiser's state, the random state
and the loss curves. Its header has one JSON text with settings and position. A file from somebody else may claim
anything: sizes are checked before memory is allocated for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lstmmusic.base.files import home_path, replacing, utf8_path
from lstmmusic.config import NetworkConfig, Optimizer, RollConfig
from lstmmusic.errors import CheckpointError, mapped_errors
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import choose_device
from lstmmusic.network.model import StackedLSTM, complete_weights
from lstmmusic.runs.header import (
    POSITION,
    read_changes,
    read_config,
    read_loss,
    read_origin,
    read_position,
    read_settings,
)
from lstmmusic.runs.tensors import write_tensors
from lstmmusic.settings import check_number, checked
from lstmmusic.training.trainer import Trainer
from lstmmusic.training.weights import MOST_SNAPSHOTS, WeightSnapshot, bytes_of_weight, most_snapshots, pack

HEADER = "lstmmusic"
FORMAT = 1

# What the names of weights begin with, for each entry of a trainer's state.
WEIGHTS = {"network": "weights.", "ema": "averaged.", "best": "best."}
SNAPSHOT = "snapshot."  # followed by its update

# What an optimiser keeps for each weight, in the shape of the weight.
MOMENTS = {"adam": ("exp_avg", "exp_avg_sq"), "rmsprop": ("square_avg",)}

# A header has some 3 kB, and 100 bytes for each change of a setting; ten updates a second reach this number in 77 days;
# and beside snapshots, a file has at most five numbers for each weight: the weight, its average, the best, and two
# moments of Adam.
MAX_HEADER = 8_000_000
MAX_UPDATES = 2**26
_COPIES = 5


@checked
def save_run(trainer: Trainer, path: str | Path) -> None:
    """Save a run: weights, best weights, snapshots of the weights, optimiser, settings, curves, random state.

    Parameters
    ----------
    trainer : Trainer
        Between two updates; while a job drains it, save through `Job.call`.
    path : str or Path
        Ends in .safetensors by convention. Folders are created as needed.

    Raises
    ------
    SaveError
        If it cannot be written; the file that was there before is unharmed.
    """
    state = trainer.state_dict()
    tensors = {prefix + name: tensor for part, prefix in WEIGHTS.items() for name, tensor in state[part].items()}
    for snapshot in state["weight_snapshots"]:
        tensors |= {f"{SNAPSHOT}{snapshot.update}.{name}": weight for name, weight in snapshot.weights.items()}
    for index, moments in state["optimizer"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
    tensors |= {name: state[name] for name in ("random", "losses", "validations")}
    header = {
        "format": FORMAT,
        "network": asdict(trainer.network.config),
        "training": asdict(state["config"]),
        "began": state["initial_config"] and asdict(state["initial_config"]),
        "started_from": state["started_from"] and asdict(state["started_from"]),
        "roll": asdict(trainer.training.config),
        "music": f"{trainer.training.name}, {len(trainer.training)} + {len(trainer.validation or ())} tunes",
        "digests": _digests(trainer.training, trainer.validation),
        "source": trainer.training.source and asdict(trainer.training.source),
        "changes": [asdict(change) for change in state["changes"]],
        "parts": state["parts"],
        "position": {name: state[name] for name in POSITION},
    }
    clean = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as file:
        write_tensors(file, clean, {HEADER: json.dumps(header)})


@checked
def load_run(path: str | Path, training: Corpus, validation: Corpus | None = None, *, device: str = "auto") -> Trainer:
    """Load a saved run; on the CPU it resumes exactly as if it had never stopped.

    Parameters
    ----------
    path : str or Path
    training, validation : Corpus
        The music that it was trained on, split as before.
    device : str
        See `lstmmusic.network.devices.choose_device`.

    Returns
    -------
    Trainer

    Raises
    ------
    CheckpointError
        If the file is not a saved run, is damaged, or belongs to other music.
    ConfigError
        If there is no such device.
    """
    header, tensors = read_parts(path, "")
    name = Path(path).name
    if header.get("digests") != _digests(training, validation):
        raise CheckpointError(
            f"{name} was trained on other music, or on another grid or split of it: {header.get('music')}. "
            f"Load that to resume, or start a new run"
        )
    choose_device(device)
    with checking(name):
        config, initial_config = read_settings(header)
        network = StackedLSTM(NetworkConfig.from_dict(header["network"]), initialise=False)
        state: dict[str, Any] = {part: _part(tensors, prefix) for part, prefix in WEIGHTS.items()}
        for part in ("network", "best", *(["ema"] if config.ema_decay else [])):
            _check_shapes(network, state[part])
        state["optimizer"] = _read_moments(tensors, list(network.parameters()), config.optimizer)
        state |= {name: tensors[name] for name in ("random", "losses", "validations")}
        state |= {"config": config, "initial_config": initial_config, "changes": tuple(read_changes(header))}
        state |= {"started_from": read_origin(header), "parts": read_loss(header)}
        state["weight_snapshots"] = _read_snapshots(tensors, network)
        trainer = Trainer(training, validation, network, config, device=device)
        trainer.load_state_dict(state | read_position(header))
    return trainer


@checked
def load_network(path: str | Path) -> tuple[StackedLSTM, RollConfig]:
    """Load the best network of a saved run, on the CPU, and the grid of the music that it learned.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    network : StackedLSTM
    config : RollConfig

    Raises
    ------
    CheckpointError
        If the file is not a saved run, or is damaged.
    """
    header, tensors = read_parts(path, "best.")
    with checking(Path(path).name):
        network = StackedLSTM(NetworkConfig.from_dict(header["network"]), initialise=False)
        config = RollConfig.from_dict(header["roll"])
        load_weights(network, _part(tensors, "best."))
    return network, config


@checked
def load_weight_snapshots(path: str | Path) -> tuple[WeightSnapshot, ...]:
    """Load the weights of a saved run as they were along it, the earliest first, and last the newest ones.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    tuple of WeightSnapshot
        Of a run that an earlier version saved, only the newest weights; of a bundled network, none.

    Raises
    ------
    CheckpointError
        If the file is not a saved run, or is damaged.
    """
    newest = WEIGHTS["ema"], WEIGHTS["network"]
    header, tensors = read_parts(path, SNAPSHOT, *newest, "losses")
    with checking(Path(path).name):
        network = StackedLSTM(NetworkConfig.from_dict(header["network"]), initialise=False)
        weights = next(filter(None, (_part(tensors, prefix) for prefix in newest)), None)
        found = {snapshot.update: snapshot for snapshot in _read_snapshots(tensors, network)}
        if weights is not None:
            snapshot = _make_snapshot(len(tensors["losses"]), network, weights)
            found[snapshot.update] = snapshot
    return tuple(found.values())


def _read_snapshots(tensors: dict[str, Tensor], network: StackedLSTM) -> tuple[WeightSnapshot, ...]:
    """Read the snapshots of a run with this network, the earliest first; older files have none."""
    by_update: dict[int, dict[str, Tensor]] = {}
    for key, weight in _part(tensors, SNAPSHOT).items():
        update, _, name = key.partition(".")
        check_number("update of a snapshot", int(update), 0, len(tensors["losses"]), whole=True)
        by_update.setdefault(int(update), {})[name] = weight
    check_number("snapshots", len(by_update), 0, MOST_SNAPSHOTS, whole=True)
    return tuple(pack(_make_snapshot(update, network, by_update[update])) for update in sorted(by_update))


def _make_snapshot(update: int, network: StackedLSTM, weights: Mapping[str, Tensor]) -> WeightSnapshot:
    _check_shapes(network, weights)
    return WeightSnapshot(update, network.config, complete_weights(weights, network.config))


@checked
def load_weights(network: StackedLSTM, weights: Mapping[str, Tensor]) -> None:
    """Load weights into a network, in place.

    Parameters
    ----------
    network : StackedLSTM
    weights : mapping of str to Tensor
        As `state_dict` of a network of the same shape gives them.

    Raises
    ------
    CheckpointError
        If they belong to a network of another shape: the message lists the sizes that differ.
    """
    _check_shapes(network, weights)
    network.load_state_dict(weights)


def _check_shapes(network: StackedLSTM, weights: Mapping[str, Tensor]) -> None:
    own, weights = network.state_dict(), complete_weights(weights, network.config)
    differences = []
    for name in sorted(own.keys() | weights.keys()):
        file, here = (tuple(part[name].shape) if name in part else None for part in (weights, own))
        if file != here:
            differences.append(f"{name}: {file or 'nothing'} in the file, {here or 'nothing'} in the network")
    if differences:
        raise CheckpointError("the file has a network of another shape: " + "; ".join(differences))


def _read_moments(
    tensors: dict[str, Tensor], weights: list[torch.nn.Parameter], optimizer: Optimizer
) -> dict[int, dict[str, Tensor]]:
    """Read the state of the optimiser; refuse one that would stop the first update, or write beyond a tensor in it."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, moment in _part(tensors, "optimizer.").items():
        index, _, name = key.partition(".")
        state.setdefault(int(index), {})[name] = moment
    for number, moments in state.items():
        found = {name: tuple(moment.shape) for name, moment in moments.items()}
        needed = {"step": (), **dict.fromkeys(MOMENTS[optimizer], tuple(weights[number].shape))}
        if found != needed:
            raise ValueError(f"the optimiser has {found} for weight {number}, and needs {needed}")
    return state


def _digests(training: Corpus, validation: Corpus | None) -> list[str]:
    """Identify music by its content, since folders are renamed."""
    return [corpus.fingerprint() for corpus in (training, validation) if corpus]


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def read_parts(path: str | Path, *prefixes: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the header of a saved run, and the tensors whose names begin with one of the prefixes.

    Parameters
    ----------
    path : str or Path
    *prefixes : str

    Returns
    -------
    header : dict
        As it was parsed: see `lstmmusic.runs.header`.
    tensors : dict of str to Tensor

    Raises
    ------
    CheckpointError
        If the file is not a saved run, or is damaged.
    """
    name = Path(path).name
    with checking(name):
        path = home_path(path)
        if not path.is_file():
            raise CheckpointError(f"{path} was not found; check the path")
        with path.open("rb") as opened:
            check_number("the size of its header", int.from_bytes(opened.read(8), "little"), 2, MAX_HEADER)
            with safe_open(utf8_path(opened), "np") as file:  # in half the time that it takes for torch
                header = json.loads((file.metadata() or {})[HEADER])
                if not isinstance(header, dict):
                    raise ValueError("its header is not a table")
                if header.get("format") != FORMAT:
                    reads = f"this version reads format {FORMAT}"
                    raise CheckpointError(f"{name} has format {header.get('format')!r}; {reads}")
                _check_size(path.stat().st_size, read_config(NetworkConfig, header["network"]))
                names = [tensor for tensor in file.keys() if tensor.startswith(prefixes)]  # noqa: SIM118 - no dict
                # Copies: the file is mapped into memory, and truncating it would end this process.
                tensors = {tensor: torch.from_numpy(np.array(file.get_tensor(tensor))) for tensor in names}
    return header, tensors


@contextmanager
def checking(name: str, kind: str = "saved run") -> Iterator[None]:
    """Raise the exceptions that values of a damaged or foreign file cause as a `CheckpointError`."""
    damage = SafetensorError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError
    message = f"{name} is not a {kind} of this version of LSTMmusic, or is damaged"
    with (
        mapped_errors(CheckpointError, lambda reason: f"{message} ({reason})", *damage),
        mapped_errors(CheckpointError, lambda reason: f"{name} cannot be read ({reason}); check the file", OSError),
    ):
        yield


def _check_size(size: int, network: NetworkConfig) -> None:
    """Refuse a file that is too small for its network, or far too large, before memory is allocated for either."""
    weights = network.parameters  # at least the best, in 16 or 32 bits
    snapshots = most_snapshots(network) * bytes_of_weight(network) * weights
    most = _COPIES * 4 * weights + snapshots + 24 * MAX_UPDATES + 2 * MAX_HEADER
    check_number("the size of the file", size, 2 * weights, most)
