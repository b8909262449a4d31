"""Settings that belong together, by name."""

from __future__ import annotations

from typing import NamedTuple

from lstmmusic.config import NetworkConfig, TrainingConfig


class Preset(NamedTuple):
    """A network and how it is trained, which belong together."""

    network: NetworkConfig
    training: TrainingConfig


PRESETS = {
    "recommended": Preset(NetworkConfig(), TrainingConfig()),
    "seed-2016": Preset(
        NetworkConfig(hidden=(120, 120, 120), output="independent").rolls_only(),
        TrainingConfig(
            optimizer="rmsprop",
            learning_rates=(1e-3, 1e-3, 1e-3, 1e-3),
            clip=30.0,
            clip_kind="element",
            batch_size=5,
            transpose=0,
            epochs=50,
            updates_per_batch=2,
            initial_weight_std=0.1,
            initial_state_max=0.01,
            epsilon=1e-5,
            dropout=(0.0, 0.0, 0.0),
            drop_connect=0.0,
            weight_decay=0.0,
            ema_decay=0.0,
            learning_rate_decay=0.0,
            calibrate=False,
        ),
    ),
}
