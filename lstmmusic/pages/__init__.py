"""Pages to share: a run in one HTML file, with its music, that needs neither a kernel nor a network."""
