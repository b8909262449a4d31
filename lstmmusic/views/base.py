"""What views share: traits that are refused if they are unknown, and what those that are drawn on a canvas have."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

_VIEWS = Path(__file__).parent


def read_bundle(name: str) -> str:
    """Return the module of a view, which scripts/bundle made. As text: widgets with a path are never freed."""
    return (_VIEWS / "bundles" / f"{name}.js").read_text(encoding="utf-8")


def read_css(*names: str) -> str:
    """Join style sheets of the views; a name has no ending."""
    return "\n".join((_VIEWS / f"{name}.css").read_text(encoding="utf-8") for name in names)


class View(anywidget.AnyWidget):
    """Something in the page."""

    def __init__(self, **traits: object) -> None:
        unknown = sorted(name for name in traits if not self.has_trait(name))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no trait {', '.join(unknown)}")
        super().__init__(**traits)


class CanvasView(View):
    """A picture in the page; `height` is in pixels."""

    _css = read_css("canvas")
    height = traitlets.Int(260, min=80).tag(sync=True)
