"""Code to take away: shown as text, with a button that copies it."""

from __future__ import annotations

import traitlets

from lstmmusic.views.base import View, read_static


class CodeView(View):
    """Python code; `code` is the text."""

    _esm = read_static("code.js")
    _css = read_static("code.css")
    code = traitlets.Unicode("").tag(sync=True)
