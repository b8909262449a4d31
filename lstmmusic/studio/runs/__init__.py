"""The runs in a folder: a table of them, and those that are ticked beside each other."""
