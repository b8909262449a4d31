"""The network: layers, outputs, and how it runs. Nothing here trains it."""
