"""Files, jobs, progress and processes. Nothing here knows music or networks."""
