"""Measurements of what LSTMmusic claims: `python -m benchmarks --help`."""
