from __future__ import annotations

import pytest

from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.music.playing import write_midi
from lstmmusic.music.source import Source
from lstmmusic.runs.recipe import Recipe
from tests.conftest import SMALL, make_scales

TRAINING = TrainingConfig(epochs=3, batch_size=2, length=20, initial_state_max=0.1, seed=3)


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """Return a small run on music in a folder, which other processes can load."""
    folder = tmp_path_factory.mktemp("music") / "scales"
    for tune in make_scales(6, 30).tunes:
        write_midi(tune, folder / f"{tune.name}.mid")
    return Recipe(Source("folder", str(folder), held_out=0.3, seed=5), SMALL, NetworkConfig(8, (6, 7, 8)), TRAINING)
