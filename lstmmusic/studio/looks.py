"""Layouts and styles that widgets share: a studio has hundreds of widgets, but only some dozens of looks."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import ipywidgets as widgets

Widget = Any  # ipywidgets has no types

_shared: dict[tuple[type[Widget], frozenset[tuple[str, str]]], Widget] = {}
_values: WeakKeyDictionary[Widget, dict[str, str]] = WeakKeyDictionary()


def layout(**values: str | None) -> Widget:
    """Return the layout with some values, the same whenever it is asked for; `None` stands for the default."""
    return _share(widgets.Layout, values)


def style(kind: type[Widget], **values: str | None) -> Widget:
    """Return the style with some values for a kind of widget, the same whenever it is asked for."""
    return _share(kind.class_traits()["style"].klass, values)


def is_shared(look: Widget) -> bool:
    """Return whether other widgets may have a layout or style, too; then it outlives the studio."""
    return look in _values


def arrange(widget: Widget, **values: str | None) -> None:
    """Change some values of the layout of a widget, and of no other one."""
    _change(widget, "layout", values)


def restyle(widget: Widget, **values: str | None) -> None:
    """Change some values of the style of a widget, and of no other one."""
    _change(widget, "style", values)


def show(widget: Widget, shown: object = True) -> None:
    """Show a widget, or hide it, so that it takes no room."""
    arrange(widget, display=None if shown else "none")


def _share(kind: type[Widget], values: dict[str, str | None]) -> Widget:
    chosen = {name: value for name, value in values.items() if value is not None}
    key = kind, frozenset(chosen.items())
    found = _shared.get(key)
    if found is None or found.comm is None:  # `Widget.close_all()` has closed it
        found = kind(**chosen)
        found.observe(_refuse, found.keys)
        _values[found] = chosen
        _shared[key] = found  # at last, as other threads may use it from now on
    return found


def _change(widget: Widget, part: str, values: dict[str, str | None]) -> None:
    look = getattr(widget, part)
    if is_shared(look):
        setattr(widget, part, _share(type(look), {**_values[look], **values}))
    else:
        for name, value in values.items():
            setattr(look, name, value)


def _refuse(change: Any) -> None:
    raise AttributeError(f"{change['name']} of a shared {type(change['owner']).__name__} was set: see `arrange`")
