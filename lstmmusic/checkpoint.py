"""Saving a run and taking it up again: one safetensors file, in which nothing can be executed.

Tensors: weights, best weights, the optimiser's state, the random state, the loss curves. The header holds
one JSON text with settings and position.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from lstmmusic.config import NetworkConfig, RollConfig
from lstmmusic.data import Corpus
from lstmmusic.devices import choose_device
from lstmmusic.errors import CheckpointError, ConfigError
from lstmmusic.files import replacing
from lstmmusic.headers import FORMAT, HEADER, POSITION, read_changes, read_parts, read_position, read_settings
from lstmmusic.model import StackedLSTM
from lstmmusic.tensor_files import write_tensors
from lstmmusic.training import Trainer


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
    with replacing(path) as file:
        write_tensors(file, clean, {HEADER: json.dumps(header)})


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
    header, tensors = read_parts(path, "")
    name = Path(path).name
    if header.get("digests") != _digests(training, validation):
        raise CheckpointError(
            f"{name} was trained on other music, or on another grid or split of it: {header.get('music')}. "
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
        for key, tensor in _part(tensors, "optimizer.").items():
            index, _, field = key.partition(".")
            state.setdefault(int(index), {})[field] = tensor
        groups = trainer.learner.optimizer.param_groups
        _check_moments(state, [weight for group in groups for weight in group["params"]])
        trainer.learner.optimizer.load_state_dict({**trainer.learner.optimizer.state_dict(), "state": state})
        trainer.random.set_state(tensors["random"])
        trainer.losses = array("d", tensors["losses"].tolist())
        trainer.validations = [(int(at), loss) for at, loss in tensors["validations"].tolist()]
        trainer.changes = tuple(read_changes(header))
        trainer.began = began
        for attribute, value in read_position(header).items():
            setattr(trainer, attribute, value)
    except (LookupError, ValueError, TypeError, OverflowError, RuntimeError) as error:
        raise CheckpointError(f"{name} is damaged, or from another version: {error}") from error
    return trainer


def load_network(path: str | Path) -> tuple[StackedLSTM, RollConfig]:
    """Load the best network of a saved run, and the grid of the music that it learned, on the CPU.

    Raises
    ------
    CheckpointError
        If the file is no saved run, or is damaged.
    """
    header, tensors = read_parts(path, "best.")
    try:
        network = StackedLSTM(NetworkConfig.from_dict(header["network"]))
        config = RollConfig.from_dict(header["roll"])
        load_weights(network, _part(tensors, "best."))
    except (KeyError, ConfigError, RuntimeError) as error:
        raise CheckpointError(f"{Path(path).name} is damaged, or from another version: {error}") from error
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


def _check_moments(state: dict[int, dict[str, Tensor]], weights: list[Tensor]) -> None:
    """Refuse an optimiser's state that would stop the first update."""
    for index, moments in state.items():
        for name, moment in moments.items():
            if moment.shape not in ((), weights[index].shape):
                raise ValueError(f"{name} of the optimiser has the shape {tuple(moment.shape)}")


def _digests(training: Corpus, validation: Corpus | None) -> list[str]:
    """Tell music apart by what it is, since folders get other names."""
    return [corpus.fingerprint() for corpus in (training, validation) if corpus]


def _part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
