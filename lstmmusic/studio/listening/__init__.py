"""Listening: takes are asked for, made, heard, changed and kept."""
