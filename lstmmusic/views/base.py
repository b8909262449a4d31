"""What views share: the code that they send to the page, and a check that refuses unknown traits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TypeGuard

import anywidget
import traitlets

_VIEWS = Path(__file__).parent


def read_bundle(name: str) -> str:
    """Return the JavaScript of a view, as text: a widget whose `_esm` is a path is never freed."""
    return (_VIEWS / "bundles" / f"{name}.js").read_text(encoding="utf-8")


def read_css(*names: str) -> str:
    """Return style sheets, named without their suffix, as one text."""
    return "\n".join((_VIEWS / f"{name}.css").read_text(encoding="utf-8") for name in names)


def is_finite(value: object) -> TypeGuard[int | float]:
    """Return whether a page has sent a number that a float can be."""
    return isinstance(value, int | float) and abs(value) <= sys.float_info.max


class View(anywidget.AnyWidget):
    """A widget of the page."""

    def __init__(self, **traits: object) -> None:
        unknown = sorted(name for name in traits if not self.has_trait(name))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no trait {', '.join(unknown)}")
        super().__init__(**traits)


class CanvasView(View):
    """A canvas in the page, of a `height` in pixels, which is the least where it is to `fill` the box that it is in."""

    _css = read_css("canvas")
    height = traitlets.Int(260, min=80).tag(sync=True)
    fill = traitlets.Bool(False).tag(sync=True)
