"""The bundled networks, so that there is music before anything has been trained, and a head start for new runs.

`scripts/make_bundled_network` makes them; PROVENANCE.md beside the files says from what, how, and how good they are.
"""

from __future__ import annotations

from lstmmusic.base.files import assets
from lstmmusic.config import RollConfig
from lstmmusic.network.model import StackedLSTM
from lstmmusic.runs.checkpoint import load_network
from lstmmusic.settings import check_choice, checked

PATHS = {name: assets() / "networks" / f"{name}.safetensors" for name in ("chorales", "piano")}


@checked
def load_bundled(name: str = "chorales") -> tuple[StackedLSTM, RollConfig]:
    """Load a bundled network, on the CPU, and the grid of its music.

    Parameters
    ----------
    name : {'chorales', 'piano'}
        Trained on Bach's chorales, or on the bundled piano pieces.

    Returns
    -------
    network : StackedLSTM
        It has float32 weights, and can be trained further; see `lstmmusic.load_start`.
    config : RollConfig

    Raises
    ------
    CheckpointError
        If the file is missing or damaged.
    ConfigError
        If there is no network of this name.
    """
    check_choice("name", name, tuple(PATHS))
    return load_network(PATHS[name])
