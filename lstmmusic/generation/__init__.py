"""Weights to tunes: sampling, endless continuation, and what went wrong with a take."""
