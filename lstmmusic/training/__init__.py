"""Corpora to weights: batches, the learner, the trainer, and what a run looks like while it goes on."""
