"""The checkpoints of the 2016 program: arrays named after its equations, in an .npz; no code in them is executed.

The name of an array is W (weights) or b (biases), its source, its gate and its layer: `Wxi_1` from the input to the
input gate of layer 1, `Whf_2` from layer 2 to its own forget gate, `Wcj_3` from the layer below to the cell of layer 3,
`Wco_1` the peephole of the output gate.
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
from lstmmusic.settings import checked

GATES = "ifco"  # input, forget, cell and output, in the order of our layers
BELOW = {"i": "Wxj", "f": "Wfj", "c": "Wcj", "o": "Woj"}  # weights from the layer below
LARGEST = 2**28  # bytes of an array: a layer of 8192 units


@checked
def load_2016(path: str | Path) -> StackedLSTM:
    """Load a network that the 2016 program saved, with its peepholes and its slip in layer 1.

    It can generate, be trained further, and be saved by `save_run` or `save_2016`.

    Parameters
    ----------
    path : str or Path
        An .npz of `saveParameters`; `h3_length` may be missing.

    Returns
    -------
    StackedLSTM

    Raises
    ------
    CheckpointError
        If the file is not such a checkpoint, is damaged, or has anything but numbers.
    """
    path = Path(path)
    arrays = read_arrays(path)
    with mapped_errors(
        CheckpointError,
        lambda reason: f"{path.name} is not a checkpoint of the 2016 program: {reason} is missing or has a wrong type",
        *(KeyError, TypeError, ConfigError),
    ):
        hidden = tuple(len(arrays[f"bi_{layer}"]) for layer in (1, 2, 3))
        sizes = hidden[0], hidden[1], hidden[2]
        config = NetworkConfig(len(arrays["by"]), sizes, cell="2016", output="independent").rolls_only()
        network = StackedLSTM(config)
        with torch.no_grad():
            for name, (parameter, part) in _parts(network).items():
                wanted = tuple(parameter[part].shape)
                if arrays[name].shape != wanted:
                    raise CheckpointError(
                        f"{path.name}: {name} has shape {arrays[name].shape}; the other arrays require {wanted}"
                    )
                parameter[part] = torch.from_numpy(arrays[name])
    if not all(torch.isfinite(parameter).all() for parameter in network.parameters()):
        raise CheckpointError(f"{path.name} has weights that are not finite: its training had failed")
    return network


@checked
def save_2016(network: StackedLSTM, path: str | Path) -> None:
    """Save a network in the format of the 2016 program.

    Raises
    ------
    CheckpointError
        If the network does not have the cells and output of 2016.
    SaveError
        If the file cannot be written.
    """
    config = network.config
    if config.cell != "2016" or config.output != "independent" or not config.skip:
        raise CheckpointError(
            "only a network with the cells and output of 2016, as from `load_2016`, can be saved in that format"
        )
    arrays = {name: parameter[part].detach().cpu().numpy() for name, (parameter, part) in _parts(network).items()}
    sizes = dict(zip(("h1_length", "h2_length", "h3_length"), config.hidden, strict=True))
    content = io.BytesIO()
    np.savez(content, io_length=np.array(config.pitches), **(sizes | arrays))  # type: ignore[arg-type] # no name is one of its parameters
    write_atomically(path, content.getvalue())


def _parts(network: StackedLSTM) -> dict[str, tuple[torch.Tensor, tuple[slice | int, ...]]]:
    """Map the name of each array to a parameter and the part of it."""
    pitches, hidden = network.config.pitches, network.config.hidden
    output = cast(IndependentOutput, network.output).linear
    parts: dict[str, tuple[torch.Tensor, tuple[slice | int, ...]]] = {"by": (output.bias, (slice(None),))}
    before = 0
    for number, (layer, size) in enumerate(zip(network.lstms, hidden, strict=True), start=1):
        for index, gate in enumerate(GATES):
            rows = slice(index * size, (index + 1) * size)
            parts[f"Wx{gate}_{number}"] = layer.input_weights, (rows, slice(0, pitches))
            if number > 1:
                parts[f"{BELOW[gate]}_{number}"] = layer.input_weights, (rows, slice(pitches, None))
            parts[f"Wh{gate}_{number}"] = layer.recurrent_weights, (rows,)
            parts[f"b{gate}_{number}"] = layer.biases, (rows,)
        if layer.peepholes is not None:
            for index, gate in enumerate("ifo"):
                parts[f"Wc{gate}_{number}"] = layer.peepholes, (index,)
        parts[f"Why_{number}"] = output.weight, (slice(None), slice(before, before + size))
        before += size
    return parts


def read_arrays(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read the arrays of an .npz without unpickling.

    Raises
    ------
    CheckpointError
        If the file is missing, is not an .npz, or has anything but numbers.
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
                raise ValueError(f"it has an array of more than {LARGEST:,} bytes")
        with np.load(path, allow_pickle=False) as arrays:
            return {name: np.asarray(arrays[name], np.float32) for name in arrays.files}
