"""Code to take away: shown as text, with a button that copies it."""

from __future__ import annotations

import anywidget
import traitlets

from lstmmusic.views.base import read_static


class CodeView(anywidget.AnyWidget):
    """Python code; `code` is the text."""

    _esm = read_static("code.js")
    _css = read_static("code.css")
    code = traitlets.Unicode("").tag(sync=True)
