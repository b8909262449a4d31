"""The piano roll, drawn on a canvas."""
