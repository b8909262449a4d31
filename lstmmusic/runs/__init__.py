"""Everything on disk: checkpoints, run folders, and code that repeats a run."""
