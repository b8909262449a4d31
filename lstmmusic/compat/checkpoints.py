"""The checkpoints of the 2016 program: arrays named after its equations, in an .npz; nothing in them is run.

An array is named W (weights) or b (biases), from where, to which gate, and in which layer: `Wxi_1` from the input
to the input gate of layer 1, `Whf_2` from layer 2 itself to its forget gate, `Wcj_3` from the layer below to the
cell of layer 3, `Wco_1` the peephole of the output gate.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray

from lstmmusic.base.files import DAMAGE, home_path, write_atomically
from lstmmusic.config import NetworkConfig
from lstmmusic.errors import CheckpointError, ConfigError, mapped_errors
from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.outputs import IndependentOutput

GATES = "ifco"  # input, forget, cell and output, as in today's layers
BELOW = {"i": "Wxj", "f": "Wfj", "c": "Wcj", "o": "Woj"}  # of the weights from the layer below
LARGEST = 2**28  # bytes in an array: a layer of 8192 units


def load_2016(path: str | Path) -> StackedLSTM:
    """Load a network that the 2016 program saved, with its peepholes and its slip in layer 1.

    It can generate, be trained further, and be saved by `save_run` or `save_2016`.

    Parameters
    ----------
    path : str or Path
        An .npz of `saveParameters`; files that lack `h3_length` are read too.

    Returns
    -------
    StackedLSTM

    Raises
    ------
    CheckpointError
        If the file is no such checkpoint, is damaged, or holds anything but numbers.
    """
    path = Path(path)
    arrays = read_arrays(path)
    with mapped_errors(
        CheckpointError,
        lambda reason: f"{path.name} is not a checkpoint of the 2016 program: {reason} is missing or has a wrong type",
        *(KeyError, TypeError, ConfigError),
    ):
        hidden = tuple(len(arrays[f"bi_{layer}"]) for layer in (1, 2, 3))
        config = NetworkConfig(len(arrays["by"]), (hidden[0], hidden[1], hidden[2]), cell="2016", output="independent")
        network = StackedLSTM(config)
        with torch.no_grad():
            for name, (parameter, part) in _places(network).items():
                wanted = tuple(parameter[part].shape)
                if arrays[name].shape != wanted:
                    raise CheckpointError(
                        f"{path.name}: {name} has shape {arrays[name].shape}; the other arrays require {wanted}"
                    )
                parameter[part] = torch.from_numpy(arrays[name])
    if not all(torch.isfinite(parameter).all() for parameter in network.parameters()):
        raise CheckpointError(f"{path.name} holds weights that are not finite: its training had failed")
    return network


def save_2016(network: StackedLSTM, path: str | Path) -> None:
    """Save a network as the 2016 program did.

    Raises
    ------
    CheckpointError
        If the network has other cells than those of 2016.
    SaveError
        If the file cannot be written.
    """
    config = network.config
    if config.cell != "2016" or config.output != "independent" or not config.skip:
        raise CheckpointError(
            "only a network with the cells and outputs of 2016, such as `load_2016` gives, fits their files"
        )
    arrays = {name: parameter[part].detach().cpu().numpy() for name, (parameter, part) in _places(network).items()}
    sizes = dict(zip(("h1_length", "h2_length", "h3_length"), config.hidden, strict=True))
    content = io.BytesIO()
    np.savez(content, io_length=np.array(config.pitches), **(sizes | arrays))  # type: ignore[arg-type] # names of ours, none of numpy's
    write_atomically(path, content.getvalue())


def _places(network: StackedLSTM) -> dict[str, tuple[torch.Tensor, tuple[slice | int, ...]]]:
    """Where each array of 2016 stands: a parameter, and which part of it."""
    pitches, hidden = network.config.pitches, network.config.hidden
    output = cast(IndependentOutput, network.output).linear
    places: dict[str, tuple[torch.Tensor, tuple[slice | int, ...]]] = {"by": (output.bias, (slice(None),))}
    before = 0
    for number, (layer, size) in enumerate(zip(network.lstms, hidden, strict=True), start=1):
        for index, gate in enumerate(GATES):
            rows = slice(index * size, (index + 1) * size)
            places[f"Wx{gate}_{number}"] = layer.input_weights, (rows, slice(0, pitches))
            if number > 1:
                places[f"{BELOW[gate]}_{number}"] = layer.input_weights, (rows, slice(pitches, None))
            places[f"Wh{gate}_{number}"] = layer.recurrent_weights, (rows,)
            places[f"b{gate}_{number}"] = layer.biases, (rows,)
        if layer.peepholes is not None:
            for index, gate in enumerate("ifo"):
                places[f"Wc{gate}_{number}"] = layer.peepholes, (index,)
        places[f"Why_{number}"] = output.weight, (slice(None), slice(before, before + size))
        before += size
    return places


def read_arrays(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read the arrays of an .npz, and nothing that would have to be unpickled.

    Raises
    ------
    CheckpointError
        If the file is missing, is no .npz, or holds anything but numbers.
    """
    with (
        mapped_errors(
            CheckpointError,
            lambda reason: f"{path.name} is not an .npz file of numbers, or is damaged ({reason})",
            *DAMAGE,
        ),
        mapped_errors(CheckpointError, lambda _: f"{path} was not found; check the path", FileNotFoundError),
    ):
        path = home_path(path)
        if not path.is_file():
            raise FileNotFoundError
        with zipfile.ZipFile(path) as archive:
            if any(entry.file_size > LARGEST for entry in archive.infolist()):
                raise ValueError(f"it holds an array of more than {LARGEST:,} bytes")
        with np.load(path, allow_pickle=False) as arrays:
            return {name: np.asarray(arrays[name], np.float32) for name in arrays.files}
