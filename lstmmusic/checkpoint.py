"""Saving a run and taking it up again: one safetensors file, in which nothing can be executed.

Tensors: weights, best weights, the optimiser's state, the random state, the loss curves. The header holds
one JSON text with settings and position.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig, check_number
from lstmmusic.data import Corpus
from lstmmusic.devices import choose_device
from lstmmusic.errors import CheckpointError, ConfigError
from lstmmusic.files import write_atomically
from lstmmusic.model import StackedLSTM
from lstmmusic.snapshots import Change
from lstmmusic.training import CHANGEABLE, Trainer

FORMAT = 1
POSITION = ("epoch", "position", "repeats", "crops", "seconds")
HEADER = "lstmmusic"


def save_run(trainer: Trainer, path: str | Path) -> None:
    """Save a run: weights, best weights, optimiser, settings, curves, random state.

    Parameters
    ----------
    trainer : Trainer
        Between two updates; while a job drains it, save through `Job.call`.
    path : str or Path
        Ends in .safetensors by custom. Folders are made as needed.

    Raises
    ------
    SaveError
        If it cannot be written; nothing is lost then.
    """
    tensors: dict[str, Tensor] = {}
    tensors |= {f"weights.{name}": tensor for name, tensor in trainer.network.state_dict().items()}
    if trainer.averaged is not trainer.network:
        tensors |= {f"averaged.{name}": tensor for name, tensor in trainer.averaged.state_dict().items()}
    tensors |= {f"best.{name}": tensor for name, tensor in trainer.best.items()}
    for index, state in trainer.learner.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in state.items()}
    tensors["random"] = trainer.random.get_state()
    tensors["losses"] = torch.tensor(trainer.losses, dtype=torch.float64)
    tensors["validations"] = torch.tensor(trainer.validations, dtype=torch.float64).reshape(-1, 2)
    header = {
        "format": FORMAT,
        "network": asdict(trainer.network.config),
        "training": asdict(trainer.config),
        "began": trainer.began and asdict(trainer.began),
        "roll": asdict(trainer.training.config),
        "music": f"{trainer.training.name}, {len(trainer.training)} + {len(trainer.validation or ())} tunes",
        "digests": _digests(trainer.training, trainer.validation),
        "source": trainer.training.source and asdict(trainer.training.source),
        "changes": [asdict(change) for change in trainer.changes],
        "position": {name: getattr(trainer, name) for name in POSITION},
    }
    clean = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, to_bytes(clean, metadata={HEADER: json.dumps(header)}))


def load_run(path: str | Path, training: Corpus, validation: Corpus | None = None, *, device: str = "auto") -> Trainer:
    """Take up a saved run; on the CPU it goes on exactly as if it had never stopped.

    Parameters
    ----------
    path : str or Path
    training, validation : Corpus
        The music that it was trained on, split as before.
    device : str

    Raises
    ------
    CheckpointError
        If the file is no saved run, is damaged, or belongs to other music.
    """
    header, tensors = _read(path)
    if header["digests"] != _digests(training, validation):
        raise CheckpointError(
            f"{Path(path).name} was trained on other music, or on another grid or split of it: {header['music']}. "
            f"Load that to go on, or start a new run"
        )
    choose_device(device)
    try:
        settings, began = read_settings(header)
        trainer = Trainer(
            training,
            validation,
            NetworkConfig.from_dict(header["network"]),
            settings,
            device=device,
        )
        load_weights(trainer.network, _part(tensors, "weights."))
        if trainer.averaged is not trainer.network:
            load_weights(trainer.averaged, _part(tensors, "averaged."))
        best = StackedLSTM(trainer.network.config)
        load_weights(best, _part(tensors, "best."))
        trainer.best = best.state_dict()
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _part(tensors, "optimizer.").items():
            index, _, field = name.partition(".")
            state.setdefault(int(index), {})[field] = tensor
        trainer.learner.optimizer.load_state_dict({**trainer.learner.optimizer.state_dict(), "state": state})
        trainer.random.set_state(tensors["random"])
        trainer.losses = array("d", tensors["losses"].tolist())
        trainer.validations = [(int(at), loss) for at, loss in tensors["validations"].tolist()]
        trainer.changes = tuple(read_changes(header))
        trainer.began = began
        for name in POSITION:
            setattr(trainer, name, type(getattr(trainer, name))(header["position"][name]))
    except (KeyError, ValueError, TypeError, OverflowError, RuntimeError) as error:
        raise CheckpointError(f"{Path(path).name} is damaged, or from another version: {error}") from error
    return trainer


def load_network(path: str | Path) -> tuple[StackedLSTM, RollConfig]:
    """Load the best network of a saved run, and the grid of the music that it learned, on the CPU.

    Raises
    ------
    CheckpointError
        If the file is no saved run, or is damaged.
    """
    header, tensors = _read(path)
    try:
        network = StackedLSTM(NetworkConfig.from_dict(header["network"]))
        config = RollConfig.from_dict(header["roll"])
    except (KeyError, ConfigError) as error:
        raise CheckpointError(f"{Path(path).name} is damaged, or from another version: {error}") from error
    load_weights(network, _part(tensors, "best."))
    return network, config


def load_weights(network: StackedLSTM, weights: dict[str, Tensor]) -> None:
    """Put weights into a network.

    Raises
    ------
    CheckpointError
        If they belong to a network of another shape: the message lists the sizes that differ.
    """
    own = network.state_dict()
    differences = []
    for name in sorted(own.keys() | weights.keys()):
        file, here = (tuple(part[name].shape) if name in part else None for part in (weights, own))
        if file != here:
            differences.append(f"{name}: {file or 'nothing'} in the file, {here or 'nothing'} in the network")
    if differences:
        raise CheckpointError("the file holds a network of another shape: " + "; ".join(differences))
    network.load_state_dict(weights)


def read_settings(header: dict[str, Any]) -> tuple[TrainingConfig, TrainingConfig | None]:
    """Read the settings of a run off its header: as they were saved, and as they were at the first update.

    The second are None where settings were changed since, and the file does not tell from what.

    Raises
    ------
    ConfigError
        If a setting is none, or out of range.
    """
    saved = TrainingConfig.from_dict({"transpose": 0} | header["training"])  # the first runs knew no other keys
    if header.get("began"):
        return saved, TrainingConfig.from_dict(header["began"])
    return saved, None if any(change.update for change in read_changes(header)) else saved


def read_changes(header: dict[str, Any]) -> Iterator[Change]:
    """Read what was changed while a run went on off its header; the first version wrote none.

    Raises
    ------
    ConfigError
        If a setting is none that may change, or is out of range.
    """
    for entry in header.get("changes", []):
        update, parts = entry["update"], []
        for names in (entry["settings"], entry.get("before", {})):
            checked = TrainingConfig.from_dict(names)
            if fixed := set(names) - set(CHANGEABLE):
                raise ConfigError(f"{', '.join(sorted(fixed))} cannot change while a run goes on")
            parts.append({name: getattr(checked, name) for name in names})
        check_number("update of a change", update, 0, math.inf, whole=True)
        settings, before = parts
        yield Change(update, settings, str(entry["reason"]), before)


def _digests(training: Corpus, validation: Corpus | None) -> list[str]:
    """Tell music apart by what it is, since folders get other names."""
    return [corpus.fingerprint() for corpus in (training, validation) if corpus]


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _read(path: str | Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    return read_parts(path, "")


def read_parts(path: str | Path, *prefixes: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the header of a saved run, and those of its tensors whose names begin with a prefix.

    Raises
    ------
    CheckpointError
        If the file is no saved run, or is damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"{path} is not there; check the path")
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})[HEADER])
            names = [name for name in file.keys() if name.startswith(prefixes)]  # noqa: SIM118 - no dict
            tensors = {name: file.get_tensor(name) for name in names}
    except (SafetensorError, KeyError, ValueError, OSError) as error:
        raise CheckpointError(f"{path.name} is no saved run of LSTMmusic, or is damaged ({error})") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise CheckpointError(f"{path.name} has format {header.get('format')!r}; this version reads format {FORMAT}")
    return header, tensors
