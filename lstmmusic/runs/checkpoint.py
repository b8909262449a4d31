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
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from lstmmusic.base.files import home_path, replacing, utf8_path
from lstmmusic.config import CHANGEABLE, NetworkConfig, RollConfig, TrainingConfig, rename_old
from lstmmusic.errors import CheckpointError, ConfigError, plain_text
from lstmmusic.music.corpus import Corpus
from lstmmusic.network.devices import choose_device
from lstmmusic.network.model import StackedLSTM
from lstmmusic.settings import check_number
from lstmmusic.training.snapshot import Change
from lstmmusic.training.trainer import Trainer


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
    if trainer.ema_network is not trainer.network:
        tensors |= {f"averaged.{name}": tensor for name, tensor in trainer.ema_network.state_dict().items()}
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
        "began": trainer.initial_config and asdict(trainer.initial_config),
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
        if trainer.ema_network is not trainer.network:
            load_weights(trainer.ema_network, _part(tensors, "averaged."))
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
        trainer.initial_config = began
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


FORMAT = 1
POSITION = ("epoch", "position", "repeats", "crops", "seconds")
HEADER = "lstmmusic"

# A header has some 3 kB, and 100 bytes for each change of a setting; ten updates a second make this many in 77 days;
# and weights are there at most five times: as they are, averaged, the best, and twice for Adam.
MAX_HEADER = 8_000_000
MAX_UPDATES = 2**26
_COPIES = 5


def read_parts(path: str | Path, *prefixes: str) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Read the header of a saved run, and those of its tensors whose names begin with a prefix.

    Raises
    ------
    CheckpointError
        If the file is no saved run, or is damaged.
    """
    name = Path(path).name
    try:
        path = home_path(path)
        if not path.is_file():
            raise CheckpointError(f"{path} is not there; check the path")
        with path.open("rb") as opened:
            check_number("the size of its header", int.from_bytes(opened.read(8), "little"), 2, MAX_HEADER)
            with safe_open(utf8_path(opened), "pt") as file:
                header = json.loads((file.metadata() or {})[HEADER])
                if not isinstance(header, dict):
                    raise ValueError("its header is no table")
                if header.get("format") != FORMAT:
                    reads = f"this version reads format {FORMAT}"
                    raise CheckpointError(f"{name} has format {header.get('format')!r}; {reads}")
                _check_size(path.stat().st_size, NetworkConfig.from_dict(header["network"]))
                names = [tensor for tensor in file.keys() if tensor.startswith(prefixes)]  # noqa: SIM118 - no dict
                # Copies: the file itself is mapped into memory, and whoever cuts it off would end this process.
                tensors = {tensor: file.get_tensor(tensor).clone() for tensor in names}
    except CheckpointError:
        raise
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read ({error.strerror or error}); check the file") from error
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{name} is no saved run of LSTMmusic, or is damaged ({error})") from error
    return header, tensors


def _check_size(size: int, network: NetworkConfig) -> None:
    """Refuse a file that is too small for its network, or far too large, before memory is taken for either."""
    weights = network.parameters  # the best at least, in half of the bits or in all
    most = _COPIES * 4 * weights + 24 * MAX_UPDATES + 2 * MAX_HEADER
    check_number("the size of the file", size, 2 * weights, most)


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
        for names in map(rename_old, (entry["settings"], entry.get("before", {}))):
            checked = TrainingConfig.from_dict(names)
            if fixed := set(names) - set(CHANGEABLE):
                raise ConfigError(f"{', '.join(sorted(fixed))} cannot change while a run goes on")
            parts.append({name: getattr(checked, name) for name in names})
        check_number("update of a change", update, 0, math.inf, whole=True)
        settings, before = parts
        yield Change(update, settings, plain_text(str(entry["reason"])), before)


def read_position(header: dict[str, Any]) -> dict[str, int | float]:
    """Read how far a run came off its header.

    Raises
    ------
    ConfigError
        If a number is none, or out of range.
    """
    position: dict[str, int | float] = {name: header["position"][name] for name in POSITION}
    for name in ("epoch", "position", "repeats"):
        check_number(name, position[name], 0, 2**53, whole=True)
    check_number("crops", position["crops"], 1, 2**53, whole=True)
    check_number("seconds", position["seconds"], 0, 1e12)
    return position | {"seconds": float(position["seconds"])}


_KINDS = {torch.float64: "F64", torch.int64: "I64", torch.float32: "F32", torch.uint8: "U8"}


def write_tensors(file: BinaryIO, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors, which `safetensors.safe_open` reads.

    Parameters
    ----------
    file : binary file
    tensors : dict of str to Tensor
        Of float64, int64, float32 or uint8, on the CPU, contiguous.
    metadata : dict of str to str
    """
    table: dict[str, Any] = {"__metadata__": metadata}
    start = 0
    # Those with wide numbers first, so that all of them are aligned.
    ordered = dict(sorted(tensors.items(), key=lambda named: (-named[1].element_size(), named[0])))
    for name, tensor in ordered.items():
        stop = start + tensor.nbytes
        table[name] = {"dtype": _KINDS[tensor.dtype], "shape": [*tensor.shape], "data_offsets": [start, stop]}
        start = stop
    header = json.dumps(table).encode()
    header += b" " * (-len(header) % 8)
    file.write(len(header).to_bytes(8, "little") + header)
    for tensor in ordered.values():
        file.write(tensor.numpy().data)
