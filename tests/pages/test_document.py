"""Documents with views: what is text stays text, and nothing can be loaded or sent."""

from __future__ import annotations

import base64
import json
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest

from lstmmusic.pages.document import STYLES, Document, NoKernel, element
from lstmmusic.views import CodeView, LossView, RollView, SoundView
from lstmmusic.views.base import read_bundle, read_css

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!-- <script>",
    "--> ]]> <img src=x onerror=alert(1)>",
    "\" autofocus onfocus='alert(1)'",
    "&lt;b&gt; &amp; \u2028 \u202e right to left \x00 \x1b[31m \udc80 \U0001f600",
    "javascript:alert(1)",
    "{{7*7}} ${7*7} %s \\u003c/script>",
]


class Found(HTMLParser):
    """The elements of a page with their attributes, and the text in each kind of element."""

    def __init__(self, content: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(content.decode("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag != "meta":
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data

    @property
    def views(self) -> list[dict[str, object]]:
        """The views that the script of the page gets."""
        return json.loads(self.texts["script"][0])


def unpack(saved: dict[str, object]) -> bytes:
    content = base64.b64decode(saved["base64"])
    return zlib.decompress(content) if saved["packed"] else content


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_page_is_never_html_or_script(text: str) -> None:
    document = Document(text)
    place = document.place(CodeView(comm=NoKernel(), code=text))
    content = document.encode(element("p", text, element("bdi", text), text, title=text), place)
    found = Found(content)
    names = [name for name, _ in found.elements]
    assert names == [
        *(
            "html",
            "head",
            "meta",
            "meta",
            "meta",
            "meta",
            "title",
            "style",
            "body",
            "p",
            "bdi",
            "div",
            "script",
            "script",
        )
    ]
    assert {name for _, attributes in found.elements for name in attributes} == {
        *("lang", "charset", "http-equiv", "content", "name", "title", "data-view", "type", "id")
    }
    assert found.views[0]["state"]["code"] == text
    shown = text.translate({0: "\ufffd", 0x1B: "\ufffd", 0x2028: "\ufffd", 0xDC80: "\ufffd"})
    assert found.texts["title"] == found.texts["bdi"] == [shown]
    assert found.texts["p"] == [2 * shown]
    assert dict(found.elements)["p"] == {"title": shown}


def test_policy_allows_the_script_and_the_style_of_the_page_alone() -> None:
    found = Found(Document("a page").encode())
    (policy,) = (attributes["content"] for _, attributes in found.elements if "http-equiv" in attributes)
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives.keys() == {"default-src", "script-src", "style-src", "base-uri", "form-action"}
    assert {directives[name] for name in ("default-src", "base-uri", "form-action")} == {"'none'"}
    assert "unsafe" not in policy
    assert found.texts["script"][1] == read_bundle("page")
    assert found.texts["style"] == [read_css(*STYLES)]
    assert not any({"src", "href", "srcset", "style"} & attributes.keys() for _, attributes in found.elements)


def test_page_names_no_address_and_loads_nothing() -> None:
    content = Document("a page").encode().decode().replace("http://www.w3.org/2000/svg", "")  # a name, never loaded
    assert not any(word in content for word in ("http:", "https:", "@import", "url(", "import(", "fetch(", "innerHTML"))


def test_views_come_with_what_they_show() -> None:
    document = Document("a page")
    loss, roll, sound = (kind(comm=NoKernel()) for kind in (LossView, RollView, SoundView))
    loss.show([1, 2, 3], [5, 4, 3])
    roll.show(np.eye(88))
    sound.load([(0, 1, 60)], 2, "a tune")
    cells, samples, training = roll.cells, sound.samples, loss.training
    places = [document.place(view) for view in (loss, roll, sound)]
    assert [place.attrib for place in places] == [{"data-view": "0"}, {"data-view": "1"}, {"data-view": "2"}]
    views = Found(document.encode()).views
    assert [each["view"] for each in views] == ["loss", "roll", "sound"]
    assert [
        unpack(each["bytes"][name]) for each, name in zip(views, ("training", "cells", "samples"), strict=True)
    ] == [*(training, cells, samples)]
    assert len(views[1]["bytes"]["cells"]["base64"]) < len(cells) / 10
    assert views[2]["state"]["tunes"][0]["name"] == "a tune"
    assert not any(name.startswith("_") or name == "layout" for each in views for name in each["state"])


def test_view_of_a_page_is_sent_to_no_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    import comm

    opened: list[object] = []
    monkeypatch.setattr(comm, "create_comm", lambda *arguments, **_: opened.append(arguments))
    Document("a page").place(SoundView(comm=NoKernel()))
    assert opened == []
