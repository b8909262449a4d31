"""What holds for the whole studio in the page: its look, its keys, the names of its sliders."""

from __future__ import annotations

import anywidget

from lstmmusic.views.base import read_static


class FrameView(anywidget.AnyWidget):
    """A part of the box with the class `lstmmusic-studio`, which it looks after; it shows nothing itself."""

    _esm = read_static("frame.js")
    _css = read_static("frame.css")
