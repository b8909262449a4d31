"""Labelled controls of one look, and how they are freed again."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets as widgets

Widget = Any  # ipywidgets has no types

# Runs what a control asks for, and turns an error into a message on the page.
Act = Callable[[Callable[[], None]], None]

_quiet: set[Widget] = set()


def on_choice(widget: Widget, trait: str, act: Act, action: Callable[[], None]) -> None:
    """Run an action whenever the user changes a control; see `quietly`."""
    widget.observe(lambda _: None if widget in _quiet else act(action), trait)


@contextmanager
def quietly(*widgets: Widget) -> Iterator[None]:
    """Let controls be set without setting off what a user sets off with them."""
    _quiet.update(widgets)
    try:
        yield
    finally:
        _quiet.difference_update(widgets)


def control(kind: type[Widget], label: str, tooltip: str, **traits: Any) -> Widget:
    """Make a control with its label to the left, as wide as its place."""
    # Of many controls, ipywidgets shows no tooltip: the label has it, and frame.js gives it to what is beside it.
    return kind(
        description=f'<span title="{html.escape(tooltip)}">{html.escape(label)}</span>',
        description_allow_html=True,
        tooltip=tooltip,
        style={"description_width": "140px"},
        layout=widgets.Layout(width="auto"),
        **traits,
    )


def choice(label: str, tooltip: str, options: dict[str, Any] | list[str]) -> Widget:
    """Make a menu; a dict shows its keys and gives its values."""
    return control(
        widgets.Dropdown, label, tooltip, options=list(options.items() if isinstance(options, dict) else options)
    )


def whole(label: str, tooltip: str, low: int, high: int, value: int) -> Widget:
    """Make a field for a whole number."""
    return control(widgets.BoundedIntText, label, tooltip, min=low, max=high, value=value)


def number(label: str, tooltip: str, low: float, high: float, value: float, step: float | None = None) -> Widget:
    """Make a field for a number."""
    return control(widgets.BoundedFloatText, label, tooltip, min=low, max=high, value=value, step=step)


def slider(kind: type[Widget], label: str, tooltip: str, low: float, high: float, value: Any, **more: Any) -> Widget:
    """Make a slider that counts when it is let go."""
    return control(kind, label, tooltip, min=low, max=high, value=value, continuous_update=False, **more)


def button(label: str, tooltip: str, act: Act, action: Callable[[], None], style: str = "") -> Widget:
    """Make a button."""
    made = widgets.Button(
        description=label, tooltip=tooltip, button_style=style, layout=widgets.Layout(width="auto", flex="0 0 auto")
    )
    made.on_click(lambda _: act(action))
    return made


def text(lines: int = 1) -> Widget:
    """Make a place for text, with the line height of text rather than of a button, and room for some lines."""
    place = widgets.HTML(tooltip="", layout=widgets.Layout(min_height=f"{1.4 * lines:.1f}em"))
    place.add_class("lstmmusic-text")
    return place


def row(*children: Widget) -> Widget:
    """Lay controls side by side, in more lines where the page is narrow."""
    return widgets.HBox(children, layout=widgets.Layout(flex_flow="row wrap", align_items="center"))


def column(*children: Widget, padding: str = "0") -> Widget:
    """Lay controls below each other."""
    return widgets.VBox(children, layout=widgets.Layout(padding=padding, min_width="0"))


def side_by_side(left: tuple[Widget, ...], right: tuple[Widget, ...]) -> Widget:
    """Lay two equal columns beside each other."""
    columns = [column(*left), column(*right)]
    for each in columns:
        each.layout.flex, each.layout.width = "1 1 0", "auto"
    return widgets.HBox(columns, layout=widgets.Layout(grid_gap="12px"))


def pages(parts: dict[str, Widget]) -> Widget:
    """Lay controls behind each other, with a button for each page."""
    chosen = widgets.ToggleButtons(options=list(parts), style={"button_width": "auto"}, tooltips=list(parts))
    for part in parts.values():
        part.layout.width = "100%"
    stack = widgets.Stack(list(parts.values()), selected_index=0, layout=widgets.Layout(width="100%"))
    link = widgets.jslink((chosen, "index"), (stack, "selected_index"))
    stack.observe(lambda _: link.close(), "comm")  # it is a widget too, and no child of a box
    return column(chosen, stack)


def halves(left: Widget, right: Widget) -> Widget:
    """Lay controls beside what they act on, which takes what room there is; below it where the page is narrow."""
    left.layout.flex, left.layout.width = "0 0 350px", "350px"
    right.layout.flex, right.layout.min_width = "1 1 420px", "0"
    layout = widgets.Layout(flex_flow="row wrap", align_items="flex-start", grid_gap="0 16px")
    return widgets.HBox((left, right), layout=layout)


def keep_order(widget: Widget) -> None:
    """Have what the user does with a widget, and with all below it, handled in the order in which it was done.

    ipykernel 7.4 may give the text of a field to one thread and the click on a button right after it to another, which
    was the faster.
    """
    for each in list_all(widget):
        # By this method it chooses the thread that told the page last; without it, the one that the page asks for,
        # which is one for all widgets. Other versions do not look for it.
        each.comm._reply_subshell_for = None


def close_all(widget: Widget) -> None:
    """Close a widget and all below it: closing a box leaves its children, layouts and styles open."""
    for each in list_all(widget):
        for part in (getattr(each, "style", None), each.layout):
            if isinstance(part, widgets.Widget):
                part.close()
        each.close()


def list_all(widget: Widget) -> list[Widget]:
    """List all that is below a widget, and the widget last."""
    return [each for child in getattr(widget, "children", ()) for each in list_all(child)] + [widget]
