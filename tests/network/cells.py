"""Random cells, in which notes are struck after silence, and often again."""

from __future__ import annotations

import numpy as np


def make_cells(time: int, batch: int, pitches: int, seed: int = 0) -> np.ndarray:
    """Make cells of float32, (time, batch, pitches)."""
    random = np.random.default_rng(seed)
    sounds = random.random((time, batch, pitches)) < 0.5
    before = np.concatenate((np.zeros_like(sounds[:1]), sounds[:-1]))
    struck = sounds & (~before | (random.random(sounds.shape) < 0.4))
    return (sounds + struck * random.integers(1, 128, sounds.shape)).astype(np.float32)
