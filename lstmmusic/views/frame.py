"""What holds for the whole studio in the page: its look, its keys, the names of its sliders."""

from __future__ import annotations

from lstmmusic.views.base import View, read_bundle, read_css


class FrameView(View):
    """A part of the box with the class `lstmmusic-studio`, which it looks after; it shows nothing itself."""

    _esm = read_bundle("frame")
    _css = read_css("frame")
