"""The calls and checkpoints of the 2016 program; README.md has a table of both."""

from lstmmusic.compat.calls import RNN4Music, midiread, midiwrite

__all__ = ["RNN4Music", "midiread", "midiwrite"]
