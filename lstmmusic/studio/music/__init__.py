"""Choosing music: what is loaded, what of it is used, and how well each tune is predicted."""
