"""Corpora to weights: batches, the learner, the trainer, and snapshots of a run."""
