"""HTML documents with views in them: text stays text, and nothing is loaded from elsewhere. Knows nothing about runs.

A document has the script of its views, which gets the traits of each as JSON. The document's security policy, which
browsers enforce, allows that script and its style sheet by their digests, and nothing else: no other script, no
connection, no picture and no frame from anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import uuid
import zlib
from collections.abc import Callable
from typing import Any
from xml.etree.ElementTree import Element, tostring

from lstmmusic.errors import plain_text
from lstmmusic.views import CodeView, LossView, RollView, SoundView
from lstmmusic.views.base import View, read_bundle, read_css

KINDS: dict[type[View], str] = {CodeView: "code", LossView: "loss", RollView: "roll", SoundView: "sound"}
STYLES = ("canvas", "code", "plots/loss", "playback/row", "roll/roll", "page/page")

_OF_WIDGETS = ("layout", "style", "tabbable", "tooltip")  # traits of every widget, which mean something to Jupyter
_ENDS = re.compile("</(script|style)|<!--", re.IGNORECASE)


class NoKernel:
    """Stands for the connection of a widget that no notebook shows: nothing is sent."""

    kernel = None

    def __init__(self) -> None:
        self.comm_id = uuid.uuid4().hex

    def on_msg(self, callback: Callable[[Any], None]) -> None:
        """Ignore it: there are no messages."""

    def close(self) -> None:
        """Do nothing."""


def element(name: str, /, *children: Element | str, **attributes: str) -> Element:
    """Make an HTML element with these children; in the names of attributes, `_` stands for `-`, as in `class_`."""
    made = Element(name, {key.strip("_").replace("_", "-"): plain_text(value) for key, value in attributes.items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            made.append(child)
            last = child
        elif last is None:
            made.text = (made.text or "") + plain_text(child)
        else:
            last.tail = (last.tail or "") + plain_text(child)
    return made


class Document:
    """An HTML document.

    Parameters
    ----------
    title : str
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._views: list[dict[str, Any]] = []

    def place(self, view: View) -> Element:
        """Return the element in which a view is shown as it is now; the view is closed."""
        kind = next(name for shown, name in KINDS.items() if isinstance(view, shown))
        names = [name for name in view.keys if not name.startswith("_") and name not in _OF_WIDGETS]
        state = view.get_state(names)
        packed = {name: _pack(state.pop(name)) for name in names if isinstance(state[name], bytes)}
        view.close()
        self._views.append({"view": kind, "state": state, "bytes": packed})
        return element("div", data_view=str(len(self._views) - 1))

    def encode(self, *body: Element) -> bytes:
        """Return the document with these elements, in UTF-8."""
        script, style = read_bundle("page"), read_css(*STYLES)
        policy = (
            f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; base-uri 'none'; "
            "form-action 'none'"
        )
        head = element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=policy),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="referrer", content="no-referrer"),
            element("title", self._title),
            _raw("style", style),
        )
        # In JSON, < can only be in a text, where this means the same: so no text can end the element.
        views = json.dumps(self._views, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
        data = _raw("script", views, type="application/json", id="lstmmusic-views")
        page = element("html", head, element("body", *body, data, _raw("script", script, type="module")), lang="en")
        return f"<!doctype html>\n{tostring(page, encoding='unicode', method='html')}\n".encode()


def _pack(content: bytes) -> dict[str, Any]:
    smaller = zlib.compress(content, 9)
    packed = len(smaller) < len(content)
    return {"packed": packed, "base64": base64.b64encode(smaller if packed else content).decode()}


def _raw(name: str, text: str, /, **attributes: str) -> Element:
    """Make an element whose text is written as it is: a script or a style sheet, in which & is no entity."""
    if _ENDS.search(text):
        raise ValueError(f"what is to be in {name} would end it")
    made = Element(name, attributes)
    made.text = text
    return made


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
