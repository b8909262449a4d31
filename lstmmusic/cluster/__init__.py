"""Training on several machines, which Ray connects: one run on many workers, and many runs."""
