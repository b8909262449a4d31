"""A list of tunes as strips, each with a thumbnail and its buttons."""
