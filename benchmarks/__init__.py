"""What LSTMmusic claims, measured: `python -m benchmarks --help`."""
