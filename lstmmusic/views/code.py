"""Code to copy: shown as text, with a button."""

from __future__ import annotations

import traitlets

from lstmmusic.views.base import View, read_bundle, read_css


class CodeView(View):
    """Code, for Python or a terminal; `code` is the text."""

    _esm = read_bundle("code")
    _css = read_css("code")
    code = traitlets.Unicode("").tag(sync=True)
