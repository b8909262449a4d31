"""The threshold with which a network of independent notes generates by default, set from the music that it learns.

A network gives a note that may begin a small probability, since it could as well be another, or begin later. The fixed
threshold of 2016, 0.1, then leaves music silent whose notes are many, such as that of a piano.
"""

from __future__ import annotations

import torch

from lstmmusic.music.cells import SILENT
from lstmmusic.network.model import INDEPENDENT_THRESHOLD, StackedLSTM
from lstmmusic.training.batches import Rolls, epoch_crops

CROPS, STEPS = 32, 80  # of the music, that are read

# From which the threshold is chosen, that of 2016 first.
THRESHOLDS = (INDEPENDENT_THRESHOLD, 0.07, 0.05, 0.04, 0.03, 0.02, 0.015, 0.01, 0.007, 0.005, 0.003, 0.002, 0.001)

# Of the notes that begin in the music, the fraction that the network is to expect above the threshold.
KEPT = 0.9


@torch.inference_mode()
def find_threshold(network: StackedLSTM, rolls: Rolls, seed: int) -> float:
    """Find the highest threshold with which about as many notes begin as in the music, given the true steps before.

    Parameters
    ----------
    network : StackedLSTM
        With an independent output.
    rolls : Rolls
        The music, of which crops are read.
    seed : int
        For which crops.

    Returns
    -------
    float
        One of `THRESHOLDS`, or 0: with it, the network expects `KEPT` of the notes that begin in the music.
    """
    generator = torch.Generator().manual_seed(seed)
    inputs, targets, mask, places, _ = rolls.batch(epoch_crops(rolls, STEPS, 0, generator)[:CROPS])
    features, _ = network(inputs, places=places)
    # Where a note can begin; those that are held are likely, and no threshold silences them.
    silent = (inputs == SILENT) & (mask[..., None] > 0)
    begun = int((targets[silent] > SILENT).sum())
    logits = network.output.logits(features, targets)[silent]
    chances = torch.sigmoid(logits + network.sampling_bias[0]).double()
    expected = (float(chances[chances >= threshold].sum()) for threshold in THRESHOLDS)
    kept = (threshold for threshold, notes in zip(THRESHOLDS, expected, strict=True) if notes >= KEPT * begun)
    return next(kept, 0.0)
