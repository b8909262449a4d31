"""The network that is bundled, so that there is music to hear before anything was trained.

`scripts/make_bundled_network` makes it; beside the file, PROVENANCE.md tells from what, how, and how good it is.
"""

from __future__ import annotations

from lstmmusic.base.files import assets
from lstmmusic.config import RollConfig
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.checkpoint import load_network

PATH = assets() / "networks" / "chorales.safetensors"


def load_bundled() -> tuple[StackedLSTM, RollConfig]:
    """Load the bundled network, which has learned Bach's chorales, and the grid of its music, on the CPU.

    Returns
    -------
    network : StackedLSTM
        Of the recommended sizes, in 32 bits: it can be trained further.
    config : RollConfig

    Raises
    ------
    CheckpointError
        If the file is missing or damaged.
    """
    return load_network(PATH)
