"""The bundled network, so that there is music before anything has been trained.

`scripts/make_bundled_network` makes it; PROVENANCE.md beside the file says from what, how, and how good it is.
"""

from __future__ import annotations

from lstmmusic.base.files import assets
from lstmmusic.config import RollConfig
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.checkpoint import load_network

PATH = assets() / "networks" / "chorales.safetensors"


def load_bundled() -> tuple[StackedLSTM, RollConfig]:
    """Load the bundled network, trained on Bach's chorales, on the CPU, and the grid of its music.

    Returns
    -------
    network : StackedLSTM
        It has the recommended sizes and float32 weights, and can be trained further.
    config : RollConfig

    Raises
    ------
    CheckpointError
        If the file is missing or damaged.
    """
    return load_network(PATH)
