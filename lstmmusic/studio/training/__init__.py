"""Training: its settings and curves, what is learned by heart, and sweeps."""
