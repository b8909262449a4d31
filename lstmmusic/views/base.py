"""What views share: traits that are refused if they are unknown, and what those that are drawn on a canvas have."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets


def read_static(*names: str) -> str:
    """Join files of `static/` to one text: the module of a widget is a single text."""
    static = Path(__file__).parents[1] / "static"
    return "\n".join((static / name).read_text(encoding="utf-8") for name in names)


class View(anywidget.AnyWidget):
    """Something in the page."""

    def __init__(self, **traits: object) -> None:
        unknown = sorted(name for name in traits if not self.has_trait(name))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no trait {', '.join(unknown)}")
        super().__init__(**traits)


class CanvasView(View):
    """A picture in the page; `height` is in pixels."""

    _css = read_static("canvas.css")
    height = traitlets.Int(260, min=80).tag(sync=True)
