"""What applies to the studio as a whole: its style, its keys, the names of its sliders."""

from __future__ import annotations

from lstmmusic.views.base import View, read_bundle, read_css


class FrameView(View):
    """An invisible part of the box with the class `lstmmusic-studio`, in which it sets names and tooltips."""

    _esm = read_bundle("frame")
    _css = read_css("frame")
