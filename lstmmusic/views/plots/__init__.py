"""Plots of training, drawn on a canvas: the loss, and the health of each layer."""
