"""The network of a new run: its shape, what it starts from, and its diagram."""
