"""The network: layers, outputs, and forward passes. Nothing here trains it."""
