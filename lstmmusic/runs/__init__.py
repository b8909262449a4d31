"""Everything on disk: checkpoints, run folders, and code that reproduces a run."""
