"""Files, jobs, progress and processes. Nothing here knows about music or networks."""
